// A built look-up as bytes, to be kept beside the dictionary's version: loading takes a fraction of the time of building.
//
// Layout, little endian: 8 bytes of magic; 6 numbers of 32 bits (format, version of the readings, bytes of the file, checksum of all after the header,
// bytes of the description, 0); the description as JSON (texts, and where each array lies); the arrays, each at a multiple of 8.
import { readingsVersion } from '../../../src-shared/pinyin/readings.ts'
import type { LookupParts } from './lookup-parts.ts'
import type { CodeTable, RowStore } from './row-store.ts'
import type { SortedKeys, SuffixKeys } from './suffix-keys.ts'
import type { SymbolTable } from './symbol-table.ts'
import type { TextTable } from './text-table.ts'

const MAGIC = 'JFTLOOK\n'
/** Counts up with the layout and with every change of folding, readings of words or keys. */
const FORMAT = 2
const HEADER_BYTES = 32

/** Why a prebuilt look-up cannot be used; it is then built anew from its rows. */
export type LookupFileFault = 'not a look-up file' | 'other format' | 'other readings' | 'cut off' | 'damaged'

const faultTexts: Readonly<Record<LookupFileFault, string>> = {
  'not a look-up file': '不是查找索引文件',
  'other format': '查找索引文件是另一个版本的程序写的',
  'other readings': '查找索引文件用的是另一个版本的拼音表',
  'cut off': '查找索引文件不完整',
  damaged: '查找索引文件已损坏',
}

/** The error of {@link decodeLookupParts}; `cause` holds the fault. */
function lookupFileError(fault: LookupFileFault): Error {
  const error = new Error(`${faultTexts[fault]},请删除后重新建立索引`, { cause: fault })
  error.name = 'LookupFileError'
  return error
}

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Float64Array
const arrayTypes = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const
type ArrayType = keyof typeof arrayTypes

type Description = {
  size: number
  areCodesTyped: boolean
  codeStride: number
  foldedCodeStride: number
  arrays: Record<string, [type: ArrayType, offset: number, length: number]>
  texts: Record<string, readonly string[]>
  symbols: { others: readonly (readonly number[])[]; entries: readonly (readonly [string, number])[] }
}

function typeOf(array: NumberArray): ArrayType {
  if (array instanceof Uint8Array) return 'u8'
  if (array instanceof Uint16Array) return 'u16'
  return array instanceof Uint32Array ? 'u32' : 'f64'
}

/** Checksum over 32-bit words: every word and its place counts. */
function checksum(words: Uint32Array): number {
  let a = 0x9e3779b9
  let b = words.length
  for (let index = 0; index < words.length; index++) {
    a = (Math.imul(a ^ words[index]!, 0x85ebca6b) + b) | 0
    b = (b << 13) | (b >>> 19)
    b = (b ^ a) | 0
  }
  return (a ^ b) >>> 0
}

function listArrays({ store, keys }: LookupParts): [name: string, array: NumberArray][] {
  const { symbols } = store
  const list: [string, NumberArray | undefined][] = [
    ['pool', store.pool],
    ['rowStart', store.rowStart],
    ['codes.bytes', store.codes.bytes],
    ['codes.starts', store.codes.starts],
    ...(store.foldedCodes === store.codes
      ? []
      : ([
          ['foldedCodes.bytes', store.foldedCodes.bytes],
          ['foldedCodes.starts', store.foldedCodes.starts],
        ] satisfies [string, NumberArray | undefined][])),
    ['codeOrder', store.codeOrder],
    ['parents.units', store.parents.units],
    ['parents.starts', store.parents.starts],
    ['parentPaths.units', store.parentPaths.units],
    ['parentPaths.starts', store.parentPaths.starts],
    ['ranks', store.ranks],
    ['parentNumbers', store.parentNumbers],
    ['parentPathNumbers', store.parentPathNumbers],
    ['mnemonicRows', store.mnemonicRows],
    ['mnemonicOfRow', store.mnemonicOfRow],
    ['irregularRows', store.irregularRows],
    ['symbols.codePoints', Uint32Array.from(symbols.codePoints)],
    ['symbols.bases', Uint16Array.from(symbols.bases)],
    ['symbols.usual', Uint16Array.from(symbols.usual)],
    ['symbols.rareCounts', Uint8Array.from(symbols.rareCounts)],
    ['symbols.kinds', Uint8Array.from(symbols.kinds)],
    ['symbols.basicPlane', symbols.basicPlane],
  ]
  if (keys !== undefined) {
    for (const section of sectionNames)
      for (const part of sectionParts) list.push([`keys.${section}.${part}`, keys[section][part]])
    list.push(
      ['keys.symbolCounts', keys.symbolCounts],
      ['keys.symbolStart', keys.symbolStart],
      ['keys.symbolPlaces', keys.symbolPlaces],
      ['keys.trigrams', keys.trigrams],
      ['keys.rowAt', keys.rowAt],
      ['keys.gaps.rows', keys.gaps.rows],
      ['keys.gaps.pairBits', keys.gaps.pairBits],
      ['keys.gaps.counts', keys.gaps.counts],
    )
  }
  return list.filter((entry): entry is [string, NumberArray] => entry[1] !== undefined)
}

const sectionNames = ['start', 'startOther', 'word', 'inside', 'insideOther'] as const
const sectionParts = ['directory', 'rest', 'values', 'minima'] as const

/** The parts as bytes. */
export function encodeLookupParts(parts: LookupParts): Uint8Array {
  const { store } = parts
  const arrays = listArrays(parts)
  const description: Description = {
    size: store.size,
    areCodesTyped: store.areCodesTyped,
    codeStride: store.codes.stride,
    foldedCodeStride: store.foldedCodes.stride,
    arrays: {},
    texts: {
      mnemonics: store.mnemonics,
      foldedMnemonics: store.foldedMnemonics,
      irregularNames: store.irregularNames,
      syllables: store.symbols.syllables,
    },
    symbols: { others: store.symbols.others, entries: [...store.symbols.symbols] },
  }
  // Offsets are relative to where the arrays begin, so that they do not depend on the length of the description.
  let end = 0
  for (const [name, array] of arrays) {
    description.arrays[name] = [typeOf(array), end, array.length]
    end += Math.ceil(array.byteLength / 8) * 8
  }
  const json = new TextEncoder().encode(JSON.stringify(description))
  const arraysAt = HEADER_BYTES + Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(arraysAt + end)
  bytes.set(new TextEncoder().encode(MAGIC))
  bytes.set(json, HEADER_BYTES)
  for (const [name, array] of arrays)
    bytes.set(
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
      arraysAt + description.arrays[name]![1],
    )
  const header = new Uint32Array(bytes.buffer, 8, 6)
  header.set([
    FORMAT,
    readingsVersion(),
    bytes.length,
    checksum(new Uint32Array(bytes.buffer, HEADER_BYTES)),
    json.length,
    0,
  ])
  return bytes
}

function readDescription(bytes: Uint8Array, length: number): Description {
  try {
    return JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length)),
    ) as Description
  } catch {
    throw lookupFileError('damaged')
  }
}

/**
 * The parts that {@link encodeLookupParts} wrote. The arrays are views of the bytes where these are aligned, which must not be changed then.
 * Throws LookupFileError (its cause is a LookupFileFault) when the bytes are anything else.
 */
export function decodeLookupParts(given: Uint8Array): LookupParts {
  if (given.length < HEADER_BYTES || new TextDecoder('latin1').decode(given.subarray(0, 8)) !== MAGIC)
    throw lookupFileError('not a look-up file')
  const bytes = given.byteOffset % 8 === 0 ? given : given.slice()
  const [format, readings, length, sum, jsonLength] = new Uint32Array(bytes.buffer, bytes.byteOffset + 8, 6)
  if (format !== FORMAT) throw lookupFileError('other format')
  if (length !== bytes.length) throw lookupFileError('cut off')
  if (
    length % 8 !== 0 ||
    checksum(new Uint32Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, (length - HEADER_BYTES) / 4)) !==
      sum
  )
    throw lookupFileError('damaged')
  if (readings !== readingsVersion()) throw lookupFileError('other readings')
  const description = readDescription(bytes, jsonLength ?? 0)
  const arraysAt = bytes.byteOffset + HEADER_BYTES + Math.ceil((jsonLength ?? 0) / 8) * 8

  const find = (name: string): NumberArray | undefined => {
    const entry = description.arrays[name]
    if (entry === undefined) return undefined
    const [type, offset, count] = entry
    return new arrayTypes[type](bytes.buffer as ArrayBuffer, arraysAt + offset, count)
  }
  function get<Type extends NumberArray>(name: string, type: new (length: number) => Type): Type {
    const array = find(name)
    if (!(array instanceof type)) throw lookupFileError('damaged')
    return array
  }
  const optional = <Type extends NumberArray>(
    name: string,
    type: new (length: number) => Type,
  ): Type | undefined => (description.arrays[name] === undefined ? undefined : get(name, type))
  const numbers = (name: string): Uint16Array | Uint32Array | undefined => {
    const array = find(name)
    return array instanceof Uint16Array || array instanceof Uint32Array ? array : undefined
  }
  const texts = (name: string): string[] => [...(description.texts[name] ?? [])]

  const syllables = texts('syllables')
  const symbols: SymbolTable = {
    codePoints: [...get('symbols.codePoints', Uint32Array)],
    bases: [...get('symbols.bases', Uint16Array)],
    usual: [...get('symbols.usual', Uint16Array)],
    others: [...description.symbols.others],
    rareCounts: [...get('symbols.rareCounts', Uint8Array)],
    kinds: [...get('symbols.kinds', Uint8Array)],
    syllables,
    syllableNumbers: new Map(syllables.map((syllable, number) => [syllable, number])),
    symbols: new Map(description.symbols.entries),
    // The only array that adding a row changes.
    basicPlane: get('symbols.basicPlane', Uint16Array).slice(),
  }
  const codeTable = (name: string, stride: number): CodeTable => ({
    bytes: get(`${name}.bytes`, Uint8Array),
    stride,
    // An empty table has neither a common length nor places.
    starts: stride > 0 || description.size === 0 ? undefined : get(`${name}.starts`, Uint32Array),
  })
  const textTable = (name: string): TextTable => ({
    units: get(`${name}.units`, Uint16Array),
    starts: get(`${name}.starts`, Uint32Array),
  })
  const codes = codeTable('codes', description.codeStride)
  const hasFolded = description.arrays['foldedCodes.bytes'] !== undefined
  const store: RowStore = {
    size: description.size,
    areCodesTyped: description.areCodesTyped,
    symbols,
    pool: get('pool', Uint16Array),
    rowStart: get('rowStart', Uint32Array),
    codes,
    foldedCodes: hasFolded ? codeTable('foldedCodes', description.foldedCodeStride) : codes,
    codeOrder: optional('codeOrder', Uint32Array),
    ranks: optional('ranks', Float64Array),
    parents: textTable('parents'),
    parentNumbers: numbers('parentNumbers'),
    parentPaths: textTable('parentPaths'),
    parentPathNumbers: numbers('parentPathNumbers'),
    mnemonics: texts('mnemonics'),
    foldedMnemonics: texts('foldedMnemonics'),
    mnemonicRows: get('mnemonicRows', Uint32Array),
    mnemonicOfRow: optional('mnemonicOfRow', Uint32Array),
    irregularRows: get('irregularRows', Uint32Array),
    irregularNames: texts('irregularNames'),
  }
  if (description.arrays['keys.symbolStart'] === undefined) return { store, keys: undefined }
  const section = (name: (typeof sectionNames)[number]): SortedKeys => ({
    directory: get(`keys.${name}.directory`, Uint32Array),
    rest: get(`keys.${name}.rest`, Uint16Array),
    values: get(`keys.${name}.values`, Uint32Array),
    minima: get(`keys.${name}.minima`, Uint32Array),
  })
  const gapRows = get('keys.gaps.rows', Uint32Array)
  const keys: SuffixKeys = {
    start: section('start'),
    startOther: section('startOther'),
    word: section('word'),
    inside: section('inside'),
    insideOther: section('insideOther'),
    symbolCounts: get('keys.symbolCounts', Uint32Array),
    symbolStart: get('keys.symbolStart', Uint32Array),
    symbolPlaces: get('keys.symbolPlaces', Uint32Array),
    trigrams: get('keys.trigrams', Uint32Array),
    rowAt: get('keys.rowAt', Uint32Array),
    gaps: {
      words: Math.ceil(description.size / 32),
      rows: gapRows,
      pairBits: get('keys.gaps.pairBits', Uint8Array),
      counts: get('keys.gaps.counts', Uint32Array),
    },
  }
  return { store, keys }
}
