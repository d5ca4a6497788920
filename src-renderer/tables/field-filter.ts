import type { Condition } from '../../src-shared/contract/types.ts'
import {
  isEmptyValue,
  unreachableKind,
  type Field,
  type FieldValue,
  type RecordValues,
} from '../../src-shared/fields/field.ts'
import { operatorsOf, type Operator } from '../../src-shared/fields/filter.ts'
import { compactCode, normaliseLine } from '../../src-shared/values/text.ts'

/** One question of a query tab: a field and how it is compared. */
export type Filter = { readonly field: string; readonly operator?: Operator }

/** An input of a question; a range has two. */
export type FilterInput = {
  /** Name within the form of conditions. */
  readonly name: string
  readonly label: string
  readonly field: Field
}

/** The comparison a question uses: the named one, else the first its kind offers. */
function operatorOf(filter: Filter, field: Field): Operator | undefined {
  return filter.operator ?? operatorsOf(field)[0]
}

/** A field as a question asks for it: never required, never computed, always applying. */
function asQuestion(field: Field): Field {
  const { requiredWhen: _requiredWhen, appliesWhen: _appliesWhen, ...rest } = field
  const asked = { ...rest, required: false, isAutomatic: false } as Field
  if (asked.kind === 'code') {
    const { defaultCode: _defaultCode, ...code } = asked
    return code
  }
  return asked.kind === 'date' ? { ...asked, allowsFuture: true, defaultsToToday: false } : asked
}

/** The inputs of a question: the one place that turns a kind into inputs of a query. None: it cannot be asked for. */
export function filterInputs(filter: Filter, field: Field): readonly FilterInput[] {
  const { label } = field
  const name = filter.field
  const asked = asQuestion(field)
  switch (asked.kind) {
    case 'text':
      // Initials and beginnings are no whole names or numbers: only their length is judged.
      return [{ name, label, field: { ...asked, format: 'plain', isMultiline: false } }]
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
      if (operatorOf(filter, field) !== 'between') return [{ name, label, field: asked }]
      return [
        { name: `${name}From`, label, field: asked },
        { name: `${name}To`, label: '至', field: { ...asked, label: `${label}至` } },
      ]
    case 'codes':
      return [{ name, label, field: { ...asked, kind: 'code' } }]
    case 'references':
      return [{ name, label, field: { ...asked, kind: 'reference', shows: [] } }]
    case 'code':
    case 'reference':
    case 'boolean':
      return [{ name, label, field: asked }]
    case 'photo':
    case 'list':
      return []
    default:
      return unreachableKind(asked)
  }
}

/** The condition that the typed values of a question make, or undefined while it is empty. */
export function conditionOf(filter: Filter, field: Field, values: RecordValues): Condition | undefined {
  const operator = operatorOf(filter, field)
  const name = filter.field
  const value = values[name]
  switch (operator) {
    // No box asks this: it comes with the query that a page opens.
    case 'refersTo':
    case undefined:
      return undefined
    case 'between': {
      const from = endOf(values[`${name}From`])
      const to = endOf(values[`${name}To`])
      if (from === undefined && to === undefined) return undefined
      return {
        field: name,
        operator,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      }
    }
    case 'equals':
      return isEmptyValue(value) ? undefined : { field: name, operator, value: textual(field, value) }
    case 'startsWith':
    case 'contains':
    case 'name':
    case 'within':
      return isEmptyValue(value) || typeof value !== 'string'
        ? undefined
        : { field: name, operator, value: String(textual(field, value)) }
  }
}

function endOf(value: FieldValue | undefined): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

/** Numbers and codes lose blanks and full-width forms as they do when stored; letters of codes are capitals. */
function textual(field: Field, value: FieldValue): FieldValue {
  if (field.kind !== 'text' || typeof value !== 'string') return value
  switch (field.format) {
    case 'documentNumber':
    case 'citizenIdNumber':
    case 'socialCreditCode':
      return compactCode(value).toUpperCase()
    case 'telephone':
    case 'addressPart':
      return compactCode(value)
    case 'plain':
    case 'personName':
      return normaliseLine(value)
  }
}
