// Matches one name (a run of symbols that ends with END_SYMBOL) against one term. The truth every faster way must agree with.
import { LONGEST_SPELLING, REST_BEGINS } from '../../../src-shared/pinyin/syllables.ts'
import {
  NO_MATCH,
  TIER_INSIDE_OTHER,
  TIER_INSIDE_USUAL,
  TIER_START_OTHER,
  TIER_START_USUAL,
  TIER_WHOLE,
  TIER_WORD_START,
} from './match-tiers.ts'
import { BY_SYLLABLE, type Term } from './query-plan.ts'
import { END_SYMBOL, OTHER_KIND, WORD_FLAG, type SymbolTable } from './symbol-table.ts'

/** The symbol table as typed arrays. Remade when a symbol is added. */
export type SymbolArrays = {
  readonly bases: Uint16Array
  readonly usual: Uint16Array
  /** Others of symbol s: otherList[otherStart[s] … otherStart[s + 1]). */
  readonly otherStart: Uint32Array
  readonly otherList: Uint16Array
  readonly kinds: Uint8Array
}

export function freezeSymbols(table: SymbolTable): SymbolArrays {
  const size = table.codePoints.length
  const otherStart = new Uint32Array(size + 1)
  table.others.forEach((list, symbol) => (otherStart[symbol + 1] = otherStart[symbol]! + list.length))
  const otherList = new Uint16Array(otherStart[size]!)
  table.others.forEach((list, symbol) => otherList.set(list, otherStart[symbol]))
  return {
    bases: Uint16Array.from(table.bases),
    usual: Uint16Array.from(table.usual),
    otherStart,
    otherList,
    kinds: Uint8Array.from(table.kinds),
  }
}

// Places of the query reached so far; module-level so that matching allocates nothing. Nothing here calls back into itself.
const stateLimit = 256
let states = new Int32Array(stateLimit)
let nextStates = new Int32Array(stateLimit)

/** Lengths the query at `state` may take from this symbol, as of typedLengths. */
function lengthsOf(arrays: SymbolArrays, table: Uint8Array, symbol: number, byAnyReading: boolean): number {
  let lengths = table[arrays.usual[symbol]!]!
  if (byAnyReading) {
    const end = arrays.otherStart[symbol + 1]!
    for (let index = arrays.otherStart[symbol]!; index < end; index++)
      lengths |= table[arrays.otherList[index]!]!
  }
  return lengths
}

/**
 * Matches the term from symbol `at` of the pool on, without gaps. Returns how many symbols it takes (the fewest possible), 0 when it does not match.
 */
export function matchAt(
  arrays: SymbolArrays,
  pool: Uint16Array,
  term: Term,
  at: number,
  byAnyReading: boolean,
): number {
  const { literals, tables, text } = term
  const end = text.length
  let count = 1
  states[0] = 0
  for (let place = at; ; place++) {
    const symbol = pool[place]!
    if (symbol === END_SYMBOL) return 0
    let nextCount = 0
    for (let index = 0; index < count; index++) {
      const state = states[index]!
      const literal = literals[state]!
      if (literal !== BY_SYLLABLE) {
        if (arrays.bases[symbol] === literal) {
          const next = state + term.literalLengths[state]!
          if (next === end) return place + 1 - at
          nextStates[nextCount++] = next
        }
        continue
      }
      let lengths = lengthsOf(arrays, tables[state]!, symbol, byAnyReading)
      if ((lengths & REST_BEGINS) !== 0) return place + 1 - at
      lengths >>= 1
      for (let next = state + 1; lengths !== 0; next++, lengths >>= 1) {
        if ((lengths & 1) === 0) continue
        if (next === end) return place + 1 - at
        let isKnown = false
        for (let known = 0; known < nextCount; known++) if (nextStates[known] === next) isKnown = true
        if (!isKnown) nextStates[nextCount++] = next
      }
    }
    if (nextCount === 0) return 0
    count = nextCount
    const swap = states
    states = nextStates
    nextStates = swap
  }
}

/** Whether the term, spelled completely and by any readings, is exactly the name that starts at `at`. */
export function matchesWhole(arrays: SymbolArrays, pool: Uint16Array, term: Term, at: number): boolean {
  const { literals, tables, text } = term
  const end = text.length
  let count = 1
  states[0] = 0
  for (let place = at; ; place++) {
    const symbol = pool[place]!
    const isLast = pool[place + 1] === END_SYMBOL
    if (symbol === END_SYMBOL) return false
    let nextCount = 0
    for (let index = 0; index < count; index++) {
      const state = states[index]!
      if (state === end) continue
      const literal = literals[state]!
      if (literal !== BY_SYLLABLE) {
        if (arrays.bases[symbol] === literal) {
          const next = state + term.literalLengths[state]!
          if (next === end && isLast) return true
          nextStates[nextCount++] = next
        }
        continue
      }
      const lengths = lengthsOf(arrays, tables[state]!, symbol, true)
      const remaining = end - state
      if (isLast) {
        if (remaining <= LONGEST_SPELLING && (lengths & (1 << remaining)) !== 0) return true
        continue
      }
      for (let length = 1; length < remaining && length <= LONGEST_SPELLING; length++) {
        if ((lengths & (1 << length)) === 0) continue
        const next = state + length
        let isKnown = false
        for (let known = 0; known < nextCount; known++) if (nextStates[known] === next) isKnown = true
        if (!isKnown) nextStates[nextCount++] = next
      }
    }
    if (nextCount === 0) return false
    count = nextCount
    const swap = states
    states = nextStates
    nextStates = swap
  }
}

/** Whether a later word starts at that place (not the start of the name). */
export function isWordStart(arrays: SymbolArrays, pool: Uint16Array, place: number): boolean {
  const kind = arrays.kinds[pool[place]!]!
  if ((kind & WORD_FLAG) !== 0) return true
  const before = arrays.kinds[pool[place - 1]!]! & ~WORD_FLAG
  return kind !== OTHER_KIND && kind !== before
}

/** Where the last {@link tierOfName} matched: first symbol relative to the start of the name, and number of symbols. */
export const matched = { start: 0, length: 0 }

/** The best tier (TIER_WHOLE … TIER_INSIDE_OTHER) in which the term matches the name that starts at `at`, else NO_MATCH. */
export function tierOfName(arrays: SymbolArrays, pool: Uint16Array, term: Term, at: number): number {
  if (pool[at] === END_SYMBOL) return NO_MATCH
  const literal = term.literals[0]!
  const firstTable = term.tables[0]!
  let tier = NO_MATCH
  for (let place = at; pool[place] !== END_SYMBOL; place++) {
    const symbol = pool[place]!
    if (
      literal === BY_SYLLABLE
        ? lengthsOf(arrays, firstTable, symbol, true) === 0
        : arrays.bases[symbol] !== literal
    )
      continue
    const length = matchAt(arrays, pool, term, place, true)
    if (length === 0) continue
    let found: number
    if (place === at) {
      const usualLength = matchAt(arrays, pool, term, place, false)
      matched.start = 0
      matched.length = usualLength || length
      if (matchesWhole(arrays, pool, term, place)) {
        while (pool[at + matched.length] !== END_SYMBOL) matched.length++
        return TIER_WHOLE
      }
      return usualLength > 0 ? TIER_START_USUAL : TIER_START_OTHER
    }
    if (isWordStart(arrays, pool, place)) found = TIER_WORD_START
    else found = matchAt(arrays, pool, term, place, false) > 0 ? TIER_INSIDE_USUAL : TIER_INSIDE_OTHER
    if (found < tier) {
      tier = found
      matched.start = place - at
      matched.length = found === TIER_INSIDE_USUAL ? matchAt(arrays, pool, term, place, false) : length
      if (found === TIER_WORD_START) return tier
    }
  }
  return tier
}

/**
 * Whether every character of the term stands in the name in this order, with others between: as itself or as the first letter of any reading.
 * `places`, when given, receives the symbols taken (relative to `at`).
 */
export function matchesWithGaps(
  arrays: SymbolArrays,
  pool: Uint16Array,
  term: Term,
  at: number,
  places?: number[],
): boolean {
  const { literals, literalLengths, tables, text } = term
  let state = 0
  for (let place = at; pool[place] !== END_SYMBOL; place++) {
    const symbol = pool[place]!
    const literal = literals[state]!
    const isTaken =
      literal === BY_SYLLABLE
        ? (lengthsOf(arrays, tables[state]!, symbol, true) & 2) !== 0
        : arrays.bases[symbol] === literal
    if (!isTaken) continue
    places?.push(place - at)
    state += literal === BY_SYLLABLE ? 1 : literalLengths[state]!
    if (state === text.length) return true
  }
  return false
}
