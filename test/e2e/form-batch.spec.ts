import { expect, test } from '@playwright/test'
import type { Draft, LabelledRecord } from '../../src-shared/contract/types.ts'
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

/** Batch entry, drafts and what leads from one form to another, in a real window by keyboard. */

let client: ClientWindow

test.beforeEach(async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
})
test.afterEach(async () => {
  await client.close()
})

async function openForm(shortcut: string, name: string) {
  await client.page.keyboard.press(shortcut)
  const form = formOf(client.page, name)
  await expect(form).toHaveAttribute('aria-busy', 'false')
  return form
}

test('a batch: saved, pinned fields kept, F4 and Ctrl+D copy, the latest undone', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await typeThrough(page, residentTexts(makeNumber(13), '王小明'))
  await page.keyboard.press('Control+Enter')
  await expect(page.locator('.save-bar')).toContainText('本批 1 份')
  await expect(page.locator('.save-bar')).toContainText(/上一份 王小明 已保存 ✓ \d\d:\d\d:\d\d · 待上传/)
  await expect(page.getByRole('complementary', { name: '本批已保存' })).toContainText('王小明')
  // Ready for the next paper form: the caret in the first field, the pinned fields as they were, the rest empty.
  expect(await focusedField(page)).toBe('documentTypeCode')
  await expect(boxOf(form, '证件类型')).toHaveValue('居民身份证')
  await expect(boxOf(form, '证件号码')).toHaveValue('')
  await expect(boxOf(form, '姓名')).toHaveValue('')
  await expect(boxOf(form, '现住房屋')).toHaveValue(/东风路1号/)
  await expect(boxOf(form, '门(楼)牌号')).toHaveValue(/1/)
  await expect(boxOf(form, '采集人')).not.toHaveValue('')
  await expect(form.locator('.field-mark')).toHaveCount(0)
  await client.screenshot('form-batch')

  await boxOf(form, '户籍地详址').focus()
  await page.keyboard.press('F4')
  await expect(boxOf(form, '户籍地详址')).toHaveValue('中华路8号')
  await page.keyboard.press('Control+d')
  await expect(footLine(page)).toContainText('已从上一份「王小明」填入')
  await expect(boxOf(form, '民族')).toHaveValue('汉族')
  await expect(boxOf(form, '来本地日期')).toHaveValue('2025-03-01')
  // Never what belongs to one person alone.
  for (const label of ['证件号码', '姓名', '性别', '出生日期', '联系电话'])
    await expect(boxOf(form, label), label).toHaveValue('')

  // A pin of one's own, and one let go.
  await boxOf(form, '户籍地详址').focus()
  await page.keyboard.press('Control+p')
  await expect(
    form.locator('[data-field="householdAddress"]').getByRole('img', { name: '已固定' }),
  ).toBeVisible()
  await boxOf(form, '采集日期').focus()
  await page.keyboard.press('Control+p')
  await expect(
    form.locator('[data-field="collectionDate"]').getByRole('img', { name: '已固定' }),
  ).toHaveCount(0)

  await boxOf(form, '证件号码').focus()
  await typeThrough(page, { documentNumber: makeNumber(15), name: '王小军', telephone: '13800001112' })
  await page.keyboard.press('Control+Enter')
  await expect(page.locator('.save-bar')).toContainText('本批 2 份')
  await expect(boxOf(form, '户籍地详址')).toHaveValue('中华路8号')

  await page.keyboard.press('Control+u')
  await expect(footLine(page)).toContainText('再按一次 Ctrl+U')
  await page.keyboard.press('Control+u')
  await expect(footLine(page)).toContainText('已撤销「王小军」')
  await expect(page.locator('.save-bar')).toContainText('本批 1 份')
  await expect(page.getByRole('complementary')).toContainText('已撤销')
})

test('after a kill the form comes back with the caret in the same field', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await boxOf(form, '证件号码').focus()
  await typeText(page, makeNumber(17))
  await page.keyboard.press('Enter')
  await typeText(page, '王小明')
  await page.keyboard.press('Enter')
  await boxOf(form, '出生日期').focus()
  await page.keyboard.press('Control+a')
  await typeText(page, '19930231')
  await boxOf(form, '户籍地详址').focus()
  await typeText(page, '中华路8号')
  await page.keyboard.press('ArrowLeft')
  // The journal writes within a tenth of a second; nothing else is waited for.
  await page.waitForTimeout(250)
  await client.kill()

  const { dataFolder } = client
  client = await openClient({ dataFolder })
  const again = client.page
  const restored = formOf(again, '新增流动人员')
  await expect(restored).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(restored, '姓名')).toHaveValue('王小明')
  await expect(boxOf(restored, '证件号码')).toHaveValue(makeNumber(17))
  await expect(boxOf(restored, '性别')).toHaveValue('男')
  // What was no value is there as well, with its mark.
  await expect(boxOf(restored, '出生日期')).toHaveValue('19930231')
  await expect(restored.getByRole('button', { name: /^出生日期:1993年2月没有31日/ })).toBeVisible()
  await expect(boxOf(restored, '户籍地详址')).toHaveValue('中华路8号')
  await expect(footLine(again)).toHaveText(/^已恢复 \d\d:\d\d 未保存的内容,共 \d+ 项$/)
  await expect(boxOf(restored, '户籍地详址')).toBeFocused()
  expect(await again.evaluate(() => (document.activeElement as HTMLInputElement).selectionStart)).toBe(4)
  await client.screenshot('form-restored')
})

test('a new employer on the way: Ctrl+N in the list, and back with it chosen', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await boxOf(form, '姓名').focus()
  await typeText(page, '王小明')
  await boxOf(form, '工作单位').focus()
  await typeText(page, '启明印刷坊')
  await expect(page.locator('.lookup-panel')).toContainText('没有符合「启明印刷坊」的条目')
  await expect(page.locator('.lookup-foot')).toContainText('新增… Ctrl+N')
  await page.keyboard.press('Control+n')
  const above = formOf(page, '新增单位')
  await expect(above).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(above, '单位名称')).toHaveValue('启明印刷坊')
  await expect(form).toBeHidden()
  await client.screenshot('form-created-in-place')

  // The form above and the one below both survive a kill.
  await typeThrough(page, { employerTypeCode: '1', divisionCode: '420106', address: '民主路9号' })
  await boxOf(above, '负责人').focus()
  await page.keyboard.press('Control+a')
  await typeText(page, '赵启明')
  await page.waitForTimeout(250)
  await client.kill()
  const { dataFolder } = client
  client = await openClient({ dataFolder })
  const again = client.page
  const restoredAbove = formOf(again, '新增单位')
  await expect(restoredAbove).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(restoredAbove, '负责人')).toHaveValue('赵启明')
  await expect(boxOf(restoredAbove, '地址')).toHaveValue('民主路9号')
  await boxOf(restoredAbove, '负责人').focus()
  await typeThrough(again, { telephone: '13800002222' })
  await again.keyboard.press('Control+s')
  const below = formOf(again, '新增流动人员')
  await expect(below).toBeVisible()
  await expect(boxOf(below, '工作单位')).toHaveValue(/^启明印刷坊/)
  await expect(boxOf(below, '工作单位')).toBeFocused()
  await expect(footLine(again)).toContainText('已新增单位「启明印刷坊」并选入')
  await expect(boxOf(below, '单位负责人')).toHaveValue('赵启明')
  await expect(boxOf(below, '姓名')).toHaveValue('王小明')
})

test('Esc goes back from a form in place, and asks only when something would be lost', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await boxOf(form, '工作单位').focus()
  await page.keyboard.press('Control+n')
  const above = formOf(page, '新增单位')
  await expect(above).toHaveAttribute('aria-busy', 'false')
  await page.keyboard.press('Escape')
  await expect(boxOf(form, '工作单位')).toBeFocused()

  await boxOf(form, '姓名').focus()
  await typeText(page, '王小明')
  await page.keyboard.press('Escape')
  const question = page.getByRole('dialog', { name: '离开录入' })
  await expect(question).toBeVisible()
  // Esc is the safe answer.
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  await expect(boxOf(form, '姓名')).toHaveValue('王小明')
  await page.keyboard.press('Escape')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(form).toHaveCount(0)
  expect(await callBackend<readonly Draft[]>(page, 'draft.list', {})).toEqual([])
})

test('a number that is registered already is said at its last character, and F6 opens that record', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await typeThrough(page, residentTexts(makeNumber(19), '王小明'))
  await page.keyboard.press('Control+Enter')
  await expect(page.locator('.save-bar')).toContainText('本批 1 份')
  await boxOf(form, '证件号码').focus()
  await typeText(page, makeNumber(19))
  await expect(footLine(page)).toContainText('该证件号码已有登记:王小明')
  await expect(page.getByRole('button', { name: '打开已有记录' })).toBeVisible()
  await client.screenshot('form-duplicate')
  await page.keyboard.press('F6')
  const modify = formOf(page, '流动人员修改')
  await expect(modify).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(modify, '姓名')).toHaveValue('王小明')
  await expect(boxOf(modify, '户籍地区划')).toHaveValue('武昌区')
  // Modified and saved: the history is the backend's, the form goes on with what is stored.
  await boxOf(modify, '姓名').focus()
  await page.keyboard.press('Control+a')
  await typeText(page, '王晓明')
  await page.keyboard.press('Control+s')
  await expect(modify.locator('.save-bar')).toContainText('上一份 王晓明 已保存')
})

test('a record changed meanwhile is refused without losing what was typed', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await typeThrough(page, residentTexts(makeNumber(21), '王小明'))
  await page.keyboard.press('Control+s')
  await expect(page.locator('.save-bar')).toContainText('已保存')
  const record = await callBackend<LabelledRecord>(page, 'record.previous', { register: 'resident' })
  await callBackend(page, 'resident.save', {
    id: record.id,
    revision: record.revision,
    values: { ...record.values, remarks: '另一处', formerName: '王大明' },
    draftId: null,
  })
  await boxOf(form, '备注').focus()
  await typeText(page, '这一处')
  await page.keyboard.press('Control+s')
  await expect(footLine(page)).toContainText('没有保存')
  await expect(footLine(page)).toContainText('已并入另一处改动的 1 项')
  await expect(boxOf(form, '备注')).toHaveValue('这一处')
  await expect(boxOf(form, '曾用名')).toHaveValue('王大明')
  await expect(form.getByRole('button', { name: /^备注:此项刚被另一处改为「另一处」/ })).toBeVisible()
  expect(await focusedField(page)).toBe('remarks')
  // Looked at and left as it is: the clerk's word stands.
  await page.keyboard.press('Enter')
  await expect(form.locator('.field-mark')).toHaveCount(0)
  await page.keyboard.press('Control+s')
  await expect(footLine(page)).toBeEmpty()
  const now = await callBackend<LabelledRecord>(page, 'record.previous', { register: 'resident' })
  expect(now.values).toMatchObject({ remarks: '这一处', formerName: '王大明' })
})

test('keys typed while a save is under way go to the next form', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await typeThrough(page, residentTexts(makeNumber(23), '王小明'))
  const session = await page.context().newCDPSession(page)
  const send = (key: string, code: string, virtual: number, modifiers = 0) => [
    session.send('Input.dispatchKeyEvent', {
      type: 'keyDown',
      key,
      code,
      windowsVirtualKeyCode: virtual,
      modifiers,
      ...(modifiers === 0 ? { text: key === 'Enter' ? '\r' : key } : {}),
    }),
    session.send('Input.dispatchKeyEvent', {
      type: 'keyUp',
      key,
      code,
      windowsVirtualKeyCode: virtual,
      modifiers,
    }),
  ]
  await Promise.all([
    ...send('Enter', 'Enter', 13, 2),
    ...send('Enter', 'Enter', 13),
    ...[...makeNumber(25)].flatMap((letter) =>
      send(letter, /\d/.test(letter) ? `Digit${letter}` : `Key${letter}`, letter.charCodeAt(0)),
    ),
    ...send('Enter', 'Enter', 13),
  ])
  await expect(page.locator('.save-bar')).toContainText('本批 1 份')
  await expect(boxOf(form, '证件号码')).toHaveValue(makeNumber(25))
  await expect.poll(() => focusedField(page)).toBe('name')
})

test('a photo is drawn anew as a JPEG of at most 200 KiB, and Delete removes it', async () => {
  const { page } = client
  const form = await openForm('Alt+3', '新增协管员')
  const png = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(1600, 2000)
    const context = canvas.getContext('2d')
    if (!context) throw new Error('no canvas')
    const pixels = context.createImageData(1600, 2000)
    for (let at = 0; at < pixels.data.length; at += 1) pixels.data[at] = (at * 7919) % 251
    context.putImageData(pixels, 0, 0)
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())
    return Array.from(bytes)
  })
  await form
    .locator('[data-photo-file="photo"]')
    .setInputFiles({ name: 'face.png', mimeType: 'image/png', buffer: Buffer.from(png) })
  const control = form.locator('[data-field="photo"] .box-photo')
  await expect(control.locator('img')).toBeVisible()
  const source = (await control.locator('img').getAttribute('src')) ?? ''
  expect(source).toMatch(/^data:image\/jpeg;base64,\/9j\//)
  expect((source.length * 3) / 4).toBeLessThanOrEqual(200 * 1024 + 100)
  await form.getByRole('button', { name: /^照片/ }).focus()
  await expect(form.locator('.photo-preview')).toBeVisible()
  await page.keyboard.press('Delete')
  await expect(control.locator('img')).toHaveCount(0)
})

test('a photo that is not on this machine says so in the form and in the details', async () => {
  const { page } = client
  const query = {
    register: 'coordinator',
    conditions: [],
    statuses: ['active'],
    stationCode: null,
    sort: { field: 'updatedAt', direction: 'descending' },
  }
  const { rows } = await callBackend<{ rows: readonly { id: string }[] }>(page, 'record.query', {
    query,
    offset: 0,
    limit: 100,
  })
  // As records of other stations are until their photos have come.
  for (const { id } of rows) {
    const { revision, values } = await callBackend<{ revision: number; values: Record<string, unknown> }>(
      page,
      'record.get',
      { register: 'coordinator', id, purpose: 'modify' },
    )
    await callBackend(page, 'coordinator.save', {
      id,
      revision,
      values: { ...values, photo: 'a'.repeat(64) },
      draftId: null,
    })
  }
  await page.keyboard.press('Alt+7')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('grid')).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menuitem', { name: '协管员修改' }).press('Enter')
  const form = formOf(page, '协管员修改')
  await expect(form).toHaveAttribute('aria-busy', 'false')
  await expect(form.locator('[data-field="photo"] .box-hint')).toContainText('单机模式')
  const button = form.getByRole('button', { name: /^照片.*单机模式/ })
  await button.focus()
  await expect(form.locator('.photo-preview')).toBeVisible()
  await expect(form.locator('.photo-preview')).toContainText('单机模式')
  // What it says is no value: the hash stays.
  await page.keyboard.press('Control+Enter')
  const { id = '' } = rows[0] ?? {}
  const stored = await callBackend<{ values: Record<string, unknown> }>(page, 'record.get', {
    register: 'coordinator',
    id,
    purpose: 'show',
  })
  expect(stored.values['photo']).toBe('a'.repeat(64))
})

test('a look-up that was being typed into comes back as it was, and Esc restores its value', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await boxOf(form, '民族').focus()
  await typeText(page, '01')
  await page.keyboard.press('Enter')
  await boxOf(form, '民族').focus()
  await typeText(page, 'hui')
  await page.waitForTimeout(250)
  await client.kill()
  const { dataFolder } = client
  client = await openClient({ dataFolder })
  const restored = formOf(client.page, '新增流动人员')
  await expect(restored).toHaveAttribute('aria-busy', 'false')
  await expect(boxOf(restored, '民族')).toBeFocused()
  await expect(boxOf(restored, '民族')).toHaveValue('hui')
  await client.page.keyboard.press('Escape')
  await expect(boxOf(restored, '民族')).toHaveValue('汉族')
})

test('several records are modified one after another', async () => {
  const { page } = client
  const form = await openForm('Alt+1', '新增流动人员')
  await expect(form).toBeVisible()
  await page.keyboard.press('Alt+8')
  await expect(page.getByRole('grid')).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row').nth(2)).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menuitem', { name: '单位修改' }).press('Enter')
  const modify = formOf(page, '单位修改')
  await expect(modify).toHaveAttribute('aria-busy', 'false')
  await expect(modify.locator('.save-bar')).toContainText('第 1/2 条')
  const first = await boxOf(modify, '单位名称').inputValue()
  await boxOf(modify, '备注').focus()
  await typeText(page, '已核对')
  await page.keyboard.press('Control+Enter')
  await expect(modify.locator('.save-bar')).toContainText('第 2/2 条')
  await expect(modify.locator('.save-bar')).toContainText(`上一份 ${first} 已保存`)
  await expect(boxOf(modify, '备注')).toHaveValue('')
  await expect(boxOf(modify, '单位名称')).not.toHaveValue(first)
})
