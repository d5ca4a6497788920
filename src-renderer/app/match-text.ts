import { initialsOf } from '../../src-shared/pinyin/initials.ts'
import { findReadings, wordReadings } from '../../src-shared/pinyin/readings.ts'
import { REST_BEGINS, typedLengths } from '../../src-shared/pinyin/syllables.ts'
import { foldText } from '../../src-shared/pinyin/fold-text.ts'

/** How well a typed text fits a label; smaller is better. */
export type MatchTier = 0 | 1 | 2 | 3 | 4 | 5

/**
 * How well what is typed fits a label, by Chinese text, pinyin initials (xzldry → 新增流动人员) or pinyin, whole or part:
 * 0 the whole label, 1 its beginning, 2 its initials from the start, 3 a part of it, 4 its pinyin (and mixtures) from the
 * start, 5 initials or pinyin of a part. Undefined when it does not fit.
 */
export function matchText(typed: string, label: string): MatchTier | undefined {
  const query = foldText(typed)
  const text = foldText(label)
  if (query === '') return undefined
  if (text === query) return 0
  if (text.startsWith(query)) return 1
  if (initialsOf(label).some((initials) => initials.startsWith(query))) return 2
  if (text.includes(query)) return 3
  const characters = [...text]
  if (!/[a-z]/.test(query)) return undefined
  for (let start = 0; start < characters.length; start += 1)
    if (standsFor(query, 0, characters, start)) return start === 0 ? 4 : 5
  return undefined
}

/** Whether the query from `at` on is typed for the characters from `index` on. */
function standsFor(query: string, at: number, characters: readonly string[], index: number): boolean {
  if (at === query.length) return true
  const character = characters[index]
  if (character === undefined) return false
  if (query.startsWith(character, at) && standsFor(query, at + character.length, characters, index + 1))
    return true
  for (const syllable of syllablesAt(characters, index)) {
    const lengths = typedLengths(query, at, syllable)
    if ((lengths & REST_BEGINS) !== 0) return true
    for (let length = 1; length <= 6; length += 1)
      if ((lengths & (1 << length)) !== 0 && standsFor(query, at + length, characters, index + 1)) return true
  }
  return false
}

/** The readings of a character, that inside a known word (重庆) first. */
function syllablesAt(characters: readonly string[], index: number): readonly string[] {
  const single = findReadings(characters[index] ?? '')?.syllables ?? []
  for (const length of [2, 3, 4]) {
    for (let start = Math.max(0, index - length + 1); start <= index; start += 1) {
      const word = wordReadings.get(characters.slice(start, start + length).join(''))
      const inWord = word?.[index - start]
      if (inWord !== undefined) return [inWord, ...single]
    }
  }
  return single
}
