import { describe, expect, test } from 'vitest'
import { countPlaywright, countVitest } from '../../../tools/checks/test-report.ts'

function vitestReport(
  passed: number,
  failed: number,
  files: { status: string; assertionResults: unknown[] }[] = [],
) {
  return { numPassedTests: passed, numFailedTests: failed, numPendingTests: 0, testResults: files }
}

describe('countVitest', () => {
  test('counts tests', () => {
    expect(countVitest(vitestReport(5, 0), 0)).toEqual({ passed: 5, failed: 0 })
    expect(countVitest(vitestReport(5, 2), 1)).toEqual({ passed: 5, failed: 2 })
  })

  test('a file that could not be loaded is a failure', () => {
    const report = vitestReport(5, 0, [{ status: 'failed', assertionResults: [] }])
    expect(countVitest(report, 1)).toEqual({ passed: 5, failed: 1 })
  })

  test('a bad end that nothing explains is a failure', () => {
    expect(countVitest(vitestReport(5, 0), 1)).toMatchObject({ passed: 5, failed: 1 })
    expect(countVitest(vitestReport(0, 0), 1)).toMatchObject({ passed: 0, failed: 1 })
  })

  test('says what was skipped', () => {
    expect(countVitest({ ...vitestReport(5, 0), numPendingTests: 2 }, 0)).toEqual({
      passed: 5,
      failed: 0,
      note: '2 skipped',
    })
  })
})

describe('countPlaywright', () => {
  const stats = { expected: 3, unexpected: 0, flaky: 0, skipped: 0 }

  test('counts tests; one that passed only when repeated is noted', () => {
    expect(countPlaywright({ errors: [], stats }, 0)).toEqual({ passed: 3, failed: 0 })
    expect(countPlaywright({ errors: [], stats: { ...stats, flaky: 1, unexpected: 1 } }, 1)).toEqual({
      passed: 4,
      failed: 1,
      note: '1 passed only when repeated',
    })
  })

  test('an error outside of tests is a failure', () => {
    expect(countPlaywright({ errors: [{}], stats }, 1)).toEqual({ passed: 3, failed: 1 })
  })
})
