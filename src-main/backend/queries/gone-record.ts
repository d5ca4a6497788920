import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { ServerRecord } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase, SqlRow, WriteDatabase } from '../database/database.ts'

/** A record that is not shown: merged into another, or deleted. */
export type GoneRecord = {
  readonly register: RegisterName
  readonly recordId: string
  /** The server's number of the state beneath; 0 for one that the server has not confirmed. */
  readonly seq: number
  readonly status: 'merged' | 'deleted'
  readonly mergedInto: string | null
  /** When it went, UTC milliseconds. */
  readonly at: number
  /** What it would be shown as. */
  readonly record: ServerRecord
}

const COLUMNS = 'register, record_id, seq, status, merged_into, at, body'

/** The record of an id where it is merged or deleted. */
export function findGone(database: ReadDatabase, register: RegisterName, id: string): GoneRecord | undefined {
  const row = database.firstOf(
    `SELECT ${COLUMNS} FROM gone_record WHERE register = ? AND record_id = ?`,
    register,
    id,
  )
  return row && toGoneRecord(row)
}

/** Those of several ids that are gone. */
export function listGone(
  database: ReadDatabase,
  register: RegisterName,
  ids: readonly string[],
): readonly GoneRecord[] {
  if (ids.length === 0) return []
  return database
    .allOf(
      `SELECT ${COLUMNS} FROM gone_record WHERE register = ? AND record_id IN (SELECT value FROM json_each(?))`,
      register,
      JSON.stringify(ids),
    )
    .map(toGoneRecord)
}

/** Merged records, the newest first. */
export function listMerged(
  database: ReadDatabase,
  page: { readonly offset: number; readonly limit: number },
): readonly GoneRecord[] {
  return database
    .allOf(
      `SELECT ${COLUMNS} FROM gone_record WHERE status = 'merged' ORDER BY at DESC, record_id LIMIT ? OFFSET ?`,
      page.limit,
      page.offset,
    )
    .map(toGoneRecord)
}

/** The record that stands for this id: itself, or the one it was merged into, also over several steps. */
export function followMerges(database: ReadDatabase, register: RegisterName, id: string): string {
  let followed = id
  // A circle cannot come from the server; a damaged store must not hang.
  for (let steps = 0; steps < 100; steps += 1) {
    const row = database.firstOf(
      'SELECT merged_into FROM gone_record WHERE register = ? AND record_id = ?',
      register,
      followed,
    )
    const next = row?.['merged_into']
    if (typeof next !== 'string') return followed
    followed = next
  }
  return followed
}

/** Stores a record as gone, or anew. */
export function writeGone(database: WriteDatabase, gone: GoneRecord): void {
  database.runOf(
    `INSERT OR REPLACE INTO gone_record (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    gone.register,
    gone.recordId,
    gone.seq,
    gone.status,
    gone.mergedInto,
    gone.at,
    JSON.stringify(gone.record),
  )
}

/** @returns whether it was there */
export function removeGone(database: WriteDatabase, register: RegisterName, id: string): boolean {
  return (
    database.runOf('DELETE FROM gone_record WHERE register = ? AND record_id = ?', register, id).changes > 0
  )
}

function toGoneRecord(row: SqlRow): GoneRecord {
  const mergedInto = row['merged_into']
  return {
    register: row['register'] as RegisterName,
    recordId: String(row['record_id']),
    seq: Number(row['seq']),
    status: row['status'] === 'merged' ? 'merged' : 'deleted',
    mergedInto: typeof mergedInto === 'string' ? mergedInto : null,
    at: Number(row['at']),
    record: JSON.parse(String(row['body'])) as ServerRecord,
  }
}
