import { expect, test, type Page } from '@playwright/test'
import type { DwellingOccupancy, Query } from '../../src-shared/contract/types.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import {
  boxOf,
  demoDataFolder,
  focusedField,
  footLine,
  formOf,
  makeNumber,
  typeText,
  typeThrough,
} from '../support/form-driver.ts'

/** Minors, households and moves by keys alone, on the demo data. */

let client: ClientWindow
let page: Page

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  test.setTimeout(240_000)
  client = await openClient({ dataFolder: await demoDataFolder() })
  page = client.page
})
test.afterAll(async () => {
  await client.close()
})

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

/** Enter from field to field until this one has the focus. */
async function goTo(field: string): Promise<void> {
  for (let step = 0; step < 60; step += 1) {
    const name = await focusedField(page)
    if (name === field) return
    await press('Enter')
    await expect.poll(() => focusedField(page)).not.toBe(name)
  }
  throw new Error(`the focus never came to ${field}`)
}

function dialog(name: string) {
  return page.getByRole('dialog', { name, exact: true })
}
function grid() {
  return page.getByRole('grid').filter({ visible: true })
}
function queryFoot() {
  return page.locator('.query-foot').filter({ visible: true })
}

const dwellingQuery = {
  register: 'dwelling',
  conditions: [],
  statuses: ['active'],
  stationCode: null,
  sort: { field: 'updatedAt', direction: 'descending' },
} as const satisfies Query

/** The first dwellings of 房屋查询 with who lives there, in the order of its rows. */
async function firstDwellings(): Promise<readonly DwellingOccupancy[]> {
  const { rows } = await ask(page, 'record.query', { query: dwellingQuery as never, offset: 0, limit: 200 })
  return ask(page, 'dwelling.occupancy', { dwellingIds: rows.map((row) => row.id) })
}

/** 房屋查询 anew, with the keyboard at one of its rows. */
async function goToDwelling(index: number): Promise<void> {
  await press('Control+1', 'Alt+6')
  await expect(grid()).toBeVisible()
  await page.getByLabel('社区', { exact: true }).filter({ visible: true }).focus()
  await press('Enter')
  await expect(grid()).toBeFocused()
  const at = async (): Promise<number> =>
    Number(await grid().getByRole('row', { selected: true }).first().getAttribute('aria-rowindex')) - 2
  await expect(async () => {
    for (let row = await at(); row !== index; row = await at())
      await press(row < index ? 'ArrowDown' : 'ArrowUp')
    // A result that came late begins at its first row again.
    await page.waitForTimeout(200)
    expect(await at()).toBe(index)
  }).toPass()
}

test('a child typed into 新增流动人员 becomes 新增未成年人 by one key, and survives a power cut in between', async () => {
  await press('Alt+1')
  const resident = formOf(page, '新增流动人员')
  await expect(boxOf(resident, '证件类型')).toBeFocused()
  await press('Enter')
  const number = makeNumber(72, '20160308')
  await typeText(page, number)
  await expect(footLine(page)).toContainText(
    '此人未满 16 周岁,应登记为未成年人。按 Ctrl+M 转为「新增未成年人」',
  )
  await press('Enter')
  await typeText(page, '林小满')
  await goTo('householdAddress')
  await typeText(page, '中华路8号')
  await goTo('dwellingId')
  await typeText(page, '东风路1号')
  await expect(page.getByRole('option', { selected: true })).toContainText('东风路1号')
  await press('Enter')
  await expect(boxOf(resident, '现住房屋')).not.toHaveValue('')
  const dwelling = await boxOf(resident, '现住房屋').inputValue()
  await expect(page.getByRole('button', { name: /应登记为未成年人!按 Ctrl\+M/ })).toBeVisible()
  await client.screenshot('household-switch-offer')

  await press('Control+m')
  const minor = formOf(page, '新增未成年人')
  await expect(boxOf(minor, '监护人')).toBeFocused()
  await expect(boxOf(minor, '姓名')).toHaveValue('林小满')
  await expect(boxOf(minor, '证件号码')).toHaveValue(number)
  await expect(boxOf(minor, '出生日期')).toHaveValue('2016-03-08')
  await expect(boxOf(minor, '性别')).toHaveValue('女')
  await expect(boxOf(minor, '现住房屋')).toHaveValue(dwelling)
  await expect(footLine(page)).toContainText('此表没有的 2 项(户籍地区划、户籍地详址)留在草稿中')
  await expect(page.getByRole('tab', { selected: true })).toContainText('新增未成年人')
  await expect(resident).toHaveCount(0)
  await client.screenshot('household-switched')

  await page.waitForTimeout(300)
  const { dataFolder } = client
  await client.kill()
  client = await openClient({ dataFolder })
  page = client.page
  const restored = formOf(page, '新增未成年人')
  await expect(boxOf(restored, '姓名')).toHaveValue('林小满')
  await expect(boxOf(restored, '现住房屋')).toHaveValue(dwelling)

  // And back: what had no field there is here again.
  await boxOf(restored, '监护人').focus()
  await press('Control+m')
  const back = formOf(page, '新增流动人员')
  await expect(boxOf(back, '户籍地详址')).toHaveValue('中华路8号')
  await expect(boxOf(back, '姓名')).toHaveValue('林小满')
  await expect(boxOf(back, '证件类型')).toHaveValue('居民身份证')
  await press('Control+m')
  const again = formOf(page, '新增未成年人')
  await expect(boxOf(again, '监护人')).toBeFocused()

  await typeText(page, 'w')
  await expect(page.getByRole('option', { selected: true })).toBeVisible()
  await press('Enter')
  // The guardian's collector comes along; the dwelling stays as it was typed.
  await expect(boxOf(again, '采集人')).not.toHaveValue('')
  await expect(boxOf(again, '现住房屋')).toHaveValue(dwelling)
  await goTo('kinshipCode')
  await typeText(page, '30')
  await press('Enter')
  await goTo('schoolingCode')
  await typeText(page, '80')
  await press('Enter', 'Control+s')
  await expect(page.locator('.save-last').filter({ visible: true })).toContainText('林小满')
  await client.screenshot('household-minor-saved')
  // The record is stored: it is no form to switch any more.
  await press('Control+m')
  await expect(footLine(page)).toContainText('这一份已保存,不能转换')
  await press('Escape')
})

test('整户迁移 moves a household by keys, one left out, and offers 空置 for what it leaves empty', async () => {
  const dwellings = await firstDwellings()
  const index = dwellings.findIndex(({ people }) => people.length === 3)
  const from = dwellings[index]
  if (!from) throw new Error('no household of three')
  await goToDwelling(index)
  await press('Control+h')
  const move = dialog('整户迁移')
  await expect(move.getByLabel('迁往房屋', { exact: true })).toBeFocused()
  await expect(move.getByRole('option', { selected: true })).toHaveCount(3)
  await press('Shift+Tab', 'ArrowDown', 'Space')
  await expect(move.getByRole('option', { selected: true })).toHaveCount(2)
  await client.screenshot('household-move')
  await press('Enter')
  await expect(move.getByLabel('迁往房屋', { exact: true })).toBeFocused()
  await typeText(page, '东风路1号')
  await expect(page.getByRole('option', { selected: true }).filter({ hasText: '东风路' })).toBeVisible()
  await press('Enter')
  await expect(move.getByLabel('迁往房屋', { exact: true })).not.toHaveValue('')
  await expect(move.getByLabel('入住日期', { exact: true })).toBeFocused()
  await press('Enter')
  await page.keyboard.insertText('房东收回')
  await press('Control+Enter')
  await expect(move).toBeHidden()
  await expect(queryFoot()).toContainText('已迁移 2 人')
  const [left] = await ask(page, 'dwelling.occupancy', { dwellingIds: [from.dwellingId] })
  expect(left?.people.map(({ name }) => name)).toEqual([from.people[1]?.name])
  const moved = from.people[0]
  if (!moved) throw new Error('nobody')
  const [line] = await ask(page, 'record.history', { register: moved.register, id: moved.id })
  expect(line).toMatchObject({ reason: '整户迁移:房东收回' })
  expect(line?.changes.map(({ label }) => label)).toContain('现住房屋')

  // The last one goes: one key says that the dwelling is 空置.
  await press('Control+h')
  await expect(move.getByLabel('迁往房屋', { exact: true })).toBeFocused()
  await typeText(page, '东风路1号')
  await expect(page.getByRole('option', { selected: true }).filter({ hasText: '东风路' })).toBeVisible()
  await press('Enter')
  await expect(move.getByLabel('入住日期', { exact: true })).toBeFocused()
  await press('Enter')
  await page.keyboard.insertText('房东收回')
  await press('Control+Enter')
  await expect(dialog('原住房屋已迁空')).toBeVisible()
  await client.screenshot('household-vacant')
  await press('y')
  await expect(queryFoot()).toContainText('已改为空置')
  const vacant = await ask(page, 'record.get', { register: 'dwelling', id: from.dwellingId, purpose: 'show' })
  expect(vacant.labels['occupancyUseCode']).toBe('空置')
})

test('房屋注销 lists who lives there, and 全部迁出 takes everybody out with the dwelling', async () => {
  const dwellings = await firstDwellings()
  const index = dwellings.findIndex(({ people }) => people.length > 1)
  const target = dwellings[index]
  if (!target) throw new Error('no household')
  await goToDwelling(index)
  await press('Delete')
  const first = dialog('房屋注销')
  await expect(first).toContainText(`还有 ${target.people.length} 人在住,不能直接注销`)
  await expect(first.getByRole('option').first()).toContainText(/岁/)
  await client.screenshot('household-occupied')
  // The second way asks for a dwelling; Esc goes back, one step at a time.
  await press('2')
  await expect(dialog('房屋注销—全部迁往').getByLabel('迁往房屋', { exact: true })).toBeFocused()
  await press('Escape')
  await expect(first).toBeVisible()
  await press('1')
  const out = dialog('房屋注销—全部迁出')
  await expect(out.getByLabel('人员注销原因', { exact: true })).toBeFocused()
  await typeText(page, '10')
  await press('Enter', 'Enter')
  await expect(out.getByLabel('房屋注销原因', { exact: true })).toBeFocused()
  await typeText(page, '10')
  await press('Enter')
  await client.screenshot('household-vacate')
  await press('Control+Enter')
  await expect(queryFoot()).toContainText(`${target.people.length} 人已注销`)
  const person = target.people[0]
  if (!person) throw new Error('nobody')
  expect((await ask(page, 'record.get', { ...pick(person), purpose: 'show' })).status).toBe('cancelled')
  expect(
    (await ask(page, 'record.get', { register: 'dwelling', id: target.dwellingId, purpose: 'show' })).status,
  ).toBe('cancelled')

  // Several at once: the empty ones can go, the others are listed.
  const rest = await firstDwellings()
  const last = rest.findIndex(({ people }, at) => at > 0 && people.length > 0)
  await goToDwelling(last - 1)
  await press('Shift+ArrowDown', 'Delete')
  await expect(dialog('房屋注销')).toContainText('以下 1 套还有人在住,不在此次注销之内')
  await expect(dialog('房屋注销').getByRole('option')).toContainText(`${rest[last]?.people.length} 人在住`)
  await client.screenshot('household-many')
  await press('Escape')
  await expect(dialog('房屋注销')).toBeHidden()
  // Who lives here, minors too.
  await press('Home', 'Control+Shift+I')
  await expect(page.getByRole('tab', { selected: true })).toContainText('未成年人查询')
  await press('Control+w')
})

test('全部迁往 moves everybody to another dwelling and cancels theirs', async () => {
  const dwellings = await firstDwellings()
  const index = dwellings.findIndex(({ people }) => people.length > 1)
  const target = dwellings[index]
  if (!target) throw new Error('no household')
  await goToDwelling(index)
  await press('Delete')
  await expect(dialog('房屋注销')).toContainText(`还有 ${target.people.length} 人在住`)
  await press('2')
  const away = dialog('房屋注销—全部迁往')
  await expect(away.getByLabel('迁往房屋', { exact: true })).toBeFocused()
  await typeText(page, '东风路1号')
  await expect(page.getByRole('option', { selected: true }).filter({ hasText: '东风路' })).toBeVisible()
  await press('Enter')
  await expect(away.getByLabel('入住日期', { exact: true })).toBeFocused()
  await press('Enter')
  await typeText(page, '10')
  await press('Enter', 'Control+Enter')
  await expect(queryFoot()).toContainText(`${target.people.length} 人已迁往另一处`)
  const gone = await ask(page, 'record.get', {
    register: 'dwelling',
    id: target.dwellingId,
    purpose: 'show',
  })
  expect(gone.status).toBe('cancelled')
  const [left] = await ask(page, 'dwelling.occupancy', { dwellingIds: [target.dwellingId] })
  expect(left?.people).toEqual([])
  for (const person of target.people) {
    const { status, labels } = await ask(page, 'record.get', { ...pick(person), purpose: 'show' })
    expect(status).toBe('active')
    expect(labels['dwellingId']).toContain('东风路')
  }
})

test('房屋恢复出租 sets the use of a vacant dwelling, with its reason in the history', async () => {
  // The newest dwelling of the list is made vacant first.
  const { rows } = await ask(page, 'record.query', { query: dwellingQuery as never, offset: 0, limit: 1 })
  const id = rows[0]?.id ?? ''
  const before = await ask(page, 'record.get', { register: 'dwelling', id, purpose: 'show' })
  await ask(page, 'dwelling.save', {
    id,
    revision: before.revision,
    values: { ...before.values, occupancyUseCode: '30' },
    draftId: null,
  })
  const vacant = await ask(page, 'record.get', { register: 'dwelling', id, purpose: 'show' })
  expect(vacant.labels['occupancyUseCode']).toBe('空置')
  await goToDwelling(0)
  await press('Control+u')
  const letting = dialog('房屋恢复出租')
  await expect(letting.getByLabel('恢复原因', { exact: true })).toBeFocused()
  await press('Space')
  const reason = page.locator('li[role=option][aria-selected=true]')
  await expect(reason).toBeVisible()
  const said = ((await reason.textContent()) ?? '').replace(/\d+/g, '').trim()
  await press('Enter', 'Control+Enter')
  await expect(letting).toBeHidden()
  await expect(queryFoot()).toContainText('恢复出租')
  const now = await ask(page, 'record.get', { register: 'dwelling', id, purpose: 'show' })
  expect(now.labels['occupancyUseCode']).toBe('出租')
  const [line] = await ask(page, 'record.history', { register: 'dwelling', id })
  expect(said).toContain(line?.reason ?? 'nothing')
})

test('新增学校 and 新增小区 with its buildings are typed and saved by keys', async () => {
  await press('Alt+Shift+2')
  const school = formOf(page, '新增学校')
  await expect(boxOf(school, '学校名称')).toBeFocused()
  await typeThrough(page, {
    name: '清水河实验小学',
    schoolTypeCode: 'xx',
    divisionCode: '420106',
    address: '清水河路6号',
    principalName: '何校长',
    telephone: '02787654321',
  })
  await press('Control+s')
  await expect(page.locator('.save-last').filter({ visible: true })).toContainText('清水河实验小学')
  await press('Escape')

  await press('Alt+Shift+3')
  const estate = formOf(page, '新增小区')
  await expect(boxOf(estate, '小区名称')).toBeFocused()
  await typeText(page, '清水湾花园')
  await press('Enter')
  await press('Space')
  await expect(page.locator('li[role=option][aria-selected=true]')).toBeVisible()
  await press('Enter')
  await typeText(page, '清水河路8号')
  await goTo('buildings')
  await press('Space')
  const rows = page.getByRole('dialog', { name: '楼栋' })
  await expect(rows.getByLabel('楼栋名称', { exact: true }).first()).toBeFocused()
  for (const building of [
    ['1', '2', '6', '2'],
    ['2', '1', '18', '4'],
  ])
    for (const text of building) {
      await typeText(page, text)
      await press('Enter')
    }
  await client.screenshot('household-estate-buildings')
  await press('Control+s')
  await expect(page.locator('.save-last').filter({ visible: true })).toContainText('清水湾花园')
  const stored = async (register: 'school' | 'estate') => {
    const { rows: found } = await ask(page, 'record.query', {
      query: { ...dwellingQuery, register } as never,
      offset: 0,
      limit: 1,
    })
    return (await ask(page, 'record.get', { register, id: found[0]?.id ?? '', purpose: 'show' })).values
  }
  expect(await stored('school')).toMatchObject({
    name: '清水河实验小学',
    divisionCode: '420106',
    address: '清水河路6号',
    principalName: '何校长',
  })
  expect((await stored('estate'))['buildings']).toEqual([
    { name: '1', entranceCount: 2, floorCount: 6, roomsPerFloor: 2 },
    { name: '2', entranceCount: 1, floorCount: 18, roomsPerFloor: 4 },
  ])
})

test('the clerk sets his own meter to nothing by keys', async () => {
  await expect.poll(async () => (await ask(page, 'meter.read', {})).total.length).toBeGreaterThan(0)
  await press('Control+Shift+J')
  const reset = page.getByRole('button', { name: '清零' })
  await expect(page.getByRole('table').filter({ hasText: '每份按键' })).toBeVisible()
  for (let step = 0; step < 40; step += 1) {
    if (await reset.evaluate((button) => button === document.activeElement)) break
    await press('Tab')
  }
  await expect(reset).toBeFocused()
  await press('Enter')
  await expect(page.getByText('已清零,从下一份记录起重新计算。')).toBeVisible()
  expect((await ask(page, 'meter.read', {})).total).toEqual([])
})

test('协管员注销 says what is handed over, and asks who takes it', async () => {
  await press('Control+1', 'Alt+7')
  await page.getByLabel('姓名', { exact: true }).filter({ visible: true }).focus()
  await press('Enter')
  await expect(grid()).toBeFocused()
  await press('Delete')
  const cancel = dialog('协管员注销')
  await expect(cancel).toContainText(/名下有房屋 \d+ 处、单位 \d+ 家,注销后全部由接任协管员接管/)
  await expect(cancel.getByLabel('接任协管员', { exact: true })).toBeVisible()
  await client.screenshot('household-coordinator')
  await press('Escape')
  await expect(cancel).toBeHidden()
})

test('an estate fills the community of a dwelling that has none', async () => {
  await press('Alt+2')
  const form = formOf(page, '新增房屋')
  await expect(form).toBeVisible()
  // Not the box of the archive number before it, which only shows what the program makes.
  await expect(boxOf(form, '社区')).toBeFocused()
  await press('Enter')
  await expect(boxOf(form, '小区')).toBeFocused()
  await press('Space')
  await expect(page.getByRole('option', { selected: true })).toBeVisible()
  await press('Enter')
  await expect(boxOf(form, '社区')).not.toHaveValue('')
  await client.screenshot('household-estate')
})

function pick({ register, id }: { readonly register: 'resident' | 'minor'; readonly id: string }) {
  return { register, id }
}
