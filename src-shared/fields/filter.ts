import { unreachableKind, type Field } from './field.ts'
import type { Condition } from '../contract/types.ts'

/** The operators of a query condition. */
export type Operator = Condition['operator']

/** Which operators a field takes in a query; the first is the one a condition starts with. Empty: it cannot be asked for. */
export function operatorsOf(field: Field): readonly Operator[] {
  switch (field.kind) {
    case 'text':
      if (field.format === 'personName') return ['name', 'equals', 'contains']
      return field.format === 'plain'
        ? ['contains', 'startsWith', 'equals', 'name']
        : ['startsWith', 'equals', 'contains']
    case 'code':
      return ['within', 'equals']
    case 'codes':
    case 'references':
      return ['contains']
    case 'reference':
      return ['equals', 'refersTo']
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
      return ['between', 'equals']
    case 'boolean':
      return ['equals']
    case 'photo':
    case 'list':
      return []
    default:
      return unreachableKind(field)
  }
}
