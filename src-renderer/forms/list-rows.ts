import type { DraftInput } from '../../src-shared/contract/types.ts'
import { emptyMessage } from '../../src-shared/fields/check.ts'
import {
  isEmptyValue,
  isRequired,
  typedNamesOf,
  type FieldValue,
  type ListField,
  type RecordValues,
} from '../../src-shared/fields/field.ts'
import { isTypedField, parseTyped } from '../../src-shared/fields/parse.ts'
import { storedText } from './stored-text.ts'

/** One row of a list as it stands in its boxes. */
export type RowInputs = Readonly<Record<string, DraftInput>>

/**
 * The text of a list field: its rows as JSON, box by box with text and value, so that a draft also keeps what is no value
 * (yet). Empty rows and the empty list are the empty text.
 */
export function writeRows(field: ListField, rows: readonly RowInputs[]): string {
  const names = Object.keys(field.fields)
  const kept = rows.filter((row) => !isEmptyRow(field, row))
  if (kept.length === 0) return ''
  return JSON.stringify(
    kept.map((row) => names.map((name) => [row[name]?.text ?? '', row[name]?.value ?? null])),
  )
}

/** Reads what {@link writeRows} wrote; a text that is no such JSON gives no rows. */
export function readRows(field: ListField, text: string): readonly RowInputs[] {
  if (text === '') return []
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return []
  }
  if (!Array.isArray(parsed)) return []
  const names = Object.keys(field.fields)
  return parsed.map((row) => {
    const boxes: readonly unknown[] = Array.isArray(row) ? row : []
    return Object.fromEntries(
      names.map((name, index) => {
        const box = boxes[index]
        const [boxText, value] = Array.isArray(box) ? (box as readonly unknown[]) : []
        return [name, { text: typeof boxText === 'string' ? boxText : '', value: toValue(value) }]
      }),
    )
  })
}

function toValue(value: unknown): FieldValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

/** Whether nothing is typed in the row; what the program keeps of it does not count. */
export function isEmptyRow(field: ListField, row: RowInputs): boolean {
  return typedNamesOf(field).every((name) => {
    const input = row[name]
    return input === undefined || (input.text.trim() === '' && input.value === null)
  })
}

/** The stored value of rows; null when every row is empty. */
export function rowValues(field: ListField, rows: readonly RowInputs[]): FieldValue {
  const kept = rows.filter((row) => !isEmptyRow(field, row))
  if (kept.length === 0) return null
  return kept.map(valuesOf)
}

/** The text for stored rows. A code stands for its own label until the label is looked up. */
export function rowsText(field: ListField, value: FieldValue): string {
  if (!Array.isArray(value)) return ''
  const rows = (value as readonly RecordValues[]).map((row) =>
    Object.fromEntries(
      Object.entries(field.fields).map(([name, item]) => {
        const each = row[name] ?? null
        const text = each === null ? '' : isTypedField(item) ? storedText(item, each) : String(each)
        return [name, { text, value: each }]
      }),
    ),
  )
  return writeRows(field, rows)
}

/**
 * The first problem of the rows as they stand, with the number of its row; undefined when all are complete and valid. A row
 * that stands in `startText`, what the form started with, may lack what a newer declaration asks for.
 */
export function findRowsProblem(
  field: ListField,
  text: string,
  today: string,
  startText = '',
): string | undefined {
  const stored = new Set(readRows(field, startText).map((row) => JSON.stringify(valuesOf(row))))
  for (const [index, row] of readRows(field, text).entries()) {
    const values = valuesOf(row)
    const isStored = stored.has(JSON.stringify(values))
    for (const [name, item] of Object.entries(field.fields)) {
      const input = row[name] ?? { text: '', value: null }
      if (isTypedField(item)) {
        const parsed = parseTyped(item, input.text, today)
        if (!parsed.ok) return `第${index + 1}行${item.label}:${parsed.message}`
      }
      if (!item.isAutomatic && !isStored && isRequired(item, values) && isEmptyValue(input.value))
        return `第${index + 1}行${emptyMessage(item.label)}`
    }
  }
  return undefined
}

function valuesOf(row: RowInputs): RecordValues {
  return Object.fromEntries(Object.entries(row).map(([name, { value }]) => [name, value]))
}
