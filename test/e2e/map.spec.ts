import { expect, test, type Page } from '@playwright/test'
import { findFaults } from '../support/accessibility.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'

/** 房屋示意图 by keys alone, over the demo district: estates of two buildings with 4 entrances × 6 floors × 2 rooms. */

/** The cell the walk is on. */
const cellOf = (page: Page) => page.locator('[role=gridcell]:focus')
const activeLine = (page: Page) => page.locator('.map-line-active')

test('a clerk walks 社区 → 小区 → 楼栋 → 房屋 → 人员 and registers a room that is missing', async () => {
  const client = await openClient()
  const { page } = client
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'demo.load', {})
  await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  await expect(page.getByText('20,000')).toBeVisible()

  // From the menu. Keys typed before the page stands are its own.
  await press('Alt+h')
  await expect(page.getByRole('menuitem', { name: '新增房屋' })).toBeFocused()
  await press('End', 'Enter')
  const find = page.getByRole('combobox', { name: '查找' })
  await expect(find).toBeFocused()
  await expect(activeLine(page)).toContainText('丹心社区')
  await client.screenshot('map-communities')
  expect(await findFaults(page)).toEqual([])

  // By initials: 长乐社区.
  await page.keyboard.type('clsq')
  await expect(activeLine(page)).toContainText('长乐社区')
  await expect(page.getByText('找到 1 / 12')).toBeVisible()
  await press('Escape')
  await expect(page.getByText('社区 12')).toBeVisible()
  await press('Home', 'Enter')
  await expect(page.getByRole('navigation', { name: '所在位置' })).toContainText('丹心社区')
  await expect(activeLine(page)).toContainText('东风路')
  await client.screenshot('map-sites')
  const site = (await activeLine(page).locator('.map-name').textContent()) ?? ''
  await press('Enter')
  await expect(activeLine(page)).toContainText('1栋')
  await press('Enter')

  // The grid: 6 floors, 4 entrances of 2 rooms, the walk begins at the bottom.
  const grid = page.getByRole('grid', { name: '1栋房屋示意图' })
  await expect(grid.getByRole('row')).toHaveCount(7)
  await expect(grid.getByRole('gridcell')).toHaveCount(48)
  await expect(cellOf(page)).toHaveAccessibleName(/^1单元 1层 101 /)
  await press('ArrowUp', 'ArrowRight')
  await expect(cellOf(page)).toHaveAccessibleName(/^1单元 2层 202 /)
  await press('Control+Home')
  await expect(cellOf(page)).toHaveAccessibleName(/^1单元 6层 601 /)
  await press('End')
  await expect(cellOf(page)).toHaveAccessibleName(/^4单元 6层 602 /)
  await page.keyboard.type('301')
  await expect(cellOf(page)).toHaveAccessibleName(/^4单元 3层 301 /)
  await client.screenshot('map-building')
  expect(await findFaults(page)).toEqual([])

  // Into a household, a person's record, and back to the same cell.
  const lived = grid.getByRole('gridcell', { name: /\d人/ }).first()
  const [, entrance = '', floor = '', number = ''] =
    /(\d)单元 (\d)层 (\d+)/.exec((await lived.textContent()) ?? '') ?? []
  const name = new RegExp(`^${entrance}单元 ${floor}层 ${number} .*\\d人`)
  await press('Control+End', 'Home')
  for (let step = 1; step < (Number(entrance) - 1) * 2 + Number(number.slice(-1)); step += 1)
    await press('ArrowRight')
  for (let step = 1; step < Number(floor); step += 1) await press('ArrowUp')
  await expect(cellOf(page)).toHaveAccessibleName(name)
  await press('Enter')
  await expect(page.getByRole('heading', { name: /^流动人员\([1-9]/ })).toBeVisible()
  const person = page.locator('.map-item:focus')
  await expect(person).toContainText('在住')
  await client.screenshot('map-household')
  expect(await findFaults(page)).toEqual([])
  const personName = (await person.locator('.map-item-title').textContent()) ?? ''
  await press('Enter')
  await expect(page.getByRole('tab', { selected: true })).toContainText(`流动人员 ${personName}`)
  await press('Escape')
  await expect(person).toBeFocused()
  await press('Backspace')
  await expect(cellOf(page)).toHaveAccessibleName(name)

  // 房屋修改 and 现住人员 of the cell.
  await press('Control+i')
  await expect(page.getByRole('tab', { selected: true })).toContainText('流动人员查询')
  await press('Control+w')
  await expect(cellOf(page)).toHaveAccessibleName(name)

  // A cell that the estate's record says exists: 楼栋 1 gets a seventh floor.
  const { dwellingId } = await firstRoomOf(page, site)
  const room = await ask(page, 'record.get', { register: 'dwelling', id: dwellingId, purpose: 'show' })
  const estateId = String(room.values['estateId'])
  const estate = await ask(page, 'record.get', { register: 'estate', id: estateId, purpose: 'modify' })
  await ask(page, 'estate.save', {
    id: estateId,
    revision: estate.revision,
    values: {
      ...estate.values,
      buildings: [
        { name: '1', entranceCount: 4, floorCount: 7, roomsPerFloor: 2 },
        { name: '2', entranceCount: 4, floorCount: 6, roomsPerFloor: 2 },
      ],
    },
    draftId: null,
  })
  await expect(grid.getByRole('row')).toHaveCount(8)
  await press('Control+Home')
  await expect(cellOf(page)).toHaveAccessibleName('1单元 7层 701 未登记')
  await client.screenshot('map-unregistered')
  await press('n')
  await expect(page.getByRole('tab', { selected: true })).toContainText('新增房屋')
  const form = page.getByRole('tabpanel').locator('visible=true').last()
  for (const [label, value] of [
    ['社区', '丹心社区'],
    ['小区', site],
    ['楼栋', '1'],
    ['单元', '1'],
    ['楼层', '7'],
    ['房号', '701'],
  ] as const)
    await expect(form.getByLabel(label, { exact: true })).toHaveValue(value)
  await expect(form.getByLabel('街(路巷)', { exact: true })).toHaveValue('东风路')
  await expect(page.locator(':focus')).toHaveAccessibleName('业务描述地址')
  await client.screenshot('map-register')
  await client.close()
})

/** The first dwelling of an estate, asked for as a query tab does. */
async function firstRoomOf(page: Page, estateName: string): Promise<{ readonly dwellingId: string }> {
  const query = (
    register: 'estate' | 'dwelling',
    field: string,
    value: string,
    operator: 'name' | 'equals',
  ) =>
    ask(page, 'record.query', {
      query: {
        register,
        conditions: [{ field, operator, value }],
        statuses: ['active'],
        stationCode: null,
        sort: { field: 'updatedAt', direction: 'descending' },
      },
      offset: 0,
      limit: 1,
    })
  const estate = (await query('estate', 'name', estateName, 'name')).rows[0]?.id ?? ''
  const dwelling = (await query('dwelling', 'estateId', estate, 'equals')).rows[0]?.id ?? ''
  return { dwellingId: dwelling }
}
