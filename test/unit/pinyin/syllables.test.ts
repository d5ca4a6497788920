import { describe, expect, test } from 'vitest'
import { REST_BEGINS, spellingsOf, typedLengths } from '../../../src-shared/pinyin/syllables.ts'

describe('spellings', () => {
  test.each([
    ['lv', ['lv', 'lu', 'lyu']],
    ['nve', ['nve', 'nue', 'nyue']],
    ['lu', ['lu']],
    ['xu', ['xu', 'xv']],
    ['quan', ['quan', 'qvan']],
    ['zhong', ['zhong']],
  ])('%s is written %j', (syllable, written) => {
    expect(spellingsOf(syllable)).toEqual(written)
  })
})

/** The lengths in a result, 0 for the rest. */
function lengths(query: string, syllable: string, at = 0): number[] {
  const bits = typedLengths(query, at, syllable)
  return [0, 1, 2, 3, 4, 5, 6].filter((length) => (bits & (1 << length)) !== 0)
}

describe('what of a query may stand for a syllable', () => {
  test.each([
    ['zhongq', 'zhong', [1, 2, 5]],
    ['zh', 'zhong', [0, 1, 2]],
    ['zho', 'zhong', [0, 1, 2]],
    ['zhong', 'zhong', [0, 1, 2, 5]],
    ['zhx', 'zhong', [1, 2]],
    ['zx', 'zhong', [1]],
    ['lyuliang', 'lv', [1, 3]],
    ['luliang', 'lv', [1, 2]],
    ['ly', 'lv', [0, 1]],
    ['q', 'zhong', []],
    ['an', 'an', [0, 1, 2]],
    ['3', '3', [0, 1]],
  ])('%s for %s: %j', (query, syllable, expected) => {
    expect(lengths(query, syllable)).toEqual(expected)
  })

  test('starts anywhere in the query', () => {
    expect(lengths('danxin', 'xin', 3)).toEqual([0, 1, 3])
    expect(typedLengths('danxi', 3, 'xin') & REST_BEGINS).toBe(REST_BEGINS)
  })
})
