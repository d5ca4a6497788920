import { createHash } from 'node:crypto'
import { MAX_BLOB_BYTES } from '../../../src-shared/contract/blob-messages.ts'
import { isWholeJpeg } from '../../../src-shared/values/jpeg.ts'
import { findPhoto } from '../blobs/photo-uses.ts'
import type { Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'

/**
 * Stores a JPEG and answers its SHA-256, under which records name it. The same picture is stored once.
 *
 * @throws RequestRefusal `invalidInput` when it is no JPEG or too large
 */
export async function putPhoto(context: Context, base64: string): Promise<{ readonly hash: string }> {
  const bytes = Buffer.from(base64, 'base64')
  if (!isWholeJpeg(bytes)) throw new RequestRefusal('invalidInput', '照片不是完整的 JPEG 图片,请重新选择。')
  if (bytes.length > MAX_BLOB_BYTES) {
    throw new RequestRefusal(
      'invalidInput',
      `照片为 ${Math.ceil(bytes.length / 1024)} KB,超过 200 KB,请缩小后再选择。`,
    )
  }
  const hash = createHash('sha256').update(bytes).digest('hex')
  await context.store.write((database) =>
    // Chosen again: the days after which an unnamed one is let go of begin anew.
    database.runOf(
      `INSERT INTO photo (hash, bytes, stored_at) VALUES (?, ?, ?)
       ON CONFLICT (hash) DO UPDATE SET stored_at = excluded.stored_at`,
      hash,
      bytes,
      context.clock.now(),
    ),
  )
  return { hash }
}

/**
 * The bytes of a photo: those here, else those the server has.
 *
 * @param fetchRemote brings a photo from the server into the store
 * @throws RequestRefusal `notFound` or `serverUnreachable`: a sentence that says why it cannot be shown yet
 */
export async function getPhoto(
  context: Context,
  hash: string,
  fetchRemote: (hash: string) => Promise<void>,
): Promise<{ readonly base64: string }> {
  const here = findPhoto(context.store.read, hash)
  if (here) return { base64: here.toString('base64') }
  await fetchRemote(hash)
  const fetched = findPhoto(context.store.read, hash)
  if (!fetched) throw new RequestRefusal('notFound', '本机没有这张照片。')
  return { base64: fetched.toString('base64') }
}
