// The best rows of a large table for a query, from its sorted keys, tier by tier; and all candidate rows, for counting.
import {
  TIER_EXACT_CODE,
  TIER_GAPS,
  TIER_INSIDE_OTHER,
  TIER_INSIDE_USUAL,
  TIER_START_OTHER,
  TIER_START_USUAL,
  TIER_TERMS_INSIDE,
  TIER_TERMS_IN_ORDER,
  TIER_TERMS_START,
  TIER_WHOLE,
  TIER_WORD_START,
} from './match-tiers.ts'
import { forEachRowWithInitials, initialMasks, rowHasInitial } from './gap-filter.ts'
import { isWordStart, matchAt, matchesWhole, type SymbolArrays } from './name-matcher.ts'
import { BY_SYLLABLE, UNKNOWN, type QueryPlan, type Term } from './query-plan.ts'
import { createRowCursor, termsAreInOrder, tierOfRow } from './row-matcher.ts'
import { compareCode, typedCodeRange, rowByCodeOrder, type RowStore } from './row-store.ts'
import { END_SYMBOL, findBaseSymbol } from './symbol-table.ts'
import { segmentsOf, type Segment, type SegmentContext } from './segments.ts'
import {
  BLOCK_SIZE,
  INITIAL_COUNT,
  KEY_LENGTH,
  blockMinima,
  initialOf,
  rowOfPlace,
  type SortedKeys,
  type SuffixKeys,
} from './suffix-keys.ts'

/** A found row is tier * TIER_STEP + row: sorting these numbers sorts the result. */
export const TIER_STEP = 2 ** 32

export type TopSearch = {
  /**
   * The `count` best rows that `isWanted` accepts, as sorted keys; fewer when no more match. `isComplete` tells that these are all. Matches with gaps are
   * added while there are fewer than `gapLimit` others.
   */
  findTop(
    plan: QueryPlan,
    count: number,
    gapLimit: number,
    isWanted: (row: number) => boolean,
  ): { keys: number[]; isComplete: boolean }
  /** How many entries the sorted keys have for the query: at least as many as rows match without gaps. */
  countCandidates(plan: QueryPlan): number
  /** How many rows match without gaps and are wanted; only for a query of one term. */
  countMatches(plan: QueryPlan, isWanted: (row: number) => boolean): number
  /** Calls `visit` at least once for each row that matches without gaps, in no order. */
  forEachCandidate(plan: QueryPlan, visit: (row: number) => void): void
  /** Calls `visit` for each row that matches with gaps (among them those that match without), until it returns false; rows with smaller numbers first. */
  forEachGapMatch(plan: QueryPlan, visit: (row: number) => boolean): void
}

/** Entries from–to of a section, and whether each is a match as it stands. */
type Range = {
  readonly keys: SortedKeys
  readonly from: number
  readonly to: number
  readonly isCertain: boolean
}

/** First entry of a bucket part whose rest is not smaller. */
function lowerBound(rest: Uint16Array, from: number, to: number, wanted: number): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rest[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** Ranges of a section that hold the keys of a segment. With `isWhole` only keys whose name may end where the segment does. */
function addRanges(ranges: Range[], keys: SortedKeys, segment: Segment, isWhole: boolean): void {
  const { directory, rest } = keys
  const { syllables, initials, isCertain } = segment
  // A name that ends has initial 0 next.
  const count = isWhole && segment.count < KEY_LENGTH ? segment.count + 1 : segment.count
  if (count === 1) {
    // Syllables that came with rows added later have no bucket; their numbers are the largest.
    const known = (directory.length - 1) / INITIAL_COUNT
    let length = syllables.length
    while (length > 0 && syllables[length - 1]! >= known) length--
    for (let index = 0; index < length;) {
      const first = syllables[index]!
      let last = first
      while (++index < length && syllables[index] === last + 1) last++
      const from = directory[first * INITIAL_COUNT]!
      const to = directory[(last + 1) * INITIAL_COUNT]!
      if (from < to) ranges.push({ keys, from, to, isCertain })
    }
    return
  }
  const second = initials >>> 15
  const wanted = initials & 0x7fff
  // The rest of keys that agree in the initials covered lies in [wanted, wanted + span).
  const span = 1 << (5 * (KEY_LENGTH - count))
  for (let index = 0; index < syllables.length; index++) {
    const bucket = syllables[index]! * INITIAL_COUNT + second
    let from = directory[bucket]!
    let to = directory[bucket + 1]!
    if (from === to) continue
    if (count > 2) {
      from = lowerBound(rest, from, to, wanted)
      to = lowerBound(rest, from, to, wanted + span)
      if (from === to) continue
    }
    ranges.push({ keys, from, to, isCertain })
  }
}

/** The smallest rows so far, ascending. */
type Best = { readonly rows: number[]; readonly count: number }

function insert(best: Best, row: number): void {
  const { rows, count } = best
  let place = rows.length
  while (place > 0 && rows[place - 1]! > row) place--
  if (place > 0 && rows[place - 1] === row) return
  rows.splice(place, 0, row)
  if (rows.length > count) rows.pop()
}

/** First row that is too large to be among the best. */
function threshold(best: Best): number {
  return best.rows.length < best.count ? Infinity : best.rows[best.rows.length - 1]!
}

export function createTopSearch(store: RowStore, keys: SuffixKeys, arrays: SymbolArrays): TopSearch {
  const { pool, rowStart, symbols } = store
  const { rowAt } = keys
  const cursor = createRowCursor(store)
  const codeMinima = store.codeOrder === undefined ? undefined : blockMinima(store.codeOrder)
  const mnemonicMinima = blockMinima(store.mnemonicRows)
  /** Symbols from here on came with rows added later; no stored row holds them. */
  const knownSymbols = keys.symbolStart.length - 1
  const masks = initialMasks(store, arrays)
  const symbolsOfBase = new Map<number, number[]>()
  arrays.bases.forEach((base, symbol) => {
    if (base !== symbol) symbolsOfBase.set(base, [...(symbolsOfBase.get(base) ?? []), symbol])
  })
  const context: SegmentContext = {
    // A character that came with a row added later stands in no stored row: no syllables, so no segments.
    syllablesOfBase: (base) =>
      base >= knownSymbols
        ? []
        : [base, ...(symbolsOfBase.get(base) ?? [])].map((symbol) => arrays.usual[symbol]!),
    initials: Uint8Array.from(symbols.syllables, initialOf),
    trigrams: keys.trigrams,
    countOfBase: (base) => (base >= knownSymbols ? 0 : keys.symbolCounts[base]!),
  }

  /** Scans values from–to for the best rows. `check` says whether an entry counts; `boundOf` turns a row into the first value that is too large. */
  function scan(
    values: Uint32Array,
    minima: Uint32Array,
    from: number,
    to: number,
    best: Best,
    isPlace: boolean,
    check: ((row: number, value: number) => boolean) | undefined,
    isWanted: (row: number) => boolean,
  ): void {
    let limitRow = threshold(best)
    let limit = limitRow === Infinity ? Infinity : isPlace ? rowStart[limitRow]! : limitRow
    for (let entry = from; entry < to;) {
      const block = entry >> 6
      const blockEnd = Math.min((block + 1) * BLOCK_SIZE, to)
      if (minima[block]! >= limit) {
        entry = blockEnd
        continue
      }
      for (; entry < blockEnd; entry++) {
        const value = values[entry]!
        if (value >= limit) continue
        const row = isPlace ? rowOfPlace(rowStart, rowAt, value) : value
        if (check !== undefined && !check(row, value)) continue
        if (!isWanted(row)) continue
        insert(best, row)
        limitRow = threshold(best)
        limit = limitRow === Infinity ? Infinity : isPlace ? rowStart[limitRow]! : limitRow
      }
    }
  }

  /** The same for places of the order by code. */
  function scanCodes(
    from: number,
    to: number,
    best: Best,
    check: ((row: number) => boolean) | undefined,
    isWanted: (row: number) => boolean,
  ): void {
    if (store.codeOrder !== undefined && codeMinima !== undefined) {
      scan(store.codeOrder, codeMinima, from, to, best, false, check, isWanted)
      return
    }
    // Rows in the order of their codes: the first ones are the best.
    for (let row = from; row < to && row < threshold(best); row++)
      if ((check === undefined || check(row)) && isWanted(row)) insert(best, row)
  }

  type Reach = { readonly section: SortedKeys; readonly isPlace: boolean; readonly isOther: boolean }
  const startUsual: Reach = { section: keys.start, isPlace: false, isOther: false }
  const startOther: Reach = { section: keys.startOther, isPlace: false, isOther: true }
  const word: Reach = { section: keys.word, isPlace: true, isOther: true }
  const insideUsual: Reach = { section: keys.inside, isPlace: true, isOther: false }
  const insideOther: Reach = { section: keys.insideOther, isPlace: true, isOther: true }
  const everywhere = [startUsual, startOther, word, insideUsual, insideOther]

  function rangesOf(reach: Reach, segments: readonly Segment[], isWhole: boolean): Range[] {
    const ranges: Range[] = []
    for (const segment of segments) addRanges(ranges, reach.section, segment, isWhole)
    return ranges
  }

  function sizeOf(ranges: readonly Range[]): number {
    let size = 0
    for (const { from, to } of ranges) size += to - from
    return size
  }

  /** Whether a place belongs to the section: the start of a name, the start of a later word, or neither. */
  function isInSection(reach: Reach, place: number): boolean {
    const isStart = place === 0 || pool[place - 1] === END_SYMBOL
    if (!reach.isPlace) return isStart
    return !isStart && isWordStart(arrays, pool, place) === (reach === word)
  }

  /** Places of the segment's rarest literal when they are fewer than the entries of its ranges. */
  function literalPlaces(segment: Segment, rangeSize: number): { from: number; to: number } | undefined {
    if (segment.literal < 0) return undefined
    if (keys.symbolCounts[segment.literal]! >= rangeSize) return undefined
    const from = keys.symbolStart[segment.literal]!
    const to = keys.symbolStart[segment.literal + 1]!
    return from < to ? { from, to } : undefined
  }

  /** Scans the places of a section for rows whose name matches the term there. */
  function scanNames(
    reach: Reach,
    segments: readonly Segment[],
    term: Term,
    kind: 'usual' | 'any' | 'whole',
    best: Best,
    isWanted: (row: number) => boolean,
  ): void {
    const { section, isPlace, isOther } = reach
    const matchesAt = (place: number): boolean =>
      kind === 'whole'
        ? matchesWhole(arrays, pool, term, place)
        : matchAt(arrays, pool, term, place, kind === 'any') > 0
    const check = (row: number, value: number): boolean => matchesAt(isPlace ? value : rowStart[row]!)
    for (const segment of segments) {
      const ranges: Range[] = []
      addRanges(ranges, section, segment, kind === 'whole')
      const places = literalPlaces(segment, sizeOf(ranges))
      if (places !== undefined) {
        scanPlaces(
          places.from,
          places.to,
          segment.literalAt,
          best,
          (place) => isInSection(reach, place) && matchesAt(place),
          isWanted,
        )
        continue
      }
      for (const { from, to, isCertain } of ranges) {
        // Sure by usual readings means found by usual readings, in the tier before.
        if (isCertain && kind === 'any' && !isOther) continue
        const isSure = isCertain && kind !== 'whole' && (kind === 'any' || !isOther)
        scan(section.values, section.minima, from, to, best, isPlace, isSure ? undefined : check, isWanted)
      }
    }
  }

  /** Scans places `back` before those of one character, ascending; stops when no better row can follow. */
  function scanPlaces(
    from: number,
    to: number,
    back: number,
    best: Best,
    check: (place: number) => boolean,
    isWanted: (row: number) => boolean,
  ): void {
    for (let index = from; index < to; index++) {
      const place = keys.symbolPlaces[index]! - back
      const limit = threshold(best)
      if (limit !== Infinity && place >= rowStart[limit]!) return
      if (place < 0 || !check(place)) continue
      const row = rowOfPlace(rowStart, rowAt, place)
      if (isWanted(row)) insert(best, row)
    }
  }

  /** Range of 助记码 that begin with the text; `exactTo` ends those equal to it. */
  function mnemonicRange(text: string): { from: number; exactTo: number; to: number } {
    const list = store.foldedMnemonics
    const boundary = (isBefore: (mnemonic: string) => boolean): number => {
      let low = 0
      let high = list.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (isBefore(list[middle]!)) low = middle + 1
        else high = middle
      }
      return low
    }
    return {
      from: boundary((mnemonic) => mnemonic < text),
      exactTo: boundary((mnemonic) => mnemonic <= text),
      to: boundary((mnemonic) => mnemonic < text || mnemonic.startsWith(text)),
    }
  }

  /** A bit per row already counted; all zero between calls. */
  const counted = new Uint32Array(Math.ceil(store.size / 32))

  function countMatches(plan: QueryPlan, isWanted: (row: number) => boolean): number {
    const { term, segments } = lookupOf(plan.joined)
    const rows: number[] = []
    const count = (row: number): void => {
      const bit = 1 << (row & 31)
      if ((counted[row >>> 5]! & bit) !== 0) return
      counted[row >>> 5]! |= bit
      rows.push(row)
    }
    for (const { section, isPlace } of everywhere) {
      for (const segment of segments) {
        const ranges: Range[] = []
        addRanges(ranges, section, segment, false)
        for (const { from, to, isCertain } of ranges) {
          for (let entry = from; entry < to; entry++) {
            const value = section.values[entry]!
            if (isCertain || matchAt(arrays, pool, term, isPlace ? value : rowStart[value]!, true) > 0)
              count(isPlace ? rowOfPlace(rowStart, rowAt, value) : value)
          }
        }
      }
    }
    const codes = typedCodeRange(store, term.bytes)
    for (let place = codes.from; place < codes.to; place++) count(rowByCodeOrder(store, place))
    const mnemonics = mnemonicRange(term.text)
    for (let place = mnemonics.from; place < mnemonics.to; place++) count(store.mnemonicRows[place]!)
    let total = 0
    for (const row of rows) {
      counted[row >>> 5] = 0
      if (isWanted(row)) total++
    }
    return total
  }

  /** Where in codeOrder the codes equal to the term end, from the start of those that begin with it. */
  function exactCodesEnd(term: Term, from: number, to: number): number {
    let end = from
    while (end < to && compareCode(store, rowByCodeOrder(store, end), term.bytes, false) === 0) end++
    return end
  }

  type Lookup = { readonly term: Term; readonly segments: readonly Segment[] }
  function lookupOf(term: Term): Lookup {
    return { term, segments: segmentsOf(term, context) }
  }

  /** Entries for the term in all sections, codes and 助记码. */
  function countEntries({ term, segments }: Lookup): number {
    let size = 0
    for (const reach of everywhere) size += sizeOf(rangesOf(reach, segments, false))
    const codes = typedCodeRange(store, term.bytes)
    const mnemonics = mnemonicRange(term.text)
    return size + codes.to - codes.from + mnemonics.to - mnemonics.from
  }

  function forEachEntry({ term, segments }: Lookup, visit: (row: number) => void): void {
    for (const { section, isPlace } of everywhere) {
      for (const segment of segments) {
        const ranges: Range[] = []
        addRanges(ranges, section, segment, false)
        for (const { from, to } of ranges)
          for (let entry = from; entry < to; entry++)
            visit(isPlace ? rowOfPlace(rowStart, rowAt, section.values[entry]!) : section.values[entry]!)
      }
    }
    const codes = typedCodeRange(store, term.bytes)
    for (let place = codes.from; place < codes.to; place++) visit(rowByCodeOrder(store, place))
    const mnemonics = mnemonicRange(term.text)
    for (let place = mnemonics.from; place < mnemonics.to; place++) visit(store.mnemonicRows[place]!)
  }

  function forEachGapMatch(plan: QueryPlan, visit: (row: number) => boolean): void {
    const { text, literals, literalLengths } = plan.joined
    if (text.length < 2) return
    /** Per character typed: the base symbol wanted, or -1 for a letter, and then its initial. */
    const wantedBases: number[] = []
    const wantedInitials: number[] = []
    /** Initials every match has, in this order. */
    const initials: number[] = []
    let rarest = -1
    for (let at = 0; at < text.length; at++) {
      let literal = literals[at]!
      const unit = text.charAt(at)
      // Nothing but the digit itself has the digit as its reading.
      if (literal === BY_SYLLABLE && unit <= '9') literal = findBaseSymbol(symbols, unit) ?? UNKNOWN
      if (literal === UNKNOWN || literal >= knownSymbols) return
      wantedBases.push(literal)
      if (literal === BY_SYLLABLE) {
        wantedInitials.push(initialOf(unit))
        initials.push(initialOf(unit))
        continue
      }
      wantedInitials.push(0)
      if (rarest < 0 || context.countOfBase(literal) < context.countOfBase(rarest)) rarest = literal
      // A character that is read differently in different words has no initial for sure.
      const own = new Set(context.syllablesOfBase(literal).map((syllable) => context.initials[syllable]!))
      if (own.size === 1) initials.push(...own)
      at += Math.max(1, literalLengths[at]!) - 1
    }
    const check = (row: number): boolean => {
      let state = 0
      for (let place = rowStart[row]!; pool[place] !== END_SYMBOL; place++) {
        const symbol = pool[place]!
        const base = wantedBases[state]!
        const isTaken =
          base < 0 ? ((masks[symbol]! >>> wantedInitials[state]!) & 1) === 1 : arrays.bases[symbol] === base
        if (isTaken && ++state === wantedBases.length) return visit(row)
      }
      return true
    }
    if (initials.some((initial) => keys.gaps.counts[initial] === 0)) return
    // Reading many names costs more than combining the bits of all rows.
    const hasFewPlaces = rarest >= 0 && context.countOfBase(rarest) <= store.size / 128
    if (!hasFewPlaces || keys.symbolStart[rarest] === keys.symbolStart[rarest + 1]) {
      forEachRowWithInitials(keys.gaps, initials, check)
      return
    }
    let last = -1
    for (let index = keys.symbolStart[rarest]!; index < keys.symbolStart[rarest + 1]!; index++) {
      const row = rowOfPlace(rowStart, rowAt, keys.symbolPlaces[index]!)
      if (row === last) continue
      last = row
      if (!check(row)) return
    }
  }

  function mayStart(row: number, term: Term): boolean {
    const literal = term.literals[0]!
    if (literal !== BY_SYLLABLE || store.mnemonicOfRow !== undefined) return true
    // A digit may begin the code; a letter must be an initial of the name, or begin the code.
    return (
      rowHasInitial(keys.gaps, row, initialOf(term.text.charAt(0))) ||
      (store.areCodesTyped && compareCode(store, row, term.bytes, true) === 0)
    )
  }

  function findTop(
    plan: QueryPlan,
    count: number,
    gapLimit: number,
    isWanted: (row: number) => boolean,
  ): { keys: number[]; isComplete: boolean } {
    const found: number[] = []
    const foundRows = new Set<number>()
    const isNew = (row: number): boolean => !foundRows.has(row) && isWanted(row)
    /** Runs one tier; true when the page is full. */
    const tier = (number: number, run: (best: Best) => void): boolean => {
      const best: Best = { rows: [], count: count - found.length }
      run(best)
      for (const row of best.rows) {
        found.push(number * TIER_STEP + row)
        foundRows.add(row)
      }
      return found.length >= count
    }
    const full = { keys: found, isComplete: false }
    if (count === 0) return full

    const joined = lookupOf(plan.joined)
    const { term, segments } = joined
    const codes = typedCodeRange(store, term.bytes)
    const exactEnd = exactCodesEnd(term, codes.from, codes.to)
    const mnemonics = mnemonicRange(term.text)
    const codesIn = (from: number, to: number, best: Best): void =>
      scanCodes(from, to, best, undefined, isNew)
    const mnemonicsIn = (from: number, to: number, best: Best): void =>
      scan(store.mnemonicRows, mnemonicMinima, from, to, best, false, undefined, isNew)

    if (exactEnd > codes.from && tier(TIER_EXACT_CODE, (best) => codesIn(codes.from, exactEnd, best)))
      return full
    const wholeSegments = segments.filter((segment) => segment.isFull || segment.count === KEY_LENGTH)
    if (
      tier(TIER_WHOLE, (best) => {
        mnemonicsIn(mnemonics.from, mnemonics.exactTo, best)
        scanNames(startUsual, wholeSegments, term, 'whole', best, isNew)
        scanNames(startOther, wholeSegments, term, 'whole', best, isNew)
      })
    )
      return full
    if (
      tier(TIER_START_USUAL, (best) => {
        codesIn(codes.from, codes.to, best)
        mnemonicsIn(mnemonics.from, mnemonics.to, best)
        scanNames(startUsual, segments, term, 'usual', best, isNew)
      })
    )
      return full
    if (
      tier(TIER_START_OTHER, (best) => {
        scanNames(startUsual, segments, term, 'any', best, isNew)
        scanNames(startOther, segments, term, 'any', best, isNew)
      })
    )
      return full
    if (tier(TIER_WORD_START, (best) => scanNames(word, segments, term, 'any', best, isNew))) return full
    if (tier(TIER_INSIDE_USUAL, (best) => scanNames(insideUsual, segments, term, 'usual', best, isNew)))
      return full
    if (
      tier(TIER_INSIDE_OTHER, (best) => {
        scanNames(insideUsual, segments, term, 'any', best, isNew)
        scanNames(insideOther, segments, term, 'any', best, isNew)
      })
    )
      return full

    if (plan.terms.length > 0) {
      const lookups = plan.terms.map(lookupOf)
      const checkTier =
        (wanted: number) =>
        (row: number): boolean => {
          for (const each of plan.terms) if (!mayStart(row, each)) return false
          cursor.moveTo(row)
          return tierOfRow(arrays, cursor, plan) === wanted
        }
      const scanTerm = (
        lookup: Lookup,
        reaches: readonly Reach[],
        check: (row: number) => boolean,
        best: Best,
      ): void => {
        for (const reach of reaches) {
          const { section, isPlace } = reach
          for (const { from, to } of rangesOf(reach, lookup.segments, false))
            scan(section.values, section.minima, from, to, best, isPlace, check, isNew)
        }
        const range = typedCodeRange(store, lookup.term.bytes)
        scanCodes(range.from, range.to, best, check, isNew)
        const texts = mnemonicRange(lookup.term.text)
        scan(store.mnemonicRows, mnemonicMinima, texts.from, texts.to, best, false, check, isNew)
      }
      // Rows of the tiers before are found already, so the order of the terms is all there is to ask.
      const isInOrder = (row: number): boolean => {
        for (const each of plan.terms) if (!mayStart(row, each)) return false
        cursor.moveTo(row)
        return termsAreInOrder(arrays, cursor, plan.terms)
      }
      const [first] = lookups
      if (
        first !== undefined &&
        tier(TIER_TERMS_IN_ORDER, (best) => scanTerm(first, [startUsual, startOther], isInOrder, best))
      )
        return full
      const isFull = tier(TIER_TERMS_START, (best) => {
        for (const lookup of lookups)
          scanTerm(lookup, [startUsual, startOther], checkTier(TIER_TERMS_START), best)
      })
      if (isFull) return full
      const rarest = lookups.reduce((a, b) => (countEntries(b) < countEntries(a) ? b : a))
      if (tier(TIER_TERMS_INSIDE, (best) => scanTerm(rarest, everywhere, checkTier(TIER_TERMS_INSIDE), best)))
        return full
    }
    if (found.length >= gapLimit) return { keys: found, isComplete: true }
    let isComplete = true
    forEachGapMatch(plan, (row) => {
      if (!isNew(row)) return true
      found.push(TIER_GAPS * TIER_STEP + row)
      isComplete = found.length < count
      return isComplete
    })
    return { keys: found, isComplete }
  }

  return {
    findTop,
    countCandidates(plan) {
      let size = countEntries(lookupOf(plan.joined))
      if (plan.terms.length > 0) size += Math.min(...plan.terms.map((term) => countEntries(lookupOf(term))))
      return size
    },
    countMatches,
    forEachCandidate(plan, visit) {
      forEachEntry(lookupOf(plan.joined), visit)
      if (plan.terms.length === 0) return
      const lookups = plan.terms.map(lookupOf)
      forEachEntry(
        lookups.reduce((a, b) => (countEntries(b) < countEntries(a) ? b : a)),
        visit,
      )
    },
    forEachGapMatch,
  }
}
