import type { ServerTransaction } from '../storage/database.ts'
import { isAmong } from '../storage/engine.ts'
import { REGISTER_NAMES } from '../../src-shared/registers/register.ts'
import { keyOf, type RecordKey } from './batch.ts'

/** The other records of the scope with the same natural key that nobody has said to be another thing, in the order of their ids. */
export async function listDuplicates(
  transaction: ServerTransaction,
  ids: readonly string[],
): Promise<ReadonlyMap<RecordKey, readonly string[]>> {
  const others = new Map<RecordKey, string[]>()
  if (ids.length === 0) return others
  const found = await transaction
    .selectFrom('natural_key as own')
    .innerJoin('natural_key as other', (join) =>
      join
        .onRef('other.scope', '=', 'own.scope')
        .onRef('other.register', '=', 'own.register')
        .onRef('other.key', '=', 'own.key')
        .onRef('other.record_id', '!=', 'own.record_id'),
    )
    .leftJoin('dismissed', (join) =>
      join
        .onRef('dismissed.register', '=', 'own.register')
        .onRef('dismissed.record_id', '=', 'own.record_id')
        .onRef('dismissed.other_id', '=', 'other.record_id'),
    )
    .select(['own.register as register', 'own.record_id as id', 'other.record_id as other'])
    .where('own.register', 'in', REGISTER_NAMES)
    .where(isAmong(transaction, 'own.record_id', ids))
    .where('dismissed.seq', 'is', null)
    .orderBy('other.record_id')
    .execute()
  for (const { register, id, other } of found) {
    const list = others.get(keyOf(register, id)) ?? []
    list.push(other)
    others.set(keyOf(register, id), list)
  }
  return others
}
