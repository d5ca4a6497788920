import { columnName } from '../../../src-shared/fields/columns.ts'
import { REGISTER_NAMES, type Register, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { ReadDatabase } from '../database/database.ts'

/** A field of a register that names a record of another, or several. */
export type Reference = {
  readonly register: RegisterName
  readonly table: string
  readonly field: string
  readonly column: string
  /** The register it points to. */
  readonly target: RegisterName
  /** Of a field that names several records: the table that says which (`target_id`, `row`); else null. */
  readonly link: string | null
}

const referencesTo = new Map<RegisterName, readonly Reference[]>()

/** The fields of all registers that point to a register. */
export function listReferencesTo(target: RegisterName): readonly Reference[] {
  const known = referencesTo.get(target)
  if (known) return known
  const found = REGISTER_NAMES.flatMap((name) =>
    Object.entries(getRegister(name).fields)
      .filter(
        ([, field]) =>
          (field.kind === 'reference' || field.kind === 'references') && field.register === target,
      )
      .map(([field]) => getReference(name, field)),
  )
  referencesTo.set(target, found)
  return found
}

/** The reference that a field of a register is. @throws Error when the field names no record */
export function getReference(registerName: RegisterName, field: string): Reference {
  const register = getRegister(registerName)
  const declared = register.fields[field]
  if (declared?.kind !== 'reference' && declared?.kind !== 'references')
    throw new Error(`${registerName}.${field} names no record`)
  return {
    register: registerName,
    table: register.table,
    field,
    column: columnName(field),
    target: declared.register,
    link: declared.kind === 'references' ? linkTable(register, field) : null,
  }
}

/** The table that says which records a field names that may name several: lease.lesseeIds → lease_lessee. Triggers fill it. */
export function linkTable(register: Register, field: string): string {
  return `${register.table}_${columnName(field).replace(/_ids$/, '')}`
}

/** SQL that is true for the rows of the reference's table that point to the one record it is given (one parameter). */
export function pointsTo({ table, column, link }: Reference): string {
  return link === null ? `${column} = ?` : `${table}.row IN (SELECT row FROM ${link} WHERE target_id = ?)`
}

/** How many references point to a record. */
export function countReferrers(database: ReadDatabase, register: RegisterName, id: string): number {
  return listReferencesTo(register).reduce(
    (sum, reference) =>
      sum +
      Number(
        database.pluck<number>(`SELECT count(*) FROM ${reference.table} WHERE ${pointsTo(reference)}`, id)[0],
      ),
    0,
  )
}
