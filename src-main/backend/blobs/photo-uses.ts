import { createHash } from 'node:crypto'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'

/** As long as acknowledged ops are kept: what a draft or a broken-off save left is long settled then. */
const KEEP_UNNAMED_MS = 35 * 86_400_000

/** A photo that is still to be sent or fetched. */
export type OpenPhoto = { readonly hash: string; readonly isHere: boolean }

/** Photos that the server database of this epoch is not known to have, or that are not here; those tried least come first. */
export function listOpenPhotos(read: ReadDatabase, epoch: string, limit: number): readonly OpenPhoto[] {
  return read
    .allOf(
      `SELECT photo_use.hash AS hash, photo.hash IS NOT NULL AS is_here
       FROM photo_use LEFT JOIN photo USING (hash)
       WHERE photo.hash IS NULL OR photo_use.stored_epoch IS NOT ?
       ORDER BY photo_use.attempts, photo_use.hash LIMIT ?`,
      epoch,
      limit,
    )
    .map((row) => ({ hash: String(row['hash']), isHere: Number(row['is_here']) === 1 }))
}

/** How many photos {@link listOpenPhotos} would give, for the status of a round. */
export function countOpenPhotos(read: ReadDatabase, epoch: string): number {
  const row = read.firstOf(
    `SELECT count(*) AS count FROM photo_use LEFT JOIN photo USING (hash)
     WHERE photo.hash IS NULL OR photo_use.stored_epoch IS NOT ?`,
    epoch,
  )
  return Number(row?.['count'] ?? 0)
}

/** The bytes of a photo that is here. */
export function findPhoto(read: ReadDatabase, hash: string): Buffer | undefined {
  const bytes = read.firstOf('SELECT bytes FROM photo WHERE hash = ?', hash)?.['bytes']
  return bytes instanceof Uint8Array ? Buffer.from(bytes) : undefined
}

/** Those of these photos that are here. */
export function listPhotosHere(read: ReadDatabase, hashes: readonly string[]): readonly string[] {
  return read.pluck<string>(
    'SELECT hash FROM photo WHERE hash IN (SELECT value FROM json_each(?)) ORDER BY hash',
    JSON.stringify(hashes),
  )
}

/** What has been fetched of a photo so far. */
export function findPhotoPart(read: ReadDatabase, hash: string): Buffer {
  const bytes = read.firstOf('SELECT bytes FROM photo_part WHERE hash = ?', hash)?.['bytes']
  return bytes instanceof Uint8Array ? Buffer.from(bytes) : Buffer.alloc(0)
}

/** Keeps what has been fetched so far: after a cut the rest is enough. */
export function keepPhotoPart(database: WriteDatabase, hash: string, bytes: Buffer): void {
  database.runOf('INSERT OR REPLACE INTO photo_part (hash, bytes) VALUES (?, ?)', hash, bytes)
}

/** Lets go of what was fetched of a photo: it is not what its name says. */
export function dropPhotoPart(database: WriteDatabase, hash: string): void {
  database.runOf('DELETE FROM photo_part WHERE hash = ?', hash)
}

/**
 * Stores a whole photo under its hash, unless the bytes are not what the hash says.
 * @returns whether it was stored (or was here)
 */
export function storePhoto(database: WriteDatabase, hash: string, bytes: Buffer, now: number): boolean {
  dropPhotoPart(database, hash)
  if (createHash('sha256').update(bytes).digest('hex') !== hash) return false
  database.runOf(
    'INSERT INTO photo (hash, bytes, stored_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING',
    hash,
    bytes,
    now,
  )
  return true
}

/** The server database of this epoch has these photos, as it says itself. */
export function noteStoredAtServer(database: WriteDatabase, hashes: readonly string[], epoch: string): void {
  database.runOf(
    `INSERT INTO photo_use (hash, stored_epoch) SELECT value, ? FROM json_each(?) WHERE true
     ON CONFLICT (hash) DO UPDATE SET stored_epoch = excluded.stored_epoch, last_error = NULL`,
    epoch,
    JSON.stringify(hashes),
  )
}

/** Counts an attempt that settled nothing, with the reason where there is one. */
export function notePhotoAttempt(
  database: WriteDatabase,
  hashes: readonly string[],
  reason: string | null,
): void {
  database.runOf(
    `UPDATE photo_use SET attempts = attempts + 1, last_error = ?
     WHERE hash IN (SELECT value FROM json_each(?))`,
    reason,
    JSON.stringify(hashes),
  )
}

/**
 * Lets go of photos that no record ever named (a form that was given up) 35 days after they were taken in. What an open
 * form or a conflict names stays. `now` is the server's time.
 */
export function prunePhotos(database: WriteDatabase, now: number): void {
  const unnamed = database.pluck<string>(
    `SELECT hash FROM photo WHERE stored_at < ? AND hash NOT IN (SELECT hash FROM photo_use) LIMIT 100`,
    now - KEEP_UNNAMED_MS,
  )
  for (const hash of unnamed) {
    const isNeeded =
      database.firstOf("SELECT 1 AS found FROM draft_input WHERE input LIKE '%' || ? || '%' LIMIT 1", hash) ??
      database.firstOf("SELECT 1 AS found FROM outbox WHERE body LIKE '%' || ? || '%' LIMIT 1", hash) ??
      database.firstOf("SELECT 1 AS found FROM conflict WHERE body LIKE '%' || ? || '%' LIMIT 1", hash)
    if (isNeeded === undefined) database.runOf('DELETE FROM photo WHERE hash = ?', hash)
  }
}
