import { test } from 'vitest'
import { expectAllHappened, runShard, SHARD_TIMEOUT } from './run-shard.ts'

test(
  'after any history over a line that loses, doubles, cuts and reorders, with crashes and restores, the invariants hold (second half)',
  { timeout: SHARD_TIMEOUT },
  async () => {
    expectAllHappened(await runShard(1))
  },
)
