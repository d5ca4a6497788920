import { columnName } from '../../../src-shared/fields/columns.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { ReadDatabase } from '../database/database.ts'

/** A field of a register that names a record of another. */
export type Reference = {
  readonly register: RegisterName
  readonly table: string
  readonly field: string
  readonly column: string
}

const referencesTo = new Map<RegisterName, readonly Reference[]>()

/** The fields of all registers that point to a register. */
export function listReferencesTo(target: RegisterName): readonly Reference[] {
  const known = referencesTo.get(target)
  if (known) return known
  const found = REGISTER_NAMES.flatMap((name) => {
    const register = getRegister(name)
    return Object.entries(register.fields)
      .filter(([, field]) => field.kind === 'reference' && field.register === target)
      .map(([field]) => ({ register: name, table: register.table, field, column: columnName(field) }))
  })
  referencesTo.set(target, found)
  return found
}

/** How many references point to a record. */
export function countReferrers(database: ReadDatabase, register: RegisterName, id: string): number {
  return listReferencesTo(register).reduce(
    (sum, { table, column }) =>
      sum + Number(database.pluck<number>(`SELECT count(*) FROM ${table} WHERE ${column} = ?`, id)[0]),
    0,
  )
}
