/** What one step of `npm test` found. */
export type StepResult = {
  readonly passed: number
  readonly failed: number
  /** A sentence for the summary, where the numbers do not say it. */
  readonly note?: string
}

/** One named step of `npm test`. */
export type Step = {
  readonly name: string
  /** Further arguments of the command line (file names, filters) are for the steps that run tests. */
  readonly run: (furtherArguments: readonly string[]) => Promise<StepResult>
}

/** Counts a step that only passes or fails. */
export function oneResult(isPassed: boolean, note?: string): StepResult {
  return { passed: isPassed ? 1 : 0, failed: isPassed ? 0 : 1, ...(note === undefined ? {} : { note }) }
}
