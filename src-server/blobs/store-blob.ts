import { createHash } from 'node:crypto'
import {
  MAX_BLOB_BYTES,
  MAX_BYTES_IN_FLIGHT,
  type BlobPatchAnswer,
} from '../../src-shared/contract/blob-messages.ts'
import { isWholeJpeg } from '../../src-shared/values/jpeg.ts'
import type { Session } from '../accounts/session.ts'
import { refusal } from '../refusal.ts'
import type { ServerDatabase, ServerTransaction } from '../storage/database.ts'
import { touchReplica, type Replica } from '../sync/replica.ts'

/** Bytes of a photo that follow on what the server holds of it. */
export type BlobChunk = {
  readonly replica: string
  readonly hash: string
  readonly offset: number
  /** Of the whole photo. */
  readonly size: number
  readonly bytes: Buffer
}

/**
 * Takes the next bytes of a photo. With the last ones the content is compared with its name and stored; what does not fit
 * is thrown away whole. Bytes that came before are answered as then.
 *
 * @throws Refusal 400 not the named content, or no JPEG · 403 role or scope · 404 no record of the scope names it ·
 *   409 other bytes are missing (`expectN`: the offset to go on from) · 413 larger than a photo may be
 */
export async function receiveBlobChunk(
  database: ServerDatabase,
  session: Session,
  chunk: BlobChunk,
  now: number,
): Promise<BlobPatchAnswer> {
  if (session.account.role === 'viewer')
    throw refusal(403, 'notAllowed', '本账号只能查看,不能上传照片。请用操作员账号登录。')
  if (chunk.size > MAX_BLOB_BYTES) {
    throw refusal(413, 'tooLarge', `照片超过${MAX_BLOB_BYTES / 1_024} KB,服务器不接收。请重新选择照片。`, {
      max: MAX_BLOB_BYTES,
    })
  }
  if (chunk.bytes.length === 0 || chunk.offset + chunk.bytes.length > chunk.size)
    throw refusal(400, 'badRequest', '照片的长度与所说的不符,服务器没有采用。')
  const answer = await database.transaction().execute(async (transaction) => {
    const replica = await touchReplica(transaction, session, chunk.replica, now)
    if (await isBlobStored(transaction, session.scope, chunk.hash))
      return { offset: chunk.size, isStored: true } as const
    return addChunk(transaction, session, replica, chunk, now)
  })
  // Refused only now: what had arrived of it is to be gone.
  if (typeof answer === 'string') throw refusal(400, 'damaged', answer)
  return answer
}

async function addChunk(
  transaction: ServerTransaction,
  session: Session,
  replica: Replica,
  { hash, offset, size, bytes }: BlobChunk,
  now: number,
): Promise<BlobPatchAnswer | string> {
  const held = await findPart(transaction, replica.number, hash, size)
  if (offset + bytes.length <= held.length && held.subarray(offset, offset + bytes.length).equals(bytes))
    return { offset: held.length, isStored: false }
  if (offset !== held.length) {
    throw refusal(409, 'gap', '服务器缺少照片的前一部分,将从缺少处继续上传。', { expectN: held.length })
  }
  const content = Buffer.concat([held, bytes])
  if (content.length === size) {
    await removePart(transaction, replica.number, hash)
    return storeBlob(transaction, session.scope, hash, content, now)
  }
  await transaction
    .insertInto('blob_part')
    .values({ replica: replica.number, hash, size, bytes: content, touched_at: now })
    .onConflict((conflict) =>
      conflict.columns(['replica', 'hash']).doUpdateSet({ size, bytes: content, touched_at: now }),
    )
    .execute()
  await makeRoom(transaction, replica.number, hash, content.length)
  return { offset: content.length, isStored: false }
}

/**
 * Stores a photo under its hash for a scope that names it; storing it again changes nothing.
 * @returns what is answered, or the sentence that says why it is refused
 */
export async function storeBlob(
  transaction: ServerTransaction,
  scope: string,
  hash: string,
  content: Buffer,
  now: number,
): Promise<BlobPatchAnswer | string> {
  if (createHash('sha256').update(content).digest('hex') !== hash)
    return '照片在传输中受损,服务器没有采用,将重新上传。'
  if (content.length > MAX_BLOB_BYTES || !isWholeJpeg(content))
    return '照片不是完整的 JPEG 图片,或超过 200 KB,服务器没有采用。请打开该记录重新选择照片。'
  await transaction
    .insertInto('blob')
    .values({ scope, hash, bytes: content, stored_at: now })
    .onConflict((conflict) => conflict.columns(['scope', 'hash']).doNothing())
    .execute()
  await transaction
    .updateTable('blob_use')
    .set({ is_stored: 1 })
    .where('scope', '=', scope)
    .where('hash', '=', hash)
    .execute()
  return { offset: content.length, isStored: true }
}

/** @throws Refusal 404 where no op of the scope names the photo */
async function isBlobStored(
  database: ServerDatabase | ServerTransaction,
  scope: string,
  hash: string,
): Promise<boolean> {
  const use = await database
    .selectFrom('blob_use')
    .select('is_stored as isStored')
    .where('scope', '=', scope)
    .where('hash', '=', hash)
    .executeTakeFirst()
  if (use) return use.isStored === 1
  throw refusal(404, 'notFound', '服务器上没有记录用到这张照片:要先上传记录,再上传照片。')
}

async function findPart(
  database: ServerDatabase | ServerTransaction,
  replica: number,
  hash: string,
  size: number | undefined,
): Promise<Buffer> {
  const part = await database
    .selectFrom('blob_part')
    .select(['size', 'bytes'])
    .where('replica', '=', replica)
    .where('hash', '=', hash)
    .executeTakeFirst()
  // Another size: what has arrived belongs to a faulty attempt.
  return part && (size === undefined || part.size === size) ? Buffer.from(part.bytes) : Buffer.alloc(0)
}

async function removePart(transaction: ServerTransaction, replica: number, hash: string): Promise<void> {
  await transaction.deleteFrom('blob_part').where('replica', '=', replica).where('hash', '=', hash).execute()
}

/** Lets go of a replica's oldest unfinished photos: it will send them again. */
async function makeRoom(
  transaction: ServerTransaction,
  replica: number,
  hash: string,
  length: number,
): Promise<void> {
  const others = await transaction
    .selectFrom('blob_part')
    .select(['hash', 'size'])
    .where('replica', '=', replica)
    .where('hash', '!=', hash)
    .orderBy('touched_at', 'desc')
    .orderBy('hash')
    .execute()
  let total = length
  for (const other of others) {
    total += other.size
    if (total > MAX_BYTES_IN_FLIGHT) await removePart(transaction, replica, other.hash)
  }
}

/**
 * How much of a photo the server holds: all of it, or what this replica has sent so far.
 * @throws Refusal 404 where no op of the scope names the photo
 */
export async function measureBlob(
  database: ServerDatabase,
  session: Session,
  hash: string,
  replicaId: string | undefined,
): Promise<{ readonly offset: number; readonly size: number | undefined }> {
  if (await isBlobStored(database, session.scope, hash)) {
    const { length } = await getBlob(database, session, hash)
    return { offset: length, size: length }
  }
  const replica =
    replicaId === undefined
      ? undefined
      : await database
          .selectFrom('replica')
          .select('number')
          .where('id', '=', replicaId)
          .where('scope', '=', session.scope)
          .executeTakeFirst()
  const held = replica ? await findPart(database, replica.number, hash, undefined) : Buffer.alloc(0)
  return { offset: held.length, size: undefined }
}

/**
 * The content of a photo that a record of the session's scope names.
 * @throws Refusal 404 where it is not named, or not here yet: the sentence says which
 */
export async function getBlob(database: ServerDatabase, session: Session, hash: string): Promise<Buffer> {
  await isBlobStored(database, session.scope, hash)
  const row = await database
    .selectFrom('blob')
    .select('bytes')
    .where('scope', '=', session.scope)
    .where('hash', '=', hash)
    .executeTakeFirst()
  if (row) return Buffer.from(row.bytes)
  throw refusal(404, 'notFound', '这张照片还没有上传到服务器:登记它的电脑上传后才能看到,请稍后再看。')
}
