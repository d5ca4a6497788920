import {
  CamelCasePlugin,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
} from 'kysely'
import type Database from 'better-sqlite3'
import type { Connection } from './connection.ts'
import type { Tables } from './tables.ts'

/**
 * Builds queries; runs none. A query is run by {@link ReadDatabase} or {@link WriteDatabase}, synchronously: SQLite answers in
 * microseconds, and what one transaction does can then never be interleaved with another's.
 */
export const build = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
  plugins: [new CamelCasePlugin()],
})

/** Anything kysely can compile. */
export type Compilable<Row> = { readonly compile: () => CompiledQuery<Row> }

export type SqlParameter = string | number | bigint | Uint8Array | null
export type SqlRow = Readonly<Record<string, SqlParameter>>

/** A database that the function it is given to only reads. */
export type ReadDatabase = {
  readonly all: <Row>(query: Compilable<Row>) => Row[]
  readonly first: <Row>(query: Compilable<Row>) => Row | undefined
  /** Rows of a hand-written statement, column names as in SQL. */
  readonly allOf: (sqlText: string, ...parameters: readonly SqlParameter[]) => readonly SqlRow[]
  readonly firstOf: (sqlText: string, ...parameters: readonly SqlParameter[]) => SqlRow | undefined
  /** The first column of every row. */
  readonly pluck: <Value extends SqlParameter>(
    sqlText: string,
    ...parameters: readonly SqlParameter[]
  ) => Value[]
}

/** A database inside an open write transaction: see `write` of the store. */
export type WriteDatabase = ReadDatabase & {
  readonly run: <Row>(query: Compilable<Row>) => RunResult
  readonly runOf: (sqlText: string, ...parameters: readonly SqlParameter[]) => RunResult
}

export type RunResult = { readonly changes: number; readonly lastInsertRow: number }

/** Statements kept prepared per connection. */
const STATEMENT_LIMIT = 400

/** The reading and writing of one connection, with its statements kept prepared. */
export function databaseOn(connection: Connection): WriteDatabase {
  const statements = new Map<string, Database.Statement<unknown[]>>()

  function statement(text: string, isPlucked = false): Database.Statement<unknown[]> {
    const name = isPlucked ? `pluck ${text}` : text
    const known = statements.get(name)
    if (known) return known
    if (statements.size >= STATEMENT_LIMIT) {
      const oldest = statements.keys().next()
      if (oldest.done !== true) statements.delete(oldest.value)
    }
    const prepared = connection.prepare<unknown[]>(text)
    if (isPlucked) prepared.pluck(true)
    statements.set(name, prepared)
    return prepared
  }

  const runOf = (text: string, ...parameters: readonly SqlParameter[]): RunResult => {
    const result = statement(text).run(...parameters)
    return { changes: result.changes, lastInsertRow: Number(result.lastInsertRowid) }
  }
  return {
    all: (query) => {
      const { sql, parameters } = query.compile()
      return statement(sql)
        .all(...parameters)
        .map((row) => camelCased(row)) as never
    },
    first: (query) => {
      const { sql, parameters } = query.compile()
      const row = statement(sql).get(...parameters)
      return (row === undefined ? undefined : camelCased(row)) as never
    },
    allOf: (text, ...parameters) => statement(text).all(...parameters) as SqlRow[],
    firstOf: (text, ...parameters) => statement(text).get(...parameters) as SqlRow | undefined,
    pluck: (text, ...parameters) => statement(text, true).all(...parameters) as never,
    run: (query) => {
      const { sql, parameters } = query.compile()
      return runOf(sql, ...(parameters as readonly SqlParameter[]))
    },
    runOf,
  }
}

const names = new Map<string, string>()

/** The field name of a column: `room_number` → `roomNumber`. The inverse of `columnName`. */
export function fieldNameOf(column: string): string {
  const known = names.get(column)
  if (known !== undefined) return known
  const name = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  names.set(column, name)
  return name
}

function camelCased(row: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [column, value] of Object.entries(row as Record<string, unknown>))
    result[fieldNameOf(column)] = value
  return result
}
