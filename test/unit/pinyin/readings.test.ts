import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { polyphonic } from 'pinyin-pro'
import { describe, expect, test } from 'vitest'
import {
  findReadings,
  readingsVersion,
  surnameReadings,
  wordReadings,
} from '../../../src-shared/pinyin/readings.ts'
import {
  mergeReadings,
  parseOverrides,
  parseUnihan,
  parseVariants,
  plainSyllable,
  groupBySyllable,
} from '../../../tools/readings/readings-sources.ts'

function syllablesOf(character: string): readonly string[] {
  return findReadings(character)?.syllables ?? []
}

describe('readings table', () => {
  test('every character of 通用规范汉字表 has every reading 《通用规范汉字字典》 gives it', () => {
    const characters = new Set<string>()
    const missing: string[] = []
    for (const line of readFileSync(join(import.meta.dirname, 'standard-characters.txt'), 'utf8')
      .trim()
      .split('\n')) {
      const [syllable, list] = line.split(' ')
      for (const character of list!) {
        characters.add(character)
        if (!syllablesOf(character).includes(syllable!)) missing.push(`${character} ${syllable}`)
      }
    }
    expect(characters.size).toBe(8_105)
    expect(missing).toEqual([])
  })

  test('holds everything the polyphonic data of pinyin-pro holds for those characters', () => {
    const text = readFileSync(join(import.meta.dirname, 'standard-characters.txt'), 'utf8')
    const missing: string[] = []
    for (const character of new Set(text.replace(/[a-z\s]/g, ''))) {
      for (const syllable of polyphonic(character, { type: 'array', toneType: 'none' })[0] ?? [])
        if (syllable !== character && !syllablesOf(character).includes(plainSyllable(syllable)))
          missing.push(`${character} ${syllable}`)
    }
    expect(missing).toEqual([])
  })

  test.each([
    ['𠮷', 'ji'],
    ['〇', 'ling'],
    ['㛃', 'jie'],
    ['单', 'shan'],
    ['单', 'chan'],
    ['重', 'chong'],
    ['厦', 'xia'],
    ['厦', 'sha'],
    ['六', 'lu'],
    ['番', 'pan'],
    ['百', 'bo'],
    ['吕', 'lv'],
    ['虐', 'nve'],
    ['尉', 'yu'],
    ['解', 'xie'],
    ['仇', 'qiu'],
    ['盖', 'ge'],
    ['朴', 'piao'],
    ['查', 'zha'],
    ['区', 'ou'],
    ['召', 'shao'],
    ['员', 'yun'],
    ['乐', 'yue'],
    ['乐', 'lao'],
    ['覃', 'qin'],
    ['俟', 'qi'],
    ['洗', 'xian'],
    ['繁', 'po'],
    ['秘', 'bi'],
    ['种', 'chong'],
    ['折', 'she'],
    ['黑', 'he'],
    ['曾', 'zeng'],
    ['缪', 'miao'],
    ['逄', 'pang'],
    ['佴', 'nai'],
    ['蔚', 'yu'],
    ['涡', 'guo'],
    ['亳', 'bo'],
    ['台', 'tai'],
    ['陂', 'pi'],
    ['枞', 'zong'],
    ['歙', 'she'],
    ['黟', 'yi'],
    ['犍', 'qian'],
    ['綦', 'qi'],
    ['浚', 'xun'],
    ['泌', 'bi'],
    ['洞', 'tong'],
    ['峙', 'shi'],
    ['莘', 'shen'],
    ['莘', 'xin'],
    ['阿', 'e'],
    ['埔', 'bu'],
    ['堡', 'pu'],
    ['堡', 'bu'],
    ['铅', 'yan'],
    ['莞', 'guan'],
    ['盱', 'xu'],
    ['眙', 'yi'],
    ['甪', 'lu'],
    ['浒', 'xu'],
    ['勐', 'meng'],
    ['漯', 'luo'],
    ['柞', 'zha'],
    ['栎', 'yue'],
    ['長', 'zhang'],
    ['國', 'guo'],
    ['圳', 'zhen'],
  ])('%s may be read %s', (character, syllable) => {
    expect(syllablesOf(character)).toContain(syllable)
  })

  test.each([
    ['单', 'dan'],
    ['重', 'zhong'],
    ['会', 'hui'],
    ['区', 'qu'],
    ['都', 'du'],
    ['长', 'chang'],
    ['曾', 'zeng'],
    ['厦', 'sha'],
    ['行', 'xing'],
  ])('%s is usually read %s', (character, syllable) => {
    expect(syllablesOf(character)[0]).toBe(syllable)
  })

  test('会 is read kuai rarely and 重 is read chong often', () => {
    const { syllables, rareCount } = findReadings('会')!
    expect(syllables.slice(syllables.length - rareCount)).toContain('kuai')
    expect(findReadings('重')!.rareCount).toBe(0)
  })

  test('readings of words and surnames are readings of their characters', () => {
    for (const [word, syllables] of [...wordReadings, ...surnameReadings]) {
      expect([...word]).toHaveLength(syllables.length)
      ;[...word].forEach((character, place) =>
        expect(syllablesOf(character), word).toContain(syllables[place]),
      )
    }
  })

  test('signs, kana and letters have none, and syllables are plain letters', () => {
    for (const character of ['a', '3', '(', 'か', '😀', '\ud842'])
      expect(findReadings(character)).toBeUndefined()
    for (let codePoint = 0x4e00; codePoint < 0x9fa6; codePoint++)
      for (const syllable of syllablesOf(String.fromCodePoint(codePoint)))
        expect(syllable).toMatch(/^[a-z]{1,6}$/)
  })

  test('has a version number', () => {
    expect(readingsVersion()).toBeGreaterThan(0)
    expect(readingsVersion()).toBe(readingsVersion())
  })
})

describe('the generator of the readings table', () => {
  test('takes tones off and writes ü as v', () => {
    expect(['lǜ', 'nǚ', 'lüè', 'zhòng', 'ê̄', 'ḿ', 'a'].map(plainSyllable)).toEqual([
      'lv',
      'nv',
      'lve',
      'zhong',
      'e',
      'm',
      'a',
    ])
  })

  test('reads Unihan fields', () => {
    const text = [
      '# comment',
      'U+91CD\tkMandarin\tzhòng',
      'U+91CD\tkHanyuPinlu\tzhòng(1823) chóng(329)',
      'U+91CD\tkTGHZ2013\t047.150:chóng 481.090:zhòng',
      'U+91CD\tkXHC1983\t0149.100,0150.010:chóng 1502.040:zhòng',
      'U+91CD\tkCantonese\tcung4',
    ].join('\n')
    const readings = parseUnihan(text).get('重')!
    expect(readings).toMatchObject({
      customary: ['zhong'],
      standard: ['chong', 'zhong'],
      modern: ['chong', 'zhong'],
      historic: [],
    })
    expect([...readings.counted]).toEqual([
      ['zhong', 1823],
      ['chong', 329],
    ])
  })

  test('knows which characters are forms of others', () => {
    expect(parseVariants('U+20BB7\tkSemanticVariant\tU+5409<kMatthews').get('𠮷')).toEqual(['吉'])
  })

  test('reads overrides and names a broken line', () => {
    const { characters, words } = parseOverrides('# c\n𠮷\tji\n重庆\tchong qing\n')
    expect(characters.get('𠮷')).toEqual(['ji'])
    expect(words.get('重庆')).toEqual(['chong', 'qing'])
    expect(() => parseOverrides('重庆\tchong\n')).toThrow(/line 1/)
    expect(() => parseOverrides('x\n')).toThrow(/line 1/)
    expect(() => parseOverrides('重\tZHÒNG\n')).toThrow(/line 1/)
  })

  test('joins the sources: override first, rare readings told by counts, historic ones only alone', () => {
    const unihan = parseUnihan(
      [
        'U+4F1A\tkMandarin\thuì',
        'U+4F1A\tkHanyuPinlu\thuì(6866) kuài(9)',
        'U+4F1A\tkHanyuPinyin\t10153.010:huì,guì',
      ].join('\n'),
    ).get('会')
    expect(mergeReadings(unihan, ['hui'], undefined)).toEqual({
      usual: 'hui',
      others: ['kuai'],
      rare: ['kuai'],
    })
    expect(mergeReadings(unihan, [], ['kuai'])).toMatchObject({ usual: 'kuai', others: ['hui'] })
    expect(mergeReadings(undefined, [], undefined)).toBeUndefined()
    const historic = parseUnihan('U+3402\tkHanyuPinyin\t10025.010:xǐ').get('\u3402')
    expect(mergeReadings(historic, [], undefined)?.usual).toBe('xi')
  })

  test('writes one line a syllable', () => {
    expect(groupBySyllable([['会', { usual: 'hui', others: ['kuai', 'gui'], rare: ['kuai'] }]])).toEqual([
      'gui:|会|',
      'hui:会||',
      'kuai:||会',
    ])
    expect(() => groupBySyllable([['会', { usual: 'huì', others: [], rare: [] }]])).toThrow(/huì/)
  })
})
