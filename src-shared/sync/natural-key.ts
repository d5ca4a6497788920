import { isEmptyValue, type RecordValues } from '../fields/field.ts'
import { canonicalJson } from '../fields/merge.ts'
import type { Register } from '../registers/register.ts'

/**
 * The text that names the thing a record is about, or undefined where the record does not say enough: a required part
 * of the key is empty, or all parts are. Letters compare without case (IDs that end in x).
 */
export function findNaturalKey(register: Register, values: RecordValues): string | undefined {
  const parts = register.naturalKey.map((name) => {
    const value = values[name]
    return isEmptyValue(value) ? '' : String(value).toUpperCase()
  })
  const isIncomplete = register.naturalKey.some(
    (name, index) => parts[index] === '' && register.fields[name]?.required === true,
  )
  if (isIncomplete || parts.every((part) => part === '')) return undefined
  return canonicalJson(parts)
}
