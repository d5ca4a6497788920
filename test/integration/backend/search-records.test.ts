import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSearchedInStore, searchRecords } from '../../../src-main/backend/lookup/search-records.ts'
import { loadDemo } from '../../../src-main/backend/services/demo-data.ts'
import type { LookupPage } from '../../../src-shared/contract/types.ts'
import { generateDemoRecords, type DemoRecord } from '../../../src-shared/demo/generate-demo.ts'
import { findReadings, surnameReadings } from '../../../src-shared/pinyin/readings.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { beginningStatements, letterStatement } from '../../../src-main/backend/lookup/search-by-pinyin.ts'
import { nameInitialKeys } from '../../../src-shared/pinyin/initials.ts'
import { makeBackend, type BackendFixture } from '../../support/backend-fixture.ts'

const size = { communities: 2, streets: 6, coordinators: 4, employers: 10, dwellings: 60, residents: 600 }

let fixture: BackendFixture
let active: readonly DemoRecord[]
let cancelled: readonly DemoRecord[]

beforeAll(async () => {
  fixture = await makeBackend()
  const { context } = fixture.backend
  await loadDemo(context, (names) => context.dictionaries.reload(context.store.read, names), size)
  const all = [...generateDemoRecords({ size, registers: ['resident'] })].flat()
  active = all.filter((record) => record.cancellation === null)
  cancelled = all.filter((record) => record.cancellation !== null)
})
afterAll(() => fixture.remove())

function search(
  query: string,
  more: { offset?: number; limit?: number; recents?: Map<string, number> } = {},
): LookupPage {
  return searchRecords(fixture.backend.context, 'resident', {
    query,
    offset: more.offset ?? 0,
    limit: more.limit ?? 1_000,
    recents: more.recents ?? new Map(),
  })
}

const codes = (page: LookupPage): readonly string[] => page.entries.map((entry) => entry.code)
const textOf = (record: DemoRecord | undefined, field: string): string => String(record?.values[field])
const idsWhere = (fits: (record: DemoRecord) => boolean): readonly string[] =>
  active
    .filter(fits)
    .map((record) => record.id)
    .toSorted()

describe('people looked up in the store', () => {
  it.each(['zw', 'wx', 'zzz'])('by the initials %s are those whose name has them, each once', (typed) => {
    const wanted = idsWhere((record) =>
      nameInitialKeys(textOf(record, 'name')).some((key) => key.startsWith(typed)),
    )
    expect(codes(search(typed)).toSorted()).toEqual(wanted)
  })

  it('by one letter are the newest whose initials begin with it', () => {
    const fitting = active.filter((record) =>
      nameInitialKeys(textOf(record, 'name')).some((key) => key.startsWith('l')),
    )
    const newest = fitting.slice(-5).map((record) => record.id)
    expect(codes(search('l', { limit: 5 }))).toEqual(newest.toReversed())
  })

  it.each(['zhang', 'wang', 'zhao', 'li'])(
    'by the full pinyin %s are those whose name is read so',
    (typed) => {
      const wanted = idsWhere((record) => {
        const [first = '', second = ''] = [...textOf(record, 'name')]
        const reading = findReadings(first)?.syllables[0] ?? ''
        // li is also the beginning of liu, lin, liang.
        return reading.startsWith(typed) || `${reading}${findReadings(second)?.syllables[0] ?? ''}` === typed
      })
      expect(wanted.length).toBeGreaterThan(0)
      expect(codes(search(typed))).toEqual(expect.arrayContaining([...wanted]))
    },
  )

  it('by the whole name in pinyin, its last syllable as far as it goes; the characters are marked', () => {
    const person = active.find((record) => [...textOf(record, 'name')].length === 2)
    const name = textOf(person, 'name')
    const [first = '', second = ''] = [...name].map((each) => findReadings(each)?.syllables[0] ?? '')
    for (const typed of [first + second, first + second.slice(0, 1), (first + second).toUpperCase()]) {
      const { entries } = search(typed)
      expect(entries.find((entry) => entry.code === person?.id)?.ranges).toEqual([[0, 2]])
    }
    for (const { name: found } of search(first + second).entries)
      expect(
        findReadings([...found][0] ?? '')?.syllables.concat(surnameReadings.get([...found][0] ?? '') ?? []),
      ).toContain(first)
    expect(codes(search('zhangzhangzhangzhang'))).toEqual([])
  })

  it('by pinyin searches the names by their index, and looks at no more than it may', () => {
    const register = getRegister('resident')
    const detailsOf = (sql: string, parameters: readonly string[]): string =>
      fixture.backend.context.store.read
        .allOf(`EXPLAIN QUERY PLAN ${sql}`, ...parameters)
        .map((row) => String(row['detail']))
        .join('\n')
    const { beginnings, rowsOf } = beginningStatements(register, 20)
    for (const sql of [beginnings, rowsOf])
      expect(detailsOf(sql, ['[]'])).toMatch(
        /^SCAN tried VIRTUAL TABLE.*\nSEARCH resident .*USING COVERING INDEX resident_name \(name>\? AND name<\?\)$/,
      )
    const { sql, parameters } = letterStatement(register, 'l', 20)
    expect(detailsOf(sql, parameters)).toContain(
      'SEARCH name_key EXISTS USING COVERING INDEX name_key_row (row=?)',
    )
    expect(detailsOf(sql, parameters)).not.toContain('TEMP B-TREE')
  })

  it('by a surname, and by the number on a document', () => {
    const surname = [...textOf(active[3], 'name')][0] ?? ''
    expect(codes(search(surname)).toSorted()).toEqual(
      idsWhere((record) => textOf(record, 'name').startsWith(surname)),
    )
    const number = textOf(active[5], 'documentNumber')
    expect(codes(search(number))).toEqual([active[5]?.id])
  })

  it('leaves cancelled people out', () => {
    expect(cancelled.length).toBeGreaterThan(0)
    expect(codes(search(textOf(cancelled[0], 'documentNumber')))).toEqual([])
  })

  it('lists without text what was taken before, then the newest, and pages without gap or repetition', () => {
    const taken = [active[7]?.id ?? '', active[2]?.id ?? '']
    const recents = new Map([
      [taken[1] ?? '', 1],
      [taken[0] ?? '', 5],
    ])
    const pages = [0, 10, 20].flatMap((offset) => codes(search('', { offset, limit: 10, recents })))
    expect(pages.slice(0, 2)).toEqual(taken)
    expect(new Set(pages).size).toBe(30)
    expect(codes(search('', { limit: 30, recents }))).toEqual(pages)
  })

  it('only from very many people on, and no other register', () => {
    const { context } = fixture.backend
    expect(isSearchedInStore(context, 'resident')).toBe(false)
    expect(isSearchedInStore(context, 'dwelling')).toBe(false)
  })
})
