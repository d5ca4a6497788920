import { expect, test } from 'vitest'
import { charactersByPlace } from '../../../src-shared/pinyin/names-in-pinyin.ts'

/** Whether a name may begin with these letters. */
function fits(letters: string, name: string): boolean {
  return charactersByPlace(letters).some((places) =>
    places.every((characters, place) => characters.includes([...name][place] ?? '')),
  )
}

test.each([
  ['zhangwei', '张伟', true],
  ['zhangwei', '张伟明', true],
  ['zhangwei', '张敏', false],
  ['zhangw', '张伟', true],
  ['zhan', '张伟', true],
  ['zhan', '詹明', true],
  ['xian', '先明', true],
  ['xian', '席安', true],
  ['lvxia', '吕霞', true],
  ['luxia', '吕霞', true],
  ['shanxue', '单雪', true],
  ['danxue', '单雪', true],
  ['zengmin', '曾敏', true],
])('%s may be the beginning of %s: %s', (letters, name, isFitting) => {
  expect(fits(letters, name)).toBe(isFitting)
})

test('initials, single letters and what is no pinyin mean no characters', () => {
  for (const letters of ['', 'z', 'zw', 'zwx', 'iii', '张', 'zhang1'])
    expect(charactersByPlace(letters)).toEqual([])
})
