import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { mergeRecords, STATUS_FIELD, unmergeRecords, type MergeUndo } from '../../src-shared/sync/merge.ts'
import type { AliasRow } from '../storage/tables.ts'
import {
  closeConflict,
  conflictsOf,
  followId,
  followValues,
  getHeld,
  keyOf,
  moveRecord,
  touchRecord,
  type Batch,
  type Held,
} from './batch.ts'
import type { CheckedEdit } from './decide-ops.ts'
import { followState, isFulfilled, mergeInto, takeResult } from './merge-into.ts'
import { touchReferrers } from './store-batch.ts'

/**
 * Makes one record another name of the other, both followed first. The op's number goes to the record it names; every other
 * one that changes gets a number of its own.
 *
 * @returns the fields in conflict
 */
export async function applyMerge(
  batch: Batch,
  named: Held,
  edit: CheckedEdit,
  seq: number,
): Promise<readonly string[]> {
  if (edit.merge === null) throw new Error('a merge without a loser is not accepted')
  const { register } = named
  const namedLoser = getHeld(batch, register.name, edit.merge.loserId)
  const winner = getHeld(batch, register.name, followId(batch, register.name, named.id))
  const loser = getHeld(batch, register.name, followId(batch, register.name, namedLoser.id))
  const isWinnerRedirected = winner.id !== named.id
  moveRecord(batch, named, seq, false)
  const touched = new Set([winner, loser, namedLoser])
  touched.delete(named)
  for (const each of touched) touchRecord(batch, each)
  const origin = isWinnerRedirected ? named.id : null

  if (winner === loser) {
    const how = isWinnerRedirected ? ({ isRedirected: true } as const) : {}
    const result = mergeInto(batch, winner, { ...edit, kind: 'set' }, seq, how)
    takeResult(batch, winner, edit, seq, result, origin)
    return result.conflicts.map((conflict) => conflict.field)
  }
  const merged = mergeRecords(
    register,
    {
      winner: followState(batch, winner),
      loser: followState(batch, loser),
      winnerId: winner.id,
      loserId: loser.id,
    },
    {
      baseSeq: edit.baseSeq,
      loserBaseSeq: edit.merge.loserBaseSeq,
      fields: followValues(batch, register, edit.fields),
    },
    batch.replica.number,
    seq,
    {
      ...(isWinnerRedirected ? { isWinnerRedirected } : {}),
      ...(loser === namedLoser ? {} : { isLoserRedirected: true }),
      ...((await isDeclaredDistinct(batch, winner, loser, edit)) ? { isDeclaredDistinct: true } : {}),
    },
  )
  const rawFields: RecordValues = winner.state.values
  takeResult(batch, winner, edit, seq, merged.winner, origin)
  takeResult(batch, loser, edit, seq, merged.loser, loser === namedLoser ? null : namedLoser.id)
  if (merged.isMerged) {
    const fields = Object.fromEntries(
      Object.keys(merged.undo.fields).map((name) => [name, rawFields[name] ?? null]),
    )
    await storeAlias(batch, {
      register: register.name,
      loser: loser.id,
      scope: batch.session.scope,
      winner: winner.id,
      target: winner.id,
      undo: JSON.stringify({ ...merged.undo, fields } satisfies MergeUndo),
      seq,
    })
    const moved = await retarget(batch, register.name, loser.id, () => winner.id)
    moveConflicts(batch, loser, winner, edit, seq)
    await touchReferrers(batch, register.name, [loser.id, ...moved])
  }
  return [...merged.winner.conflicts, ...merged.loser.conflicts].map((conflict) => conflict.field)
}

/** Takes a merged record out again. @returns the fields in conflict */
export async function applyUnmerge(
  batch: Batch,
  loser: Held,
  edit: CheckedEdit,
  seq: number,
): Promise<readonly string[]> {
  const { register } = loser
  const alias = batch.aliases.get(keyOf(register.name, loser.id))
  if (!alias) throw new Error('a merged record has no alias')
  const winner = getHeld(batch, register.name, alias.winner)
  const target = getHeld(batch, register.name, alias.target)
  const undo = JSON.parse(alias.undo) as MergeUndo
  const parted = unmergeRecords(
    { winner: winner.state, loser: loser.state, undo },
    edit,
    batch.replica.number,
    seq,
  )
  takeResult(batch, loser, edit, seq, parted.loser, null)
  moveRecord(batch, loser, seq, false)
  if (!parted.isUnmerged) return parted.loser.conflicts.map((conflict) => conflict.field)
  takeResult(batch, winner, edit, seq, parted.winner, null)
  for (const each of new Set([winner, target])) touchRecord(batch, each)

  await batch.transaction
    .deleteFrom('alias')
    .where('register', '=', register.name)
    .where('loser', '=', loser.id)
    .execute()
  batch.aliases.delete(keyOf(register.name, loser.id))
  const moved = await retargetBehind(batch, register.name, loser.id, target.id)
  returnConflicts(batch, { loser, winner, target, moved, mergeSeq: undo.seq }, edit, seq)
  await touchReferrers(batch, register.name, [loser.id, ...moved])
  return []
}

/** Whether another replica has said, unseen by this edit, that the two are different things. */
async function isDeclaredDistinct(
  batch: Batch,
  winner: Held,
  loser: Held,
  edit: CheckedEdit,
): Promise<boolean> {
  const row = await batch.transaction
    .selectFrom('dismissed')
    .select(['replica', 'seq'])
    .where('register', '=', winner.register.name)
    .where('record_id', '=', winner.id)
    .where('other_id', '=', loser.id)
    .executeTakeFirst()
  return row !== undefined && row.replica !== batch.replica.number && row.seq > edit.baseSeq
}

async function storeAlias(batch: Batch, row: AliasRow): Promise<void> {
  await batch.transaction.insertInto('alias').values(row).execute()
  batch.aliases.set(keyOf(row.register, row.loser), row)
}

/** The aliases that are followed to a record. */
async function listAliasesTo(
  batch: Batch,
  register: RegisterName,
  target: string,
): Promise<readonly AliasRow[]> {
  return batch.transaction
    .selectFrom('alias')
    .selectAll()
    .where('register', '=', register)
    .where('target', '=', target)
    .where('scope', '=', batch.session.scope)
    .execute()
}

/** Points the aliases of a record elsewhere, so that no chain has to be walked. @returns the losers that moved */
async function retarget(
  batch: Batch,
  register: RegisterName,
  from: string,
  to: (alias: AliasRow) => string,
): Promise<readonly string[]> {
  const moved: string[] = []
  for (const alias of await listAliasesTo(batch, register, from)) {
    const target = to(alias)
    if (target === from) continue
    await batch.transaction
      .updateTable('alias')
      .set({ target })
      .where('register', '=', register)
      .where('loser', '=', alias.loser)
      .execute()
    batch.aliases.set(keyOf(register, alias.loser), { ...alias, target })
    moved.push(alias.loser)
  }
  return moved
}

/** The records that had been merged into this one before it was merged itself go with it. */
async function retargetBehind(
  batch: Batch,
  register: RegisterName,
  loser: string,
  target: string,
): Promise<readonly string[]> {
  const winners = new Map(
    (await listAliasesTo(batch, register, target)).map((alias) => [alias.loser, alias.winner]),
  )
  return retarget(batch, register, target, (alias) => {
    for (let id: string | undefined = alias.winner; id !== undefined; id = winners.get(id))
      if (id === loser) return loser
    return target
  })
}

function moveConflicts(batch: Batch, loser: Held, winner: Held, edit: CheckedEdit, seq: number): void {
  const from = conflictsOf(batch, keyOf(loser.register.name, loser.id))
  const to = conflictsOf(batch, keyOf(winner.register.name, winner.id))
  for (const conflict of from.splice(0)) {
    if (conflict.state !== 'open') continue
    // Somebody had asked for what has happened now.
    if (conflict.field === STATUS_FIELD && isFulfilled(loser.state, conflict.field, conflict.lost)) {
      closeConflict(batch, conflict, edit, seq)
      continue
    }
    conflict.record_id = winner.id
    conflict.origin_id ??= loser.id
    batch.dirtyConflicts.add(conflict)
    to.push(conflict)
  }
}

/** What an unmerging does to conflicts: the merge's own are over, those that came with the record go back with it. */
function returnConflicts(
  batch: Batch,
  who: {
    readonly loser: Held
    readonly winner: Held
    readonly target: Held
    readonly moved: readonly string[]
    readonly mergeSeq: number
  },
  edit: CheckedEdit,
  seq: number,
): void {
  const { loser, winner, target, moved, mergeSeq } = who
  const own = conflictsOf(batch, keyOf(loser.register.name, loser.id))
  for (const holder of new Set([winner, target])) {
    const list = conflictsOf(batch, keyOf(holder.register.name, holder.id))
    for (const conflict of list.splice(0)) {
      if (conflict.state !== 'open') continue
      const isOfMerge = conflict.seq === mergeSeq
      if (isOfMerge) closeConflict(batch, conflict, edit, seq)
      const origin = conflict.origin_id
      if (!isOfMerge && origin !== null && (origin === loser.id || moved.includes(origin))) {
        conflict.record_id = loser.id
        conflict.origin_id = origin === loser.id ? null : origin
        batch.dirtyConflicts.add(conflict)
        own.push(conflict)
      } else list.push(conflict)
    }
  }
  for (const conflict of own) {
    if (conflict.state === 'open' && isFulfilled(loser.state, conflict.field, conflict.lost))
      closeConflict(batch, conflict, edit, seq)
  }
}
