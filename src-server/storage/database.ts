import { randomBytes, randomUUID } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { openPostgresDatabase } from './postgres-database.ts'
import { ServerSetupError } from './setup-error.ts'
import { openSqliteDatabase } from './sqlite-database.ts'
import type { ServerTables } from './tables.ts'

/** Outside a transaction: reading, and single statements. */
export type ServerDatabase = Kysely<ServerTables>
/** Inside a write transaction. */
export type ServerTransaction = Transaction<ServerTables>

/** Whether a location is a PostgreSQL address; else it is the path of an SQLite file. */
export function isPostgresAddress(location: string): boolean {
  return /^postgres(ql)?:\/\//i.test(location)
}

/**
 * Opens (and makes, where absent) the server's database and brings it to the newest shape.
 *
 * @param location path of an SQLite file, or `postgres://user:password@host:port/database`
 * @param migrationsFolder folder of `NNNN-name.sql`
 * @param keyFile of the SQLite file; beside it where not named
 * @throws ServerSetupError where it cannot be opened or is newer than the program
 */
export async function openServerDatabase(
  location: string,
  migrationsFolder: string,
  keyFile = `${location}.key`,
): Promise<ServerDatabase> {
  if (/^[a-z]{2,}:\/\//i.test(location) && !isPostgresAddress(location)) {
    throw new ServerSetupError(
      'JUFUTONG_SERVER_DATABASE 应为一个文件路径(内置的SQLite数据库),或 postgres://用户:密码@主机:端口/数据库名。',
    )
  }
  const database = isPostgresAddress(location)
    ? await openPostgresDatabase(location, migrationsFolder)
    : openSqliteDatabase({ file: location, keyFile }, migrationsFolder)
  await ensureMeta(database)
  return database
}

async function ensureMeta(database: ServerDatabase): Promise<void> {
  await database
    .insertInto('meta')
    .values([
      { name: 'epoch', value: randomUUID() },
      { name: 'naturalKeySecret', value: randomBytes(32).toString('hex') },
    ])
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}

/** The value of a line of `meta` that every database has. */
export async function getMeta(
  database: ServerDatabase | ServerTransaction,
  name: 'epoch' | 'naturalKeySecret',
): Promise<string> {
  const row = await database
    .selectFrom('meta')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return row.value
}
