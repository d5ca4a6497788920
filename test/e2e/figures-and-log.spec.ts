import { expect, test, type Page } from '@playwright/test'
import { findFaults } from '../support/accessibility.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import { demoDataFolder } from '../support/form-driver.ts'

/** 统计—在住情况 and 工具—操作日志 by keys alone, over the demo district. */

let client: ClientWindow
let page: Page

test.beforeEach(async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
  page = client.page
})
test.afterEach(() => client.close())

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}
const clipboard = (): Promise<string> => client.app.evaluate(({ clipboard: board }) => board.readText())
const grid = (name: string) => page.getByRole('grid', { name })

test('a clerk counts who lives here, and the records behind a number are as many', async () => {
  await press('Control+Shift+U')
  const table = grid('按社区的在住情况')
  await expect(table).toBeFocused()
  await expect(table.getByRole('row').nth(1)).toContainText('合计')
  await client.screenshot('residence-community')
  expect(await findFaults(page)).toEqual([])

  // 丹心社区, 流动人员女: three columns to the right.
  await press('ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowRight')
  const row = table.locator('[aria-selected=true]')
  const number = await row.getByRole('gridcell').nth(3).innerText()
  expect(Number(number.replaceAll(',', ''))).toBeGreaterThan(100)
  await press('Enter')
  const found = grid('流动人员查询结果')
  await expect(found).toBeFocused()
  await expect(
    page.getByText(/^只列:社区「.+」的流动人员女\(在住情况 \d\d:\d\d 统计为 [\d,]+\)/),
  ).toBeVisible()
  await expect(page.getByText(`共 ${number} 条`)).toBeVisible()
  await client.screenshot('residence-records')
  expect(await findFaults(page)).toEqual([])
  // Esc goes to the conditions, and from there takes back what was given.
  await press('Escape', 'Escape')
  await expect(page.getByText(/^只列:/)).toHaveCount(0)
  await press('Control+W')
  await expect(table).toBeFocused()

  for (const label of ['小区', '协管员', '房屋类别', '住所类别', '居住事由', '年龄段']) {
    await press('Control+PageDown')
    await expect(grid(`按${label}的在住情况`)).toBeFocused()
    if (label === '小区' || label === '年龄段')
      await client.screenshot(`residence-${label === '小区' ? 'estate' : 'age'}`)
  }
  // Dwellings have no age.
  await expect(grid('按年龄段的在住情况').getByRole('row').nth(1)).toContainText('—')
  await press('Control+c')
  await expect(page.getByText('已复制 6 行数字,可粘贴到表格中')).toBeVisible()
  expect((await clipboard()).split('\r\n').map((line) => line.split('\t')[0])).toEqual([
    '年龄段',
    '合计',
    '0–5岁',
    '6–15岁',
    '16–17岁',
    '18–59岁',
    '60岁及以上',
    '',
  ])
  // The month before, then days that are typed.
  const days = page.getByRole('form', { name: '在住情况的期间' })
  const before = await days.getByLabel('本期', { exact: true }).inputValue()
  await press('Control+ArrowLeft')
  await expect(days.getByLabel('本期', { exact: true })).not.toHaveValue(before)
  await expect(grid('按年龄段的在住情况')).toBeFocused()
  await days.getByLabel('本期', { exact: true }).focus()
  await press('Control+a')
  await page.keyboard.insertText('20260101')
  await press('Enter')
  await expect(grid('按年龄段的在住情况')).toBeFocused()
  await expect(days.getByLabel('本期', { exact: true })).toHaveValue('2026-01-01')
})

test('a clerk sees in the log what was looked at, copied and saved, and changes nothing there', async () => {
  // A look, a form for modification, a copy.
  await press('Alt+6')
  const dwellings = grid('房屋查询结果')
  await expect(dwellings).toBeVisible()
  await press('Enter')
  await expect(dwellings).toBeFocused()
  await press('Control+c')
  await expect(page.getByText('已复制 1 条')).toBeVisible()
  await press('Enter')
  await expect(page.getByRole('region', { name: '登记内容' })).toBeFocused()
  await press('Control+e')
  await expect(page.getByRole('form', { name: '房屋修改' })).toHaveAttribute('aria-busy', 'false')

  await press('Control+Shift+L')
  const log = grid('操作日志')
  await expect(log).toBeFocused()
  const lines = log.getByRole('row')
  await expect(lines.nth(1)).toContainText('打开修改')
  await expect(lines.nth(2)).toContainText('查看')
  await expect(lines.nth(3)).toContainText('复制查询结果')
  await expect(lines.nth(4)).toContainText('列出查询结果')
  await client.screenshot('audit-log')
  expect(await findFaults(page)).toEqual([])

  // What is copied is one more line.
  await press('Shift+ArrowDown', 'Control+c')
  await expect(page.getByText('已复制 2 行,可粘贴到表格中')).toBeVisible()
  expect((await clipboard()).split('\r\n')[1]).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t本机操作员\t\t打开修改\t房屋\t/,
  )
  await press('F5')
  await expect(lines.nth(1)).toContainText('复制操作日志')

  // Narrowed to looks, by keys.
  await press('Escape')
  const form = page.getByRole('form', { name: '操作日志条件' })
  await expect(form.getByLabel('日期', { exact: true })).toBeFocused()
  await form.getByLabel('操作类别').focus()
  await press('ArrowDown', 'ArrowDown')
  await expect(form.getByLabel('操作类别')).toHaveValue('looks')
  await press('Enter')
  await expect(lines).toHaveCount(4)
  await log.focus()
  await press('Control+l')
  await expect(page.getByText(/^只列「.+」的操作/)).toBeVisible()
  await client.screenshot('audit-log-record')
  // Enter opens the record, whose own key shows the same lines.
  await log.focus()
  await press('Home', 'Enter')
  await expect(page.getByRole('region', { name: '登记内容' })).toBeFocused()
  await press('Control+l')
  await expect(grid('操作日志').filter({ visible: true })).toBeFocused()
  await expect(page.getByText(/^只列「.+」的操作/).filter({ visible: true })).toBeVisible()
})
