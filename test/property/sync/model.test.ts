import { describe, expect, test } from 'vitest'
import { INVARIANTS, Breach, type InvariantNumber } from './model-invariants.ts'
import type { Mutant } from './model-server.ts'
import { COUNTED, emptyCounts, playHistory } from './model-world.ts'

/**
 * The whole protocol in maps, with the real merge: random histories over a line that drops, doubles, delays and reorders, with
 * crashes, lost and copied stores and a server put back, each followed by rest and the twelve invariants of sync.md.
 * `JUFUTONG_HISTORIES` asks for more of them, `JUFUTONG_SEED` for others (one alone: `JUFUTONG_HISTORIES=1 JUFUTONG_SEED=n`).
 */
const RUNS = Number(process.env['JUFUTONG_HISTORIES'] ?? 3_000)
const SEED = Number(process.env['JUFUTONG_SEED'] ?? 1)

/** Histories that once found a fault of the protocol (or of the model), kept for ever. */
const PINNED = [
  5, 11, 19, 41, 78, 148, 153, 164, 390, 398, 558, 563, 841, 1196, 1395, 1913, 2250, 2324, 2544, 2847, 3799,
  3907, 4034, 4736, 5104, 5912, 6978, 100_249, 104_390, 107_775, 109_172, 111_095, 113_358, 114_585, 116_002,
  123_514, 130_197, 201_695, 207_703, 215_952, 216_573, 227_788, 300_862, 311_809, 414_872, 426_075, 426_428,
]

test('every invariant holds after every history', () => {
  console.log(`model: seed ${SEED}, ${RUNS} histories`)
  const counts = emptyCounts()
  const seeds = Array.from({ length: RUNS }, (_, index) => SEED + index)
  expect(findFailures(seeds, counts)).toEqual([])
  console.log(`model: ${JSON.stringify(counts)}`)
  // Histories without any of these would prove nothing.
  if (RUNS >= 1_000)
    for (const name of COUNTED) expect({ name, count: counts[name] > 0 }).toEqual({ name, count: true })
}, 600_000)

test('histories that once found a fault hold', () => {
  expect(findFailures(PINNED, emptyCounts())).toEqual([])
})

/** Each names the seed that repeats it. */
function findFailures(seeds: readonly number[], counts: ReturnType<typeof emptyCounts>): readonly string[] {
  const failures: string[] = []
  for (const seed of seeds) {
    try {
      playHistory(seed, counts)
    } catch (error) {
      failures.push(`JUFUTONG_SEED=${seed} JUFUTONG_HISTORIES=1: ${String(error)}`)
      if (failures.length === 5) break
    }
  }
  return failures
}

/** What each fault breaks, and from which history on it is looked for: rare ones show only after a disaster. */
const MUTANTS: Readonly<
  Record<
    Mutant,
    { readonly breaks: readonly InvariantNumber[]; readonly from: number; readonly what: string }
  >
> = {
  rowIdReuse: { breaks: [3, 10], from: 1, what: 'numbers begin again when the outbox is empty' },
  lastWriterWins: { breaks: [4], from: 1, what: 'the later op overwrites' },
  dropOnAck: { breaks: [7], from: 1, what: 'an acknowledged op leaves the outbox before it is pulled' },
  naiveCursor: { breaks: [8], from: 1, what: 'numbers are given out before the commit' },
  noOwnChain: { breaks: [6, 7], from: 1, what: 'own earlier edits count as unseen' },
  noHash: { breaks: [3, 10], from: 1, what: 'a known number is a known op, whatever it says' },
  forgetsLateOps: { breaks: [4], from: 1, what: 'a late edit of a merged record is not told to the other' },
  noSkippedNumbers: {
    breaks: [4],
    from: 320,
    what: 'a server that was put back gives out its numbers a second time',
  },
  ackBeforeCommit: { breaks: [10], from: 1, what: 'the answer leaves before the commit' },
  echoUnchecked: { breaks: [1], from: 1, what: 'an own echo is taken without asking whether it fits' },
  cursorBeforeRows: { breaks: [8], from: 1, what: 'the cursor is stored before the rows' },
  baseOfServer: { breaks: [4], from: 1, what: 'an edit claims to have seen what an own edit hid' },
  mergeUnseen: { breaks: [4], from: 1, what: 'a merge does not ask what was written to the loser meanwhile' },
  deleteUnseen: { breaks: [4], from: 1, what: 'a deletion does not ask what was written meanwhile' },
  noRescue: {
    breaks: [9],
    from: 1_390,
    what: 'nobody offers what a server that was put back has lost of others',
  },
  resendsNothing: {
    breaks: [3, 12],
    from: 100,
    what: 'acknowledged ops a server has lost are not sent again',
  },
  photoUnchecked: { breaks: [11], from: 1, what: 'a photo that was cut counts as stored' },
  refusalIsReceipt: { breaks: [12], from: 1, what: 'a refused op gets a receipt' },
  forgetsRefused: { breaks: [3], from: 1, what: 'a refused op is not kept' },
}

describe('the invariants find', () => {
  for (const [mutant, { breaks, from, what }] of Object.entries(MUTANTS) as [
    Mutant,
    (typeof MUTANTS)[Mutant],
  ][]) {
    test(`${mutant}: ${what} (${breaks.map((number) => INVARIANTS[number]).join('; or: ')})`, () => {
      expect(findBreach(mutant, breaks, from)).toBe(true)
    })
  }
})

/** Whether one of 400 histories breaks one of the named invariants. */
function findBreach(mutant: Mutant, breaks: readonly InvariantNumber[], from: number): boolean {
  for (let seed = from; seed < from + 400; seed += 1) {
    try {
      playHistory(seed, emptyCounts(), mutant)
    } catch (error) {
      if (!(error instanceof Breach)) throw error
      if (breaks.includes(error.invariant)) return true
    }
  }
  return false
}
