import { expect, test, type Page } from '@playwright/test'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'

/** Records of the four registers with a flow, filed and brought to their end by keys alone, on the demo data. */

let client: ClientWindow
let page: Page

test.describe.configure({ mode: 'serial' })

test.beforeAll(async () => {
  test.setTimeout(240_000)
  client = await openClient()
  page = client.page
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  await ask(page, 'demo.load', {})
})

test.afterAll(async () => {
  await client.close()
})

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

const field = (name: string) =>
  page.waitForFunction((id) => document.activeElement?.id.endsWith(`-${id}`), name)

/** Types a look-up's query and takes the first entry. */
async function choose(query: string): Promise<void> {
  await page.keyboard.insertText(query)
  await page.getByRole('option', { selected: true }).filter({ visible: true }).first().waitFor()
  await press('Enter')
}

/** Goes on with Enter until a field has the focus. */
async function goTo(name: string): Promise<void> {
  for (let step = 0; step < 30; step += 1) {
    if (await page.evaluate((id) => document.activeElement?.id.endsWith(`-${id}`), name)) return
    await press('Enter')
  }
  throw new Error(`${name} was not reached by Enter`)
}

async function text(value: string): Promise<void> {
  await press('Control+a')
  await page.keyboard.insertText(value)
}

/** Saves the form and answers what is stored. */
async function save(register: RegisterName) {
  const before = await ask(page, 'record.previous', { register })
  await press('Control+s')
  await expect.poll(async () => (await ask(page, 'record.previous', { register }))?.id).not.toBe(before?.id)
  const record = await ask(page, 'record.previous', { register })
  if (!record) throw new Error(`no ${register} was saved`)
  return record
}

async function closeTabs(): Promise<void> {
  const tabs = page.getByRole('tablist', { name: '标签页' }).getByRole('tab')
  for (let count = await tabs.count(); count > 1; count -= 1) {
    await press('Control+w')
    await expect(tabs).toHaveCount(count - 1)
  }
}

const grid = () => page.getByRole('grid').filter({ visible: true })
const foot = () => page.locator('.query-foot').filter({ visible: true })
const dialog = () => page.getByRole('dialog')

/** Opens a register's query tab; the newest record, which is the one just filed, has the selection. */
async function openResult(shortcut: string): Promise<void> {
  await press(shortcut)
  await expect(foot()).toContainText('共')
  await page.getByRole('button', { name: /^查询/ }).filter({ visible: true }).last().focus()
  await press('Enter')
  await expect(grid()).toBeFocused()
}

async function stageOf(register: RegisterName, id: string): Promise<string | undefined> {
  return (await ask(page, 'record.get', { register, id, purpose: 'show' })).labels['stageCode']
}

/** The texts of the first records of a register, by which a look-up finds them. */
async function firstTexts(register: RegisterName, column: string, limit: number): Promise<readonly string[]> {
  const { rows } = await ask(page, 'record.query', {
    query: {
      register,
      conditions: [],
      statuses: ['active'],
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    },
    offset: 0,
    limit,
  })
  return rows.map((row) => row.cells[column] ?? '')
}

const twoResidents = () => firstTexts('resident', 'documentNumber', 2)

test('a permit goes from 受理 to 发证', async () => {
  const [number] = await twoResidents()
  await press('Alt+9')
  await field('applicantId')
  await choose(number ?? '')
  await goTo('permitActionCode')
  await choose('首次')
  await goTo('permitBasisCode')
  await choose('住所')
  await goTo('permitTermCode')
  await choose('1年')
  await client.screenshot('flows-permit-form')
  const { id, values } = await save('residencePermit')
  expect(values['stageCode']).toBe('10')
  await closeTabs()

  await openResult('Control+Alt+9')
  await press('Shift+F10')
  await expect(page.getByRole('menuitem')).toContainText(
    [/详细信息/, /居住证修改/, /审核通过/, /不予受理/, /居住证注销/, /复制/].slice(0, 5).concat(/复制/),
  )
  await client.screenshot('flows-permit-menu')
  await press('Escape')
  await press('Control+Shift+1')
  await expect(dialog()).toContainText('审核日期')
  await client.screenshot('flows-permit-review')
  await press('Control+Enter')
  await expect(foot()).toContainText('已办理「审核通过」1 条')
  await expect(grid()).toBeFocused()
  expect(await stageOf('residencePermit', id)).toBe('已审核')
  await press('Control+Shift+3')
  await expect(dialog()).toContainText('证件编号')
  await press('Enter')
  await page.keyboard.insertText('jz20260001')
  await press('Control+Enter')
  await expect(foot()).toContainText('已办理「制证」1 条')
  // The last step from the details.
  await press('Enter')
  await expect(page.getByRole('region', { name: '登记内容' }).filter({ visible: true })).toBeFocused()
  await press('Control+Shift+4')
  await expect(dialog()).toContainText('发证日期')
  await press('Control+Enter')
  await expect(dialog()).toHaveCount(0)
  expect(await stageOf('residencePermit', id)).toBe('已发证')
  await expect(page.getByText('已办理「发证」')).toBeVisible()
  await client.screenshot('flows-permit-details')
  await closeTabs()
})

test('a lease is filed with two lessees and ended before its day', async () => {
  const [first, second] = await twoResidents()
  await press('Alt+Shift+4')
  await field('dwellingId')
  await choose('5')
  await goTo('lesseeIds')
  await choose(first ?? '')
  await choose(second ?? '')
  await press('Tab')
  await goTo('startDate')
  await text('2026-01-01')
  await goTo('endDate')
  await text('2099-12-31')
  await goTo('monthlyRent')
  await text('1500')
  await client.screenshot('flows-lease-form')
  const { id, values } = await save('lease')
  expect(values['lesseeIds']).toHaveLength(2)
  expect(values['filingNumber']).toMatch(/^ZL\d{4}-[0-9A-Z]{11}$/)
  expect(values['lessorName']).toBeTruthy()
  await closeTabs()

  // The next one of the same dwelling is told of this one, and nothing is refused.
  await press('Alt+Shift+4')
  await field('dwellingId')
  await choose('5')
  await goTo('lesseeIds')
  await choose(first ?? '')
  await press('Tab')
  await goTo('startDate')
  await text('2026-05-01')
  await goTo('endDate')
  await text('2026-06-30')
  await goTo('monthlyRent')
  await expect(page.getByText(/另有生效的合同/)).toBeVisible()
  await text('900')
  await client.screenshot('flows-lease-overlap')
  const later = await save('lease')
  expect(later.values['dwellingId']).toBe(values['dwellingId'])
  await closeTabs()

  await openResult('Alt+Shift+8')
  await client.screenshot('flows-lease-grid')
  await press('Control+Shift+1')
  await expect(dialog()).toContainText('终止原因')
  await press('Enter')
  await choose('协商')
  await client.screenshot('flows-lease-terminate')
  await press('Control+Enter')
  await expect(foot()).toContainText('已办理「终止」1 条')
  expect(await stageOf('lease', later.id)).toBe('终止')
  expect(await stageOf('lease', id)).toBe('有效')
  await press('Shift+F10')
  await expect(page.getByRole('menuitem', { name: /^终止/ })).toHaveCount(0)
  await press('Escape')
  await closeTabs()
})

test('an inspection with a hazard is looked at again', async () => {
  const [inspector] = await firstTexts('coordinator', 'name', 1)
  await press('Alt+Shift+9')
  await field('dwellingId')
  await choose('5')
  await goTo('inspectorId')
  await choose(inspector ?? '')
  await goTo('hazardCodes')
  await choose('电气')
  await press('Tab')
  await goTo('description')
  await page.keyboard.insertText('楼道电线私拉,配电箱前堆放杂物')
  await press('Tab')
  await goTo('rectifyByDate')
  await client.screenshot('flows-inspection-form')
  await press('Control+s')
  await expect(page.getByText(/没有保存.*整改期限/)).toBeVisible()
  await text('2099-01-31')
  const { id, values } = await save('inspection')
  expect(values['stageCode']).toBe('20')
  await closeTabs()

  await openResult('Control+Alt+8')
  await client.screenshot('flows-inspection-grid')
  await press('Control+Shift+1')
  await expect(dialog()).toContainText('复查结果')
  await client.screenshot('flows-inspection-rectify')
  await press('Control+Enter')
  await expect(foot()).toContainText('已办理「复查合格」1 条')
  expect(await stageOf('inspection', id)).toBe('已整改')
  await closeTabs()
})

test('a service request is taken up and done, with what the applicant thinks of it', async () => {
  await press('Alt+0')
  await field('applicantId')
  await press('Enter')
  await goTo('applicantName')
  await page.keyboard.insertText('钱访客')
  await goTo('applicantTelephone')
  await text('13900000009')
  await goTo('serviceTypeCode')
  await choose('咨询')
  await goTo('content')
  await page.keyboard.insertText('咨询居住证签注需要哪些材料,何时可以办理')
  await press('Tab')
  await goTo('dueDate')
  await text('2099-01-31')
  await client.screenshot('flows-service-form')
  const { id } = await save('serviceRequest')
  await closeTabs()

  await openResult('Alt+Shift+0')
  await press('Control+Shift+1')
  await expect(dialog()).toContainText('经办人')
  await text('孙经办')
  await press('Control+Enter')
  await expect(foot()).toContainText('已办理「开始办理」1 条')
  expect(await stageOf('serviceRequest', id)).toBe('办理中')
  await press('Control+Shift+2')
  await expect(dialog()).toContainText('满意度')
  await press('Enter')
  await page.keyboard.insertText('已电话告知材料清单')
  await press('Enter')
  await choose('满意')
  await client.screenshot('flows-service-finish')
  await press('Control+Enter')
  await expect(foot()).toContainText('已办理「办结」1 条')
  expect(await stageOf('serviceRequest', id)).toBe('已办结')
  await client.screenshot('flows-service-grid')
  await closeTabs()
})

test('the highlight stays on the record that was acted on, and the next chord is its own', async () => {
  const { rows } = await ask(page, 'record.query', {
    query: {
      register: 'serviceRequest',
      conditions: [],
      statuses: ['active'],
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    },
    offset: 0,
    limit: 50,
  })
  // Not the first one: acted on, it becomes the newest and goes to the top.
  const index = rows.findIndex((row, at) => at > 2 && row.stage === '10')
  const id = rows[index]?.id ?? ''
  await openResult('Alt+Shift+0')
  for (let row = 0; row < index; row += 1) await press('ArrowDown')
  await press('Control+Shift+1')
  await expect(dialog()).toContainText('经办人')
  await text('孙经办')
  await press('Control+Enter')
  await expect(dialog()).toHaveCount(0)
  await press('Control+Shift+2')
  await expect(dialog()).toContainText('满意度')
  await press('Enter')
  await page.keyboard.insertText('已答复')
  await press('Control+Enter')
  await expect(foot()).toContainText('已办理「办结」1 条')
  expect(await stageOf('serviceRequest', id)).toBe('已办结')
  await expect(grid().getByRole('row', { selected: true })).toHaveAttribute('aria-rowindex', '2')
  await closeTabs()
})
