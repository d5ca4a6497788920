import {
  idsOf,
  type FieldValue,
  type LookupRegisterName,
  type RecordValues,
} from '../../src-shared/fields/field.ts'
import { followValue } from '../../src-shared/fields/follow-references.ts'
import type { Register } from '../../src-shared/registers/register.ts'

/** One field of a record that names another record; a field that names several is one of these for each. */
export type Reference = {
  readonly field: string
  readonly register: LookupRegisterName
  readonly target: string
}

type ReferenceFields = readonly (readonly [field: string, register: LookupRegisterName])[]

const fieldsOf = new Map<string, ReferenceFields>()

/** The fields of a register that name records of others, with the register they name. */
export function listReferenceFields(register: Register): ReferenceFields {
  let fields = fieldsOf.get(register.name)
  if (fields === undefined) {
    fields = Object.entries(register.fields).flatMap(([name, field]) =>
      field.kind === 'reference' || field.kind === 'references' ? [[name, field.register] as const] : [],
    )
    fieldsOf.set(register.name, fields)
  }
  return fields
}

/** The references a record's values hold, each once. */
export function listReferences(register: Register, values: RecordValues): readonly Reference[] {
  const references: Reference[] = []
  for (const [field, target] of listReferenceFields(register))
    for (const id of new Set(idsOf(values[field]))) references.push({ field, register: target, target: id })
  return references
}

/** The values with every reference replaced by what it is followed to; the same object where there is none to replace. */
export function followReferences(
  register: Register,
  values: RecordValues,
  follow: (register: LookupRegisterName, id: string) => string,
): RecordValues {
  let followed: Record<string, FieldValue> | undefined
  for (const [field, target] of listReferenceFields(register)) {
    const value = values[field]
    if (value === undefined || value === null) continue
    const next = followValue(value, (id) => follow(target, id))
    if (next === value) continue
    followed ??= { ...values }
    followed[field] = next
  }
  return followed ?? values
}
