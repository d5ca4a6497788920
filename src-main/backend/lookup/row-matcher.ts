// Matches whole rows (code, name, 助记码) against a query: the row by row truth, used for few rows; the sorted keys find the same for many.
import {
  NO_MATCH,
  TIER_EXACT_CODE,
  TIER_GAPS,
  TIER_START_OTHER,
  TIER_START_USUAL,
  TIER_TERMS_INSIDE,
  TIER_TERMS_IN_ORDER,
  TIER_TERMS_START,
  TIER_WHOLE,
} from './match-tiers.ts'
import {
  isWordStart,
  matchAt,
  matched,
  matchesWithGaps,
  tierOfName,
  type SymbolArrays,
} from './name-matcher.ts'
import type { QueryPlan, Term } from './query-plan.ts'
import { compareCode, type RowStore } from './row-store.ts'
import { END_SYMBOL } from './symbol-table.ts'

/** What one row offers to match, wherever it is kept. */
export type RowView = {
  readonly pool: Uint16Array
  /** Where its name starts in the pool. */
  readonly at: number
  readonly foldedMnemonic: string | undefined
  /** TIER_EXACT_CODE, TIER_START_USUAL or NO_MATCH. */
  codeTier(term: Term): number
}

function tierOfMnemonic(folded: string, term: Term): number {
  if (!folded.startsWith(term.text)) return NO_MATCH
  return folded.length === term.text.length ? TIER_WHOLE : TIER_START_USUAL
}

/** The best tier in which one term matches the row, by code, name or 助记码. */
function tierOfTerm(arrays: SymbolArrays, row: RowView, term: Term): number {
  const codeTier = row.codeTier(term)
  if (codeTier === TIER_EXACT_CODE) return codeTier
  const nameTier = Math.min(codeTier, tierOfName(arrays, row.pool, term, row.at))
  return row.foldedMnemonic === undefined
    ? nameTier
    : Math.min(nameTier, tierOfMnemonic(row.foldedMnemonic, term))
}

/**
 * Whether the first term begins the name and each later one begins a word behind the one before it. Taking the earliest
 * place and the fewest symbols each time leaves the most room for the rest, so no other choice can succeed where this fails.
 * @param found gets the place (relative to the start) and the number of symbols of each term
 */
export function termsAreInOrder(
  arrays: SymbolArrays,
  row: RowView,
  terms: readonly Term[],
  found?: [number, number][],
): boolean {
  const { pool, at } = row
  let place = at
  for (const term of terms) {
    let length = 0
    for (; pool[place] !== END_SYMBOL; place++) {
      if (place === at || isWordStart(arrays, pool, place)) length = matchAt(arrays, pool, term, place, true)
      if (length > 0 || place === at) break
    }
    if (length === 0) return false
    found?.push([place - at, length])
    place += length
  }
  return true
}

/** The tier of the row for the query without gaps, else NO_MATCH. */
export function tierOfRow(arrays: SymbolArrays, row: RowView, plan: QueryPlan): number {
  const joined = tierOfTerm(arrays, row, plan.joined)
  if (joined !== NO_MATCH || plan.terms.length === 0) return joined
  if (termsAreInOrder(arrays, row, plan.terms)) return TIER_TERMS_IN_ORDER
  let best = NO_MATCH
  for (const term of plan.terms) {
    const tier = tierOfTerm(arrays, row, term)
    if (tier === NO_MATCH) return NO_MATCH
    best = Math.min(best, tier)
  }
  return best <= TIER_START_OTHER ? TIER_TERMS_START : TIER_TERMS_INSIDE
}

/** Whether the row matches with gaps; a single character has no gaps. */
export function rowMatchesWithGaps(arrays: SymbolArrays, row: RowView, plan: QueryPlan): boolean {
  return plan.joined.text.length > 1 && matchesWithGaps(arrays, row.pool, plan.joined, row.at)
}

/** A view that is moved from row to row of a store. */
export function createRowCursor(store: RowStore): RowView & { moveTo(row: number): void } {
  let current = 0
  let at = 0
  let foldedMnemonic: string | undefined
  return {
    pool: store.pool,
    get at() {
      return at
    },
    get foldedMnemonic() {
      return foldedMnemonic
    },
    codeTier(term) {
      if (!store.areCodesTyped || compareCode(store, current, term.bytes, true) !== 0) return NO_MATCH
      return compareCode(store, current, term.bytes, false) === 0 ? TIER_EXACT_CODE : TIER_START_USUAL
    },
    moveTo(row) {
      current = row
      at = store.rowStart[row]!
      const mnemonic = store.mnemonicOfRow?.[row] ?? 0
      foldedMnemonic = mnemonic === 0 ? undefined : store.foldedMnemonics[mnemonic - 1]
    },
  }
}

/** The symbols of the name (relative to its start) to be shown bold for a match in that tier: pairs of first symbol and number of symbols. */
export function matchedSymbols(
  arrays: SymbolArrays,
  row: RowView,
  plan: QueryPlan,
  tier: number,
): [start: number, length: number][] {
  if (tier === TIER_GAPS) {
    const places: number[] = []
    matchesWithGaps(arrays, row.pool, plan.joined, row.at, places)
    return places.map((place) => [place, 1])
  }
  if (tier === TIER_TERMS_IN_ORDER) {
    const inOrder: [number, number][] = []
    termsAreInOrder(arrays, row, plan.terms, inOrder)
    return inOrder
  }
  const terms = tier === TIER_TERMS_START || tier === TIER_TERMS_INSIDE ? plan.terms : [plan.joined]
  const found: [number, number][] = []
  for (const term of terms)
    if (tierOfName(arrays, row.pool, term, row.at) !== NO_MATCH) found.push([matched.start, matched.length])
  return found
}
