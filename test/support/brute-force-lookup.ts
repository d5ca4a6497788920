// The look-up written as simply as possible, apart from the real one: every row, every place, every way to cut the query.
// It shares with the real one only the tables of readings and the folding of single characters.
import { characterKind, foldCharacter } from '../../src-shared/pinyin/fold-text.ts'
import { findReadings, wordReadings } from '../../src-shared/pinyin/readings.ts'

export type BruteForceRow = { code: string; name: string; parent?: string; mnemonic?: string; rank?: number }

type Character = { text: string; usual: string; others: string[]; isWordStart: boolean }
type PreparedRow = { row: BruteForceRow; code: string; mnemonic: string; characters: Character[] }

function fold(text: string): string {
  return (text.match(/\P{M}\p{M}*|\p{M}+/gsu) ?? []).map(foldCharacter).join('')
}

function spellings(syllable: string): string[] {
  const list = [syllable]
  if (/^[ln]v/.test(syllable)) list.push(syllable.replace('v', 'u'), syllable.replace('v', 'yu'))
  if (/^[jqxy]u/.test(syllable)) list.push(syllable.replace('u', 'v'))
  return list
}

/** Characters of a name with their readings; `frequent` characters have lost their rare readings. */
function prepareName(name: string, frequent: ReadonlySet<string>): Character[] {
  const characters: Character[] = []
  let hasBreak = false
  for (const cluster of name.match(/\P{M}\p{M}*|\p{M}+/gsu) ?? []) {
    const folded = foldCharacter(cluster)
    if (folded === '') hasBreak = true
    for (const text of folded) {
      const readings = findReadings(text)
      let syllables = [...(readings?.syllables ?? [])]
      if (readings !== undefined && frequent.has(text))
        syllables = syllables.slice(0, syllables.length - readings.rareCount)
      if (readings === undefined && /^[a-z0-9]$/.test(text)) syllables = [text]
      characters.push({
        text,
        usual: syllables[0] ?? '',
        others: syllables.slice(1),
        isWordStart: hasBreak && characters.length > 0,
      })
      hasBreak = false
    }
  }
  const joined = characters.map(({ text }) => text)
  for (let start = 0; start < joined.length; start++) {
    for (const [word, syllables] of wordReadings) {
      const length = [...word].length
      if (joined.slice(start, start + length).join('') !== word) continue
      for (let place = 0; place < length; place++) {
        const character = characters[start + place]!
        const all = findReadings(character.text)!
        const usual = syllables[place]!
        const kept = frequent.has(character.text)
          ? all.syllables.filter(
              (each, index) => each === usual || index < all.syllables.length - all.rareCount,
            )
          : all.syllables
        character.usual = usual
        character.others = kept.filter((each) => each !== usual)
      }
    }
  }
  characters.forEach((character, index) => {
    if (index === 0) return
    const kind = characterKind(character.text)
    if (kind !== 'other' && kind !== characterKind(characters[index - 1]!.text)) character.isWordStart = true
  })
  return characters
}

/** Ways a character may be typed at the start of `rest`: how many letters, and whether that is complete. */
function ways(
  character: Character,
  rest: string,
  byAnyReading: boolean,
): { length: number; isComplete: boolean }[] {
  const found: { length: number; isComplete: boolean }[] = []
  const first = [...rest][0]!
  const isLetterOrDigit = /^[a-z0-9]/.test(rest)
  if (!isLetterOrDigit) return first === character.text ? [{ length: first.length, isComplete: true }] : []
  for (const syllable of byAnyReading ? [character.usual, ...character.others] : [character.usual]) {
    if (syllable === '') continue
    if (rest[0] === syllable[0]) found.push({ length: 1, isComplete: true })
    if (/^[zcs]h/.test(syllable) && rest.startsWith(syllable.slice(0, 2)))
      found.push({ length: 2, isComplete: true })
    for (const spelling of spellings(syllable)) {
      if (rest.startsWith(spelling)) found.push({ length: spelling.length, isComplete: true })
      else if (spelling.startsWith(rest)) found.push({ length: rest.length, isComplete: false })
    }
  }
  return found
}

/** Whether the query can be cut so that it matches from the place on; with `isWhole` up to the end of the name and completely. */
function matchesFrom(
  characters: Character[],
  place: number,
  rest: string,
  byAnyReading: boolean,
  isWhole: boolean,
): boolean {
  if (place === characters.length) return false
  return ways(characters[place]!, rest, byAnyReading).some(({ length, isComplete }) => {
    if (length === rest.length) return isWhole ? isComplete && place === characters.length - 1 : true
    return isComplete && matchesFrom(characters, place + 1, rest.slice(length), byAnyReading, isWhole)
  })
}

function matchesWithGaps(characters: Character[], query: string): boolean {
  let rest = query
  for (const character of characters) {
    const first = [...rest][0]!
    const isInitial =
      /^[a-z0-9]$/.test(first) &&
      [character.usual, ...character.others].some((syllable) => syllable[0] === first)
    if (isInitial || (first === character.text && !/^[a-z0-9]$/.test(first))) rest = rest.slice(first.length)
    if (rest === '') return true
  }
  return false
}

const NONE = 99

function tierOfTerm(row: PreparedRow, term: string): number {
  if (row.code === term) return 0
  const tiers = [NONE]
  if (row.mnemonic !== '' && row.mnemonic === term) tiers.push(1)
  if (row.code.startsWith(term) || (row.mnemonic !== '' && row.mnemonic.startsWith(term))) tiers.push(2)
  row.characters.forEach((character, place) => {
    const byUsual = matchesFrom(row.characters, place, term, false, false)
    const byAny = matchesFrom(row.characters, place, term, true, false)
    if (place === 0 && matchesFrom(row.characters, 0, term, true, true)) tiers.push(1)
    if (place === 0 && byUsual) tiers.push(2)
    if (place === 0 && byAny) tiers.push(3)
    if (place > 0 && character.isWordStart && byAny) tiers.push(4)
    if (place > 0 && byUsual) tiers.push(5)
    if (place > 0 && byAny) tiers.push(6)
  })
  return Math.min(...tiers)
}

/** Every way to lay the terms on the name one behind the other: the first from its start, the others from word starts. */
function termsFollowEachOther(characters: Character[], terms: readonly string[], from: number): boolean {
  const [term, ...rest] = terms
  if (term === undefined) return true
  return characters.some((character, place) => {
    if (from === 0 ? place > 0 : place < from || !character.isWordStart) return false
    for (let end = place + 1; end <= characters.length; end += 1)
      if (matchesFrom(characters.slice(0, end), place, term, true, false))
        return termsFollowEachOther(characters, rest, end)
    return false
  })
}

export type BruteForceLookup = {
  /** Codes of all matching rows in order. */
  search(
    query: string,
    options: {
      limit: number
      recents?: ReadonlyMap<string, number>
      parentPrefix?: string
      orWithoutParent?: boolean
      preferredPrefix?: string
    },
  ): string[]
}

export function createBruteForceLookup(rows: readonly BruteForceRow[]): BruteForceLookup {
  const rowsWith = new Map<string, number>()
  for (const row of rows)
    for (const character of new Set(fold(row.name)))
      rowsWith.set(character, (rowsWith.get(character) ?? 0) + 1)
  const limit = Math.max(1000, rows.length * 0.05)
  const frequent = new Set([...rowsWith].filter(([, count]) => count > limit).map(([character]) => character))
  const prepared = rows.map((row) => ({
    row,
    code: fold(row.code),
    mnemonic: fold(row.mnemonic ?? ''),
    characters: prepareName(row.name, frequent),
  }))
  return {
    search(query, options) {
      const terms = query
        .normalize('NFKC')
        .split(/\s+/u)
        .map(fold)
        .filter((term) => term !== '')
      const joined = terms.join('')
      const wanted = prepared.filter(
        ({ row }) =>
          options.parentPrefix === undefined ||
          (row.parent ?? '').startsWith(options.parentPrefix) ||
          (options.orWithoutParent === true && (row.parent ?? '') === ''),
      )
      const tiers = wanted.map((row) => {
        if (joined === '') return 0
        const tier = tierOfTerm(row, joined)
        if (tier !== NONE || terms.length < 2) return tier
        if (termsFollowEachOther(row.characters, terms, 0)) return 7
        const each = terms.map((term) => tierOfTerm(row, term))
        if (each.includes(NONE)) return NONE
        return Math.min(...each) <= 3 ? 8 : 9
      })
      const strict = tiers.filter((tier) => tier !== NONE).length
      if (strict < options.limit && [...joined].join('').length > 1)
        wanted.forEach((row, index) => {
          if (tiers[index] === NONE && matchesWithGaps(row.characters, joined)) tiers[index] = 10
        })
      return wanted
        .map((row, index) => ({
          row: row.row,
          tier: tiers[index]!,
          isPreferred:
            options.preferredPrefix !== undefined &&
            (row.row.parent ?? '').startsWith(options.preferredPrefix),
          recency: options.recents?.get(row.row.code) ?? -Infinity,
        }))
        .filter(({ tier }) => tier !== NONE)
        .sort((a, b) => {
          if (a.tier !== b.tier) return a.tier - b.tier
          if (a.isPreferred !== b.isPreferred) return a.isPreferred ? -1 : 1
          if (a.recency !== b.recency) return a.recency > b.recency ? -1 : 1
          const rankA = a.row.rank ?? 0
          const rankB = b.row.rank ?? 0
          if (rankA !== rankB) return rankA - rankB
          return a.row.code < b.row.code ? -1 : 1
        })
        .map(({ row }) => row.code)
    },
  }
}
