// Reads the sources of the readings table and merges them. Pure: text in, readings out.

/** What Unihan says of one character. Syllables are plain: no tones, ü as v. */
export type UnihanReadings = {
  /** kMandarin, the most customary reading first. */
  readonly customary: readonly string[]
  /** kHanyuPinlu: reading → how often it was counted in modern texts. */
  readonly counted: ReadonlyMap<string, number>
  /** kTGHZ2013, 《通用规范汉字字典》. */
  readonly standard: readonly string[]
  /** kXHC1983, 《现代汉语词典》. */
  readonly modern: readonly string[]
  /** kHanyuPinyin, 《汉语大字典》: historic readings too, so it only serves characters that no other source has. */
  readonly historic: readonly string[]
}

export type CharacterReadings = {
  readonly usual: string
  readonly others: readonly string[]
  /** The members of `others` that make up less than 1 % of the counted occurrences of the character. */
  readonly rare: readonly string[]
}

const toneMarks = /[\u0300\u0301\u0302\u0304\u030c]/g

/** `lǜ` → `lv`, `ê̄` → `e`, `ḿ` → `m`. */
export function plainSyllable(syllable: string): string {
  return syllable
    .normalize('NFD')
    .replace(/u\u0308/g, 'v')
    .replace(toneMarks, '')
    .replace(/u\u0308/g, 'v')
    .toLowerCase()
}

function distinct(list: readonly string[]): string[] {
  return [...new Set(list)]
}

function emptyReadings(): { -readonly [Field in keyof UnihanReadings]: UnihanReadings[Field] } {
  return { customary: [], counted: new Map(), standard: [], modern: [], historic: [] }
}

/** `0505.010:huì 0656.100,0656.110:kuài,guì` → huì, kuài, guì. */
function locatedSyllables(value: string): string[] {
  return distinct(
    value
      .split(' ')
      .flatMap((part) => (part.split(':')[1] ?? '').split(','))
      .filter((part) => part !== '')
      .map(plainSyllable),
  )
}

function* unihanFields(text: string): Generator<readonly [character: string, field: string, value: string]> {
  for (const line of text.split('\n')) {
    if (!line.startsWith('U+')) continue
    const [codePoint, field, value] = line.split('\t')
    if (codePoint === undefined || field === undefined || value === undefined) continue
    yield [String.fromCodePoint(Number.parseInt(codePoint.slice(2), 16)), field, value]
  }
}

/** Unihan_Readings.txt → readings per character, for characters that have a Mandarin reading. */
export function parseUnihan(text: string): Map<string, UnihanReadings> {
  const table = new Map<string, ReturnType<typeof emptyReadings>>()
  for (const [character, field, value] of unihanFields(text)) {
    if (!['kMandarin', 'kHanyuPinlu', 'kTGHZ2013', 'kXHC1983', 'kHanyuPinyin'].includes(field)) continue
    let entry = table.get(character)
    if (entry === undefined) table.set(character, (entry = emptyReadings()))
    if (field === 'kMandarin') entry.customary = distinct(value.split(' ').map(plainSyllable))
    if (field === 'kTGHZ2013') entry.standard = locatedSyllables(value)
    if (field === 'kXHC1983') entry.modern = locatedSyllables(value)
    if (field === 'kHanyuPinyin') entry.historic = locatedSyllables(value)
    if (field === 'kHanyuPinlu') {
      const counted = new Map<string, number>()
      for (const [, syllable, count] of value.matchAll(/([^\s(]+)\((\d+)\)/g)) {
        const plain = plainSyllable(syllable!)
        counted.set(plain, (counted.get(plain) ?? 0) + Number(count))
      }
      entry.counted = counted
    }
  }
  return table
}

/** Unihan_Variants.txt → the characters another one is a form of, nearest kind first. */
export function parseVariants(text: string): Map<string, string[]> {
  const kinds = [
    'kZVariant',
    'kSemanticVariant',
    'kSimplifiedVariant',
    'kTraditionalVariant',
    'kSpecializedSemanticVariant',
  ]
  const found = new Map<string, (readonly [kind: number, form: string])[]>()
  for (const [character, field, value] of unihanFields(text)) {
    const kind = kinds.indexOf(field)
    if (kind < 0) continue
    for (const [, codePoint] of value.matchAll(/U\+([0-9A-F]+)/g))
      found.set(character, [
        ...(found.get(character) ?? []),
        [kind, String.fromCodePoint(Number.parseInt(codePoint!, 16))],
      ])
  }
  return new Map(
    [...found].map(([character, list]) => [
      character,
      list.sort((a, b) => a[0] - b[0]).map(([, form]) => form),
    ]),
  )
}

/** overrides.tsv → readings of characters, and of words (one syllable a character). Throws on a line that is neither. */
export function parseOverrides(text: string): {
  characters: Map<string, string[]>
  words: Map<string, string[]>
} {
  const characters = new Map<string, string[]>()
  const words = new Map<string, string[]>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [key, value] = line.split('\t')
    const syllables = value?.trim().split(' ') ?? []
    const length = key === undefined ? 0 : [...key].length
    if (
      key === undefined ||
      syllables.length === 0 ||
      syllables.some((syllable) => !/^[a-z]+$/.test(syllable))
    )
      throw new Error(`overrides.tsv line ${index + 1}: expected "character<TAB>syllables", found "${line}"`)
    if (length === 1) characters.set(key, syllables)
    else if (length === syllables.length) words.set(key, syllables)
    else
      throw new Error(
        `overrides.tsv line ${index + 1}: "${key}" needs ${length} syllables, found ${syllables.length}`,
      )
  }
  return { characters, words }
}

/**
 * Union of the sources. The usual reading is the override's first, else Unihan's customary one, else pinyin-pro's. A reading is rare
 * when the character's readings were counted at least 100 times (kHanyuPinlu) and it has less than 1 % of them.
 */
export function mergeReadings(
  unihan: UnihanReadings | undefined,
  pinyinPro: readonly string[],
  override: readonly string[] | undefined,
): CharacterReadings | undefined {
  const dictionaries =
    unihan === undefined
      ? []
      : [...unihan.customary, ...unihan.counted.keys(), ...unihan.standard, ...unihan.modern]
  let all = distinct([...(override ?? []), ...dictionaries, ...pinyinPro])
  if (all.length === 0 && unihan !== undefined) all = [...unihan.historic]
  const usual = override?.[0] ?? unihan?.customary[0] ?? pinyinPro[0] ?? all[0]
  if (usual === undefined) return undefined
  const others = all.filter((syllable) => syllable !== usual)
  const counted = unihan?.counted ?? new Map<string, number>()
  const sum = [...counted.values()].reduce((total, count) => total + count, 0)
  const rare = sum < 100 ? [] : others.filter((syllable) => (counted.get(syllable) ?? 0) < sum / 100)
  return { usual, others, rare }
}

/** Lines `syllable:usual|other|rare`, sorted by syllable; `other` and `rare` exclude each other. */
export function groupBySyllable(
  table: readonly (readonly [character: string, readings: CharacterReadings])[],
): string[] {
  const groups = new Map<string, [usual: string, other: string, rare: string]>()
  const add = (syllable: string, column: 0 | 1 | 2, character: string): void => {
    if (!/^[a-z]{1,6}$/.test(syllable))
      throw new Error(`"${syllable}" (${character}) is not a plain syllable`)
    let group = groups.get(syllable)
    if (group === undefined) groups.set(syllable, (group = ['', '', '']))
    group[column] += character
  }
  for (const [character, { usual, others, rare }] of table) {
    add(usual, 0, character)
    for (const syllable of others) add(syllable, rare.includes(syllable) ? 2 : 1, character)
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([syllable, columns]) => `${syllable}:${columns.join('|')}`)
}
