import type { DuplicateOutput, RequestInput } from '../../../src-shared/contract/requests.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { LEASE_STAGE } from '../../../src-shared/registers/lease.ts'
import { getField } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { toRecordRow } from '../queries/record-row.ts'
import type { Context } from './context.ts'
import { labellerFor, titleOf } from './record-labels.ts'

/** More are not told: one is enough to look again. */
const OVERLAP_LIMIT = 5

/** Leases in force of the same dwelling whose days meet these, both ends included; the latest first. Rooms may be let one by one, so this is no fault. */
export function findOverlappingLeases(
  context: Context,
  input: RequestInput<'lease.findOverlapping'>,
): readonly DuplicateOutput[] {
  const register = getRegister('lease')
  const rows = context.store.read
    .allOf(
      `SELECT * FROM lease WHERE dwelling_id = ? AND status = 'active' AND +stage_code = ? AND +start_date <= ? AND +end_date >= ?
       AND id <> ? ORDER BY +end_date DESC LIMIT ${OVERLAP_LIMIT}`,
      input.dwellingId,
      LEASE_STAGE.inForce,
      input.endDate,
      input.startDate,
      input.exceptId ?? '',
    )
    .map((row) => toRecordRow(register, row))
  const { labelOf } = labellerFor(
    context.store.read,
    context.dictionaries,
    register,
    rows.map((row) => row.values),
  )
  const textOf = (values: RecordValues, name: string): string =>
    displayValue(getField(register, name), values[name], labelOf)
  return rows.map((row) => ({
    id: row.id,
    title: titleOf(register, row.values, labelOf),
    detail: ['lesseeIds', 'endDate'].map((name) => textOf(row.values, name)).join(' 至 '),
    status: row.status,
  }))
}
