// The look-up of one dictionary: finds rows by code, Chinese text, initials, pinyin and mixtures, best first.
// What matches and in which order: docs of match-tiers.ts and name-matcher.ts.
import { foldText, foldTextWithOrigins } from '../../../src-shared/pinyin/fold-text.ts'
import { decodeLookupParts, encodeLookupParts } from './lookup-file.ts'
import { buildLookupParts, type LookupParts } from './lookup-parts.ts'
import { NO_MATCH, TIER_EXACT_CODE, TIER_GAPS, TIER_START_USUAL } from './match-tiers.ts'
import { freezeSymbols, type SymbolArrays } from './name-matcher.ts'
import { createParentFilter, type ParentChoice } from './parent-filter.ts'
import { LONGEST_QUERY, planQuery, type QueryPlan, type TableCache, type Term } from './query-plan.ts'
import {
  createRowCursor,
  matchedSymbols,
  rowMatchesWithGaps,
  tierOfRow,
  type RowView,
} from './row-matcher.ts'
import {
  codeOfRow,
  compareStatic,
  findRowByCode,
  isRegularRow,
  nameOfRow,
  rowOfStore,
  writeName,
  type LookupRow,
  type RowStore,
} from './row-store.ts'
import { END_SYMBOL } from './symbol-table.ts'
import { textAt } from './text-table.ts'
import { TIER_STEP, createTopSearch } from './top-search.ts'

export type { LookupRow } from './row-store.ts'

export type LookupMatch = {
  readonly code: string
  readonly name: string
  /** Empty when the row has none. */
  readonly parentPath: string
  /** Matched parts of the name in UTF-16 units, ascending and apart, for bold; empty when only the code or 助记码 matched. */
  readonly ranges: readonly (readonly [start: number, end: number])[]
}

export type LookupResult = {
  readonly matches: readonly LookupMatch[]
  /** How many rows match; an upper bound when not exact (unless matches with gaps are more: then at least the page is full). */
  readonly total: number
  readonly isTotalExact: boolean
}

export type LookupOptions = {
  /** Rows of one page. */
  readonly limit: number
  /** Rows before the page. */
  readonly offset?: number
  /** Code → recency score (src-shared/pinyin/recency.ts): inside a tier a larger score comes first, before all rows without one. */
  readonly recents?: ReadonlyMap<string, number>
  /** Only rows with such codes. */
  readonly accept?: (code: string) => boolean
  /** Only rows whose parent code begins so. */
  readonly parentPrefix?: string
  /** With `parentPrefix`: rows without a parent as well. */
  readonly orWithoutParent?: boolean
  /** Inside a tier rows whose parent code begins so come first; no row is left out for it. */
  readonly preferredPrefix?: string
  /** Count all matches even where that takes long. */
  readonly exactTotal?: boolean
}

export type LookupIndex = {
  /** Rows now, additions and removals included. */
  readonly size: number
  /** Additions and removals since the index was built; rebuild (rebuildLookupIndex) when there are thousands. */
  readonly changeCount: number
  search(query: string, options: LookupOptions): LookupResult
  /** The row with exactly this code. */
  find(code: string): LookupRow | undefined
  /** Adds a row, found from the next search on. A row with the same code is replaced. */
  addRow(row: LookupRow): void
  /** Removes a row; false when there is none with this code. */
  removeRow(code: string): boolean
  replaceRow(row: LookupRow): void
  /** All rows in static order. */
  listRows(): LookupRow[]
  /** What it was built as, without later changes; for serializeLookupIndex. */
  readonly parts: LookupParts
}

/** A row added at run time. */
type AddedRow = {
  readonly row: LookupRow
  readonly view: RowView
  readonly isRegular: boolean
  /** Its place in the static order: between the stored rows `order - 0.5` and `order + 0.5`. */
  readonly order: number
}

/** A found row: a stored one (row ≥ 0) or an added one. */
type Hit = {
  readonly tier: number
  readonly recency: number
  readonly order: number
  readonly row: number
  readonly added: AddedRow | undefined
}

/** Pages that end further down come from a complete list. */
const DEEPEST_TOP = 200
/** Pages of the whole table that end further down come from a list that is kept. */
const KEPT_FROM = 20_000
/** With at most so many candidates all matches are counted at once. */
const COUNTED_CANDIDATES = 2_000
/** Recent codes whose rows are remembered. */
const REMEMBERED_RECENTS = 5_000
/** Added to the recency of preferred rows; far above every score, which are not below 0 (half-lives since 1970: some 1,500). */
const PREFERRED_SCORE = 1_000_000

function compareHits(a: Hit, b: Hit): number {
  if (a.tier !== b.tier) return a.tier - b.tier
  if (a.recency !== b.recency) return b.recency > a.recency ? 1 : -1
  if (a.order !== b.order) return a.order - b.order
  if (a.added !== undefined && b.added !== undefined)
    return compareStatic(a.added.row.rank ?? 0, a.added.row.code, b.added.row.rank ?? 0, b.added.row.code)
  return 0
}

/** UTF-16 ranges of the name for pairs of first symbol and number of symbols; touching ranges become one. */
function rangesOfName(
  name: string,
  isRegular: boolean,
  symbols: readonly (readonly [number, number])[],
): [number, number][] {
  if (symbols.length === 0) return []
  const starts: number[] = []
  const ends: number[] = []
  if (isRegular) {
    let unit = 0
    for (const character of name) {
      starts.push(unit)
      unit += character.length
      ends.push(unit)
    }
  } else {
    const folded = foldTextWithOrigins(name)
    starts.push(...folded.starts)
    ends.push(...folded.ends)
  }
  const ranges: [number, number][] = []
  for (const [start, length] of [...symbols].sort((a, b) => a[0] - b[0])) {
    const from = starts[start]
    const to = ends[start + length - 1]
    if (from === undefined || to === undefined) continue
    const last = ranges.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else ranges.push([from, to])
  }
  return ranges
}

function createAddedRow(store: RowStore, row: LookupRow): AddedRow {
  const room = new Uint16Array(row.name.length * 18 + 1)
  const { end, isRegular } = writeName(store.symbols, row.name, room, 0)
  room[end] = END_SYMBOL
  const pool = room.slice(0, end + 1)
  const foldedCode = foldText(row.code)
  const foldedMnemonic = foldText(row.mnemonic ?? '')
  let low = 0
  let high = store.size
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareStatic(store.ranks?.[middle] ?? 0, codeOfRow(store, middle), row.rank ?? 0, row.code) < 0)
      low = middle + 1
    else high = middle
  }
  return {
    row,
    isRegular,
    order: low - 0.5,
    view: {
      pool,
      at: 0,
      foldedMnemonic: foldedMnemonic === '' ? undefined : foldedMnemonic,
      codeTier(term: Term) {
        if (!store.areCodesTyped || !foldedCode.startsWith(term.text)) return NO_MATCH
        return foldedCode.length === term.text.length ? TIER_EXACT_CODE : TIER_START_USUAL
      },
    },
  }
}

/** Place of the first number that is not below the limit, in ascending numbers. */
function countBelow(sorted: ArrayLike<number>, limit: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}

function hasSameMembers(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  if (a.size !== b.size) return false
  for (const member of a) if (!b.has(member)) return false
  return true
}

/** Merges special hits with stored rows given as sorted keys (tier * TIER_STEP + row) and cuts the page out. */
function mergePage(specials: readonly Hit[], keys: ArrayLike<number>, offset: number, limit: number): Hit[] {
  const page: Hit[] = []
  // Whole stretches of keys before the page are skipped at once when no special row can come among them.
  let index = specials.length === 0 ? Math.min(offset, keys.length) : 0
  let special = 0
  for (
    let place = index;
    page.length < limit && (special < specials.length || index < keys.length);
    place++
  ) {
    const key = keys[index]
    const row = key === undefined ? 0 : key % TIER_STEP
    const stored: Hit | undefined =
      key === undefined
        ? undefined
        : { tier: Math.floor(key / TIER_STEP), recency: -Infinity, order: row, row, added: undefined }
    const next = specials[special]
    let hit: Hit
    if (next !== undefined && (stored === undefined || compareHits(next, stored) < 0)) {
      hit = next
      special++
    } else {
      hit = stored!
      index++
    }
    if (place >= offset) page.push(hit)
  }
  return page
}

/** The complete result of one query, kept while its pages are turned. */
type CompleteResult = {
  readonly query: string
  readonly changes: number
  readonly specials: ReadonlySet<number>
  readonly accept: LookupOptions['accept']
  readonly parentPrefix: string | undefined
  readonly orWithoutParent: boolean
  readonly gapLimit: number
  readonly keys: ArrayLike<number>
}

/** The rows of the empty query that were counted one by one, kept while their pages are turned. */
type WholeListing = Pick<
  CompleteResult,
  'changes' | 'specials' | 'accept' | 'parentPrefix' | 'orWithoutParent'
> & {
  readonly keys: number[]
}

/** The look-up over these parts. */
export function createLookupIndex(parts: LookupParts): LookupIndex {
  const { store, keys: suffixKeys } = parts
  const cursor = createRowCursor(store)
  const cache: TableCache = new Map()
  const removed = new Set<number>()
  const added = new Map<string, AddedRow>()
  const recentRows = new Map<string, number>()
  const parentFilter = createParentFilter(store)
  let arrays: SymbolArrays = freezeSymbols(store.symbols)
  const top = suffixKeys === undefined ? undefined : createTopSearch(store, suffixKeys, arrays)
  let changes = 0
  let lastComplete: CompleteResult | undefined
  let lastListing: WholeListing | undefined

  function find(code: string): LookupRow | undefined {
    const overlaid = added.get(code)
    if (overlaid !== undefined) return overlaid.row
    const row = findRowByCode(store, code)
    return row === undefined || removed.has(row) ? undefined : rowOfStore(store, row)
  }

  function removeRow(code: string): boolean {
    changes++
    if (added.delete(code)) return true
    const row = findRowByCode(store, code)
    if (row === undefined || removed.has(row)) return false
    removed.add(row)
    return true
  }

  function addRow(row: LookupRow): void {
    removeRow(row.code)
    added.set(row.code, createAddedRow(store, row))
    // New characters may have brought new symbols and syllables; stored rows hold none of them, so the sorted keys stay right.
    if (store.symbols.codePoints.length !== arrays.bases.length) {
      arrays = freezeSymbols(store.symbols)
      cache.clear()
    }
  }

  /** Stored row of a recent code; -1 when it is not stored. */
  function recentRow(code: string): number {
    let row = recentRows.get(code)
    if (row === undefined) {
      if (recentRows.size >= REMEMBERED_RECENTS) recentRows.clear()
      row = findRowByCode(store, code) ?? -1
      recentRows.set(code, row)
    }
    return row
  }

  function isBelow(row: number, prefix: string | undefined): boolean {
    return prefix !== undefined && parentFilter.choose(prefix).isChosen[store.parentNumbers?.[row] ?? 0] === 1
  }

  function isAddedBelow(entry: AddedRow, prefix: string | undefined): boolean {
    return prefix !== undefined && (entry.row.parent ?? '').startsWith(prefix)
  }

  function choiceOf({ parentPrefix, orWithoutParent }: LookupOptions): ParentChoice | undefined {
    return parentPrefix === undefined ? undefined : parentFilter.choose(parentPrefix, orWithoutParent)
  }

  function isWanted(row: number, options: LookupOptions): boolean {
    const choice = choiceOf(options)
    if (choice && choice.isChosen[store.parentNumbers?.[row] ?? 0] !== 1) return false
    return options.accept === undefined || options.accept(codeOfRow(store, row))
  }

  function isAddedWanted(entry: AddedRow, options: LookupOptions): boolean {
    const isParentless = options.orWithoutParent === true && (entry.row.parent ?? '') === ''
    if (options.parentPrefix !== undefined && !isParentless && !isAddedBelow(entry, options.parentPrefix))
      return false
    return options.accept === undefined || options.accept(entry.row.code)
  }

  /** The place inside a tier by what was picked lately and by the preferred parent. */
  function recencyOf(code: string, isPreferred: boolean, options: LookupOptions): number {
    const score = options.recents?.get(code)
    return isPreferred ? PREFERRED_SCORE + (score ?? -1) : (score ?? -Infinity)
  }

  /** Stored rows that are placed one by one because they were picked lately or are preferred. */
  function findSpecials(options: LookupOptions): Set<number> {
    const specials = new Set<number>()
    for (const code of options.recents?.keys() ?? []) {
      const row = recentRow(code)
      if (row >= 0 && !removed.has(row)) specials.add(row)
    }
    if (options.preferredPrefix !== undefined)
      for (const row of parentFilter.listRows(options.preferredPrefix))
        if (!removed.has(row)) specials.add(row)
    return specials
  }

  /** The recent and the added rows that belong to the result; `tierOf` gives NO_MATCH for those that do not. */
  function specialHits(
    options: LookupOptions,
    specials: ReadonlySet<number>,
    tierOf: (view: RowView) => number,
  ): Hit[] {
    const hits: Hit[] = []
    for (const row of specials) {
      cursor.moveTo(row)
      const tier = tierOf(cursor)
      if (tier === NO_MATCH || !isWanted(row, options)) continue
      hits.push({
        tier,
        recency: recencyOf(codeOfRow(store, row), isBelow(row, options.preferredPrefix), options),
        order: row,
        row,
        added: undefined,
      })
    }
    for (const entry of added.values()) {
      const tier = tierOf(entry.view)
      if (tier === NO_MATCH || !isAddedWanted(entry, options)) continue
      hits.push({
        tier,
        recency: recencyOf(entry.row.code, isAddedBelow(entry, options.preferredPrefix), options),
        order: entry.order,
        row: -1,
        added: entry,
      })
    }
    return hits.sort(compareHits)
  }

  function toMatch(hit: Hit, plan: QueryPlan | undefined): LookupMatch {
    if (hit.added === undefined) cursor.moveTo(hit.row)
    const view = hit.added?.view ?? cursor
    const name = hit.added?.row.name ?? nameOfRow(store, hit.row)
    const isRegular = hit.added?.isRegular ?? isRegularRow(store, hit.row)
    const storedPath =
      hit.added === undefined
        ? textAt(store.parentPaths, store.parentPathNumbers?.[hit.row] ?? 0)
        : hit.added.row.parentPath
    return {
      code: hit.added?.row.code ?? codeOfRow(store, hit.row),
      name,
      parentPath: storedPath ?? '',
      ranges:
        plan === undefined ? [] : rangesOfName(name, isRegular, matchedSymbols(arrays, view, plan, hit.tier)),
    }
  }

  /** Every stored row that matches, as sorted keys: among the rows given, else the candidates of the sorted keys, else all rows. */
  function findAll(
    plan: QueryPlan,
    rows: Uint32Array | undefined,
    gapLimit: number,
    isRowWanted: (row: number) => boolean,
  ): Float64Array {
    const found: number[] = []
    const isMatch = new Uint8Array(store.size)
    const visit = (row: number): void => {
      if (isMatch[row] === 1) return
      cursor.moveTo(row)
      const tier = tierOfRow(arrays, cursor, plan)
      if (tier === NO_MATCH) return
      isMatch[row] = 1
      if (isRowWanted(row)) found.push(tier * TIER_STEP + row)
    }
    const visitWithGaps = (row: number): boolean => {
      if (isMatch[row] === 1) return true
      cursor.moveTo(row)
      if (rowMatchesWithGaps(arrays, cursor, plan) && isRowWanted(row))
        found.push(TIER_GAPS * TIER_STEP + row)
      return true
    }
    if (rows !== undefined) rows.forEach(visit)
    else if (top !== undefined) top.forEachCandidate(plan, visit)
    else for (let row = 0; row < store.size; row++) visit(row)
    if (found.length < gapLimit) {
      if (rows !== undefined) rows.forEach(visitWithGaps)
      else if (top !== undefined) top.forEachGapMatch(plan, visitWithGaps)
      else for (let row = 0; row < store.size; row++) visitWithGaps(row)
    }
    return Float64Array.from(found).sort()
  }

  /** The empty query: recent rows, then all others in static order. */
  function listAll(options: LookupOptions, offset: number, limit: number): LookupResult {
    const specials = findSpecials(options)
    const hits = specialHits(options, specials, () => 0)
    const rows = choiceOf(options)?.rows
    const hasFilter = options.accept !== undefined || options.parentPrefix !== undefined
    const isKept = options.exactTotal === true && (hasFilter || offset + limit > KEPT_FROM)
    const needed = isKept ? Infinity : offset + limit
    const size = rows?.length ?? store.size
    const last = lastListing
    const isKnown =
      last !== undefined &&
      isKept &&
      last.changes === changes &&
      last.accept === options.accept &&
      last.parentPrefix === options.parentPrefix &&
      last.orWithoutParent === (options.orWithoutParent ?? false) &&
      hasSameMembers(last.specials, specials)
    const keys: number[] = isKnown ? last.keys : []
    let isComplete = true
    for (let index = 0; index < size && isComplete && !isKnown; index++) {
      const row = rows?.[index] ?? index
      if (specials.has(row) || removed.has(row) || !isWanted(row, options)) continue
      if (keys.length >= needed) isComplete = false
      else keys.push(row)
    }
    if (isKept && !isKnown)
      lastListing = {
        changes,
        specials,
        accept: options.accept,
        parentPrefix: options.parentPrefix,
        orWithoutParent: options.orWithoutParent ?? false,
        keys,
      }
    const all = store.size - removed.size + added.size
    return {
      matches: mergePage(hits, keys, offset, limit).map((hit) => toMatch(hit, undefined)),
      total: isComplete ? keys.length + hits.length : hasFilter ? size + added.size : all,
      isTotalExact: isComplete || !hasFilter,
    }
  }

  /** The stored rows of the result as sorted keys, at least as far as the page reaches. `total` counts all of them. */
  function findStored(
    query: string,
    plan: QueryPlan,
    options: LookupOptions,
    specials: ReadonlySet<number>,
    needed: number,
    gapLimit: number,
  ): { keys: ArrayLike<number>; total: number; isTotalExact: boolean } {
    const isRowWanted = (row: number): boolean =>
      !specials.has(row) && !removed.has(row) && isWanted(row, options)
    const rows = choiceOf(options)?.rows
    if (top !== undefined && rows === undefined && needed <= DEEPEST_TOP && options.exactTotal !== true) {
      const best = top.findTop(plan, needed, gapLimit, isRowWanted)
      if (best.isComplete) return { keys: best.keys, total: best.keys.length, isTotalExact: true }
      const candidates = top.countCandidates(plan)
      const isFilledWithGaps = best.keys.at(-1)! >= TIER_GAPS * TIER_STEP
      if (!isFilledWithGaps && plan.terms.length === 0 && candidates <= COUNTED_CANDIDATES)
        return { keys: best.keys, total: top.countMatches(plan, isRowWanted), isTotalExact: true }
      return {
        keys: best.keys,
        total: Math.min(Math.max(candidates, needed + 1), store.size),
        isTotalExact: false,
      }
    }
    const last = lastComplete
    if (
      last?.query === query &&
      last.changes === changes &&
      last.accept === options.accept &&
      last.parentPrefix === options.parentPrefix &&
      last.orWithoutParent === (options.orWithoutParent ?? false) &&
      last.gapLimit === gapLimit &&
      hasSameMembers(last.specials, specials)
    )
      return { keys: last.keys, total: last.keys.length, isTotalExact: true }
    const keys = findAll(plan, rows, gapLimit, isRowWanted)
    lastComplete = {
      query,
      changes,
      specials,
      accept: options.accept,
      parentPrefix: options.parentPrefix,
      orWithoutParent: options.orWithoutParent ?? false,
      gapLimit,
      keys,
    }
    return { keys, total: keys.length, isTotalExact: true }
  }

  function search(query: string, options: LookupOptions): LookupResult {
    const limit = Math.max(0, Math.trunc(options.limit))
    const offset = Math.max(0, Math.trunc(options.offset ?? 0))
    const plan = planQuery(store.symbols, cache, query.slice(0, LONGEST_QUERY * 4))
    if (plan === undefined) return listAll(options, offset, limit)

    const specials = findSpecials(options)
    let hits = specialHits(options, specials, (view) => tierOfRow(arrays, view, plan))
    const gapLimit = Math.max(0, limit - hits.length)
    const { keys, total, isTotalExact } = findStored(query, plan, options, specials, offset + limit, gapLimit)
    if (countBelow(keys, TIER_GAPS * TIER_STEP) + hits.length < limit) {
      const gaps = specialHits(options, specials, (view) =>
        tierOfRow(arrays, view, plan) === NO_MATCH && rowMatchesWithGaps(arrays, view, plan)
          ? TIER_GAPS
          : NO_MATCH,
      )
      hits = [...hits, ...gaps]
    }
    return {
      matches: mergePage(hits, keys, offset, limit).map((hit) => toMatch(hit, plan)),
      total: total + hits.length,
      isTotalExact,
    }
  }

  function listRows(): LookupRow[] {
    const rows: LookupRow[] = []
    for (let row = 0; row < store.size; row++) if (!removed.has(row)) rows.push(rowOfStore(store, row))
    for (const entry of added.values()) rows.push(entry.row)
    return rows.sort((a, b) => compareStatic(a.rank ?? 0, a.code, b.rank ?? 0, b.code))
  }

  return {
    get size() {
      return store.size - removed.size + added.size
    },
    get changeCount() {
      return removed.size + added.size
    },
    search,
    find,
    addRow,
    removeRow,
    replaceRow: addRow,
    listRows,
    parts,
  }
}

export type LookupBuildOptions = {
  /** False for codes that nobody types (ids of records): these then match no query, and only serve to name rows. */
  readonly areCodesTyped?: boolean
}

/** Builds the look-up of these rows. Of two rows with the same code the later one stays. */
export function buildLookupIndex(rows: readonly LookupRow[], options: LookupBuildOptions = {}): LookupIndex {
  return createLookupIndex(buildLookupParts(rows, options.areCodesTyped ?? true))
}

/** Builds the look-up anew with what was added and removed since. */
export function rebuildLookupIndex(index: LookupIndex): LookupIndex {
  return createLookupIndex(rebuildParts(index))
}

function rebuildParts(index: LookupIndex): LookupParts {
  return buildLookupParts(index.listRows(), index.parts.store.areCodesTyped)
}

/** The look-up as bytes for a cache file, later changes included. Load with {@link loadLookupIndex}. */
export function serializeLookupIndex(index: LookupIndex): Uint8Array {
  return encodeLookupParts(index.changeCount === 0 ? index.parts : rebuildParts(index))
}

/**
 * The look-up that {@link serializeLookupIndex} wrote; the bytes must not be changed afterwards. Throws LookupFileError when they are anything else, damaged,
 * or made with another readings table: then build it from the rows.
 */
export function loadLookupIndex(bytes: Uint8Array): LookupIndex {
  return createLookupIndex(decodeLookupParts(bytes))
}
