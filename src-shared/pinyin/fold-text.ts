// The one normalisation of the look-up: NFKC, lower case, no spaces, applied to entries and to what is typed alike.

/** Spaces, invisible characters, the dot inside transcribed names, and the apostrophe between syllables (lu'an). */
const ignorable = /[\s\p{Cf}\p{Zs}·•・‧∙'’‘ʼ]/gu
const marks = /^\p{M}$/u
/** What an accent that stands alone (´) leaves when its space is gone; it must not join the character before. */
const loneMarks = /^\p{M}+/u
const plain = /^[\u4e00-\u9fffa-z0-9]*$/
const cluster = /\P{M}\p{M}*|\p{M}+/gsu

/**
 * Folds one character (with the combining marks that follow it): Ａ → a, Ⅱ → ii, ü → v, a space → nothing.
 * The result may have no or several characters.
 */
export function foldCharacter(character: string): string {
  return character
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFC')
    .replace(/ü/g, 'v')
    .replace(ignorable, '')
    .replace(loneMarks, '')
}

/** Folds a text: what is compared is always the folded text. */
export function foldText(text: string): string {
  if (plain.test(text)) return text
  let folded = ''
  for (const part of text.match(cluster) ?? []) folded += foldCharacter(part)
  return folded
}

export type FoldedText = {
  /** The folded characters (code points). */
  readonly characters: readonly string[]
  /** For each folded character, where what it came from starts and ends in the text, in UTF-16 units. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Folds a text and remembers where each folded character came from. */
export function foldTextWithOrigins(text: string): FoldedText {
  const characters: string[] = []
  const starts: number[] = []
  const ends: number[] = []
  for (const match of text.matchAll(cluster)) {
    for (const character of foldCharacter(match[0])) {
      characters.push(character)
      starts.push(match.index)
      ends.push(match.index + match[0].length)
    }
  }
  return { characters, starts, ends }
}

/** A combining mark changes the character before it, so it cannot be folded alone. */
export function isCombiningMark(character: string): boolean {
  return marks.test(character)
}

export type CharacterKind = 'han' | 'letter' | 'digit' | 'other'

/** The script of a folded character; a change of it inside a name starts a new word. */
export function characterKind(character: string): CharacterKind {
  if (/^[0-9]$/.test(character)) return 'digit'
  if (/^\p{Script=Han}$/u.test(character) || character === '〇') return 'han'
  if (/^\p{L}$/u.test(character)) return 'letter'
  return 'other'
}
