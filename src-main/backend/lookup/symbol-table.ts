// The distinct characters of one dictionary, each with its readings, as small numbers for typed arrays.
//
// A symbol is a character as displayed plus its usual reading at that place: 重 is one symbol in 重庆 (chong first) and another elsewhere (zhong
// first); Ａ, A and a are three symbols that share one base. Symbol 0 ends every row. Syllables are numbered inside the table too; syllable 0 is "no
// reading". An ASCII letter or digit has itself as its syllable.
import { characterKind, foldCharacter, isCombiningMark } from '../../../src-shared/pinyin/fold-text.ts'
import { findReadings, wordReadings } from '../../../src-shared/pinyin/readings.ts'

/** Symbol that stands after the last character of every row. */
export const END_SYMBOL = 0
/** A character that does not fold to exactly one character (a space, Ⅱ, a combining mark): its name takes the slow way. */
export const IRREGULAR = 0xffff
/** Most symbols a table can have. */
const symbolLimit = 0xfff0

export type SymbolTable = {
  /** Displayed code point of each symbol. */
  readonly codePoints: number[]
  /** The symbol literal comparisons use. */
  readonly bases: number[]
  /** Number of the usual syllable. */
  readonly usual: number[]
  /** Numbers of the other syllables, rare ones last. */
  readonly others: (readonly number[])[]
  /** How many of `others`, from the end, are rare. */
  readonly rareCounts: number[]
  /** 0 other, 1 Han, 2 letter, 3 digit; plus WORD_FLAG. */
  readonly kinds: number[]
  /** Syllables by number. */
  readonly syllables: string[]
  readonly syllableNumbers: Map<string, number>
  /** Displayed character (and `/syllable` for a symbol of a word reading) → symbol. */
  readonly symbols: Map<string, number>
  /** The same for the basic plane, without hashing: 0 unknown, IRREGULAR, else the symbol. */
  readonly basicPlane: Uint16Array
}

const kindNumbers = { other: 0, han: 1, letter: 2, digit: 3 } as const
/** The number in {@link SymbolTable.kinds} of characters that separate words. */
export const OTHER_KIND = kindNumbers.other
/** Added to the kind of a symbol before which a space or dot was taken out of the name. */
export const WORD_FLAG = 4

export function createSymbolTable(): SymbolTable {
  return {
    codePoints: [0],
    bases: [0],
    usual: [0],
    others: [[]],
    rareCounts: [0],
    kinds: [OTHER_KIND],
    syllables: [''],
    syllableNumbers: new Map([['', 0]]),
    symbols: new Map(),
    basicPlane: new Uint16Array(0x10000),
  }
}

function syllableNumber(table: SymbolTable, syllable: string): number {
  let found = table.syllableNumbers.get(syllable)
  if (found === undefined) {
    found = table.syllables.length
    table.syllables.push(syllable)
    table.syllableNumbers.set(syllable, found)
  }
  return found
}

function createSymbol(
  table: SymbolTable,
  character: string,
  folded: string,
  usualSyllable: string | undefined,
): number {
  const symbol = table.codePoints.length
  if (symbol >= symbolLimit) throw new RangeError(`字典中不同的字符超过 ${symbolLimit} 个,无法建立查找索引`)
  const kind = characterKind(folded)
  const readings = findReadings(folded)
  let syllables: readonly string[] = readings?.syllables ?? (/^[a-z0-9]$/.test(folded) ? [folded] : [''])
  let rareCount = readings?.rareCount ?? 0
  if (usualSyllable !== undefined && syllables[0] !== usualSyllable) {
    const place = syllables.indexOf(usualSyllable)
    if (place >= syllables.length - rareCount) rareCount--
    syllables = [usualSyllable, ...syllables.filter((syllable) => syllable !== usualSyllable)]
  }
  table.codePoints.push(character.codePointAt(0) ?? 0)
  table.bases.push(symbol)
  table.usual.push(syllableNumber(table, syllables[0] ?? ''))
  table.others.push(syllables.slice(1).map((syllable) => syllableNumber(table, syllable)))
  table.rareCounts.push(rareCount)
  table.kinds.push(kindNumbers[kind])
  if (usualSyllable !== undefined || folded !== character)
    table.bases[symbol] = symbolOfCharacter(table, folded)
  return symbol
}

/** The symbol of a displayed character with its usual reading, made when new; IRREGULAR when it does not fold to one character. */
export function symbolOfCharacter(table: SymbolTable, character: string): number {
  const unit = character.charCodeAt(0)
  if (character.length === 1) {
    const known = table.basicPlane[unit] ?? 0
    if (known !== 0) return known
  } else {
    const known = table.symbols.get(character)
    if (known !== undefined) return known
  }
  const folded = foldCharacter(character)
  const isRegular =
    !isCombiningMark(character) &&
    !isCombiningMark(folded) &&
    folded !== '' &&
    folded.length === (folded.codePointAt(0)! > 0xffff ? 2 : 1)
  const symbol = isRegular ? createSymbol(table, character, folded, undefined) : IRREGULAR
  if (character.length === 1) table.basicPlane[unit] = symbol
  else table.symbols.set(character, symbol)
  return symbol
}

/** The symbol of a folded character that stands for itself even though it cannot be folded alone (a mark that composes with nothing). */
export function symbolOfFolded(table: SymbolTable, character: string): number {
  const plain = symbolOfCharacter(table, character)
  if (plain !== IRREGULAR) return plain
  const key = `=${character}`
  let symbol = table.symbols.get(key)
  if (symbol === undefined) {
    symbol = createSymbol(table, character, character, undefined)
    table.symbols.set(key, symbol)
  }
  return symbol
}

/** The base symbol of a folded character, without making one; undefined when no row has it. */
export function findBaseSymbol(table: SymbolTable, character: string): number | undefined {
  const plain =
    character.length === 1
      ? (table.basicPlane[character.charCodeAt(0)] ?? 0)
      : (table.symbols.get(character) ?? 0)
  const symbol = plain === IRREGULAR ? (table.symbols.get(`=${character}`) ?? 0) : plain
  return symbol === 0 ? undefined : table.bases[symbol]
}

function symbolWithReading(table: SymbolTable, character: string, syllable: string): number {
  const plain = symbolOfCharacter(table, character)
  if (table.syllables[table.usual[plain] ?? 0] === syllable) return plain
  const key = `${character}/${syllable}`
  let symbol = table.symbols.get(key)
  if (symbol === undefined) {
    symbol = createSymbol(table, character, character, syllable)
    table.symbols.set(key, symbol)
  }
  return symbol
}

/** The symbol like `symbol` before which a space or dot was taken out, so that a word starts there. */
export function symbolAtWordStart(table: SymbolTable, symbol: number): number {
  const key = `${symbol}^`
  let found = table.symbols.get(key)
  if (found === undefined) {
    found = table.codePoints.length
    if (found >= symbolLimit) return symbol
    table.codePoints.push(table.codePoints[symbol] ?? 0)
    table.bases.push(table.bases[symbol] ?? 0)
    table.usual.push(table.usual[symbol] ?? 0)
    table.others.push(table.others[symbol] ?? [])
    table.rareCounts.push(table.rareCounts[symbol] ?? 0)
    table.kinds.push((table.kinds[symbol] ?? 0) | WORD_FLAG)
    table.symbols.set(key, found)
  }
  return found
}

/** Words with a reading of their own, by first character. */
const wordsByFirst: ReadonlyMap<string, readonly (readonly [word: string, syllables: readonly string[]])[]> =
  Map.groupBy(wordReadings, ([word]) => word.charAt(0))
const startsWord = new Uint8Array(0x10000)
for (const first of wordsByFirst.keys()) startsWord[first.charCodeAt(0)] = 1

/**
 * Writes the symbols of a name (its displayed characters) to `target` from `at` on and returns where they end, or -1 when the name holds an irregular
 * character; then the caller folds the name and writes that. Characters of a word with its own reading get the symbol with that reading.
 */
export function writeSymbols(table: SymbolTable, name: string, target: Uint16Array, at: number): number {
  const basicPlane = table.basicPlane
  let end = at
  let hasWord = false
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index)
    let symbol = basicPlane[unit]!
    if (symbol === 0) {
      const codePoint = name.codePointAt(index)!
      symbol = symbolOfCharacter(table, String.fromCodePoint(codePoint))
      if (codePoint > 0xffff) index++
    }
    if (symbol === IRREGULAR) return -1
    if (startsWord[unit] === 1) hasWord = true
    target[end++] = symbol
  }
  if (hasWord) {
    for (let index = 0; index < name.length; index++) {
      if (startsWord[name.charCodeAt(index)] !== 1) continue
      for (const [word, syllables] of wordsByFirst.get(name.charAt(index)) ?? []) {
        if (!name.startsWith(word, index)) continue
        // Word readings hold only characters of the basic plane; before them a pair of units may stand for one symbol.
        const from = at + (end - at === name.length ? index : [...name.slice(0, index)].length)
        for (let place = 0; place < word.length; place++)
          target[from + place] = symbolWithReading(table, word.charAt(place), syllables[place] ?? '')
      }
    }
  }
  return end
}

/**
 * Renumbers the syllables alphabetically, so that the syllables a prefix may stand for are neighbours. Only while no array has been built.
 */
export function sortSyllables(table: SymbolTable): void {
  const sorted = [...table.syllables].sort()
  const renumbered = table.syllables.map((syllable) => sorted.indexOf(syllable))
  table.syllables.splice(0, sorted.length, ...sorted)
  sorted.forEach((syllable, number) => table.syllableNumbers.set(syllable, number))
  table.usual.forEach((number, symbol) => (table.usual[symbol] = renumbered[number] ?? 0))
  table.others.forEach(
    (list, symbol) => (table.others[symbol] = list.map((number) => renumbered[number] ?? 0)),
  )
}

/** Takes the rare readings away from one symbol. */
export function dropRareReadings(table: SymbolTable, symbol: number): void {
  const others = table.others[symbol] ?? []
  table.others[symbol] = others.slice(0, others.length - (table.rareCounts[symbol] ?? 0))
  table.rareCounts[symbol] = 0
}
