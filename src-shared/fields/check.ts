import type { Register, RuleBreach, RuleContext } from '../registers/register.ts'
import { isCalendarDate, longTerm } from '../values/calendar-date.ts'
import {
  isEmptyValue,
  isRequired,
  unreachableKind,
  type Field,
  type FieldValue,
  type ListField,
  type RecordValues,
} from './field.ts'
import { parseTyped } from './parse.ts'

/** What a check needs to know beside the declaration. */
export type CheckContext = RuleContext & {
  /** Whether a code stands in a dictionary (also a retired one). References are checked by the backend. */
  readonly hasCode: (dictionary: string, code: string) => boolean
  /** What is said of a code that stands in none; absent: that the list has it not. */
  readonly describeUnknownCode?: (code: string) => string
  /**
   * Whether a row of a list is as it was stored before, perhaps under an older declaration: what such a row lacks is not
   * judged again, what it holds is.
   */
  readonly isStoredRow?: (row: RecordValues) => boolean
}

/** The text for an empty required field, verbatim from product.md §2. */
export function emptyMessage(label: string): string {
  return `${label},必须录入,不能为空!`
}

/**
 * Checks one stored value, not whether it may be empty. Returns the Chinese sentence of the broken rule, or undefined.
 * Used by form, save and server alike, so that a value from any of them is judged once in one way.
 */
export function findValueProblem(
  field: Field,
  value: FieldValue | undefined,
  context: CheckContext,
): string | undefined {
  if (isEmptyValue(value)) return undefined
  switch (field.kind) {
    case 'text': {
      if (typeof value !== 'string') return '应为文字!'
      const parsed = parseTyped(field, value, context.today)
      if (!parsed.ok) return parsed.message
      return parsed.value === value ? undefined : '含有多余的空格或全角字符,请重新输入!'
    }
    case 'date': {
      if (value === longTerm) return field.allowsLongTerm ? undefined : '该项不能填「长期」,请输入日期!'
      if (typeof value !== 'string' || !isCalendarDate(value)) return '日期不存在,请重新输入!'
      return !field.allowsFuture && value > context.today ? `日期 ${value} 晚于今天,请核对!` : undefined
    }
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) return '应为整数!'
      return rangeProblem(value, field.minimum, field.maximum)
    case 'decimal':
      if (typeof value !== 'number' || !Number.isInteger(value)) return '应为数字!'
      return rangeProblem(value / 10 ** field.scale, field.minimum, field.maximum)
    case 'money':
      if (typeof value !== 'number' || !Number.isInteger(value)) return '应为金额!'
      return rangeProblem(value / 100, 0, field.maximumFen / 100)
    case 'boolean':
      return typeof value === 'boolean' ? undefined : '应为是或否!'
    case 'code':
      if (typeof value !== 'string') return NOT_IN_LIST
      return context.hasCode(field.dictionary, value)
        ? undefined
        : (context.describeUnknownCode?.(value) ?? NOT_IN_LIST)
    case 'codes': {
      const codes = Array.isArray(value) ? (value as readonly unknown[]) : undefined
      const unknown = codes?.find(
        (each) => typeof each !== 'string' || !context.hasCode(field.dictionary, each),
      )
      if (!codes || unknown !== undefined) {
        const described = typeof unknown === 'string' ? context.describeUnknownCode?.(unknown) : undefined
        return described ?? '含有字典中没有的值,请从列表中选择!'
      }
      return new Set(codes).size === codes.length ? undefined : '有重复的值,请删去!'
    }
    case 'reference':
      return typeof value === 'string' && UUID.test(value) ? undefined : '请从列表中选择!'
    case 'references': {
      const ids = Array.isArray(value) ? (value as readonly unknown[]) : undefined
      if (!ids || !ids.every((each) => typeof each === 'string' && UUID.test(each))) return '请从列表中选择!'
      return new Set(ids).size === ids.length ? undefined : '有重复的值,请删去!'
    }
    case 'photo':
      return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
        ? undefined
        : '照片无法识别,请重新选择!'
    case 'list':
      return findRowProblem(field, value, context)
    default:
      return unreachableKind(field)
  }
}

const NOT_IN_LIST = '不是字典中的值,请从列表中选择!'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function rangeProblem(value: number, minimum: number, maximum: number): string | undefined {
  return value < minimum || value > maximum
    ? `应在${minimum}至${maximum}之间,现为${value},请核对!`
    : undefined
}

function findRowProblem(field: ListField, value: FieldValue, context: CheckContext): string | undefined {
  if (!Array.isArray(value)) return '应为若干行!'
  const rows = value as readonly unknown[]
  if (rows.length > field.maximumRows) return `最多${field.maximumRows}行,现有${rows.length}行!`
  for (const [index, row] of rows.entries()) {
    if (typeof row !== 'object' || row === null) return `第${index + 1}行无法识别!`
    const values = row as RecordValues
    const judged = context.isStoredRow?.(values) ? filledFields(field, values) : field.fields
    const first = checkFields(judged, values, context)[0]
    if (first) return `第${index + 1}行:${first.message}`
  }
  return undefined
}

/** The fields in which a row holds anything. */
function filledFields(field: ListField, row: RecordValues): Readonly<Record<string, Field>> {
  return Object.fromEntries(Object.entries(field.fields).filter(([name]) => !isEmptyValue(row[name])))
}

/** Checks fields one by one: empties first, then each value. At most one breach a field, in the order of the fields. */
export function checkFields(
  fields: Readonly<Record<string, Field>>,
  values: RecordValues,
  context: CheckContext,
): readonly RuleBreach[] {
  const breaches: RuleBreach[] = []
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name]
    if (isEmptyValue(value)) {
      if (!field.isAutomatic && isRequired(field, values)) {
        breaches.push({ field: name, message: emptyMessage(field.label) })
      }
      continue
    }
    const problem = findValueProblem(field, value, context)
    if (problem !== undefined) breaches.push({ field: name, message: `${field.label}:${problem}` })
  }
  return breaches
}

/**
 * Checks a whole record: its fields, then the rules across fields whose own fields are valid. At most one breach a field,
 * in the order of the fields. Unknown fields are a breach of their own.
 */
export function checkRecord(
  register: Register,
  values: RecordValues,
  context: CheckContext,
): readonly RuleBreach[] {
  const byField = new Map<string, RuleBreach>()
  for (const breach of checkFields(register.fields, values, context)) byField.set(breach.field, breach)
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(register.fields, name))
      byField.set(name, { field: name, message: `没有「${name}」这一项!` })
  }
  // A rule reads only values that are valid by themselves: 31 February never reaches a comparison of days.
  const valid =
    byField.size === 0
      ? values
      : Object.fromEntries(Object.entries(values).filter(([name]) => !byField.has(name)))
  for (const rule of register.rules) {
    for (const breach of rule.check(valid, context)) {
      if (!byField.has(breach.field)) byField.set(breach.field, breach)
    }
  }
  if (byField.size === 0) return []
  const order = Object.keys(register.fields)
  return [...byField.values()].sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field))
}
