import { displayValue } from '../../src-shared/fields/display.ts'
import type { FieldValue } from '../../src-shared/fields/field.ts'
import type { TypedField } from '../../src-shared/fields/parse.ts'

/** The text a typed field shows for its stored value: 930412 becomes 1993-04-12 when the field is left. */
export function storedText(field: TypedField, value: FieldValue): string {
  return displayValue(field, value, (_field, code) => code)
}
