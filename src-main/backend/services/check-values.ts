import { checkFields, checkRecord, type CheckContext } from '../../../src-shared/fields/check.ts'
import {
  idsOf,
  isEmptyValue,
  type Field,
  type FieldValue,
  type RecordValues,
} from '../../../src-shared/fields/field.ts'
import { canonicalJson } from '../../../src-shared/fields/merge.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Register, RuleBreach } from '../../../src-shared/registers/register.ts'
import type { ReadDatabase } from '../database/database.ts'
import { findRecord } from '../queries/record-row.ts'
import type { Context } from './context.ts'
import { refuseByRules } from './request-failure.ts'

function checkContextOf(context: Context): CheckContext {
  return { today: context.clock.today(), hasCode: context.dictionaries.hasCode }
}

/** Every declared field, in the declaration's order; empty values of any kind are `null`. Other names are kept for the check to name. */
export function completeValues(fields: Readonly<Record<string, Field>>, values: RecordValues): RecordValues {
  const complete: Record<string, FieldValue> = {}
  for (const name of Object.keys(fields)) complete[name] = emptyToNull(values[name])
  for (const [name, value] of Object.entries(values)) if (!Object.hasOwn(fields, name)) complete[name] = value
  return complete
}

function emptyToNull(value: FieldValue | undefined): FieldValue {
  return isEmptyValue(value) ? null : value
}

/**
 * Judges a record by its declaration and its references. `before` are the stored values of a record that is changed: a
 * reference that stays may point to a record cancelled since.
 *
 * @throws RequestRefusal `ruleBroken` with every breach
 */
export function assertRecordIsValid(
  database: ReadDatabase,
  context: Context,
  register: Register,
  values: RecordValues,
  before: RecordValues | undefined,
): void {
  const breaches = [
    ...checkRecord(register, values, {
      ...checkContextOf(context),
      isStoredRow: storedRowsOf(register, before),
    }),
  ]
  const named = new Set(breaches.map((breach) => breach.field))
  for (const breach of findReferenceBreaches(database, register, values, before))
    if (!named.has(breach.field)) breaches.push(breach)
  if (breaches.length === 0) return
  const order = Object.keys(register.fields)
  throw refuseByRules(breaches.sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field)))
}

/** Whether a row of a list stands in the stored record just so. */
function storedRowsOf(register: Register, before: RecordValues | undefined): (row: RecordValues) => boolean {
  const stored = new Set<string>()
  for (const [name, field] of Object.entries(register.fields)) {
    const value = before?.[name]
    if (field.kind !== 'list' || !Array.isArray(value)) continue
    for (const row of value as readonly RecordValues[]) stored.add(rowText(row))
  }
  return (row) => stored.has(rowText(row))
}

/** A row as text, whether what it lacks is left out or null. */
function rowText(row: RecordValues): string {
  return canonicalJson(Object.fromEntries(Object.entries(row).filter(([, value]) => !isEmptyValue(value))))
}

function findReferenceBreaches(
  database: ReadDatabase,
  register: Register,
  values: RecordValues,
  before: RecordValues | undefined,
): readonly RuleBreach[] {
  const breaches: RuleBreach[] = []
  for (const [name, field] of Object.entries(register.fields)) {
    if (field.kind !== 'reference' && field.kind !== 'references') continue
    const label = getRegister(field.register).label
    const known = new Set(idsOf(before?.[name]))
    const added = idsOf(values[name]).filter((id) => !known.has(id))
    const found = added.map((id) => findRecord(database, field.register, id))
    if (found.includes(undefined))
      breaches.push({ field: name, message: `${field.label}:所选的${label}不存在,请重新选择!` })
    else if (found.some((each) => each?.status === 'cancelled'))
      breaches.push({ field: name, message: `${field.label}:所选的${label}已注销,请重新选择!` })
  }
  return breaches
}

/**
 * Judges what an act asks and answers it complete.
 *
 * @throws RequestRefusal `ruleBroken`
 */
export function checkAnswers(
  context: Context,
  fields: Readonly<Record<string, Field>>,
  values: RecordValues,
): RecordValues {
  const complete = completeValues(fields, values)
  const breaches = [...checkFields(fields, complete, checkContextOf(context))]
  for (const name of Object.keys(values))
    if (!Object.hasOwn(fields, name)) breaches.push({ field: name, message: `没有「${name}」这一项!` })
  if (breaches.length > 0) throw refuseByRules(breaches)
  return complete
}

/**
 * Judges what 注销 asks and answers it complete.
 *
 * @throws RequestRefusal `ruleBroken`
 */
export function checkCancellation(context: Context, register: Register, values: RecordValues): RecordValues {
  return checkAnswers(context, register.cancellation, values)
}
