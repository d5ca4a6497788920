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
}

export type QueryPlan = {
  /** The whole query without spaces. */
  readonly joined: Term
  /** The parts between spaces when there are two or more, else empty. */
  readonly terms: readonly Term[]
}

/** Byte tables by the letters they depend on, so that the next key finds the earlier ones ready. */
export type TableCache = Map<string, Uint8Array>

const cacheLimit = 2_000
const noTable = new Uint8Array(0)
const encoder = new TextEncoder()

function syllableTable(symbols: SymbolTable, cache: TableCache, text: string, at: number): Uint8Array {
  const isNearEnd = text.length - at <= LONGEST_SPELLING
  const key = isNearEnd ? `${text.slice(at)}$` : text.slice(at, at + LONGEST_SPELLING)
  let table = cache.get(key)
  if (table === undefined) {
    const syllables = symbols.syllables
    table = new Uint8Array(syllables.length)
    for (let number = 1; number < syllables.length; number++)
      table[number] = typedLengths(text, at, syllables[number]!)
    if (cache.size >= cacheLimit) cache.clear()
    cache.set(key, table)
  }
  return table
}

function planTerm(symbols: SymbolTable, cache: TableCache, text: string): Term {
  const literals = new Int32Array(text.length).fill(UNKNOWN)
  const literalLengths = new Uint8Array(text.length)
  const tables: Uint8Array[] = []
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    const isLetterOrDigit = (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39)
    if (isLetterOrDigit) {
      literals[index] = BY_SYLLABLE
      tables.push(syllableTable(symbols, cache, text, index))
      continue
    }
    tables.push(noTable)
    const character = String.fromCodePoint(text.codePointAt(index) ?? 0)
    literals[index] = findBaseSymbol(symbols, character) ?? UNKNOWN
    literalLengths[index] = character.length
    if (character.length === 2) {
      index++
      tables.push(noTable)
    }
  }
  return { text, bytes: encoder.encode(text), literals, literalLengths, tables }
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
