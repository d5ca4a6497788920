import { describe, expect, test } from 'vitest'
import { characterKind, foldText, foldTextWithOrigins } from '../../../src-shared/pinyin/fold-text.ts'

describe('folding', () => {
  test.each([
    ['Ａ座３栋', 'a座3栋'],
    ['Ⅱ号', 'ii号'],
    ['北京 市', '北京市'],
    ['阿不都·热西提', '阿不都热西提'],
    ['LÜ', 'lv'],
    ['Lu\u0308', 'lv'],
    ['\u200b丹\ufeff', '丹'],
    ['㎡', 'm2'],
    ["lu'an", 'luan'],
    ['（东）', '(东)'],
    ['𠮷野', '𠮷野'],
    ['', ''],
    [' \u3000\t\n', ''],
    ['\ud842', '\ud842'],
  ])('%j becomes %j', (text, folded) => {
    expect(foldText(text)).toBe(folded)
    expect(foldTextWithOrigins(text).characters.join('')).toBe(folded)
  })

  test('remembers where each character came from', () => {
    expect(foldTextWithOrigins('𠮷 Ⅱa')).toEqual({
      characters: ['𠮷', 'i', 'i', 'a'],
      starts: [0, 3, 3, 4],
      ends: [2, 4, 4, 5],
    })
  })

  test('tells scripts apart', () => {
    expect([...'丹〇𠮷aか3(٣'].map(characterKind)).toEqual([
      'han',
      'han',
      'han',
      'letter',
      'letter',
      'digit',
      'other',
      'other',
    ])
  })
})
