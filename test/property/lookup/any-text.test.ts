import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  buildLookupIndex,
  loadLookupIndex,
  serializeLookupIndex,
} from '../../../src-main/backend/lookup/lookup-index.ts'
import { foldText } from '../../../src-shared/pinyin/fold-text.ts'
import { initialsOf, NAME_KEY_LIMIT } from '../../../src-shared/pinyin/initials.ts'

const seed = Number(process.env['JUFUTONG_SEED'] ?? 20261121)
const filler = Array.from({ length: 300 }, (_, row) => ({
  code: `~${row}`,
  name: '甲乙'.repeat(1 + (row % 3)),
}))
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(...'单重慶〇𠮷あⅡＡ①㎡é', '\u0301', ' ', '·', 'a', '1', '('),
    maxLength: 12,
  }),
)

test('whatever a name is, it comes back unchanged and is found by itself', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (names) => {
      const rows = [...names.map((name, row) => ({ code: `r${row}`, name })), ...filler]
      for (const index of [
        buildLookupIndex(rows),
        loadLookupIndex(serializeLookupIndex(buildLookupIndex(rows))),
      ]) {
        names.forEach((name, row) => {
          expect(index.find(`r${row}`)?.name).toBe(name)
          if (foldText(name) === '') return
          const codes = index.search(name, { limit: 400 }).matches.map(({ code }) => code)
          expect(codes, JSON.stringify(name)).toContain(`r${row}`)
        })
      }
    }),
    { seed, numRuns: 200 },
  )
})

test('whatever is typed, the search answers', () => {
  const index = buildLookupIndex([{ code: '1', name: '重庆' }, { code: '2', name: '𠮷 Ⅱ' }, ...filler])
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.nat(30),
      fc.nat(30),
      (query, limit, offset) => {
        const { matches, total } = index.search(query, { limit, offset })
        expect(matches.length).toBeLessThanOrEqual(limit)
        expect(total).toBeGreaterThanOrEqual(matches.length)
      },
    ),
    { seed, numRuns: 500 },
  )
})

/** What keyboards, forms and documents hold: Latin, signs, numbers in circles, kana, Chinese, full-width forms. */
const common = fc
  .array(
    fc.oneof(
      ...(
        [
          [0x20, 0x24f],
          [0x2150, 0x218f],
          [0x2460, 0x24ff],
          [0x3000, 0x30ff],
          [0x4e00, 0x9fff],
          [0xff01, 0xffee],
          [0x20000, 0x2a6df],
        ] as const
      ).map(([min, max]) => fc.integer({ min, max })),
    ),
    { maxLength: 30 },
  )
  .map((codePoints) => String.fromCodePoint(...codePoints))

test('folding twice is folding once', () => {
  fc.assert(
    fc.property(common, (given) => {
      expect(foldText(foldText(given))).toBe(foldText(given))
    }),
    { seed, numRuns: 2_000 },
  )
})

test('initials are few, distinct and plain whatever the name is', () => {
  fc.assert(
    fc.property(text, (name) => {
      const keys = initialsOf(name)
      expect(keys.length).toBeLessThanOrEqual(NAME_KEY_LIMIT)
      expect(new Set(keys).size).toBe(keys.length)
      for (const key of keys) expect(key).toMatch(/^\S+$/u)
    }),
    { seed, numRuns: 500 },
  )
})
