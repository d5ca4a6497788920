import { afterAll, expect, test } from 'vitest'
import { standOnPostgres } from '../../../integration/sync/sync-world.ts'
import { startPostgres } from '../../../support/postgres.ts'
import { runOnPostgres, SHARD_TIMEOUT } from './run-shard.ts'

const postgres = await startPostgres()
standOnPostgres(postgres)
afterAll(() => postgres.remove())

test('the same histories over PostgreSQL', { timeout: SHARD_TIMEOUT }, async () => {
  const tally = await runOnPostgres()
  // In a handful of them not everything happens.
  if ((tally['histories'] ?? 0) < 50) return
  for (const kind of ['conflicts', 'merged', 'server crashed', 'line duplicated', 'line reordered'])
    expect({ kind, times: tally[kind] ?? 0 }).not.toEqual({ kind, times: 0 })
})
