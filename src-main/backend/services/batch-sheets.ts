import type { CountedSheet, SheetState } from '../../../src-shared/batches/balance.ts'
import type { SheetLine } from '../../../src-shared/contract/batch-types.ts'
import type { DraftInput } from '../../../src-shared/contract/types.ts'
import { isRegisterName, getRegister } from '../../../src-shared/registers/registers.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { ReadDatabase, SqlRow, WriteDatabase } from '../database/database.ts'
import { listRecords } from '../queries/record-row.ts'
import type { Actor, Context } from './context.ts'
import { labellerFor, listSetAside, titleOf, uploadStateOf } from './record-labels.ts'

/** One row of `batch_sheet`. */
export type SheetRow = CountedSheet & {
  readonly id: number
  readonly batchId: string | null
  readonly register: RegisterName
  readonly recordId: string | null
  readonly reason: string
  readonly draft: string | null
  readonly at: number
}

/** The columns of {@link toSheetRow}. */
export const SHEET_COLUMNS = 'id, batch_id, register, state, record_id, reason, draft, at, undone_at'

export function toSheetRow(row: SqlRow): SheetRow {
  const register = String(row['register'])
  if (!isRegisterName(register)) throw new Error(`a sheet of an unknown register ${register}`)
  return {
    id: Number(row['id']),
    batchId: row['batch_id'] === null ? null : String(row['batch_id']),
    register,
    state: String(row['state']) as SheetState,
    isUndone: row['undone_at'] !== null,
    recordId: row['record_id'] === null ? null : String(row['record_id']),
    reason: String(row['reason']),
    draft: row['draft'] === null ? null : String(row['draft']),
    at: Number(row['at']),
  }
}

/** Puts one act on a sheet into the caller's transaction. */
export function writeSheet(
  database: WriteDatabase,
  actor: Actor,
  day: string,
  sheet: {
    readonly batchId: string | null
    readonly register: RegisterName
    readonly state: SheetState
    readonly recordId: string | null
    readonly reason: string
    readonly draft: string | null
  },
): void {
  database.runOf(
    `INSERT INTO batch_sheet (batch_id, account_name, register, state, record_id, reason, draft, day, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    sheet.batchId,
    actor.accountName,
    sheet.register,
    sheet.state,
    sheet.recordId,
    sheet.reason,
    sheet.draft,
    day,
    actor.at,
  )
}

/**
 * A new record was saved: its sheet, in the transaction of the save. A save never fails for the sake of the count: a batch
 * that is not this account's, or not of this register, counts as none.
 */
export function noteSavedSheet(
  database: WriteDatabase,
  actor: Actor,
  day: string,
  saved: { readonly batchId: string | null; readonly register: RegisterName; readonly recordId: string },
): void {
  const isOwn =
    saved.batchId !== null &&
    database.firstOf(
      'SELECT 1 AS found FROM batch WHERE id = ? AND account_name = ? AND register = ?',
      saved.batchId,
      actor.accountName,
      saved.register,
    ) !== undefined
  writeSheet(database, actor, day, {
    batchId: isOwn ? saved.batchId : null,
    register: saved.register,
    state: 'saved',
    recordId: saved.recordId,
    reason: '',
    draft: null,
  })
}

/** The save that made the record was undone: the paper lies on the pile again. In the transaction of the undo. */
export function noteUndoneSheet(database: WriteDatabase, recordId: string, at: number): void {
  database.runOf(
    'UPDATE batch_sheet SET undone_at = ? WHERE record_id = ? AND undone_at IS NULL',
    at,
    recordId,
  )
}

/** The sheets as pages see them, in the order given. */
export function toSheetLines(context: Context, rows: readonly SheetRow[]): readonly SheetLine[] {
  const { read } = context.store
  const titles = new Map<string, Pick<SheetLine, 'title' | 'uploadState'>>()
  for (const name of new Set(rows.map((row) => row.register))) {
    const register = getRegister(name)
    const ids = rows.flatMap((row) => (row.register === name && row.recordId !== null ? [row.recordId] : []))
    const records = listRecords(read, name, ids)
    const setAside = listSetAside(read, name, ids)
    const { labelOf } = labellerFor(
      read,
      context.dictionaries,
      register,
      records.map((record) => record.values),
    )
    for (const record of records) {
      titles.set(record.id, {
        title: titleOf(register, record.values, labelOf),
        uploadState: uploadStateOf(record, setAside),
      })
    }
  }
  return rows.map((row) => {
    const known = row.recordId === null ? undefined : titles.get(row.recordId)
    return {
      id: row.id,
      register: row.register,
      state: row.state,
      isUndone: row.isUndone,
      at: row.at,
      recordId: row.recordId,
      title: known?.title ?? typedName(row),
      reason: row.reason,
      uploadState: known?.uploadState ?? null,
    }
  })
}

/** The name as far as it was typed on a deferred sheet. */
function typedName(row: SheetRow): string {
  if (row.draft === null) return ''
  const { inputs } = JSON.parse(row.draft) as { readonly inputs?: Readonly<Record<string, DraftInput>> }
  return inputs?.[getRegister(row.register).nameField]?.text ?? ''
}

/** The sheets of a batch, in the order in which they were done. */
export function listSheets(read: ReadDatabase, batchId: string): readonly SheetRow[] {
  return read
    .allOf(`SELECT ${SHEET_COLUMNS} FROM batch_sheet WHERE batch_id = ? ORDER BY id`, batchId)
    .map(toSheetRow)
}
