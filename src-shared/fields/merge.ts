import { unreachableKind, type Field, type FieldValue } from './field.ts'

/**
 * How two values of one field that were written without knowledge of each other come together.
 * `keepBoth` keeps the current value and puts the other into a conflict for a person to decide; nothing is overwritten.
 */
export type MergeWay = 'keepBoth' | 'union'

/** The way of a field's kind. Automatic merging only where both writers keep everything they wrote. */
export function mergeWayOf(field: Field): MergeWay {
  switch (field.kind) {
    case 'codes':
    case 'references':
      return 'union'
    case 'text':
    case 'code':
    case 'reference':
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
    case 'boolean':
    case 'photo':
    case 'list':
      return 'keepBoth'
    default:
      return unreachableKind(field)
  }
}

/** Whether two stored values are the same value. Lists compare by content and order; `null` and absent are equal. */
export function areEqualValues(left: FieldValue | undefined, right: FieldValue | undefined): boolean {
  const a = left ?? null
  const b = right ?? null
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  return canonicalJson(a) === canonicalJson(b)
}

/** JSON with the keys of every object in code-unit order: the same value is the same text on every machine. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`
  }
  return JSON.stringify(value)
}
