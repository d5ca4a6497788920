import { isEmptyValue, unreachableKind, type Field, type FieldValue, type RecordValues } from './field.ts'

/** Finds the text of a code or of a referenced record; an unknown one is shown by its code. */
export type LabelOf = (field: Field, code: string) => string

/**
 * The text a value is shown by, in lists, details and history. Empty values are the empty string.
 * Dates stay `YYYY-MM-DD`; several codes are joined by 、.
 */
export function displayValue(field: Field, value: FieldValue | undefined, labelOf: LabelOf): string {
  if (isEmptyValue(value)) return ''
  switch (field.kind) {
    case 'text':
    case 'date':
      return String(value)
    case 'code':
    case 'reference':
      return labelOf(field, String(value))
    case 'codes':
    case 'references':
      return Array.isArray(value) ? value.map((each) => labelOf(field, String(each))).join('、') : ''
    case 'integer':
      return String(value)
    case 'decimal':
      return formatScaled(Number(value), field.scale)
    case 'money':
      return formatScaled(Number(value), 2)
    case 'boolean':
      return value === true ? '是' : '否'
    case 'photo':
      return '有'
    case 'list':
      return displayRows(field.fields, value, labelOf)
    default:
      return unreachableKind(field)
  }
}

function displayRows(fields: Readonly<Record<string, Field>>, value: FieldValue, labelOf: LabelOf): string {
  if (!Array.isArray(value)) return ''
  return (value as readonly RecordValues[])
    .map((row) =>
      Object.entries(fields)
        .filter(([, field]) => !field.isAutomatic)
        .map(([name, field]) => displayValue(field, row[name], labelOf))
        .filter((part) => part !== '')
        .join(' '),
    )
    .join('；')
}

function formatScaled(scaled: number, scale: number): string {
  const digits = Math.abs(scaled)
    .toString()
    .padStart(scale + 1, '0')
  const sign = scaled < 0 ? '-' : ''
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return sign + whole + (fraction === '' ? '' : `.${fraction}`)
}

/**
 * A personal text as a list shows it to a role that may not see it whole: the first six and the last two characters of a
 * long number, the first three and last two of a short one.
 */
export function maskPersonal(value: string): string {
  const characters = [...value]
  if (characters.length <= 5) return '*'.repeat(characters.length)
  const head = characters.length >= 15 ? 6 : 3
  return (
    characters.slice(0, head).join('') +
    '*'.repeat(characters.length - head - 2) +
    characters.slice(-2).join('')
  )
}
