import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { ensurePackages } from './bootstrap/dependencies.mjs'
import { ensureNode } from './bootstrap/node-runtime.mjs'
import { buildClient } from './build/build.ts'
import { runScript } from './checks/run-program.ts'
import { ensureSystemPackages } from './system/system-packages.ts'
import { startVirtualDisplay } from './system/virtual-display.ts'

// `npm run bench [-- NAME …]`: every test/bench/*.bench.ts, or those whose file name contains one of the names. Each
// prints its own tables. They are measurements, not tests: nothing fails because it is slow.

const root = join(import.meta.dirname, '..')
const benchFolder = join(root, 'test', 'bench')

function listBenchmarks(wanted: readonly string[]): readonly string[] {
  const all = existsSync(benchFolder)
    ? readdirSync(benchFolder).filter((name) => name.endsWith('.bench.ts'))
    : []
  const chosen = all.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  return chosen.toSorted()
}

function describeMachine(): string {
  const processors = cpus()
  const gibibytes = (totalmem() / 2 ** 30).toFixed(1)
  return [
    `Machine: ${String(processors.length)} × ${processors[0]?.model ?? 'unknown processor'}, ${gibibytes} GiB`,
    `System:  ${type()} ${release()}, Node ${process.versions.node}`,
    `Commit:  ${commit()}, ${new Date().toISOString()}`,
  ].join('\n')
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return 'not a git checkout'
  }
}

async function runAll(names: readonly string[]): Promise<number> {
  const peers = join(benchFolder, 'peers')
  if (existsSync(join(peers, 'package-lock.json'))) await ensurePackages(peers, await ensureNode())
  await buildClient(root)
  // Some measure in a real window.
  const isLinux = process.platform === 'linux'
  ensureSystemPackages({ needsVirtualDisplay: isLinux })
  const display = isLinux ? await startVirtualDisplay() : undefined
  const environment: Record<string, string> =
    display === undefined ? {} : { DISPLAY: display.name, JUFUTONG_VIRTUAL_DISPLAY: '1' }
  let failures = 0
  try {
    for (const name of names) {
      console.log(`\n── ${name} ──`)
      if ((await runScript(root, join('test', 'bench', name), [], environment)) !== 0) failures += 1
    }
  } finally {
    display?.stop()
  }
  return failures
}

const names = listBenchmarks(process.argv.slice(2))
if (names.length === 0) {
  console.error('No such benchmark.')
  process.exitCode = 1
} else {
  console.log(describeMachine())
  const failures = await runAll(names)
  console.log(`\n${String(names.length)} benchmarks, ${String(failures)} failed`)
  process.exitCode = failures === 0 ? 0 : 1
}
