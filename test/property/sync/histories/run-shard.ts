import { expect } from 'vitest'
import { runHistories } from './run-histories.ts'
import { makeTemplate } from './template.ts'
import type { Tally } from './world.ts'

/**
 * Histories a run of `npm test` tries on SQLite; `JUFUTONG_HISTORIES` asks for another number. The seed is pinned, so
 * that a change is judged by the same histories as the one before; `npm run chaos` tries others, `JUFUTONG_SEED` repeats them.
 */
const HISTORIES = Number(process.env['JUFUTONG_HISTORIES'] ?? 2_000)
const POSTGRES_HISTORIES = Number(process.env['JUFUTONG_POSTGRES_HISTORIES'] ?? 60)
const SEED = Number(process.env['JUFUTONG_SEED'] ?? 20_261_122)
const SHARDS = 2

/** Milliseconds in which a shard is done on a busy machine. */
export const SHARD_TIMEOUT = 120_000 + Math.max(HISTORIES, POSTGRES_HISTORIES * 4) * 600

/** One of the parts in which the histories run beside each other. */
export function runShard(shard: 0 | 1): Promise<Tally> {
  return runSome(Math.ceil(HISTORIES / SHARDS), SEED + shard)
}

/** The same over PostgreSQL (see `standOnPostgres`). */
export function runOnPostgres(): Promise<Tally> {
  return runSome(POSTGRES_HISTORIES, SEED + SHARDS)
}

async function runSome(runs: number, seed: number): Promise<Tally> {
  console.log(`histories: seed ${seed}, ${runs} runs (again: JUFUTONG_SEED=${SEED})`)
  const template = await makeTemplate()
  const startedAt = performance.now()
  try {
    const tally = await runHistories(template, { runs, seed })
    console.log(`histories: ${JSON.stringify(tally)}, ${Math.round(performance.now() - startedAt)} ms`)
    return tally
  } finally {
    await template.remove()
  }
}

/** What has to have happened in so many histories: without it they would prove nothing. */
const EVERY_HUNDRED = [
  ...[
    'created',
    'edited',
    'merged',
    'cancelled',
    'conflicts',
    'set aside',
    'gone records',
    'held',
    'checked',
  ],
  ...['client crashed', 'server crashed', 'crashed in a round', 'rounds broken off', 'server backed up'],
  ...['line cut', 'line reset', 'line flipped', 'line requestLost', 'line answerLost', 'line duplicated'],
  ...['line reordered', 'line replayed', 'line stalled', 'line unanswered'],
]
const EVERY_THOUSAND = [
  ...[
    'unmerged',
    'resolved',
    'dismissed',
    'deleted',
    'restored',
    'sent alone',
    'withdrawn',
    'photos',
    'released',
  ],
  ...['server restored', 'ops lost by a restore', 'client restored', '-wal removed', 'ops lost with a disk'],
  ...['store rebuilt', 'five weeks passed', 'operator changed', 'signed in again'],
]

export function expectAllHappened(tally: Tally): void {
  const histories = tally['histories'] ?? 0
  const wanted = [...(histories >= 100 ? EVERY_HUNDRED : []), ...(histories >= 1_000 ? EVERY_THOUSAND : [])]
  expect(wanted.filter((kind) => (tally[kind] ?? 0) === 0)).toEqual([])
}
