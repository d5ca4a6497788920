import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findStatements } from '../../../src-main/backend/queries/find-statements.ts'
import { loadDemo } from '../../../src-main/backend/services/demo-data.ts'
import { findRecords } from '../../../src-main/backend/services/find-records.ts'
import type { Account, FoundRecord } from '../../../src-shared/contract/types.ts'
import { generateDemoRecords, type DemoRecord } from '../../../src-shared/demo/generate-demo.ts'
import { initialsOf } from '../../../src-shared/pinyin/initials.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { makeBackend, type BackendFixture } from '../../support/backend-fixture.ts'

const size = { communities: 4, streets: 12, coordinators: 8, employers: 60, dwellings: 400, residents: 2_500 }

let fixture: BackendFixture
let residents: readonly DemoRecord[]
let dwellings: readonly DemoRecord[]
let employers: readonly DemoRecord[]

beforeAll(async () => {
  fixture = await makeBackend()
  await loadDemo(
    fixture.backend.context,
    (names) => fixture.backend.context.dictionaries.reload(fixture.backend.context.store.read, names),
    size,
  )
  residents = [...generateDemoRecords({ size, registers: ['resident'] })].flat()
  dwellings = [...generateDemoRecords({ size, registers: ['dwelling'] })].flat()
  employers = [...generateDemoRecords({ size, registers: ['employer'] })].flat()
})
afterAll(() => fixture.remove())

function find(text: string, by: 'key' | 'list' = 'key'): Promise<readonly FoundRecord[]> {
  return fixture.backend.call('record.find', { text, by })
}

function textOf(record: DemoRecord | undefined, field: string): string {
  const value = record?.values[field]
  if (typeof value !== 'string') throw new Error(`no ${field}`)
  return value
}

describe('records are found', () => {
  it('by the whole number and by its first six signs, in every register that has one', async () => {
    const person = residents[17]
    const number = textOf(person, 'documentNumber')
    expect((await find(number)).map(({ id }) => id)).toContain(person?.id)
    expect((await find(` ${number.toLowerCase()} `)).map(({ id }) => id)).toContain(person?.id)
    const begun = await find(number.slice(0, 14))
    expect(begun.length).toBeGreaterThan(0)
    for (const { register, id, detail } of begun)
      if (register === 'resident') {
        expect(
          textOf(
            residents.find((each) => each.id === id),
            'documentNumber',
          ),
        ).toMatch(new RegExp(`^${number.slice(0, 14)}`))
        expect(detail).toContain(number.slice(0, 14))
      }
    expect(await find(number.slice(0, 5))).toEqual([])
    const employer = employers.find((each) => typeof each.values['socialCreditCode'] === 'string')
    expect((await find(textOf(employer, 'socialCreditCode'))).map(({ id }) => id)).toEqual([employer?.id])
  })

  it('by the Chinese name, its initials, and a surname with initials', async () => {
    const person = residents[40]
    const name = textOf(person, 'name')
    const all = residents.filter((each) => each.values['name'] === name)
    const byName = (await find(name)).filter(({ register }) => register === 'resident')
    expect(byName.map(({ id }) => id)).toEqual(expect.arrayContaining(all.slice(0, 1).map(({ id }) => id)))
    for (const each of byName) expect(each.title.startsWith(name)).toBe(true)
    const [initials = ''] = initialsOf(name)
    const byInitials = (await find(initials.toUpperCase())).filter(({ register }) => register === 'resident')
    expect(byInitials.length).toBeGreaterThan(0)
    for (const each of byInitials)
      expect(initialsOf(each.title).some((key) => key.startsWith(initials))).toBe(true)
    const mixed = await find(name.slice(0, 1) + initials.slice(1))
    expect(mixed.length).toBeGreaterThan(0)
    for (const each of mixed.filter(({ register }) => register === 'resident'))
      expect(each.title.startsWith(name.slice(0, 1))).toBe(true)
    expect(await find(initials.slice(0, 1))).toEqual([])
  })

  it('by address, common description and the name of an employer', async () => {
    const dwelling = dwellings.find(
      (each) => each.cancellation === null && typeof each.values['commonAddress'] === 'string',
    )
    const byDescription = await find(textOf(dwelling, 'commonAddress'), 'list')
    expect(byDescription.map(({ id }) => id)).toContain(dwelling?.id)
    const [found] = byDescription.filter(({ id }) => id === dwelling?.id)
    const byTitle = await find(found?.title ?? '', 'list')
    expect(byTitle.map(({ id }) => id)).toContain(dwelling?.id)
    const employer = employers.find((each) => each.cancellation === null)
    const name = textOf(employer, 'name')
    expect((await find(name, 'list')).map(({ id }) => id)).toContain(employer?.id)
    expect((await find(initialsOf(name)[0] ?? '', 'list')).map(({ id }) => id)).toContain(employer?.id)
  })

  it('with personal values masked for a role that may not see them', async () => {
    const number = textOf(residents[17], 'documentNumber')
    const viewer: Account = {
      accountName: 'v',
      displayName: '查看员',
      role: 'viewer',
      stationCode: 's',
      stationName: '示例站',
    }
    const context = { ...fixture.backend.context, account: () => viewer }
    const found = await findRecords(
      context,
      { search: () => Promise.reject(new Error('not asked')) },
      { text: number, by: 'key' },
    )
    expect(found.length).toBeGreaterThan(0)
    for (const { detail, title } of found) expect(`${title} ${detail}`).not.toContain(number)
    expect(found[0]?.detail).toContain(number.slice(0, 6))
  })
})

describe('the plans', () => {
  it.each(
    REGISTER_NAMES.flatMap((name) =>
      ['42010619', '420106199304120038', 'zwx', 'zx', '张', '张小', '张wx', 'E12345678', '91420100MA4K'].map(
        (text) => [name, text] as const,
      ),
    ),
  )('of %s for %s read an index, sort nothing and scan nothing', (name, text) => {
    const { read } = fixture.backend.context.store
    for (const { sql, parameters } of findStatements(getRegister(name), text, 8)) {
      const details = read
        .allOf(`EXPLAIN QUERY PLAN ${sql}`, ...parameters)
        .map((row) => String(row['detail']))
      // What the inner select has found is walked through; it has its limit.
      const lines = details.filter((line) => !/^SCAN keyed|^(?:CO-ROUTINE|MATERIALIZE) keyed/.test(line))
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines)
        expect(line).toMatch(/^SEARCH \w+ USING (?:COVERING INDEX|INDEX|PRIMARY KEY|INTEGER PRIMARY KEY)/)
    }
  })

  it.each(REGISTER_NAMES)('%s is found by its name and by its numbers', (name) => {
    const register = getRegister(name)
    expect(findStatements(register, 'zwx', 8).map(({ field }) => field)).toContain(register.nameField)
    for (const [field, { kind }] of Object.entries(register.fields))
      if (kind === 'text' && register.naturalKey.length === 1 && register.naturalKey.includes(field))
        expect(findStatements(register, '42010619', 8).map((each) => each.field)).toContain(field)
  })
})
