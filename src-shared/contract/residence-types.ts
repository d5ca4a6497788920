import type { ResidenceKey, ResidencePeriod } from '../residence/figures.ts'

/** One row of 在住情况; cells stand in the order of the columns, null where a row of this grouping has no such figure. */
export type ResidenceRow = {
  readonly key: ResidenceKey
  readonly label: string
  readonly cells: readonly (number | null)[]
}

/** The table as it was at one moment: all its figures were read in one transaction. The sum stands first. */
export type ResidenceTable = {
  readonly countedAt: number
  readonly period: ResidencePeriod
  readonly rows: readonly ResidenceRow[]
}
