import { createHash } from 'node:crypto'
import type { Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'

/** Source: product.md, a photo of at most 200 KiB. */
const PHOTO_LIMIT = 200 * 1024

/**
 * Stores a JPEG and answers its SHA-256, under which records name it. The same picture is stored once.
 *
 * @throws RequestRefusal `invalidInput` when it is no JPEG or too large
 */
export async function putPhoto(context: Context, base64: string): Promise<{ readonly hash: string }> {
  const bytes = Buffer.from(base64, 'base64')
  const isJpeg =
    bytes.length > 4 &&
    bytes[0] === 0xff &&
    bytes[1] === 0xd8 &&
    bytes[2] === 0xff &&
    bytes.at(-2) === 0xff &&
    bytes.at(-1) === 0xd9
  if (!isJpeg) throw new RequestRefusal('invalidInput', '照片不是完整的 JPEG 图片,请重新选择。')
  if (bytes.length > PHOTO_LIMIT) {
    throw new RequestRefusal(
      'invalidInput',
      `照片为 ${Math.ceil(bytes.length / 1024)} KB,超过 200 KB,请缩小后再选择。`,
    )
  }
  const hash = createHash('sha256').update(bytes).digest('hex')
  await context.store.write((database) =>
    database.runOf('INSERT OR IGNORE INTO photo (hash, bytes) VALUES (?, ?)', hash, bytes),
  )
  return { hash }
}

/** @throws RequestRefusal `notFound` */
export function getPhoto(context: Context, hash: string): { readonly base64: string } {
  const bytes = context.store.read.firstOf('SELECT bytes FROM photo WHERE hash = ?', hash)?.['bytes']
  if (!(bytes instanceof Uint8Array)) throw new RequestRefusal('notFound', '本机没有这张照片。')
  return { base64: Buffer.from(bytes).toString('base64') }
}
