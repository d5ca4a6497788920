import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '..', '..', '..')

function runChecks(...given: readonly string[]): { readonly code: number | null; readonly last: string } {
  const script = join(root, 'tools', 'run-checks.ts')
  const done = spawnSync(process.execPath, [script, ...given], { cwd: root, encoding: 'utf8' })
  return { code: done.status, last: done.stdout.trimEnd().split('\n').at(-1) ?? '' }
}

test('the last line of npm test counts what passed and failed, and the code agrees', () => {
  expect(runChecks('--only', 'names')).toEqual({ code: 0, last: '1 passed, 0 failed' })
  expect(runChecks('--only', 'migrations', 'no-such-test')).toEqual({ code: 1, last: '0 passed, 1 failed' })
})

test('a step that does not exist is refused instead of passing', () => {
  expect(runChecks('--only', 'nonsense').code).toBe(2)
})

test('CI runs npm test and nothing else', () => {
  const lines = readFileSync(join(root, '.ci', 'run'), 'utf8')
    .trim()
    .split('\n')
  expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
    'set -euo pipefail',
    'cd "$(dirname "$0")/.."',
    'npm test',
  ])
})

test('whether a package may run its install script was decided for each that has one', () => {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'))
  const { allowScripts } = z
    .object({ allowScripts: z.record(z.string(), z.boolean()) })
    .parse(read('package.json'))
  const { packages } = z
    .object({
      packages: z.record(
        z.string(),
        z.object({ name: z.string().optional(), hasInstallScript: z.boolean().optional() }),
      ),
    })
    .parse(read('package-lock.json'))
  const withScript = Object.entries(packages)
    .filter(([, each]) => each.hasInstallScript)
    .map(([path, each]) => each.name ?? path.replace(/^.*node_modules\//, ''))
  expect(withScript.length).toBeGreaterThan(0)
  expect(withScript.filter((name) => !Object.hasOwn(allowScripts, name))).toEqual([])
})
