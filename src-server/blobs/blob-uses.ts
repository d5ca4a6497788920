import { sql } from 'kysely'
import type { BlobsAnswer } from '../../src-shared/contract/blob-messages.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import { listPhotoHashes } from '../../src-shared/registers/photo-hashes.ts'
import type { ServerDatabase, ServerTransaction } from '../storage/database.ts'

/** Further missing photos that one answer names. */
const MAX_WANTED = 200

/**
 * Notes which photos ops name, in the transaction that stores the ops: from then on the scope may send and read them. Ops
 * that are set aside count as well: they may be repaired, and then their photo has to be there.
 */
export async function noteBlobUses(
  transaction: ServerTransaction,
  scope: string,
  ops: readonly { readonly register: string; readonly body: Readonly<Record<string, unknown>> }[],
  now: number,
): Promise<void> {
  const hashes = new Set<string>()
  for (const { register, body } of ops) {
    const { fields } = body
    if (typeof fields !== 'object' || fields === null) continue
    for (const hash of listPhotoHashes(register, fields as RecordValues)) hashes.add(hash)
  }
  if (hashes.size === 0) return
  await transaction
    .insertInto('blob_use')
    .values([...hashes].sort().map((hash) => ({ scope, hash, named_at: now, is_stored: 0 })))
    .onConflict((conflict) => conflict.columns(['scope', 'hash']).doNothing())
    .execute()
}

/** Which of these photos the scope has, which it names without having them, and what else it lacks. */
export async function describeBlobs(
  database: ServerDatabase,
  scope: string,
  hashes: readonly string[],
): Promise<BlobsAnswer> {
  const known =
    hashes.length === 0
      ? []
      : await database
          .selectFrom('blob_use')
          .select(['hash', 'is_stored as isStored'])
          .where('scope', '=', scope)
          .where('hash', 'in', [...new Set(hashes)])
          .orderBy('hash')
          .execute()
  const wanted = await database
    .selectFrom('blob_use')
    .select('hash')
    .where('scope', '=', scope)
    // Written out: a parameter would keep SQLite from the index of the missing ones.
    .where(sql<boolean>`is_stored = 0`)
    .orderBy('hash')
    .limit(MAX_WANTED)
    .execute()
  const asked = new Set(hashes)
  return {
    stored: known.filter((row) => row.isStored === 1).map((row) => row.hash),
    missing: known.filter((row) => row.isStored === 0).map((row) => row.hash),
    wanted: wanted.map((row) => row.hash).filter((hash) => !asked.has(hash)),
  }
}
