// What was typed, prepared for matching: for every place of the query, which syllables may follow there and how many letters they take.
import { foldText } from '../../../src-shared/pinyin/fold-text.ts'
import { LONGEST_SPELLING, typedLengths } from '../../../src-shared/pinyin/syllables.ts'
import { findBaseSymbol, type SymbolTable } from './symbol-table.ts'

/** In {@link Term.literals}: a letter or digit, to be matched through {@link Term.tables}. */
export const BY_SYLLABLE = -1
/** In {@link Term.literals}: a character that stands in no row. */
export const UNKNOWN = -2

export type Term = {
  /** The folded text. */
  readonly text: string
  /** UTF-8 of the text, to be compared with codes. */
  readonly bytes: Uint8Array
  /** Per UTF-16 unit: the base symbol that must stand there, BY_SYLLABLE or UNKNOWN. */
  readonly literals: Int32Array
  /** UTF-16 units of the literal at that place (2 for characters beyond the basic plane). */
  readonly literalLengths: Uint8Array
  /** Per UTF-16 unit: syllable number → lengths as of typedLengths; empty for literals. */
  readonly tables: readonly Uint8Array[]
  /** Per UTF-16 unit: the same by length; undefined for literals. */
  readonly pieces: readonly (Pieces | undefined)[]
}

/** What may be typed at one place of a query. */
export type Pieces = {
  /** Syllable number → lengths as of typedLengths. */
  readonly table: Uint8Array
  /** Union of the table. */
  readonly lengths: number
  /** Syllable numbers by length; at 0 those that the whole rest of the query begins. Made when first asked for. */
  readonly syllables: (readonly number[] | undefined)[]
}

/** The syllables that the next `length` letters may stand for; with 0 those that begin with all the letters that remain. Ascending. */
export function syllablesOf(pieces: Pieces, length: number): readonly number[] {
  let list = pieces.syllables[length]
  if (list === undefined) {
    const found: number[] = []
    pieces.table.forEach((lengths, syllable) => {
      if ((lengths & (1 << length)) !== 0) found.push(syllable)
    })
    pieces.syllables[length] = list = found
  }
  return list
}

export type QueryPlan = {
  /** The whole query without spaces. */
  readonly joined: Term
  /** The parts between spaces when there are two or more, else empty. */
  readonly terms: readonly Term[]
}

/** Byte tables by the letters they depend on, so that the next key finds the earlier ones ready. */
export type TableCache = Map<string, Pieces>

const cacheLimit = 2_000
const noTable = new Uint8Array(0)
const encoder = new TextEncoder()

function piecesAt(symbols: SymbolTable, cache: TableCache, text: string, at: number): Pieces {
  const isNearEnd = text.length - at <= LONGEST_SPELLING
  const key = isNearEnd ? `${text.slice(at)}$` : text.slice(at, at + LONGEST_SPELLING)
  let pieces = cache.get(key)
  if (pieces === undefined) {
    const syllables = symbols.syllables
    const table = new Uint8Array(syllables.length)
    let lengths = 0
    for (let number = 1; number < syllables.length; number++)
      lengths |= table[number] = typedLengths(text, at, syllables[number]!)
    pieces = { table, lengths, syllables: [] }
    if (cache.size >= cacheLimit) cache.clear()
    cache.set(key, pieces)
  }
  return pieces
}

function planTerm(symbols: SymbolTable, cache: TableCache, text: string): Term {
  const literals = new Int32Array(text.length).fill(UNKNOWN)
  const literalLengths = new Uint8Array(text.length)
  const tables: Uint8Array[] = []
  const pieces: (Pieces | undefined)[] = []
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    const isLetterOrDigit = (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39)
    if (isLetterOrDigit) {
      literals[index] = BY_SYLLABLE
      const found = piecesAt(symbols, cache, text, index)
      tables.push(found.table)
      pieces.push(found)
      continue
    }
    tables.push(noTable)
    pieces.push(undefined)
    const character = String.fromCodePoint(text.codePointAt(index) ?? 0)
    literals[index] = findBaseSymbol(symbols, character) ?? UNKNOWN
    literalLengths[index] = character.length
    if (character.length === 2) {
      index++
      tables.push(noTable)
      pieces.push(undefined)
    }
  }
  return { text, bytes: encoder.encode(text), literals, literalLengths, tables, pieces }
}

/** Longest query, in folded characters; what is beyond cannot be in any name and is cut off with the rest. */
export const LONGEST_QUERY = 200

/** Prepares a query; undefined when nothing but spaces was typed. */
export function planQuery(symbols: SymbolTable, cache: TableCache, query: string): QueryPlan | undefined {
  const parts = query
    .normalize('NFKC')
    .split(/\s+/u)
    .map(foldText)
    .filter((part) => part !== '')
  const joined = parts.join('').slice(0, LONGEST_QUERY)
  if (joined === '') return undefined
  return {
    joined: planTerm(symbols, cache, joined),
    terms:
      parts.length < 2
        ? []
        : parts.slice(0, 8).map((part) => planTerm(symbols, cache, part.slice(0, LONGEST_QUERY))),
  }
}
