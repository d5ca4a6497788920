// Runs histories in a process of its own and prints the first breach: `histories-child.ts RUNS SEED plain|patched [HISTORY]`. With
// `patched`, the client's migrations are used without AUTOINCREMENT. HISTORY is the JSON of a list of steps, tried before random ones.
import { runHistories, runHistory } from '../../property/sync/histories/run-histories.ts'
import { makeTemplate } from '../../property/sync/histories/template.ts'
import type { Step } from '../../property/sync/histories/step.ts'

const [, , runs = '100', seed = '1', migrations = 'plain', directed] = process.argv
const template = await makeTemplate({ hasReusedNumbers: migrations === 'patched' })
try {
  if (directed !== undefined) {
    const steps = JSON.parse(directed) as readonly Step[]
    await runHistory(template, { stations: 2, pushOps: 3, pullRows: 3, latencyMs: 0, steps }, {})
  }
  const tally = await runHistories(template, { runs: Number(runs), seed: Number(seed) })
  console.log(`survived ${JSON.stringify(tally)}`)
} catch (error) {
  const { cause } = error as { readonly cause?: unknown }
  console.log(`caught ${String(error)}\n${String(cause)}`)
} finally {
  await template.remove()
}
process.exit(0)
