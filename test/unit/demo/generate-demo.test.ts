import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import {
  demoDivisionCode,
  listDemoDictionaries,
  standardDemoSize,
} from '../../../src-shared/demo/district.ts'
import {
  countDemoRecords,
  demoBaseDate,
  generateDemoRecords,
  getDemoRecord,
  withDaysUpTo,
} from '../../../src-shared/demo/generate-demo.ts'
import type { DemoRecord } from '../../../src-shared/demo/generate-demo.ts'
import { demoOrigins } from '../../../src-shared/demo/origins.ts'
import { parseDictionaryCsv } from '../../../src-shared/dictionaries/parse-csv.ts'
import { listPathNames } from '../../../src-shared/dictionaries/resolve.ts'
import type { DictionaryEntry } from '../../../src-shared/dictionaries/types.ts'
import { checkFields, checkRecord } from '../../../src-shared/fields/check.ts'
import { idsOf, type FieldValue } from '../../../src-shared/fields/field.ts'
import { findNaturalKey } from '../../../src-shared/sync/natural-key.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { isCitizenIdNumber } from '../../../src-shared/values/citizen-id-number.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'dictionaries')
const tables = new Map<string, readonly DictionaryEntry[]>()
function listEntries(name: string): readonly DictionaryEntry[] {
  const known = tables.get(name)
  if (known !== undefined) return known
  const demo: Readonly<Record<string, readonly DictionaryEntry[] | undefined>> = { ...listDemoDictionaries() }
  const national =
    name === 'community' || name === 'street'
      ? []
      : parseDictionaryCsv(readFileSync(join(folder, `${name}.csv`), 'utf8')).entries
  const entries = [...national, ...(demo[name] ?? [])]
  tables.set(name, entries)
  return entries
}
const codes = new Map<string, ReadonlySet<string>>()
function hasCode(dictionary: string, code: string): boolean {
  const known = codes.get(dictionary) ?? new Set(listEntries(dictionary).map((entry) => entry.code))
  codes.set(dictionary, known)
  return known.has(code)
}
const context = { today: demoBaseDate, hasCode }

const records = [...generateDemoRecords()].flat()
const of = (register: string): readonly DemoRecord[] =>
  records.filter((record) => record.register === register)

/** The text of a field that is text; anything else is a mistake of the test. */
function textOf(value: FieldValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`no text: ${JSON.stringify(value)}`)
  return value
}

test('has the size that 帮助 promises', () => {
  for (const register of REGISTER_NAMES) {
    expect(of(register)).toHaveLength(countDemoRecords(standardDemoSize, register))
  }
  expect(records).toHaveLength(countDemoRecords(standardDemoSize))
  expect(records).toHaveLength(38_730)
})

test('every record passes the checks that a clerk would have to pass', { timeout: 60_000 }, () => {
  for (const { register, id, values, cancellation } of records) {
    const declaration = getRegister(register)
    const breaches = checkRecord(declaration, values, context)
    if (breaches.length > 0) expect({ register, id, values, breaches }).toBeUndefined()
    if (Object.keys(values).length !== Object.keys(declaration.fields).length) expect(values).toBeUndefined()
    if (cancellation === null) continue
    expect(checkFields(declaration.cancellation, cancellation, context)).toEqual([])
    expect(textOf(cancellation['cancelDate']) >= textOf(values['collectionDate'])).toBe(true)
  }
})

test('refers only to records that came before', () => {
  const known = new Set<FieldValue | undefined>()
  let count = 0
  for (const { register, id, values } of records) {
    for (const [name, field] of Object.entries(getRegister(register).fields)) {
      if (field.kind !== 'reference' && field.kind !== 'references') continue
      for (const value of idsOf(values[name])) {
        count += 1
        if (!known.has(value)) expect({ register, id, name, value }).toBeUndefined()
      }
    }
    known.add(id)
  }
  expect(count).toBeGreaterThan(40_000)
})

describe('no two records are the same thing', () => {
  test('ids', () => {
    expect(new Set(records.map((record) => record.id)).size).toBe(records.length)
    expect(records.every((record) => isDemoRecordId(record.id))).toBe(true)
    expect(isDemoRecordId('019a9e1c-7b60-7000-8000-000000000000')).toBe(false)
  })
  test.each(REGISTER_NAMES)('natural keys of %s', (register) => {
    const keys = of(register).flatMap(({ values }) => findNaturalKey(getRegister(register), values) ?? [])
    expect(keys.length > 0).toBe(register !== 'serviceRequest')
    expect(new Set(keys).size).toBe(keys.length)
  })
  test('names of employers', () => {
    expect(new Set(of('employer').map(({ values }) => values['name'])).size).toBe(standardDemoSize.employers)
  })
  test('persons', () => {
    const numbers = [
      ...of('resident').map(({ values }) => values['documentNumber']),
      ...of('coordinator').map(({ values }) => values['citizenIdNumber']),
    ]
    expect(new Set(numbers).size).toBe(numbers.length)
  })
})

test('holds what a test of the product needs to meet', () => {
  const residents = of('resident').map(({ values }) => values)
  const share = (has: (values: Readonly<Record<string, FieldValue>>) => boolean): number =>
    residents.filter(has).length
  expect(share(({ name }) => /[𠮷㛃䶮]/u.test(textOf(name)))).toBeGreaterThan(20)
  expect(share(({ name }) => /^[单解仇朴查尉区曲任]/.test(textOf(name)))).toBeGreaterThan(100)
  expect(share(({ name }) => textOf(name).includes('·'))).toBeGreaterThan(40)
  expect(share(({ ethnicGroupCode }) => ethnicGroupCode !== '01')).toBeGreaterThan(500)
  expect(share(({ documentTypeCode }) => documentTypeCode === '03')).toBeGreaterThan(20)
  expect(share(({ documentValidToDate }) => documentValidToDate === '长期')).toBeGreaterThan(100)
  expect(share(({ accompanyingMinors }) => accompanyingMinors !== null)).toBeGreaterThan(200)
  const retired = new Set(
    listEntries('division')
      .filter((entry) => entry.validTo !== null)
      .map((entry) => entry.code),
  )
  expect(share(({ householdDivisionCode }) => retired.has(textOf(householdDivisionCode)))).toBeGreaterThan(
    500,
  )
  const perDwelling = Map.groupBy(residents, ({ dwellingId }) => dwellingId)
  expect([...perDwelling.values()].filter((household) => household.length > 1).length).toBeGreaterThan(1000)
  expect(of('resident').filter((record) => record.cancellation !== null).length).toBeGreaterThan(100)
})

test('the same seed gives the same records, in chunks of any size and one by one; another seed gives others', () => {
  const size = { communities: 3, streets: 7, coordinators: 5, employers: 20, dwellings: 100, residents: 60 }
  const whole = [...generateDemoRecords({ size, chunkSize: 1000 })].flat()
  expect([...generateDemoRecords({ size, chunkSize: 7 })].flat()).toEqual(whole)
  expect(getDemoRecord('resident', 59, { size })).toEqual(whole.at(-1))
  expect([...generateDemoRecords({ size, registers: ['dwelling'] })].flat()).toEqual(
    whole.filter((record) => record.register === 'dwelling'),
  )
  const other = [...generateDemoRecords({ size, seed: 2 })].flat()
  expect(new Set([...whole, ...other].map((record) => record.id)).size).toBe(whole.length * 2)
  expect(other.map((record) => record.values)).not.toEqual(whole.map((record) => record.values))
})

test('a million residents would still have a number each', () => {
  const numbers = new Set<string>()
  const size = { ...standardDemoSize, residents: 1_000_000 }
  for (let index = 0; index < 1_000_000; index += 97) {
    const number = textOf(getDemoRecord('resident', index, { size }).values['documentNumber'])
    if (!number.startsWith('P')) expect(isCitizenIdNumber(number)).toBe(true)
    numbers.add(number)
  }
  expect(numbers.size).toBe(Math.ceil(1_000_000 / 97))
})

test('a district of another size is whole too', () => {
  const size = {
    communities: 30,
    streets: 400,
    coordinators: 10,
    employers: 0,
    dwellings: 900,
    residents: 500,
  }
  const known = new Set<FieldValue | undefined>()
  const community = new Set(listDemoDictionaries(size).community.map((entry) => entry.code))
  expect(community.size).toBe(30)
  expect(new Set(listDemoDictionaries(size).street.map((entry) => entry.name)).size).toBe(400)
  for (const { register, id, values } of [...generateDemoRecords({ size })].flat()) {
    const known10 = (dictionary: string, code: string): boolean =>
      dictionary === 'community' ? community.has(code) : dictionary === 'street' || hasCode(dictionary, code)
    expect(checkRecord(getRegister(register), values, { today: demoBaseDate, hasCode: known10 })).toEqual([])
    for (const field of ['dwellingId', 'collectorId', 'coordinatorId']) {
      const value = values[field] ?? null
      if (value !== null) expect(known).toContain(value)
    }
    known.add(id)
  }
})

test('loaded years later, deadlines lie around that day, and what was moved still passes', () => {
  const today = '2031-07-15'
  const open: Record<string, { late: number; ahead: number }> = {}
  const dueDates: Readonly<Record<string, string>> = {
    inspection: 'rectifyByDate',
    serviceRequest: 'dueDate',
  }
  for (const record of records) {
    const moved = withDaysUpTo(record, today)
    if (moved === record) continue
    expect(checkRecord(getRegister(record.register), moved.values, { today, hasCode })).toEqual([])
    const due = moved.values[dueDates[record.register] ?? '']
    if (typeof due !== 'string' || moved.values['stageCode'] === '30') continue
    const count = (open[record.register] ??= { late: 0, ahead: 0 })
    if (due < today) count.late += 1
    else count.ahead += 1
  }
  for (const { late, ahead } of Object.values(open)) expect(Math.min(late, ahead)).toBeGreaterThan(0)
  expect(Object.keys(open)).toHaveLength(2)
  const [resident] = of('resident')
  expect(resident && withDaysUpTo(resident, today)).toBe(resident)
})

describe('the places', () => {
  const byCode = new Map(listEntries('division').map((entry) => [entry.code, entry]))
  test('from which people come are those of division.csv', () => {
    for (const [code, place] of demoOrigins) expect(listPathNames(byCode, code).join('')).toBe(place)
  })
  test('of the invented district are nowhere else', () => {
    const national = parseDictionaryCsv(readFileSync(join(folder, 'division.csv'), 'utf8')).entries
    expect(national.some((entry) => entry.code.startsWith('99'))).toBe(false)
    expect(listPathNames(byCode, demoDivisionCode).join('')).toBe('示例市青禾区(示例)')
    const { community, street } = listDemoDictionaries()
    expect([community.length, street.length]).toEqual([12, 120])
    expect(new Set(street.map((entry) => entry.name)).size).toBe(120)
  })
})
