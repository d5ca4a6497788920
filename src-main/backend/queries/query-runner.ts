import type { CompiledQuery } from 'kysely'
import type { ReadDatabase, SqlParameter, SqlRow } from '../database/database.ts'

/** Which thread runs a statement: `page` answers what a clerk waits for, `scan` reads whole results, `figures` counts. */
export type QueryLane = 'page' | 'scan' | 'figures'

/** Runs statements off the thread that saves. */
export type QueryRunner = {
  /** Of a statement whose one column is a number. */
  readonly numbers: (query: CompiledQuery, lane: QueryLane) => Promise<Int32Array>
  /** The rows of every statement, all of them as the store is at one moment. For few rows. */
  readonly tables: (queries: readonly CompiledQuery[]) => Promise<readonly (readonly SqlRow[])[]>
  readonly stop: () => Promise<void>
}

/** Runs them on the caller's own thread: for small stores and where no thread can be started. */
export function createLocalQueryRunner(read: ReadDatabase): QueryRunner {
  return {
    numbers: (query) =>
      Promise.resolve(
        Int32Array.from(read.pluck<number>(query.sql, ...(query.parameters as readonly SqlParameter[]))),
      ),
    // Nothing else runs on this thread between them.
    tables: (queries) =>
      Promise.resolve(
        queries.map((query) => read.allOf(query.sql, ...(query.parameters as readonly SqlParameter[]))),
      ),
    stop: () => Promise.resolve(),
  }
}
