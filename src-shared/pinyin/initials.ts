// Initials of personal names, so that a name column can be searched by them with a prefix query.
import { characterKind, foldTextWithOrigins } from './fold-text.ts'
import { findReadings, surnameReadings } from './readings.ts'

/** Most keys kept for one name. */
export const NAME_KEY_LIMIT = 8
/** Longest key: a longer name is found by its first letters. */
const longestKey = 32

/** What {@link readInitials} answered; as many as there are characters. */
const initialsByCharacter = new Map<string, readonly string[]>()

function initialsOfCharacter(character: string): readonly string[] {
  const known = initialsByCharacter.get(character)
  if (known !== undefined) return known
  const initials = readInitials(character)
  initialsByCharacter.set(character, initials)
  return initials
}

/** Distinct initials of one character, the usual reading's first; a letter or digit stands for itself, other signs for nothing. */
function readInitials(character: string): readonly string[] {
  const readings = findReadings(character)
  if (readings !== undefined) return [...new Set(readings.syllables.map((syllable) => syllable.charAt(0)))]
  const kind = characterKind(character)
  return kind === 'digit' || (kind === 'letter' && character.length === 1) ? [character] : ['']
}

/**
 * The initials of a name by every reading, the most likely spelling first: the surname by its reading as a surname (单 s, 尉迟 yc), then with its
 * other readings; the rest by its usual readings before its others. 单雪 → sx, dx, cx. At most {@link NAME_KEY_LIMIT} keys, and none for a name
 * without a readable character.
 */
export function initialsOf(name: string): string[] {
  const characters = foldTextWithOrigins(name).characters
  const options = characters.map(initialsOfCharacter)
  for (const length of [2, 1]) {
    const surname = surnameReadings.get(characters.slice(0, length).join(''))
    if (surname === undefined || (length === 1 && characters.length === 1)) continue
    surname.forEach((syllable, index) => {
      const first = syllable.charAt(0)
      options[index] = [first, ...(options[index] ?? []).filter((initial) => initial !== first)]
    })
    break
  }
  // Most names are read in one way only.
  if (options.every((initials) => initials.length === 1)) {
    const only = options.flat().join('').slice(0, longestKey)
    return only === '' ? [] : [only]
  }
  // Breadth by cost: a key costs the sum of the places of its readings, so single deviations come before double ones.
  let keys: { readonly key: string; readonly cost: number }[] = [{ key: '', cost: 0 }]
  for (const initials of options) {
    if (keys[0] !== undefined && keys[0].key.length >= longestKey) break
    const next = keys.flatMap(({ key, cost }) =>
      initials.map((initial, place) => ({ key: key + initial, cost: cost + place })),
    )
    next.sort((a, b) => a.cost - b.cost)
    const seen = new Set<string>()
    keys = next.filter(({ key }) => !seen.has(key) && seen.add(key)).slice(0, NAME_KEY_LIMIT)
  }
  return keys.map(({ key }) => key).filter((key) => key !== '')
}

/** The keys to store beside a name (≤ 8, distinct): see {@link initialsOf}. A query prefix of any of them finds the name. */
export function nameInitialKeys(name: string): string[] {
  return initialsOf(name)
}
