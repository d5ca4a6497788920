/**
 * Numbers that look random and depend on nothing but their keys, so that record 7 of seed 1 is the same whether it is made alone,
 * in a chunk of 500, or as one of a million.
 */

/** Draws from one sequence. */
export interface Random {
  /** A whole number from 0 to `below` − 1. */
  readonly below: (below: number) => number
  /** True in `share` of all draws (0–1). */
  readonly chance: (share: number) => boolean
  /** One of the items. @throws {RangeError} when there is none. */
  readonly pick: <Item>(items: readonly Item[]) => Item
}

/** Mixes keys into 32 bits (the finaliser of MurmurHash3, public domain). */
export function mixKeys(...keys: readonly number[]): number {
  let hash = 0x9e3779b9
  for (const key of keys) {
    hash = Math.imul(hash ^ (key >>> 0), 0x85ebca6b)
    hash ^= hash >>> 13
    hash = Math.imul(hash ^ Math.floor(key / 2 ** 32), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash >>> 0
}

/** The sequence that belongs to the keys (mulberry32, public domain). */
export function randomOf(...keys: readonly number[]): Random {
  let state = mixKeys(...keys)
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: (share) => next() < share,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
  }
}
