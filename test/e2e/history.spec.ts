import { expect, test, type Page } from '@playwright/test'
import type { HistoryLine } from '../../src-shared/contract/types.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import {
  boxOf,
  callBackend,
  demoDataFolder,
  focusedField,
  footLine,
  formOf,
  makeNumber,
  residentTexts,
  typeText,
  typeThrough,
} from '../support/form-driver.ts'

/** How values came, what a modification is, and what a record was before: by keys alone, in a real window. */

let client: ClientWindow

test.beforeEach(async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
})
test.afterEach(async () => {
  await client.close()
})

/** Key by key to a field of the form, typing into those on the way what is given for them. */
async function walkTo(
  page: Page,
  field: string,
  texts: Readonly<Record<string, string>> = {},
  key = 'Enter',
): Promise<void> {
  for (let step = 0; step < 60; step += 1) {
    const name = await focusedField(page)
    if (name === field) return
    const text = texts[name]
    if (text !== undefined) await typeText(page, text)
    await page.keyboard.press(key)
    await page.waitForFunction(
      (before) =>
        (document.activeElement?.closest<HTMLElement>('[data-field]')?.dataset['field'] ?? '') !== before,
      name,
    )
  }
  throw new Error(`the focus never came to ${field}`)
}

async function replaceText(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+a')
  await typeText(page, text)
}

test('a resident is changed and corrected by keys; the timeline says which, and an earlier version is there whole', async () => {
  const { page } = client
  const press = (key: string) => page.keyboard.press(key)
  await press('Alt+1')
  const form = formOf(page, '新增流动人员')
  await expect(form).toHaveAttribute('aria-busy', 'false')
  // A form of a new record asks nothing of the kind.
  await expect(form.getByRole('radiogroup', { name: '本次修改是' })).toHaveCount(0)
  const texts = residentTexts(makeNumber(31), '王小明')
  await walkTo(page, 'birthDate', texts)

  // How a value came: on the edge of the box that has the focus, and in words by F1. Neither moves anything.
  const birth = form.locator('[data-field="birthDate"]')
  await expect(birth.locator('.field-source')).toHaveText('由证件号码推得')
  await expect(birth.locator('.field-source')).toBeVisible()
  const place = await boxOf(form, '出生日期').boundingBox()
  await press('F1')
  await expect(birth.getByRole('tooltip')).toHaveText('来源:由证件号码推得')
  await expect(birth.getByRole('tooltip')).toBeVisible()
  expect(await boxOf(form, '出生日期').boundingBox()).toEqual(place)
  await client.screenshot('provenance-in-form')
  await press('F1')
  await expect(birth.getByRole('tooltip')).toBeHidden()
  await typeThrough(page, texts)
  await press('Control+s')
  await expect(form.locator('.save-last')).toContainText('已保存 ✓')

  // A new fact since a day: the same form now asks, and today needs no key.
  const kinds = form.getByRole('radiogroup', { name: '本次修改是' })
  await expect(kinds.getByRole('radio', { name: '变更' })).toBeChecked()
  await press('Control+g')
  await press('Control+g')
  await expect(boxOf(form, '变更日期')).toBeFocused()
  await press('Shift+Enter')
  await expect(kinds.getByRole('radio', { name: '变更' })).toBeFocused()
  await press('Escape')
  await expect(form).toHaveCount(0)

  await press('Alt+5')
  const grid = page.locator('.page:not([hidden])').getByRole('grid')
  await expect(grid).toBeVisible()
  await press('Enter')
  await expect(grid).toBeFocused()
  await press('Control+e')
  const modify = formOf(page, '流动人员修改')
  await expect(modify).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(modify, '姓名')).toHaveValue('王小明')
  await walkTo(page, 'telephone')
  await replaceText(page, '13800002222')
  await press('Control+s')
  await expect(modify.locator('.save-last')).toContainText('已保存 ✓')

  // An error of the paper: Ctrl+G, the reason by its initials, and not without one.
  await walkTo(page, 'householdAddress', {}, 'Shift+Enter')
  await replaceText(page, '中华路18号')
  await press('Control+g')
  await expect(boxOf(modify, '更正原因')).toBeFocused()
  await press('Control+s')
  await expect(footLine(page)).toContainText('没有保存:更正原因,必须录入,不能为空!')
  await expect(boxOf(modify, '更正原因')).toBeFocused()
  await typeText(page, 'zzb')
  await press('Enter')
  await expect(boxOf(modify, '更正说明')).toBeFocused()
  await expect(boxOf(modify, '更正原因')).toHaveValue('纸质表填写错误')
  await typeText(page, '门牌抄错')
  await client.screenshot('correction-choice')
  await press('Control+s')
  await expect(modify.locator('.save-last')).toContainText('已保存 ✓')
  // The word was of this save only.
  await expect(modify.getByRole('radio', { name: '变更' })).toBeChecked()
  await press('Escape')
  await expect(modify).toHaveCount(0)

  // The timeline, newest first.
  await expect(grid).toBeFocused()
  await press('Enter')
  const details = page.locator('.page:not([hidden]) .details')
  await expect(details).toBeVisible()
  const lines = details.locator('.history-line')
  await expect(lines).toHaveCount(3)
  await expect(lines.nth(0)).toContainText('更正')
  await expect(lines.nth(0)).toContainText('原因:纸质表填写错误:门牌抄错')
  await expect(lines.nth(0)).toContainText('户籍地详址:中华路8号 → 中华路18号录入')
  await expect(lines.nth(1)).toContainText('变更')
  await expect(lines.nth(1)).toContainText(/变更日期:\d{4}-\d\d-\d\d/)
  await expect(lines.nth(1)).toContainText('联系电话:13800001111 → 13800002222录入')
  await expect(lines.nth(2)).toContainText('登记')
  await press('Control+i')
  await expect(
    details.locator('.details-field', { hasText: '出生日期' }).locator('.details-source'),
  ).toHaveText('由证件号码推得')
  await client.screenshot('history-timeline')

  // The record as it was registered.
  for (let step = 0; step < 12; step += 1) {
    if (await lines.nth(0).evaluate((line) => line === document.activeElement)) break
    await press('Tab')
  }
  await expect(lines.nth(0)).toBeFocused()
  await press('End')
  await press('v')
  const past = details.getByRole('region', { name: '历史版本的登记内容' })
  await expect(past).toBeVisible()
  await expect(details.getByRole('status').filter({ hasText: '历史版本' })).toContainText('登记')
  await expect(past).toContainText('中华路8号')
  await expect(past).toContainText('13800001111')
  await expect(details.getByRole('button', { name: '流动人员修改' })).toHaveCount(0)
  await expect(lines.nth(2)).toBeFocused()
  // The one after it, from where the focus is.
  await press('ArrowUp')
  await press('Enter')
  await expect(past).toContainText('13800002222')
  await expect(past).toContainText('中华路8号')
  await client.screenshot('history-version')
  await press('Escape')
  await expect(past).toHaveCount(0)
  await expect(details.getByRole('region', { name: '登记内容' })).toContainText('中华路18号')
  await expect(lines.nth(1)).toBeFocused()
  await press('Escape')
  await expect(details).toHaveCount(0)

  // Nothing of it is only on the screen.
  const record = await callBackend<{ id: string }>(page, 'record.previous', { register: 'resident' })
  const history = await callBackend<readonly HistoryLine[]>(page, 'record.history', {
    register: 'resident',
    id: record.id,
  })
  expect(history.map((line) => [line.act, line.changeKind, line.reason])).toEqual([
    ['changed', 'correction', '纸质表填写错误:门牌抄错'],
    ['changed', 'change', ''],
    ['created', null, ''],
  ])
})
