import type { RegisterName } from '../registers/register.ts'
import { mixKeys } from './random.ts'

/**
 * Ids of demo records are UUIDs of version 7 whose time is the morning of 2001-01-01, when nobody made any: they cannot meet the id of
 * a real record, and {@link isDemoRecordId} tells them apart without a mark beside the record.
 */
const firstMillisecond = 978_307_200_000
const lastMillisecond = firstMillisecond + 16_000_000
/** Number of a register in ids and seeds of its records: new ones come at the end, so that the old records stay the same. */
export const demoRegisterOrder: readonly RegisterName[] = [
  'coordinator',
  'employer',
  'dwelling',
  'resident',
  'estate',
  'school',
  'minor',
  'residencePermit',
  'lease',
  'inspection',
  'serviceRequest',
]

/** The id of the demo record with a number from 0 in its register. The number stands in the id, so it never repeats. */
export function getDemoRecordId(seed: number, register: RegisterName, index: number): string {
  const time = (firstMillisecond + (index % 16_000_000)).toString(16).padStart(12, '0')
  const kind = (demoRegisterOrder.indexOf(register) + 1).toString(16)
  const round = Math.floor(index / 16_000_000)
  const high = mixKeys(seed, demoRegisterOrder.indexOf(register), index, 1)
  const low = mixKeys(seed, demoRegisterOrder.indexOf(register), index, 2)
  const randomA = kind + round.toString(16).padStart(2, '0')
  const variant = (0x8000 | (high & 0x3fff)).toString(16)
  const node = ((high >>> 16) & 0xffff).toString(16).padStart(4, '0') + low.toString(16).padStart(8, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomA}-${variant}-${node}`
}

/** Whether the id belongs to a demo record of any seed. */
export function isDemoRecordId(id: string): boolean {
  const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  return id.charAt(14) === '7' && time >= firstMillisecond && time < lastMillisecond
}
