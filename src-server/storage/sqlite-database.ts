import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely'
import { readKeyFile, readOrMakeKeyFile } from './key-file.ts'
import { checkNotNewer, listMigrationFiles } from './migration-files.ts'
import { ServerSetupError } from './setup-error.ts'
import type { ServerTables } from './tables.ts'

/** An SQLite file and the file of its key. */
export type SqlitePlace = { readonly file: string; readonly keyFile: string }

/**
 * Opens (and makes, where absent) an encrypted file (SQLCipher 4 pages) and brings it to the newest shape.
 * WAL with synchronous=FULL: what was acknowledged survives a power cut. A new file can be read by its owner alone.
 *
 * @throws ServerSetupError where it cannot be opened, the key does not fit or the file is newer than the program
 */
export function openSqliteDatabase(place: SqlitePlace, migrationsFolder: string): Kysely<ServerTables> {
  const sqlite = openFile(place)
  try {
    migrate(sqlite, migrationsFolder)
  } catch (error) {
    sqlite.close()
    throw error
  }
  return new Kysely<ServerTables>({ dialect: new SqliteDialect({ database: keepStatements(sqlite) }) })
}

/** So many pages (of 4 KiB) the log grows at most while there is no idle moment. */
const LOG_PAGES = 10_000
/** Milliseconds without a commit after which the log is carried into the file. */
const IDLE_MS = 2_000

/** Statements kept ready; a push and a pull together have fewer texts. */
const KEPT_STATEMENTS = 256

/** Understanding a statement's text costs more than running it: those that were asked last are kept. */
function keepStatements(sqlite: Database.Database): SqliteDatabase {
  const kept = new Map<string, ReturnType<SqliteDatabase['prepare']>>()
  const idle = setTimeout(() => {
    // Somebody reads or writes just now: the next commit asks again.
    if (sqlite.open && !sqlite.inTransaction) sqlite.pragma('wal_checkpoint(PASSIVE)')
  }, IDLE_MS).unref()
  return {
    close: () => {
      clearTimeout(idle)
      sqlite.close()
    },
    prepare: (text) => {
      if (text === 'commit') idle.refresh()
      const known = kept.get(text)
      // Moved to the end: the first one is the one that was not asked for longest.
      kept.delete(text)
      const statement = known ?? (sqlite.prepare(text) as unknown as ReturnType<SqliteDatabase['prepare']>)
      kept.set(text, statement)
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT_STATEMENTS) break
        kept.delete(oldest)
      }
      return statement
    },
  }
}

function openFile({ file, keyFile }: SqlitePlace): Database.Database {
  let sqlite: Database.Database | undefined
  try {
    const isNew = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const key = isNew ? readOrMakeKeyFile(keyFile) : readKeyFile(keyFile)
    // SQLite gives its log the rights of the file.
    closeSync(openSync(file, 'a', 0o600))
    sqlite = new Database(file, { timeout: 5_000 })
    setKey(sqlite, key)
    sqlite.prepare('SELECT count(*) FROM sqlite_master').get()
    sqlite.pragma('journal_mode = WAL')
    sqlite.pragma('synchronous = FULL')
    sqlite.pragma('foreign_keys = ON')
    // Sorting never writes personal data to an unencrypted temporary file.
    sqlite.pragma('temp_store = MEMORY')
    // Decrypting a page again costs more than keeping it.
    sqlite.pragma('cache_size = -64000')
    // A push changes a thousand pages, most of them again with the next one: they are copied in an idle moment.
    sqlite.pragma(`wal_autocheckpoint = ${LOG_PAGES}`)
    return sqlite
  } catch (error) {
    sqlite?.close()
    if (error instanceof ServerSetupError) throw error
    if (/^SQLITE_(NOTADB|CORRUPT)/.test((error as { code?: string }).code ?? ''))
      throw notReadable(file, keyFile)
    throw new ServerSetupError(
      `数据库文件打不开:${file}。请检查该文件夹是否存在、是否可写、磁盘是否已满。(${String(error)})`,
    )
  }
}

function setKey(sqlite: Database.Database, key: Buffer): void {
  sqlite.pragma("cipher = 'sqlcipher'")
  sqlite.pragma('legacy = 4')
  sqlite.pragma(`key = "x'${key.toString('hex')}'"`)
}

function notReadable(file: string, keyFile: string): ServerSetupError {
  const start = Buffer.alloc(15)
  const handle = openSync(file, 'r')
  readSync(handle, start, 0, start.length, 0)
  closeSync(handle)
  return new ServerSetupError(
    start.toString('latin1') === 'SQLite format 3'
      ? `数据库文件 ${file} 没有加密,是试用版服务器建立的。请另设 JUFUTONG_SERVER_DATABASE,由各站重新上传。`
      : `密钥文件 ${keyFile} 与数据库文件 ${file} 不配,或数据库文件已损坏。请放回原来的密钥文件,或用 restore 恢复备份。`,
  )
}

/** Runs the steps that the file has not seen, each in a transaction of its own; `user_version` is the newest. */
function migrate(sqlite: Database.Database, folder: string): void {
  const files = listMigrationFiles(folder)
  // Two processes (the server and a command) may start at once: the check stands inside the write transaction.
  for (const { number, sql } of files) {
    sqlite
      .transaction(() => {
        const version = Number(sqlite.pragma('user_version', { simple: true }))
        checkNotNewer(version, files)
        if (number <= version) return
        sqlite.exec(sql)
        sqlite.pragma(`user_version = ${number}`)
      })
      .immediate()
  }
}

/**
 * Makes a file whole by itself (no log beside it) and proves that no other program has it open.
 * @returns false where it cannot be read at all
 * @throws ServerSetupError where another program uses it
 */
export function releaseSqliteFile(place: SqlitePlace): boolean {
  if (!existsSync(place.file)) return false
  let sqlite: Database.Database | undefined
  try {
    sqlite = new Database(place.file, { timeout: 500 })
    setKey(sqlite, readKeyFile(place.keyFile))
    // Leaving WAL needs the file for oneself: every other connection holds a shared lock while it is open.
    sqlite.pragma('journal_mode = DELETE')
    return true
  } catch (error) {
    if (String((error as { code?: string }).code).startsWith('SQLITE_BUSY')) {
      throw new ServerSetupError(`${place.file} 正在使用:请先停止服务器(和其他命令),再恢复备份。`)
    }
    return false
  } finally {
    sqlite?.close()
  }
}
