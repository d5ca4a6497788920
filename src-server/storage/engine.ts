import { CompiledQuery, PostgresAdapter, sql, type RawBuilder, type SqlBool } from 'kysely'
import type { ServerDatabase, ServerTransaction } from './database.ts'
import type { ServerTables } from './tables.ts'

/** Whether this is PostgreSQL; else it is the embedded SQLite. Only this folder asks. */
export function isPostgres(database: ServerDatabase): boolean {
  return database.getExecutor().adapter instanceof PostgresAdapter
}

/** Whether a column's value is one of a list: the statement's text is the same for lists of every length. */
export function isAmong(
  database: ServerDatabase,
  column: string,
  values: readonly (string | number)[],
): RawBuilder<SqlBool> {
  return isPostgres(database)
    ? sql<SqlBool>`${sql.ref(column)} = ANY(${values})`
    : sql<SqlBool>`${sql.ref(column)} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`
}

/** The text of one field of a JSON column, null where it has none. @param name a column, or a literal */
export function jsonText(
  database: ServerDatabase,
  column: string,
  name: string | RawBuilder<unknown>,
): RawBuilder<string | null> {
  const field = typeof name === 'string' ? sql.ref(name) : name
  return isPostgres(database)
    ? sql<string | null>`(${sql.ref(column)}::json ->> ${field})`
    : sql<string | null>`json_extract(${sql.ref(column)}, '$.' || ${field})`
}

/** Rows of one statement: few texts, each understood once. PostgreSQL takes 65,535 parameters a statement, SQLite 32,766. */
const ROWS_OF_A_STATEMENT = [128, 16, 1] as const

const insertTexts = new Map<string, string>()

/**
 * Writes rows by statements whose text does not depend on how many there are.
 * @param columns of every row, in the order of its values
 * @param tail what follows the values, e.g. `ON CONFLICT …`
 */
export async function insertRows(
  transaction: ServerTransaction,
  table: keyof ServerTables,
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
  tail = '',
): Promise<void> {
  const isNumbered = isPostgres(transaction)
  let start = 0
  for (const size of ROWS_OF_A_STATEMENT) {
    const key = `${String(isNumbered)} ${table} ${size} ${tail}`
    while (rows.length - start >= size) {
      let text = insertTexts.get(key)
      if (text === undefined) {
        const lines = Array.from({ length: size }, (_, row) => {
          const marks = columns.map((_each, index) =>
            isNumbered ? `$${row * columns.length + index + 1}` : '?',
          )
          return `(${marks.join(', ')})`
        })
        const names = columns.map((column) => `"${column}"`).join(', ')
        text = `insert into "${table}" (${names}) values ${lines.join(', ')} ${tail}`
        insertTexts.set(key, text)
      }
      await transaction.executeQuery(CompiledQuery.raw(text, rows.slice(start, start + size).flat()))
      start += size
    }
  }
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
