import { createHash } from 'node:crypto'
import { v7 as makeUuid } from 'uuid'
import { isEmptyValue, type FieldValue, type RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues, canonicalJson } from '../../../src-shared/fields/merge.ts'
import type { ChangeKind } from '../../../src-shared/sync/change-kind.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { opHashText, type OpBody, type OpKind, type ServerRecord } from '../../../src-shared/sync/op.ts'
import type { CardChoices } from '../../../src-shared/readers/card-choice.ts'
import type { RecordProvenance } from '../../../src-shared/values/provenance.ts'
import { isDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import { build, type WriteDatabase } from '../database/database.ts'
import { writeNameKeys } from '../queries/name-keys.ts'
import { insertRecord, updateRecord, type NewRecordRow, type RecordRow } from '../queries/record-row.ts'
import type { Actor } from './context.ts'
import { findSeenSeq } from './overlaid-ops.ts'
import { writeAudit } from './write-audit.ts'

/** One edit of one record, judged and ready to be stored. */
export type Edit = {
  readonly register: Register
  readonly recordId: string
  /** The record as it stands; undefined for a new one. */
  readonly current: RecordRow | undefined
  readonly kind: 'set' | 'cancel' | 'restore'
  readonly act: OpBody['act']
  /** The fields the edit writes (kind `set`), else empty. */
  readonly fields: RecordValues
  /** Kind `cancel` only. */
  readonly cancellation: RecordValues | null
  readonly reason: string
  /** How the values of {@link fields} came, as far as it is known. */
  readonly provenance?: RecordProvenance
  /** A modification that was asked what it is. */
  readonly changeKind?: ChangeKind
  /** Of a `change`: since when it holds. */
  readonly effectiveDate?: string
  /** Where a card had said otherwise. Kept here only: nobody else needs the value that was not taken. */
  readonly cardChoices?: CardChoices
}

/**
 * Stores an edit: record, name keys, change log, outbox and audit. The caller holds the transaction, so they stand or
 * fall together. Demo records never enter the outbox.
 */
export function writeEdit(database: WriteDatabase, actor: Actor, edit: Edit): void {
  const { register, current, recordId } = edit
  const isDemo = isDemoRecordId(recordId)
  if (current !== undefined && !isDemo) keepServerState(database, current)
  const changes = changesOf(edit)
  const next: NewRecordRow = {
    register: register.name,
    id: recordId,
    declarationVersion:
      edit.kind === 'set' ? register.version : (current?.declarationVersion ?? register.version),
    status: statusAfter(edit),
    cancellation: edit.kind === 'set' ? (current?.cancellation ?? null) : edit.cancellation,
    createdAt: current?.createdAt ?? actor.at,
    updatedAt: actor.at,
    revision: (current?.revision ?? 0) + 1,
    stationCode: current?.stationCode ?? actor.stationCode,
    serverSeq: current?.serverSeq ?? 0,
    pendingOps: (current?.pendingOps ?? 0) + (isDemo ? 0 : 1),
    values: { ...current?.values, ...edit.fields },
  }
  const row = current === undefined ? insertRecord(database, next) : current.row
  if (current !== undefined) updateRecord(database, row, next)
  if (current === undefined || Object.hasOwn(edit.fields, register.nameField))
    writeNameKeys(
      database,
      register.name,
      row,
      { ...next, name: next.values[register.nameField] },
      current === undefined,
    )
  const opNumber = isDemo
    ? null
    : writeOp(database, actor, {
        ...edit,
        baseSeq: current ? findSeenSeq(database, register, current, writtenFields(edit)) : 0,
        cancellation: edit.kind === 'cancel' ? edit.cancellation : null,
      })
  logOwnChange(database, actor, {
    register: register.name,
    recordId,
    act: edit.act,
    changes,
    reason: edit.reason,
    opNumber,
    ...wordOf(edit),
    ...(edit.cardChoices === undefined ? {} : { cardChoices: edit.cardChoices }),
  })
  writeAudit(database, actor, `record.${edit.act}`, register.name, recordId, { fields: Object.keys(changes) })
}

/** What an edit, an op or the body of one says of itself beside its reason. */
export type Word = Pick<OpBody, 'provenance' | 'changeKind' | 'effectiveDate'>

/** Only what is said: absent keys are absent in the hash of an op. */
export function wordOf(word: Word): Word {
  const { provenance, changeKind, effectiveDate } = word
  return {
    ...(provenance === undefined || Object.keys(provenance).length === 0 ? {} : { provenance }),
    ...(changeKind === undefined ? {} : { changeKind }),
    ...(effectiveDate === undefined ? {} : { effectiveDate }),
  }
}

/** Those the edit's base is about; null where it is about the whole record. */
function writtenFields(edit: Edit): readonly string[] | null {
  return edit.kind === 'set' ? Object.keys(edit.fields) : null
}

function statusAfter(edit: Edit): RecordRow['status'] {
  if (edit.kind === 'set') return edit.current?.status ?? 'active'
  return edit.kind === 'cancel' ? 'cancelled' : 'active'
}

/** Field → [old, new]; the cancellation's fields stand as `cancellation.<field>`. */
function changesOf(edit: Edit): Readonly<Record<string, readonly [FieldValue, FieldValue]>> {
  const changes: Record<string, readonly [FieldValue, FieldValue]> = {}
  for (const [name, value] of Object.entries(edit.fields)) {
    const old = edit.current?.values[name] ?? null
    if (!areEqualValues(old, value)) changes[name] = [old, value]
  }
  if (edit.kind === 'set') return changes
  const before = edit.current?.cancellation ?? {}
  const after = edit.cancellation ?? {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const pair = [before[name] ?? null, after[name] ?? null] as const
    if (!isEmptyValue(pair[0]) || !isEmptyValue(pair[1])) changes[`cancellation.${name}`] = pair
  }
  return changes
}

/** An op as it is put into the outbox. */
export type NewOp = Pick<OpBody, 'fields' | 'cancellation' | 'reason' | 'act'> &
  Word &
  Partial<Pick<OpBody, 'resolves' | 'status' | 'distinctFrom' | 'withdraws' | 'merge' | 'isRescue'>> & {
    readonly register: Register
    readonly recordId: string
    readonly kind: OpKind
    readonly baseSeq: number
  }

/**
 * Puts an op into the outbox, in the caller's transaction.
 * @returns its number
 */
export function writeOp(database: WriteDatabase, actor: Actor, edit: NewOp): number {
  const body: OpBody = {
    fields: edit.fields,
    cancellation: edit.cancellation,
    reason: edit.reason,
    act: edit.act,
    ...wordOf(edit),
    ...(edit.resolves === undefined ? {} : { resolves: edit.resolves }),
    ...(edit.status === undefined ? {} : { status: edit.status }),
    ...(edit.distinctFrom === undefined ? {} : { distinctFrom: edit.distinctFrom }),
    ...(edit.withdraws === undefined ? {} : { withdraws: edit.withdraws }),
    ...(edit.merge === undefined ? {} : { merge: edit.merge }),
    ...(edit.isRescue === undefined ? {} : { isRescue: edit.isRescue }),
    declarationVersion: edit.register.version,
    accountName: actor.accountName,
    stationCode: actor.stationCode,
    at: actor.at,
  }
  const op = {
    opId: makeUuid(),
    register: edit.register.name,
    recordId: edit.recordId,
    kind: edit.kind,
    baseSeq: edit.baseSeq,
    body,
  }
  return database.runOf(
    `INSERT INTO outbox (op_id, register, record_id, kind, loser_id, base_seq, body, hash, created_at, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')`,
    op.opId,
    op.register,
    op.recordId,
    op.kind,
    edit.merge?.loserId ?? null,
    op.baseSeq,
    canonicalJson(body),
    createHash('sha256').update(opHashText(op), 'utf8').digest('hex'),
    actor.at,
  ).lastInsertRow
}

/** One line of a record's history that an own op has written. */
export function logOwnChange(
  database: WriteDatabase,
  actor: Actor,
  line: Word & {
    readonly register: RegisterName
    readonly recordId: string
    readonly act: OpBody['act']
    readonly changes: Readonly<Record<string, readonly [FieldValue, FieldValue]>>
    readonly reason: string
    readonly opNumber: number | null
    readonly cardChoices?: CardChoices
    /** Set where nobody has typed it: such a line is neither undone nor copied from. */
    readonly serverSeq?: number
  },
): void {
  database.run(
    build.insertInto('changeLog').values({
      register: line.register,
      recordId: line.recordId,
      act: line.act,
      changes: canonicalJson(line.changes),
      reason: line.reason,
      accountName: actor.accountName,
      stationCode: actor.stationCode,
      at: actor.at,
      opN: line.opNumber,
      serverSeq: line.serverSeq ?? null,
      provenance: line.provenance === undefined ? null : canonicalJson(line.provenance),
      changeKind: line.changeKind ?? null,
      effectiveDate: line.effectiveDate ?? null,
      cardChoices:
        line.cardChoices === undefined || Object.keys(line.cardChoices).length === 0
          ? null
          : canonicalJson(line.cardChoices),
    }),
  )
}

/** The server's state of a record is kept beside it from the first own edit until the pull has passed that edit. */
export function keepServerState(database: WriteDatabase, current: RecordRow): void {
  if (current.serverSeq === 0 || current.pendingOps > 0) return
  // A row that stands already is older truth of the server under an edit whose echo has not come yet.
  database.runOf(
    'INSERT OR IGNORE INTO server_record (register, record_id, seq, body) VALUES (?, ?, ?, ?)',
    current.register,
    current.id,
    current.serverSeq,
    JSON.stringify(toServerRecord(current)),
  )
}

/** A record without own edits as the server would say it. What waits for a person stands in tables of its own. */
export function toServerRecord(current: RecordRow): ServerRecord {
  return {
    register: current.register,
    recordId: current.id,
    seq: current.serverSeq,
    status: current.status,
    mergedInto: null,
    cancellation: current.cancellation,
    declarationVersion: current.declarationVersion,
    stationCode: current.stationCode,
    values: current.values,
    createdAt: current.createdAt,
    updatedAt: current.updatedAt,
    updatedBy: '',
    updatedStation: '',
    conflicts: [],
    duplicates: [],
  }
}
