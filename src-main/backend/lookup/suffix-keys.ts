// Sorted keys of every place in every name: what makes a key press cost microseconds.
//
// A place is keyed by the syllable of its character and the initials of the four that follow. Entries with the same syllable and second initial
// form a bucket (found through a directory); inside it they are sorted by the three other initials, and among equals by row. For every block of 64
// entries the smallest value is kept: rows are numbered by rank, so a scan for the best k rows skips blocks that cannot better what it has.
//
// Invariants: a name that matches a term at a place is among the candidates of one of the term's segments there (by usual readings: in the sections without
// "other"; by any reading: in those two together). Candidates may be too many, so each is verified unless its segment is certain.
import { END_SYMBOL, type SymbolTable } from './symbol-table.ts'
import { buildGapFilter, type GapFilter } from './gap-filter.ts'
import { isWordStart, type SymbolArrays } from './name-matcher.ts'
import type { RowStore } from './row-store.ts'

/** Initials are numbered 1–26 for letters, 27–31 for pairs of digits, 0 for anything else and for the end of the name. */
export const INITIAL_COUNT = 32
/** Characters a key covers: one syllable and four initials. */
export const KEY_LENGTH = 5
const BLOCK_BITS = 6
export const BLOCK_SIZE = 1 << BLOCK_BITS
/** Places of a symbol are listed while there are at most so many for each row: beyond that its syllable's keys serve as well. */
const PLACES_SHARE = 1 / 16

export type SortedKeys = {
  /** Where the entries of bucket syllable * INITIAL_COUNT + second initial start; one more than there are buckets. */
  readonly directory: Uint32Array
  /** Third, fourth and fifth initial, five bits each. */
  readonly rest: Uint16Array
  /** What the entry points to: the row, or the place in the pool. */
  readonly values: Uint32Array
  /** Smallest value of each block. */
  readonly minima: Uint32Array
}

export type SuffixKeys = {
  /** Starts of names by usual readings; values are rows. */
  readonly start: SortedKeys
  /** Starts by keys that hold at least one other reading; values are rows. */
  readonly startOther: SortedKeys
  /** Starts of later words, by all readings; values are places. */
  readonly word: SortedKeys
  /** All further places by usual readings; values are places. */
  readonly inside: SortedKeys
  readonly insideOther: SortedKeys
  /** In how many places each base symbol stands. */
  readonly symbolCounts: Uint32Array
  /** Places of each base symbol, ascending: symbolPlaces[symbolStart[s] … symbolStart[s + 1]); none of symbols in very many places. */
  readonly symbolStart: Uint32Array
  readonly symbolPlaces: Uint32Array
  /** A bit for every three neighbouring initials that occur by any readings. */
  readonly trigrams: Uint32Array
  /** The row of every 64th place. */
  readonly rowAt: Uint32Array
  readonly gaps: GapFilter
}

/** Initial of a syllable, letter or digit. */
export function initialOf(syllable: string): number {
  const unit = syllable.charCodeAt(0)
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x60
  if (unit >= 0x30 && unit <= 0x39) return 27 + ((unit - 0x30) >> 1)
  return 0
}

/** Smallest value of each block. */
export function blockMinima(values: Uint32Array): Uint32Array {
  const minima = new Uint32Array(Math.ceil(values.length / BLOCK_SIZE)).fill(0xffffffff)
  for (let entry = 0; entry < values.length; entry++) {
    const block = entry >> BLOCK_BITS
    if (values[entry]! < minima[block]!) minima[block] = values[entry]!
  }
  return minima
}

/**
 * Sorts entries by their 30-bit keys (bucket * 2^15 + rest), keeping the order of equal ones: three counting passes of ten bits. The given arrays are
 * used up.
 */
function sortEntries(keys: Uint32Array, values: Uint32Array, bucketCount: number): SortedKeys {
  const size = keys.length
  let fromKeys = keys
  let fromValues = values
  let toKeys: Uint32Array = new Uint32Array(size)
  let toValues: Uint32Array = new Uint32Array(size)
  const counts = new Uint32Array(1 << 10)
  for (const shift of [0, 10, 20]) {
    counts.fill(0)
    for (let entry = 0; entry < size; entry++) counts[(fromKeys[entry]! >>> shift) & 0x3ff]!++
    let sum = 0
    for (let digit = 0; digit < counts.length; digit++) {
      const count = counts[digit]!
      counts[digit] = sum
      sum += count
    }
    for (let entry = 0; entry < size; entry++) {
      const key = fromKeys[entry]!
      const place = counts[(key >>> shift) & 0x3ff]!++
      toKeys[place] = key
      toValues[place] = fromValues[entry]!
    }
    const usedKeys = fromKeys
    const usedValues = fromValues
    fromKeys = toKeys
    fromValues = toValues
    toKeys = usedKeys
    toValues = usedValues
  }
  const directory = new Uint32Array(bucketCount + 1)
  const rest = new Uint16Array(size)
  for (let entry = 0; entry < size; entry++) {
    const key = fromKeys[entry]!
    directory[(key >>> 15) + 1]!++
    rest[entry] = key & 0x7fff
  }
  for (let bucket = 0; bucket < bucketCount; bucket++) directory[bucket + 1]! += directory[bucket]!
  // slice gives arrays of their own, so that the work arrays can go.
  return { directory, rest, values: fromValues.slice(), minima: blockMinima(fromValues) }
}

type Section = { readonly keys: Uint32Array; readonly values: Uint32Array; end: number }

function createSection(size: number): Section {
  return { keys: new Uint32Array(size), values: new Uint32Array(size), end: 0 }
}

/** The readings of all symbols as the keys need them: distinct syllables, distinct initials, usual first. */
function keyReadings(table: SymbolTable): {
  syllables: readonly (readonly number[])[]
  initials: readonly (readonly number[])[]
  /** Whether the symbol alone makes further keys, as the first or as a later character of one. */
  isManifold: Uint8Array
} {
  const initialOfSyllable = table.syllables.map(initialOf)
  const syllables = table.usual.map((usual, symbol) => [...new Set([usual, ...(table.others[symbol] ?? [])])])
  const initials = syllables.map((list) => [
    ...new Set(list.map((syllable) => initialOfSyllable[syllable] ?? 0)),
  ])
  return { syllables, initials, isManifold: Uint8Array.from(syllables, (list) => (list.length > 1 ? 1 : 0)) }
}

/** Builds the keys of a store. */
export function buildSuffixKeys(store: RowStore, arrays: SymbolArrays): SuffixKeys {
  const { pool, rowStart, size, symbols } = store
  const bucketCount = symbols.syllables.length * INITIAL_COUNT
  if (bucketCount >= 1 << 15)
    throw new RangeError(`字典中不同的读音超过 ${(1 << 15) / INITIAL_COUNT} 个,无法建立查找索引`)
  const usual = arrays.usual
  const initial = Uint8Array.from(symbols.usual, (syllable) => initialOf(symbols.syllables[syllable] ?? ''))
  const { syllables, initials, isManifold } = keyReadings(symbols)

  // First pass: how many entries each section gets.
  let wordCount = 0
  let insideCount = 0
  let startOtherCount = 0
  let wordOtherCount = 0
  let insideOtherCount = 0
  let startCount = 0
  const countKeys = (place: number): number => {
    let product = syllables[pool[place]!]!.length
    for (let next = place + 1; next < place + KEY_LENGTH; next++) {
      const symbol = pool[next]!
      if (symbol === END_SYMBOL) break
      product *= initials[symbol]!.length
    }
    return product
  }
  for (let row = 0; row < size; row++) {
    const first = rowStart[row]!
    const end = rowStart[row + 1]! - 1
    // Walking backwards, `manifoldAt` is the nearest place at or after `place` whose symbol has several readings.
    let manifoldAt = Infinity
    for (let place = end - 1; place >= first; place--) {
      if (isManifold[pool[place]!] === 1) manifoldAt = place
      const further = manifoldAt < place + KEY_LENGTH ? countKeys(place) - 1 : 0
      if (place === first) {
        startCount++
        startOtherCount += further
      } else if (isWordStart(arrays, pool, place)) {
        wordCount++
        wordOtherCount += further
      } else {
        insideCount++
        insideOtherCount += further
      }
    }
  }

  const start = createSection(startCount)
  const startOther = createSection(startOtherCount)
  const word = createSection(wordCount + wordOtherCount)
  const inside = createSection(insideCount)
  const insideOther = createSection(insideOtherCount)
  const trigrams = new Uint32Array(1 << 10)
  const symbolCounts = new Uint32Array(symbols.codePoints.length)
  const bases = arrays.bases

  /** Adds the keys of the place that hold another reading: all combinations but the one of usual readings. */
  const addOthers = (section: Section, place: number, value: number): void => {
    const extend = (at: number, key: number, length: number, isUsual: boolean): void => {
      if (length === KEY_LENGTH) {
        if (!isUsual) {
          section.keys[section.end] = key
          section.values[section.end++] = value
        }
        return
      }
      const symbol = pool[at]!
      if (symbol === END_SYMBOL) {
        extend(at, key << 5, length + 1, isUsual)
        return
      }
      const list = initials[symbol]!
      for (let index = 0; index < list.length; index++)
        extend(at + 1, (key << 5) | list[index]!, length + 1, isUsual && index === 0)
    }
    const list = syllables[pool[place]!]!
    for (let index = 0; index < list.length; index++) extend(place + 1, list[index]!, 1, index === 0)
  }

  for (let row = 0; row < size; row++) {
    const first = rowStart[row]!
    const end = rowStart[row + 1]! - 1
    let manifoldAt = Infinity
    // Initials of the places behind, five bits each, nearest highest: what follows the syllable in the key.
    let behind = 0
    for (let place = end - 1; place >= first; place--) {
      const symbol = pool[place]!
      if (isManifold[symbol] === 1) manifoldAt = place
      symbolCounts[bases[symbol]!]!++
      const key = ((usual[symbol]! << 20) | behind) >>> 0
      const trigram = (initial[symbol]! << 10) | (behind >>> 10)
      trigrams[trigram >>> 5]! |= 1 << (trigram & 31)
      const section = place === first ? start : isWordStart(arrays, pool, place) ? word : inside
      const value = place === first ? row : place
      section.keys[section.end] = key
      section.values[section.end++] = value
      if (manifoldAt < place + KEY_LENGTH) {
        const other = section === start ? startOther : section === word ? word : insideOther
        const before = other.end
        addOthers(other, place, value)
        for (let entry = before; entry < other.end; entry++) {
          const otherKey = other.keys[entry]!
          const otherTrigram =
            (initialOf(symbols.syllables[otherKey >>> 20] ?? '') << 10) | ((otherKey >>> 10) & 0x3ff)
          trigrams[otherTrigram >>> 5]! |= 1 << (otherTrigram & 31)
        }
      }
      behind = (behind >>> 5) | (initial[symbol]! << 15)
    }
  }

  const mostPlaces = Math.max(1_000, size * PLACES_SHARE)
  const symbolStart = new Uint32Array(symbolCounts.length + 1)
  symbolCounts.forEach(
    (count, symbol) => (symbolStart[symbol + 1] = symbolStart[symbol]! + (count > mostPlaces ? 0 : count)),
  )
  const symbolPlaces = new Uint32Array(symbolStart[symbolCounts.length]!)
  const next = symbolStart.slice()
  for (let place = 0; place < pool.length; place++) {
    const base = bases[pool[place]!]!
    if (base !== END_SYMBOL && symbolCounts[base]! <= mostPlaces) symbolPlaces[next[base]!++] = place
  }
  const finish = (section: Section): SortedKeys => sortEntries(section.keys, section.values, bucketCount)
  return {
    start: finish(start),
    startOther: finish(startOther),
    word: finish(word),
    inside: finish(inside),
    insideOther: finish(insideOther),
    symbolCounts,
    symbolStart,
    symbolPlaces,
    trigrams,
    rowAt: rowsAtBlocks(rowStart, pool.length),
    gaps: buildGapFilter(store, arrays),
  }
}

/** The row that every 64th place of the pool belongs to. */
export function rowsAtBlocks(rowStart: Uint32Array, poolLength: number): Uint32Array {
  const rowAt = new Uint32Array(Math.ceil(poolLength / BLOCK_SIZE))
  let row = 0
  for (let block = 0; block < rowAt.length; block++) {
    while (rowStart[row + 1]! <= block * BLOCK_SIZE) row++
    rowAt[block] = row
  }
  return rowAt
}

/** The row a place of the pool belongs to. */
export function rowOfPlace(rowStart: Uint32Array, rowAt: Uint32Array, place: number): number {
  let row = rowAt[place >> BLOCK_BITS]!
  while (rowStart[row + 1]! <= place) row++
  return row
}
