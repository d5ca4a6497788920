import { expect, type Page } from '@playwright/test'
import type { LabelledRecord } from '../../src-shared/contract/types.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import type { DayActs, DayRecord } from '../../tools/demo/day.ts'
import type { PaperField } from '../../tools/demo/paper-form.ts'
import { ask, waitForField } from './clerks-morning.ts'
import { readFocused, typeAsked, typeFields, walkToField, type Typist } from './typist.ts'

/** The acts of a clerk's afternoon, by keys alone. */

const chords = {
  residencePermit: { enter: 'Alt+9', query: 'Control+Alt+9', first: 'applicantId' },
  inspection: { enter: 'Alt+Shift+9', query: 'Control+Alt+8', first: 'dwellingId' },
  serviceRequest: { enter: 'Alt+0', query: 'Alt+Shift+0', first: 'applicantId' },
  resident: { enter: 'Alt+1', query: 'Alt+5', first: 'name' },
  minor: { enter: 'Alt+Shift+1', query: 'Alt+Shift+5', first: 'name' },
  dwelling: { enter: 'Alt+2', query: 'Alt+6', first: 'communityCode' },
} as const
type DayRegister = keyof typeof chords

const grid = (page: Page) => page.getByRole('grid').filter({ visible: true })
const foot = (page: Page) => page.locator('.query-foot').filter({ visible: true })
const dialog = (page: Page) => page.getByRole('dialog')

/** Closes every tab but the home page. */
export async function closeTabs({ page, press }: Typist): Promise<void> {
  const tabs = page.getByRole('tablist', { name: '标签页' }).getByRole('tab')
  for (let count = await tabs.count(); count > 1; count -= 1) {
    await press('Control+w')
    await expect(tabs).toHaveCount(count - 1)
  }
}

/** Opens a register's query, types the conditions, and asks: the focus is in the result, on its first row. */
async function find(
  typist: Typist,
  register: DayRegister,
  conditions: readonly PaperField[] = [],
  isCancelled = false,
): Promise<void> {
  const { page, press } = typist
  await press(chords[register].query)
  await waitForField(page, chords[register].first)
  if (isCancelled) {
    // 状态 stands behind the conditions; what is typed there is asked with it.
    const state = page.getByLabel('状态', { exact: true }).filter({ visible: true })
    for (let step = 0; !(await state.evaluate((box) => box.contains(document.activeElement))); step += 1) {
      if (step > 30) throw new Error('状态 was not reached')
      await press('Tab')
    }
    await press('ArrowDown')
    // On the way back are boxes and buttons that have no field's name.
    for (let step = 0; (await readFocused(page)).field !== chords[register].first; step += 1) {
      if (step > 30) throw new Error('the first condition was not reached')
      await press('Shift+Tab')
    }
  }
  if (conditions.length > 0) await typeAsked(typist, conditions, 'Tab')
  await press('Enter')
  await expect(grid(page)).toBeFocused()
}

async function expectActive(page: Page, id: string): Promise<void> {
  await expect(grid(page).locator(`[data-record="${id}"]`)).toHaveAttribute('aria-selected', 'true')
}

/** Types an act's dialog and performs it. */
async function perform(typist: Typist, asks: readonly PaperField[]): Promise<void> {
  const { page, press } = typist
  await dialog(page).waitFor()
  await waitForField(page, asks[0]?.field ?? '')
  await typeAsked(typist, asks)
  await press('Control+Enter')
}

/** Files a record and brings it by its steps to where the fixture has it; answers its id. */
export async function typeRecord(typist: Typist, record: DayRecord): Promise<string> {
  const { page, press } = typist
  await press(chords[record.register].enter)
  await waitForField(page, chords[record.register].first)
  await typeFields(typist, record.fields, {
    async instead(field) {
      if (field.field !== 'content' && field.field !== 'description') return false
      const { id } = await readFocused(page)
      await typist.freeText(field.keys ?? '')
      await press('Enter')
      await page.waitForFunction((before) => document.activeElement?.id !== before, id)
      return true
    },
  })
  await press('Control+s')
  await expect(page.locator('.save-last').filter({ visible: true })).toContainText('已保存')
  const saved = await ask(page, 'record.previous', { register: record.register })
  if (!saved) throw new Error(`${record.register} ${record.number} was not saved`)
  await closeTabs(typist)
  if (record.steps.length === 0) return saved.id
  await find(typist, record.register)
  await expectActive(page, saved.id)
  for (const step of record.steps) {
    // The chord counts once the row shows the stage that the step before has led to.
    await expect(async () => {
      await press(step.chord)
      await dialog(page).waitFor({ timeout: 1_000 })
    }).toPass({ timeout: 15_000 })
    await perform(typist, step.asks)
    await expect(dialog(page)).toHaveCount(0)
    await expect(foot(page)).toContainText(`已办理「${step.label}」1 条`)
    await expect(grid(page)).toBeFocused()
  }
  await closeTabs(typist)
  return saved.id
}

/** What 流动人员查询 is asked for a person of the pile. */
export function numberCondition(number: string): PaperField {
  const keys = number.toLowerCase()
  return { field: 'documentNumber', label: '证件号码', kind: 'text', paper: number, keys, stored: number }
}

function nameCondition(name: string): PaperField {
  return { field: 'name', label: '姓名', kind: 'text', paper: name, keys: name, stored: name }
}

/** 流动人员修改 with the word for it: 更正 or 变更. */
export async function typeModification(
  typist: Typist,
  act: DayActs['modifications'][number],
  number: string,
): Promise<void> {
  const { page, press } = typist
  await find(typist, 'resident', [numberCondition(number)])
  await press('Control+e')
  await waitForField(page, 'documentTypeCode')
  await walkToField(typist, act.field.field, 'Enter')
  await typeAsked(typist, [act.field])
  await press('Control+g')
  // The second time it is 变更 again, with the focus in its day.
  if (act.kind === 'change') await press('Control+g')
  await waitForField(page, act.asks[0]?.field ?? '')
  await typeAsked(typist, act.asks)
  await press('Control+s')
  await expect(page.locator('.save-last').filter({ visible: true })).toContainText('已保存')
  await closeTabs(typist)
}

/** 整户迁移 of those of a dwelling who are on the household's forms; who else lives there stays. */
export async function typeMove(
  typist: Typist,
  act: DayActs['moves'][number],
  home: PaperField,
  names: readonly string[],
): Promise<void> {
  const { page, press } = typist
  await find(typist, 'resident', [home])
  await press('Control+a')
  await press('Control+h')
  await waitForField(page, 'targetDwellingId')
  const people = dialog(page).getByRole('option')
  const texts = await people.allInnerTexts()
  const leftOut = texts.flatMap((text, index) => (names.some((name) => text.includes(name)) ? [] : [index]))
  if (leftOut.length > 0) {
    await press('Shift+Tab')
    for (const index of texts.keys()) {
      if (index > 0) await press('ArrowDown')
      if (leftOut.includes(index)) await press('Space')
    }
    await press('Enter')
    await waitForField(page, 'targetDwellingId')
  }
  await typeAsked(typist, act.asks)
  await press('Control+Enter')
  // Nobody is left: one more key says whether the old home is 空置.
  if (leftOut.length === 0) {
    await expect(page.getByRole('dialog', { name: '原住房屋已迁空', exact: true })).toBeVisible()
    await press('y')
  }
  await expect(foot(page)).toContainText(`已迁移 ${names.length} 人`)
  await closeTabs(typist)
}

type PersonAct = DayActs['cancellations'][number]

/** 注销 of a person. */
export async function typeCancellation(typist: Typist, { person, asks }: PersonAct): Promise<void> {
  const { page, press } = typist
  await find(typist, person.register, [nameCondition(person.name)])
  await press('Delete')
  await perform(typist, asks)
  await expect(foot(page)).toContainText('已注销 1 条')
  await closeTabs(typist)
}

/** 恢复 of a person who was cancelled. */
export async function typeRestoration(typist: Typist, { person, asks }: PersonAct): Promise<void> {
  const { page, press } = typist
  await find(typist, person.register, [nameCondition(person.name)], true)
  await press('Control+r')
  await perform(typist, asks)
  await expect(foot(page)).toContainText('已恢复 1 条')
  await closeTabs(typist)
}

/** 房屋注销 with 全部迁出; answers how many have moved out. */
export async function typeClearance(typist: Typist, act: DayActs['clearance']): Promise<number> {
  const { page, press } = typist
  const [home] = await ask(page, 'dwelling.occupancy', { dwellingIds: [act.dwellingId] })
  await find(typist, 'dwelling', act.conditions)
  await expectActive(page, act.dwellingId)
  await press('Delete')
  await expect(page.getByRole('dialog', { name: '房屋注销', exact: true })).toContainText('不能直接注销')
  await press('1')
  await perform(typist, act.asks)
  const count = home?.people.length ?? 0
  await expect(foot(page)).toContainText(`${count} 人已注销`)
  await closeTabs(typist)
  return count
}

/** Who lives in the dwelling to be cleared, before it is. */
export async function whoLivesIn(page: Page, dwellingId: string) {
  const [home] = await ask(page, 'dwelling.occupancy', { dwellingIds: [dwellingId] })
  return home?.people ?? []
}

/** A record as it is stored. */
export async function readRecord(page: Page, register: RegisterName, id: string): Promise<LabelledRecord> {
  return ask(page, 'record.get', { register, id, purpose: 'show' })
}
