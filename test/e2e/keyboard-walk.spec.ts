import { expect, test, type Locator, type Page } from '@playwright/test'
import {
  allCommands,
  menus,
  menuShortcut,
  shortcutOf,
  type Command,
} from '../../src-renderer/app/commands.ts'
import { titleOf } from '../../src-renderer/app/tabs.ts'
import { statusLabelOf } from '../../src-renderer/pages/query/columns.ts'
import { listActions, type Action } from '../../src-renderer/pages/query/actions.ts'
import { REGISTER_NAMES, type RecordStatus, type RegisterName } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { ask } from '../support/clerks-morning.ts'
import { findFaults } from '../support/accessibility.ts'
import { openClient, type ClientWindow } from '../support/client-window.ts'
import { demoDataFolder } from '../support/form-driver.ts'
import { walkSections } from '../support/page-sections.ts'
import { pressable } from '../support/key-names.ts'

/**
 * Every menu entry and every action of every query, by keys alone, made of the declarations: an entry added later is
 * walked through without a change here. No mouse: nothing in this file clicks.
 */

let client: ClientWindow
let page: Page

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  client = await openClient({ dataFolder: await demoDataFolder() })
  page = client.page
})
test.afterAll(() => client.close())

async function press(...shortcuts: readonly string[]): Promise<void> {
  for (const each of shortcuts) await page.keyboard.press(pressable(each))
}
function activeTab(): Locator {
  return page.getByRole('tablist', { name: '标签页' }).getByRole('tab', { selected: true })
}
function tabs(): Locator {
  return page.getByRole('tablist', { name: '标签页' }).getByRole('tab')
}
function dialogs(): Locator {
  return page.getByRole('dialog')
}
/** Whether the focus is somewhere inside the page in front, and not on nothing. */
async function hasFocusInside(): Promise<boolean> {
  return page.evaluate(() => {
    const panel = document.querySelector('[role=tabpanel].page:not([hidden])')
    return panel?.contains(document.activeElement) === true
  })
}
async function waitUntilReady(place?: string): Promise<void> {
  await expect(page.locator('form[aria-busy=true]'), `${place}: the form is ready`).toHaveCount(0)
  await expect.poll(hasFocusInside, `${place}: the focus is in the page`).toBe(true)
}

/** Checks that an entry did what it says, and takes it back by key. */
async function expectOpened(command: Command, faults: string[] | undefined): Promise<void> {
  if (command.act.kind === 'open') {
    await expect(activeTab()).toContainText(titleOf(command.act.page()))
    await waitUntilReady(command.label)
    if (faults) {
      await collectFaults(command.label, faults)
      await walkSections(page, command, (name) => collectFaults(name, faults))
    }
    await press('Ctrl+W')
    await expect(activeTab()).toContainText('首页')
    await expect(tabs()).toHaveCount(1)
  } else {
    await expect(dialogs()).toHaveCount(1)
    if (faults) await collectFaults(command.label, faults)
    await press('Esc')
    await expect(dialogs()).toHaveCount(0)
  }
}
async function collectFaults(place: string, faults: string[]): Promise<void> {
  faults.push(...(await findFaults(page)).map((fault) => `${place}: ${fault}`))
}

test('every menu entry is reached by its menu and by its shortcut, and axe finds nothing serious there', async () => {
  const faults: string[] = []
  await collectFaults('首页', faults)
  for (const menu of menus) {
    for (const [index, command] of menu.commands.entries()) {
      await press(menuShortcut(menu))
      await expect(page.getByRole('menu').getByRole('menuitem')).toHaveCount(menu.commands.length)
      for (let step = 0; step < index; step += 1) await press('↓')
      await expect(page.locator(':focus')).toHaveAccessibleName(command.label)
      if (menu === menus[0] && index === 0) await collectFaults(menu.label, faults)
      await press('Enter')
      await expectOpened(command, faults)
      await press(command.shortcut)
      await expectOpened(command, undefined)
    }
  }
  expect(faults).toEqual([])
})

test('every action of every query is reached by the menu of the row and by its shortcut', async () => {
  // What an action opens, a dialog or a page, is looked at once a kind of action.
  const faults = new Map<string, readonly string[]>()
  for (const register of REGISTER_NAMES) {
    await openQuery(register)
    await walkActions(register, 'active', register === REGISTER_NAMES[0], faults)
    await walkActions(register, 'cancelled', false, faults)
    await press('Ctrl+W')
    await expect(activeTab()).toContainText('首页')
  }
  expect([...faults.values()].flat()).toEqual([])
})

async function openQuery(register: RegisterName): Promise<void> {
  const command = allCommands.find(({ act }) => {
    if (act.kind !== 'open') return false
    const opened = act.page()
    return opened.kind === 'query' && opened.register === register
  })
  if (!command) throw new Error(`no menu entry opens the query of ${register}`)
  await press(command.shortcut)
  await waitUntilReady(command.label)
}

/** Runs the query for one status, by keys, and does every action that records of it may have. */
async function walkActions(
  register: RegisterName,
  status: RecordStatus,
  isFirst: boolean,
  faults: Map<string, readonly string[]>,
): Promise<void> {
  const result = page.getByRole('grid', { name: `${getRegister(register).label}查询结果` })
  await page
    .getByLabel(statusLabelOf(getRegister(register)), { exact: true })
    .filter({ visible: true })
    .focus()
  await page.keyboard.press(status === 'active' ? 'Home' : 'ArrowDown')
  await page.locator('[data-run]').filter({ visible: true }).focus()
  await press('Enter')
  // The list gets the focus when there is one; else the page says that there is nothing.
  const empty = page.locator('.query-empty:visible')
  await expect(result.and(page.locator(':focus')).or(empty)).toBeVisible()
  if ((await empty.count()) > 0) {
    expect(status, `${register} has records`).toBe('cancelled')
    return
  }
  await expect(result).toBeFocused()
  // The first row is selected: what can be done with it depends on its stage.
  const { rows } = await ask(page, 'record.query', {
    query: {
      register,
      conditions: [],
      statuses: [status],
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    },
    offset: 0,
    limit: 1,
  })
  const actions = listActions(register, {
    mayWrite: true,
    statuses: [status],
    stages: status === 'active' ? rows.map((row) => row.stage) : [],
  })
  const place = (await activeTab().textContent()) ?? ''
  for (const [index, action] of actions.entries()) {
    // What the list itself does is the same everywhere.
    if (!isFirst && ['copy', 'sortAscending', 'sortDescending', 'columns'].includes(action.kind)) continue
    await press(index % 2 === 0 ? 'Shift+F10' : '菜单键')
    const entries = page.getByRole('menu').getByRole('menuitem')
    expect(
      await entries.evaluateAll((all) => all.map((each) => each.querySelector('span')?.textContent)),
    ).toEqual(actions.map(({ label }) => label))
    for (let step = 0; step < index; step += 1) await press('↓')
    await expect(page.locator(':focus')).toHaveAccessibleName(action.label)
    await press('Enter')
    await expectDone(action, place, result, faults)
    await press(action.shortcut)
    await expectDone(action, place, result, faults)
  }
}

/** Checks that an action did something of its own, and leaves what it opened with Esc (a query by closing its tab). */
async function expectDone(
  action: Action,
  place: string,
  result: Locator,
  faults: Map<string, readonly string[]>,
): Promise<void> {
  switch (action.kind) {
    case 'copy':
      await expect(page.locator('.query-message:visible')).toContainText('已复制 1 条')
      break
    case 'sortAscending':
    case 'sortDescending': {
      const direction = action.kind === 'sortAscending' ? 'ascending' : 'descending'
      await expect(result.locator(`[role=columnheader][aria-sort=${direction}]`)).toHaveCount(1)
      break
    }
    case 'moveHousehold': {
      // Of a dwelling where nobody lives it says just that.
      const said = page.locator('.query-message:visible', { hasText: '没有在住人员' })
      await expect(dialogs().first().or(said)).toBeVisible()
      if ((await dialogs().count()) > 0) await leaveBy('Esc')
      break
    }
    default: {
      const isElsewhere = async (): Promise<boolean> =>
        (await dialogs().count()) > 0 || (await activeTab().textContent()) !== place
      await expect.poll(isElsewhere, `${action.label} does something`).toBe(true)
      if ((await dialogs().count()) === 0) await waitUntilReady(action.label)
      if (!faults.has(action.kind))
        faults.set(
          action.kind,
          (await findFaults(page)).map((fault) => `${action.label}: ${fault}`),
        )
      for (const keys of ['Esc', 'Esc', 'Ctrl+W']) if (await isElsewhere()) await leaveBy(keys)
      await expect.poll(isElsewhere).toBe(false)
    }
  }
  await expect(dialogs()).toHaveCount(0)
  await expect(result).toBeFocused()
}

async function leaveBy(keys: string): Promise<void> {
  const [before, dialogCount] = [await activeTab().textContent(), await dialogs().count()]
  await press(keys)
  await expect
    .poll(
      async () => (await activeTab().textContent()) !== before || (await dialogs().count()) !== dialogCount,
      {
        timeout: 500,
      },
    )
    .toBe(true)
    .catch(() => undefined)
}

test('F1 and the menu open the list of all keys, which is filtered by typing', async () => {
  await press('F1')
  await expect(activeTab()).toContainText('快捷键')
  const filter = page.getByLabel('筛选', { exact: true })
  await expect(filter).toBeFocused()
  await client.screenshot('keys-all')
  await page.keyboard.type('bcbxz')
  await expect(page.locator('.key-list dd')).toContainText(['保存并新增'])
  await client.screenshot('keys-filtered')
  await press('Esc')
  await expect(filter).toHaveValue('')
  expect(await page.locator('.key-list dd').count()).toBeGreaterThan(120)
  await press('Ctrl+W')
})

test('the palette gives the focus back exactly, with a half-typed look-up and its open list', async () => {
  await press(shortcutOf('新增流动人员'))
  await waitUntilReady()
  const ethnic = page.getByRole('combobox', { name: '民族', exact: true })
  await ethnic.focus()
  await page.keyboard.type('zhu')
  await expect(page.getByRole('option', { selected: true })).toContainText('壮族')
  await press('←')
  await press('Ctrl+K')
  const box = page.getByRole('combobox', { name: '查找功能或记录' })
  await expect(box).toBeFocused()
  await client.screenshot('palette-empty')
  await press('Tab')
  await expect(box).toBeFocused()
  await press('Esc')
  await expect(ethnic).toBeFocused()
  await expect(ethnic).toHaveValue('zhu')
  expect(await ethnic.evaluate((input: HTMLInputElement) => input.selectionStart)).toBe(2)
  await expect(page.getByRole('option', { selected: true })).toContainText('壮族')
  await press('Enter')
  await expect(ethnic).toHaveValue('壮族')

  // A refused save: marks on the page; then an open list; then the palette over them.
  const faults: string[] = []
  await press('Ctrl+S')
  await expect(page.getByText(/没有保存/)).toBeVisible()
  await collectFaults('marks', faults)
  await ethnic.focus()
  await press('空格')
  await expect(page.getByRole('option', { selected: true })).toBeVisible()
  await collectFaults('look-up list', faults)
  await press('Ctrl+K')
  await expect(box).toBeFocused()
  await collectFaults('palette', faults)
  expect(faults).toEqual([])
  await press('Esc', 'Esc', 'Esc')
  await expect(dialogs()).toHaveCount(1)
  await press('→', '→', 'Enter')
  await expect(tabs()).toHaveCount(1)
})

test('the palette finds functions, tabs and records; an input method’s Enter takes nothing', async () => {
  const box = page.getByRole('combobox', { name: '查找功能或记录' })
  await press('Ctrl+K')
  await page.keyboard.type('xzfw')
  await expect(page.getByRole('option', { selected: true })).toContainText('新增房屋')
  // What confirms a composition carries the code of an input method.
  await box.evaluate((input) => {
    const init = { key: 'Enter', code: 'Enter', keyCode: 229, bubbles: true, cancelable: true }
    input.dispatchEvent(new KeyboardEvent('keydown', init))
  })
  await expect(box).toBeVisible()
  await press('Enter')
  await expect(activeTab()).toContainText('新增房屋')
  await waitUntilReady()
  await press('Ctrl+W')

  const { rows } = await ask(page, 'record.query', {
    query: {
      register: 'resident',
      conditions: [],
      statuses: ['active'],
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    },
    offset: 7,
    limit: 1,
  })
  const { name = '', documentNumber = '' } = rows[0]?.cells ?? {}
  // A number that is typed at once and taken before its answer is there.
  await press('Ctrl+K')
  await expect(box).toBeFocused()
  await page.keyboard.insertText(documentNumber)
  await press('Enter')
  await expect(activeTab()).toContainText(name)
  await waitUntilReady()
  await client.screenshot('palette-opened')
  await press('Esc')
  await press('Ctrl+K')
  await expect(page.getByRole('option', { selected: true })).toContainText('新增房屋')
  await page.keyboard.insertText(name)
  await expect(page.getByRole('option', { selected: true })).toContainText(name)
  await client.screenshot('palette-records')
  await press('Ctrl+Enter')
  await expect(activeTab()).toContainText('流动人员修改')
  await waitUntilReady()
  await press('Esc')
  await expect(activeTab()).toContainText('首页')

  // Records that come in behind leave the highlight where the clerk has moved it.
  await press('Ctrl+K')
  await page.keyboard.type('cx')
  await press('↓')
  const chosen = await page.getByRole('option', { selected: true }).textContent()
  await expect(page.getByRole('group', { name: '流动人员', exact: true })).toBeVisible()
  expect(await page.getByRole('option', { selected: true }).textContent()).toBe(chosen)
  await client.screenshot('palette-initials')
  for (const keys of ['End', 'Home', 'PgDn', 'PgUp']) await press(keys)
  await expect(page.getByRole('option').first()).toHaveAttribute('aria-selected', 'true')
  await press('Esc')
  await expect(box).toHaveCount(0)
})
