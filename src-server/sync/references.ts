import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { LookupRegisterName } from '../../src-shared/fields/field.ts'
import type { Register } from '../../src-shared/registers/register.ts'

/** One field of a record that names another record. */
export type Reference = {
  readonly field: string
  readonly register: LookupRegisterName
  readonly target: string
}

const fieldsOf = new Map<string, readonly (readonly [field: string, register: LookupRegisterName])[]>()

/** The references a record's values hold. */
export function listReferences(register: Register, values: RecordValues): readonly Reference[] {
  let fields = fieldsOf.get(register.name)
  if (fields === undefined) {
    fields = Object.entries(register.fields).flatMap(([name, field]) =>
      field.kind === 'reference' ? [[name, field.register] as const] : [],
    )
    fieldsOf.set(register.name, fields)
  }
  const references: Reference[] = []
  for (const [field, target] of fields) {
    const value = values[field]
    if (typeof value === 'string' && value !== '') references.push({ field, register: target, target: value })
  }
  return references
}
