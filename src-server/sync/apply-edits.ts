import { getRegister } from '../../src-shared/registers/registers.ts'
import { mergeRedirected } from '../../src-shared/sync/merge.ts'
import type { RecordRow } from '../storage/tables.ts'
import {
  closeConflict,
  conflictsOf,
  followId,
  followValues,
  getHeld,
  holdAliases,
  keyOf,
  moveRecord,
  touchRecord,
  type Batch,
  type Held,
} from './batch.ts'
import type { CheckedEdit, Decision } from './decide-ops.ts'
import { followState, mergeInto, takeResult } from './merge-into.ts'
import { applyMerge, applyUnmerge } from './merge-pair.ts'
import { listReferences } from './references.ts'
import { endBatch, holdReferenceAliases, storeBatch } from './store-batch.ts'

/** What became of an accepted op: its change number, and the fields whose current value stayed. */
export type Accepted = ReadonlyMap<number, { readonly seq: number; readonly conflicts: readonly string[] }>

/** Gives numbers to the accepted edits and merges them, in their order, into the batch; writes what has changed. */
export async function applyEdits(batch: Batch, decisions: readonly Decision[]): Promise<Accepted> {
  const accepted = new Map<number, { readonly seq: number; readonly conflicts: readonly string[] }>()
  const all = decisions.flatMap((decision) => decision.accepted)
  if (all.length === 0) return accepted
  const targets = all.flatMap((edit) => listReferences(getRegister(edit.register), edit.fields))
  await holdAliases(batch, new Set(targets.map((each) => each.target)))
  await holdReferenceAliases(
    batch,
    [...batch.held.values()].filter((held) => held.row.has_alias > 0),
  )
  for (const decision of decisions) {
    for (const edit of decision.accepted) {
      batch.seq += 1
      const seq = batch.seq
      batch.authors.set(seq, authorOf(batch, edit))
      accepted.set(edit.n, { seq, conflicts: await applyEdit(batch, edit, seq, decision.isAsSent) })
    }
  }
  await storeBatch(batch)
  await endBatch(batch)
  return accepted
}

/** Answers the fields in conflict. */
async function applyEdit(
  batch: Batch,
  edit: CheckedEdit,
  seq: number,
  isAsSent: boolean,
): Promise<readonly string[]> {
  const known = batch.held.get(keyOf(edit.register, edit.recordId))
  // The record was never made here: what is taken back is its making.
  if (known === undefined && edit.withdraws.length > 0) return []
  const named = known ?? makeRecord(batch, edit)
  const isMerged = named.state.status === 'merged'
  if (edit.kind === 'merge' || (edit.kind === 'unmerge' && isMerged)) {
    // What aliases, references and duplicates there are is asked of the database: it has to know what came before.
    await storeBatch(batch)
    const conflicts =
      edit.kind === 'merge'
        ? await applyMerge(batch, named, edit, seq)
        : await applyUnmerge(batch, named, edit, seq)
    await storeBatch(batch)
    return conflicts
  }
  if (!isMerged) {
    const result = mergeInto(batch, named, edit, seq)
    takeResult(batch, named, edit, seq, result, null)
    // A cursor passes a change without showing it where the record has moved on meanwhile: only the op's base tells what its
    // maker has seen of this record.
    const isKnownToMaker = named.row.echo_replica === batch.replica.number || edit.baseSeq >= named.row.seq
    moveRecord(batch, named, seq, isAsSent && isKnownToMaker && result.isExact && edit.kind !== 'resolve')
    decideConflicts(batch, [named], edit, seq)
    // A merge that was taken without effect: its sender waits for the other record's number as well.
    const beside = edit.merge && batch.held.get(keyOf(edit.register, edit.merge.loserId))
    if (beside) touchRecord(batch, beside)
    return result.conflicts.map((conflict) => conflict.field)
  }
  const target = getHeld(batch, edit.register, followId(batch, edit.register, edit.recordId))
  const { winner, loser } = mergeRedirected(
    named.register,
    { winner: followState(batch, target), loser: followState(batch, named) },
    { ...edit, fields: followValues(batch, named.register, edit.fields) },
    batch.replica.number,
    seq,
  )
  takeResult(batch, target, edit, seq, winner, named.id)
  takeResult(batch, named, edit, seq, loser, null)
  moveRecord(batch, named, seq, false)
  touchRecord(batch, target)
  decideConflicts(batch, [target, named], edit, seq)
  return [...winner.conflicts, ...loser.conflicts].map((conflict) => conflict.field)
}

function makeRecord(batch: Batch, edit: CheckedEdit): Held {
  const { session } = batch
  const row: RecordRow = {
    register: edit.register,
    id: edit.recordId,
    scope: session.scope,
    station_code: edit.stationCode || session.account.stationCode,
    seq: 0,
    status: 'active',
    merged_into: null,
    cancellation: null,
    declaration_version: edit.declarationVersion,
    data: '{}',
    versions: '{}',
    created_at: edit.at,
    updated_at: edit.at,
    updated_by: '',
    updated_station: '',
    updated_as: null,
    bucket: Number.parseInt(edit.recordId.slice(-2), 16),
    echo_replica: 0,
    echo_after: 0,
    open_conflicts: 0,
    duplicates: 0,
    has_alias: 0,
  }
  const held: Held = {
    register: getRegister(edit.register),
    id: edit.recordId,
    before: undefined,
    stored: undefined,
    row,
    state: {
      status: 'active',
      mergedInto: null,
      cancellation: null,
      statusVersion: { seq: 0, writer: 0, foreignSeq: 0 },
      values: {},
      versions: {},
    },
    isChanged: false,
  }
  const key = keyOf(edit.register, edit.recordId)
  batch.held.set(key, held)
  batch.scopes.set(key, session.scope)
  return held
}

/** Closes the conflicts a resolution names (of these records) and notes what it declares to be different things. */
function decideConflicts(batch: Batch, of: readonly Held[], edit: CheckedEdit, seq: number): void {
  if (edit.resolves.length > 0) {
    for (const held of of) {
      for (const conflict of conflictsOf(batch, keyOf(held.register.name, held.id))) {
        if (conflict.state === 'open' && edit.resolves.includes(conflict.id))
          closeConflict(batch, conflict, edit, seq)
      }
    }
  }
  const id = followId(batch, edit.register, edit.recordId)
  for (const each of edit.distinctFrom) {
    const other = batch.held.get(keyOf(edit.register, followId(batch, edit.register, each)))
    if (other === undefined || other.id === id) continue
    batch.distinct.push({ register: edit.register, a: id, b: other.id, seq })
    batch.recount.add(keyOf(edit.register, id)).add(keyOf(edit.register, other.id))
  }
}

function authorOf(batch: Batch, edit: CheckedEdit) {
  const { account } = batch.session
  return {
    accountName: edit.accountName || account.accountName,
    stationCode: edit.stationCode || account.stationCode,
    at: edit.at,
  }
}
