import type { FoundRecord } from '../../src-shared/contract/types.ts'
import type { Command } from './commands.ts'
import { matchText, type MatchTier } from './match-text.ts'
import type { PageAction } from './tab.ts'

/** One row of the palette. `key` says what it is, also in the list of recent ones; it holds no personal data. */
export type PaletteItem = {
  readonly key: string
  readonly label: string
  /** What stands behind the label in grey: the menu, the register, what tells two records apart. */
  readonly detail: string
  readonly shortcut?: string
} & (
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'action'; readonly action: PageAction }
  | { readonly kind: 'tab'; readonly tabKey: string }
  | { readonly kind: 'record'; readonly record: FoundRecord }
)

export type PaletteGroup = { readonly title: string; readonly items: readonly PaletteItem[] }

/** What the palette can offer before anything was asked of the backend. */
export type PaletteStock = {
  readonly commands: readonly PaletteItem[]
  readonly actions: readonly PaletteItem[]
  readonly tabs: readonly PaletteItem[]
  /** Records opened from here since the start, the newest first. */
  readonly records: readonly PaletteItem[]
}

/** Most rows of one group: the first ones are the best. */
const mostOfGroup = 8
/** Functions used lately that stand first while nothing is typed. */
const mostRecent = 5

/**
 * The groups for a typed text: what fits best first, among equals what was used last. With nothing typed: what was used
 * lately, then everything. Records that the backend finds are added behind these, so that no row ever moves.
 */
export function listGroups(
  stock: PaletteStock,
  typed: string,
  recents: ReadonlyMap<string, number>,
): readonly PaletteGroup[] {
  const groups =
    typed.trim() === ''
      ? groupsOfNothing(stock, recents)
      : [
          { title: '功能', items: rank(stock.commands, typed, recents) },
          { title: '当前页面', items: rank(stock.actions, typed, recents) },
          { title: '已打开的标签页', items: rank(stock.tabs, typed, recents) },
        ]
  return groups.filter((group) => group.items.length > 0)
}

function groupsOfNothing(stock: PaletteStock, recents: ReadonlyMap<string, number>): readonly PaletteGroup[] {
  const used = byRecency(stock.commands, recents)
    .filter((item) => recents.has(item.key))
    .slice(0, mostRecent)
  return [
    { title: '最近使用的功能', items: used },
    { title: '最近打开的记录', items: stock.records.slice(0, mostOfGroup) },
    { title: '当前页面', items: stock.actions },
    { title: '已打开的标签页', items: stock.tabs },
    { title: '功能', items: stock.commands.filter((item) => !used.includes(item)) },
  ]
}

/** Those that fit, the best first, among equals the last used, then as declared. */
function rank(
  items: readonly PaletteItem[],
  typed: string,
  recents: ReadonlyMap<string, number>,
): readonly PaletteItem[] {
  const fitting = items.flatMap((item) => {
    const tier = matchText(typed, item.label)
    return tier === undefined ? [] : [{ item, tier }]
  })
  const scoreOf = (each: { readonly item: PaletteItem; readonly tier: MatchTier }): number =>
    recents.get(each.item.key) ?? Number.NEGATIVE_INFINITY
  return fitting
    .toSorted((a, b) => a.tier - b.tier || compareScores(scoreOf(b), scoreOf(a)))
    .slice(0, mostOfGroup)
    .map(({ item }) => item)
}

function byRecency(
  items: readonly PaletteItem[],
  recents: ReadonlyMap<string, number>,
): readonly PaletteItem[] {
  const scoreOf = (item: PaletteItem): number => recents.get(item.key) ?? Number.NEGATIVE_INFINITY
  return items.toSorted((a, b) => compareScores(scoreOf(b), scoreOf(a)))
}

/** Two that were never used are equal, though infinity less infinity is no number. */
function compareScores(a: number, b: number): number {
  return a === b ? 0 : a - b
}

/** Groups of found records by register, in the order in which they were found; those used last first. */
export function groupRecords(
  found: readonly FoundRecord[],
  labelOf: (register: FoundRecord['register']) => string,
  recents: ReadonlyMap<string, number>,
): readonly PaletteGroup[] {
  const groups = new Map<string, PaletteItem[]>()
  for (const record of found) {
    const item = recordItem(record, labelOf(record.register))
    const title = labelOf(record.register)
    const items = groups.get(title) ?? []
    groups.set(title, items)
    if (!items.some((each) => each.key === item.key)) items.push(item)
  }
  return [...groups].map(([title, items]) => ({ title, items: byRecency(items, recents) }))
}

/** A record as a row. */
export function recordItem(record: FoundRecord, registerLabel: string): PaletteItem {
  return {
    kind: 'record',
    key: `record:${record.register}:${record.id}`,
    label: record.title === '' ? registerLabel : record.title,
    detail: record.detail,
    record,
  }
}

/** The row that is highlighted: the one of this key while it is there, else the first. */
export function highlightedIndex(items: readonly PaletteItem[], key: string | undefined): number {
  const index = key === undefined ? -1 : items.findIndex((item) => item.key === key)
  return index >= 0 ? index : items.length > 0 ? 0 : -1
}
