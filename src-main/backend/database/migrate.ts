import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { openConnection, type Connection } from './connection.ts'
import { StoreFailure, storeFailureKindOf, toStoreFailure } from './store-failure.ts'
import { syncFile, syncFolder } from './write-file-safely.ts'

/** One step of the store's shape. */
export type Migration = { readonly number: number; readonly name: string; readonly sql: string }

/**
 * The migrations of a folder in order: files `NNNN-name.sql`.
 *
 * @throws StoreFailure `migrationFailed` when two have one number or the folder cannot be read
 */
export function listMigrations(folder: string): readonly Migration[] {
  let files: string[]
  try {
    files = readdirSync(folder).filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file))
  } catch (error) {
    throw new StoreFailure('migrationFailed', `程序文件不完整:${folder}`, error)
  }
  const migrations = files.toSorted().map((file) => ({
    number: Number(file.slice(0, 4)),
    name: file.replace(/\.sql$/, ''),
    sql: readFileSync(join(folder, file), 'utf8'),
  }))
  if (migrations.length === 0) throw new StoreFailure('migrationFailed', `程序文件不完整:${folder}`)
  for (const [index, migration] of migrations.entries()) {
    if (migrations[index + 1]?.number === migration.number)
      throw new StoreFailure('migrationFailed', `编号 ${migration.number} 重复`)
  }
  return migrations
}

/** The number of the newest migration a file has; 0 for an empty file. It stands in SQLite's `user_version`. */
export function schemaVersionOf(connection: Connection): number {
  return Number(connection.pragma('user_version', { simple: true }))
}

/** What an upgrade of a store is doing: with a big one each takes many seconds. */
export type UpgradeStep = (typeof UPGRADE_STEPS)[number]

/** The steps in their order. */
export const UPGRADE_STEPS = ['copy', 'alter', 'check'] as const

/**
 * Brings a store file to the newest shape. An existing file is never altered in place: it is copied, the copy is
 * migrated and checked (every page, the rows of every index and table, foreign keys), flushed, and only then takes the file's name; the previous file stays
 * beside it as `<name>.before-<version>`. A new store is made under another name as well, so that a power cut leaves
 * either nothing or a whole one.
 *
 * @param tell hears each step of an upgrade; not of a new store, which is made at once
 * @throws StoreFailure; the file is then as it was
 */
export function migrateStore(
  file: string,
  key: Buffer,
  migrations: readonly Migration[],
  tell: (step: UpgradeStep) => void = () => undefined,
): { readonly from: number; readonly to: number } {
  const to = migrations.at(-1)?.number ?? 0
  assertNotTorn(file)
  const from = existsSync(file) ? readVersion(file, key) : 0
  if (from > to) throw new StoreFailure('newerVersion', `数据库版本 ${from},本程序版本 ${to}`)
  if (from === to) return { from, to }
  const copy = `${file}.migrating`
  try {
    removeStoreFile(copy)
    const isUpgrade = existsSync(file)
    if (isUpgrade) {
      tell('copy')
      copyStore(file, copy, key)
    }
    migrateCopy(copy, key, migrations, from, isUpgrade ? tell : () => undefined)
    syncFile(copy)
    swap(file, copy, from)
  } catch (error) {
    removeQuietly(copy)
    const kind = storeFailureKindOf(error)
    if (kind === 'fullDisk' || kind === 'readOnly') throw toStoreFailure(error, file)
    if (from === 0) throw toStoreFailure(error, file)
    if (error instanceof StoreFailure) throw error
    throw new StoreFailure('migrationFailed', error instanceof Error ? error.message : String(error), error)
  }
  return { from, to }
}

/**
 * A store takes its name only when it is whole, so an empty file, or a log without its file, is what a damaged disk or
 * a person left. SQLite would take either for a new store, and the log would then be played into the wrong file.
 */
function assertNotTorn(file: string): void {
  const log = `${file}-wal`
  if (sizeOf(file) === 0) throw new StoreFailure('corrupt', `数据库文件 ${file} 是空的`)
  if (sizeOf(file) === undefined && (sizeOf(log) ?? 0) > 0)
    throw new StoreFailure('corrupt', `数据库文件 ${file} 不见了,只剩下它的日志 ${log}`)
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size
}

function readVersion(file: string, key: Buffer): number {
  try {
    const connection = openConnection(file, key, 'read')
    try {
      return schemaVersionOf(connection)
    } finally {
      connection.close()
    }
  } catch (error) {
    throw toStoreFailure(error, file)
  }
}

/**
 * With the log emptied into it, the file alone is the store; the store's lock keeps others off meanwhile.
 *
 * @throws StoreFailure `inUse` while another program reads it
 */
export function emptyLog(file: string, key: Buffer): void {
  const connection = openConnection(file, key, 'save')
  try {
    const isBusy = connection.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) !== 0
    if (isBusy) throw new StoreFailure('inUse', `${file} 正被另一个程序读取`)
  } finally {
    connection.close()
  }
}

function copyStore(file: string, copy: string, key: Buffer): void {
  emptyLog(file, key)
  // Where the file system can share blocks until they are written (Btrfs, XFS, ReFS, APFS), that costs nothing.
  copyFileSync(file, copy, constants.COPYFILE_FICLONE)
}

/**
 * Makes a store file of the newest shape and fills it; on disk and whole when this returns.
 *
 * @param fill writes into the new file; what it throws leaves the file unfinished
 */
export function makeStoreFile(
  file: string,
  key: Buffer,
  migrations: readonly Migration[],
  fill: (connection: Connection) => void,
): void {
  migrateCopy(file, key, migrations, 0, () => undefined)
  const connection = openConnection(file, key, 'save')
  try {
    connection.pragma('foreign_keys = OFF')
    fill(connection)
    connection.pragma('wal_checkpoint(TRUNCATE)')
    connection.pragma('journal_mode = DELETE')
  } finally {
    connection.close()
  }
  syncFile(file)
}

/** A whole new file takes the store's name; the store, whose log was emptied, stays under the name `kept`. */
export function replaceStoreFile(file: string, copy: string, kept: string): void {
  removeStoreFile(kept)
  keepAs(file, kept)
  rmSync(`${file}-wal`, { force: true })
  rmSync(`${file}-shm`, { force: true })
  renameSync(copy, file)
  syncFolder(dirname(file))
}

function migrateCopy(
  copy: string,
  key: Buffer,
  migrations: readonly Migration[],
  from: number,
  tell: (step: UpgradeStep) => void,
): void {
  const connection = openConnection(copy, key, 'save')
  try {
    tell('alter')
    const before = countRows(connection)
    connection.pragma('foreign_keys = OFF')
    for (const migration of migrations) {
      if (migration.number <= from) continue
      connection.exec('BEGIN IMMEDIATE')
      try {
        connection.exec(migration.sql)
        connection.pragma(`user_version = ${migration.number}`)
        connection.exec('COMMIT')
      } catch (error) {
        if (connection.inTransaction) connection.exec('ROLLBACK')
        throw new Error(`${migration.name}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        })
      }
    }
    tell('check')
    assertWhole(connection)
    assertNothingLost(before, countRows(connection))
    connection.pragma('wal_checkpoint(TRUNCATE)')
    // Back to one file: nothing beside it has to be moved with it.
    connection.pragma('journal_mode = DELETE')
  } finally {
    connection.close()
  }
}

/**
 * Every page of the copy is read (each carries a code that proves it), every value is checked against its column, and every
 * index has as many entries as its table has rows. What this leaves out is to look up each row in each index: seven minutes
 * with a million residents, for what a copy of a sound store cannot have got.
 *
 * @throws StoreFailure `corrupt`
 */
function assertWhole(connection: Connection): void {
  assertPragma(connection, 'quick_check(5)')
  assertReferences(connection)
}

/** @throws StoreFailure `corrupt` when a page, an index or a reference between tables is broken */
export function assertSound(connection: Connection): void {
  assertPragma(connection, 'integrity_check(5)')
  assertReferences(connection)
}

function assertPragma(connection: Connection, check: string): void {
  const found = connection.pragma(check, { simple: true })
  if (found !== 'ok') throw new StoreFailure('corrupt', `完整性检查:${String(found)}`)
}

function assertReferences(connection: Connection): void {
  const broken = connection.pragma('foreign_key_check') as readonly unknown[]
  if (broken.length > 0) throw new StoreFailure('corrupt', `外键检查:${broken.length} 处不符`)
}

function listTables(connection: Connection): readonly string[] {
  return connection
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .pluck()
    .all() as string[]
}

function countRows(connection: Connection): ReadonlyMap<string, number> {
  return new Map(
    listTables(connection).map((table) => [
      table,
      Number(connection.prepare(`SELECT count(*) FROM "${table}"`).pluck().get()),
    ]),
  )
}

/** A migration may add tables and rows; a table that keeps its name keeps its rows. */
function assertNothingLost(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): void {
  for (const [table, count] of before) {
    const now = after.get(table)
    if (now !== undefined && now < count)
      throw new StoreFailure('migrationFailed', `表 ${table} 升级前 ${count} 行,升级后 ${now} 行`)
    if (now === undefined && count > 0)
      throw new StoreFailure('migrationFailed', `表 ${table} 的 ${count} 行在升级后没有了`)
  }
}

/**
 * The new file takes the name only when it is whole on disk. At every moment a store stands under the name: the previous
 * one first gets a second name as the backup, then one rename replaces it.
 */
function swap(file: string, copy: string, from: number): void {
  if (existsSync(file)) {
    replaceStoreFile(file, copy, `${file}.before-${String(from).padStart(4, '0')}`)
    return
  }
  renameSync(copy, file)
  syncFolder(dirname(file))
}

function keepAs(file: string, backup: string): void {
  try {
    linkSync(file, backup)
  } catch {
    // File systems without hard links (FAT on a USB stick).
    copyFileSync(file, backup)
    syncFile(backup)
  }
}

/** Removes a store file with what SQLite may have left beside it. */
export function removeStoreFile(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true })
}

function removeQuietly(file: string): void {
  try {
    removeStoreFile(file)
  } catch {
    // The failure that is being reported matters more than a left-over copy.
  }
}
