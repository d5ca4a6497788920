import type { ResidenceRow, ResidenceTable } from '../../../src-shared/contract/residence-types.ts'
import {
  RESIDENCE_FIGURES,
  residenceFigureLabels,
  residenceGroupingLabels,
  type ResidenceFigure,
  type ResidenceGrouping,
} from '../../../src-shared/residence/figures.ts'
import { addDays, addMonths } from '../../../src-shared/values/calendar-date.ts'
import type { GridColumn } from '../../tables/field-column.ts'

/** The days that are asked for, both inclusive. */
export type Days = { readonly from: string; readonly to: string }

/** A row of the table as the grid knows it. */
export type ResidenceGridRow = ResidenceRow & { readonly id: string; readonly isSum?: true }

export const labelColumn = 'label'

/** The columns of a grouping: what the rows are, then the figures. */
export function residenceColumns(grouping: ResidenceGrouping): readonly GridColumn[] {
  return [
    {
      key: labelColumn,
      label: residenceGroupingLabels[grouping],
      width: 190,
      align: 'left',
      isSortable: false,
    },
    ...RESIDENCE_FIGURES.map((figure): GridColumn => ({
      key: figure,
      label: residenceFigureLabels[figure],
      width: 104,
      align: 'right',
      isSortable: false,
    })),
  ]
}

/** The figure of a column; undefined for the first one. */
export function figureOf(column: string): ResidenceFigure | undefined {
  return RESIDENCE_FIGURES.find((figure) => figure === column)
}

/** The number in a cell; null where the row has no such figure, undefined for the first column. */
export function numberIn(row: ResidenceRow, column: string): number | null | undefined {
  const figure = figureOf(column)
  return figure === undefined ? undefined : (row.cells[RESIDENCE_FIGURES.indexOf(figure)] ?? null)
}

/** The text of a cell: a dash where there is nothing to count, which is not nought. */
export function residenceCellText(row: ResidenceRow, column: string): string {
  if (column === labelColumn) return row.label
  const number = numberIn(row, column)
  return typeof number === 'number' ? number.toLocaleString('zh-CN') : '—'
}

export function toGridRows(table: ResidenceTable): readonly ResidenceGridRow[] {
  return table.rows.map((row) => ({
    ...row,
    id: JSON.stringify(row.key),
    ...(row.key.kind === 'all' ? { isSum: true } : {}),
  }))
}

/** The month of a day up to today: 本月 ends today. */
export function monthOf(day: string, today: string): Days {
  const from = `${day.slice(0, 8)}01`
  const last = addDays(addMonths(from, 1), -1)
  return { from, to: last < today ? last : today }
}

/** The whole month before or after the one in which the days begin; undefined for one that has not begun. */
export function monthBeside({ from }: Days, step: 1 | -1, today: string): Days | undefined {
  const day = addMonths(`${from.slice(0, 8)}01`, step)
  return day > today ? undefined : monthOf(day, today)
}

/** What a figure is, in words, above the records that it opens. */
export function figureText(grouping: ResidenceGrouping, row: ResidenceRow, figure: ResidenceFigure): string {
  const what = residenceFigureLabels[figure]
  return row.key.kind === 'all' ? what : `${residenceGroupingLabels[grouping]}「${row.label}」的${what}`
}

/** The table as tab-separated text with a header line: counts, no person. */
export function toTabbedText(grouping: ResidenceGrouping, table: ResidenceTable): string {
  const columns = residenceColumns(grouping)
  const lines = [
    columns.map(({ label }) => label),
    ...table.rows.map((row) => [
      row.label,
      ...columns.slice(1).map(({ key }) => String(numberIn(row, key) ?? '—')),
    ]),
  ]
  return lines
    .map((line) => `${line.map((cell) => cell.replaceAll(/[\t\r\n]+/g, ' ')).join('\t')}\r\n`)
    .join('')
}
