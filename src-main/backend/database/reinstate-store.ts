import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { openConnection, type Connection } from './connection.ts'
import { emptyLog, migrateStore, removeStoreFile, replaceStoreFile, type Migration } from './migrate.ts'
import { StoreFailure, toStoreFailure } from './store-failure.ts'
import { typedMarkOf } from './unsent-content.ts'
import { syncFile, writeFileSafely } from './write-file-safely.ts'

/** What the clerk has agreed to; it stands beside the store until the swap is done. */
const markSchema = z.strictObject({
  /** Of the prepared copy, which holds it once it is ready for the swap. */
  id: z.uuid(),
  sourceName: z.string(),
  /** When the backup was made. */
  madeAt: z.number(),
  preparedAt: z.number(),
  /** See {@link typedMarkOf}: nothing more was typed here since. */
  typed: z.string(),
  /** What the replaced store is called from then on. */
  keptName: z.string().regex(/^store\.db\.before-restore-[0-9-]+$/),
  reason: z.string(),
  unsent: z.strictObject({ ops: z.number(), drafts: z.number(), dayEnds: z.number() }),
  by: z.strictObject({ accountName: z.string(), stationCode: z.string() }),
})
export type ReinstateMark = z.infer<typeof markSchema>

/** Beside the store: the clerk has agreed to put a backup in its place, which is done at the next opening. */
export function reinstateMarkOf(file: string): string {
  return `${file}.reinstate`
}

/** The checked copy, with this machine's key. */
export function reinstateCopyOf(file: string): string {
  return `${file}.restoring`
}

const KEPT = '.before-restore-'

/** The name of a store that is replaced at a moment: `store.db.before-restore-20260501-093000`. */
export function keptNameOf(file: string, at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
  const name = `${basename(file)}${KEPT}${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
  const isTaken = existsSync(join(dirname(file), name))
  return isTaken ? keptNameOf(file, new Date(at.getTime() + 1_000)) : name
}

/** Stores that were replaced, the newest first. */
export function listKeptStores(
  file: string,
): readonly { readonly name: string; readonly keptAt: number; readonly size: number }[] {
  return readdirSync(dirname(file))
    .flatMap((name) => {
      const match = /^\.before-restore-(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})$/.exec(
        name.startsWith(basename(file)) ? name.slice(basename(file).length) : '',
      )
      if (!match) return []
      const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
      const keptAt = new Date(year, month - 1, day, hour, minute, second).getTime()
      return [{ name, keptAt, size: statSync(join(dirname(file), name)).size }]
    })
    .toSorted((a, b) => b.keptAt - a.keptAt)
}

/** What waits for the next opening, or undefined. */
export function findReinstateMark(file: string): ReinstateMark | undefined {
  let text: string
  try {
    text = readFileSync(reinstateMarkOf(file), 'utf8')
  } catch {
    return undefined
  }
  try {
    const parsed = markSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** From here on the next opening puts the copy in the store's place. */
export function writeReinstateMark(file: string, mark: ReinstateMark): void {
  writeFileSafely(reinstateMarkOf(file), JSON.stringify(mark))
}

/** Nothing is put in the store's place any more. */
export function dropReinstatement(file: string): void {
  rmSync(reinstateMarkOf(file), { force: true })
  removeStoreFile(reinstateCopyOf(file))
}

export type ReinstateResult =
  | { readonly kind: 'none' }
  | { readonly kind: 'done'; readonly keptAs: string | null }
  | { readonly kind: 'typedSince' }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }

/**
 * Puts the copy that was prepared in the store's place, where the mark asks for it. The copy is brought to the newest shape, gets what
 * belongs to this machine and not to a moment (who it is for the server, packages on their way, the audit), is flushed, and takes
 * the name in one rename; the replaced store stays under the mark's name. Killed at any point, a whole store stands
 * under the name, and the next opening goes on or has nothing left to do.
 *
 * The caller holds the store's lock.
 */
export function reinstateStore(file: string, key: Buffer, migrations: readonly Migration[]): ReinstateResult {
  const copy = reinstateCopyOf(file)
  if (!existsSync(reinstateMarkOf(file))) {
    // Of a check that was not followed by a decision.
    removeQuietly(copy)
    return { kind: 'none' }
  }
  const mark = findReinstateMark(file)
  if (!mark) {
    dropQuietly(file)
    return { kind: 'failed', failure: new StoreFailure('other', `${reinstateMarkOf(file)} 不完整`) }
  }
  try {
    if (!existsSync(copy)) {
      // Killed after the swap, before the mark went.
      rmSync(reinstateMarkOf(file), { force: true })
      return { kind: 'done', keptAs: existsSync(join(dirname(file), mark.keptName)) ? mark.keptName : null }
    }
    if (!existsSync(file)) throw new StoreFailure('other', `${file} 不见了`)
    const { from } = migrateStore(copy, key, migrations)
    removeQuietly(`${copy}.before-${String(from).padStart(4, '0')}`)
    if (!prepare(file, copy, key, mark)) {
      dropReinstatement(file)
      return { kind: 'typedSince' }
    }
    replaceStoreFile(file, copy, join(dirname(file), mark.keptName))
    rmSync(reinstateMarkOf(file), { force: true })
    return { kind: 'done', keptAs: mark.keptName }
  } catch (error) {
    dropQuietly(file)
    return { kind: 'failed', failure: toStoreFailure(error, file) }
  }
}

/** @returns false where more was typed than the clerk has agreed to leave */
function prepare(file: string, copy: string, key: Buffer, mark: ReinstateMark): boolean {
  emptyLog(file, key)
  const here = openConnection(file, key, 'read')
  try {
    if (typedMarkOf(here) !== mark.typed) return false
    const to = openConnection(copy, key, 'save')
    try {
      // Once: what a killed start has carried over already would be carried twice.
      if (readValue(to, 'reinstated') !== JSON.stringify(mark.id)) carryOver(here, to, mark)
      to.pragma('wal_checkpoint(TRUNCATE)')
      to.pragma('journal_mode = DELETE')
    } finally {
      to.close()
    }
  } finally {
    here.close()
  }
  syncFile(copy)
  return true
}

/** Who this machine is for a server; with it go the account that is signed in and the server's address. */
const IDENTITY = [
  'sync.replica',
  'sync.token',
  'sync.account',
  'line.session',
  'package.ownKey',
  'package.keys',
  'package.enrolment',
] as const

function carryOver(here: Connection, to: Connection, mark: ReinstateMark): void {
  to.exec('BEGIN IMMEDIATE')
  if (readValue(here, 'sync.replica') !== undefined) {
    for (const name of IDENTITY) copyValue(here, to, name)
    to.exec('DELETE FROM replica_key')
    copyRows(here, to, 'replica_key')
    copyServerAddress(here, to)
  }
  copyValue(here, to, 'backup')
  // Answers to what was exported here, and what other stations have given this one to carry.
  copyRows(here, to, 'sent_package')
  copyRows(here, to, 'carried_package')
  // Numbers of archives carry the mark of their store: another one, for theirs were given out until a moment ago.
  to.exec("DELETE FROM setting WHERE name = 'replicaId'")
  to.exec('UPDATE dictionary_stamp SET stamp = stamp + 1')
  // The next round fetches what the server has of this replica and this store has not, and goes on under a new id.
  writeValue(to, 'sync.reinstatedFrom', newestNumberOf(to))
  // Also until then no number is given out twice: a package may go to the server before a round does.
  raiseNewestNumber(to, newestNumberOf(here))
  carryAudit(here, to)
  to.prepare(
    "INSERT INTO audit (at, account_name, station_code, act, register, record_id, detail) VALUES (?, ?, ?, 'backup.restored', '', '', ?)",
  ).run(
    mark.preparedAt,
    mark.by.accountName,
    mark.by.stationCode,
    JSON.stringify({ madeAt: mark.madeAt, ...mark.unsent }),
  )
  writeValue(to, 'lastReinstatement', {
    at: mark.preparedAt,
    madeAt: mark.madeAt,
    keptAs: mark.keptName,
    reason: mark.reason,
    unsent: mark.unsent,
  })
  writeValue(to, 'reinstated', mark.id)
  to.exec('COMMIT')
}

/** The audit never goes back in time: what it says since the two stores parted is added to the older one. */
function carryAudit(here: Connection, to: Connection): void {
  const columns = 'at, account_name, station_code, act, register, record_id, detail'
  const lineOf = (connection: Connection, id: number): string =>
    JSON.stringify(connection.prepare(`SELECT ${columns} FROM audit WHERE id = ?`).get(id) ?? null)
  // Of one store's two moments the lines agree up to a number and not beyond it.
  let agreed = 0
  let beyond = Number(to.prepare('SELECT coalesce(max(id), 0) FROM audit').pluck().get()) + 1
  while (beyond - agreed > 1) {
    const middle = Math.floor((agreed + beyond) / 2)
    const line = lineOf(here, middle)
    if (line !== 'null' && line === lineOf(to, middle)) agreed = middle
    else beyond = middle
  }
  const insert = to.prepare(`INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
  const rows = here
    .prepare(`SELECT ${columns} FROM audit WHERE id > ? ORDER BY id`)
    .raw()
    .iterate(agreed) as IterableIterator<readonly unknown[]>
  for (const row of rows) insert.run(...row)
}

function newestNumberOf(connection: Connection): number {
  return Number(
    connection.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").pluck().get() ?? 0,
  )
}

function raiseNewestNumber(connection: Connection, least: number): void {
  const newest = Math.max(least, newestNumberOf(connection))
  connection.exec("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
  connection.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)").run(newest)
}

function copyRows(from: Connection, to: Connection, table: string): void {
  const columnsOf = (connection: Connection): readonly string[] =>
    (connection.pragma(`table_info(${table})`) as readonly { readonly name: string }[]).map(
      ({ name }) => name,
    )
  // The present store may still be of an older shape.
  const present = new Set(columnsOf(from))
  const columns = columnsOf(to).filter((name) => present.has(name))
  const insert = to.prepare(
    `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const rows = from
    .prepare(`SELECT ${columns.join(', ')} FROM ${table}`)
    .raw()
    .iterate() as IterableIterator<readonly unknown[]>
  for (const row of rows) insert.run(...row)
}

function copyServerAddress(from: Connection, to: Connection): void {
  const here = parse(readValue(from, 'settings'))
  if (!here || here['server'] === undefined) return
  writeValue(to, 'settings', { ...here, ...parse(readValue(to, 'settings')), server: here['server'] })
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>)
}

function readValue(connection: Connection, name: string): string | undefined {
  const value = connection.prepare('SELECT value FROM setting WHERE name = ?').pluck().get(name)
  return typeof value === 'string' ? value : undefined
}

function writeValue(connection: Connection, name: string, value: unknown): void {
  connection
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(name, JSON.stringify(value))
}

function copyValue(from: Connection, to: Connection, name: string): void {
  const value = readValue(from, name)
  if (value === undefined) to.prepare('DELETE FROM setting WHERE name = ?').run(name)
  else to.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)').run(name, value)
}

function removeQuietly(file: string): void {
  try {
    removeStoreFile(file)
  } catch {
    // A left-over file harms nobody; the next opening tries again.
  }
}

function dropQuietly(file: string): void {
  try {
    dropReinstatement(file)
  } catch {
    // The failure that is being reported matters more.
  }
}
