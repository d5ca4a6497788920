import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues, canonicalJson } from '../../../src-shared/fields/merge.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { overlayEdits, type OverlaidEdit } from '../../../src-shared/sync/merge.ts'
import type { OpBody, OpKind, ServerRecord } from '../../../src-shared/sync/op.ts'
import type { WriteDatabase } from '../database/database.ts'
import { writeNameKeys } from '../queries/name-keys.ts'
import {
  findRecord,
  insertRecord,
  updateRecord,
  type NewRecordRow,
  type RecordRow,
} from '../queries/record-row.ts'

/**
 * Stores the server's state of one record inside the pull's transaction. What the page shows is that state with the own
 * edits laid over it that the server has not confirmed or that this state does not contain yet.
 *
 * @returns whether the record changed for the page
 */
export function applyServerRecord(database: WriteDatabase, server: ServerRecord, at: number): boolean {
  const register = getRegister(server.register)
  const current = findRecord(database, server.register, server.recordId)
  if (current !== undefined && current.serverSeq > server.seq) return false
  const ops = listOverlaid(database, server)
  const overlaid = overlayEdits(server, ops)
  const shown: Shown = { ...overlaid, status: overlaid.status === 'active' ? 'active' : 'cancelled' }
  if (ops.length === 0) {
    database.runOf(
      'DELETE FROM server_record WHERE register = ? AND record_id = ?',
      server.register,
      server.recordId,
    )
  } else {
    database.runOf(
      'INSERT OR REPLACE INTO server_record (register, record_id, seq, body) VALUES (?, ?, ?, ?)',
      server.register,
      server.recordId,
      server.seq,
      canonicalJson(server),
    )
  }
  const values = declaredValues(register.fields, shown.values)
  const isSame = current !== undefined && isShownSame(current, { ...shown, values })
  const next: NewRecordRow = {
    register: server.register,
    id: server.recordId,
    declarationVersion: server.declarationVersion,
    status: shown.status,
    cancellation: shown.cancellation,
    createdAt: server.createdAt,
    updatedAt: ops.length === 0 ? server.updatedAt : (current?.updatedAt ?? server.updatedAt),
    // A form that is open on this record learns of a change by its revision; an echo of its own edit is none.
    revision: isSame ? current.revision : (current?.revision ?? 0) + 1,
    stationCode: server.stationCode,
    serverSeq: server.seq,
    pendingOps: ops.filter((op) => op.state !== 'acked').length,
    values,
  }
  const row = current === undefined ? insertRecord(database, next) : current.row
  if (current !== undefined) updateRecord(database, row, next)
  if (
    current === undefined ||
    !areEqualValues(current.values[register.nameField], values[register.nameField])
  )
    writeNameKeys(
      database,
      server.register,
      row,
      { ...next, name: values[register.nameField] },
      current === undefined,
    )
  if (!isSame) logServerChange(database, server, current, { ...shown, values }, at)
  return !isSame
}

type OverlaidOp = OverlaidEdit & { readonly state: 'pending' | 'acked' | 'setAside' }

/** Own edits that this state of the server does not contain: unconfirmed ones, and confirmed ones with a later number. */
function listOverlaid(database: WriteDatabase, server: ServerRecord): readonly OverlaidOp[] {
  const rows = database.allOf(
    `SELECT kind, base_seq, body, state FROM outbox
     WHERE register = ? AND record_id = ? AND (state <> 'acked' OR seq > ?) ORDER BY n`,
    server.register,
    server.recordId,
    server.seq,
  )
  return rows.map((row) => {
    const body = JSON.parse(String(row['body'])) as OpBody
    return {
      kind: row['kind'] as OpKind,
      baseSeq: Number(row['base_seq']),
      fields: body.fields,
      cancellation: body.cancellation,
      state: row['state'] as OverlaidOp['state'],
    }
  })
}

/** Fields of a newer server that this program does not know stay in the server's copy and are pulled again after an update. */
function declaredValues(fields: Readonly<Record<string, unknown>>, values: RecordValues): RecordValues {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, values[name] ?? null]))
}

type Shown = {
  readonly status: RecordRow['status']
  readonly cancellation: RecordValues | null
  readonly values: RecordValues
}

function isShownSame(current: RecordRow, shown: Shown): boolean {
  return (
    current.status === shown.status &&
    canonicalJson(current.cancellation) === canonicalJson(shown.cancellation) &&
    Object.keys(shown.values).every((name) => areEqualValues(current.values[name], shown.values[name]))
  )
}

function logServerChange(
  database: WriteDatabase,
  server: ServerRecord,
  current: RecordRow | undefined,
  shown: Shown,
  at: number,
): void {
  const changes: Record<string, readonly [FieldValue, FieldValue]> = {}
  for (const [name, value] of Object.entries(shown.values)) {
    const old = current?.values[name] ?? null
    if (!areEqualValues(old, value)) changes[name] = [old, value]
  }
  database.runOf(
    `INSERT INTO change_log (register, record_id, act, changes, reason, account_name, station_code, at, op_n, server_seq)
     VALUES (?, ?, ?, ?, '', ?, ?, ?, NULL, ?)`,
    server.register,
    server.recordId,
    actOf(current, shown),
    canonicalJson(changes),
    server.updatedBy,
    server.updatedStation,
    server.updatedAt === 0 ? at : server.updatedAt,
    server.seq,
  )
}

function actOf(current: RecordRow | undefined, shown: Shown): OpBody['act'] {
  if (current === undefined) return 'created'
  if (current.status === shown.status) return 'changed'
  return shown.status === 'cancelled' ? 'cancelled' : 'restored'
}
