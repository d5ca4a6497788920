import { expect } from 'vitest'
import { runHistories } from './run-histories.ts'
import { makeTemplate } from './template.ts'
import type { Tally } from './world.ts'

/** Histories a run of `npm test` tries on SQLite; `JUFUTONG_HISTORIES` asks for another number, `JUFUTONG_SEED` repeats a run. */
const HISTORIES = Number(process.env['JUFUTONG_HISTORIES'] ?? 2_000)
const SEED = Number(process.env['JUFUTONG_SEED'] ?? Date.now() % 1_000_000_000)
const SHARDS = 2

/** One of the parts in which the histories run beside each other. */
export async function runShard(shard: number): Promise<Tally> {
  const runs = Math.ceil(HISTORIES / SHARDS)
  const seed = SEED + shard
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

/** A run without any of these would prove nothing. */
export function expectAllHappened(tally: Tally, kinds: readonly string[]): void {
  expect(kinds.filter((kind) => (tally[kind] ?? 0) === 0)).toEqual([])
}
