import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import type { FlowStep } from '../../../src-shared/registers/flow.ts'
import type { Register } from '../../../src-shared/registers/register.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { findRecord, type RecordRow } from '../queries/record-row.ts'
import { takeArchiveNumber, takeFilingNumber } from './archive-number.ts'
import type { Context } from './context.ts'
import { permitAutomaticValues, validUntilAtIssue } from './judge-permit.ts'

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

/** What follows from what was typed, anew at every save: the days of a residence permit. Part of the save's transaction. */
export function withComputed(
  database: WriteDatabase,
  context: Context,
  register: Register,
  recordId: string,
  values: RecordValues,
  current: RecordRow | undefined,
): RecordValues {
  return register.name === 'residencePermit'
    ? { ...values, ...permitAutomaticValues(database, context, recordId, values, current?.values) }
    : values
}

/**
 * What follows from a record that this one names, kept as it was when it was named: 出租人 of a lease is the owner of its
 * dwelling on the day the dwelling was chosen.
 */
export function withNamedRecords(
  database: ReadDatabase,
  register: Register,
  values: RecordValues,
  current: RecordRow | undefined,
): RecordValues {
  const { dwellingId } = values
  if (register.name !== 'lease' || typeof dwellingId !== 'string') return values
  if (current?.values['dwellingId'] === dwellingId) return values
  const dwelling = findRecord(database, 'dwelling', dwellingId)
  return {
    ...values,
    lessorName: dwelling?.values['ownerName'] ?? dwelling?.values['ownerBodyName'] ?? null,
  }
}

/** What a new record is given beside what was typed. Part of the save's transaction. */
export function makeAutomatic(
  database: WriteDatabase,
  context: Context,
  register: Register,
  values: RecordValues,
): RecordValues {
  switch (register.name) {
    case 'dwelling':
      return { archiveNumber: takeArchiveNumber(database, context.replicaId, values) }
    case 'lease':
      return { filingNumber: takeFilingNumber(database, context.replicaId, values) }
    default:
      return {}
  }
}

/**
 * What a step of the flow sets beside its answers: 有效期止 with 发证. Part of the step's transaction; it may only name automatic
 * fields that the step does not ask for.
 */
export function valuesAtStep(
  context: Context,
  database: ReadDatabase,
  register: Register,
  record: RecordRow,
  _step: FlowStep,
  answers: RecordValues,
): RecordValues {
  const issueDate = answers['issueDate']
  return register.name === 'residencePermit' && typeof issueDate === 'string'
    ? { validUntilDate: validUntilAtIssue(database, context, record.id, record.values, issueDate) }
    : {}
}
