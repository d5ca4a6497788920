import type { DraftInput } from '../../src-shared/contract/types.ts'
import { isEmptyValue, unreachableKind, type Field, type FieldValue } from '../../src-shared/fields/field.ts'
import { storedText } from './stored-text.ts'
import { rowsText } from './list-rows.ts'

/** The empty box. */
export const EMPTY_INPUT: DraftInput = { text: '', value: null }

/**
 * What a form shows for a stored value. `label` is the text of a code or a reference, as `LabelledRecord.labels` has it.
 */
export function inputOf(field: Field, value: FieldValue | undefined, label: string | undefined): DraftInput {
  if (isEmptyValue(value)) return EMPTY_INPUT
  switch (field.kind) {
    case 'text':
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
      return { text: storedText(field, value), value }
    case 'code':
    case 'reference':
      return { text: label ?? String(value), value }
    case 'boolean':
      return { text: value === true ? '是' : '否', value }
    // Chips show the chosen codes, a thumbnail the photo: the box itself is empty.
    case 'codes':
    case 'references':
    case 'photo':
      return { text: '', value }
    case 'list':
      return { text: rowsText(field, value), value }
    default:
      return unreachableKind(field)
  }
}
