import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { electronRuntime } from '../runtime.mjs'
import { checkSandbox } from '../system/sandbox.ts'
import { ensureReaderTests, ensureSystemPackages } from '../system/system-packages.ts'
import { startVirtualDisplay } from '../system/virtual-display.ts'
import { runScript } from './run-program.ts'
import { oneResult } from './step.ts'
import type { Step, StepResult } from './step.ts'
import { countPlaywright, countVitest } from './test-report.ts'

/** The kinds of vitest test, each a project of vitest.config.ts and a folder below test/. */
const testKinds = ['unit', 'property', 'migrations', 'integration', 'chaos', 'checks']

/** Every step of `npm test`, in the order in which they run: the quick ones that most often fail come first. */
export function allSteps(root: string): readonly Step[] {
  return [
    program(root, 'format', 'node_modules/prettier/bin/prettier.cjs', [
      '--check',
      '--log-level',
      'warn',
      '.',
    ]),
    program(root, 'lint', 'node_modules/oxlint/bin/oxlint', ['--deny-warnings']),
    program(root, 'types', 'node_modules/typescript/bin/tsc', ['-b']),
    program(root, 'unused', 'node_modules/knip/bin/knip.js', ['--no-config-hints']),
    program(root, 'names', 'tools/check-names.ts', []),
    program(root, 'glossary', 'tools/check-glossary.ts', []),
    ...testKinds.map((kind) => vitestStep(root, kind)),
    { name: 'e2e', run: (furtherArguments) => runEndToEnd(root, furtherArguments) },
  ]
}

function program(root: string, name: string, script: string, scriptArguments: readonly string[]): Step {
  return {
    name,
    run: async () => oneResult((await runScript(root, script, scriptArguments)) === 0),
  }
}

function vitestStep(root: string, kind: string): Step {
  return {
    name: kind,
    run: async (furtherArguments) => {
      if (kind === 'integration') ensureReaderTests()
      const reportPath = join(root, 'test-results', `${kind}.json`)
      rmSync(reportPath, { force: true })
      const exitCode = await runScript(
        root,
        'node_modules/vitest/vitest.mjs',
        [
          'run',
          `--project=${kind}`,
          '--reporter=default',
          '--reporter=json',
          `--outputFile.json=${reportPath}`,
          ...furtherArguments,
        ],
        plainOutput(),
      )
      return readReport(reportPath, exitCode, countVitest)
    },
  }
}

async function runEndToEnd(root: string, furtherArguments: readonly string[]): Promise<StepResult> {
  const isLinux = process.platform === 'linux'
  ensureSystemPackages({ needsVirtualDisplay: isLinux })
  // In a process of its own: a builder that breaks must not end the checks.
  if ((await runScript(root, 'tools/build-client.ts', [])) !== 0)
    return oneResult(false, 'the client cannot be built')
  // A display of its own even where there is one: the tests type, and a person may be working on the other.
  if (isLinux) process.env['JUFUTONG_VIRTUAL_DISPLAY'] = '1'
  const runtime = await electronRuntime()
  checkSandbox(runtime.electronPath)
  const display = isLinux ? await startVirtualDisplay() : undefined
  const reportPath = join(root, 'test-results', 'e2e.json')
  mkdirSync(join(root, 'test-results'), { recursive: true })
  rmSync(reportPath, { force: true })
  try {
    const exitCode = await runScript(
      root,
      'node_modules/@playwright/test/cli.js',
      ['test', ...furtherArguments],
      display === undefined ? {} : { DISPLAY: display.name },
    )
    return readReport(reportPath, exitCode, countPlaywright)
  } finally {
    display?.stop()
  }
}

/** A log is read without a terminal's colours. */
function plainOutput(): Readonly<Record<string, string>> {
  return process.stdout.isTTY ? {} : { NO_COLOR: '1' }
}

function readReport(
  path: string,
  exitCode: number,
  count: (report: unknown, exitCode: number) => StepResult,
): StepResult {
  if (!existsSync(path)) return oneResult(false, `no report, ended with code ${String(exitCode)}`)
  return count(JSON.parse(readFileSync(path, 'utf8')), exitCode)
}
