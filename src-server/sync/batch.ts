import type { RecordValues } from '../../src-shared/fields/field.ts'
import { REGISTER_NAMES, type Register, type RegisterName } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { conflictId, type FieldConflict, type MergeState } from '../../src-shared/sync/merge.ts'
import type { Session } from '../accounts/session.ts'
import type { ServerTransaction } from '../storage/database.ts'
import { isAmong } from '../storage/engine.ts'
import type { AliasRow, ConflictRow, RecordRow } from '../storage/tables.ts'
import type { CheckedEdit } from './decide-ops.ts'
import { readMergeState } from './record-state.ts'
import { followReferences } from './references.ts'
import type { Replica } from './replica.ts'

/** A record in the hands of a batch. */
export type Held = {
  readonly register: Register
  readonly id: string
  /** As it stands in the database; undefined where it is new. */
  before: RecordRow | undefined
  /** The merge state that stands in the database. */
  stored: MergeState | undefined
  /** The columns beside the merge state, as they will be. */
  row: RecordRow
  state: MergeState
  isChanged: boolean
}

/** A value that lost, before it is known who wrote it and what was kept. */
export type NewConflict = {
  readonly row: ConflictRow
  readonly edit: CheckedEdit
  readonly of: FieldConflict
}

export type RecordKey = `${RegisterName}/${string}`

/**
 * What one push works on: the records, aliases and conflicts it concerns, read once under the lock of the counter, changed here and
 * written together (`store-batch.ts`). Only records of the session's scope are held.
 */
export type Batch = {
  readonly transaction: ServerTransaction
  readonly session: Session
  readonly replica: Replica
  readonly now: number
  readonly held: Map<RecordKey, Held>
  /** The scope of every record that was looked for and exists, also of another scope. */
  readonly scopes: Map<RecordKey, string>
  readonly lookedFor: Set<string>
  /** By the loser. */
  readonly aliases: Map<RecordKey, AliasRow>
  readonly aliasesLookedFor: Set<string>
  /** Open ones, and those closed in this batch, by the record that has them. */
  readonly conflicts: Map<RecordKey, ConflictRow[]>
  readonly dirtyConflicts: Set<ConflictRow>
  readonly newConflicts: NewConflict[]
  /** Edits of this batch by their change number. */
  readonly authors: Map<number, Author>
  /** Numbers of records that changed without an op of their own. */
  readonly touches: { readonly seq: number; readonly register: RegisterName; readonly record_id: string }[]
  /** Pairs that this batch declares to be different things. */
  readonly distinct: {
    readonly register: RegisterName
    readonly a: string
    readonly b: string
    readonly seq: number
  }[]
  /** Records whose duplicates have to be counted again although their key is the same. */
  readonly recount: Set<RecordKey>
  /** The newest change number given out. */
  seq: number
}

export type Author = { readonly accountName: string; readonly stationCode: string; readonly at: number }

export function keyOf(register: string, id: string): RecordKey {
  return `${register as RegisterName}/${id}`
}

/**
 * Begins a batch: takes the lock of the counter, which is held to the commit. From here on nobody else gives out
 * numbers, so what is read is what will be merged into, and the order of numbers is the order of commits.
 */
export async function beginBatch(
  transaction: ServerTransaction,
  session: Session,
  replica: Replica,
  now: number,
): Promise<Batch> {
  const { seq } = await transaction
    .updateTable('counter')
    .set((expression) => ({ seq: expression.ref('seq') }))
    .returning('seq')
    .executeTakeFirstOrThrow()
  return {
    transaction,
    session,
    replica,
    now,
    held: new Map(),
    scopes: new Map(),
    lookedFor: new Set(),
    aliases: new Map(),
    aliasesLookedFor: new Set(),
    conflicts: new Map(),
    dirtyConflicts: new Set(),
    newConflicts: [],
    authors: new Map(),
    touches: [],
    distinct: [],
    recount: new Set(),
    seq,
  }
}

/** Reads the records of these ids (of any register) with their open conflicts, and what they were merged into. */
export async function holdRecords(batch: Batch, ids: Iterable<string>): Promise<void> {
  let wanted = [...new Set(ids)].filter((id) => !batch.lookedFor.has(id))
  while (wanted.length > 0) {
    for (const id of wanted) batch.lookedFor.add(id)
    const rows = await batch.transaction
      .selectFrom('record')
      .selectAll()
      .where('register', 'in', REGISTER_NAMES)
      .where(isAmong(batch.transaction, 'id', wanted))
      .execute()
    for (const row of rows) holdRow(batch, row)
    await holdConflicts(
      batch,
      rows.filter((row) => row.open_conflicts > 0).map((row) => row.id),
    )
    const merged = rows.filter((row) => row.status === 'merged')
    await holdAliases(
      batch,
      merged.map((row) => row.id),
    )
    // A late edit goes to the record where its own is followed to; unmerging also needs the one it was merged into.
    wanted = merged
      .flatMap((row) => {
        const alias = batch.aliases.get(keyOf(row.register, row.id))
        return alias ? [alias.target, alias.winner] : []
      })
      .filter((id) => !batch.lookedFor.has(id))
  }
}

function holdRow(batch: Batch, row: RecordRow): void {
  const key = keyOf(row.register, row.id)
  batch.scopes.set(key, row.scope)
  if (row.scope !== batch.session.scope || batch.held.has(key)) return
  const state = readMergeState(row)
  batch.held.set(key, {
    register: getRegister(row.register as RegisterName),
    id: row.id,
    before: row,
    stored: state,
    row: { ...row },
    state,
    isChanged: false,
  })
}

async function holdConflicts(batch: Batch, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const rows = await batch.transaction
    .selectFrom('conflict')
    .selectAll()
    .where(isAmong(batch.transaction, 'record_id', ids))
    .where('state', '=', 'open')
    .where('scope', '=', batch.session.scope)
    .orderBy('seq')
    .orderBy('id')
    .execute()
  for (const row of rows) conflictsOf(batch, keyOf(row.register, row.record_id)).push(row)
}

export function conflictsOf(batch: Batch, key: RecordKey): ConflictRow[] {
  let list = batch.conflicts.get(key)
  if (list === undefined) {
    list = []
    batch.conflicts.set(key, list)
  }
  return list
}

/** Reads which of these ids are other names of a record of this scope. */
export async function holdAliases(batch: Batch, ids: Iterable<string>): Promise<void> {
  const wanted = [...ids].filter((id) => !batch.aliasesLookedFor.has(id))
  if (wanted.length === 0) return
  for (const id of wanted) batch.aliasesLookedFor.add(id)
  const rows = await batch.transaction
    .selectFrom('alias')
    .selectAll()
    .where('register', 'in', REGISTER_NAMES)
    .where(isAmong(batch.transaction, 'loser', wanted))
    .where('scope', '=', batch.session.scope)
    .execute()
  for (const row of rows) batch.aliases.set(keyOf(row.register, row.loser), row)
}

/** The record that an id stands for now: itself, or what it was merged into. */
export function followId(batch: Batch, register: RegisterName, id: string): string {
  return batch.aliases.get(keyOf(register, id))?.target ?? id
}

/** The values with every reference to a merged record replaced by what it is followed to; the same object where there is none. */
export function followValues(batch: Batch, register: Register, values: RecordValues): RecordValues {
  return followReferences(register, values, (to, id) => followId(batch, to, id))
}

/** A record of the session's scope that is known to exist. */
export function getHeld(batch: Batch, register: RegisterName, id: string): Held {
  const held = batch.held.get(keyOf(register, id))
  if (held === undefined) throw new Error(`record of ${register} is not held`)
  return held
}

/** Gives a record its next number. @param isExact the only news is an op of this replica, taken as it was sent */
export function moveRecord(batch: Batch, held: Held, seq: number, isExact: boolean): void {
  const { row } = held
  if (!isExact) {
    row.echo_replica = 0
    row.echo_after = seq
  } else if (row.echo_replica !== batch.replica.number) {
    row.echo_replica = batch.replica.number
    row.echo_after = row.seq
  }
  row.seq = seq
  held.isChanged = true
}

/** Gives a record that changed by an op on another one a number of its own. */
export function touchRecord(batch: Batch, held: Held): void {
  batch.seq += 1
  batch.touches.push({ seq: batch.seq, register: held.register.name, record_id: held.id })
  moveRecord(batch, held, batch.seq, false)
}

/** Keeps a value that lost for a person. @param originId the record the op named, where this one was merged with it since */
export function addConflict(
  batch: Batch,
  held: Held,
  edit: CheckedEdit,
  seq: number,
  of: FieldConflict,
  originId: string | null,
): void {
  const { session } = batch
  const row: ConflictRow = {
    id: conflictId(edit.opId, of.field, of.variant),
    register: held.register.name,
    record_id: held.id,
    origin_id: originId,
    scope: session.scope,
    field: of.field,
    base_seq: edit.baseSeq,
    kept: JSON.stringify(of.kept),
    kept_by: '',
    kept_station: '',
    kept_at: 0,
    lost: JSON.stringify(of.lost),
    replica: batch.replica.number,
    n: edit.n,
    seq,
    account_name: edit.accountName || session.account.accountName,
    station_code: edit.stationCode || session.account.stationCode,
    at: edit.at,
    state: 'open',
    resolved_seq: null,
    resolved_by: null,
    resolved_station: null,
    resolved_at: null,
  }
  conflictsOf(batch, keyOf(held.register.name, held.id)).push(row)
  batch.newConflicts.push({ row, edit, of })
  batch.dirtyConflicts.add(row)
}

/** Closes a conflict by an edit. */
export function closeConflict(batch: Batch, conflict: ConflictRow, edit: CheckedEdit, seq: number): void {
  const { account } = batch.session
  conflict.state = 'resolved'
  conflict.resolved_seq = seq
  conflict.resolved_by = edit.accountName || account.accountName
  conflict.resolved_station = edit.stationCode || account.stationCode
  conflict.resolved_at = edit.at
  batch.dirtyConflicts.add(conflict)
}
