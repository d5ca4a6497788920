import { expect, test } from '@playwright/test'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import { boxOf, demoDataFolder, focusedField, formOf, makeNumber, typeText } from '../support/form-driver.ts'

/** A form that opens while the backend is slow: no key is lost, and the focus is never taken back. */

let client: ClientWindow

test.beforeEach(async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
})
test.afterEach(async () => {
  await client.close()
})

const besides = ['lookup.search', 'lookup.entries', 'record.previous', 'preference.read', 'record.get']

/** Requests of these names wait in the main process until the returned function is called. */
async function withhold(names: readonly string[]): Promise<() => Promise<void>> {
  await client.app.evaluate(({ ipcMain }, withheld) => {
    type Handler = (event: unknown, name: string, input: unknown) => unknown
    const place = globalThis as unknown as { releaseRequests: () => void }
    const handlers = (ipcMain as unknown as { readonly _invokeHandlers: Map<string, Handler> })
      ._invokeHandlers
    const answer = handlers.get('jufutong:call')
    if (!answer) throw new Error('the page has no door')
    const released = new Promise<void>((resolve) => {
      place.releaseRequests = resolve
    })
    handlers.set('jufutong:call', async (event, name, input) => {
      if (withheld.includes(name)) await released
      return answer(event, name, input)
    })
  }, names)
  return () =>
    client.app.evaluate(() => (globalThis as unknown as { releaseRequests: () => void }).releaseRequests())
}

test('a restored form waits for nothing but its draft, and typing goes on where it stopped', async () => {
  const { page } = client
  const form = await openNew()
  await boxOf(form, '证件号码').focus()
  await typeText(page, makeNumber(51))
  await page.keyboard.press('Enter')
  await typeText(page, '王小明')
  await boxOf(form, '户籍地详址').focus()
  await typeText(page, '中华路8号')
  await page.keyboard.press('ArrowLeft')
  await page.waitForTimeout(250)

  const release = await withhold(besides)
  await page.reload()
  const restored = formOf(page, '新增流动人员')
  await expect(boxOf(restored, '户籍地详址')).toBeFocused()
  await expect(restored).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(restored, '姓名')).toHaveValue('王小明')
  await expect(boxOf(restored, '证件类型')).toHaveValue('居民身份证')
  await typeText(page, '6')
  await expect(boxOf(restored, '户籍地详址')).toHaveValue('中华路86号')
  await boxOf(restored, '联系电话').focus()
  await typeText(page, '1380000')
  await release()
  await page.waitForTimeout(500)
  expect(await focusedField(page)).toBe('telephone')
  await expect(boxOf(restored, '联系电话')).toHaveValue('1380000')
  await expect(boxOf(restored, '户籍地详址')).toHaveValue('中华路86号')
  await expect(boxOf(restored, '现住房屋')).toHaveValue('')
})

test('a new form keeps every key while its defaults are read, and the focus stays where it went', async () => {
  const { page } = client
  const number = makeNumber(53)
  const release = await withhold(besides)
  await page.keyboard.press('Alt+1')
  await page.keyboard.press('Enter')
  await typeText(page, number)
  const form = formOf(page, '新增流动人员')
  await expect(boxOf(form, '证件号码')).toHaveValue(number)
  await expect(boxOf(form, '证件号码')).toBeFocused()
  await page.keyboard.press('Enter')
  await typeText(page, '王小明')
  await release()
  await expect(boxOf(form, '证件类型')).toHaveValue('居民身份证')
  await expect(form.locator('[data-field=documentTypeCode] .field-mark')).toHaveCount(0)
  expect(await focusedField(page)).toBe('name')
  await expect(boxOf(form, '姓名')).toHaveValue('王小明')
  await expect(boxOf(form, '证件号码')).toHaveValue(number)
})

test('a form that 新增… had opened over another comes back over it, and goes back to it', async () => {
  const { page } = client
  const form = await openNew()
  await boxOf(form, '姓名').focus()
  await typeText(page, '王小明')
  await boxOf(form, '工作单位').focus()
  await page.keyboard.press('Control+n')
  const above = formOf(page, '新增单位')
  await expect(above).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(above, '单位名称')).toBeFocused()
  await typeText(page, '启明')
  await page.waitForTimeout(250)

  const release = await withhold(besides)
  await page.reload()
  await expect(boxOf(above, '单位名称')).toBeFocused()
  await expect(boxOf(above, '单位名称')).toHaveValue('启明')
  await typeText(page, '印刷坊')
  await release()
  await expect(boxOf(above, '单位名称')).toHaveValue('启明印刷坊')
  await expect(form).toBeHidden()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: '离开,放弃内容' }).press('Enter')
  await expect(boxOf(form, '工作单位')).toBeFocused()
  await expect(boxOf(form, '姓名')).toHaveValue('王小明')
})

test('the default in the first field is selected whole: the next key replaces it', async () => {
  const { page } = client
  const form = await openNew()
  await expect(boxOf(form, '证件类型')).toHaveValue('居民身份证')
  await expect
    .poll(() =>
      page.evaluate(() => {
        const box = document.activeElement as HTMLInputElement
        return [box.selectionStart, box.selectionEnd]
      }),
    )
    .toEqual([0, 5])
  await typeText(page, 'h')
  await expect(boxOf(form, '证件类型')).toHaveValue('h')
})

test('a record to modify takes the keys that were struck before it was there', async () => {
  const { page } = client
  await page.keyboard.press('Alt+8')
  await expect(page.getByRole('grid')).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('grid')).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+F10')
  await expect(page.getByRole('menuitem', { name: '单位修改' })).toBeVisible()
  const release = await withhold(['record.get'])
  await page.getByRole('menuitem', { name: '单位修改' }).press('Enter')
  const form = formOf(page, '单位修改')
  await expect(form).toHaveAttribute('aria-busy', 'true')
  await typeText(page, 'abc')
  await page.keyboard.press('Enter')
  await release()
  await expect(form).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(form, '单位名称')).toHaveValue('abc')
  expect(await focusedField(page)).toBe('socialCreditCode')
})

async function openNew() {
  await client.page.keyboard.press('Alt+1')
  const form = formOf(client.page, '新增流动人员')
  await expect(form).toHaveAttribute('aria-busy', 'false')
  return form
}
