import type { FieldValue, RecordValues } from '../fields/field.ts'
import { REGISTER_NAMES } from '../registers/register.ts'
import type { ServerRecord } from '../sync/op.ts'
import { serverRecord } from './server-messages.ts'

const UUID =
  /^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$/

/**
 * A row of a pull as a record, or undefined where it is none. The same judgement as the schema `serverRecord`, many times as
 * fast: a first pull is hundred thousands of rows. What is not plain at once (conflicts, odd keys, faults) is rare and is left to
 * the schema itself.
 */
export function readServerRecord(row: Readonly<Record<string, unknown>>): ServerRecord | undefined {
  if (isPlainRecord(row)) return row as unknown as ServerRecord
  const parsed = serverRecord.safeParse(row)
  return parsed.success ? parsed.data : undefined
}

function isPlainRecord(row: Readonly<Record<string, unknown>>): boolean {
  return (
    Array.isArray(row['conflicts']) &&
    row['conflicts'].length === 0 &&
    isRegisterName(row['register']) &&
    isUuid(row['recordId']) &&
    isWhole(row['seq']) &&
    row['seq'] >= 0 &&
    isStatus(row['status']) &&
    (row['mergedInto'] === null || isUuid(row['mergedInto'])) &&
    (row['cancellation'] === null || isRecordValues(row['cancellation'])) &&
    isWhole(row['declarationVersion']) &&
    typeof row['stationCode'] === 'string' &&
    isRecordValues(row['values']) &&
    isNumber(row['createdAt']) &&
    isNumber(row['updatedAt']) &&
    typeof row['updatedBy'] === 'string' &&
    typeof row['updatedStation'] === 'string' &&
    (!Object.hasOwn(row, 'updatedAs') || isLastChange(row['updatedAs'])) &&
    Array.isArray(row['duplicates']) &&
    row['duplicates'].every(isUuid)
  )
}

/** Words about the newest change that are not plain at once are left to the schema as well. */
function isLastChange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.values(value).includes(undefined)) return false
  const { act, fields, reason, changeKind, effectiveDate } = value as Readonly<Record<string, unknown>>
  return (
    isShort(act, 20) &&
    Array.isArray(fields) &&
    fields.length <= 200 &&
    fields.every((name) => isShort(name, 60)) &&
    (reason === undefined || isShort(reason, 2_000)) &&
    (changeKind === undefined || isShort(changeKind, 20)) &&
    (effectiveDate === undefined ||
      (typeof effectiveDate === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(effectiveDate)))
  )
}

function isShort(value: unknown, most: number): boolean {
  return typeof value === 'string' && value.length <= most
}

const registerNames: ReadonlySet<unknown> = new Set(REGISTER_NAMES)

function isRegisterName(value: unknown): boolean {
  return registerNames.has(value)
}

function isStatus(value: unknown): boolean {
  return value === 'active' || value === 'cancelled' || value === 'merged' || value === 'deleted'
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

function isRecordValues(value: unknown): value is RecordValues {
  return isFlatObject(value, isFieldValue)
}

function isFieldValue(value: unknown): value is FieldValue {
  if (!Array.isArray(value)) return isScalar(value)
  if (value.length > 200) return false
  return (
    value.every((each) => typeof each === 'string' && each.length <= 200) ||
    value.every((each) => isFlatObject(each, isScalar))
  )
}

function isScalar(value: unknown): boolean {
  return (
    value === null ||
    (typeof value === 'string' && value.length <= 10_000) ||
    isNumber(value) ||
    typeof value === 'boolean'
  )
}

function isFlatObject(value: unknown, judge: (each: unknown) => boolean): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  for (const [name, each] of Object.entries(value))
    if (name.length > 60 || name === '__proto__' || !judge(each)) return false
  return true
}
