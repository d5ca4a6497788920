// Readings of characters, decoded from the generated table on first use.
import { READINGS_BY_SYLLABLE, SURNAME_READINGS, WORD_READINGS } from './readings-data.ts'

export type Readings = {
  /** Syllables without tones, ü as v; the usual one first, then the others, then the rare ones. Never empty. */
  readonly syllables: readonly string[]
  /** How many of them, counted from the end, make up less than 1 % of the character's occurrences. */
  readonly rareCount: number
}

let table: ReadonlyMap<string, Readings> | undefined

function decode(): ReadonlyMap<string, Readings> {
  const collected = new Map<string, { syllables: string[]; rareCount: number }>()
  const columns = READINGS_BY_SYLLABLE.map((line) => {
    const colon = line.indexOf(':')
    return { syllable: line.slice(0, colon), lists: line.slice(colon + 1).split('|') }
  })
  for (const column of [0, 1, 2]) {
    for (const { syllable, lists } of columns) {
      for (const character of lists[column] ?? '') {
        const entry = collected.get(character)
        if (entry === undefined)
          collected.set(character, { syllables: [syllable], rareCount: column === 2 ? 1 : 0 })
        else {
          entry.syllables.push(syllable)
          if (column === 2) entry.rareCount++
        }
      }
    }
  }
  return collected
}

/** All readings of one character, undefined for a character without any (kana, signs, very rare characters). */
export function findReadings(character: string): Readings | undefined {
  table ??= decode()
  return table.get(character)
}

function parseWords(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    lines.map((line) => {
      const [word, ...syllables] = line.split(' ')
      return [word ?? '', syllables]
    }),
  )
}

/** Words inside which another reading than the usual one of a character is the usual one (重庆 chong qing). */
export const wordReadings: ReadonlyMap<string, readonly string[]> = parseWords(WORD_READINGS)

/** Surnames read otherwise than their characters usually are (单 shan, 尉迟 yu chi). */
export const surnameReadings: ReadonlyMap<string, readonly string[]> = parseWords(SURNAME_READINGS)

/** Identifies the table: a prebuilt index of another table must not be used. FNV-1a, 32 bits. */
export function readingsVersion(): number {
  let hash = 0x811c9dc5
  for (const line of [...READINGS_BY_SYLLABLE, ...WORD_READINGS]) {
    for (let index = 0; index < line.length; index++)
      hash = Math.imul(hash ^ line.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
