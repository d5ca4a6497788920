import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyDictionaryVersion } from '../../../src-shared/dictionaries/apply-version.ts'
import {
  findEntryAt,
  isValidAt,
  listEntriesAt,
  listPathNames,
} from '../../../src-shared/dictionaries/resolve.ts'
import type { DictionaryEntry } from '../../../src-shared/dictionaries/types.ts'

function entry(code: string, name: string, more: Partial<DictionaryEntry> = {}): DictionaryEntry {
  return { code, name, parent: null, mnemonic: null, validFrom: null, validTo: null, ...more }
}

describe('findEntryAt', () => {
  const entries = [
    entry('1', '旧名', { validFrom: '2000-01-01', validTo: '2009-12-31' }),
    entry('1', '新名', { validFrom: '2010-01-01', validTo: '2019-12-31' }),
    entry('2', '其他'),
  ]
  test.each([
    ['1', '1999-12-31', '旧名'],
    ['1', '2000-01-01', '旧名'],
    ['1', '2009-12-31', '旧名'],
    ['1', '2010-01-01', '新名'],
    ['1', '2026-01-01', '新名'],
    ['2', '1900-01-01', '其他'],
    ['3', '2026-01-01', undefined],
  ])('%s on %s is %s', (code, date, name) => {
    expect(findEntryAt(entries, code, date)?.name).toBe(name)
    expect(findEntryAt(entries.toReversed(), code, date)?.name).toBe(name)
  })

  test('only entries in use are offered', () => {
    expect(listEntriesAt(entries, '2010-01-01').map((each) => each.name)).toEqual(['新名', '其他'])
  })
})

test('a path ends at a missing parent and does not run in circles', () => {
  const byCode = new Map(
    [
      entry('1', '省'),
      entry('2', '市', { parent: '1' }),
      entry('3', '圈', { parent: '4' }),
      entry('4', '环', { parent: '3' }),
    ].map((each) => [each.code, each]),
  )
  expect(listPathNames(byCode, '2')).toEqual(['省', '市'])
  expect(listPathNames(byCode, '3')).toEqual(['环', '圈'])
  expect(listPathNames(byCode, '9')).toEqual([])
})

describe('applyDictionaryVersion', () => {
  test('adds, changes and retires, and says so', () => {
    const old = [entry('1', '甲'), entry('2', '乙'), entry('3', '丙', { validTo: '2020-01-01' })]
    const applied = applyDictionaryVersion(old, [entry('1', '甲改'), entry('4', '丁')], '2026-03-01')
    const retired = entry('2', '乙', { validTo: '2026-02-28' })
    expect(applied).toEqual({
      entries: [entry('1', '甲改'), retired, old[2], entry('4', '丁')],
      added: [entry('4', '丁')],
      retired: [{ before: old[1], after: retired }],
      changed: [{ before: old[0], after: entry('1', '甲改') }],
    })
  })

  test('a code not yet in use is ended without turning its validity round', () => {
    const old = [entry('1', '甲', { validFrom: '2027-01-01' })]
    const { entries } = applyDictionaryVersion(old, [], '2026-03-01')
    expect(entries).toEqual([entry('1', '甲', { validFrom: '2027-01-01', validTo: '2027-01-01' })])
  })

  const day = fc
    .date({ min: new Date('2000-01-01'), max: new Date('2040-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10))
  const row = fc
    .record({
      code: fc.constantFrom(...'123456'),
      name: fc.constantFrom('甲', '乙'),
      from: fc.option(day),
      to: fc.option(day),
    })
    .map(({ code, name, from, to }) => {
      const isTurned = from !== null && to !== null && to < from
      return entry(code, name, { validFrom: isTurned ? to : from, validTo: isTurned ? from : to })
    })
  const table = fc.uniqueArray(row, { selector: (each) => each.code })

  test('loses no code, offers no code the version lacks, and is stable when applied twice', () => {
    fc.assert(
      fc.property(table, table, day, (old, next, date) => {
        const applied = applyDictionaryVersion(old, next, date)
        const codes = applied.entries.map((each) => each.code)
        expect(new Set(codes)).toEqual(new Set([...old, ...next].map((each) => each.code)))
        expect(new Set(codes).size).toBe(codes.length)
        const given = new Set(next.map((each) => each.code))
        for (const each of applied.entries) {
          if (each.validFrom !== null && each.validTo !== null)
            expect(each.validFrom <= each.validTo).toBe(true)
          if (!given.has(each.code) && (each.validFrom ?? '') < date)
            expect(isValidAt(each, date)).toBe(false)
        }
        const again = applyDictionaryVersion(applied.entries, next, date)
        expect(again).toEqual({ entries: applied.entries, added: [], retired: [], changed: [] })
      }),
    )
  })
})
