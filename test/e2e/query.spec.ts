import { expect, test, type Page } from '@playwright/test'
import type { Query } from '../../src-shared/contract/types.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'

/** Query, result grid, what can be done with records, and details: by keys alone, on the demo data. */

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

/** Presses a key so many times. */
async function repeat(key: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await page.keyboard.press(key)
}

function grid() {
  return page.getByRole('grid').filter({ visible: true })
}

function activeTab() {
  return page.getByRole('tablist', { name: '标签页' }).getByRole('tab', { selected: true })
}

function foot() {
  return page.locator('.query-foot').filter({ visible: true })
}

function queryOf(register: RegisterName, change: Partial<Query> = {}): Query {
  return {
    register,
    conditions: [],
    statuses: ['active'],
    stationCode: null,
    sort: { field: 'updatedAt', direction: 'descending' },
    ...change,
  }
}

async function idsOf(register: RegisterName, limit: number, change: Partial<Query> = {}) {
  const { rows } = await ask(page, 'record.query', {
    query: queryOf(register, change) as never,
    offset: 0,
    limit,
  })
  return rows.map((row) => row.id)
}

/** Opens a register's query tab anew and waits for its first result. */
async function openQuery(shortcut: string): Promise<void> {
  await press('Control+1')
  await press(shortcut)
  await expect(grid()).toBeVisible()
  await expect(foot()).toContainText('共')
}

async function closeTab(): Promise<void> {
  const count = await page.getByRole('tablist', { name: '标签页' }).getByRole('tab').count()
  await press('Control+w')
  await expect(page.getByRole('tablist', { name: '标签页' }).getByRole('tab')).toHaveCount(count - 1)
}

async function cells(column: string): Promise<readonly string[]> {
  const headers = await grid().getByRole('columnheader').allInnerTexts()
  const index = headers.findIndex((header) => header.startsWith(column))
  const rows = grid().getByRole('row')
  return rows.evaluateAll(
    (all, at) =>
      all
        .slice(1)
        .toSorted((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex))
        .map((row) => row.children[at]?.textContent ?? ''),
    index,
  )
}

test('initials find names, Enter asks and goes into the result', async () => {
  await openQuery('Alt+5')
  await expect(page.getByLabel('姓名', { exact: true })).toBeFocused()
  await page.keyboard.type('zw')
  await press('Enter')
  await expect(grid()).toBeFocused()
  const { total } = await ask(page, 'record.count', {
    query: queryOf('resident', {
      conditions: [{ field: 'name', operator: 'name', value: 'zw' }],
    }) as never,
  })
  expect(total).toBeGreaterThan(0)
  await expect(foot()).toContainText(`共 ${total.toLocaleString('zh-CN')} 条`)
  for (const name of await cells('姓名')) expect([...name].length).toBeGreaterThanOrEqual(2)
  await client.screenshot('query-initials')
  await closeTab()
})

test('sorting by key turns the result over', async () => {
  await openQuery('Alt+5')
  await press('Enter')
  await expect(grid()).toBeFocused()
  const column = () => grid().getByRole('columnheader', { name: '出生日期' })
  await repeat('ArrowRight', 3)
  await press('Alt+ArrowUp')
  await expect(column()).toHaveAttribute('aria-sort', 'ascending')
  const firstBirth = async () => (await cells('出生日期'))[0]
  const [oldest] = await idsOf('resident', 1, { sort: { field: 'birthDate', direction: 'ascending' } })
  const [youngest] = await idsOf('resident', 1, { sort: { field: 'birthDate', direction: 'descending' } })
  const birthOf = async (id: string | undefined) =>
    (await ask(page, 'record.get', { register: 'resident', id: id ?? '', purpose: 'show' })).values[
      'birthDate'
    ]
  await expect.poll(firstBirth).toBe(await birthOf(oldest))
  await press('Alt+ArrowDown')
  await expect(column()).toHaveAttribute('aria-sort', 'descending')
  await expect.poll(firstBirth).toBe(await birthOf(youngest))
  await closeTab()
})

test('keys move through the whole result and select ranges', async () => {
  await openQuery('Alt+5')
  await press('Enter')
  await expect(grid()).toBeFocused()
  const { counts } = await ask(page, 'app.state', {})
  const total = counts.resident
  const active = () =>
    grid().evaluate((element) => {
      const cell = document.getElementById(element.getAttribute('aria-activedescendant') ?? '')
      return Number(cell?.parentElement?.getAttribute('aria-rowindex')) - 1
    })
  await press('End')
  await expect.poll(active).toBe(total)
  // The last rows were never fetched before: they come when they are looked at.
  await expect.poll(async () => (await cells('姓名')).at(-1)).not.toBe('')
  await press('Shift+PageUp')
  await expect(foot()).toContainText(/已选 \d\d 条/)
  await press('Home')
  await expect.poll(active).toBe(1)
  await press('ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown')
  await expect(foot()).toContainText('已选 3 条')
  await press('Control+ArrowDown', 'Control+ArrowDown', 'Control+Space')
  await expect(foot()).toContainText('已选 4 条')
  await press('Control+Space')
  await expect(foot()).toContainText('已选 3 条')
  await press('Control+a')
  await expect(foot()).toContainText(`已选 ${total.toLocaleString('zh-CN')} 条`)
  await closeTab()
})

test('a Shift range is copied as tab-separated text with a header line', async () => {
  await openQuery('Alt+5')
  await press('Enter')
  await expect(grid()).toBeFocused()
  await press('ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Control+c')
  await expect(foot()).toContainText('已复制 3 条')
  const text = await client.app.evaluate(({ clipboard }) => clipboard.readText())
  const lines = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split('\t'))
  expect(lines).toHaveLength(4)
  const shown = await grid()
    .locator('[aria-selected=true]')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)))
  const headers = (await grid().getByRole('columnheader').allInnerTexts()).map((each) => each.trim())
  expect(lines[0]).toEqual(headers.slice(0, lines[0]?.length))
  for (const [index, row] of shown.entries()) {
    expect(lines[index + 1]).toEqual(row.slice(0, lines[0]?.length))
  }
  await closeTab()
})

test('Shift+F10 opens the menu with exactly its names and shortcuts beside them', async () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'Alt+5': ['流动人员详细信息', '流动人员修改', '流动人员注销', '申领居住证', '居住证签注', '整户迁移'],
    'Alt+6': [
      '详细信息',
      '房屋修改',
      '房屋注销',
      '房屋恢复出租',
      '分配协管员',
      '现住人员',
      '现住未成年人',
      '整户迁移',
      '房屋示意图',
    ],
    'Alt+7': ['详细信息', '协管员修改', '协管员注销'],
    'Alt+8': ['详细信息', '单位修改', '单位注销', '分配协管员'],
  }
  for (const [shortcut, names] of Object.entries(expected)) {
    await openQuery(shortcut)
    await press('Enter')
    await expect(grid()).toBeFocused()
    await press('Shift+F10')
    const items = page.getByRole('menu').getByRole('menuitem')
    expect(
      await items.evaluateAll((all) => all.map((each) => each.querySelector('span')?.textContent)),
    ).toEqual([...names, '复制', '按此列升序', '按此列降序', '选择列'])
    for (const item of await items.all()) await expect(item.locator('kbd')).not.toBeEmpty()
    await client.screenshot(`context-menu-${shortcut.slice(-1)}`)
    await press('Escape')
    await expect(grid()).toBeFocused()
    await closeTab()
  }
})

test('a resident is cancelled with a reason and restored with one', async () => {
  await openQuery('Alt+5')
  await press('Enter')
  await expect(grid()).toBeFocused()
  const [id = ''] = await idsOf('resident', 1)
  const status = async () =>
    (await ask(page, 'record.get', { register: 'resident', id, purpose: 'show' })).status
  await press('Delete')
  const dialog = page.getByRole('dialog', { name: '流动人员注销' })
  await expect(dialog.getByLabel('注销原因', { exact: true })).toBeFocused()
  await press('Control+Enter')
  await expect(dialog.getByRole('status')).toHaveText('注销原因,必须录入,不能为空!')
  await page.keyboard.type('fh')
  await press('Enter')
  await expect(dialog.getByLabel('注销原因', { exact: true })).toHaveValue('返回户籍地')
  await client.screenshot('cancel-dialog')
  await press('Control+Enter')
  await expect(dialog).toHaveCount(0)
  await expect(foot()).toContainText('已注销 1 条')
  expect(await status()).toBe('cancelled')

  // Its state is asked for, then it comes back.
  await page.getByLabel('状态', { exact: true }).filter({ visible: true }).focus()
  await press('ArrowDown')
  await page.getByLabel('姓名', { exact: true }).filter({ visible: true }).focus()
  await press('Enter')
  await expect(grid()).toBeFocused()
  await expect(grid().locator(`[data-record="${id}"]`)).toHaveAttribute('aria-selected', 'true')
  await press('Control+r')
  const restore = page.getByRole('dialog', { name: '流动人员恢复' })
  await expect(restore.getByLabel('恢复原因', { exact: true })).toBeFocused()
  await page.keyboard.type('wzx')
  await press('Enter', 'Control+Enter')
  await expect(restore).toHaveCount(0)
  await expect(foot()).toContainText('已恢复 1 条')
  expect(await status()).toBe('active')
  const history = await ask(page, 'record.history', { register: 'resident', id })
  expect(history.find((line) => line.act === 'restored')?.reason).toBe('误注销')
  await closeTab()
})

test('a dwelling where somebody lives is not cancelled; who lives there is shown and opened', async () => {
  const [resident = ''] = await idsOf('resident', 1)
  const record = await ask(page, 'record.get', { register: 'resident', id: resident, purpose: 'show' })
  const dwellingId = String(record.values['dwellingId'])
  await openQuery('Alt+5')
  await press('Enter')
  await expect(grid()).toBeFocused()
  await press('Enter')
  await expect(activeTab()).toContainText(record.title)
  // From the person to the dwelling: the linked records are one tab stop behind the fields.
  const linked = page.locator('.linked-row').filter({ visible: true }).first()
  await expect(linked).toBeVisible()
  await linked.focus()
  await press('Enter')
  await expect(page.getByRole('heading', { name: record.labels['dwellingId'] ?? '' })).toBeVisible()
  await client.screenshot('details-dwelling')
  await closeTab()
  await closeTab()
  await closeTab()

  const dwelling = await ask(page, 'record.get', { register: 'dwelling', id: dwellingId, purpose: 'show' })
  await openQuery('Alt+6')
  for (const [label, field] of [
    ['门(楼)牌号', 'doorNumber'],
    ['房号', 'roomNumber'],
    ['产权人姓名', 'ownerName'],
  ] as const) {
    await page.getByLabel(label, { exact: true }).filter({ visible: true }).focus()
    await page.keyboard.insertText(String(dwelling.values[field] ?? ''))
  }
  await press('Enter')
  await expect(grid()).toBeFocused()
  await expect(grid().locator(`[data-record="${dwellingId}"]`)).toBeVisible()
  const row = Number(await grid().locator(`[data-record="${dwellingId}"]`).getAttribute('aria-rowindex')) - 2
  await repeat('ArrowDown', row)
  await press('Delete')
  const dialog = page.getByRole('dialog', { name: '房屋注销' })
  const people = dialog.getByRole('listbox', { name: '在住人员' })
  await expect(people).toBeFocused()
  await expect(dialog).toContainText('人在住,不能直接注销')
  const options = people.getByRole('option')
  const names = await options.allInnerTexts()
  const at = names.findIndex((text) => text.includes(record.title))
  expect(at).toBeGreaterThanOrEqual(0)
  await client.screenshot('dwelling-refused')
  await repeat('ArrowDown', at)
  await press('Enter')
  await expect(activeTab()).toContainText(record.title)
  await closeTab()

  // 现住人员: who lives in this one room.
  await press('Control+i')
  await expect(activeTab()).toContainText('流动人员查询')
  await expect(grid()).toBeVisible()
  await expect(page.getByLabel('现住房屋', { exact: true }).filter({ visible: true })).toHaveValue(
    new RegExp(`^${record.labels['dwellingId'] ?? ''}`),
  )
  const { total } = await ask(page, 'record.count', {
    query: queryOf('resident', {
      conditions: [{ field: 'dwellingId', operator: 'equals', value: dwellingId }],
    }) as never,
  })
  await expect(foot()).toContainText(`共 ${total} 条`)
  await closeTab()
  await closeTab()
})

test('a coordinator is assigned to several dwellings, then hands them over', async () => {
  const [first = '', second = ''] = await idsOf('coordinator', 2)
  const nameOf = async (id: string) =>
    (await ask(page, 'record.get', { register: 'coordinator', id, purpose: 'show' })).title
  await openQuery('Alt+6')
  await press('Enter')
  await expect(grid()).toBeFocused()
  const dwellings = await idsOf('dwelling', 3)
  await press('Shift+ArrowDown', 'Shift+ArrowDown', 'Control+g')
  const assign = page.getByRole('dialog', { name: '分配协管员' })
  await expect(assign).toContainText('所选房屋 3 套')
  await expect(assign.getByLabel('协管员', { exact: true })).toBeFocused()
  await page.keyboard.insertText(await nameOf(first))
  await expect(page.locator('[role=option]').first()).toBeVisible()
  await press('Enter', 'Control+Enter')
  await expect(assign).toHaveCount(0)
  await expect(foot()).toContainText('已分配')
  const coordinatorOf = async (id: string) =>
    (await ask(page, 'record.get', { register: 'dwelling', id, purpose: 'show' })).values['coordinatorId']
  for (const id of dwellings) expect(await coordinatorOf(id)).toBe(first)
  await closeTab()

  await openQuery('Alt+7')
  await press('Enter')
  await expect(grid()).toBeFocused()
  await expect(grid().locator(`[data-record="${first}"]`)).toHaveAttribute('aria-selected', 'true')
  await press('Delete')
  const cancel = page.getByRole('dialog', { name: '协管员注销' })
  await expect(cancel).toContainText('由接任协管员接管')
  await page.keyboard.type('tx')
  await press('Enter', 'Control+Enter')
  await expect(cancel.getByRole('status')).toHaveText('接任协管员,必须录入,不能为空!')
  await cancel.getByLabel('接任协管员', { exact: true }).focus()
  await page.keyboard.insertText(await nameOf(second))
  await expect(page.locator('[role=option]').first()).toBeVisible()
  await press('Enter', 'Control+Enter')
  await expect(cancel).toHaveCount(0)
  for (const id of dwellings) expect(await coordinatorOf(id)).toBe(second)
  expect(
    (await ask(page, 'record.get', { register: 'coordinator', id: first, purpose: 'show' })).status,
  ).toBe('cancelled')
  await closeTab()
})

test('several records are opened for modification one after another', async () => {
  await openQuery('Alt+8')
  await press('Enter')
  await expect(grid()).toBeFocused()
  await press('Shift+ArrowDown', 'Control+e')
  await expect(activeTab()).toContainText('单位修改')
  const [first = ''] = await idsOf('employer', 1)
  const employer = await ask(page, 'record.get', { register: 'employer', id: first, purpose: 'show' })
  await expect(page.getByLabel('单位名称', { exact: true }).filter({ visible: true })).toHaveValue(
    employer.title,
  )
  await client.screenshot('modify-several')
  await closeTab()
  await closeTab()
})

test('columns are chosen and moved by key, and the choice is remembered', async () => {
  await openQuery('Alt+8')
  await press('Enter')
  await expect(grid()).toBeFocused()
  await press('Control+l')
  const dialog = page.getByRole('dialog', { name: '选择列' })
  await expect(dialog.getByRole('listbox')).toBeFocused()
  await press('ArrowDown', 'Space', 'ArrowUp', 'Alt+ArrowDown')
  await client.screenshot('column-dialog')
  await press('Enter')
  await expect(dialog).toHaveCount(0)
  const headers = async () =>
    (await grid().getByRole('columnheader').allInnerTexts()).map((each) => each.trim())
  const chosen = await headers()
  expect(chosen).not.toContain('统一社会信用代码')
  expect(chosen[0]).toBe('单位名称')
  await closeTab()
  await openQuery('Alt+8')
  await expect.poll(headers).toEqual(chosen)
  await closeTab()
})

test('conditions that are no values are marked and ask nothing; 重置 empties them', async () => {
  await openQuery('Alt+5')
  await page.getByLabel('采集日期', { exact: true }).filter({ visible: true }).focus()
  await page.keyboard.insertText('20260231')
  await press('Enter')
  await expect(foot()).toContainText('查询条件有误。采集日期:')
  await expect(page.getByLabel('采集日期', { exact: true }).filter({ visible: true })).toBeFocused()
  await client.screenshot('condition-marked')
  await press('Escape')
  await expect(page.getByLabel('采集日期', { exact: true }).filter({ visible: true })).toHaveValue('')
  await page.getByLabel('姓名', { exact: true }).filter({ visible: true }).focus()
  await page.keyboard.insertText("' OR 1=1 --")
  await press('Enter')
  await expect(page.getByText('没有符合条件的记录')).toBeVisible()
  await client.screenshot('query-empty')
  await closeTab()
})

test('the mouse does the same: right click on a row, a press elsewhere closes, double click opens', async () => {
  await openQuery('Alt+8')
  await expect(foot()).toContainText('已选 1 条')
  const row = (index: number) => grid().locator(`[aria-rowindex="${index + 2}"]`)
  await row(3).click({ button: 'right', position: { x: 60, y: 10 } })
  await expect(page.getByRole('menu')).toBeVisible()
  await expect(row(3)).toHaveAttribute('aria-selected', 'true')
  await row(6).click({ position: { x: 900, y: 10 } })
  await expect(page.getByRole('menu')).toHaveCount(0)
  await row(8).click({ modifiers: ['Shift'] })
  await expect(foot()).toContainText('已选 3 条')
  await row(7).click({ modifiers: ['Control'] })
  await expect(foot()).toContainText('已选 2 条')
  const name = (await row(2).getByRole('gridcell').first().innerText()).trim()
  await row(2).dblclick()
  await expect(activeTab()).toContainText('单位')
  await expect(page.getByRole('region', { name: '登记内容' }).filter({ visible: true })).toContainText(name)
  await closeTab()
  await closeTab()
})
