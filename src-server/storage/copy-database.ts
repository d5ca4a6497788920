import { sql } from 'kysely'
import type { ServerDatabase, ServerTransaction } from './database.ts'
import { isPostgres, readSnapshot } from './engine.ts'
import { resetIdentities } from './postgres-database.ts'
import type { ServerTables } from './tables.ts'

type TableName = keyof ServerTables

/**
 * Every table with its primary key, in an order in which no row points to one that is not there yet. Sessions, failed
 * sign-ins and shown proofs stay behind: after a restore every store opens a new session by what it keeps for that.
 */
const TABLES: readonly (readonly [table: TableName, key: readonly string[]])[] = [
  ['meta', ['name']],
  ['counter', ['id']],
  ['station', ['code']],
  ['account', ['name']],
  ['refresh_token', ['token_hash']],
  ['enrolment', ['code_hash']],
  ['replica_access', ['replica']],
  ['replica', ['number']],
  ['record', ['register', 'id']],
  ['op_log', ['replica', 'n']],
  ['set_aside', ['replica', 'n']],
  ['conflict', ['id']],
  ['touch', ['seq']],
  ['alias', ['register', 'loser']],
  ['dismissed', ['register', 'record_id', 'other_id']],
  ['reference', ['target', 'register', 'id', 'field']],
  ['bucket', ['scope', 'bucket']],
  ['natural_key', ['register', 'record_id']],
  ['dictionary', ['name']],
  ['dictionary_entry', ['dictionary', 'code']],
  ['package_key', ['replica']],
  ['blob_use', ['scope', 'hash']],
  ['blob', ['scope', 'hash']],
  ['audit', ['id']],
]
/** Tables that are not copied: what had arrived of a photo in part is sent again. */
export const TRANSIENT_TABLES: readonly TableName[] = [
  'session',
  'sign_in_failure',
  'used_proof',
  'blob_part',
]
export const COPIED_TABLES: readonly TableName[] = TABLES.map(([table]) => table)

const ROWS_PER_PAGE = 500
/** Photos are large: a page of them must not take more memory than one of records. */
const BLOBS_PER_PAGE = 20

/** Rows by table. */
export type RowCounts = Readonly<Partial<Record<TableName, number>>>

/**
 * Copies one moment's state of a database into an empty one, of either engine, while others go on writing to the first.
 * The copy is all there or not at all.
 */
export async function copyDatabase(from: ServerDatabase, to: ServerDatabase): Promise<RowCounts> {
  return readSnapshot(from, (source) =>
    to.transaction().execute(async (target) => {
      const counts: Partial<Record<TableName, number>> = {}
      for (const [table, key] of TABLES) {
        // The new database has made an epoch and a counter of its own.
        await sql`DELETE FROM ${sql.table(table)}`.execute(target)
        counts[table] = await copyTable(source, target, table, key)
      }
      if (isPostgres(target)) {
        await resetIdentities(target, [
          ['replica', 'number'],
          ['audit', 'id'],
        ])
      }
      return counts
    }),
  )
}

async function copyTable(
  source: ServerTransaction,
  target: ServerTransaction,
  table: TableName,
  key: readonly string[],
): Promise<number> {
  const keyList = sql.join(key.map((column) => sql.ref(column)))
  let last: readonly unknown[] | undefined
  let count = 0
  for (;;) {
    const after = last === undefined ? sql`` : sql`WHERE (${keyList}) > (${sql.join(last)})`
    const { rows } = await sql<Record<string, unknown>>`
      SELECT * FROM ${sql.table(table)} ${after} ORDER BY ${keyList} LIMIT ${table === 'blob' ? BLOBS_PER_PAGE : ROWS_PER_PAGE}`.execute(
      source,
    )
    const [first] = rows
    if (first === undefined) return count
    const columns = Object.keys(first)
    const values = rows.map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
    await sql`INSERT INTO ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
      VALUES ${sql.join(values)}`.execute(target)
    count += rows.length
    const end = rows.at(-1)
    last = key.map((column) => end?.[column])
  }
}
