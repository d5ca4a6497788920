import { createHash } from 'node:crypto'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import { standardDemoSize } from '../../src-shared/demo/district.ts'
import { getDemoRecord } from '../../src-shared/demo/generate-demo.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'

/** One invented record, as both sides of a comparison store it. */
export type BenchRecord = {
  readonly register: RegisterName
  readonly id: string
  /** What is filled in; nothing is null. Mean length as JSON: 573 bytes. */
  readonly values: RecordValues
}

/** Of 20 records so many are residents (their obligatory fields) and dwellings; the others are employers. */
const RESIDENTS_OF_20 = 9
const DWELLINGS_OF_20 = 8

/** Communities and streets of the standard demo district, whose codes a new server knows. */
const SIZE = { ...standardDemoSize, employers: 20_000, dwellings: 50_000, residents: 60_000 }

/** The record with a number from 0; the same number is the same record on every side and in every run. */
export function benchRecord(index: number): BenchRecord {
  const place = index % 20
  const round = Math.floor(index / 20)
  if (place < RESIDENTS_OF_20) return take('resident', round * RESIDENTS_OF_20 + place, index)
  if (place < RESIDENTS_OF_20 + DWELLINGS_OF_20)
    return take('dwelling', round * DWELLINGS_OF_20 + place - RESIDENTS_OF_20, index)
  const employersOf20 = 20 - RESIDENTS_OF_20 - DWELLINGS_OF_20
  return take('employer', round * employersOf20 + place - RESIDENTS_OF_20 - DWELLINGS_OF_20, index)
}

/** An edit of that record: one field, another value for each number of the edit. */
export function benchEdit(index: number, edit: number): RecordValues {
  return { remarks: `第${edit}次核对,第${index}号` }
}

function take(register: RegisterName, number: number, index: number): BenchRecord {
  const { values } = getDemoRecord(register, number, { size: SIZE })
  const { fields } = getRegister(register)
  const filled = Object.entries(values).filter(([name, value]) => {
    const field = fields[name]
    if (value === null || field === undefined) return false
    return register !== 'resident' || field.required === true || field.requiredWhen !== undefined
  })
  return { register, id: idOf(index), values: Object.fromEntries(filled) }
}

/** A version 7 UUID of the year 2024: ordered by number, as the ids of records made one after the other are. */
function idOf(index: number): string {
  const time = (Date.UTC(2024, 0, 1) + index * 1_000).toString(16).padStart(12, '0')
  const random = createHash('sha256').update(`bench ${index}`).digest('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`
}
