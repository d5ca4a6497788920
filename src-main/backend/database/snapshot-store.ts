import { openConnection, type Connection } from './connection.ts'
import { assertSound, removeStoreFile, schemaVersionOf } from './migrate.ts'
import { StoreFailure } from './store-failure.ts'
import { syncFile } from './write-file-safely.ts'

/**
 * Writes one moment of an open store into a new file with the same key, while others go on saving: VACUUM INTO holds one
 * read transaction, which keeps nobody waiting.
 *
 * @throws the library's SqliteError; see storeFailureKindOf
 */
export function snapshotStore(file: string, key: Buffer, snapshot: string): void {
  removeStoreFile(snapshot)
  const connection = openConnection(file, key, 'snapshot')
  try {
    // A snapshot need not survive a power cut, and a flush of all of it would hold up the flush of a save.
    connection.pragma('synchronous = OFF')
    connection.prepare('VACUUM INTO ?').run(snapshot)
  } finally {
    connection.close()
  }
}

/**
 * Runs `act` on a store file that nobody else has open.
 *
 * @param check `quick` for pages and rows, `whole` also for indexes and references between tables
 * @throws StoreFailure `corrupt`, `wrongKey`
 */
export function withStoreCopy<Result>(
  file: string,
  key: Buffer,
  check: 'quick' | 'whole',
  act: (connection: Connection) => Result,
): Result {
  const connection = openConnection(file, key, 'read')
  try {
    if (check === 'whole') assertSound(connection)
    else {
      const answer = connection.pragma('quick_check(1)', { simple: true })
      if (answer !== 'ok') throw new StoreFailure('corrupt', `快速检查:${String(answer)}`)
    }
    return act(connection)
  } finally {
    connection.close()
  }
}

/** Gives a store file that nobody has open another key, and flushes it. */
export function rekeyStore(file: string, from: Buffer, to: Buffer): void {
  const connection = openConnection(file, from, 'save')
  try {
    connection.pragma('wal_checkpoint(TRUNCATE)')
    // A new key needs every page in one file.
    connection.pragma('journal_mode = DELETE')
    connection.pragma(`rekey = "x'${to.toString('hex')}'"`)
  } finally {
    connection.close()
  }
  syncFile(file)
}

/** What a store holds, as the header of a backup and the page say it. Tables that an older shape lacks count as empty. */
export type StoreFacts = {
  readonly schema: number
  /** Rows by table. */
  readonly count: (table: string, condition?: string) => number
  readonly setting: (name: string) => unknown
}

/** Reads facts of an open store of any known shape. */
export function factsOf(connection: Connection): StoreFacts {
  const tables = new Set(
    connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[],
  )
  return {
    schema: schemaVersionOf(connection),
    count: (table, condition = '1') =>
      tables.has(table)
        ? Number(connection.prepare(`SELECT count(*) FROM ${table} WHERE ${condition}`).pluck().get())
        : 0,
    setting: (name) => {
      if (!tables.has('setting')) return undefined
      const text = connection.prepare('SELECT value FROM setting WHERE name = ?').pluck().get(name)
      return typeof text === 'string' ? (JSON.parse(text) as unknown) : undefined
    },
  }
}
