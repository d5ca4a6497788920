import { BUCKET_MODULUS } from '../../src-shared/contract/server-messages.ts'
import { REGISTER_NAMES, type RegisterName } from '../../src-shared/registers/register.ts'
import { areEqualValues } from '../../src-shared/fields/merge.ts'
import type { MergeState } from '../../src-shared/sync/merge.ts'
import { getMeta } from '../storage/database.ts'
import { insertRows, isAmong } from '../storage/engine.ts'
import type { ConflictRow, RecordRow } from '../storage/tables.ts'
import {
  conflictsOf,
  holdAliases,
  holdRecords,
  keyOf,
  touchRecord,
  type Author,
  type Batch,
  type Held,
  type RecordKey,
} from './batch.ts'
import { listDuplicates } from './duplicates.ts'
import { hashNaturalKey } from './natural-keys.ts'
import { writeMergeState } from './record-state.ts'
import { listReferences } from './references.ts'

/**
 * Writes what has changed in a batch and what follows from it: keys, duplicates, references, buckets, conflicts, numbers. The
 * batch can go on afterwards.
 */
export async function storeBatch(batch: Batch): Promise<void> {
  const { transaction } = batch
  await storeDistinct(batch)
  await storeKeys(batch)
  const changed = [...batch.held.values()].filter((held) => held.isChanged)
  if (changed.length > 0) {
    await holdReferenceAliases(batch, changed)
    const rows = changed.map((held) => finishRow(batch, held))
    await insertRows(
      transaction,
      'record',
      RECORD_COLUMNS,
      rows.map((row) => RECORD_COLUMNS.map((column) => row[column])),
      RECORD_CONFLICT,
    )
    await storeReferences(batch, changed)
    await storeBuckets(batch, changed)
    for (const held of changed) {
      held.before = { ...held.row }
      held.stored = held.state
      held.isChanged = false
    }
  }
  await storeConflicts(batch)
  await insertRows(
    transaction,
    'touch',
    ['seq', 'register', 'record_id'],
    batch.touches.splice(0).map((each) => [each.seq, each.register, each.record_id]),
  )
}

/** Gives back the numbers that were not used and names the newest that was. The end of every push that changed anything. */
export async function endBatch(batch: Batch): Promise<void> {
  await batch.transaction.updateTable('counter').set({ seq: batch.seq }).execute()
}

const RECORD_COLUMNS = [
  'register',
  'id',
  'scope',
  'station_code',
  'seq',
  'status',
  'merged_into',
  'cancellation',
  'declaration_version',
  'data',
  'versions',
  'created_at',
  'updated_at',
  'updated_by',
  'updated_station',
  'updated_as',
  'bucket',
  'echo_replica',
  'echo_after',
  'open_conflicts',
  'duplicates',
  'has_alias',
] as const satisfies readonly (keyof RecordRow)[]

/** What never changes once a record is there. */
const FIXED_COLUMNS: readonly string[] = ['register', 'id', 'scope', 'station_code', 'created_at', 'bucket']
const RECORD_CONFLICT = `ON CONFLICT (register, id) DO UPDATE SET ${RECORD_COLUMNS.filter(
  (column) => !FIXED_COLUMNS.includes(column),
)
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')}`

function finishRow(batch: Batch, held: Held): RecordRow {
  const { row, register, state } = held
  Object.assign(row, writeMergeState(state))
  row.open_conflicts = conflictsOf(batch, keyOf(register.name, held.id)).filter(
    (conflict) => conflict.state === 'open',
  ).length
  row.has_alias = listReferences(register, state.values).some((each) =>
    batch.aliases.get(keyOf(each.register, each.target)),
  )
    ? 1
    : 0
  return row
}

/** Reads which of these records' references name merged records. */
export async function holdReferenceAliases(batch: Batch, of: readonly Held[]): Promise<void> {
  const targets = new Set<string>()
  for (const held of of)
    for (const { target } of listReferences(held.register, held.state.values)) targets.add(target)
  await holdAliases(batch, targets)
}

/** Gives every record that refers to one of these a new number: what it is followed to has changed. */
export async function touchReferrers(
  batch: Batch,
  register: RegisterName,
  ids: readonly string[],
): Promise<void> {
  const rows = await batch.transaction
    .selectFrom('reference')
    .select(['register', 'id', 'field'])
    .where(isAmong(batch.transaction, 'target', ids))
    .execute()
  await holdRecords(
    batch,
    rows.map((row) => row.id),
  )
  const referrers = new Set<Held>()
  for (const row of rows) {
    // A record of another scope is not held: its references are not followed.
    const held = batch.held.get(keyOf(row.register, row.id))
    const field = held?.register.fields[row.field]
    const names = field?.kind === 'reference' || field?.kind === 'references'
    if (held && names && field.register === register) referrers.add(held)
  }
  for (const held of referrers) touchRecord(batch, held)
}

async function storeReferences(batch: Batch, changed: readonly Held[]): Promise<void> {
  const added: string[][] = []
  for (const held of changed) {
    const { register, id, stored } = held
    const before = stored === undefined ? [] : listReferences(register, stored.values)
    const after = listReferences(register, held.state.values)
    for (const { target, field } of before) {
      if (after.some((each) => each.field === field && each.target === target)) continue
      await batch.transaction
        .deleteFrom('reference')
        .where('target', '=', target)
        .where('register', '=', register.name)
        .where('id', '=', id)
        .where('field', '=', field)
        .execute()
    }
    for (const { target, field } of after) {
      if (before.some((each) => each.field === field && each.target === target)) continue
      added.push([target, register.name, id, field])
    }
  }
  await insertRows(batch.transaction, 'reference', ['target', 'register', 'id', 'field'], added)
}

async function storeBuckets(batch: Batch, changed: readonly Held[]): Promise<void> {
  const deltas = new Map<number, { count: number; sum: number }>()
  for (const { row, before } of changed) {
    const delta = deltas.get(row.bucket) ?? { count: 0, sum: 0 }
    delta.count += before === undefined ? 1 : 0
    delta.sum += row.seq - (before?.seq ?? 0)
    deltas.set(row.bucket, delta)
  }
  await insertRows(
    batch.transaction,
    'bucket',
    ['scope', 'bucket', 'count', 'sum'],
    [...deltas].map(([bucket, { count, sum }]) => [batch.session.scope, bucket, count, sum % BUCKET_MODULUS]),
    `ON CONFLICT (scope, bucket) DO UPDATE SET count = bucket.count + excluded.count,
      sum = (bucket.sum + excluded.sum) % ${BUCKET_MODULUS}`,
  )
}

async function storeDistinct(batch: Batch): Promise<void> {
  const rows = batch.distinct.splice(0).flatMap(({ register, a, b, seq }) => [
    [register, a, b, batch.replica.number, seq],
    [register, b, a, batch.replica.number, seq],
  ])
  await insertRows(
    batch.transaction,
    'dismissed',
    ['register', 'record_id', 'other_id', 'replica', 'seq'],
    rows,
    'ON CONFLICT (register, record_id, other_id) DO UPDATE SET replica = excluded.replica, seq = excluded.seq',
  )
}

function isLive(state: MergeState): boolean {
  return state.status === 'active' || state.status === 'cancelled'
}

/** Whether another natural key has to be computed than the stored state had. */
function hasOtherKey({ register, stored, state }: Held): boolean {
  return (
    stored === undefined ||
    isLive(stored) !== isLive(state) ||
    register.naturalKey.some((name) => !areEqualValues(stored.values[name], state.values[name]))
  )
}

/**
 * Writes the natural keys that changed; every record whose duplicates are others now gets a new number, so that all stations
 * see the pair appear and vanish.
 */
async function storeKeys(batch: Batch): Promise<void> {
  const { transaction, session } = batch
  const concerned = [...batch.held.values()].filter((held) => held.isChanged && hasOtherKey(held))
  const recount = new Set<RecordKey>(batch.recount)
  batch.recount.clear()
  if (concerned.length > 0) {
    const secret = await getMeta(transaction, 'naturalKeySecret')
    const known = concerned.filter((held) => held.stored !== undefined).map((held) => held.id)
    const before = new Map<RecordKey, string>()
    if (known.length > 0) {
      const rows = await transaction
        .selectFrom('natural_key')
        .select(['register', 'record_id', 'key'])
        .where('register', 'in', REGISTER_NAMES)
        .where(isAmong(transaction, 'record_id', known))
        .execute()
      for (const row of rows) before.set(keyOf(row.register, row.record_id), row.key)
    }
    const keys = new Set<string>()
    const written: string[][] = []
    const without: string[] = []
    for (const held of concerned) {
      const own = keyOf(held.register.name, held.id)
      const next = isLive(held.state) ? hashNaturalKey(secret, held.register, held.state.values) : undefined
      const last = before.get(own)
      if (next === last) continue
      if (last !== undefined) keys.add(last)
      if (held.row.duplicates > 0) recount.add(own)
      if (next === undefined) without.push(held.id)
      else {
        keys.add(next)
        written.push([held.register.name, held.id, session.scope, next])
      }
    }
    if (without.length > 0) {
      await transaction
        .deleteFrom('natural_key')
        .where('register', 'in', REGISTER_NAMES)
        .where(isAmong(transaction, 'record_id', without))
        .execute()
    }
    await insertRows(
      transaction,
      'natural_key',
      ['register', 'record_id', 'scope', 'key'],
      written,
      'ON CONFLICT (register, record_id) DO UPDATE SET key = excluded.key',
    )
    for (const group of await listGroups(batch, concerned, [...keys], new Set(before.values())))
      for (const key of group) recount.add(key)
  }
  if (recount.size > 0) await recountDuplicates(batch, recount)
}

/** The records of each key, where there are several or one is left of several. */
async function listGroups(
  batch: Batch,
  concerned: readonly Held[],
  keys: readonly string[],
  left: ReadonlySet<string>,
): Promise<readonly (readonly RecordKey[])[]> {
  if (keys.length === 0) return []
  const rows = await batch.transaction
    .selectFrom('natural_key')
    .select(['register', 'record_id', 'key'])
    .where('scope', '=', batch.session.scope)
    .where('register', 'in', [...new Set(concerned.map((held) => held.register.name))])
    .where(isAmong(batch.transaction, 'key', keys))
    .execute()
  const groups = new Map<string, RecordKey[]>()
  for (const row of rows) {
    const group = groups.get(row.key) ?? []
    group.push(keyOf(row.register, row.record_id))
    groups.set(row.key, group)
  }
  return [...groups].filter(([key, group]) => group.length > 1 || left.has(key)).map(([, group]) => group)
}

async function recountDuplicates(batch: Batch, keys: ReadonlySet<RecordKey>): Promise<void> {
  const ids = [...keys].map((key) => key.slice(key.indexOf('/') + 1))
  await holdRecords(batch, ids)
  const duplicates = await listDuplicates(batch.transaction, ids)
  for (const key of keys) {
    const held = batch.held.get(key)
    if (held === undefined) continue
    held.row.duplicates = duplicates.get(key)?.length ?? 0
    if (!held.isChanged) touchRecord(batch, held)
    held.row.echo_replica = 0
    held.row.echo_after = held.row.seq
  }
}

const CONFLICT_COLUMNS = [
  'id',
  'register',
  'record_id',
  'origin_id',
  'scope',
  'field',
  'base_seq',
  'kept',
  'kept_by',
  'kept_station',
  'kept_at',
  'lost',
  'replica',
  'n',
  'seq',
  'account_name',
  'station_code',
  'at',
  'state',
  'resolved_seq',
  'resolved_by',
  'resolved_station',
  'resolved_at',
] as const satisfies readonly (keyof ConflictRow)[]
const CONFLICT_CONFLICT = `ON CONFLICT (id) DO UPDATE SET ${[
  'record_id',
  'origin_id',
  'state',
  'resolved_seq',
  'resolved_by',
  'resolved_station',
  'resolved_at',
]
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')}`

async function storeConflicts(batch: Batch): Promise<void> {
  if (batch.dirtyConflicts.size === 0) return
  await nameAuthors(batch)
  const rows = [...batch.dirtyConflicts]
  batch.dirtyConflicts.clear()
  await insertRows(
    batch.transaction,
    'conflict',
    CONFLICT_COLUMNS,
    rows.map((row) => CONFLICT_COLUMNS.map((column) => row[column])),
    CONFLICT_CONFLICT,
  )
}

/** Who wrote what was kept, and the values of a merged record that lost. */
async function nameAuthors(batch: Batch): Promise<void> {
  const conflicts = batch.newConflicts.splice(0)
  const wanted = new Set<number>()
  const records = new Set<string>()
  for (const { row, edit, of } of conflicts) {
    for (const version of [of.keptVersion, of.lostVersion])
      if (version && version.seq > 0 && !batch.authors.has(version.seq)) wanted.add(version.seq)
    for (const id of [row.record_id, row.origin_id, edit.recordId, edit.merge?.loserId])
      if (id) records.add(id)
  }
  if (wanted.size > 0) {
    const rows = await batch.transaction
      .selectFrom('op_log')
      .leftJoin('set_aside', (join) =>
        join.onRef('set_aside.replica', '=', 'op_log.replica').onRef('set_aside.n', '=', 'op_log.n'),
      )
      .select([
        'op_log.seq as seq',
        'set_aside.seq as repairedSeq',
        'op_log.body as body',
        'op_log.account_name as accountName',
      ])
      .where('op_log.register', 'in', REGISTER_NAMES)
      .where(isAmong(batch.transaction, 'op_log.record_id', [...records]))
      .execute()
    for (const row of rows) {
      const seq = row.seq ?? row.repairedSeq
      if (seq === null || !wanted.has(seq)) continue
      const body = JSON.parse(row.body) as Partial<Author>
      batch.authors.set(seq, {
        accountName: (body.accountName ?? '') || row.accountName,
        stationCode: body.stationCode ?? '',
        at: Math.round(Number(body.at ?? 0)) || 0,
      })
    }
  }
  for (const { row, of } of conflicts) {
    const kept = batch.authors.get(of.keptVersion.seq)
    row.kept_by = kept?.accountName ?? ''
    row.kept_station = kept?.stationCode ?? ''
    row.kept_at = kept?.at ?? 0
    const loser = of.lostVersion === null ? undefined : batch.authors.get(of.lostVersion.seq)
    if (loser === undefined) continue
    row.account_name = loser.accountName
    row.station_code = loser.stationCode
    row.at = loser.at
  }
}
