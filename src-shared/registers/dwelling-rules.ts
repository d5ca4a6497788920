import type { RecordValues } from '../fields/field.ts'

/** Ownership codes that mean a body, not a person, owns the dwelling (dictionaries/ownership.csv). */
const BODY_OWNERSHIP_CODES: ReadonlySet<string> = new Set(['20'])

/** Whether the dwelling is owned by a body (产权类型 单位). */
export function isOwnedByBody(values: RecordValues): boolean {
  return typeof values['ownershipCode'] === 'string' && BODY_OWNERSHIP_CODES.has(values['ownershipCode'])
}

/** Whether the dwelling is owned by a person (产权类型 given and not 单位). */
export function isOwnedByPerson(values: RecordValues): boolean {
  return typeof values['ownershipCode'] === 'string' && !isOwnedByBody(values)
}

/** Use codes that mean the dwelling is let (dictionaries/occupancy-use.csv: 出租). */
export const LET_OCCUPANCY_USE_CODE = '20'

/** Use code of a dwelling where nobody lives (dictionaries/occupancy-use.csv: 空置). */
export const VACANT_OCCUPANCY_USE_CODE = '30'
