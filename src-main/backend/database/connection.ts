import Database from 'better-sqlite3'
import { StoreFailure } from './store-failure.ts'

/** An open SQLite connection. Only files of this folder import the library itself. */
export type Connection = Database.Database

/** Milliseconds a statement waits for another connection's lock. */
const BUSY_TIMEOUT = 5_000

/** Before 3.51.3 a reset of the write-ahead log could lose committed transactions. */
const OLDEST_SQLITE = [3, 51, 3] as const

export type ConnectionMode =
  /** The connection that saves: what it commits survives a power cut. */
  | 'save'
  | 'read'
  /** Copies one moment of the store into a new file (VACUUM INTO), which `query_only` would forbid. */
  | 'snapshot'
  /** Moves the write-ahead log into the file beside the saving connection. */
  | 'checkpoint'

/** Decrypting a page again costs more than keeping it; a save touches some pages of every index. */
const CACHE_KIBIBYTES: Readonly<Record<ConnectionMode, number>> = {
  save: 12_000,
  read: 8_000,
  snapshot: 4_000,
  checkpoint: 1_000,
}

/**
 * Opens an encrypted file (SQLCipher 4 pages, raw 32-byte key) and proves the key by reading the schema.
 *
 * @throws the library's SqliteError; see storeFailureKindOf
 */
export function openConnection(file: string, key: Buffer, mode: ConnectionMode): Connection {
  if (key.length !== 32) throw new StoreFailure('keyMissing', '密钥长度不对')
  const isReading = mode === 'read' || mode === 'snapshot'
  const connection = new Database(file, { readonly: isReading, timeout: BUSY_TIMEOUT })
  try {
    connection.pragma("cipher = 'sqlcipher'")
    connection.pragma('legacy = 4')
    connection.pragma(`key = "x'${key.toString('hex')}'"`)
    connection.prepare('SELECT count(*) FROM sqlite_master').get()
    // Sorting never writes personal data to an unencrypted temporary file.
    connection.pragma('temp_store = MEMORY')
    if (mode === 'read') connection.pragma('query_only = ON')
    if (!isReading) {
      connection.pragma('journal_mode = WAL')
      connection.pragma('synchronous = FULL')
      connection.pragma('foreign_keys = ON')
    }
    // Checkpoints run beside the saves (checkpoint-worker); this is only the belt to those braces.
    if (mode === 'save') connection.pragma('wal_autocheckpoint = 20000')
    connection.pragma(`cache_size = -${CACHE_KIBIBYTES[mode]}`)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** Gives the saving connection more room while very much is written, and takes it back. */
export function setCacheSize(connection: Connection, size: 'usual' | 'large'): void {
  connection.pragma(`cache_size = -${size === 'large' ? 128_000 : CACHE_KIBIBYTES.save}`)
  if (size === 'usual') connection.pragma('shrink_memory')
}

/** @throws StoreFailure when the SQLite inside the library is older than 3.51.3 */
export function assertSqliteVersion(): void {
  const memory = new Database(':memory:')
  const version = String(memory.prepare('SELECT sqlite_version()').pluck().get())
  memory.close()
  const parts = version.split('.').map(Number)
  for (const [index, least] of OLDEST_SQLITE.entries()) {
    const part = parts[index] ?? 0
    if (part > least) return
    if (part < least) throw new StoreFailure('oldSqlite', `SQLite ${version} < ${OLDEST_SQLITE.join('.')}`)
  }
}
