import type { CompiledQuery } from 'kysely'
import type { ReadDatabase, SqlParameter } from '../database/database.ts'

/** Which thread runs a statement: `page` answers what a clerk waits for, `scan` reads whole results. */
export type QueryLane = 'page' | 'scan'

/** Runs statements whose one column is a number, off the thread that saves. */
export type QueryRunner = {
  readonly numbers: (query: CompiledQuery, lane: QueryLane) => Promise<Int32Array>
  readonly stop: () => Promise<void>
}

/** Runs them on the caller's own thread: for small stores and where no thread can be started. */
export function createLocalQueryRunner(read: ReadDatabase): QueryRunner {
  return {
    numbers: (query) =>
      Promise.resolve(
        Int32Array.from(read.pluck<number>(query.sql, ...(query.parameters as readonly SqlParameter[]))),
      ),
    stop: () => Promise.resolve(),
  }
}
