import { test } from 'vitest'
import { expectAllHappened, runShard } from './run-shard.ts'

test(
  'after any history over a line that loses, doubles, cuts and reorders, with crashes and restores, the invariants hold (first half)',
  { timeout: 400_000 },
  async () => {
    expectAllHappened(await runShard(0), ['conflicts'])
  },
)
