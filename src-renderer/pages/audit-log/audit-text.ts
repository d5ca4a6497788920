import type { AuditRow } from '../../../src-shared/contract/audit-types.ts'
import { formatClock, formatDay } from '../../components/format-time.ts'
import type { GridColumn } from '../../tables/field-column.ts'

/** A line of the log as the grid knows it. */
export type AuditGridRow = Omit<AuditRow, 'id'> & { readonly id: string }

export const auditColumns: readonly GridColumn[] = (
  [
    ['at', '时间', 142],
    ['person', '操作员', 96],
    ['station', '服务站', 110],
    ['act', '操作', 110],
    ['registerLabel', '登记簿', 76],
    ['title', '记录', 240],
    ['detail', '内容', 520],
  ] as const
).map(([key, label, width]) => ({ key, label, width, align: 'left', isSortable: false }))

/** The text of one cell; a line that went with the demo data has no time. */
export function auditCellText(row: AuditGridRow, column: string): string {
  switch (column) {
    case 'at':
      return row.at === 0 ? '' : `${formatDay(row.at)} ${formatClock(row.at)}`
    case 'person':
    case 'station':
    case 'act':
    case 'registerLabel':
    case 'title':
    case 'detail':
      return row[column]
    default:
      return ''
  }
}

/** Why Enter opens nothing on a line. */
export function whyNotOpened(row: AuditGridRow): string {
  return row.title === '' ? '这一行不涉及某条记录。' : '该记录已不在本机,或已合并、删除,不能打开。'
}
