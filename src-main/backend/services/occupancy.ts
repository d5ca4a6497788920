import type { DwellingOccupancy, Occupant } from '../../../src-shared/contract/types.ts'
import { LEASE_STAGE } from '../../../src-shared/registers/lease.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { countFullYears, isCalendarDate } from '../../../src-shared/values/calendar-date.ts'
import type { ReadDatabase } from '../database/database.ts'
import { findRecord, toRecordRow, type RecordRow } from '../queries/record-row.ts'
import type { Context } from './context.ts'
import { labellerFor, titleOf } from './record-labels.ts'
import { RequestRefusal } from './request-failure.ts'

/** Registers of the people who live in a dwelling. */
export const OCCUPANT_REGISTERS = ['resident', 'minor'] as const
export type OccupantRegister = (typeof OCCUPANT_REGISTERS)[number]

/** Everybody registered in a dwelling at present: residents first, each by when they were registered. */
export function listOccupantRows(read: ReadDatabase, dwellingId: string): readonly RecordRow[] {
  return OCCUPANT_REGISTERS.flatMap((name) =>
    read
      .allOf(`SELECT * FROM ${name} WHERE dwelling_id = ? AND status = 'active' ORDER BY row`, dwellingId)
      .map((row) => toRecordRow(getRegister(name), row)),
  )
}

/** Whether anybody is registered in a dwelling at present. */
export function hasOccupants(read: ReadDatabase, dwellingId: string): boolean {
  return OCCUPANT_REGISTERS.some(
    (name) =>
      read.firstOf(
        `SELECT 1 AS found FROM ${name} WHERE dwelling_id = ? AND status = 'active' LIMIT 1`,
        dwellingId,
      ) !== undefined,
  )
}

/** The dwelling's title as the clerk reads it. */
export function dwellingTitle(read: ReadDatabase, context: Context, dwelling: RecordRow): string {
  const register = getRegister('dwelling')
  const { labelOf } = labellerFor(read, context.dictionaries, register, [dwelling.values])
  return titleOf(register, dwelling.values, labelOf)
}

/** Who lives in these dwellings and which leases are in force there, in the order asked; unknown dwellings are left out. */
export function listOccupancy(
  context: Context,
  input: { readonly dwellingIds: readonly string[] },
): readonly DwellingOccupancy[] {
  const { read } = context.store
  return input.dwellingIds.flatMap((dwellingId) => {
    const dwelling = findRecord(read, 'dwelling', dwellingId)
    if (!dwelling) return []
    const people = listOccupantRows(read, dwellingId)
    return [
      {
        dwellingId,
        title: dwellingTitle(read, context, dwelling),
        occupancyUseCode: textOf(dwelling.values['occupancyUseCode']),
        people: people.map((row) => toOccupant(read, context, row)),
        leases: people.length === 0 && dwelling.status === 'cancelled' ? [] : listLeases(context, dwellingId),
      },
    ]
  })
}

/**
 * The household of selected residents: they and the minors whose guardian they are and who live with them.
 *
 * @throws RequestRefusal `notFound`
 */
export function listHousehold(
  context: Context,
  input: { readonly residentIds: readonly string[] },
): { readonly people: readonly Occupant[] } {
  const { read } = context.store
  const residents = [...new Set(input.residentIds)].map((id) => {
    const row = findRecord(read, 'resident', id)
    if (!row) throw new RequestRefusal('notFound', '所选人员中有已不在本机的,请重新查询。')
    return row
  })
  const minors = residents.flatMap((resident) =>
    read
      .allOf(
        "SELECT * FROM minor WHERE guardian_id = ? AND dwelling_id = ? AND status = 'active' ORDER BY row",
        resident.id,
        textOf(resident.values['dwellingId']),
      )
      .map((row) => toRecordRow(getRegister('minor'), row)),
  )
  const people = [...residents.filter((row) => row.status === 'active'), ...minors]
  return { people: people.map((row) => toOccupant(read, context, row)) }
}

function toOccupant(read: ReadDatabase, context: Context, row: RecordRow): Occupant {
  const register = row.register === 'minor' ? 'minor' : 'resident'
  const declaration = getRegister(register)
  const { labelOf } = labellerFor(read, context.dictionaries, declaration, [row.values])
  const birthDate = textOf(row.values['birthDate'])
  const labelFor = (name: string): string => {
    const field = declaration.fields[name]
    const value = row.values[name]
    return field && typeof value === 'string' ? labelOf(field, value) : ''
  }
  return {
    register,
    id: row.id,
    name: textOf(row.values['name']),
    sex: labelFor('sexCode'),
    age: isCalendarDate(birthDate) ? countFullYears(birthDate, context.clock.today()) : null,
    guardian: register === 'minor' ? labelFor('guardianId') : '',
    dwellingId: textOf(row.values['dwellingId']),
    dwellingTitle: labelFor('dwellingId'),
  }
}

/** Leases that are in force: stored so, and their last day has not passed. */
function listLeases(context: Context, dwellingId: string): DwellingOccupancy['leases'] {
  const { read } = context.store
  const register = getRegister('lease')
  const rows = read
    .allOf(
      `SELECT * FROM lease WHERE dwelling_id = ? AND status = 'active' AND stage_code = ? AND end_date >= ? ORDER BY end_date`,
      dwellingId,
      LEASE_STAGE.inForce,
      context.clock.today(),
    )
    .map((row) => toRecordRow(register, row))
  const { labelOf } = labellerFor(
    read,
    context.dictionaries,
    register,
    rows.map((row) => row.values),
  )
  const lessees = register.fields['lesseeIds']
  return rows.map((row) => {
    const ids = row.values['lesseeIds']
    const names =
      lessees && Array.isArray(ids) ? ids.map((id) => labelOf(lessees, String(id))).join('、') : ''
    return {
      id: row.id,
      title: [textOf(row.values['filingNumber']), names].filter((text) => text !== '').join(' '),
      endDate: textOf(row.values['endDate']),
    }
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
