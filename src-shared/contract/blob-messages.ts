import { z } from 'zod'

/**
 * Messages about photos: bytes that records name by their SHA-256. They go after the records; the written protocol is
 * docs/sync-protocol.md. Content is asked and sent as `/sync/1/blob/<hash>`:
 * `HEAD` says how much of it the server holds, `PATCH` adds bytes at that offset, `GET` reads, also a range.
 */

/** The most bytes of one photo. Source: product.md, a photo of at most 200 KiB. */
export const MAX_BLOB_BYTES = 200 * 1_024
/** The most bytes of one PATCH. */
export const MAX_CHUNK_BYTES = 256 * 1_024
/** The most bytes of unfinished photos a replica may have at the server; older ones make room. */
export const MAX_BYTES_IN_FLIGHT = 2 * 1_048_576
/** The most photos one question is about. */
export const MAX_BLOB_QUESTION = 500

/** With PATCH: the replica that sends, where the chunk begins, and the size of the whole. */
export const REPLICA_HEADER = 'x-jufutong-replica'
export const OFFSET_HEADER = 'x-jufutong-offset'
export const SIZE_HEADER = 'x-jufutong-size'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** `POST /sync/1/blobs`: which of these the server holds. */
export const blobsRequest = z.object({
  replica: z.uuid(),
  epoch: z.uuid(),
  hashes: z.array(hash).max(MAX_BLOB_QUESTION),
})
/** What no op of the scope names stands in neither list. */
export const blobsAnswer = z.object({
  stored: z.array(hash),
  missing: z.array(hash),
  /** Further photos that records of the scope name and the server lacks: whoever has them may send them. */
  wanted: z.array(hash),
})

/** The answer to a PATCH: how many bytes the server holds now, and whether that is all. */
export const blobPatchAnswer = z.object({ offset: z.int().min(0), isStored: z.boolean() })

export type BlobsAnswer = z.infer<typeof blobsAnswer>
export type BlobPatchAnswer = z.infer<typeof blobPatchAnswer>
