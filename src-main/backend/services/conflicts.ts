import type { ConflictPage, ConflictRow, ConflictSide } from '../../../src-shared/contract/sync-types.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import type { FieldValue } from '../../../src-shared/fields/field.ts'
import { REGISTER_NAMES, type Register, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { STATUS_FIELD } from '../../../src-shared/sync/merge.ts'
import type { LostStatus, RecordConflict } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase } from '../database/database.ts'
import type { Context } from './context.ts'
import { namerFor } from './names.ts'
import { labellerFor } from './record-labels.ts'
import { describeStatus, maskerFor, nameRecords, type NamedRecord } from './shown-records.ts'

export type Page = { readonly offset: number; readonly limit: number }

/** SQL: the first field of the merge group that a conflict's field belongs to, else the field itself. */
const GROUP = `CASE ${REGISTER_NAMES.flatMap((name) =>
  (getRegister(name).mergeGroups ?? []).map(
    (fields) =>
      `WHEN register = '${name}' AND field IN (${fields.map((field) => `'${field}'`).join(', ')}) THEN '${fields[0] ?? ''}'`,
  ),
).join(' ')} ELSE field END`

/**
 * Decisions that wait for a person, as 冲突处理 lists them: the fields of a record that belong together and lost to the same
 * edit are one. A conflict's id is `<op>/<field>`, with `/loser` behind it for what a merge found.
 */
export function countConflicts(read: ReadDatabase): number {
  return Number(
    read.pluck<number>(
      `SELECT count(*) FROM (SELECT DISTINCT register, record_id, substr(id, 1, instr(id, '/')), id LIKE '%/loser', ${GROUP}
       FROM conflict WHERE is_decided = 0)`,
    )[0],
  )
}

/** Conflicts of one record with the same group are decided together: the fields of a merge group, or one field. */
export function conflictGroupOf(register: Register, field: string): string {
  return register.mergeGroups?.find((names) => names.includes(field))?.[0] ?? field
}

/** 冲突处理: open conflicts, the oldest first, with both values in words. */
export function listConflicts(context: Context, page: Page): ConflictPage {
  const { read } = context.store
  const lines = read
    .allOf(
      `SELECT register, record_id, body FROM conflict WHERE is_decided = 0 ORDER BY at, id LIMIT ? OFFSET ?`,
      page.limit,
      page.offset,
    )
    .map((row) => ({
      register: row['register'] as RegisterName,
      recordId: String(row['record_id']),
      conflict: JSON.parse(String(row['body'])) as RecordConflict,
    }))
  const records = nameRecords(context, read, lines)
  const textOf = conflictTexts(context, lines)
  const namer = namerFor(read)
  const rows = lines.flatMap(({ register: name, recordId, conflict }): ConflictRow[] => {
    const record = records.find(name, recordId)
    if (!record) return []
    const register = getRegister(name)
    const kept = keptValueOf(record, conflict.field)
    return [
      {
        id: conflict.id,
        register: name,
        recordId,
        title: record.title,
        recordStatus: record.status,
        field: conflict.field,
        label:
          conflict.field === STATUS_FIELD
            ? '状态'
            : (register.fields[conflict.field]?.label ?? conflict.field),
        group: conflictGroupOf(register, conflict.field),
        kept: {
          ...textOf(register, conflict.field, kept),
          by: namer.person(conflict.keptBy),
          station: namer.station(conflict.keptStation),
          at: conflict.keptAt === 0 ? null : conflict.keptAt,
        },
        lost: {
          ...textOf(register, conflict.field, conflict.lost),
          by: namer.person(conflict.by),
          station: namer.station(conflict.station),
          at: conflict.at === 0 ? null : conflict.at,
        },
        isDecided: false,
      },
    ]
  })
  const total = read.pluck<number>('SELECT count(*) FROM conflict WHERE is_decided = 0')[0]
  return { rows, total: Number(total) }
}

/** What the record shows now. */
function keptValueOf(record: NamedRecord, field: string): FieldValue | LostStatus {
  if (field === STATUS_FIELD)
    return { status: record.status, cancellation: record.cancellation, mergedInto: null }
  return record.values[field] ?? null
}

type Line = {
  readonly register: RegisterName
  readonly recordId: string
  readonly conflict: RecordConflict
}

/** Values in words: every record they refer to is read once; personal ones are masked for a role that may not see them. */
function conflictTexts(
  context: Context,
  lines: readonly Line[],
): (
  register: Register,
  field: string,
  value: FieldValue | LostStatus,
) => Pick<ConflictSide, 'value' | 'text'> {
  const { read } = context.store
  const mask = maskerFor(context)
  const labellers = new Map(
    [...new Set(lines.map((line) => line.register))].map((name) => {
      const lost = lines
        .filter((line) => line.register === name && line.conflict.field !== STATUS_FIELD)
        .map((line) => ({ [line.conflict.field]: line.conflict.lost as FieldValue }))
      const ids = lines.filter((line) => line.register === name).map((line) => line.recordId)
      const kept = nameRecords(
        context,
        read,
        ids.map((recordId) => ({ register: name, recordId })),
      )
      const shown = ids.map((id) => kept.find(name, id)?.values ?? {})
      return [name, labellerFor(read, context.dictionaries, getRegister(name), [...lost, ...shown])]
    }),
  )
  return (register, field, value) => {
    const labelOf = labellers.get(register.name)?.labelOf ?? ((_field, code: string) => code)
    if (field === STATUS_FIELD) {
      const state = value as LostStatus
      return { value: state.status, text: describeStatus(register, state, labelOf) }
    }
    const declared = register.fields[field]
    // A field of a newer program is shown as it is.
    const text = declared ? displayValue(declared, value as FieldValue, labelOf) : JSON.stringify(value)
    const shown = mask(register, field, text)
    return { value: shown === text ? (value as FieldValue) : shown, text: shown }
  }
}
