import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import type { Register } from '../../../src-shared/registers/register.ts'
import type { WriteDatabase } from '../database/database.ts'
import type { RecordRow } from '../queries/record-row.ts'
import { takeArchiveNumber } from './archive-number.ts'
import type { Context } from './context.ts'

/** Automatic fields are the program's: what a page sends for them does not count, what is stored stays. */
export function keepAutomatic(
  register: Register,
  values: RecordValues,
  current: RecordRow | undefined,
): RecordValues {
  const result: Record<string, FieldValue> = { ...values }
  for (const [name, field] of Object.entries(register.fields))
    if (field.isAutomatic) result[name] = current?.values[name] ?? null
  return withStage(register, result, current)
}

function withStage(register: Register, values: RecordValues, current: RecordRow | undefined): RecordValues {
  const { flow } = register
  if (!flow) return values
  const stored = current?.values[flow.field]
  return { ...values, [flow.field]: flow.stageAfterSave(values, typeof stored === 'string' ? stored : null) }
}

/** What a new record is given beside what was typed. Part of the save's transaction. */
export function makeAutomatic(
  database: WriteDatabase,
  context: Context,
  register: Register,
  values: RecordValues,
): RecordValues {
  return register.name === 'dwelling'
    ? { archiveNumber: takeArchiveNumber(database, context.replicaId, values) }
    : {}
}
