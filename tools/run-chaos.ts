import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runScript } from './checks/run-program.ts'

// `npm run chaos -- --runs N [--seed S] [--minutes M]`: random histories and killed processes at nightly size. Ends with the first
// failure, whose seed repeats it. With --minutes it goes on with further seeds until the time is over.

const root = join(import.meta.dirname, '..')
const USAGE = 'Usage: npm run chaos -- --runs N [--seed S] [--minutes M]'
/** Histories of one run where no number is given. */
const DEFAULT_RUNS = 20_000
/** One process is killed for so many histories; a run of `npm test` kills 200. */
const HISTORIES_PER_KILL = 10

function readNumber(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text)
  if (!Number.isInteger(number) || number < 0) throw new Error(`${String(text)} is no number.\n${USAGE}`)
  return number
}

async function runOnce(runs: number, seed: number): Promise<number> {
  console.log(`\n── chaos: ${String(runs)} histories, seed ${String(seed)} ──`)
  return runScript(
    root,
    'node_modules/vitest/vitest.mjs',
    ['run', '--project=chaos', '--project=property', 'test/chaos', 'test/property/sync/histories'],
    {
      JUFUTONG_HISTORIES: String(runs),
      JUFUTONG_POSTGRES_HISTORIES: String(Math.ceil(runs / 20)),
      JUFUTONG_KILLS: String(Math.max(200, Math.ceil(runs / HISTORIES_PER_KILL))),
      JUFUTONG_SEED: String(seed),
      ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
    },
  )
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { runs: { type: 'string' }, seed: { type: 'string' }, minutes: { type: 'string' } },
  })
  const runs = readNumber(values.runs, DEFAULT_RUNS)
  const minutes = readNumber(values.minutes, 0)
  let seed = readNumber(values.seed, Date.now() % 1_000_000_000)
  const until = performance.now() + minutes * 60_000
  for (;;) {
    const code = await runOnce(runs, seed)
    if (code !== 0) {
      console.error(`failed; again: npm run chaos -- --runs ${String(runs)} --seed ${String(seed)}`)
      return code
    }
    // Each shard takes a seed of its own from the one given.
    seed += 1_000
    if (performance.now() >= until) return 0
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
