// The rows of one dictionary in typed arrays, in static order: rank (smaller first), then code.
//
// Row numbers are places in that order, so the best of several equal matches is the smallest number.
import { foldText, foldTextWithOrigins } from '../../../src-shared/pinyin/fold-text.ts'
import {
  END_SYMBOL,
  createSymbolTable,
  dropRareReadings,
  sortSyllables,
  symbolAtWordStart,
  symbolOfFolded,
  writeSymbols,
  type SymbolTable,
} from './symbol-table.ts'
import { packTexts, textAt, type TextTable } from './text-table.ts'

export type LookupRow = {
  readonly code: string
  readonly name: string
  /** Names of what the row lies in, as a list shows it. */
  readonly parentPath?: string | undefined
  /** Code of what the row lies in, for parentPrefix. */
  readonly parent?: string | undefined
  /** 助记码. */
  readonly mnemonic?: string | undefined
  /** Static order: smaller first; rows without one count as 0. */
  readonly rank?: number | undefined
}

/** UTF-8 of a code per row. */
export type CodeTable = {
  readonly bytes: Uint8Array
  /** Bytes of every row, shorter codes followed by zeros; 0 when `starts` tells. */
  readonly stride: number
  readonly starts: Uint32Array | undefined
}

export type RowStore = {
  readonly size: number
  /** Whether codes are typed by people; ids are not, and must not be found by what they begin with. */
  readonly areCodesTyped: boolean
  readonly symbols: SymbolTable
  /** Symbols of all names; END_SYMBOL after each. */
  readonly pool: Uint16Array
  /** Where the name of a row starts in the pool; one more than there are rows. */
  readonly rowStart: Uint32Array
  /** All codes as given. */
  readonly codes: CodeTable
  /** The folded codes; the same table when folding changes none. */
  readonly foldedCodes: CodeTable
  /** Rows by folded code; undefined when they are in that order already. */
  readonly codeOrder: Uint32Array | undefined
  /** Undefined when all are 0. */
  readonly ranks: Float64Array | undefined
  /** Distinct parents and paths; number 0 is "none". Undefined number arrays when no row has one. */
  readonly parents: TextTable
  readonly parentNumbers: Uint16Array | Uint32Array | undefined
  readonly parentPaths: TextTable
  readonly parentPathNumbers: Uint16Array | Uint32Array | undefined
  /** 助记码 as given, ordered by the folded text, and their rows. */
  readonly mnemonics: readonly string[]
  readonly foldedMnemonics: readonly string[]
  readonly mnemonicRows: Uint32Array
  /** Row → place in mnemonics + 1, 0 none. Undefined when there are none. */
  readonly mnemonicOfRow: Uint32Array | undefined
  /** Rows whose name cannot be told from its symbols (spaces, Ⅱ), ascending, with the name. */
  readonly irregularRows: Uint32Array
  readonly irregularNames: readonly string[]
}

/** A character in more rows than this share, and than this number, loses its rare readings: they would double the index for nothing. */
const RARE_DROP_SHARE = 0.05
const RARE_DROP_ROWS = 1_000

/** Static order: rank, then code (by UTF-16 units). */
export function compareStatic(rankA: number, codeA: string, rankB: number, codeB: string): number {
  if (rankA !== rankB) return rankA < rankB ? -1 : 1
  return codeA < codeB ? -1 : codeA > codeB ? 1 : 0
}

function compareRows(a: LookupRow, b: LookupRow): number {
  return compareStatic(a.rank ?? 0, a.code, b.rank ?? 0, b.code)
}

/** The rows in static order, one per code: of two with the same code the later one in the list stays. */
function orderRows(rows: readonly LookupRow[]): readonly LookupRow[] {
  let isOrdered = true
  for (let index = 1; index < rows.length && isOrdered; index++)
    isOrdered = compareRows(rows[index - 1]!, rows[index]!) < 0
  const ordered = isOrdered ? rows : [...rows].sort(compareRows)
  const hasRanks = rows.some((row) => row.rank !== undefined && row.rank !== 0)
  // Without ranks equal codes are neighbours; with ranks only a map can tell.
  let hasDuplicates = false
  if (!hasRanks)
    for (let index = 1; index < ordered.length && !hasDuplicates; index++)
      hasDuplicates = ordered[index - 1]!.code === ordered[index]!.code
  else hasDuplicates = new Set(rows.map((row) => row.code)).size < rows.length
  if (!hasDuplicates) return ordered
  return [...new Map(rows.map((row) => [row.code, row])).values()].sort(compareRows)
}

/** Writes the symbols of any name, regular or not; returns where they end. `target` must have room for three symbols a UTF-16 unit. */
export function writeName(
  symbols: SymbolTable,
  name: string,
  target: Uint16Array,
  at: number,
): { end: number; isRegular: boolean } {
  const end = writeSymbols(symbols, name, target, at)
  if (end >= 0) return { end, isRegular: true }
  const folded = foldTextWithOrigins(name)
  const foldedName = folded.characters.join('')
  const foldedEnd = writeSymbols(symbols, foldedName, target, at)
  // Folded text holds no irregular characters, unless a combining mark could not be composed; that one then stands for itself.
  let irregularEnd = foldedEnd
  if (foldedEnd < 0) {
    irregularEnd = at
    for (const character of folded.characters) target[irregularEnd++] = symbolOfFolded(symbols, character)
  }
  folded.starts.forEach((start, index) => {
    if (index > 0 && start > folded.ends[index - 1]!)
      target[at + index] = symbolAtWordStart(symbols, target[at + index]!)
  })
  return { end: irregularEnd, isRegular: false }
}

function internStrings(
  rows: readonly LookupRow[],
  pick: (row: LookupRow) => string | undefined,
): { strings: string[]; numbers: Uint16Array | Uint32Array | undefined } {
  const strings = ['']
  const numberOf = new Map<string, number>([['', 0]])
  const numbers = new Uint32Array(rows.length)
  let last = ''
  let lastNumber = 0
  for (let row = 0; row < rows.length; row++) {
    const text = pick(rows[row]!) ?? ''
    if (text !== last) {
      let number = numberOf.get(text)
      if (number === undefined) {
        number = strings.length
        strings.push(text)
        numberOf.set(text, number)
      }
      last = text
      lastNumber = number
    }
    numbers[row] = lastNumber
  }
  if (strings.length === 1) return { strings, numbers: undefined }
  return { strings, numbers: strings.length <= 0x10000 ? Uint16Array.from(numbers) : numbers }
}

const encoder = new TextEncoder()

function packCodes(codes: readonly string[]): CodeTable {
  const starts = new Uint32Array(codes.length + 1)
  let room = 0
  let longest = 0
  for (const code of codes) room += code.length * 3
  const bytes = new Uint8Array(room)
  let end = 0
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!
    let isAscii = true
    for (let unit = 0; unit < code.length; unit++) {
      const value = code.charCodeAt(unit)
      bytes[end + unit] = value
      if (value > 0x7f) isAscii = false
    }
    const length = isAscii ? code.length : encoder.encodeInto(code, bytes.subarray(end)).written
    if (length > longest) longest = length
    end += length
    starts[row + 1] = end
  }
  // Codes of about one length take less room side by side than with their starts. A zero byte in a code would be lost.
  if (longest * codes.length <= end + starts.byteLength && !bytes.subarray(0, end).includes(0)) {
    const table = new Uint8Array(longest * codes.length)
    for (let row = 0; row < codes.length; row++)
      table.set(bytes.subarray(starts[row], starts[row + 1]), row * longest)
    return { bytes: table, stride: longest, starts: undefined }
  }
  return { bytes: bytes.slice(0, end), stride: 0, starts }
}

function codeStart(table: CodeTable, row: number): number {
  return table.starts === undefined ? row * table.stride : table.starts[row]!
}

function codeEnd(table: CodeTable, row: number): number {
  if (table.starts !== undefined) return table.starts[row + 1]!
  let end = (row + 1) * table.stride
  while (end > row * table.stride && table.bytes[end - 1] === 0) end--
  return end
}

/** Sorts rows by folded code; they nearly always are in that order already. */
function orderByCode(foldedCodes: readonly string[]): Uint32Array | undefined {
  let isOrdered = true
  for (let row = 1; row < foldedCodes.length && isOrdered; row++)
    isOrdered = foldedCodes[row - 1]! <= foldedCodes[row]!
  if (isOrdered) return undefined
  const order = Uint32Array.from(foldedCodes.keys())
  return order.sort((a, b) =>
    foldedCodes[a]! < foldedCodes[b]! ? -1 : foldedCodes[a]! > foldedCodes[b]! ? 1 : a - b,
  )
}

/** The row at a place of the order by code. */
export function rowByCodeOrder(store: RowStore, place: number): number {
  return store.codeOrder === undefined ? place : store.codeOrder[place]!
}

/** Drops rare readings of characters that stand in very many rows. */
function dropFrequentRareReadings(symbols: SymbolTable, pool: Uint16Array, size: number): void {
  const limit = Math.max(RARE_DROP_ROWS, size * RARE_DROP_SHARE)
  if (size <= limit) return
  const bases = symbols.bases
  const rowsWith = new Uint32Array(bases.length)
  const lastRow = new Int32Array(bases.length).fill(-1)
  const baseOf = Uint16Array.from(bases)
  let row = 0
  for (let place = 0; place < pool.length; place++) {
    const symbol = pool[place]!
    if (symbol === END_SYMBOL) {
      row++
      continue
    }
    const base = baseOf[symbol]!
    if (lastRow[base] !== row) {
      lastRow[base] = row
      rowsWith[base]!++
    }
  }
  for (let symbol = 1; symbol < bases.length; symbol++)
    if (rowsWith[bases[symbol]!]! > limit) dropRareReadings(symbols, symbol)
}

/** Puts rows into static order and typed arrays. */
export function storeRows(given: readonly LookupRow[], areCodesTyped: boolean): RowStore {
  const rows = orderRows(given)
  const size = rows.length
  const symbols = createSymbolTable()

  let room = 0
  for (let row = 0; row < size; row++) room += rows[row]!.name.length + 1
  let pool = new Uint16Array(room)
  const rowStart = new Uint32Array(size + 1)
  const irregularRows: number[] = []
  const irregularNames: string[] = []
  let end = 0
  for (let row = 0; row < size; row++) {
    const name = rows[row]!.name
    // An irregular name may need more room than it has units (㍿ → 株式会社): up to 18 (ﷺ).
    if (end + name.length + 1 > pool.length) pool = growPool(pool, end + name.length + 1)
    let nameEnd = writeSymbols(symbols, name, pool, end)
    if (nameEnd < 0) {
      if (end + name.length * 18 + 1 > pool.length) pool = growPool(pool, end + name.length * 18 + 1)
      nameEnd = writeName(symbols, name, pool, end).end
      irregularRows.push(row)
      irregularNames.push(name)
    }
    pool[nameEnd] = END_SYMBOL
    end = nameEnd + 1
    rowStart[row + 1] = end
  }
  pool = pool.length === end ? pool : pool.slice(0, end)
  dropFrequentRareReadings(symbols, pool, size)
  sortSyllables(symbols)

  const codes = rows.map((row) => row.code)
  const foldedCodes = codes.map(foldText)
  const packedCodes = packCodes(codes)
  const isFoldedDifferent = codes.some((text, row) => text !== foldedCodes[row])
  const parent = internStrings(rows, (row) => row.parent)
  const parentPath = internStrings(rows, (row) => row.parentPath)

  const withMnemonic: { text: string; folded: string; row: number }[] = []
  let ranks: Float64Array | undefined
  for (let row = 0; row < size; row++) {
    const { mnemonic, rank } = rows[row]!
    if (mnemonic !== undefined && mnemonic !== '') {
      const folded = foldText(mnemonic)
      if (folded !== '') withMnemonic.push({ text: mnemonic, folded, row })
    }
    if (rank !== undefined && rank !== 0) (ranks ??= new Float64Array(size))[row] = rank
  }
  withMnemonic.sort((a, b) => (a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : a.row - b.row))
  const mnemonicOfRow = withMnemonic.length === 0 ? undefined : new Uint32Array(size)
  withMnemonic.forEach(({ row }, place) => (mnemonicOfRow![row] = place + 1))

  return {
    size,
    areCodesTyped,
    symbols,
    pool,
    rowStart,
    codes: packedCodes,
    foldedCodes: isFoldedDifferent ? packCodes(foldedCodes) : packedCodes,
    codeOrder: orderByCode(foldedCodes),
    ranks,
    parents: packTexts(parent.strings),
    parentNumbers: parent.numbers,
    parentPaths: packTexts(parentPath.strings),
    parentPathNumbers: parentPath.numbers,
    mnemonics: withMnemonic.map(({ text }) => text),
    foldedMnemonics: withMnemonic.map(({ folded }) => folded),
    mnemonicRows: Uint32Array.from(withMnemonic, ({ row }) => row),
    mnemonicOfRow,
    irregularRows: Uint32Array.from(irregularRows),
    irregularNames,
  }
}

function growPool(pool: Uint16Array, needed: number): Uint16Array<ArrayBuffer> {
  const grown = new Uint16Array(Math.max(needed, Math.ceil(pool.length * 1.25)))
  grown.set(pool)
  return grown
}

const decoder = new TextDecoder()

export function codeOfRow(store: RowStore, row: number): string {
  const { bytes } = store.codes
  const start = codeStart(store.codes, row)
  const end = codeEnd(store.codes, row)
  let text = ''
  for (let place = start; place < end; place++) {
    const byte = bytes[place]!
    if (byte > 0x7f) return decoder.decode(bytes.subarray(start, end))
    text += String.fromCharCode(byte)
  }
  return text
}

/** Place in a sorted list of rows, undefined when the row is not in it. */
function findInSorted(list: Uint32Array, row: number): number | undefined {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (list[middle]! < row) low = middle + 1
    else high = middle
  }
  return list[low] === row ? low : undefined
}

/** True when the symbols of the row stand one to one for the characters of its name. */
export function isRegularRow(store: RowStore, row: number): boolean {
  return findInSorted(store.irregularRows, row) === undefined
}

export function nameOfRow(store: RowStore, row: number): string {
  const irregular = findInSorted(store.irregularRows, row)
  if (irregular !== undefined) return store.irregularNames[irregular] ?? ''
  let text = ''
  for (let place = store.rowStart[row]!; store.pool[place] !== END_SYMBOL; place++)
    text += String.fromCodePoint(store.symbols.codePoints[store.pool[place]!]!)
  return text
}

export function rowOfStore(store: RowStore, row: number): LookupRow {
  const mnemonicPlace = store.mnemonicOfRow?.[row] ?? 0
  const parent = textAt(store.parents, store.parentNumbers?.[row] ?? 0)
  const parentPath = textAt(store.parentPaths, store.parentPathNumbers?.[row] ?? 0)
  const rank = store.ranks?.[row]
  return {
    code: codeOfRow(store, row),
    name: nameOfRow(store, row),
    ...(parentPath ? { parentPath } : {}),
    ...(parent ? { parent } : {}),
    ...(mnemonicPlace > 0 ? { mnemonic: store.mnemonics[mnemonicPlace - 1] } : {}),
    ...(rank ? { rank } : {}),
  }
}

/** Compares a folded code with bytes: negative when the code is smaller; 0 when equal, or when `isPrefix` and the code begins with the bytes. */
export function compareCode(store: RowStore, row: number, bytes: Uint8Array, isPrefix: boolean): number {
  const table = store.foldedCodes
  const start = codeStart(table, row)
  const length = codeEnd(table, row) - start
  const shared = Math.min(length, bytes.length)
  for (let index = 0; index < shared; index++) {
    const difference = table.bytes[start + index]! - bytes[index]!
    if (difference !== 0) return difference
  }
  if (length < bytes.length) return -1
  return isPrefix || length === bytes.length ? 0 : 1
}

/** The range of codeOrder whose codes begin with what was typed; empty when codes are not typed. */
export function typedCodeRange(store: RowStore, bytes: Uint8Array): { from: number; to: number } {
  return store.areCodesTyped ? codeRange(store, bytes) : { from: 0, to: 0 }
}

/** The range of codeOrder whose codes begin with the bytes. */
function codeRange(store: RowStore, bytes: Uint8Array): { from: number; to: number } {
  return {
    from: boundary(store, bytes, (order) => order < 0),
    to: boundary(store, bytes, (order) => order <= 0),
  }
}

function boundary(store: RowStore, bytes: Uint8Array, isBefore: (order: number) => boolean): number {
  let low = 0
  let high = store.size
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(compareCode(store, rowByCodeOrder(store, middle), bytes, true))) low = middle + 1
    else high = middle
  }
  return low
}

/** The row with exactly this code, undefined when there is none. */
export function findRowByCode(store: RowStore, code: string): number | undefined {
  const bytes = encoder.encode(foldText(code))
  const { from, to } = codeRange(store, bytes)
  for (let place = from; place < to; place++) {
    const row = rowByCodeOrder(store, place)
    // Codes that begin alike follow the equal ones.
    if (compareCode(store, row, bytes, false) !== 0) break
    if (codeOfRow(store, row) === code) return row
  }
  return undefined
}
