import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { overlayEdits } from '../../../src-shared/sync/merge.ts'
import type { RecordConflict, ServerRecord } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { findRecord } from '../queries/record-row.ts'
import { findPresent, findServerState, showRecord, type Present } from './show-record.ts'
import { listOverlaid } from './overlaid-ops.ts'
import { touch, type TouchedRecords } from './touched-records.ts'

export type ApplyHow = {
  /** Also where what is here has the same or a greater number: the daily check has found that it differs. */
  readonly isForced?: boolean
  /** {@link listPlain} has said so of this record: nothing stands beside it. */
  readonly isPlain?: boolean
  /** Filled with the records that changed for pages: this one, and those whose references moved. */
  readonly touched?: TouchedRecords
}

/**
 * Stores the server's state of one record, inside the transaction that moves the cursor. What the page shows is that
 * state with the own edits laid over it that the server has not confirmed or that this state does not contain yet.
 *
 * @returns whether the record changed for the page
 */
export function applyServerRecord(
  database: WriteDatabase,
  server: ServerRecord,
  how: ApplyHow = {},
): boolean {
  const { register, recordId } = server
  const isPlain = how.isPlain === true
  const present: Present = isPlain
    ? { current: findRecord(database, register, recordId), gone: undefined }
    : findPresent(database, register, recordId)
  if (how.isForced !== true && knownSeqOf(present) > server.seq) return false
  if (!isPlain || server.conflicts.length > 0) storeConflicts(database, register, recordId, server.conflicts)
  if (!isPlain || server.duplicates.length > 0)
    storeDuplicates(database, register, recordId, server.duplicates)
  const ops = isPlain ? [] : listOverlaid(database, register, recordId, server.seq)
  const touched: TouchedRecords = how.touched ?? new Map()
  const isChanged = showRecord(
    database,
    { register, recordId, base: server, ops, present, isFromServer: true, isPlain },
    touched,
  )
  if (isChanged) touch(touched, register, recordId)
  return isChanged
}

/**
 * Of these records those beside which nothing stands here: no own op, conflict, duplicate, history or server's state, and that are
 * not gone. Asked once for many, it spares each of them the same questions.
 */
export function listPlain(
  database: ReadDatabase,
  keys: readonly (readonly [RegisterName, string])[],
): ReadonlySet<string> {
  // Most of these tables are empty in a new store.
  const known = BESIDE.filter(
    ([table]) => database.firstOf(`SELECT 1 AS found FROM ${table} LIMIT 1`) !== undefined,
  ).map(
    ([table, column]) =>
      `EXISTS (SELECT 1 FROM ${table} AS beside WHERE beside.register = asked.value ->> 0 AND beside.${column} = asked.value ->> 1)`,
  )
  return new Set(
    database.pluck<string>(
      `SELECT asked.value ->> 1 FROM json_each(?) AS asked WHERE NOT (${['0', ...known].join(' OR ')})`,
      JSON.stringify(keys),
    ),
  )
}

const BESIDE = [
  ['outbox', 'record_id'],
  ['outbox', 'loser_id'],
  ['server_record', 'record_id'],
  ['gone_record', 'record_id'],
  ['conflict', 'record_id'],
  ['duplicate', 'record_id'],
  ['change_log', 'record_id'],
] as const

/** The server's number of what stands here; 0 where it has confirmed nothing. */
export function knownSeqOf({ current, gone }: Present): number {
  return current?.serverSeq ?? gone?.seq ?? 0
}

/**
 * The server's word that a record is what the own ops have made of it, each taken exactly as sent: only the number was
 * missing here.
 *
 * @returns false where this store cannot know what the server means (it has lost the ops): the record must be asked for
 */
export function applyOwnEcho(
  database: WriteDatabase,
  echo: { readonly register: RegisterName; readonly recordId: string; readonly seq: number },
  touched: TouchedRecords,
): boolean {
  const { register, recordId, seq } = echo
  const { table } = getRegister(register)
  const row = database.firstOf(`SELECT row, server_seq FROM ${table} WHERE id = ?`, recordId)
  if (row && Number(row['server_seq']) >= seq) return true
  const ops = database.firstOf(
    `SELECT count(*) FILTER (WHERE state = 'acked' AND seq = ?) AS newest,
       count(*) FILTER (WHERE state IN ('pending', 'setAside') OR (state = 'acked' AND seq > ?)) AS later
     FROM outbox WHERE register = ? AND record_id = ?`,
    seq,
    seq,
    register,
    recordId,
  )
  if (ops?.['newest'] === 0) return false
  if (row && ops?.['later'] === 0) {
    database.runOf(
      `UPDATE ${table} SET server_seq = ?, pending_ops = 0 WHERE row = ?`,
      seq,
      Number(row['row']),
    )
    database.runOf('DELETE FROM server_record WHERE register = ? AND record_id = ?', register, recordId)
    storeConflicts(database, register, recordId, [])
    return true
  }
  const present = findPresent(database, register, recordId)
  const confirmed = confirmedStateOf(database, echo, present)
  if (confirmed === undefined) return false
  storeConflicts(database, register, recordId, [])
  const remaining = listOverlaid(database, register, recordId, seq)
  const input = { register, recordId, base: confirmed, ops: remaining, present, isFromServer: true }
  if (showRecord(database, input, touched)) touch(touched, register, recordId)
  return true
}

/** The server's state up to the echo: the last known one with the confirmed ops since. */
function confirmedStateOf(
  database: WriteDatabase,
  { register, recordId, seq }: { register: RegisterName; recordId: string; seq: number },
  present: Present,
): ServerRecord | undefined {
  const shown = present.current ?? present.gone?.record
  if (!shown) return undefined
  const base = findServerState(database, register, recordId, present)
  const ops = listOverlaid(database, register, recordId, base?.seq ?? 0).filter(
    (op) => op.state === 'acked' && seqOf(database, op.n) <= seq,
  )
  const last = ops.at(-1)
  // Without a first state, and without the op that made the record, nobody here knows the whole of it.
  if (!last || (base === undefined && ops[0]?.body.act !== 'created')) return undefined
  return {
    register,
    recordId,
    seq,
    ...overlayEdits(base ?? { status: 'active', cancellation: null, mergedInto: null, values: {} }, ops),
    declarationVersion: last.body.declarationVersion,
    stationCode: shown.stationCode,
    createdAt: shown.createdAt,
    updatedAt: last.body.at,
    updatedBy: last.body.accountName,
    updatedStation: last.body.stationCode,
    conflicts: [],
    duplicates: [],
  }
}

function seqOf(database: WriteDatabase, n: number): number {
  return Number(database.pluck<number>('SELECT seq FROM outbox WHERE n = ?', n)[0] ?? 0)
}

function storeConflicts(
  database: WriteDatabase,
  register: RegisterName,
  recordId: string,
  conflicts: readonly RecordConflict[],
): void {
  database.runOf('DELETE FROM conflict WHERE register = ? AND record_id = ?', register, recordId)
  for (const conflict of conflicts) {
    database.runOf(
      'INSERT OR REPLACE INTO conflict (id, register, record_id, field, at, body, is_decided) VALUES (?, ?, ?, ?, ?, ?, 0)',
      conflict.id,
      register,
      recordId,
      conflict.field,
      conflict.at,
      JSON.stringify(conflict),
    )
  }
}

function storeDuplicates(
  database: WriteDatabase,
  register: RegisterName,
  recordId: string,
  duplicates: readonly string[],
): void {
  database.runOf('DELETE FROM duplicate WHERE register = ? AND record_id = ?', register, recordId)
  for (const otherId of duplicates) {
    database.runOf(
      'INSERT OR REPLACE INTO duplicate (register, record_id, other_id, is_decided) VALUES (?, ?, ?, 0)',
      register,
      recordId,
      otherId,
    )
  }
}
