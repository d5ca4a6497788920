import { expect, test, type Locator, type Page } from '@playwright/test'
import { nameOnCard } from '../../src-shared/readers/card-values.ts'
import { getPerson } from '../../tools/reader-simulator/simulated-people.ts'
import { makeCard } from '../../tools/reader-simulator/simulated-card.ts'
import { createSimulatedReader } from '../../tools/reader-simulator/simulated-reader.ts'
import { serveTcp } from '../../tools/reader-simulator/simulator-lines.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'
import {
  boxOf,
  demoDataFolder,
  focusedField,
  footLine,
  formOf,
  openIme,
  residentTexts,
  typeThrough,
} from '../support/form-driver.ts'

/** Cards in a row, in the real window with played readers: what the clerk does is keys and cards, and nothing moves his focus. */

/** Cards that are put on and saved one after another. */
const CARDS = 50
/** Adults with a citizen's card: the kinds of card have their tests beside the forms. */
const people = Array.from({ length: 120 }, (_, index) => getPerson(index))
  .filter((person) => person.kind === 'residentIdentity' && person.birthDate < '2008')
  .slice(0, CARDS + 12)
const person = (index: number) => people[index] ?? getPerson(0)

/** Where the caret is: the box by name, and the place in it. */
async function caret(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement
    const field = element?.closest<HTMLElement>('[data-field]')?.dataset['field'] ?? element?.tagName
    return element instanceof HTMLInputElement
      ? `${field} ${element.selectionStart}-${element.selectionEnd}`
      : String(field)
  })
}

function strip(page: Page): Locator {
  return page.locator('.entry:not([hidden])').getByRole('region', { name: '证件', exact: true })
}

test('cards fill forms one after another, stand beside what was typed, search, and open what is registered', async () => {
  test.setTimeout(240_000)
  const reader = createSimulatedReader()
  const line = await serveTcp(reader)
  const second = createSimulatedReader({}, 2)
  const secondLine = await serveTcp(second)
  const client = await openClient({ dataFolder: await demoDataFolder() })
  const { page } = client
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'settings.save', {
    settings: {
      ...settings,
      reader: {
        ...settings.reader,
        kind: 'serial',
        port: `${line.path};${secondLine.path}`,
        playsSound: false,
      },
    },
  })
  const state = page.getByLabel('读卡器状态')
  await expect(state).toHaveText(/读卡器 就绪/)

  // ---- a card on the home page opens 新增流动人员, filled -----------------------------------------------------------
  reader.putOn(makeCard(person(0)))
  const form = formOf(page, '新增流动人员')
  await expect(boxOf(form, '姓名')).toHaveValue(nameOnCard(person(0)))
  await expect(boxOf(form, '证件号码')).toHaveValue(person(0).documentNumber)
  await expect(boxOf(form, '户籍地区划')).not.toHaveValue('')
  expect(await focusedField(page)).toBe('documentTypeCode')
  await typeThrough(page, { ...residentTexts('', ''), ...fromCard })
  await client.screenshot('cards-filled')
  // What is the same for the whole batch stays for the next forms: the rest of each comes from its card.
  for (const name of [
    'maritalStatusCode',
    'educationCode',
    'residenceTypeCode',
    'residenceReasonCode',
    'arrivalDate',
    'moveInDate',
    'intendedStayCode',
    'landlordRelationCode',
    'employmentStatusCode',
    'occupationCode',
  ]) {
    await focusBox(page, name)
    await press('Control+p')
  }
  await press('Control+Enter')
  await expect(page.locator('.save-bar')).toContainText('本批 1 份')

  // ---- fifty in a row, alternating between two readers ------------------------------------------------------------
  for (let index = 1; index < CARDS; index += 1) {
    const before = await caret(page)
    const on = index % 2 === 0 ? reader : second
    on.putOn(makeCard(person(index)))
    await expect(boxOf(form, '证件号码')).toHaveValue(person(index).documentNumber)
    await expect(boxOf(form, '民族')).not.toHaveValue('')
    await expect(boxOf(form, '户籍地区划')).not.toHaveValue('')
    expect(await caret(page)).toBe(before)
    await typeTelephone(page, index)
    await press('Control+Enter')
    await expect(page.locator('.save-bar')).toContainText(`上一份 ${nameOnCard(person(index))} 已保存`)
  }
  await expect(page.locator('.save-bar')).toContainText(`本批 ${CARDS} 份`)
  const counts = await Promise.all(
    people.slice(0, CARDS).map(async ({ documentTypeCode, documentNumber }) => {
      const found = await ask(page, 'record.findDuplicates', {
        register: 'resident',
        values: { documentTypeCode, documentNumber },
        exceptId: null,
      })
      return found.length
    }),
  )
  expect(counts).toEqual(Array.from({ length: CARDS }, () => 1))

  // ---- the caret stays, an input method composes on, and both values stand side by side ----------------------------
  const typed = person(CARDS)
  await boxOf(form, '姓名').focus()
  const ime = await openIme(page)
  await ime.compose('wang', 'KeyW')
  reader.putOn(makeCard(typed))
  await expect(boxOf(form, '证件号码')).toHaveValue(typed.documentNumber)
  await expect(boxOf(form, '姓名')).toHaveValue('wang')
  expect(await caret(page)).toBe('name 4-4')
  await ime.commit('王五')
  await expect(boxOf(form, '姓名')).toHaveValue('王五')
  await expect(strip(page)).toContainText(`姓名王五${nameOnCard(typed)}`)
  expect(await caret(page)).toBe('name 2-2')
  await boxOf(form, '户籍地详址').focus()
  await client.screenshot('cards-differences')
  await press('F3')
  await expect(boxOf(form, '姓名')).toHaveValue(nameOnCard(typed))
  await expect(strip(page)).toBeHidden()
  expect(await focusedField(page)).toBe('householdAddress')

  // ---- others wait by name, are not doubled, and one is taken away -------------------------------------------------
  reader.putOn(makeCard(person(CARDS + 1)))
  await expect(strip(page)).toContainText(`待录证件:${nameOnCard(person(CARDS + 1))}`)
  second.putOn(makeCard(person(CARDS + 1)))
  await expect(footLine(page)).toContainText('已在待录中')
  second.putOn(makeCard(person(CARDS + 2)))
  await expect(strip(page)).toContainText(
    `待录证件:${nameOnCard(person(CARDS + 1))}、${nameOnCard(person(CARDS + 2))}`,
  )
  await client.screenshot('cards-waiting')
  await press('Control+F2')
  await expect(strip(page)).not.toContainText(nameOnCard(person(CARDS + 2)))
  expect(await focusedField(page)).toBe('householdAddress')
  await typeTelephone(page, CARDS)
  await press('Control+Enter')
  await expect(boxOf(form, '证件号码')).toHaveValue(person(CARDS + 1).documentNumber)
  await typeTelephone(page, CARDS + 1)
  await press('Control+Enter')
  await expect(page.locator('.save-bar')).toContainText(`本批 ${CARDS + 2} 份`)

  // ---- the plug is pulled in the middle of a read, the reader dies, and both come back -----------------------------
  reader.behave({ bytesPerSecond: 2_000 })
  const before = await caret(page)
  const isReading = new Promise<void>((resolve) => {
    reader.onCommand((command) => {
      if (command === 'readCard') resolve()
    })
  })
  reader.putOn(makeCard(person(CARDS + 3)))
  await isReading
  // 1,295 bytes take 650 ms now.
  await page.waitForTimeout(200)
  await line.unplug()
  await secondLine.unplug()
  await expect(state).toHaveText(/读卡器 未连接/)
  await expect(boxOf(form, '证件号码')).toHaveValue('')
  expect(await caret(page)).toBe(before)
  reader.behave({ bytesPerSecond: 0 })
  await line.plug()
  await expect(state).toHaveText(/读卡器 就绪/)
  reader.putOn(makeCard(person(CARDS + 3)))
  await expect(boxOf(form, '证件号码')).toHaveValue(person(CARDS + 3).documentNumber)
  expect(await caret(page)).toBe(before)
  await typeTelephone(page, CARDS + 3)
  await press('Control+Enter')
  await expect(page.locator('.save-bar')).toContainText(`本批 ${CARDS + 3} 份`)
  await secondLine.plug()
  // One that says nothing any more is another's to wait for: the other reader goes on, and it comes back by itself.
  await expect(state).toHaveText(/就绪\(2 台\)/)
  reader.behave({ isDead: true })
  second.putOn(makeCard(person(CARDS + 6)))
  await expect(boxOf(form, '证件号码')).toHaveValue(person(CARDS + 6).documentNumber)
  reader.putOn(makeCard(person(CARDS + 7)))
  reader.behave({ isDead: false })
  await expect(strip(page)).toContainText(`待录证件:${nameOnCard(person(CARDS + 7))}`)
  await press('Control+F2')
  await typeTelephone(page, CARDS + 6)
  await press('Control+Enter')
  await expect(page.locator('.save-bar')).toContainText(`本批 ${CARDS + 4} 份`)

  // ---- a number that is registered opens its record ---------------------------------------------------------------
  await expect(boxOf(form, '证件号码')).toHaveValue('')
  reader.putOn(makeCard(typed))
  await expect(page.getByRole('tab', { name: new RegExp(nameOnCard(typed)) })).toHaveAttribute(
    'aria-selected',
    'true',
  )
  await expect(page.locator('.status-message')).toContainText('已登记')
  // What was chosen there is in its history.
  await expect(page.getByText('姓名:采用读卡,原录入 王五')).toBeVisible()
  await client.screenshot('cards-registered')

  // ---- where no card belongs, nobody is moved away from what he types ----------------------------------------------
  await press('Alt+2')
  const dwelling = formOf(page, '新增房屋')
  await expect(dwelling).toHaveAttribute('aria-busy', 'false')
  const elsewhere = await caret(page)
  reader.putOn(makeCard(person(CARDS + 4)))
  await expect(page.locator('.status-message')).toContainText('已交给标签页「新增流动人员」')
  expect(await caret(page)).toBe(elsewhere)
  await expect(
    page.locator('form[aria-label="新增流动人员"] [data-field="documentNumber"] input'),
  ).toHaveValue(person(CARDS + 4).documentNumber)

  // F2 asks for it: the card that lies there leads to its form.
  second.takeAway()
  await press('F2')
  await expect(page.getByRole('tab', { name: /^新增流动人员/ })).toHaveAttribute('aria-selected', 'true')
  await expect(boxOf(form, '姓名')).toHaveValue(nameOnCard(person(CARDS + 4)))

  // A form that is left says whose cards were not entered.
  reader.putOn(makeCard(person(CARDS + 8)))
  await expect(strip(page)).toContainText(`待录证件:${nameOnCard(person(CARDS + 8))}`)
  await press('Control+w')
  await page.getByRole('button', { name: '关闭,放弃草稿' }).click()
  await expect(page.locator('.status-message')).toContainText(
    `待录证件没有录入:${nameOnCard(person(CARDS + 8))}`,
  )

  // ---- 居住证申领 finds its applicant; who is not registered can be, by one key ------------------------------------
  await press('Alt+9')
  const permit = formOf(page, '居住证申领')
  await expect(permit).toHaveAttribute('aria-busy', 'false')
  reader.putOn(makeCard(person(CARDS + 5)))
  await expect(strip(page)).toContainText(`「${nameOnCard(person(CARDS + 5))}」尚未登记`)
  await client.screenshot('cards-unregistered')
  await press('F3')
  await expect(boxOf(form.last(), '证件号码')).toHaveValue(person(CARDS + 5).documentNumber)
  await press('Escape')
  await page.getByRole('button', { name: '离开,放弃内容' }).click()
  await expect(permit).toBeVisible()
  expect(await focusedField(page)).toBe('applicantId')
  reader.putOn(makeCard(person(1)))
  await expect(boxOf(permit, '申请人')).toHaveValue(new RegExp(nameOnCard(person(1))))
  expect(await focusedField(page)).toBe('applicantId')

  // ---- a card in a query searches ---------------------------------------------------------------------------------
  await press('Alt+5')
  await expect(page.getByLabel('流动人员查询结果')).toBeVisible()
  const inQuery = await caret(page)
  second.putOn(makeCard(person(1)))
  await expect(page.getByLabel('流动人员查询结果').getByText(nameOnCard(person(1)))).toBeVisible()
  await expect(
    page.locator('[role=tabpanel]:not([hidden])').getByLabel('证件号码', { exact: true }),
  ).toHaveValue(person(1).documentNumber)
  expect(await caret(page)).toBe(inQuery)
  await client.screenshot('cards-query')
  await client.close()
  await line.close()
  await secondLine.close()
})

/** What the card has said already is not typed. */
const fromCard = Object.fromEntries(
  ['documentNumber', 'name', 'ethnicGroupCode', 'householdAddress'].map((name) => [name, '']),
)

/** The one thing of a batch that is each one's own and on no card. */
async function typeTelephone(page: Page, index: number): Promise<void> {
  await focusBox(page, 'telephone')
  await page.keyboard.insertText(`1380000${String(1_000 + index)}`)
}

async function focusBox(page: Page, name: string): Promise<void> {
  await page.locator(`.entry:not([hidden]) [data-field="${name}"] input`).first().focus()
}
