import { expect, test, type Page } from '@playwright/test'
import { ask } from '../support/clerks-morning.ts'
import {
  focusedField,
  formOf,
  makeNumber,
  residentTexts,
  typeText,
  typeThrough,
} from '../support/form-driver.ts'
import { startServerProcess, type ServerProcess } from '../support/server-process.ts'
import {
  countResidents,
  openStation,
  residentValues,
  saveResident,
  saveTown,
  townDictionaries,
  type Station,
} from '../support/station-windows.ts'

/** Two clerks at two machines, one server, and lines that can be cut: what both did without knowing is decided by keys. */

let server: ServerProcess
let first: Station
let second: Station

test.beforeEach(async () => {
  server = await startServerProcess({
    furtherAccounts: [{ accountName: 'clerk02', displayName: '操作员乙' }],
    dictionaries: townDictionaries,
  })
  first = await openStation(server, 'clerk01')
  second = await openStation(server, 'clerk02')
  await first.synchronise()
})

test.afterEach(async () => {
  await first.close()
  await second.close()
  await server.stop()
})

function statusBar(page: Page) {
  return page.getByLabel('状态栏')
}
function panel(page: Page) {
  return page.locator('.page:not([hidden])')
}

async function cut(isCut: boolean): Promise<void> {
  await first.line.setRefusing(isCut)
  await second.line.setRefusing(isCut)
}

/** Finds the person by the query, opens 修改 and types another telephone, by keys. */
async function changeTelephone(station: Station, telephone: string): Promise<void> {
  const { page, press } = station
  await press('Alt+5')
  const grid = panel(page).getByRole('grid')
  await expect(grid).toBeVisible()
  await grid.focus()
  await press('Control+e')
  const form = formOf(page, '流动人员修改')
  await expect(form).toHaveAttribute('aria-busy', 'false')
  await form.getByLabel('联系电话', { exact: true }).focus()
  await press('Control+a')
  await page.keyboard.insertText(telephone)
  await press('Control+s')
  await expect(form.locator('.save-last')).toContainText('已保存 ✓')
}

/** The link of the status bar, by keys: Enter on it. */
async function openFromStatusBar(station: Station, label: string): Promise<void> {
  await statusBar(station.page).getByRole('button', { name: label }).focus()
  await station.press('Enter')
  await expect(panel(station.page).getByRole('grid')).toBeFocused()
}

test('both edit the same person offline: the conflict appears at both, is decided by one key, and both show the same', async () => {
  const town = await saveTown(first.page)
  const id = await saveResident(first.page, residentValues('王小明', makeNumber(3), town))
  await first.synchronise()
  await second.synchronise()
  await expect.poll(() => countResidents(second.page)).toBe(1)

  await cut(true)
  await changeTelephone(first, '13900001111')
  await changeTelephone(second, '13900002222')
  await first.synchronise()
  await expect(statusBar(first.page)).toContainText('离线')
  await expect(statusBar(first.page)).toContainText('未上传 1')
  await expect(statusBar(second.page)).toContainText('未上传 1')

  await cut(false)
  await first.synchronise()
  await second.synchronise()
  await first.synchronise()
  for (const { page } of [first, second]) {
    await expect(statusBar(page)).toContainText('未上传 0')
    await expect(statusBar(page).getByRole('button', { name: '冲突 1' })).toBeVisible()
    const record = await ask(page, 'record.get', { register: 'resident', id, purpose: 'show' })
    expect(record.values['telephone']).toBe('13900001111')
  }

  await openFromStatusBar(second, '冲突 1')
  const line = panel(second.page).getByRole('row', { selected: true })
  await expect(line).toContainText('联系电话')
  await expect(line.getByRole('gridcell').nth(0)).toContainText('13900001111')
  await expect(line.getByRole('gridcell').nth(0)).toContainText('示例站 操作员甲')
  await expect(line.getByRole('gridcell').nth(1)).toContainText('13900002222')
  await expect(line.getByRole('gridcell').nth(1)).toContainText('示例站 操作员乙')
  await second.client.screenshot('conflicts-real')
  await second.press('2')
  await expect(panel(second.page)).toContainText('没有待处理的冲突')
  await expect(panel(second.page).getByRole('status').last()).toContainText('已采用「13900002222」')
  await second.synchronise()
  await first.synchronise()
  for (const { page } of [first, second]) {
    await expect(statusBar(page).getByRole('button', { name: /^冲突/ })).toHaveCount(0)
    await expect
      .poll(async () => {
        const record = await ask(page, 'record.get', { register: 'resident', id, purpose: 'show' })
        return record.values['telephone']
      })
      .toBe('13900002222')
  }
})

test('a third value is typed in the field’s own input, and a group is decided together', async () => {
  const town = await saveTown(first.page)
  const id = await saveResident(first.page, residentValues('王小明', makeNumber(3), town))
  await first.synchronise()
  await second.synchronise()
  await cut(true)
  const edit = async (station: Station, values: object): Promise<void> => {
    const record = await ask(station.page, 'record.get', { register: 'resident', id, purpose: 'modify' })
    await ask(station.page, 'resident.save', {
      id,
      revision: record.revision,
      values: { ...record.values, ...values },
      draftId: null,
    })
  }
  await edit(first, {
    telephone: '13900001111',
    householdDivisionCode: '420102',
    householdAddress: '甲路1号',
  })
  await edit(second, {
    telephone: '13900002222',
    householdDivisionCode: '420103',
    householdAddress: '乙路2号',
  })
  await cut(false)
  await first.synchronise()
  await second.synchronise()

  await second.press('Control+Shift+F9')
  const { page, press } = second
  const grid = panel(page).getByRole('grid')
  await expect(grid).toBeFocused()
  // Two things to decide: the telephone, and the place with its address.
  await expect(panel(page).locator('.conflict-line')).toHaveCount(2)
  const address = panel(page).locator('.conflict-line').filter({ hasText: '户籍地详址' })
  await expect(address).toContainText('甲路1号')
  await expect(address).toContainText('乙路2号')
  const isFirst = (await panel(page).locator('.conflict-line').first().innerText()).includes('户籍地详址')
  if (!isFirst) await press('ArrowDown')
  await expect(panel(page).getByRole('row', { selected: true })).toContainText('户籍地详址')
  await press('3')
  expect(await focusedField(page)).toBe('householdDivisionCode')
  await typeText(page, '420106')
  await expect(page.getByRole('option', { selected: true })).toContainText('武昌区')
  await press('Enter')
  await expect.poll(() => focusedField(page)).toBe('householdAddress')
  await press('Control+a')
  await page.keyboard.insertText('丙路3号')
  await press('Enter')
  // Decided, and the next one has the keys.
  await expect(panel(page).locator('.conflict-line')).toHaveCount(1)
  await expect(grid).toBeFocused()
  await press('ArrowLeft')
  await expect(panel(page)).toContainText('没有待处理的冲突')
  await second.synchronise()
  await first.synchronise()
  for (const station of [first, second]) {
    await expect(statusBar(station.page).getByRole('button', { name: /^冲突/ })).toHaveCount(0)
    const { values } = await ask(station.page, 'record.get', { register: 'resident', id, purpose: 'show' })
    expect(values).toMatchObject({
      telephone: '13900001111',
      householdDivisionCode: '420106',
      householdAddress: '丙路3号',
    })
  }
  // A hasty key is mended where it was struck: the record that was decided last opens in its form.
  await press('Control+z')
  await expect(formOf(page, '流动人员修改').getByLabel('联系电话', { exact: true })).toHaveValue(
    '13900001111',
  )
})

test('one identity number typed at both becomes one person by merge, and two again by unmerge', async () => {
  await saveTown(first.page)
  await first.synchronise()
  await second.synchronise()
  await cut(true)
  const number = makeNumber(9)
  for (const [station, name] of [
    [first, '王小明'],
    [second, '王晓明'],
  ] as const) {
    const { page, press } = station
    await press('Alt+1')
    await expect(page.locator('form[aria-busy=true]')).toHaveCount(0)
    await expect(page.getByLabel('证件类型', { exact: true })).toBeFocused()
    await typeThrough(page, {
      ...residentTexts(number, name),
      residenceTypeCode: '10',
      residenceReasonCode: '10',
      intendedStayCode: '40',
      landlordRelationCode: '10',
      ...(station === second ? { remarks: '乙处登记' } : {}),
    })
    await press('Control+s')
    await expect(page.locator('.save-last')).toContainText('已保存 ✓')
  }
  await cut(false)
  await first.synchronise()
  await second.synchronise()
  await first.synchronise()
  for (const { page } of [first, second]) {
    await expect(statusBar(page).getByRole('button', { name: '重复 1' })).toBeVisible()
    await expect.poll(() => countResidents(page)).toBe(2)
  }

  await openFromStatusBar(first, '重复 1')
  const { page, press } = first
  const pair = panel(page).getByRole('grid')
  await expect(pair).toContainText('王小明')
  await expect(pair).toContainText('王晓明')
  // The first line chooses the record that stays; ↓ to the name, the other's is taken.
  await press('Home', '1', 'ArrowDown')
  const active = panel(page).locator('.pair-active')
  await expect(active).toContainText('姓名')
  await press('2')
  await first.client.screenshot('duplicates-real')
  // The other's page is open when it becomes another name of this one, and says so.
  await press('ArrowUp', 'Control+o')
  await expect(panel(page).getByRole('region', { name: '登记内容' })).toBeFocused()
  await press('Control+Shift+F9')
  await expect(pair).toBeFocused()
  await press('Control+Enter')
  await expect(panel(page)).toContainText('没有重复登记')
  await expect.poll(() => countResidents(page)).toBe(1)
  await press('Control+Tab')
  await expect(panel(page).getByRole('alert')).toContainText('这条记录已合并到')
  await press('Control+Shift+F9')
  await first.synchronise()
  await second.synchronise()
  for (const station of [first, second]) {
    await expect(statusBar(station.page).getByRole('button', { name: /^重复/ })).toHaveCount(0)
    await expect.poll(() => countResidents(station.page)).toBe(1)
  }
  const only = async (of: Page) =>
    (
      await ask(of, 'record.query', {
        query: {
          register: 'resident',
          conditions: [],
          statuses: ['active'],
          stationCode: null,
          sort: { field: 'updatedAt', direction: 'descending' },
        },
        offset: 0,
        limit: 5,
      })
    ).rows.map(({ id, cells }) => [id, cells['name'], cells['remarks']])
  const [[keptId = '', keptName = '', keptRemarks = ''] = []] = await only(first.page)
  expect(await only(second.page)).toEqual([[keptId, keptName, keptRemarks]])
  // The winner had no remarks: the other's were not lost.
  expect(keptRemarks).toBe('乙处登记')

  await press('Control+PageDown', 'ArrowDown')
  await expect(panel(page).getByRole('grid', { name: '已合并的记录' })).toBeFocused()
  await press('Control+u')
  await expect(page.getByLabel('取消合并原因')).toBeFocused()
  await press('Enter')
  await expect(panel(page)).toContainText('取消合并原因,必须录入,不能为空!')
  await page.keyboard.insertText('不是同一人')
  await press('Enter')
  await expect(panel(page)).toContainText('没有合并过的记录')
  await first.synchronise()
  await second.synchronise()
  for (const station of [first, second]) {
    await expect.poll(() => countResidents(station.page)).toBe(2)
    await expect(statusBar(station.page).getByRole('button', { name: '重复 1' })).toBeVisible()
  }
})

test('only an administrator can take out a record that should never have been made, with a reason', async () => {
  server.command(
    ...['add-account', '--name', 'chief', '--display', '站长', '--station', '001'],
    ...['--role', 'administrator', '--password', server.password],
  )
  const town = await saveTown(first.page)
  await saveResident(first.page, residentValues('误登记', makeNumber(13), town))
  await first.synchronise()
  await second.synchronise()
  const openDetails = async (station: Station): Promise<void> => {
    await station.press('Alt+5')
    await expect(panel(station.page).getByRole('grid')).toBeVisible()
    await panel(station.page).getByRole('grid').focus()
    await station.press('Enter')
    await expect(panel(station.page).getByRole('region', { name: '登记内容' })).toBeFocused()
  }
  await openDetails(second)
  await second.press('Control+Delete')
  await expect(second.page.getByRole('button', { name: '删除误登记记录' })).toHaveCount(0)
  await expect(second.page.getByLabel('删除原因')).toHaveCount(0)

  await ask(first.page, 'account.signIn', { accountName: 'chief', password: server.password })
  await first.page.reload()
  await first.page.getByRole('menubar').waitFor()
  await openDetails(first)
  await first.press('Control+Delete')
  await expect(first.page.getByLabel('删除原因')).toBeFocused()
  await first.page.keyboard.insertText('重复录入')
  await first.press('Enter')
  await expect.poll(() => countResidents(first.page)).toBe(0)
  await first.synchronise()
  await second.synchronise()
  await expect.poll(() => countResidents(second.page)).toBe(0)
})
