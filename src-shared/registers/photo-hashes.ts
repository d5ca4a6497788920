import type { RecordValues } from '../fields/field.ts'
import { REGISTER_NAMES } from './register.ts'
import { getRegister } from './registers.ts'

const photoFields: ReadonlyMap<string, readonly string[]> = new Map(
  REGISTER_NAMES.map((name) => [
    name,
    Object.entries(getRegister(name).fields)
      .filter(([, field]) => field.kind === 'photo')
      .map(([field]) => field),
  ]),
)

/** The names of a register's photo fields; none for a register that is not known here. */
export function listPhotoFields(register: string): readonly string[] {
  return photoFields.get(register) ?? []
}

/** SHA-256 (hexadecimal) of the photos that values name. */
export function listPhotoHashes(register: string, values: RecordValues): readonly string[] {
  return listPhotoFields(register).flatMap((field) => {
    const value = values[field]
    return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? [value] : []
  })
}
