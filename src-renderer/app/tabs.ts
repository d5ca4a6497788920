import type { RegisterName } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import type { Tab, TabPage } from './tab.ts'

/** The open tabs. `recentKeys` orders them by last use, the active one last. There is always at least one tab. */
export type TabsState = {
  readonly tabs: readonly Tab[]
  readonly activeKey: string
  readonly recentKeys: readonly string[]
}

/** What a form for new records is called: the words of its menu entry. */
export function entryTitleOf(register: RegisterName): string {
  switch (register) {
    case 'residencePermit':
      return '居住证申领'
    case 'lease':
      return '租赁合同备案'
    case 'inspection':
      return '隐患检查'
    case 'serviceRequest':
      return '服务事项登记'
    default:
      return `新增${getRegister(register).label}`
  }
}

/** What a tab is called until its page knows better. */
export function titleOf(page: TabPage): string {
  switch (page.kind) {
    case 'home':
      return '首页'
    case 'entry': {
      const { label } = getRegister(page.register)
      return page.recordIds.length === 0 ? entryTitleOf(page.register) : `${label}修改`
    }
    case 'query':
      return page.register === 'inspection' ? '隐患整改查询' : `${getRegister(page.register).label}查询`
    case 'details':
      return `${getRegister(page.register).label}详细信息`
    case 'batches':
      return page.register ? `批量录入 ${getRegister(page.register).label}` : '批量录入'
    case 'dayEnd':
      return '日结'
    case 'buildingMap':
      return '房屋示意图'
    case 'settings':
      return '首选项'
    case 'sync':
      return '数据同步'
    case 'conflicts':
      return '冲突处理'
    case 'reminders':
      return '到期提醒'
    case 'residence':
      return '在住情况'
    case 'dictionaries':
      return '字典管理'
    case 'backup':
      return '备份与恢复'
    case 'auditLog':
      return '操作日志'
    case 'shortcuts':
      return '快捷键'
    case 'manual':
      return '使用手册'
    case 'about':
      return '关于'
  }
}

function keyOf(page: TabPage): string {
  switch (page.kind) {
    case 'entry':
      return `entry:${page.draftId}`
    case 'query':
      return page.conditions
        ? `query:${page.register}:${JSON.stringify(page.conditions)}`
        : `query:${page.register}`
    case 'details':
      return `details:${page.register}:${page.recordId}`
    case 'batches':
      return page.register ? `batches:${page.register}` : 'batches'
    case 'buildingMap':
      return page.at ? `buildingMap:${page.at.register}:${page.at.id}` : 'buildingMap'
    case 'home':
    case 'dayEnd':
    case 'settings':
    case 'sync':
    case 'conflicts':
    case 'reminders':
    case 'residence':
    case 'dictionaries':
    case 'backup':
    case 'auditLog':
    case 'shortcuts':
    case 'manual':
    case 'about':
      return page.kind
  }
}

/** Two forms are the same when they are about the same records and began alike: a second 新增 goes to the open one. */
function showsTheSame(a: TabPage, b: TabPage): boolean {
  if (a.kind === 'entry' && b.kind === 'entry') {
    return (
      a.register === b.register &&
      a.recordIds.join() === b.recordIds.join() &&
      JSON.stringify(a.prefilled) === JSON.stringify(b.prefilled)
    )
  }
  return keyOf(a) === keyOf(b)
}

/** Only the home page is open. */
export const firstTabs: TabsState = withTab({ tabs: [], activeKey: '', recentKeys: [] }, { kind: 'home' })

function withTab(state: TabsState, page: TabPage): TabsState {
  const key = keyOf(page)
  const tab: Tab = { key, title: titleOf(page), page, isDirty: false }
  return activate({ ...state, tabs: [...state.tabs, tab] }, key)
}

/** Opens a tab at the end, or goes to the one that already shows the same. A draft that comes back is a form of its own. */
export function openTab(state: TabsState, page: TabPage): TabsState {
  if (page.kind === 'entry' && page.restored) return activate(restoreTab(state, page), keyOf(page))
  const present = state.tabs.find((tab) => showsTheSame(tab.page, page))
  if (!present) return withTab(state, page)
  return activate(goToHeading(state, present.key, page), present.key)
}

/** The manual has one tab, which goes to the heading it is asked for. */
function goToHeading(state: TabsState, key: string, page: TabPage): TabsState {
  if (page.kind !== 'manual' || page.heading === undefined) return state
  return { ...state, tabs: state.tabs.map((tab) => (tab.key === key ? { ...tab, page } : tab)) }
}

/** Opens a form that came back from a draft: forms of one register may come back side by side. */
export function restoreTab(state: TabsState, page: Extract<TabPage, { kind: 'entry' }>): TabsState {
  return state.tabs.some((tab) => tab.key === keyOf(page)) ? state : withTab(state, page)
}

/** Makes a tab the active one; an unknown key changes nothing. */
export function activate(state: TabsState, key: string): TabsState {
  if (!state.tabs.some((tab) => tab.key === key)) return state
  return { ...state, activeKey: key, recentKeys: [...state.recentKeys.filter((each) => each !== key), key] }
}

/** Goes `step` tabs to the right, round the end. */
export function cycleTabs(state: TabsState, step: 1 | -1): TabsState {
  const index = state.tabs.findIndex((tab) => tab.key === state.activeKey)
  const next = state.tabs[(index + step + state.tabs.length) % state.tabs.length]
  return next ? activate(state, next.key) : state
}

/** Closes a tab; the one used before it becomes active. The last tab makes way for the home page. */
export function closeTab(state: TabsState, key: string): TabsState {
  const tabs = state.tabs.filter((tab) => tab.key !== key)
  if (tabs.length === state.tabs.length) return state
  const recentKeys = state.recentKeys.filter((each) => each !== key)
  if (tabs.length === 0) return firstTabs
  if (state.activeKey !== key) return { ...state, tabs, recentKeys }
  const activeKey = recentKeys.at(-1) ?? tabs.at(-1)?.key ?? ''
  return activate({ tabs, activeKey, recentKeys }, activeKey)
}

/** Changes what a tab is called, whether it is marked, and what it shows (a form that became another register's). */
export function changeTab(
  state: TabsState,
  key: string,
  change: { readonly title?: string; readonly isDirty?: boolean; readonly page?: TabPage },
): TabsState {
  const present = state.tabs.find((tab) => tab.key === key)
  if (!present) return state
  const changed = { ...present, ...change }
  if (changed.title === present.title && changed.isDirty === present.isDirty && changed.page === present.page)
    return state
  return { ...state, tabs: state.tabs.map((tab) => (tab.key === key ? changed : tab)) }
}
