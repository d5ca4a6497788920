import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues, canonicalJson } from '../../../src-shared/fields/merge.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { overlayEdits, type ShownState } from '../../../src-shared/sync/merge.ts'
import { CHANGE_KINDS, type ChangeKind } from '../../../src-shared/sync/change-kind.ts'
import type { OpAct, ServerRecord } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { findGone, followMerges, removeGone, writeGone, type GoneRecord } from '../queries/gone-record.ts'
import { writeNameKeys } from '../queries/name-keys.ts'
import {
  findRecord,
  insertRecord,
  updateRecord,
  type NewRecordRow,
  type RecordRow,
} from '../queries/record-row.ts'
import { followReferences, moveReferences, returnReferences } from './moved-references.ts'
import { isWithdrawal, listOverlaid, type OverlaidOp } from './overlaid-ops.ts'
import { touch, type TouchedRecords } from './touched-records.ts'
import { toServerRecord } from './write-edit.ts'

/** What stands here under an id: a shown record, a gone one, or nothing. */
export type Present = { readonly current: RecordRow | undefined; readonly gone: GoneRecord | undefined }

export function findPresent(database: ReadDatabase, register: RegisterName, id: string): Present {
  const current = findRecord(database, register, id)
  return { current, gone: current === undefined ? findGone(database, register, id) : undefined }
}

/**
 * The server's last known state of a record; undefined where the server has not confirmed any. Without own edits it is
 * what is shown.
 */
export function findServerState(
  database: ReadDatabase,
  register: RegisterName,
  id: string,
  { current, gone }: Present,
): ServerRecord | undefined {
  const kept = database.firstOf(
    'SELECT body FROM server_record WHERE register = ? AND record_id = ?',
    register,
    id,
  )
  if (kept) return JSON.parse(String(kept['body'])) as ServerRecord
  if (current && current.serverSeq > 0) return toServerRecord(current)
  return gone && gone.seq > 0 ? gone.record : undefined
}

/** Lays the own edits over the server's state anew, after an op was written, refused or taken back. */
export function reshowRecord(
  database: WriteDatabase,
  register: RegisterName,
  recordId: string,
  touched: TouchedRecords,
): void {
  const present = findPresent(database, register, recordId)
  const base = findServerState(database, register, recordId, present)
  const ops = listOverlaid(database, register, recordId, base?.seq ?? 0)
  if (showRecord(database, { register, recordId, base, ops, present, isFromServer: false }, touched))
    touch(touched, register, recordId)
}

export type ShowInput = {
  readonly register: RegisterName
  readonly recordId: string
  /** The server's state; undefined where there is none. */
  readonly base: ServerRecord | undefined
  /** The own edits that this state does not contain. */
  readonly ops: readonly OverlaidOp[]
  readonly present: Present
  /** The state has just come from the server: what it changes is a line of the history. */
  readonly isFromServer: boolean
  /** Nothing stands beside the record: no own op, no history, no kept state. */
  readonly isPlain?: boolean
}

/**
 * Writes what a record is shown as: in its register's table while active or cancelled, else among the gone ones.
 * @returns whether it changed for the page
 */
export function showRecord(database: WriteDatabase, input: ShowInput, touched: TouchedRecords): boolean {
  const { register: name, recordId, base, ops, present } = input
  const { current, gone } = present
  if (input.isPlain !== true) keepBase(database, input)
  if (ops.length > 0 || !input.isFromServer) markDecided(database, name, recordId, ops)
  if (base === undefined && ops.every(isWithdrawal)) return takeOut(database, input)
  const overlaid = shownStateOf(base, ops)
  const meta = metaOf(input)
  const isGone = overlaid.status === 'merged' || overlaid.status === 'deleted'
  if (isGone) {
    const last = ops.findLast((op) => op.kind === 'merge' || op.kind === 'delete')
    if (input.isFromServer && gone?.status !== overlaid.status)
      logServerChange(database, input, overlaid.status === 'merged' ? 'merged' : 'deleted', {})
    if (current) removeRow(database, name, current)
    writeGone(database, {
      register: name,
      recordId,
      seq: base?.seq ?? 0,
      status: overlaid.status === 'merged' ? 'merged' : 'deleted',
      mergedInto: overlaid.mergedInto,
      at: last?.body.at ?? meta.updatedAt,
      record: {
        ...meta,
        register: name,
        recordId,
        seq: base?.seq ?? 0,
        ...overlaid,
        updatedBy: last?.body.accountName ?? base?.updatedBy ?? '',
        updatedStation: last?.body.stationCode ?? base?.updatedStation ?? '',
        conflicts: [],
        duplicates: [],
      },
    })
    if (overlaid.status === 'merged') moveReferences(database, name, recordId, touched)
    return current !== undefined || gone?.status !== overlaid.status
  }
  const register = getRegister(name)
  const status = overlaid.status === 'cancelled' ? 'cancelled' : 'active'
  const shown = {
    ...overlaid,
    status,
    values: valuesOf(database, register, recordId, overlaid.values),
  } as const
  const isSame = current !== undefined && isShownSame(current, shown)
  const next: NewRecordRow = {
    register: name,
    id: recordId,
    ...meta,
    status,
    cancellation: shown.cancellation,
    // A form that is open on this record learns of a change by its revision; an echo of its own edit is none.
    revision: isSame ? current.revision : nextRevision(database, input),
    serverSeq: base?.seq ?? 0,
    pendingOps: ops.filter((op) => op.isOwn && op.state !== 'acked').length,
    values: shown.values,
  }
  const row = current === undefined ? insertRecord(database, next) : current.row
  if (current !== undefined) updateRecord(database, row, next)
  const { nameField } = register
  if (current === undefined || !areEqualValues(current.values[nameField], shown.values[nameField]))
    writeNameKeys(database, name, row, { ...next, name: shown.values[nameField] }, current === undefined)
  if (gone) {
    const winnerId = gone.mergedInto === null ? null : followMerges(database, name, recordId)
    removeGone(database, name, recordId)
    if (winnerId !== null) returnReferences(database, recordId, winnerId, touched)
  }
  if (input.isFromServer && !isSame) logServerChange(database, input, actOf(present, shown), shown.values)
  return !isSame || current.pendingOps !== next.pendingOps
}

/** What the server said stands beside the record while own edits are laid over it. */
function keepBase(database: WriteDatabase, { register, recordId, base, ops, isFromServer }: ShowInput): void {
  if (ops.length === 0 || base === undefined) {
    database.runOf('DELETE FROM server_record WHERE register = ? AND record_id = ?', register, recordId)
    return
  }
  database.runOf(
    `INSERT OR ${isFromServer ? 'REPLACE' : 'IGNORE'} INTO server_record (register, record_id, seq, body) VALUES (?, ?, ?, ?)`,
    register,
    recordId,
    base.seq,
    JSON.stringify(base),
  )
}

/** What was decided here does not wait for a person any more, as long as the decision is on its way. */
function markDecided(
  database: WriteDatabase,
  register: RegisterName,
  recordId: string,
  ops: readonly OverlaidOp[],
): void {
  const decided = JSON.stringify(ops.flatMap((op) => op.body.resolves ?? []))
  database.runOf(
    `UPDATE conflict SET is_decided = id IN (SELECT value FROM json_each(?))
     WHERE register = ? AND record_id = ?`,
    decided,
    register,
    recordId,
  )
  const distinct = JSON.stringify(ops.flatMap((op) => op.body.distinctFrom ?? []))
  database.runOf(
    `UPDATE duplicate SET is_decided = other_id IN (SELECT value FROM json_each(?))
     WHERE register = ? AND record_id = ?`,
    distinct,
    register,
    recordId,
  )
}

/** Nothing is known of the record any more: its only ops were withdrawn. They stay in the outbox. */
function takeOut(database: WriteDatabase, { register, recordId, present }: ShowInput): boolean {
  if (present.current) removeRow(database, register, present.current)
  const wasGone = removeGone(database, register, recordId)
  return present.current !== undefined || wasGone
}

function removeRow(database: WriteDatabase, register: RegisterName, current: RecordRow): void {
  database.runOf(`DELETE FROM ${getRegister(register).table} WHERE row = ?`, current.row)
}

const UNCONFIRMED: ShownState = { status: 'active', cancellation: null, mergedInto: null, values: {} }

/**
 * The server's state with the own edits over it. A record that others have merged or deleted stays in sight until the own
 * edits of it have their receipts.
 */
function shownStateOf(base: ServerRecord | undefined, ops: readonly OverlaidOp[]): ShownState {
  if (base === undefined) return overlayEdits(UNCONFIRMED, ops)
  const shown = ops.length === 0 ? base : overlayEdits(base, ops)
  const isGone = shown.status === 'merged' || shown.status === 'deleted'
  const isGoneByOthers = isGone && shown.status === base.status && !ops.some((op) => isClosing(op))
  const isWaited = ops.some((op) => op.isOwn && op.state !== 'acked')
  const { values, cancellation } = shown
  return isGoneByOthers && isWaited
    ? { status: cancellation === null ? 'active' : 'cancelled', cancellation, mergedInto: null, values }
    : { status: shown.status, cancellation, mergedInto: shown.mergedInto, values }
}

function isClosing(op: OverlaidOp): boolean {
  return op.kind === 'delete' || (op.kind === 'merge' && !op.isOwn)
}

function metaOf({ base, ops, present }: ShowInput): {
  readonly declarationVersion: number
  readonly stationCode: string
  readonly createdAt: number
  readonly updatedAt: number
} {
  const [first, last] = [ops[0]?.body, ops.at(-1)?.body]
  const before = present.current ?? present.gone?.record
  return {
    declarationVersion:
      base?.declarationVersion ?? before?.declarationVersion ?? first?.declarationVersion ?? 1,
    stationCode: base?.stationCode ?? before?.stationCode ?? first?.stationCode ?? '',
    createdAt: base?.createdAt ?? before?.createdAt ?? first?.at ?? 0,
    updatedAt: last?.at ?? base?.updatedAt ?? 0,
  }
}

/** Fields of a newer server that this program does not know stay in the server's copy and are pulled again after an update. */
function valuesOf(
  database: WriteDatabase,
  register: Register,
  recordId: string,
  values: RecordValues,
): RecordValues {
  const declared: Record<string, FieldValue> = {}
  for (const name of Object.keys(register.fields)) declared[name] = values[name] ?? null
  const hasMerged =
    database.firstOf("SELECT 1 AS found FROM gone_record WHERE status = 'merged' LIMIT 1") !== undefined
  return hasMerged ? followReferences(database, register, recordId, declared) : declared
}

/** A record that comes back must not take up a number that an old form may still hold. */
function nextRevision(database: WriteDatabase, { register, recordId, present }: ShowInput): number {
  if (present.current) return present.current.revision + 1
  if (!present.gone) return 1
  const lines = database.pluck<number>(
    'SELECT count(*) FROM change_log WHERE register = ? AND record_id = ?',
    register,
    recordId,
  )
  return 1_000 + Number(lines[0])
}

type Shown = {
  readonly status: RecordRow['status']
  readonly cancellation: RecordValues | null
  readonly values: RecordValues
}

function isShownSame(current: RecordRow, shown: Shown): boolean {
  if (current.status !== shown.status) return false
  if (
    (current.cancellation !== null || shown.cancellation !== null) &&
    canonicalJson(current.cancellation) !== canonicalJson(shown.cancellation)
  )
    return false
  return Object.keys(shown.values).every((name) => areEqualValues(current.values[name], shown.values[name]))
}

function actOf({ current, gone }: Present, shown: Shown): OpAct {
  if (gone) return gone.status === 'merged' ? 'unmerged' : 'restored'
  if (current === undefined) return 'created'
  if (current.status === shown.status) return 'changed'
  return shown.status === 'cancelled' ? 'cancelled' : 'restored'
}

/** The values a record came with stand in the record: only what replaced others is noted. */
function logServerChange(
  database: WriteDatabase,
  { base, register, recordId, present, isPlain }: ShowInput,
  act: OpAct,
  values: RecordValues,
): void {
  if (base === undefined) return
  // A store that was rebuilt pulls records whose history it has kept.
  if (act === 'created' && isPlain !== true && hasHistory(database, register, recordId)) return
  const changes: Record<string, readonly [FieldValue, FieldValue]> = {}
  const { current } = present
  if (current) {
    for (const [name, value] of Object.entries(values)) {
      const old = current.values[name] ?? null
      if (!areEqualValues(old, value)) changes[name] = [old, value]
    }
  }
  const word = wordOfServer(base, act, Object.keys(changes))
  database.runOf(
    `INSERT INTO change_log (register, record_id, act, changes, reason, account_name, station_code, at, op_n, server_seq,
       change_kind, effective_date)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)`,
    register,
    recordId,
    word?.act ?? act,
    canonicalJson(changes),
    word?.reason ?? '',
    base.updatedBy,
    base.updatedStation,
    base.updatedAt,
    base.seq,
    word?.changeKind ?? null,
    word?.effectiveDate ?? null,
  )
}

/**
 * What the newest change said of itself, where it is what came in: several may have come at once, and only the newest has words.
 */
function wordOfServer(
  base: ServerRecord,
  act: OpAct,
  changed: readonly string[],
):
  | {
      readonly act: OpAct
      readonly reason: string | undefined
      readonly changeKind: ChangeKind | undefined
      readonly effectiveDate: string | undefined
    }
  | undefined {
  const { updatedAs } = base
  if (updatedAs === undefined || !changed.every((name) => updatedAs.fields.includes(name))) return undefined
  const isAct = updatedAs.act === act || (act === 'changed' && WRITING_ACTS.includes(updatedAs.act))
  if (!isAct) return undefined
  return {
    act: updatedAs.act as OpAct,
    reason: updatedAs.reason,
    changeKind: CHANGE_KINDS.find((kind) => kind === updatedAs.changeKind),
    effectiveDate: updatedAs.effectiveDate,
  }
}

/** Acts that write fields of a record that stays as it is otherwise. */
const WRITING_ACTS: readonly string[] = ['changed', 'assigned', 'resolved'] satisfies readonly OpAct[]

function hasHistory(database: ReadDatabase, register: RegisterName, recordId: string): boolean {
  return (
    database.firstOf(
      'SELECT 1 AS found FROM change_log WHERE register = ? AND record_id = ? LIMIT 1',
      register,
      recordId,
    ) !== undefined
  )
}
