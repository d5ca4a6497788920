import { expect, test } from '@playwright/test'
import type { DayEnd, Meter } from '../../src-shared/contract/batch-types.ts'
import type { Draft } from '../../src-shared/contract/types.ts'
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

/** A pile of five forms from the first key to the confirmed 日结, by keys alone. */

let client: ClientWindow

test.beforeEach(async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
})
test.afterEach(async () => {
  await client.close()
})

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await client.page.keyboard.press(key)
}

/** Whose draft, and how many pins it has. */
function pinsOf(draft: Draft): readonly [string | undefined, number] {
  return [draft.inputs['name']?.text, draft.pinnedFields.length]
}

/** What the foot says of the batch. */
async function expectCount(text: string): Promise<void> {
  await expect(client.page.locator('.entry:not([hidden]) .save-count').first()).toHaveText(text)
}

test('five sheets: three saved, one void, one deferred, one undone and saved again; the day balances', async () => {
  test.setTimeout(240_000)
  const { page } = client

  // 批量录入 from the menu: the head of the pile.
  await press('Alt+g', 'ArrowDown', 'Enter')
  await expect(page.getByRole('heading', { name: '开一批' })).toBeVisible()
  await expect(page.getByRole('combobox', { name: '登记簿' })).toBeFocused()
  await press('Enter')
  await expect.poll(() => focusedField(page)).toBe('communityCode')
  await press('Space')
  await expect(page.locator('.lookup-row-on')).toBeVisible()
  await press('Enter')
  await expect.poll(() => focusedField(page)).toBe('collectorId')
  await typeText(page, 'hm')
  await expect(page.locator('.lookup-row-on')).toBeVisible()
  await press('Enter')
  await expect.poll(() => focusedField(page)).toBe('collectionDate')
  const { today } = await callBackend<{ today: string }>(page, 'app.state', {})
  await press('Enter')
  await typeText(page, '5')
  await client.screenshot('batch-head')
  await press('Control+Enter')

  const form = formOf(page, '新增流动人员')
  await expect(form).toHaveAttribute('aria-busy', 'false')
  await expectCount('本批 0/5 份 · 还差 5')
  await expect(boxOf(form, '采集人')).not.toHaveValue('')
  await expect(boxOf(form, '采集日期')).toHaveValue(today)
  expect(await focusedField(page)).toBe('documentTypeCode')

  // The first is saved; what is below the dwelling is pinned beside what is pinned at first.
  await typeThrough(page, { ...residentTexts(makeNumber(113), '王小明'), collectorId: '' })
  await boxOf(form, '住所类别').focus()
  await press('Control+p')
  // What identifies a person is not pinned.
  await boxOf(form, '姓名').focus()
  await press('Control+p')
  await expect(footLine(page)).toContainText('「姓名」是个人信息,每份不同,不能固定')
  await press('Control+Enter')
  await expectCount('本批 1/5 份 · 还差 4')
  await expect(boxOf(form, '住所类别')).not.toHaveValue('')
  await expect(boxOf(form, '现住房屋')).toHaveValue(/东风路1号/)
  await client.screenshot('batch-first-saved')
  // Pins live in memory: with the draft that ended nothing of them is on disk.
  expect(await callBackend<readonly Draft[]>(page, 'draft.list', {})).toEqual([])
  expect(await callBackend(page, 'preference.read', { key: 'entry.pins.resident' })).toBeNull()

  // Another dwelling lets the pin below it go, with what it brought along.
  await boxOf(form, '证件号码').focus()
  await typeThrough(page, {
    ...residentTexts(makeNumber(115), '王小军'),
    dwellingId: '东风路1号1栋1单元102',
    residenceTypeCode: 'c',
    collectorId: '',
  })
  await expect(page.getByRole('region', { name: '已固定' })).not.toContainText('住所类别')
  await press('Control+Enter')
  await expectCount('本批 2/5 份 · 还差 3')
  await expect(boxOf(form, '住所类别')).toHaveValue('')
  await expect(boxOf(form, '现住房屋')).toHaveValue(/102室/)

  // A name that cannot be read: deferred with what was typed. A form filled in twice: void.
  await boxOf(form, '姓名').focus()
  await typeText(page, '李模糊')
  await press('F7')
  await expect(page.getByRole('group', { name: '搁置本份' }).getByLabel('原因')).toBeFocused()
  await typeText(page, '证件号码看不清')
  await client.screenshot('batch-deferring')
  await press('Enter')
  await expectCount('本批 2/5 份 · 搁置 1 · 还差 2')
  await expect(boxOf(form, '姓名')).toHaveValue('')
  await press('Control+F7')
  await expect(page.getByRole('group', { name: '作废本份' }).getByLabel('原因')).toBeFocused()
  await typeText(page, '重复填表')
  await press('Enter')
  await expectCount('本批 2/5 份 · 作废 1 · 搁置 1 · 还差 1')

  // The latest save is taken back, and the paper saved anew: after a kill, for the batch stands on disk.
  await press('Control+u', 'Control+u')
  await expect(footLine(page)).toContainText('已撤销「王小军」')
  await expectCount('本批 1/5 份 · 作废 1 · 搁置 1 · 还差 2')
  // The meter writes at leisure after a save: what is not written is lost with a kill, and that is no loss.
  await expect
    .poll(async () => (await callBackend<Meter>(page, 'meter.read', {})).total[0]?.recordCount)
    .toBe(2)
  await client.kill()
  client = await openClient({ dataFolder: client.dataFolder })
  await client.page.keyboard.press('Alt+1')
  const again = formOf(client.page, '新增流动人员')
  await expect(again).toHaveAttribute('aria-busy', 'false')
  await expectCount('本批 1/5 份 · 作废 1 · 搁置 1 · 还差 2')
  await expect(client.page.getByRole('complementary', { name: '本批已保存' })).toContainText('已撤销')
  for (const [order, name] of [
    [117, '王小军'],
    [119, '王小红'],
  ] as const) {
    await expect.poll(() => focusedField(client.page)).toBe('documentTypeCode')
    await press('Enter')
    await typeText(client.page, makeNumber(order))
    await press('Enter')
    await typeText(client.page, name)
    await boxOf(again, '联系电话').focus()
    await typeText(client.page, '13800001112')
    await press('Enter')
    // Pinned fields are not copied: the first one after a start is repeated by F4.
    await expect(boxOf(again, '现住房屋')).toBeFocused()
    await press('F4', 'Control+d')
    await expect(footLine(client.page)).toContainText('已从上一份')
    await press('Control+Enter')
    await expect(client.page.locator('.save-last')).toContainText(name)
  }
  await expectCount('本批 3/5 份 · 作废 1 · 搁置 1 · 还差 0')
  await client.screenshot('batch-done')

  // Ctrl+B in the form leads to the batches of its register, and back: counted anew, closed, and opened again the same day.
  await press('Control+b')
  const row = client.page.getByRole('grid', { name: '未结束的批次' }).getByRole('row').nth(1)
  await expect(row).toBeFocused()
  await press('F4')
  await expect(client.page.getByRole('group', { name: '更正应录份数' }).getByLabel('应录份数')).toBeFocused()
  await typeText(client.page, '0')
  await press('Enter')
  await expect(client.page.getByText('请录入 1 至 9999 的整数')).toBeVisible()
  await press('Backspace')
  await typeText(client.page, '6')
  await press('Enter')
  await expect(row).toBeFocused()
  await expect(row).toContainText('6')
  await press('Control+e')
  await expect(client.page.getByText('份数不平(还差 1 份)')).toBeVisible()
  await expect(row).toContainText('今日已结束')
  await client.screenshot('batches')
  await press('F4')
  await typeText(client.page, '5')
  await press('Enter')
  await expect(row).toBeFocused()
  await press('Enter')
  await expect.poll(() => focusedField(client.page)).toBe('documentTypeCode')
  await expectCount('本批 3/5 份 · 作废 1 · 搁置 1 · 还差 0')

  // 日结: it balances; what stands behind a number is listed; confirmed.
  await press('Control+Shift+j')
  const sheet = client.page.getByRole('grid', { name: '日结表' })
  await expect(sheet.getByRole('row')).toHaveCount(2)
  await expect(sheet.getByRole('row').nth(1)).toContainText('搁置 1 份待补录')
  await expect(client.page.getByText('已平')).toBeVisible()
  await expect(sheet.getByRole('button', { name: /已录 3$/ })).toBeFocused()
  await press('ArrowRight', 'ArrowRight', 'Enter')
  await expect(client.page.getByRole('region', { name: /搁置$/ })).toContainText('证件号码看不清')
  await expect(client.page.locator('[data-sheet]').first()).toBeFocused()
  await client.screenshot('day-end')
  await press('Escape')
  await expect(sheet.getByRole('button', { name: /搁置 1$/ })).toBeFocused()
  await press('Control+Enter')
  await expect(client.page.locator('.day-end-verdict')).toContainText('已确认')
  const confirmed = await callBackend<DayEnd>(client.page, 'dayEnd.get', { day: today })
  expect(confirmed).toMatchObject({
    isBalanced: true,
    confirmation: { isCurrent: true },
    lines: [
      {
        numbers: {
          expectedCount: 5,
          savedCount: 3,
          voidCount: 1,
          deferredCount: 1,
          undoneCount: 1,
          storedCount: 3,
          pendingCount: 3,
        },
        differences: [],
      },
    ],
  })
  await press('Control+c')
  await expect(client.page.locator('.day-end-message')).toContainText('已复制 1 行')
  const copied = await client.app.evaluate(({ clipboard }) => clipboard.readText())
  expect(copied.split('\n')[1]?.split('\t').slice(2)).toEqual(
    expect.arrayContaining(['5', '3', '1', '1', '1', '3', '0', '平']),
  )
  expect(copied).not.toContain('王小')

  // The deferred one is taken up again where it was left: the day does not balance any more, and says why.
  await press('Enter')
  await expect(client.page.locator('[data-sheet]').first()).toBeFocused()
  await press('Enter')
  const resumed = client.page.locator('.entry:not([hidden])').locator('visible=true')
  await expect(resumed.getByLabel('姓名', { exact: true })).toHaveValue('李模糊')
  await expect(client.page.locator('.save-count').locator('visible=true').first()).toHaveText(
    '本批 3/5 份 · 作废 1 · 还差 1',
  )
  await press('Control+Shift+j')
  await expect(client.page.locator('.day-end-verdict')).toContainText('此后数字有变动')
  await press('Control+Enter')
  const asked = client.page.getByRole('group', { name: '确认日结' })
  await expect(asked).toContainText('还差 1 份未录')
  await expect(asked.getByLabel('不平的原因')).toBeFocused()
  await typeText(client.page, '明日补录')
  await press('Enter')
  await expect(client.page.locator('.day-end-verdict')).toContainText('明日补录')

  // The other form is left with its draft kept: its pins go with it.
  await press('Control+2')
  await expect(boxOf(again, '现住房屋')).toHaveValue(/102室/)
  await boxOf(again, '姓名').focus()
  await typeText(client.page, '王小兰')
  await expect
    .poll(async () => (await callBackend<readonly Draft[]>(client.page, 'draft.list', {})).map(pinsOf))
    .toContainEqual(['王小兰', 3])
  await press('Escape', 'ArrowRight', 'Enter')
  await expect
    .poll(async () => (await callBackend<readonly Draft[]>(client.page, 'draft.list', {})).map(pinsOf))
    .toContainEqual(['王小兰', 0])
  await press('Control+Shift+j')

  // The clerk's own figures: keys of the records that were saved, and nobody else's business.
  await expect
    .poll(async () => (await callBackend<Meter>(client.page, 'meter.read', {})).total[0]?.recordCount)
    .toBeGreaterThanOrEqual(3)
  const meter = (await callBackend<Meter>(client.page, 'meter.read', {})).total[0]
  expect((meter?.keyCount ?? 0) / (meter?.recordCount ?? 1)).toBeGreaterThan(30)
  await client.screenshot('day-end-unbalanced')
})
