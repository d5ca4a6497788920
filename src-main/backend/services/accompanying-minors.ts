import { createHash } from 'node:crypto'
import { getDemoRecordId, isDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import { isEmptyValue, type FieldValue, type RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import type { RuleBreach } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { RecordProvenance } from '../../../src-shared/values/provenance.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { findGone } from '../queries/gone-record.ts'
import { findRecord, type RecordRow } from '../queries/record-row.ts'
import { assertRecordIsValid, completeValues } from './check-values.ts'
import type { Actor, Context } from './context.ts'
import { refuseByRules, RequestRefusal } from './request-failure.ts'
import { writeEdit } from './write-edit.ts'

/** The reason in the history of a minor that a row of 随行未成年人 has made or corrected. */
export const ACCOMPANYING_REASON = '随行登记'

/** Fields that a row and its minor have in common. */
const ROW_FIELDS = ['name', 'sexCode', 'birthDate', 'kinshipCode', 'schoolingCode', 'schoolId'] as const

/** Fields that a new minor has from the resident it came with. */
const GUARDIAN_FIELDS = ['dwellingId', 'collectorId', 'collectionDate'] as const

/** The rows of 随行未成年人 in a resident's values. */
export function listMinorRows(values: RecordValues | undefined): readonly RecordValues[] {
  const rows = values?.['accompanyingMinors']
  return Array.isArray(rows) ? (rows as readonly RecordValues[]) : []
}

/** The 未成年人 record a row has become, or undefined. */
export function minorIdOf(row: RecordValues): string | undefined {
  const id = row['minorId']
  return typeof id === 'string' && id !== '' ? id : undefined
}

/**
 * The resident's values with every row that can become a minor knowing which. A row keeps the id it has; one without gets that
 * of the stored row of the same child, of the guardian's minor of the same name and birth day, or one made of guardian, name and
 * birth day: the same save, sent twice or typed at two places, names the same minor.
 */
export function withMinorIds(
  database: ReadDatabase,
  residentId: string,
  values: RecordValues,
  stored: RecordValues | undefined,
): RecordValues {
  const rows = listMinorRows(values)
  if (rows.length === 0) return values
  const taken = new Set(rows.flatMap((row) => minorIdOf(row) ?? []))
  const named = rows.map((row): RecordValues => {
    // A row of an older declaration says too little to become a record: it stays what it was.
    if (minorIdOf(row) !== undefined || isEmptyValue(row['schoolingCode'])) return row
    const id = findMinorId(database, residentId, row, listMinorRows(stored), taken)
    if (id === undefined) return row
    taken.add(id)
    return { ...row, minorId: id }
  })
  return { ...values, accompanyingMinors: named }
}

function findMinorId(
  database: ReadDatabase,
  residentId: string,
  row: RecordValues,
  storedRows: readonly RecordValues[],
  taken: ReadonlySet<string>,
): string | undefined {
  const { name, birthDate } = row
  if (typeof name !== 'string' || typeof birthDate !== 'string') return undefined
  const same = storedRows.find((each) => each['name'] === name && each['birthDate'] === birthDate)
  const known = [
    ...(same ? [minorIdOf(same)] : []),
    ...database.pluck<string>(
      'SELECT id FROM minor WHERE guardian_id = ? AND name = ? AND birth_date = ? ORDER BY status, row',
      residentId,
      name,
      birthDate,
    ),
    makeMinorId(residentId, name, birthDate),
  ]
  return known.find((id) => id !== undefined && !taken.has(id))
}

/** An id that says nothing of the child and comes out the same wherever it is made; a demo resident's minor is a demo record. */
function makeMinorId(residentId: string, name: string, birthDate: string): string {
  const bytes = createHash('sha256').update(`minor ${residentId} ${birthDate} ${name}`, 'utf8').digest()
  if (isDemoRecordId(residentId)) {
    const number = bytes.readUInt32BE(0)
    return getDemoRecordId(number, 'minor', 15_000_000 + (number % 1_000_000))
  }
  // RFC 9562 §5.8: version 8, made by a rule of our own.
  const hex = bytes.toString('hex')
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`
}

/**
 * Makes the minors that rows name and that are not there yet, brings back those that were cancelled and are typed anew, and
 * corrects those whose row was corrected, in the transaction
 * of the resident's save and after the resident: the server gets them in this order. A row that is gone changes nothing.
 *
 * @returns the ids written
 * @throws RequestRefusal `ruleBroken` with the number of the row
 */
export function storeAccompanyingMinors(
  database: WriteDatabase,
  context: Context,
  actor: Actor,
  residentId: string,
  values: RecordValues,
  stored: RecordValues | undefined,
): readonly string[] {
  const before = new Map(listMinorRows(stored).map((row) => [minorIdOf(row), row]))
  return listMinorRows(values).flatMap((row, index) => {
    const id = minorIdOf(row)
    if (id === undefined) return []
    const current = findRecord(database, 'minor', id)
    // Merged or deleted since: that was somebody's decision.
    if (!current && findGone(database, 'minor', id)) return []
    const old = before.get(id)
    // A minor that was known and is not on this machine (yet) is no new one.
    if (!current && old) return []
    if (current?.status === 'cancelled') return old ? [] : [restoreMinor(database, actor, current)]
    const fields = current ? correctedFields(current, row, old) : newFields(residentId, row, values)
    if (Object.keys(fields).length === 0) return []
    storeMinor(database, context, actor, id, current, fields, index)
    return [id]
  })
}

function newFields(residentId: string, row: RecordValues, resident: RecordValues): RecordValues {
  return {
    ...pick(row, ROW_FIELDS),
    ...pick(resident, GUARDIAN_FIELDS),
    guardianId: residentId,
  }
}

/** What was corrected in the row and is still in the minor as the row had it: what was changed there since stays. */
function correctedFields(current: RecordRow, row: RecordValues, old: RecordValues | undefined): RecordValues {
  if (!old) return {}
  const corrected = ROW_FIELDS.filter(
    (name) => !areEqualValues(row[name], old[name]) && areEqualValues(current.values[name], old[name]),
  )
  return pick(row, corrected)
}

/** Typed anew, the child lives here again. */
function restoreMinor(database: WriteDatabase, actor: Actor, current: RecordRow): string {
  writeEdit(database, actor, {
    register: getRegister('minor'),
    recordId: current.id,
    current,
    kind: 'restore',
    act: 'restored',
    fields: {},
    cancellation: null,
    reason: ACCOMPANYING_REASON,
  })
  return current.id
}

function pick(values: RecordValues, names: readonly string[]): RecordValues {
  return Object.fromEntries(names.map((name): [string, FieldValue] => [name, values[name] ?? null]))
}

function storeMinor(
  database: WriteDatabase,
  context: Context,
  actor: Actor,
  id: string,
  current: RecordRow | undefined,
  fields: RecordValues,
  index: number,
): void {
  const register = getRegister('minor')
  const values = completeValues(register.fields, { ...current?.values, ...fields })
  try {
    assertRecordIsValid(database, context, register, values, current?.values)
  } catch (error) {
    throw error instanceof RequestRefusal ? toRowRefusal(error, index) : error
  }
  writeEdit(database, actor, {
    register,
    recordId: id,
    current,
    kind: 'set',
    act: current ? 'changed' : 'created',
    fields: current ? fields : values,
    provenance: provenanceOf(current ? fields : values),
    cancellation: null,
    reason: ACCOMPANYING_REASON,
  })
}

/** The row was typed; dwelling, collector and day came from the guardian. */
function provenanceOf(fields: RecordValues): RecordProvenance {
  const given: readonly string[] = [...GUARDIAN_FIELDS, 'guardianId']
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => !isEmptyValue(value))
      .map(([name]) => [name, given.includes(name) ? 'default' : 'typed'] as const),
  )
}

/** The clerk sees the row, not the record that it would become. */
function toRowRefusal(refusal: RequestRefusal, index: number): RequestRefusal {
  const breaches: readonly RuleBreach[] = refusal.error.breaches ?? []
  const message = breaches[0]?.message ?? refusal.message
  return refuseByRules([{ field: 'accompanyingMinors', message: `随行未成年人:第${index + 1}行:${message}` }])
}
