import type { DuplicateOutput } from '../../src-shared/contract/requests.ts'
import type { CardFields } from '../../src-shared/readers/card-reading.ts'
import { listCardValues } from '../../src-shared/readers/card-values.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { call } from './call.ts'

/** The records of a register that have the card's number: here, or where there is none and the line is up, at other stations. */
export async function findPerson(
  register: RegisterName,
  card: CardFields,
): Promise<DuplicateOutput | undefined> {
  const found = await call('record.findDuplicates', {
    register,
    values: listCardValues(register, card),
    exceptId: null,
  })
  return found[0]
}

/** Whether the record is on this machine. */
export async function isHere(register: RegisterName, id: string): Promise<boolean> {
  try {
    await call('record.get', { register, id, purpose: 'show' })
    return true
  } catch {
    return false
  }
}
