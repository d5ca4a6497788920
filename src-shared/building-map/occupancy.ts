import { LET_OCCUPANCY_USE_CODE } from '../registers/dwelling-rules.ts'

/** What a cell of the map says of its dwelling. */
export type Occupancy = 'vacant' | 'occupied' | 'rented' | 'cancelled'

/** 空置 and 停用 (dictionaries/occupancy-use.csv); migration 0210 counts by the same codes. */
const VACANT_USE_CODES: ReadonlySet<string> = new Set(['30', '60'])

/**
 * Vacant, occupied or let: by 使用情况, and by who is registered there. A dwelling that was noted as vacant and has people is
 * occupied: people are the newer truth.
 *
 * @param people residents and minors who live there now
 */
export function occupancyOf(dwelling: {
  readonly status: 'active' | 'cancelled'
  readonly occupancyUseCode: string | null
  readonly people: number
}): Occupancy {
  const { status, occupancyUseCode, people } = dwelling
  if (status === 'cancelled') return 'cancelled'
  if (occupancyUseCode === LET_OCCUPANCY_USE_CODE) return 'rented'
  const isUnused = occupancyUseCode !== null && VACANT_USE_CODES.has(occupancyUseCode)
  return isUnused && people === 0 ? 'vacant' : 'occupied'
}
