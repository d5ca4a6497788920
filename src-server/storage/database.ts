import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect, type Transaction } from 'kysely'
import type { ServerTables } from './tables.ts'

/** Outside a transaction: reading, and single statements. */
export type ServerDatabase = Kysely<ServerTables>
/** Inside a write transaction. */
export type ServerTransaction = Transaction<ServerTables>

/** A fault of the operator's set-up, with a sentence that says what to do. */
export class ServerSetupError extends Error {}

/**
 * Opens (and makes, where absent) the server's database file and brings it to the newest shape.
 * WAL with synchronous=FULL: what was acknowledged survives a power cut. A new file can be read by its owner alone.
 *
 * @param location path of an SQLite file
 * @param migrationsFolder folder of `NNNN-name.sql`
 * @throws ServerSetupError where the location is no file path, the file cannot be opened or is newer than the program
 */
export async function openServerDatabase(
  location: string,
  migrationsFolder: string,
): Promise<ServerDatabase> {
  if (/^[a-z]+:\/\//i.test(location)) {
    throw new ServerSetupError(
      '目前的服务器只支持内置的SQLite数据库文件:请把 JUFUTONG_SERVER_DATABASE 设为一个文件路径,不要写 postgres:// 这样的地址。',
    )
  }
  let sqlite: Database.Database
  try {
    mkdirSync(dirname(location), { recursive: true, mode: 0o700 })
    // The file is not encrypted. SQLite gives its log the rights of the file.
    closeSync(openSync(location, 'a', 0o600))
    sqlite = new Database(location)
    sqlite.pragma('journal_mode = WAL')
    sqlite.pragma('synchronous = FULL')
    sqlite.pragma('foreign_keys = ON')
    sqlite.pragma('busy_timeout = 5000')
  } catch (error) {
    throw new ServerSetupError(
      `数据库文件打不开:${location}。请检查该文件夹是否存在、是否可写、磁盘是否已满。(${String(error)})`,
    )
  }
  try {
    migrate(sqlite, migrationsFolder)
  } catch (error) {
    sqlite.close()
    throw error
  }
  const database = new Kysely<ServerTables>({ dialect: new SqliteDialect({ database: sqlite }) })
  await ensureMeta(database)
  return database
}

/** Runs the migrations that the file has not seen, each in a transaction of its own; `user_version` is the newest. */
function migrate(sqlite: Database.Database, folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
  const newest = Number(files.at(-1)?.slice(0, 4) ?? 0)
  // Two processes (the server and a command) may start at once: the check stands inside the write transaction.
  for (const file of files) {
    sqlite
      .transaction(() => {
        const version = Number(sqlite.pragma('user_version', { simple: true }))
        if (version > newest) {
          throw new ServerSetupError(
            `数据库文件由更新版本的服务器建立(结构版本${version},本程序只认识到${newest}):请升级服务器程序。`,
          )
        }
        const number = Number(file.slice(0, 4))
        if (number <= version) return
        sqlite.exec(readFileSync(join(folder, file), 'utf8'))
        sqlite.pragma(`user_version = ${number}`)
      })
      .immediate()
  }
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
