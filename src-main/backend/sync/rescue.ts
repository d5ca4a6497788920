import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../src-shared/fields/merge.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import {
  REGISTER_NAMES,
  REGISTERS_BY_REFERENCE,
  type RegisterName,
} from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { opHashText, type OpBody, type OpKind, type ServerRecord } from '../../../src-shared/sync/op.ts'
import type { SqlRow, WriteDatabase } from '../database/database.ts'
import { findGone, writeGone, type GoneRecord } from '../queries/gone-record.ts'
import { findRecord, toRecordRow } from '../queries/record-row.ts'
import type { Actor } from '../services/context.ts'
import { findPresent, findServerState } from '../services/show-record.ts'
import { touch, type TouchedRecords } from '../services/touched-records.ts'
import { writeAudit } from '../services/write-audit.ts'
import { logOwnChange, writeOp } from '../services/write-edit.ts'
import { actorOfRound, letOthersGo, tellRound, type Round } from './round-line.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'

/** Records per act, so that a save never waits long for it. */
const STEP = 100
/** The history says why a record is uploaded once more. */
export const RESCUE_REASON = '服务器缺少这条记录,由本机重新上传'

type Rescued = Pick<
  ServerRecord,
  'register' | 'recordId' | 'status' | 'mergedInto' | 'cancellation' | 'stationCode' | 'createdAt'
> & {
  readonly fields: RecordValues
  /** The fields are all of the record: it can be made of them. */
  readonly isWhole: boolean
}

/**
 * Writes the ops that offer a record to a server that has lost it: all of it as it is known here. Where the server knows better
 * they agree or conflict; nothing is overwritten.
 *
 * @param baseSeq what the server is known to have kept: a value nobody has written since is taken
 */
function writeRescue(
  database: WriteDatabase,
  actor: Actor,
  record: Rescued,
  baseSeq: number,
  touched: TouchedRecords,
): void {
  const register = getRegister(record.register)
  const { recordId } = record
  const common = {
    register,
    recordId,
    baseSeq,
    reason: RESCUE_REASON,
    fields: {},
    cancellation: null,
  } as const
  const numbers: number[] = []
  // The record stays its station's, registered when it was.
  const maker = { ...actor, stationCode: record.stationCode, at: record.createdAt }
  if (Object.keys(record.fields).length > 0)
    numbers.push(
      writeOp(database, record.isWhole ? maker : actor, {
        ...common,
        kind: 'set',
        act: record.isWhole ? 'created' : 'changed',
        fields: record.fields,
        // It continues no chain of own edits: a value that was written here since is not its to replace.
        isRescue: true,
      }),
    )
  if (record.cancellation !== null)
    numbers.push(
      writeOp(database, actor, {
        ...common,
        kind: 'cancel',
        act: 'cancelled',
        cancellation: record.cancellation,
      }),
    )
  if (record.status === 'deleted')
    numbers.push(writeOp(database, actor, { ...common, kind: 'delete', act: 'deleted' }))
  if (record.status === 'merged' && record.mergedInto !== null)
    numbers.push(
      writeOp(database, actor, {
        ...common,
        recordId: record.mergedInto,
        kind: 'merge',
        act: 'merged',
        merge: { loserId: recordId, loserBaseSeq: baseSeq },
      }),
    )
  database.runOf(
    `UPDATE ${register.table} SET pending_ops = pending_ops + ? WHERE id = ?`,
    numbers.length,
    recordId,
  )
  touch(touched, record.register, recordId)
  logOwnChange(database, actor, {
    register: record.register,
    recordId,
    act: 'changed',
    changes: {},
    reason: RESCUE_REASON,
    opNumber: numbers[0] ?? null,
    serverSeq: baseSeq,
  })
  writeAudit(database, actor, 'sync.rescued', record.register, recordId, { ops: numbers.length })
}

/**
 * A record that only this store has is offered to the server, as a new one.
 * @returns false where it is not here (any more)
 */
export function rescueRecord(
  database: WriteDatabase,
  actor: Actor,
  register: RegisterName,
  recordId: string,
  baseSeq: number,
  touched: TouchedRecords,
): boolean {
  const row = findRecord(database, register, recordId)
  if (row) {
    setServerSeq(database, register, recordId, baseSeq)
    writeRescue(
      database,
      actor,
      { ...row, recordId, mergedInto: null, fields: row.values, isWhole: true },
      baseSeq,
      touched,
    )
    return true
  }
  const gone = findGone(database, register, recordId)
  if (!gone) return false
  // Only an administrator's word deletes: without it the server's own state of the record comes back with the next check.
  if (gone.status === 'deleted' && readSyncState(database).account?.role !== 'administrator') {
    dropSeq(database, gone)
    return false
  }
  writeGone(database, { ...gone, seq: baseSeq, record: { ...gone.record, seq: baseSeq } })
  database.runOf('DELETE FROM server_record WHERE register = ? AND record_id = ?', register, recordId)
  writeRescue(
    database,
    actor,
    { ...gone.record, fields: gone.record.values, isWhole: true },
    baseSeq,
    touched,
  )
  return true
}

function setServerSeq(database: WriteDatabase, register: RegisterName, recordId: string, seq: number): void {
  const { table } = getRegister(register)
  database.runOf(`UPDATE ${table} SET server_seq = ? WHERE id = ?`, seq, recordId)
  if (seq === 0) {
    database.runOf('DELETE FROM server_record WHERE register = ? AND record_id = ?', register, recordId)
    return
  }
  database.runOf(
    `UPDATE server_record SET seq = ?, body = json_set(body, '$.seq', ?) WHERE register = ? AND record_id = ?`,
    seq,
    seq,
    register,
    recordId,
  )
}

/**
 * After the whole pull from a restored server: what stands here under a number that it has lost, and that nobody has
 * brought back, is offered to it.
 * @returns how many records
 */
export async function rescueLost(round: Round): Promise<number> {
  const { store } = round.options
  let count = 0
  for (;;) {
    const { lost } = readSyncState(store.read)
    if (lost === null) return count
    const touched: TouchedRecords = new Map()
    const done = await store.write((database) => {
      const found = listInRange(database, lost.above, lost.upTo)
      for (const [register, id] of found)
        rescueRecord(database, actorOfRound(round), register, id, lost.above, touched)
      if (found.length === 0) writeSyncState(database, { lost: null })
      return found.length
    })
    tellRound(round, touched)
    count += done
    if (done === 0) return count
    await letOthersGo(round)
  }
}

function listInRange(
  database: WriteDatabase,
  above: number,
  upTo: number,
): readonly (readonly [RegisterName, string])[] {
  const found: (readonly [RegisterName, string])[] = []
  // What is referred to comes first, and a loser after its winner may be anywhere: the server follows either way.
  for (const name of REGISTERS_BY_REFERENCE) {
    const ids = [
      ...database.pluck<string>(
        `SELECT id FROM ${getRegister(name).table} WHERE server_seq > ? AND server_seq <= ? LIMIT ${STEP}`,
        above,
        upTo,
      ),
      ...database.pluck<string>(
        `SELECT record_id FROM gone_record WHERE register = ? AND seq > ? AND seq <= ? LIMIT ${STEP}`,
        name,
        above,
        upTo,
      ),
    ]
    for (const id of ids) found.push([name, id])
    if (found.length > 0) return found
  }
  return found
}

/**
 * A restored server sends a record that somebody has written since. What it says differently from what it had said
 * before it was restored may be the loss of an op whose own client is gone: those values are offered anew. What somebody has written
 * knowingly since then makes a conflict.
 *
 * @param above the newest number that survived
 */
export function rescueDifference(
  database: WriteDatabase,
  actor: Actor,
  server: ServerRecord,
  above: number,
  touched: TouchedRecords,
): void {
  const { register, recordId } = server
  const present = findPresent(database, register, recordId)
  const before = findServerState(database, register, recordId, present)
  if (!before) return
  // What was overwritten here is not lost, also where that op has come through to the restored server meanwhile.
  const own = new Set(
    database
      .pluck<string>(
        `SELECT body FROM outbox WHERE register = ? AND record_id = ?
           AND (state IN ('pending', 'setAside') OR (state = 'acked' AND seq > ?))`,
        register,
        recordId,
        before.seq,
      )
      .flatMap((body) => Object.keys((JSON.parse(body) as OpBody).fields)),
  )
  const fields: Record<string, FieldValue> = {}
  for (const [name, value] of Object.entries(before.values))
    if (!own.has(name) && !areEqualValues(value, server.values[name])) fields[name] = value
  const isCancelledHere = before.status === 'cancelled' && server.status === 'active'
  if (Object.keys(fields).length === 0 && !isCancelledHere) return
  writeRescue(
    database,
    actor,
    {
      register,
      recordId,
      status: 'active',
      mergedInto: null,
      cancellation: isCancelledHere ? before.cancellation : null,
      stationCode: before.stationCode,
      createdAt: before.createdAt,
      fields,
      isWhole: false,
    },
    above,
    touched,
  )
}

/**
 * Another server has been accepted in place of the known one. Its numbers mean nothing here and the other way round: every
 * op that is kept is to be sent as if nothing had been seen, and every record that no kept op has made is offered whole.
 * Works in short acts; what is done stays done when the program ends in between.
 */
export async function offerEverything(round: Round): Promise<void> {
  const { store } = round.options
  while (await store.write(reopenSomeOps)) await letOthersGo(round)
  for (const name of REGISTER_NAMES) {
    for (;;) {
      const touched: TouchedRecords = new Map()
      const count = await store.write((database) => offerSome(database, actorOfRound(round), name, touched))
      tellRound(round, touched)
      if (count === 0) break
      await letOthersGo(round)
    }
  }
  await store.write((database) => {
    keepOpenConflicts(database, actorOfRound(round))
    writeSyncState(database, { isAdopting: false })
  })
}

/** @returns whether there may be more */
function reopenSomeOps(database: WriteDatabase): boolean {
  const rows = database.allOf(
    `SELECT n, op_id, register, record_id, kind, body FROM outbox
     WHERE state = 'acked' OR (state IN ('pending', 'setAside') AND base_seq > 0) ORDER BY n LIMIT ?`,
    STEP * 5,
  )
  for (const row of rows) {
    const body = JSON.parse(String(row['body'])) as OpBody
    const next: OpBody = body.merge ? { ...body, merge: { ...body.merge, loserBaseSeq: 0 } } : body
    const op = {
      opId: String(row['op_id']),
      register: row['register'] as RegisterName,
      recordId: String(row['record_id']),
      kind: row['kind'] as OpKind,
      baseSeq: 0,
      body: next,
    }
    database.runOf(
      `UPDATE outbox SET state = 'pending', base_seq = 0, body = ?, hash = ?, seq = NULL, receipt = NULL,
         acked_at = NULL, refusal = NULL WHERE n = ?`,
      canonicalJson(next),
      createHash('sha256').update(opHashText(op), 'utf8').digest('hex'),
      Number(row['n']),
    )
  }
  return rows.length > 0
}

function offerSome(
  database: WriteDatabase,
  actor: Actor,
  name: RegisterName,
  touched: TouchedRecords,
): number {
  const register = getRegister(name)
  const rows = database
    .allOf(`SELECT * FROM ${register.table} WHERE server_seq > 0 LIMIT ${STEP}`)
    .map((row: SqlRow) => toRecordRow(register, row))
  for (const row of rows) {
    setServerSeq(database, name, row.id, 0)
    if (!isMadeHere(database, name, row.id))
      writeRescue(
        database,
        actor,
        { ...row, recordId: row.id, mergedInto: null, fields: row.values, isWhole: true },
        0,
        touched,
      )
    database.runOf(
      `UPDATE ${register.table} SET pending_ops = (
         SELECT count(*) FROM outbox WHERE register = ? AND record_id = ? AND state IN ('pending', 'setAside')
       ) WHERE row = ?`,
      name,
      row.id,
      row.row,
    )
    touch(touched, name, row.id)
  }
  const gone = database.pluck<string>(
    `SELECT record_id FROM gone_record WHERE register = ? AND seq > 0 LIMIT ${STEP}`,
    name,
  )
  for (const id of gone) {
    const known = findGone(database, name, id)
    if (!known) continue
    if (isMadeHere(database, name, id)) dropSeq(database, known)
    else rescueRecord(database, actor, name, id, 0, touched)
  }
  return rows.length + gone.length
}

function dropSeq(database: WriteDatabase, gone: GoneRecord): void {
  writeGone(database, { ...gone, seq: 0, record: { ...gone.record, seq: 0 } })
  database.runOf(
    'DELETE FROM server_record WHERE register = ? AND record_id = ?',
    gone.register,
    gone.recordId,
  )
}

/** Whether the op that made the record is still in the outbox: then it is sent again by itself. */
function isMadeHere(database: WriteDatabase, register: RegisterName, recordId: string): boolean {
  return (
    database.firstOf(
      `SELECT 1 AS found FROM outbox
       WHERE register = ? AND record_id = ? AND state <> 'withdrawn' AND json_extract(body, '$.act') = 'created' LIMIT 1`,
      register,
      recordId,
    ) !== undefined
  )
}

/** The other server does not know these conflicts; what lost in them stays readable in the history. */
function keepOpenConflicts(database: WriteDatabase, actor: Actor): void {
  const rows = database.allOf('SELECT register, record_id, field, body FROM conflict')
  for (const row of rows) {
    const { lost } = JSON.parse(String(row['body'])) as { readonly lost: FieldValue }
    logOwnChange(database, actor, {
      register: row['register'] as RegisterName,
      recordId: String(row['record_id']),
      act: 'resolved',
      changes: { [String(row['field'])]: [lost, null] },
      reason: '服务器已更换,没有处理的冲突留存在此',
      opNumber: null,
      serverSeq: 0,
    })
  }
  database.runOf('DELETE FROM conflict')
  database.runOf('DELETE FROM duplicate')
}
