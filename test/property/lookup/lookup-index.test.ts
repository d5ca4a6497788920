import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  buildLookupIndex,
  loadLookupIndex,
  serializeLookupIndex,
  type LookupIndex,
} from '../../../src-main/backend/lookup/lookup-index.ts'
import { findReadings } from '../../../src-shared/pinyin/readings.ts'
import { spellingsOf } from '../../../src-shared/pinyin/syllables.ts'
import { createBruteForceLookup, type BruteForceRow } from '../../support/brute-force-lookup.ts'

/** Pinned, so that a failure comes back; JUFUTONG_SEED adds a further one. Every failure names its seed. */
const seeds = [
  20261121,
  8105,
  41,
  ...(process.env['JUFUTONG_SEED'] ? [Number(process.env['JUFUTONG_SEED'])] : []),
]

const places = [
  ...'重庆厦门六安番禺百色会区单县长沙朝阳都乐丹心酒楼江苏北京大石子行台州丽水蔚涡亳陂吕梁绿女略虐曾解查盖仇召员朴翟覃尉迟',
]
const endings = [
  '村民委员会',
  '社区居委会',
  '街道',
  '小区',
  '酒楼',
  '有限公司',
  '路',
  '超市',
  '会',
  '区',
  '号楼',
  '',
]
const oddities = [
  'A座3栋',
  'Ａ座３栋',
  'Ⅱ号楼',
  'B2',
  '(东区)',
  '（西区）',
  ' 二期',
  '𠮷野家',
  '〇二',
  'Café',
  '㎡',
  '・',
  '12号',
  'n',
  '重庆',
  '银行',
  '嗯',
  '①',
]

/** Small generator of numbers, so that a table is the same every time. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type TableKind = { size: number; hasRanks: boolean; hasMnemonics: boolean; commonEnding: string }

function createTable(
  seed: number,
  { size, hasRanks, hasMnemonics, commonEnding }: TableKind,
): BruteForceRow[] {
  const random = createRandom(seed)
  const pick = <Item>(list: readonly Item[]): Item => list[random(list.length)]!
  return Array.from({ length: size }, (_, index) => {
    let name = ''
    for (let count = random(4); count >= 0; count--) name += pick(places)
    if (random(4) === 0) name += pick(oddities)
    if (random(12) === 0) name = pick(oddities) + name
    name += random(3) === 0 ? commonEnding : pick(endings)
    const code = random(8) === 0 ? `X-${index}` : String(100000 + index * 7)
    return {
      code,
      name,
      ...(index % 9 === 4 ? {} : { parent: code.slice(0, 3) }),
      ...(hasMnemonics && random(3) === 0
        ? { mnemonic: `${pick(['DX', 'jl', 'cq', '重', 'A1'])}${random(20)}` }
        : {}),
      ...(hasRanks ? { rank: -random(4) } : {}),
    }
  })
}

/** A query that has something to do with a row of the table, more or less. */
function queryFor(rows: readonly BruteForceRow[]): fc.Arbitrary<string> {
  return fc
    .record({
      row: fc.nat(rows.length - 1),
      from: fc.nat(6),
      length: fc.integer({ min: 1, max: 9 }),
      styles: fc.array(fc.nat(9), { minLength: 9, maxLength: 9 }),
      cut: fc.nat(30),
      kind: fc.nat(11),
      noise: fc.constantFrom('', '', '', 'q', 'v', ' ', '1', '村', '𠮷', 'zh', 'x x', '龘'),
    })
    .map(({ row, from, length, styles, cut, kind, noise }) => {
      const { code, name, mnemonic } = rows[row]!
      if (kind === 0) return code.slice(0, 1 + (cut % code.length))
      if (kind === 1 && mnemonic !== undefined)
        return mnemonic.slice(0, 1 + (cut % mnemonic.length)).toLowerCase()
      const characters = [...name]
      const start = kind % 3 === 0 ? from % characters.length : 0
      const spelled = characters.slice(start, start + length).map((character, index) => {
        const readings = findReadings(character)
        const style = styles[index]!
        if (readings === undefined || style < 2) return character
        const syllable = readings.syllables[style % readings.syllables.length]!
        if (style < 6) return syllable.charAt(0)
        if (style === 6 && /^[zcs]h/.test(syllable)) return syllable.slice(0, 2)
        const written = spellingsOf(syllable)
        return written[style % written.length]!
      })
      if (kind === 2) return spelled.filter((_, index) => styles[index]! % 2 === 0).join('')
      if (kind === 4) return `${spelled.slice(0, 2).join('')} ${spelled.slice(-2).join('')}`
      const text = spelled.join('') + noise
      return kind < 7 ? text.slice(0, 1 + (cut % Math.max(1, text.length))) : text
    })
}

const kinds: TableKind[] = [
  { size: 40, hasRanks: false, hasMnemonics: true, commonEnding: '小区' },
  { size: 700, hasRanks: true, hasMnemonics: true, commonEnding: '街道' },
  { size: 900, hasRanks: false, hasMnemonics: false, commonEnding: '村民委员会' },
  { size: 2600, hasRanks: false, hasMnemonics: false, commonEnding: '区会' },
]

function compare(
  seed: number,
  kind: TableKind,
  runs: number,
  prepare: (index: LookupIndex) => LookupIndex,
): void {
  const rows = createTable(seed, kind)
  const index = prepare(buildLookupIndex(rows))
  const simple = createBruteForceLookup(rows)
  const random = createRandom(seed + 1)
  const recents = new Map(
    Array.from({ length: 60 }, (_, place) => [rows[random(rows.length)]!.code, place % 7] as const),
  )
  fc.assert(
    fc.property(
      queryFor(rows),
      fc.constantFrom(5, 20),
      fc.boolean(),
      fc.constantFrom(undefined, undefined, undefined, '1', '10', 'X'),
      fc.constantFrom(undefined, undefined, '1', '2', '10', 'X'),
      fc.boolean(),
      (query, limit, isRecent, prefix, preferred, orWithoutParent) => {
        const choice = {
          ...(isRecent ? { recents } : {}),
          ...(prefix === undefined ? {} : { parentPrefix: prefix, orWithoutParent }),
          ...(preferred === undefined ? {} : { preferredPrefix: preferred }),
        }
        const expected = simple.search(query, { limit, ...choice })
        const result = index.search(query, { limit, ...choice })
        const context = `query ${JSON.stringify(query)}, limit ${limit}, recents ${isRecent}, parentPrefix ${prefix} (${orWithoutParent}), preferredPrefix ${preferred}, seed ${seed}`
        expect(
          result.matches.map(({ code }) => code),
          context,
        ).toEqual(expected.slice(0, limit))
        if (result.isTotalExact) expect(result.total, context).toBe(expected.length)
        else expect(result.total, context).toBeGreaterThan(limit)
        const deep = index.search(query, {
          limit,
          offset: Math.max(0, expected.length - 3),
          exactTotal: true,
          ...choice,
        })
        expect(
          deep.matches.map(({ code }) => code),
          context,
        ).toEqual(expected.slice(Math.max(0, expected.length - 3)).slice(0, limit))
        expect(deep.total, context).toBe(expected.length)
        for (const { name, ranges } of result.matches) {
          let last = -1
          for (const [start, end] of ranges) {
            expect(start, context).toBeGreaterThan(last)
            expect(end, context).toBeGreaterThan(start)
            expect(end, context).toBeLessThanOrEqual(name.length)
            last = end
          }
        }
      },
    ),
    { seed, numRuns: runs },
  )
}

describe('the look-up agrees with a simple one that tries everything', () => {
  for (const seed of seeds)
    for (const kind of kinds)
      test(`${kind.size} rows, seed ${seed}`, { timeout: 120_000 }, () => {
        compare(seed, kind, kind.size > 1_000 ? 150 : 500, (index) => index)
      })

  test('after saving and loading', { timeout: 120_000 }, () => {
    compare(99, kinds[1]!, 300, (index) => loadLookupIndex(serializeLookupIndex(index)))
  })

  test('when rows were added, replaced and removed later', { timeout: 120_000 }, () => {
    const rows = createTable(5, kinds[1]!)
    const later = createTable(6, { ...kinds[1]!, size: 60 }).map((row, place) => ({
      ...row,
      code: place % 3 === 0 ? rows[place]!.code : `N${place}`,
    }))
    const index = buildLookupIndex(rows)
    for (const row of later) index.addRow(row)
    for (const row of rows.slice(100, 140)) index.removeRow(row.code)
    const isGone = new Set([
      ...later.map(({ code }) => code),
      ...rows.slice(100, 140).map(({ code }) => code),
    ])
    const remaining = [...rows.filter(({ code }) => !isGone.has(code)), ...later]
    expect(index.size).toBe(remaining.length)
    const simple = createBruteForceLookup(remaining)
    fc.assert(
      fc.property(queryFor(remaining), (query) => {
        const expected = simple.search(query, { limit: 20 })
        expect(
          index.search(query, { limit: 20 }).matches.map(({ code }) => code),
          JSON.stringify(query),
        ).toEqual(expected.slice(0, 20))
      }),
      { seed: 5, numRuns: 500 },
    )
  })
})
