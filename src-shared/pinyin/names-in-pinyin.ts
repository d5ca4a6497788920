// From full pinyin (zhangwei) to the characters a name may begin with, so that a name column is searched by prefixes.
import { READINGS_BY_SYLLABLE } from './readings-data.ts'
import { surnameReadings } from './readings.ts'
import { LONGEST_SPELLING, spellingsOf } from './syllables.ts'

/** Fewer letters fit half of all names. */
const FEWEST_LETTERS = 2
/** A name has seldom more characters; what is typed beyond them narrows nothing. */
const MOST_PLACES = 4
/** Ways to read the same letters (xian: 先, 西安) that are followed. */
const MOST_WAYS = 4

let table: ReadonlyMap<string, readonly string[]> | undefined

/** Characters by each spelling of a syllable, those usually read so first; rare readings are left out. */
function charactersBySpelling(): ReadonlyMap<string, readonly string[]> {
  const collected = new Map<string, string[]>()
  for (const column of [0, 1])
    for (const line of READINGS_BY_SYLLABLE) {
      const colon = line.indexOf(':')
      const characters = [...(line.slice(colon + 1).split('|')[column] ?? '')]
      for (const spelling of spellingsOf(line.slice(0, colon)))
        collected.set(spelling, [...(collected.get(spelling) ?? []), ...characters])
    }
  return collected
}

/**
 * The characters that may stand at each place from the start of a name whose pinyin is typed in full, the last syllable as
 * far as the letters go: one list of places for each way to read the letters, none where they are no pinyin (initials).
 */
export function charactersByPlace(letters: string): readonly (readonly (readonly string[])[])[] {
  table ??= charactersBySpelling()
  const known = table
  if (letters.length < FEWEST_LETTERS || !/^[a-z]+$/.test(letters)) return []

  function beginningWith(rest: string): readonly string[] {
    if (rest.length > LONGEST_SPELLING) return []
    const found = [...known].flatMap(([spelling, characters]) =>
      spelling.startsWith(rest) ? characters : [],
    )
    return [...new Set(found)]
  }
  function waysFrom(at: number, isFirst: boolean): readonly (readonly (readonly string[])[])[] {
    const rest = letters.slice(at)
    const last = beginningWith(rest)
    const ways = last.length === 0 ? [] : [[isFirst ? withSurnames(last, rest, true) : last]]
    for (let length = Math.min(LONGEST_SPELLING, rest.length - 1); length > 0; length -= 1) {
      const spelling = rest.slice(0, length)
      const characters = known.get(spelling)
      if (characters === undefined) continue
      const here = isFirst ? withSurnames(characters, spelling, false) : characters
      for (const way of waysFrom(at + length, false)) ways.push([here, ...way])
    }
    return ways
  }
  return waysFrom(0, true)
    .slice(0, MOST_WAYS)
    .map((way) => way.slice(0, MOST_PLACES))
}

/** A surname read otherwise than its character usually is (单 shan). */
function withSurnames(characters: readonly string[], typed: string, isBeginning: boolean): readonly string[] {
  const surnames = [...surnameReadings].flatMap(([surname, [syllable = '', ...more]]) =>
    more.length === 0 && (isBeginning ? syllable.startsWith(typed) : syllable === typed) ? surname : [],
  )
  return [...new Set([...surnames, ...characters])]
}
