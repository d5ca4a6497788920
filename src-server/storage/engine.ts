import { createHash } from 'node:crypto'
import { PostgresAdapter, sql } from 'kysely'
import type { ServerDatabase, ServerTransaction } from './database.ts'

/** Records share so many locks: enough that stations seldom wait for each other, few enough for one batch to hold them all. */
const RECORD_LOCKS = 64

/** Whether this is PostgreSQL; else it is the embedded SQLite. Only this folder asks. */
export function isPostgres(database: ServerDatabase): boolean {
  return database.getExecutor().adapter instanceof PostgresAdapter
}

/**
 * Keeps every other push off these records until the transaction ends, also where they do not exist yet. What is read
 * of them afterwards is what will be merged into. The locks are taken in one order by all, so nobody waits in a circle.
 */
export async function lockRecords(transaction: ServerTransaction, ids: readonly string[]): Promise<void> {
  // SQLite has one writer at a time, and the transaction has written already.
  if (!isPostgres(transaction)) return
  const locks = [...new Set(ids.map(lockOf))].sort((a, b) => a - b)
  await sql`SELECT pg_advisory_xact_lock(${RECORD_LOCK_CLASS}::int, lock)
    FROM (SELECT unnest(${locks}::int[]) AS lock ORDER BY 1 OFFSET 0) AS sorted`.execute(transaction)
}

/** Sets these locks apart from any others in the database. */
const RECORD_LOCK_CLASS = 7_205

function lockOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) % RECORD_LOCKS
}

/** Runs `act` over one moment's state of the database, while others go on writing. */
export async function readSnapshot<Result>(
  database: ServerDatabase,
  act: (transaction: ServerTransaction) => Promise<Result>,
): Promise<Result> {
  return isPostgres(database)
    ? database.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(act)
    : database.transaction().execute(act)
}

/** What the engine itself finds wrong with the file; PostgreSQL has tools of its own for that (pg_amcheck). */
export async function findDamage(database: ServerDatabase): Promise<readonly string[]> {
  if (isPostgres(database)) return []
  try {
    const pages = await sql<{ integrity_check: string }>`PRAGMA integrity_check`.execute(database)
    const references = await sql<{ table: string; rowid: number }>`PRAGMA foreign_key_check`.execute(database)
    return [
      ...pages.rows.map((row) => row.integrity_check).filter((text) => text !== 'ok'),
      ...references.rows.map((row) => `${row.table} ${row.rowid}: reference to nothing`),
    ]
  } catch (error) {
    // A page whose checksum does not fit ends the reading.
    return [String(error)]
  }
}

/** What a failure of the database means to the one who asked. */
export type FailureKind =
  /** Somebody else was in the way, or the database is not there just now: the same request may succeed later. */
  | 'busy'
  /** Text that the engine cannot hold: never succeeds. */
  | 'badText'
  | 'other'

const BUSY_CODES = new Set([
  'SQLITE_BUSY',
  // serialization failure, deadlock, lock not available, unique (the same op came twice at once), query cancelled
  ...['40001', '40P01', '55P03', '23505', '57014'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
])

/** @param error of either engine's library */
export function failureKindOf(error: { readonly code?: unknown; readonly message?: unknown }): FailureKind {
  const code = String(error.code ?? '')
  if (code === '22021') return 'badText'
  // Classes 08 connection, 53 resources, 57P shut down or starting.
  if (BUSY_CODES.has(code) || /^(08|53|57P)[0-9A-Z]*$/.test(code)) return 'busy'
  const message = String(error.message ?? '')
  return /^(Connection terminated|timeout exceeded when trying to connect)/.test(message) ? 'busy' : 'other'
}

/** The trace of a fault that PostgreSQL reports, without its words: they may quote a value. Undefined for other faults. */
export function describeDatabaseFault(error: {
  readonly code?: unknown
  readonly stack?: string
}): string | undefined {
  if (!/^[0-9A-Z]{5}$/.test(String(error.code ?? ''))) return undefined
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [`SQLSTATE ${String(error.code)}`, ...frames].join('\n')
}
