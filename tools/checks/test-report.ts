import { z } from 'zod'
import type { StepResult } from './step.ts'

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
})

const playwrightReport = z.object({
  errors: z.array(z.unknown()),
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
})

/**
 * Counts a vitest JSON report. A file that failed before its first test counts as one failure, and so does an end code
 * that no counted failure explains (a crashed worker, an error outside of tests, no test at all).
 */
export function countVitest(report: unknown, exitCode: number): StepResult {
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = vitestReport.parse(report)
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  return withExitCode(numPassedTests, numFailedTests + brokenFiles, numPendingTests, exitCode)
}

/** Counts a Playwright JSON report. A test that passed only when repeated counts as passed, and the note says how many did. */
export function countPlaywright(report: unknown, exitCode: number): StepResult {
  const { errors, stats } = playwrightReport.parse(report)
  const failed = stats.unexpected === 0 ? errors.length : stats.unexpected
  const result = withExitCode(stats.expected + stats.flaky, failed, stats.skipped, exitCode)
  if (stats.flaky === 0) return result
  const note = `${String(stats.flaky)} passed only when repeated`
  return { ...result, note: result.note === undefined ? note : `${result.note}, ${note}` }
}

function withExitCode(passed: number, failed: number, skipped: number, exitCode: number): StepResult {
  const isUnexplained = exitCode !== 0 && failed === 0
  const notes = [
    ...(isUnexplained ? [`ended with code ${String(exitCode)}`] : []),
    ...(skipped > 0 ? [`${String(skipped)} skipped`] : []),
  ]
  return {
    passed,
    failed: isUnexplained ? 1 : failed,
    ...(notes.length === 0 ? {} : { note: notes.join(', ') }),
  }
}
