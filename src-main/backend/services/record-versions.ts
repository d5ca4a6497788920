import type { RecordVersion } from '../../../src-shared/contract/types.ts'
import type { FieldValue } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { RecordStatus, Register, RegisterName } from '../../../src-shared/registers/register.ts'
import type { OpAct } from '../../../src-shared/sync/op.ts'
import { findRecord, type RecordRow } from '../queries/record-row.ts'
import { isPulled, listLogLines, type LogLine } from './change-lines.ts'
import { actorOf, type Context } from './context.ts'
import { toHistoryLine } from './record-history.ts'
import { labelRecord } from './record-labels.ts'
import { RequestRefusal } from './request-failure.ts'
import { maskRecord } from './mask-record.ts'
import { provenanceOf } from './value-provenance.ts'
import { writeAudit } from './write-audit.ts'

/**
 * The record as it was after one line of its history, put together from what the lines say; nothing that stood there is lost.
 * The look is logged.
 *
 * @throws RequestRefusal `notFound`
 */
export async function getRecordVersion(
  context: Context,
  input: { readonly register: RegisterName; readonly id: string; readonly version: number },
): Promise<RecordVersion> {
  const { read } = context.store
  const register = getRegister(input.register)
  const row = findRecord(read, input.register, input.id)
  const lines = listLogLines(read, input.register, input.id)
  const at = lines.findIndex((line) => line.id === input.version)
  const line = lines[at]
  if (!row || !line)
    throw new RequestRefusal('notFound', `找不到该${register.label}的这个版本,请刷新后再看。`)
  await context.store.write((database) =>
    writeAudit(database, actorOf(context), 'record.versionViewed', input.register, input.id, {
      version: line.id,
    }),
  )
  const past = rebuildVersion(register, row, lines, at)
  const record = labelRecord(read, context.dictionaries, past, null)
  return {
    record: maskRecord(context, {
      ...record,
      provenance: provenanceOf(read, past.values, lines.slice(at)),
    }),
    line: toHistoryLine(context, register, line),
    changedFields: Object.keys(line.changes).filter((name) => Object.hasOwn(register.fields, name)),
  }
}

/** The record after the line `at` of its lines, the newest first. */
function rebuildVersion(
  register: Register,
  row: RecordRow,
  lines: readonly LogLine[],
  at: number,
): RecordRow {
  const past = lines.slice(at)
  const later = lines.slice(0, at).toReversed()
  const valueOf = (name: string, now: FieldValue): FieldValue => {
    const written = past.find((line) => hasWritten(line, name))?.changes[name]
    if (written) return written[1]
    const replaced = later.find((line) => hasReplaced(line, name))?.changes[name]
    return replaced ? replaced[0] : now
  }
  const values = Object.fromEntries(
    Object.keys(register.fields).map((name) => [name, valueOf(name, row.values[name] ?? null)]),
  )
  const status = statusAfter(past, later, row.status)
  const cancellation = Object.fromEntries(
    Object.keys(register.cancellation).map((name) => [
      name,
      valueOf(`cancellation.${name}`, row.cancellation?.[name] ?? null),
    ]),
  )
  const line = lines[at]
  return {
    ...row,
    values,
    status,
    cancellation: status === 'cancelled' ? cancellation : null,
    updatedAt: line?.at ?? row.updatedAt,
  }
}

/** A conflict that was kept readable when the server was replaced tells of a value that never stood. */
function hasWritten(line: LogLine, name: string): boolean {
  return (
    Object.hasOwn(line.changes, name) && !(line.act === 'resolved' && isPulled(line) && line.serverSeq === 0)
  )
}

/**
 * Whether the line's old value stood in the record: a decision for the value that stood there names the one that lost, and
 * tells the two apart by whose value it is now.
 */
function hasReplaced(line: LogLine, name: string): boolean {
  if (!hasWritten(line, name)) return false
  return line.act !== 'resolved' || isPulled(line) || line.provenance[name] !== undefined
}

const STATUS_AFTER: Readonly<Partial<Record<OpAct, RecordStatus>>> = {
  created: 'active',
  cancelled: 'cancelled',
  restored: 'active',
}

function statusAfter(past: readonly LogLine[], later: readonly LogLine[], now: RecordStatus): RecordStatus {
  for (const { act } of past) {
    const status = STATUS_AFTER[act]
    if (status !== undefined) return status
  }
  // Before the first line that says anything it was the opposite of what that line made of it.
  for (const { act } of later) {
    if (act === 'cancelled') return 'active'
    if (act === 'restored') return 'cancelled'
  }
  return now
}
