import { v7 as makeUuid } from 'uuid'
import { countSheets } from '../../../src-shared/batches/balance.ts'
import type { Batch } from '../../../src-shared/contract/batch-types.ts'
import type { Draft } from '../../../src-shared/contract/types.ts'
import { getRegister, isRegisterName } from '../../../src-shared/registers/registers.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { ReadDatabase, SqlRow } from '../database/database.ts'
import { deleteDraft, writeDraft } from '../queries/drafts.ts'
import { findRecord } from '../queries/record-row.ts'
import { listSheets, SHEET_COLUMNS, toSheetLines, toSheetRow, writeSheet } from './batch-sheets.ts'
import { actorOf, type Context } from './context.ts'
import { labellerFor, titleOf } from './record-labels.ts'
import { RequestRefusal } from './request-failure.ts'

/** How many saved sheets a batch is told with: what the side list shows. */
const TOLD_SAVED = 12

/** The head of a batch as the clerk gives it. */
export type BatchHead = {
  readonly register: RegisterName
  readonly communityCode: string | null
  readonly collectorId: string | null
  readonly collectionDate: string
  readonly expectedCount: number
}

/** Opens a batch; a new form of its register joins it from now on. */
export async function openBatch(context: Context, head: BatchHead): Promise<Batch> {
  const id = makeUuid()
  const { accountName } = actorOf(context)
  await context.store.write((database) => {
    if (
      head.collectorId !== null &&
      findRecord(database, 'coordinator', head.collectorId)?.status !== 'active'
    )
      throw new RequestRefusal('notFound', '采集人:该协管员不在本机或已注销,请重新选择!')
    if (head.communityCode !== null && !context.dictionaries.find('community', head.communityCode))
      throw new RequestRefusal('notFound', '社区:字典中没有该社区,请重新选择!')
    database.runOf(
      `INSERT INTO batch (id, account_name, register, community_code, collector_id, collection_date, expected_count, opened_date, closed_date, turn)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)`,
      id,
      accountName,
      head.register,
      head.communityCode,
      head.collectorId,
      head.collectionDate,
      head.expectedCount,
      context.clock.today(),
      nextTurn(database),
    )
  })
  return getBatch(context, id)
}

/**
 * Goes on with a batch; one that was closed today is opened again.
 *
 * @throws RequestRefusal `notFound`, `notPossible` (closed on an earlier day)
 */
export async function continueBatch(context: Context, id: string): Promise<Batch> {
  await context.store.write((database) => {
    const batch = findOwn(database, context, id)
    const closed = batch['closed_date']
    if (closed !== null && closed !== context.clock.today()) {
      throw new RequestRefusal(
        'notPossible',
        `该批次已于 ${String(closed)} 结束,只能在当天重新打开。余下的表请另开一批。`,
      )
    }
    database.runOf('UPDATE batch SET closed_date = NULL, turn = ? WHERE id = ?', nextTurn(database), id)
  })
  return getBatch(context, id)
}

/** Closes a batch: no new form joins it. Whether it balances is the business of 日结. */
export async function closeBatch(context: Context, id: string): Promise<Batch> {
  await context.store.write((database) => {
    findOwn(database, context, id)
    database.runOf(
      'UPDATE batch SET closed_date = ? WHERE id = ? AND closed_date IS NULL',
      context.clock.today(),
      id,
    )
  })
  return getBatch(context, id)
}

/** 应录份数 corrected: the pile was counted anew. */
export async function setExpected(context: Context, id: string, expectedCount: number): Promise<Batch> {
  await context.store.write((database) => {
    findOwn(database, context, id)
    database.runOf('UPDATE batch SET expected_count = ? WHERE id = ?', expectedCount, id)
  })
  return getBatch(context, id)
}

/** The account's batches that can be gone on with: the open ones and those closed today, the present one first. */
export function listBatches(context: Context, register: RegisterName | null): readonly Batch[] {
  const rows = context.store.read.allOf(
    `SELECT * FROM batch WHERE account_name = ? AND (closed_date IS NULL OR closed_date = ?)
     ORDER BY closed_date IS NOT NULL, turn DESC`,
    actorOf(context).accountName,
    context.clock.today(),
  )
  return rows
    .filter((row) => register === null || row['register'] === register)
    .map((row) => toBatch(context, row))
}

/** The open batch that a new form of the register joins, or null. */
export function findPresentBatch(context: Context, register: RegisterName): Batch | null {
  const row = context.store.read.firstOf(
    `SELECT * FROM batch WHERE account_name = ? AND register = ? AND closed_date IS NULL
     ORDER BY turn DESC LIMIT 1`,
    actorOf(context).accountName,
    register,
  )
  return row ? toBatch(context, row) : null
}

/** A batch of this account. @throws RequestRefusal `notFound` */
export function getBatch(context: Context, id: string): Batch {
  return toBatch(context, findOwn(context.store.read, context, id))
}

/**
 * 作废 or 搁置 of the sheet that lies before the clerk. What was typed of a deferred one is kept with it, without pins; the
 * draft of the open form ends.
 *
 * @throws RequestRefusal `notFound`
 */
export async function setSheet(
  context: Context,
  input: {
    readonly batchId: string
    readonly state: 'void' | 'deferred'
    readonly reason: string
    /** The form as it stands; null where nothing was typed. */
    readonly draft: Draft | null
    readonly draftId: string
  },
): Promise<Batch> {
  const actor = actorOf(context)
  await context.store.write((database) => {
    const batch = findOwn(database, context, input.batchId)
    const { draft } = input
    writeSheet(database, actor, context.clock.today(), {
      batchId: input.batchId,
      register: registerOf(batch),
      state: input.state,
      recordId: null,
      reason: input.reason,
      draft: input.state === 'deferred' && draft !== null ? JSON.stringify(withoutPins(draft)) : null,
    })
    deleteDraft(database, input.draftId)
  })
  return getBatch(context, input.batchId)
}

/**
 * Takes a deferred or void sheet up again: its paper lies on the pile, and what was typed of it comes back as a draft.
 *
 * @throws RequestRefusal `notFound`, `notPossible` (taken up already)
 */
export async function resumeSheet(context: Context, id: number): Promise<Draft> {
  const actor = actorOf(context)
  return await context.store.write((database) => {
    const found = database.firstOf(
      `SELECT ${SHEET_COLUMNS} FROM batch_sheet WHERE id = ? AND account_name = ? AND state <> 'saved'`,
      id,
      actor.accountName,
    )
    if (!found) throw new RequestRefusal('notFound', '找不到这一份,请刷新后再试。')
    const sheet = toSheetRow(found)
    if (sheet.isUndone || sheet.batchId === null)
      throw new RequestRefusal('notPossible', '这一份已经重新录入过。')
    const draft: Draft = {
      recordId: null,
      revision: 0,
      inputs: {},
      focusedField: null,
      caret: 0,
      ...(sheet.draft === null ? {} : (JSON.parse(sheet.draft) as Partial<Draft>)),
      id: makeUuid(),
      register: sheet.register,
      pinnedFields: [],
      batchCount: 0,
      batchId: sheet.batchId,
      openedFrom: null,
      updatedAt: actor.at,
    }
    // Closed meanwhile: what is saved of it still counts there.
    database.runOf('UPDATE batch_sheet SET undone_at = ?, draft = NULL WHERE id = ?', actor.at, id)
    writeDraft(database, draft)
    return draft
  })
}

/** The day-end sheet names a batch by its head. */
export function titleOfBatch(batch: Omit<Batch, 'counts' | 'saved' | 'deferred'>): string {
  return [getRegister(batch.register).label, batch.communityName, batch.collectorName, batch.collectionDate]
    .filter((part) => part !== '')
    .join(' ')
}

/** The head of a stored batch, with the names of what it refers to. */
export function toHead(context: Context, row: SqlRow): Omit<Batch, 'counts' | 'saved' | 'deferred'> {
  const communityCode = row['community_code'] === null ? null : String(row['community_code'])
  const collectorId = row['collector_id'] === null ? null : String(row['collector_id'])
  return {
    id: String(row['id']),
    register: registerOf(row),
    communityCode,
    collectorId,
    collectionDate: String(row['collection_date']),
    expectedCount: Number(row['expected_count']),
    openedDate: String(row['opened_date']),
    closedDate: row['closed_date'] === null ? null : String(row['closed_date']),
    communityName:
      communityCode === null ? '' : (context.dictionaries.find('community', communityCode)?.name ?? ''),
    collectorName: collectorId === null ? '' : collectorNameOf(context, collectorId),
  }
}

function toBatch(context: Context, row: SqlRow): Batch {
  const sheets = listSheets(context.store.read, String(row['id']))
  return {
    ...toHead(context, row),
    counts: countSheets(sheets),
    saved: toSheetLines(
      context,
      sheets
        .filter((sheet) => sheet.state === 'saved')
        .slice(-TOLD_SAVED)
        .toReversed(),
    ),
    deferred: toSheetLines(
      context,
      sheets.filter((sheet) => sheet.state === 'deferred' && !sheet.isUndone),
    ),
  }
}

function collectorNameOf(context: Context, id: string): string {
  const record = findRecord(context.store.read, 'coordinator', id)
  if (!record) return ''
  const register = getRegister('coordinator')
  const { labelOf } = labellerFor(context.store.read, context.dictionaries, register, [record.values])
  return titleOf(register, record.values, labelOf)
}

function registerOf(row: SqlRow): RegisterName {
  const name = String(row['register'])
  if (!isRegisterName(name)) throw new Error(`a batch of an unknown register ${name}`)
  return name
}

function findOwn(read: ReadDatabase, context: Context, id: string): SqlRow {
  const row = read.firstOf(
    'SELECT * FROM batch WHERE id = ? AND account_name = ?',
    id,
    actorOf(context).accountName,
  )
  if (!row) throw new RequestRefusal('notFound', '找不到这个批次,可能是用其他账号开的。')
  return row
}

function nextTurn(read: ReadDatabase): number {
  return 1 + Number(read.pluck<number>('SELECT coalesce(max(turn), 0) FROM batch')[0])
}

/** Pins live in memory: what is kept of a sheet has none. */
function withoutPins(draft: Draft): Draft {
  return { ...draft, pinnedFields: [], batchCount: 0 }
}
