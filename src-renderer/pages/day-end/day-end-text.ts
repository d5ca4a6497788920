import { countRemaining } from '../../../src-shared/batches/balance.ts'
import type {
  DayEnd,
  DayEndColumn,
  DayEndLine,
  DayEndSheet,
  MeterLine,
} from '../../../src-shared/contract/batch-types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

/** The numbers of a line, in the order of the columns; those with a column list what stands behind them. */
export const dayEndColumns: readonly {
  readonly label: string
  readonly column: DayEndColumn | null
  readonly textOf: (line: DayEndLine) => string
}[] = [
  { label: '应录', column: null, textOf: ({ numbers }) => countText(numbers.expectedCount) },
  { label: '已录', column: 'saved', textOf: ({ numbers }) => String(numbers.savedCount) },
  { label: '作废', column: 'void', textOf: ({ numbers }) => String(numbers.voidCount) },
  { label: '搁置', column: 'deferred', textOf: ({ numbers }) => String(numbers.deferredCount) },
  { label: '撤销', column: 'undone', textOf: ({ numbers }) => String(numbers.undoneCount) },
  { label: '在本机', column: 'stored', textOf: ({ numbers }) => String(numbers.storedCount) },
  { label: '已上传', column: 'uploaded', textOf: ({ numbers }) => String(numbers.uploadedCount) },
  { label: '差异', column: 'different', textOf: (line) => differenceText(line) },
]

function countText(count: number | null): string {
  return count === null ? '—' : String(count)
}

/** 平, or how far the sheets are from what was expected, and that something else is not even. */
function differenceText(line: DayEndLine): string {
  if (line.differences.length === 0) return '平'
  const { expectedCount } = line.numbers
  const remaining = expectedCount === null ? 0 : countRemaining(expectedCount, line.numbers)
  return remaining > 0 ? `差 ${remaining}` : remaining < 0 ? `多 ${-remaining}` : '有'
}

/** Why a line does not balance and what is to be remembered, as one sentence. */
export function sentenceOf(line: DayEndLine): string {
  return [...line.differences, ...line.reminders].join(',')
}

/** The sheet as tab-separated text with a header line: numbers and sentences, no person. */
export function toTabbedText(day: DayEnd): string {
  const rows = [
    ['日期', '批次', ...dayEndColumns.map(({ label }) => label), '说明'],
    ...day.lines.map((line) => [
      day.day,
      line.title,
      ...dayEndColumns.map(({ textOf }) => textOf(line)),
      sentenceOf(line),
    ]),
  ]
  return rows.map((row) => row.map((cell) => cell.replaceAll(/[\t\r\n]+/g, ' ')).join('\t')).join('\n')
}

/** What one sheet behind a number is called, and what is said of it. */
export function sheetText(sheet: DayEndSheet): { readonly title: string; readonly remark: string } {
  const title = sheet.title === '' ? `${getRegister(sheet.register).label}(未填名称)` : sheet.title
  return { title, remark: sheet.remark }
}

/** Keys and waiting time per record, as the clerk reads them. */
export function meterCells(line: MeterLine): readonly string[] {
  const { recordCount } = line
  const perRecord = (milliseconds: number): string => `${(milliseconds / recordCount / 1_000).toFixed(2)} 秒`
  return [
    String(recordCount),
    (line.keyCount / recordCount).toFixed(1),
    perRecord(line.openingMs + line.savingMs + line.listMs),
    perRecord(line.openingMs),
    perRecord(line.savingMs),
    perRecord(line.listMs),
  ]
}
