import { existsSync, rmSync } from 'node:fs'
import {
  REGISTER_NAMES,
  REGISTERS_BY_REFERENCE,
  type RegisterName,
} from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Connection } from './connection.ts'
import { openConnection } from './connection.ts'
import {
  assertSound,
  emptyLog,
  makeStoreFile,
  removeStoreFile,
  replaceStoreFile,
  type Migration,
} from './migrate.ts'
import { StoreFailure, toStoreFailure } from './store-failure.ts'

/** Beside the store: the clerk has asked for a rebuild, which is done at the next opening. */
export function rebuildMarkOf(file: string): string {
  return `${file}.rebuild`
}

/** The store as it was before it was rebuilt; kept until two rounds with the server were good. */
export function replacedStoreOf(file: string): string {
  return `${file}.before-rebuild`
}

/** Lets go of the store as it was before. */
export function removeReplacedStore(file: string): void {
  removeStoreFile(replacedStoreOf(file))
}

/** What the server has sent: it is pulled anew. Of these only what has own ops on it, or was never sent, is carried over. */
const PULLED_TABLES: ReadonlySet<string> = new Set([
  ...REGISTER_NAMES.map((name) => getRegister(name).table),
  'name_key',
  'register_count',
  'server_record',
  'conflict',
  'duplicate',
  'gone_record',
  // Who leases: triggers fill it from the leases.
  'lease_lessee',
])

/** Kept by triggers while others are filled. */
const TRIGGERED_TABLES: ReadonlySet<string> = new Set([
  'dictionary_stamp',
  'dwelling_tally',
  'building_count',
  'community_count',
])

/**
 * 重建本机数据库, where the mark asks for it: a new file is made beside the old one; the queue with its numbers, drafts, settings,
 * account, replica, history, audit, photos, batches and the clerk's own meter are carried over, and every record that the server may not have. Everything else is
 * pulled anew. Only when the new file is whole and checked it takes the store's name; the old one is kept.
 *
 * The caller holds the store's lock and has migrated the file.
 * @returns whether it was rebuilt, or why it could not be; the store is then as it was
 */
export function rebuildStore(
  file: string,
  key: Buffer,
  migrations: readonly Migration[],
): 'notAsked' | 'rebuilt' | StoreFailure {
  const mark = rebuildMarkOf(file)
  if (!existsSync(mark)) return 'notAsked'
  const copy = `${file}.rebuilding`
  try {
    removeStoreFile(copy)
    emptyLog(file, key)
    makeStoreFile(copy, key, migrations, (to) => {
      const from = openConnection(file, key, 'read')
      try {
        carryOver(from, to)
      } finally {
        from.close()
      }
    })
    // Without its mark first: a power cut now leaves the old store, not a second rebuild that replaces the kept file.
    rmSync(mark, { force: true })
    replaceStoreFile(file, copy, replacedStoreOf(file))
    return 'rebuilt'
  } catch (error) {
    rmSync(mark, { force: true })
    try {
      removeStoreFile(copy)
    } catch {
      // The failure that is being reported matters more than a left-over copy.
    }
    return toStoreFailure(error, file)
  }
}

function carryOver(from: Connection, to: Connection): void {
  to.exec('BEGIN IMMEDIATE')
  for (const table of listTables(to)) {
    if (PULLED_TABLES.has(table) || TRIGGERED_TABLES.has(table)) continue
    copyRows(from, to, table, '')
  }
  // A look-up that was prebuilt from the old entries must not be taken for one of these.
  to.exec('DELETE FROM dictionary_stamp')
  copyRows(from, to, 'dictionary_stamp', '')
  to.exec('UPDATE dictionary_stamp SET stamp = stamp + 1')
  for (const name of REGISTERS_BY_REFERENCE) carryRecords(from, to, name)
  copyRows(
    from,
    to,
    'gone_record',
    `WHERE seq = 0 OR ${hasOwnOps('gone_record.register', 'gone_record.record_id')}`,
  )
  // The next pull may say of these only that the own ops have come through: what stands beside them goes with them.
  for (const table of ['server_record', 'conflict', 'duplicate'])
    copyRows(from, to, table, `WHERE ${hasOwnOps(`${table}.register`, `${table}.record_id`)}`)
  // No number is ever given out twice.
  for (const { name, seq } of from.prepare('SELECT name, seq FROM sqlite_sequence').all() as readonly {
    readonly name: string
    readonly seq: number
  }[]) {
    to.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(name)
    to.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, seq)
  }
  setSetting(to, 'sync.cursor', '0')
  setSetting(to, 'roundsSinceRebuild', '0')
  to.exec('COMMIT')
  for (const table of [
    ...['outbox', 'draft', 'draft_input', 'audit', 'change_log', 'photo', 'held_record'],
    ...['batch', 'batch_sheet', 'day_end', 'own_meter'],
  ])
    assertSameCount(from, to, table)
  assertSound(to)
}

/** SQL: whether ops on the record, or a merge that takes it in, wait for their receipt. */
function hasOwnOps(register: string, id: string): string {
  return `EXISTS (SELECT 1 FROM outbox WHERE outbox.register = ${register}
    AND (outbox.record_id = ${id} OR outbox.loser_id = ${id}) AND outbox.state IN ('pending', 'setAside'))`
}

/** Records that wait to be sent, or that no server has (演示数据), with their name keys. */
function carryRecords(from: Connection, to: Connection, register: RegisterName): void {
  const { table } = getRegister(register)
  const columns = columnsOf(to, table).filter((name) => name !== 'row')
  const insert = to.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const keys = from.prepare('SELECT key, updated_at, status FROM name_key WHERE row = ? AND +register = ?')
  const insertKey = to.prepare(
    'INSERT INTO name_key (register, key, row, updated_at, status) VALUES (?, ?, ?, ?, ?)',
  )
  const rows = from
    .prepare(`SELECT * FROM ${table} WHERE server_seq = 0 OR pending_ops > 0 ORDER BY row`)
    .iterate() as IterableIterator<Readonly<Record<string, unknown>>>
  for (const row of rows) {
    const { lastInsertRowid } = insert.run(...columns.map((name) => row[name]))
    for (const each of keys.all(row['row'], register) as readonly Readonly<Record<string, unknown>>[])
      insertKey.run(register, each['key'], lastInsertRowid, each['updated_at'], each['status'])
  }
}

function copyRows(from: Connection, to: Connection, table: string, condition: string): void {
  const columns = columnsOf(to, table)
  const insert = to.prepare(
    `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const rows = from
    .prepare(`SELECT ${columns.join(', ')} FROM ${table} ${condition}`)
    .raw()
    .iterate() as IterableIterator<readonly unknown[]>
  for (const row of rows) insert.run(...row)
}

function listTables(connection: Connection): readonly string[] {
  return connection
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    )
    .pluck()
    .all() as string[]
}

function columnsOf(connection: Connection, table: string): readonly string[] {
  return (connection.pragma(`table_info(${table})`) as readonly { readonly name: string }[]).map(
    (column) => column.name,
  )
}

function setSetting(connection: Connection, name: string, value: string): void {
  connection.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)').run(name, value)
}

function assertSameCount(from: Connection, to: Connection, table: string): void {
  const count = (connection: Connection): number =>
    Number(connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  if (count(from) !== count(to))
    throw new StoreFailure('migrationFailed', `表 ${table}:原有 ${count(from)} 行,新库 ${count(to)} 行`)
}
