import { countSheets } from '../../../src-shared/batches/balance.ts'
import { differencesOf, remindersOf, type DayEndNumbers } from '../../../src-shared/batches/differences.ts'
import type {
  DayEnd,
  DayEndColumn,
  DayEndConfirmation,
  DayEndLine,
  DayEndSheet,
} from '../../../src-shared/contract/batch-types.ts'
import { canonicalJson } from '../../../src-shared/fields/merge.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { ReadDatabase } from '../database/database.ts'
import { listSheets, SHEET_COLUMNS, toSheetLines, toSheetRow, type SheetRow } from './batch-sheets.ts'
import { titleOfBatch, toHead } from './batches.ts'
import { actorOf, type Context } from './context.ts'
import { namerFor } from './names.ts'
import { RequestRefusal } from './request-failure.ts'
import { readSettings } from './settings.ts'
import { writeAudit } from './write-audit.ts'

/** At most this many records are listed behind a number. */
const LISTED_SHEETS = 500

/** What the registers and the outbox say of a record that a sheet says was saved. */
type Finding = {
  readonly place: 'stored' | 'cancelled' | 'gone' | 'missing'
  readonly receipt: 'uploaded' | 'pending' | 'refused' | 'none'
  readonly refusal: string
}

/**
 * 日结 of a day of the present account: every batch that was opened or worked on that day (for today also every one that is
 * still open), each as a whole and as it stands now, and the forms that were saved outside of any.
 */
export function getDayEnd(context: Context, day: string): DayEnd {
  const { read } = context.store
  const isServerSet = isServerSetIn(context)
  const lines = listGroups(context, day).map((group) => toLine(context, group, isServerSet))
  return {
    day,
    lines,
    isBalanced: lines.every((line) => line.differences.length === 0),
    confirmation: findConfirmation(context, read, day, lines),
  }
}

/** The sheets behind one number, the newest first. */
export function listDayEndSheets(
  context: Context,
  input: { readonly day: string; readonly batchId: string | null; readonly column: DayEndColumn },
): readonly DayEndSheet[] {
  const group = listGroups(context, input.day).find((each) => each.batchId === input.batchId)
  if (!group) return []
  const isServerSet = isServerSetIn(context)
  const findings = findingsOf(context.store.read, group.sheets)
  const isWanted = (sheet: SheetRow): boolean => {
    const finding = sheet.recordId === null ? undefined : findings.get(sheet.recordId)
    switch (input.column) {
      case 'saved':
      case 'void':
      case 'deferred':
        return sheet.state === input.column && !sheet.isUndone
      case 'undone':
        return sheet.state === 'saved' && sheet.isUndone
      case 'stored':
        return !sheet.isUndone && finding?.place === 'stored'
      case 'uploaded':
        return !sheet.isUndone && finding?.receipt === 'uploaded'
      case 'different':
        if (sheet.isUndone) return isActive(findings, sheet)
        return (
          finding !== undefined &&
          (finding.place !== 'stored' || (isServerSet && finding.receipt !== 'uploaded'))
        )
    }
  }
  const wanted = group.sheets.filter(isWanted).toReversed().slice(0, LISTED_SHEETS)
  return toSheetLines(context, wanted).map((line) => ({
    ...line,
    remark: line.recordId === null ? line.reason : remarkOf(line.isUndone, findings.get(line.recordId)),
  }))
}

/**
 * 确认日结: stores who confirmed, when and which numbers. The numbers are counted at this moment, not taken from the page.
 *
 * @throws RequestRefusal `notPossible` when it does not balance and no reason is given
 */
export async function confirmDayEnd(
  context: Context,
  input: { readonly day: string; readonly reason: string },
): Promise<DayEnd> {
  const actor = actorOf(context)
  const reason = input.reason.trim()
  await context.store.write((database) => {
    const { lines, isBalanced } = getDayEnd(context, input.day)
    if (lines.length === 0) throw new RequestRefusal('notPossible', '这一天没有录入,无需日结。')
    if (!isBalanced && reason === '') throw new RequestRefusal('notPossible', '日结不平,请填写原因后再确认!')
    database.runOf(
      'INSERT INTO day_end (account_name, day, confirmed_at, is_balanced, reason, body) VALUES (?, ?, ?, ?, ?, ?)',
      actor.accountName,
      input.day,
      actor.at,
      isBalanced ? 1 : 0,
      reason,
      canonicalJson(lines),
    )
    writeAudit(database, actor, 'dayEnd.confirmed', '', '', { day: input.day, isBalanced })
  })
  return getDayEnd(context, input.day)
}

type Group = {
  readonly batchId: string | null
  readonly title: string
  readonly expectedCount: number | null
  readonly sheets: readonly SheetRow[]
}

function listGroups(context: Context, day: string): readonly Group[] {
  const { read } = context.store
  const { accountName } = actorOf(context)
  const batches = read.allOf(
    `SELECT * FROM batch WHERE account_name = ? AND (
       opened_date = ?
       OR id IN (SELECT batch_id FROM batch_sheet WHERE account_name = ? AND day = ?)
       OR (closed_date IS NULL AND opened_date < ? AND ?)
     ) ORDER BY opened_date, id`,
    accountName,
    day,
    accountName,
    day,
    day,
    day === context.clock.today() ? 1 : 0,
  )
  const outside = read
    .allOf(
      `SELECT ${SHEET_COLUMNS} FROM batch_sheet WHERE account_name = ? AND day = ? AND batch_id IS NULL ORDER BY id`,
      accountName,
      day,
    )
    .map(toSheetRow)
  return [
    ...batches.map((row) => {
      const head = toHead(context, row)
      return {
        batchId: head.id,
        title: titleOfBatch(head),
        expectedCount: head.expectedCount,
        sheets: listSheets(read, head.id),
      }
    }),
    ...(outside.length === 0
      ? []
      : [{ batchId: null, title: '未列入批次', expectedCount: null, sheets: outside }]),
  ]
}

function toLine(context: Context, group: Group, isServerSet: boolean): DayEndLine {
  const findings = findingsOf(context.store.read, group.sheets)
  const standing = group.sheets.flatMap((sheet) => {
    const finding = sheet.recordId === null ? undefined : findings.get(sheet.recordId)
    return finding && !sheet.isUndone ? [{ sheet, finding }] : []
  })
  const count = (isCounted: (finding: Finding) => boolean): number =>
    standing.filter(({ finding }) => isCounted(finding)).length
  const numbers: DayEndNumbers = {
    ...countSheets(group.sheets),
    expectedCount: group.expectedCount,
    storedCount: count(({ place }) => place === 'stored'),
    cancelledCount: count(({ place }) => place === 'cancelled'),
    goneCount: count(({ place }) => place === 'gone'),
    restoredCount: group.sheets.filter((sheet) => sheet.isUndone && isActive(findings, sheet)).length,
    uploadedCount: count(({ receipt }) => receipt === 'uploaded'),
    pendingCount: count(({ receipt }) => receipt === 'pending'),
    refusals: standing.flatMap(({ finding }) => (finding.receipt === 'refused' ? [finding.refusal] : [])),
  }
  return {
    batchId: group.batchId,
    title: group.title,
    numbers,
    differences: differencesOf(numbers, isServerSet),
    reminders: remindersOf(numbers, isServerSet),
  }
}

/**
 * Looks the saved records up where they must be: in the table of their register, and their ops in the outbox. Uploaded is only
 * what has a stored receipt for every op; where old receipts were let go, the server's own number of the record vouches.
 */
function findingsOf(read: ReadDatabase, sheets: readonly SheetRow[]): ReadonlyMap<string, Finding> {
  const findings = new Map<string, Finding>()
  for (const name of new Set(sheets.map((sheet) => sheet.register))) {
    const ids = JSON.stringify(
      sheets.flatMap((sheet) => (sheet.register === name && sheet.recordId !== null ? [sheet.recordId] : [])),
    )
    const rows = read.allOf(
      `SELECT wanted.value AS id, stored.status, stored.server_seq,
         EXISTS (SELECT 1 FROM gone_record WHERE register = ? AND record_id = wanted.value) AS is_gone
       FROM json_each(?) AS wanted LEFT JOIN ${getRegister(name).table} AS stored ON stored.id = wanted.value`,
      name,
      ids,
    )
    const ops = new Map<
      string,
      { readonly state: string; readonly hasReceipt: boolean; readonly refusal: string }[]
    >()
    for (const op of read.allOf(
      `SELECT record_id, state, receipt IS NOT NULL AS has_receipt, refusal FROM outbox INDEXED BY outbox_record
       WHERE register = ? AND record_id IN (SELECT value FROM json_each(?)) ORDER BY n`,
      name,
      ids,
    )) {
      const id = String(op['record_id'])
      const list = ops.get(id) ?? []
      ops.set(id, list)
      list.push({
        state: String(op['state']),
        hasReceipt: op['has_receipt'] === 1,
        refusal: String(op['refusal'] ?? ''),
      })
    }
    for (const row of rows) {
      const id = String(row['id'])
      const own = ops.get(id) ?? []
      const refused = own.find((op) => op.state === 'setAside')
      const sent = own.filter((op) => op.state !== 'withdrawn')
      const isWithdrawn = sent.length < own.length
      findings.set(id, {
        place:
          row['status'] === 'active'
            ? 'stored'
            : row['status'] === 'cancelled'
              ? 'cancelled'
              : row['is_gone'] === 1 || isWithdrawn
                ? 'gone'
                : 'missing',
        receipt: refused
          ? 'refused'
          : sent.some((op) => op.state === 'pending')
            ? 'pending'
            : sent.length > 0
              ? sent.every((op) => op.hasReceipt)
                ? 'uploaded'
                : 'none'
              : Number(row['server_seq'] ?? 0) > 0
                ? 'uploaded'
                : 'none',
        refusal: refused?.refusal ?? '',
      })
    }
  }
  return findings
}

function isActive(findings: ReadonlyMap<string, Finding>, sheet: SheetRow): boolean {
  return sheet.recordId !== null && findings.get(sheet.recordId)?.place === 'stored'
}

function remarkOf(isUndone: boolean, finding: Finding | undefined): string {
  if (isUndone) return finding?.place === 'stored' ? '撤销后又恢复' : '已撤销'
  if (!finding) return ''
  const places = { stored: '', cancelled: '已注销', gone: '已合并、删除或撤回', missing: '不在本机' }
  const receipts = {
    uploaded: '已上传',
    pending: '待上传',
    refused: `被退回:${finding.refusal}`,
    none: '没有回执',
  }
  return [places[finding.place], receipts[finding.receipt]].filter((part) => part !== '').join(',')
}

function findConfirmation(
  context: Context,
  read: ReadDatabase,
  day: string,
  lines: readonly DayEndLine[],
): DayEndConfirmation | null {
  const { accountName } = actorOf(context)
  const row = read.firstOf(
    'SELECT confirmed_at, reason, body FROM day_end WHERE account_name = ? AND day = ? ORDER BY id DESC LIMIT 1',
    accountName,
    day,
  )
  if (!row) return null
  return {
    confirmedAt: Number(row['confirmed_at']),
    confirmedBy: accountName === '' ? '本机操作员' : namerFor(read).person(accountName),
    reason: String(row['reason']),
    isCurrent: row['body'] === canonicalJson(lines),
  }
}

function isServerSetIn(context: Context): boolean {
  const { server } = readSettings(context.store.read)
  return server.isEnabled && server.host !== ''
}
