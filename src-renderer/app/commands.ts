import type { TabPage } from './tab.ts'

/** What a menu entry does. */
export type CommandAct =
  | { readonly kind: 'open'; readonly page: () => TabPage }
  /** Starts a round at once; without a server it opens 数据同步, which says what is missing. */
  | { readonly kind: 'synchronise' }
  | { readonly kind: 'demo' }

export type Command = {
  /** Verbatim from product.md §1; also the accessible name. */
  readonly label: string
  readonly shortcut: string
  readonly act: CommandAct
}

export type Menu = {
  readonly label: string
  /** Alt and this letter open the menu. */
  readonly mnemonic: string
  readonly commands: readonly Command[]
}

function open(label: string, shortcut: string, page: () => TabPage): Command {
  return { label, shortcut, act: { kind: 'open', page } }
}

function newRecord(register: Extract<TabPage, { kind: 'entry' }>['register']): () => TabPage {
  return () => ({ kind: 'entry', register, recordIds: [], draftId: crypto.randomUUID() })
}

const enterResident = open('新增流动人员', 'Alt+1', newRecord('resident'))
const enterDwelling = open('新增房屋', 'Alt+2', newRecord('dwelling'))
const enterCoordinator = open('新增协管员', 'Alt+3', newRecord('coordinator'))
const enterEmployer = open('新增单位', 'Alt+4', newRecord('employer'))
const queryResidents = open('流动人员查询', 'Alt+5', () => ({ kind: 'query', register: 'resident' }))
const queryDwellings = open('房屋查询', 'Alt+6', () => ({ kind: 'query', register: 'dwelling' }))
const queryCoordinators = open('协管员查询', 'Alt+7', () => ({ kind: 'query', register: 'coordinator' }))
const queryEmployers = open('单位查询', 'Alt+8', () => ({ kind: 'query', register: 'employer' }))

/** 工具—系统设置, also a button of the toolbar. */
export const openSettings: Command = open('系统设置', 'Ctrl+,', () => ({ kind: 'settings' }))

/** The toolbar's 同步 and F9. */
export const synchronise: Command = { label: '同步', shortcut: 'F9', act: { kind: 'synchronise' } }

/** 新增 ▾ and 查询 ▾ of the toolbar. */
export const enterCommands: readonly Command[] = [
  enterResident,
  enterDwelling,
  enterCoordinator,
  enterEmployer,
]
export const queryCommands: readonly Command[] = [
  queryResidents,
  queryDwellings,
  queryCoordinators,
  queryEmployers,
]

/** The menu bar: the entries of product.md §1 that exist. */
export const menus: readonly Menu[] = [
  { label: '流动人员及未成年人', mnemonic: 'P', commands: [enterResident, queryResidents] },
  {
    label: '房屋',
    mnemonic: 'H',
    commands: [enterDwelling, queryDwellings, enterCoordinator, queryCoordinators],
  },
  { label: '单位', mnemonic: 'E', commands: [enterEmployer, queryEmployers] },
  {
    label: '工具',
    mnemonic: 'G',
    commands: [
      openSettings,
      open('数据同步', 'Ctrl+F9', () => ({ kind: 'sync' })),
      open('冲突处理', 'Ctrl+Shift+F9', () => ({ kind: 'conflicts' })),
    ],
  },
  {
    label: '帮助',
    mnemonic: 'B',
    commands: [
      open('快捷键', 'Ctrl+/', () => ({ kind: 'shortcuts' })),
      { label: '演示数据', shortcut: 'Ctrl+F12', act: { kind: 'demo' } },
      open('关于', 'Ctrl+F1', () => ({ kind: 'about' })),
    ],
  },
]

/** Every command that has a shortcut, once. */
export const allCommands: readonly Command[] = [...menus.flatMap((menu) => menu.commands), synchronise]
