import type { Operator } from '../fields/filter.ts'
import type { Field } from '../fields/field.ts'
import { REGISTER_NAMES, type RegisterName } from '../registers/register.ts'
import { getRegister } from '../registers/registers.ts'

/** A field that holds codes of a dictionary. */
export type DictionaryUse = {
  readonly register: RegisterName
  /** The register's Chinese name. */
  readonly registerLabel: string
  readonly field: string
  /** The field's label; that of the list before it where it stands in the rows of one. */
  readonly label: string
  /** How a query asks which records hold a code there; null where a query cannot ask. */
  readonly operator: Extract<Operator, 'equals' | 'contains'> | null
}

/** Whom a dictionary serves, made of the declarations, in the order of the registers. */
export function listDictionaryUses(dictionary: string): readonly DictionaryUse[] {
  return REGISTER_NAMES.flatMap((register) => {
    const { label: registerLabel, fields, cancellation } = getRegister(register)
    const uses: DictionaryUse[] = []
    for (const [field, declared] of Object.entries(fields)) {
      if (declared.kind === 'list') {
        for (const [inner, item] of Object.entries(declared.fields))
          if (isOf(item, dictionary))
            uses.push({
              register,
              registerLabel,
              field: `${field}.${inner}`,
              label: `${declared.label}:${item.label}`,
              operator: null,
            })
      } else if (isOf(declared, dictionary))
        uses.push({
          register,
          registerLabel,
          field,
          label: declared.label,
          operator: declared.kind === 'codes' ? 'contains' : 'equals',
        })
    }
    for (const [field, declared] of Object.entries(cancellation))
      if (isOf(declared, dictionary))
        uses.push({ register, registerLabel, field, label: declared.label, operator: null })
    return uses
  })
}

function isOf(field: Field, dictionary: string): boolean {
  return (field.kind === 'code' || field.kind === 'codes') && field.dictionary === dictionary
}

/** 「流动人员—民族、未成年人—…」; what a dictionary serves beside the fields of registers is said by name. */
export function describeUses(dictionary: string): string {
  const fields = listDictionaryUses(dictionary).map(({ registerLabel, label }) => `${registerLabel}—${label}`)
  return [...fields, ...(otherUses[dictionary] ?? [])].join('、')
}

/** Dictionaries that a question beside the records asks for. */
const otherUses: Readonly<Record<string, readonly string[]>> = {
  'correction-reason': ['修改—更正原因'],
  'restore-reason': ['恢复—恢复原因'],
}
