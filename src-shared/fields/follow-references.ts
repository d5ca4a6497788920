import type { FieldValue } from './field.ts'

/**
 * The value of a reference or references field with every id replaced by what it is followed to; the same value where nothing changes. Two ids that are
 * followed to one record are one id, at the place of the first.
 */
export function followValue(value: FieldValue, follow: (id: string) => string): FieldValue {
  if (typeof value === 'string') return value === '' ? value : follow(value)
  if (!Array.isArray(value)) return value
  const ids = value as readonly unknown[]
  const followed = ids.map((each) => (typeof each === 'string' ? follow(each) : String(each)))
  return followed.every((each, index) => each === ids[index]) ? value : [...new Set(followed)]
}
