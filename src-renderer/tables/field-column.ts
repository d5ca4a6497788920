import { unreachableKind, type Field } from '../../src-shared/fields/field.ts'

/** One column of a grid. */
export type GridColumn = {
  readonly key: string
  readonly label: string
  /** CSS pixels at 100 %, before the first page's texts are measured. */
  readonly width: number
  readonly align: 'left' | 'right'
  readonly isSortable: boolean
}

/** The column of a field: the one place that turns a kind into a column. */
export function columnOfField(key: string, field: Field): GridColumn {
  const { label } = field
  const column = (width: number, align: GridColumn['align'] = 'left', isSortable = true): GridColumn => ({
    key,
    label,
    width,
    align,
    isSortable,
  })
  switch (field.kind) {
    case 'text':
      return column(textWidth(field))
    case 'code':
      return column(110)
    case 'codes':
    case 'references':
      return column(160, 'left', false)
    case 'reference':
      return column(180)
    case 'date':
      return column(96)
    case 'integer':
      return column(80, 'right')
    case 'decimal':
    case 'money':
      return column(100, 'right')
    case 'boolean':
      return column(60)
    case 'photo':
      return column(60, 'left', false)
    case 'list':
      return column(200, 'left', false)
    default:
      return unreachableKind(field)
  }
}

function textWidth(field: Extract<Field, { kind: 'text' }>): number {
  switch (field.format) {
    case 'personName':
      return 90
    case 'documentNumber':
    case 'citizenIdNumber':
    case 'socialCreditCode':
      return 160
    case 'telephone':
      return 110
    case 'addressPart':
      return 90
    case 'plain':
      return 200
  }
}

/** Narrowest and widest column after measuring, CSS pixels. */
const narrowest = 56
const widest = 320
const padding = 18

/**
 * Fits columns to their heading and to the texts of a page of rows, so that nothing is cut that could be shown.
 * `measure` gives the width of a text in CSS pixels.
 */
export function fitColumns(
  columns: readonly GridColumn[],
  textsOf: (column: GridColumn) => readonly string[],
  measure: (text: string) => number,
): readonly GridColumn[] {
  return columns.map((column) => {
    const texts = textsOf(column)
    // Room for the arrow of the sort beside the heading.
    const heading = measure(column.label) + 16
    const width = texts.reduce((most, text) => Math.max(most, measure(text)), heading) + padding
    return { ...column, width: Math.round(Math.min(Math.max(width, narrowest), widest)) }
  })
}
