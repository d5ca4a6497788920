import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, type Locator, type Page } from '@playwright/test'
import { shortcutOf } from '../../src-renderer/app/commands.ts'
import { readManual } from '../../src-renderer/pages/manual/read-manual.ts'
import { makeCard } from '../../tools/reader-simulator/simulated-card.ts'
import { getPerson } from '../../tools/reader-simulator/simulated-people.ts'
import { createSimulatedReader } from '../../tools/reader-simulator/simulated-reader.ts'
import { serveTcp } from '../../tools/reader-simulator/simulator-lines.ts'
import { findFaults } from '../support/accessibility.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import {
  boxOf,
  demoDataFolder,
  focusedField,
  formOf,
  makeNumber,
  residentTexts,
  typeText,
  typeThrough,
} from '../support/form-driver.ts'
import { pressable } from '../support/key-names.ts'
import { makeSmallPng } from '../support/small-png.ts'

/**
 * 使用手册 in the window: every section is reached by keys, and the key of a page opens what is said of it. With
 * UPDATE_MANUAL=1 each page is driven by keys with the demo data in it, and its picture is written to docs/manual/images.
 */

const manualFolder = join(import.meta.dirname, '..', '..', 'docs', 'manual')
const sections = readManual(
  Object.fromEntries(
    readdirSync(manualFolder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name, readFileSync(join(manualFolder, name), 'utf8')]),
  ),
)

let client: ClientWindow
let page: Page

async function press(...shortcuts: readonly string[]): Promise<void> {
  for (const each of shortcuts) await page.keyboard.press(pressable(each))
}
function activeTab(): Locator {
  return page.getByRole('tablist', { name: '标签页' }).getByRole('tab', { selected: true })
}
const contents = (): Locator => page.getByRole('combobox', { name: '目录' })
const title = (): Locator => page.getByRole('article', { name: '正文' }).getByRole('heading', { level: 2 })
const grid = (): Locator => page.getByRole('grid').filter({ visible: true })
const dialog = (): Locator => page.getByRole('dialog')

test('every section is walked by keys; a page opens its own; headings are found by initials', async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
  page = client.page
  await press('Alt+B', 'ArrowDown')
  await expect(page.getByRole('menuitem', { name: '使用手册' })).toBeFocused()
  await press('Enter')
  await expect(contents()).toBeFocused()
  for (const [index, section] of sections.entries()) {
    if (index > 0) await press('↓')
    await expect(title()).toHaveText(section.title)
    if (index === 1) expect(await findFaults(page)).toEqual([])
    const pictures = page.getByRole('article').locator('img')
    for (const picture of await pictures.all())
      await expect
        .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
        .toBeGreaterThan(0)
  }
  await press('Ctrl+Home')
  await expect(title()).toHaveText('使用手册')

  // The text scrolls from the table of contents, and takes the focus and gives it back by keys.
  await page.keyboard.type('ldryjwcnr')
  await expect(title()).toHaveText('流动人员及未成年人')
  await press('Esc')
  await expect(contents()).toHaveValue('')
  await page.keyboard.type('jplr')
  await expect(title()).toHaveText('键盘录入')
  const text = page.getByRole('article', { name: '正文' })
  await press('PgDn')
  await expect.poll(() => text.evaluate((each) => each.scrollTop)).toBeGreaterThan(100)
  await press('Enter')
  await expect(text).toBeFocused()
  await press('Ctrl+F')
  await expect(contents()).toBeFocused()

  // From a page to what is said of it, by its key and by the palette; the one tab goes there.
  for (const [label, heading] of [
    [shortcutOf('房屋查询'), '房屋查询'],
    [shortcutOf('居住证申领'), '居住证申领'],
    [shortcutOf('日结'), '日结'],
  ] as const) {
    await press(label)
    await expect(activeTab()).toContainText(heading)
    await press('Ctrl+Shift+F1')
    await expect(activeTab()).toContainText('使用手册')
    await expect(title()).toHaveText(heading)
  }
  await press(shortcutOf('系统设置'), 'Ctrl+K')
  await page.keyboard.type('bysc')
  await expect(page.getByRole('option', { selected: true })).toContainText('本页手册')
  await press('Enter')
  await expect(title()).toHaveText('系统设置')
  await expect(page.getByRole('tab', { name: /使用手册/ })).toHaveCount(1)
  await client.close()
})

test('each page stands in a picture of the manual', async () => {
  test.skip(process.env['UPDATE_MANUAL'] !== '1', 'pictures are renewed with UPDATE_MANUAL=1')
  test.setTimeout(600_000)
  const images = join(manualFolder, 'images')
  mkdirSync(images, { recursive: true })
  const picture = async (name: string, part?: Locator): Promise<void> => {
    // What came in a moment ago is drawn.
    await page.waitForTimeout(400)
    writeFileSync(
      join(images, `${name}.png`),
      makeSmallPng(await (part ? part.first().screenshot() : page.screenshot())),
    )
  }

  client = await openClient()
  page = client.page
  await expect(page.getByRole('radio', { name: /单机模式/ })).toBeVisible()
  await picture('first-run', page.locator('.first-run'))
  await client.close()

  client = await openClient({ dataFolder: await demoDataFolder() })
  page = client.page
  await expect(page.getByText('20,000')).toBeVisible()
  await expect(page.getByText('正在统计…')).toHaveCount(0)
  await picture('home')
  await press('Ctrl+K')
  await page.keyboard.type('jz')
  await expect(page.getByRole('option', { selected: true })).toBeVisible()
  await picture('palette', page.locator('.palette'))
  await press('Esc')

  await forms(picture)
  await queries(picture)
  await steps(picture)
  await batch(picture)
  await tools(picture)
  // Two stations are needed for a conflict: test/e2e/conflicts.spec.ts has made its picture.
  copyFileSync(join(manualFolder, '..', 'screenshots', 'conflicts-page.png'), join(images, 'conflicts.png'))
  await card(picture)
  await client.close()
})

type Picture = (name: string, part?: Locator) => Promise<void>

/** What a clerk types for somebody who came three days ago and rents. */
function filled(number: string, name: string): Record<string, string> {
  return {
    ...residentTexts(number, name),
    arrivalDate: '-3',
    moveInDate: '-2',
    residenceTypeCode: '10',
    intendedStayCode: '40',
    employmentStatusCode: '30',
  }
}

/** Opens a menu entry's page by its key. */
async function open(label: string): Promise<void> {
  await press('Ctrl+1', shortcutOf(label))
  await expect(activeTab()).not.toContainText('首页')
  await expect(page.locator('form[aria-busy=true]')).toHaveCount(0)
}

/** Leaves a form without keeping what was typed. */
async function leave(): Promise<void> {
  await press('Ctrl+W')
  const discard = page.getByRole('button', { name: '关闭,放弃草稿' })
  if (await discard.isVisible().catch(() => false)) await discard.click()
  await expect(dialog()).toHaveCount(0)
}

async function forms(picture: Picture): Promise<void> {
  await open('新增流动人员')
  const form = formOf(page, '新增流动人员')
  await press('Enter')
  await typeText(page, '420222198207319857')
  await press('Enter')
  await typeText(page, '孔超')
  await press('Enter')
  await boxOf(form, '民族').focus()
  await typeText(page, 'm')
  await expect(page.getByRole('option', { selected: true })).toBeVisible()
  await picture('look-up')
  await press('Enter', 'Ctrl+S')
  await expect(page.getByText(/没有保存/)).toBeVisible()
  await picture('marks')
  await leave()
  await open('新增流动人员')
  await typeThrough(page, filled('420222198207319857', '孔超'))
  await boxOf(form, '来本地日期').focus()
  await picture('entry-resident')
  await leave()
  for (const [label, name] of [
    ['新增未成年人', 'entry-minor'],
    ['新增房屋', 'entry-dwelling'],
    ['新增协管员', 'entry-coordinator'],
    ['新增小区', 'entry-estate'],
    ['新增单位', 'entry-employer'],
    ['居住证申领', 'entry-permit'],
    ['租赁合同备案', 'entry-lease'],
    ['隐患检查', 'entry-inspection'],
    ['服务事项登记', 'entry-service-request'],
  ] as const) {
    await open(label)
    await picture(name)
    await leave()
  }
}

/** Runs a query with a text in one of its conditions; the focus is in the result. */
async function query(label: string, condition: string, text: string): Promise<void> {
  await open(label)
  const box = page.getByRole('tabpanel').getByLabel(condition, { exact: true }).filter({ visible: true })
  await box.focus()
  if (text !== '') {
    await typeText(page, text)
    const option = page.getByRole('option', { selected: true }).filter({ visible: true })
    if ((await box.getAttribute('role')) === 'combobox') {
      await expect(option.first()).toBeVisible()
      await press('Tab')
    }
  }
  await page.locator('[data-run]').filter({ visible: true }).focus()
  await press('Enter')
  await expect(grid()).toBeFocused()
}

async function queries(picture: Picture): Promise<void> {
  await query('流动人员查询', '姓名', '')
  await press('↓', 'Shift+F10')
  await expect(page.getByRole('menuitem').first()).toBeVisible()
  await picture('query-menu')
  await press('Esc', 'Shift+↓', 'Shift+↓', 'Ctrl+H')
  await expect(dialog()).toBeVisible()
  await picture('move-household', dialog())
  await press('Esc', 'Enter')
  await expect(page.getByRole('region', { name: '登记内容' }).filter({ visible: true })).toBeFocused()
  await press('Ctrl+E')
  await expect(page.locator('form[aria-busy=true]')).toHaveCount(0)
  await press('Ctrl+G')
  await picture('modify')
  await leave()
  await press('Ctrl+W')

  // A dwelling in which people live.
  await query('房屋查询', '门(楼)牌号', '')
  for (let row = 0; row < 40; row += 1) {
    await press('Delete')
    await expect(dialog()).toBeVisible()
    if (await dialog().getByText('人在住,不能直接注销').isVisible()) break
    await press('Esc', '↓')
    await expect(dialog()).toHaveCount(0)
  }
  await picture('cancel-occupied', dialog())
  await press('Esc', 'Ctrl+W')

  await open('房屋示意图')
  const line = page.locator('.map-line-active')
  for (let level = 0; level < 3; level += 1) {
    await expect(line).toBeVisible()
    await press('Enter')
    await page.waitForTimeout(400)
  }
  await expect(page.locator('[role=gridcell]:focus')).toBeVisible()
  await press('↑', '→')
  await picture('building-map')
  await press('Ctrl+W')
}

async function steps(picture: Picture): Promise<void> {
  for (const [label, stage, name] of [
    ['居住证查询', 'ysl', 'permit-step'],
    ['隐患整改查询', 'yq', 'inspection-step'],
    ['服务事项查询', 'db', 'service-step'],
  ] as const) {
    await query(label, '状态', stage)
    await press('Ctrl+Shift+1')
    await expect(dialog()).toBeVisible()
    await picture(name)
    await press('Esc', 'Ctrl+W')
  }
  await open('到期提醒')
  await picture('reminders')
  await press('Ctrl+W')
}

/** A pile of three, one of them set aside; the day is what it is. */
async function batch(picture: Picture): Promise<void> {
  await open('批量录入')
  await press('Enter')
  await expect.poll(() => focusedField(page)).toBe('communityCode')
  await press('空格')
  await expect(page.locator('.lookup-row-on')).toBeVisible()
  await press('Enter')
  await typeText(page, 'hm')
  await expect(page.locator('.lookup-row-on')).toBeVisible()
  await press('Enter')
  await expect.poll(() => focusedField(page)).toBe('collectionDate')
  await press('Enter')
  await typeText(page, '3')
  await picture('batches')
  await press('Ctrl+Enter')
  const form = formOf(page, '新增流动人员')
  await expect(form).toHaveAttribute('aria-busy', 'false')
  for (const [order, name] of [
    [113, '王小明'],
    [115, '王小军'],
  ] as const) {
    await expect.poll(() => focusedField(page)).toBe('documentTypeCode')
    await typeThrough(page, { ...filled(makeNumber(order), name), collectorId: '' })
    await press('Ctrl+Enter')
    await expect(page.locator('.save-last').filter({ visible: true })).toContainText(name)
  }
  await picture('batch-entry')
  await boxOf(form, '姓名').focus()
  await typeText(page, '李模糊')
  await press('F7')
  await expect(page.getByRole('group', { name: '搁置本份' }).getByLabel('原因')).toBeFocused()
  await typeText(page, '电话看不清')
  await press('Enter')
  await open('日结')
  await expect(grid()).toBeVisible()
  await picture('day-end')
  await press('Ctrl+W')

  // A record with a history of its own.
  await query('流动人员查询', '姓名', 'wxj')
  await press('Enter')
  await expect(page.getByRole('region', { name: '登记内容' }).filter({ visible: true })).toBeFocused()
  await picture('details')
  await press('Ctrl+W', 'Ctrl+W')
}

async function tools(picture: Picture): Promise<void> {
  await open('系统设置')
  await expect(page.getByText('使用IP地址')).toBeVisible()
  await picture('settings')
  const sheets = page.getByRole('navigation', { name: '首选项' })
  for (let step = 0; step < 10; step += 1) {
    if (await page.getByText('测试读卡').isVisible()) break
    await press('↓')
  }
  await expect(sheets).toBeVisible()
  await picture('settings-reader')
  for (const [label, name] of [
    ['数据同步', 'sync'],
    ['备份与恢复', 'backup'],
    ['操作日志', 'audit-log'],
    ['在住情况', 'residence'],
    ['字典管理', 'dictionaries'],
    ['快捷键', 'shortcuts'],
    ['关于', 'about'],
  ] as const) {
    await open(label)
    await picture(name)
  }
  await press('Ctrl+1', 'Shift+F1')
  await expect(contents()).toBeFocused()
  await page.keyboard.type('jplr')
  await expect(title()).toHaveText('键盘录入')
  await press('Esc')
  await picture('manual')
  await press('Ctrl+1', shortcutOf('演示数据'))
  await expect(dialog()).toBeVisible()
  await picture('demo', dialog())
  await press('Esc')
}

/** A card is put on a form into which another name was typed. */
async function card(picture: Picture): Promise<void> {
  const reader = createSimulatedReader()
  const line = await serveTcp(reader)
  const person = getPerson(0)
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'settings.save', {
    settings: {
      ...settings,
      reader: { ...settings.reader, kind: 'serial', port: line.path, playsSound: false },
    },
  })
  await expect(page.getByLabel('读卡器状态')).toHaveText(/读卡器 就绪/)
  await open('新增流动人员')
  const form = formOf(page, '新增流动人员')
  await boxOf(form, '姓名').focus()
  await typeText(page, '王小民')
  await boxOf(form, '联系电话').focus()
  reader.putOn(makeCard(person))
  await expect(boxOf(form, '证件号码')).toHaveValue(person.documentNumber)
  await picture('card-differences')
  await leave()
  await line.close()
}
