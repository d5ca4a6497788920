import Database from 'better-sqlite3'
import { StoreFailure, storeFailureKindOf, toStoreFailure } from './store-failure.ts'

/** How long a new backend waits for a dying one to let go, in milliseconds. */
const WAIT = 3_000

/**
 * Keeps every other backend off a data folder for as long as this process lives. The lock is SQLite's own exclusive
 * lock on an empty file: the operating system drops it with the process, also after kill -9.
 *
 * @returns what releases it
 * @throws StoreFailure `inUse` when another process holds it, `readOnly` when the folder cannot be written
 */
export function lockStore(file: string, wait: number = WAIT): () => void {
  let lock: Database.Database | undefined
  try {
    lock = new Database(file, { timeout: wait })
    lock.pragma('journal_mode = MEMORY')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    if (storeFailureKindOf(error) === 'inUse') throw new StoreFailure('inUse', file, error)
    throw toStoreFailure(error, file)
  }
  const held = lock
  return () => {
    if (held.open) held.close()
  }
}
