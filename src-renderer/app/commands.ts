import type { RegisterName } from '../../src-shared/registers/register.ts'
import type { TabPage } from './tab.ts'

/** What a menu entry does. */
export type CommandAct =
  | { readonly kind: 'open'; readonly page: () => TabPage }
  /** Starts a round at once; without a server it opens 数据同步, which says what is missing. */
  | { readonly kind: 'synchronise' }
  /** Reads the card on the reader, or the one put on within a few seconds. */
  | { readonly kind: 'readCard' }
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

/** The keys that open a menu, as on screen. */
export function menuShortcut(menu: Menu): string {
  return `Alt+${menu.mnemonic}`
}

function open(label: string, shortcut: string, page: () => TabPage): Command {
  return { label, shortcut, act: { kind: 'open', page } }
}

function query(register: RegisterName): () => TabPage {
  return () => ({ kind: 'query', register })
}

function newRecord(register: RegisterName): () => TabPage {
  return () => ({ kind: 'entry', register, recordIds: [], draftId: crypto.randomUUID() })
}

const enterResident = open('新增流动人员', 'Alt+1', newRecord('resident'))
const enterDwelling = open('新增房屋', 'Alt+2', newRecord('dwelling'))
const enterCoordinator = open('新增协管员', 'Alt+3', newRecord('coordinator'))
const enterEmployer = open('新增单位', 'Alt+4', newRecord('employer'))
const queryResidents = open('流动人员查询', 'Alt+5', query('resident'))
const queryDwellings = open('房屋查询', 'Alt+6', query('dwelling'))
const queryCoordinators = open('协管员查询', 'Alt+7', query('coordinator'))
const queryEmployers = open('单位查询', 'Alt+8', query('employer'))
const enterMinor = open('新增未成年人', 'Alt+Shift+1', newRecord('minor'))
const enterSchool = open('新增学校', 'Alt+Shift+2', newRecord('school'))
const enterEstate = open('新增小区', 'Alt+Shift+3', newRecord('estate'))
const enterPermit = open('居住证申领', 'Alt+9', newRecord('residencePermit'))
const enterLease = open('租赁合同备案', 'Alt+Shift+4', newRecord('lease'))
const enterInspection = open('隐患检查', 'Alt+Shift+9', newRecord('inspection'))
const enterServiceRequest = open('服务事项登记', 'Alt+0', newRecord('serviceRequest'))
const queryMinors = open('未成年人查询', 'Alt+Shift+5', query('minor'))
const querySchools = open('学校查询', 'Alt+Shift+6', query('school'))
const queryEstates = open('小区查询', 'Alt+Shift+7', query('estate'))
const queryPermits = open('居住证查询', 'Ctrl+Alt+9', query('residencePermit'))
const showReminders = open('到期提醒', 'Ctrl+Alt+7', () => ({ kind: 'reminders' }))
const queryLeases = open('租赁合同查询', 'Alt+Shift+8', query('lease'))
const queryInspections = open('隐患整改查询', 'Ctrl+Alt+8', query('inspection'))
const queryServiceRequests = open('服务事项查询', 'Alt+Shift+0', query('serviceRequest'))

const openBuildingMap = open('房屋示意图', 'Ctrl+Shift+M', () => ({ kind: 'buildingMap' }))

/** 工具—系统设置, also a button of the toolbar. */
export const openSettings: Command = open('系统设置', 'Ctrl+,', () => ({ kind: 'settings' }))

/** The toolbar's 同步 and F9. */
export const synchronise: Command = { label: '同步', shortcut: 'F9', act: { kind: 'synchronise' } }

/** The toolbar's 读卡 and F2. */
export const readCard: Command = { label: '读卡', shortcut: 'F2', act: { kind: 'readCard' } }

/** 新增 ▾ and 查询 ▾ of the toolbar. */
export const enterCommands: readonly Command[] = [
  enterResident,
  enterMinor,
  enterDwelling,
  enterEmployer,
  enterPermit,
  enterLease,
  enterInspection,
  enterServiceRequest,
  enterSchool,
  enterCoordinator,
  enterEstate,
]
export const queryCommands: readonly Command[] = [
  queryResidents,
  queryMinors,
  queryDwellings,
  queryEmployers,
  queryPermits,
  queryLeases,
  queryInspections,
  queryServiceRequests,
  querySchools,
  queryCoordinators,
  queryEstates,
]

/** The menu bar: the entries of product.md §1 that exist. */
export const menus: readonly Menu[] = [
  {
    label: '流动人员及未成年人',
    mnemonic: 'P',
    commands: [enterResident, queryResidents, enterMinor, queryMinors, enterSchool, querySchools],
  },
  {
    label: '房屋',
    mnemonic: 'H',
    commands: [
      enterDwelling,
      queryDwellings,
      enterCoordinator,
      queryCoordinators,
      enterEstate,
      queryEstates,
      openBuildingMap,
    ],
  },
  { label: '单位', mnemonic: 'E', commands: [enterEmployer, queryEmployers] },
  { label: '居住证', mnemonic: 'Z', commands: [enterPermit, queryPermits, showReminders] },
  {
    label: '租赁与检查',
    mnemonic: 'L',
    commands: [enterLease, queryLeases, enterInspection, queryInspections],
  },
  { label: '服务事项', mnemonic: 'F', commands: [enterServiceRequest, queryServiceRequests] },
  {
    label: '统计',
    mnemonic: 'T',
    commands: [open('在住情况', 'Ctrl+Shift+U', () => ({ kind: 'residence' }))],
  },
  {
    label: '工具',
    mnemonic: 'G',
    commands: [
      openSettings,
      open('批量录入', 'Ctrl+Shift+B', () => ({ kind: 'batches' })),
      open('日结', 'Ctrl+Shift+J', () => ({ kind: 'dayEnd' })),
      open('数据同步', 'Ctrl+F9', () => ({ kind: 'sync' })),
      open('冲突处理', 'Ctrl+Shift+F9', () => ({ kind: 'conflicts' })),
      open('字典管理', 'Ctrl+Shift+D', () => ({ kind: 'dictionaries' })),
      open('备份与恢复', 'Ctrl+Shift+K', () => ({ kind: 'backup' })),
      open('操作日志', 'Ctrl+Shift+L', () => ({ kind: 'auditLog' })),
    ],
  },
  {
    label: '帮助',
    mnemonic: 'B',
    commands: [
      open('快捷键', 'Ctrl+/', () => ({ kind: 'shortcuts' })),
      open('使用手册', 'Shift+F1', () => ({ kind: 'manual' })),
      { label: '演示数据', shortcut: 'Ctrl+F12', act: { kind: 'demo' } },
      open('关于', 'Ctrl+F1', () => ({ kind: 'about' })),
    ],
  },
]

/** The shortcut of a menu entry. @throws Error when there is no such entry */
export function shortcutOf(label: string): string {
  const command = allCommands.find((each) => each.label === label)
  if (!command) throw new Error(`no menu entry ${label}`)
  return command.shortcut
}

/** Every command that has a shortcut, once. */
export const allCommands: readonly Command[] = [
  ...menus.flatMap((menu) => menu.commands),
  readCard,
  synchronise,
]
