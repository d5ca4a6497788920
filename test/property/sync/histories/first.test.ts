import { expect, test } from 'vitest'
import { PINNED } from './pinned.ts'
import { runHistory } from './run-histories.ts'
import { expectAllHappened, runShard, SHARD_TIMEOUT } from './run-shard.ts'
import { makeTemplate } from './template.ts'

test('histories that once broke an invariant hold', async () => {
  const template = await makeTemplate()
  try {
    for (const history of PINNED) {
      const tally = {}
      await runHistory(template, history, tally)
      expect(tally).toMatchObject({ histories: 1 })
    }
  } finally {
    await template.remove()
  }
})

test(
  'after any history over a line that loses, doubles, cuts and reorders, with crashes and restores, the invariants hold (first half)',
  { timeout: SHARD_TIMEOUT },
  async () => {
    expectAllHappened(await runShard(0))
  },
)
