// Which rows may match with gaps, found by bits instead of by reading names.
//
// For each initial there is a bit per row: some character of the name has it by some reading. For ordered pairs of initials (a before b) there are PAIR_BITS
// further bits per row; several pairs share one. In a table where nearly every name ends in 村民委员会 the first kind says little and the second much.
// Bits only ever exclude rows that cannot match; what remains is verified.
import type { SymbolArrays } from './name-matcher.ts'
import type { RowStore } from './row-store.ts'
import { INITIAL_COUNT, initialOf } from './suffix-keys.ts'
import { END_SYMBOL } from './symbol-table.ts'

export type GapFilter = {
  /** Words (32 rows) of one bit over all rows. */
  readonly words: number
  /** Bit i of row r: word i * words + r / 32, bit r % 32. First INITIAL_COUNT bits of initials, then PAIR_BITS of pairs. */
  readonly rows: Uint32Array
  /** Pair a * INITIAL_COUNT + b → its bit among the pair bits. */
  readonly pairBits: Uint8Array
  /** How many rows have each bit. */
  readonly counts: Uint32Array
}

const PAIR_BITS = 64
/** Every so manieth row is counted to spread the pairs. */
const SAMPLE_STEP = 16

/** For each symbol a bit per initial that any of its readings has. */
export function initialMasks(store: RowStore, arrays: SymbolArrays): Uint32Array {
  const ofSyllable = store.symbols.syllables.map((syllable) => 1 << initialOf(syllable))
  return Uint32Array.from(arrays.usual, (usual, symbol) => {
    let mask = ofSyllable[usual] ?? 0
    for (let index = arrays.otherStart[symbol]!; index < arrays.otherStart[symbol + 1]!; index++)
      mask |= ofSyllable[arrays.otherList[index]!] ?? 0
    return mask >>> 0
  })
}

/** Shares the pair bits out: the most frequent pairs get one of their own, the others go where there is most room. */
function assignPairs(counts: Uint32Array): Uint8Array {
  const pairs = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b)
  const load = new Float64Array(PAIR_BITS)
  const bits = new Uint8Array(counts.length)
  for (const pair of pairs) {
    let least = 0
    for (let bit = 1; bit < PAIR_BITS; bit++) if (load[bit]! < load[least]!) least = bit
    bits[pair] = least
    // A pair that never occurred in the sample still weighs a little, so that such pairs spread.
    load[least]! += counts[pair]! + 0.01
  }
  return bits
}

export function buildGapFilter(store: RowStore, arrays: SymbolArrays): GapFilter {
  const { pool, rowStart, size } = store
  const masks = initialMasks(store, arrays)
  const words = Math.ceil(size / 32)
  const pairCounts = new Uint32Array(INITIAL_COUNT * INITIAL_COUNT)
  const marked = new Int32Array(pairCounts.length).fill(-1)
  for (let row = 0; row < size; row += SAMPLE_STEP) {
    let before = 0
    for (let place = rowStart[row]!; pool[place] !== END_SYMBOL; place++) {
      const mask = masks[pool[place]!]!
      for (let firsts = before; firsts !== 0; firsts &= firsts - 1) {
        const first = (31 - Math.clz32(firsts & -firsts)) * INITIAL_COUNT
        for (let seconds = mask; seconds !== 0; seconds &= seconds - 1) {
          const pair = first + 31 - Math.clz32(seconds & -seconds)
          if (marked[pair] === row) continue
          marked[pair] = row
          pairCounts[pair]!++
        }
      }
      before |= mask
    }
  }
  const pairBits = assignPairs(pairCounts)
  const rows = new Uint32Array((INITIAL_COUNT + PAIR_BITS) * words)
  for (let row = 0; row < size; row++) {
    let before = 0
    let low = 0
    let high = 0
    for (let place = rowStart[row]!; pool[place] !== END_SYMBOL; place++) {
      const mask = masks[pool[place]!]!
      for (let firsts = before; firsts !== 0; firsts &= firsts - 1) {
        const first = (31 - Math.clz32(firsts & -firsts)) * INITIAL_COUNT
        for (let seconds = mask; seconds !== 0; seconds &= seconds - 1) {
          const bit = pairBits[first + 31 - Math.clz32(seconds & -seconds)]!
          if (bit < 32) low |= 1 << bit
          else high |= 1 << (bit - 32)
        }
      }
      before |= mask
    }
    const word = row >>> 5
    const rowBit = 1 << (row & 31)
    for (let bits = before; bits !== 0; bits &= bits - 1)
      rows[(31 - Math.clz32(bits & -bits)) * words + word]! |= rowBit
    for (let bits = low; bits !== 0; bits &= bits - 1)
      rows[(INITIAL_COUNT + 31 - Math.clz32(bits & -bits)) * words + word]! |= rowBit
    for (let bits = high; bits !== 0; bits &= bits - 1)
      rows[(INITIAL_COUNT + 32 + 31 - Math.clz32(bits & -bits)) * words + word]! |= rowBit
  }
  return { words, rows, pairBits, counts: countBits(rows, words) }
}

function countBits(rows: Uint32Array, words: number): Uint32Array {
  const counts = new Uint32Array(INITIAL_COUNT + PAIR_BITS)
  for (let bit = 0; bit < counts.length; bit++) {
    let count = 0
    for (let index = bit * words; index < (bit + 1) * words; index++) {
      let word = rows[index]!
      word -= (word >>> 1) & 0x55555555
      word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
      count += (((word + (word >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
    }
    counts[bit] = count
  }
  return counts
}

/** Whether the name of the row has the initial by some reading. */
export function rowHasInitial(filter: GapFilter, row: number, initial: number): boolean {
  return (filter.rows[initial * filter.words + (row >>> 5)]! & (1 << (row & 31))) !== 0
}

/** Calls `visit` for the rows that may have all these initials in this order, ascending, until it returns false. */
export function forEachRowWithInitials(
  filter: GapFilter,
  initials: readonly number[],
  visit: (row: number) => boolean,
): void {
  const { words, rows, pairBits, counts } = filter
  const wanted = new Set<number>(initials)
  initials.forEach((first, index) => {
    for (const second of initials.slice(index + 1))
      wanted.add(INITIAL_COUNT + pairBits[first * INITIAL_COUNT + second]!)
  })
  const rarestFirst = [...wanted].sort((a, b) => counts[a]! - counts[b]!)
  const offsets = Int32Array.from(rarestFirst, (bit) => bit * words)
  for (let index = 0; index < words; index++) {
    let bits = -1
    for (let each = 0; each < offsets.length && bits !== 0; each++) bits &= rows[offsets[each]! + index]!
    for (; bits !== 0; bits &= bits - 1) if (!visit(index * 32 + 31 - Math.clz32(bits & -bits))) return
  }
}
