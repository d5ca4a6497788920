import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oneResult } from './checks/step.ts'
import type { Step, StepResult } from './checks/step.ts'
import { allSteps } from './checks/steps.ts'

// `npm test`: every check and test. `npm test -- --only unit,e2e [arguments of those steps]` runs some of them.

const root = join(import.meta.dirname, '..')

async function runStep(step: Step, furtherArguments: readonly string[]): Promise<StepResult> {
  try {
    return await step.run(furtherArguments)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return oneResult(false)
  }
}

/** Splits the command line into the names after `--only` and the rest, which goes to the steps. */
function readArguments(given: readonly string[]): {
  readonly names: readonly string[]
  readonly further: readonly string[]
} {
  const at = given.indexOf('--only')
  if (at === -1) return { names: [], further: given }
  return { names: (given[at + 1] ?? '').split(','), further: [...given.slice(0, at), ...given.slice(at + 2)] }
}

const { names, further } = readArguments(process.argv.slice(2))
const steps = allSteps(root)
const unknownNames = names.filter((name) => !steps.some((step) => step.name === name))
if (unknownNames.length > 0 || (names.length === 0 && further.length > 0)) {
  console.error(
    `Usage: npm test [-- --only STEP,STEP [arguments]]; steps: ${steps.map((step) => step.name).join(', ')}`,
  )
  process.exit(2)
}

// Tests make folders as they need them; what they leave goes with this one.
const temporary = mkdtempSync(join(tmpdir(), 'jufutong-test-'))
for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = temporary

const lines: string[] = []
let passed = 0
let failed = 0
for (const step of steps) {
  if (names.length > 0 && !names.includes(step.name)) continue
  console.log(`\n── ${step.name} ──`)
  const startedAt = performance.now()
  const result = await runStep(step, further)
  passed += result.passed
  failed += result.failed
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const note = result.note === undefined ? '' : ` (${result.note})`
  const line = `${result.failed === 0 ? '✓' : '✗'} ${step.name}: ${String(result.passed)} passed, ${String(result.failed)} failed, ${seconds} s${note}`
  lines.push(line)
  console.log(line)
}

rmSync(temporary, { recursive: true, force: true, maxRetries: 3 })
console.log(`\n── summary ──\n${lines.join('\n')}\n`)
console.log(`${String(passed)} passed, ${String(failed)} failed`)
process.exitCode = failed === 0 ? 0 : 1
