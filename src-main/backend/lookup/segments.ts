// The ways to cut a term into pieces, one a character, as far as the sorted keys reach.
import { LONGEST_SPELLING, REST_BEGINS } from '../../../src-shared/pinyin/syllables.ts'
import { BY_SYLLABLE, UNKNOWN, syllablesOf, type Pieces, type Term } from './query-plan.ts'
import { KEY_LENGTH, initialOf } from './suffix-keys.ts'

/** One way to cut a term: a set of keys in which every match cut that way is found. */
export type Segment = {
  /** Syllables the first character may have, ascending. */
  readonly syllables: readonly number[]
  /** Initials of the following characters, five bits each, the second character's highest. */
  readonly initials: number
  /** Characters covered: 1 … KEY_LENGTH. */
  readonly count: number
  /** Whether the segment covers the whole term. */
  readonly isFull: boolean
  /** Whether every key in the set is a match (by the readings of the key). */
  readonly isCertain: boolean
  /** The rarest literal among the characters covered, as a base symbol, and which character it is; -1 when there is none. */
  readonly literal: number
  readonly literalAt: number
}

/** What segments need to know of a dictionary. */
export type SegmentContext = {
  /** Usual syllables of the symbols of a base symbol (重: zhong, chong). */
  readonly syllablesOfBase: (base: number) => readonly number[]
  /** Initial of a syllable number. */
  readonly initials: Uint8Array
  /** A bit for every three neighbouring initials that occur. */
  readonly trigrams: Uint32Array
  /** In how many places a base symbol stands. */
  readonly countOfBase: (base: number) => number
}

/** Whether the term can be finished from each place on; the last is the end. */
function finishable(term: Term): Uint8Array {
  const end = term.text.length
  const can = new Uint8Array(end + 1)
  can[end] = 1
  for (let at = end - 1; at >= 0; at--) {
    const literal = term.literals[at]!
    if (literal === UNKNOWN) continue
    if (literal !== BY_SYLLABLE) {
      can[at] = can[at + term.literalLengths[at]!]!
      continue
    }
    const lengths = term.pieces[at]!.lengths
    if ((lengths & REST_BEGINS) !== 0) can[at] = 1
    else
      for (let length = 1; length <= LONGEST_SPELLING && at + length <= end; length++)
        if ((lengths & (1 << length)) !== 0 && can[at + length] === 1) can[at] = 1
  }
  return can
}

/** The rarest literal on the way. */
type Path = { readonly literal: number; readonly literalAt: number }
const noLiteral: Path = { literal: -1, literalAt: 0 }

/** All ways to cut the term, cut off after KEY_LENGTH characters. Empty when the term matches no name. */
export function segmentsOf(term: Term, context: SegmentContext): Segment[] {
  const end = term.text.length
  const can = finishable(term)
  const segments: Segment[] = []
  if (can[0] !== 1) return segments
  const seen = new Set<number>()
  let syllables: readonly number[] = []
  let firstKind = 0
  let firstInitial = 0

  const rarer = (path: Path, literal: number, at: number): Path =>
    path.literal < 0 || context.countOfBase(literal) < context.countOfBase(path.literal)
      ? { literal, literalAt: at }
      : path

  const add = (initials: number, count: number, isFull: boolean, isCertain: boolean, path: Path): void => {
    const identity =
      (((((firstKind * 32 + firstInitial) * 8 + count) * 8 + path.literalAt) * 2 + (isFull ? 1 : 0)) * 2 +
        (isCertain ? 1 : 0)) *
        2 ** 20 +
      initials
    if (seen.has(identity)) return
    seen.add(identity)
    segments.push({
      syllables,
      initials: initials << (5 * (KEY_LENGTH - count)),
      count,
      isFull,
      isCertain,
      literal: path.literal,
      literalAt: path.literalAt,
    })
  }

  /** `before` are the two initials before, ten bits, once there are two. */
  const extend = (
    at: number,
    initials: number,
    count: number,
    before: number,
    isCertain: boolean,
    path: Path,
  ): void => {
    if (count === KEY_LENGTH) {
      add(initials, count, false, false, path)
      return
    }
    const literal = term.literals[at]!
    const place = (
      initial: number,
      next: number,
      isRest: boolean,
      isStillCertain: boolean,
      nextPath: Path,
    ): void => {
      const trigram = (before << 5) | initial
      if (count >= 2 && (context.trigrams[trigram >>> 5]! & (1 << (trigram & 31))) === 0) return
      const extended = (initials << 5) | initial
      if (isRest || next === end) add(extended, count + 1, true, isStillCertain, nextPath)
      else extend(next, extended, count + 1, ((before & 31) << 5) | initial, isStillCertain, nextPath)
    }
    if (literal !== BY_SYLLABLE) {
      const next = at + term.literalLengths[at]!
      if (can[next] !== 1) return
      const distinct = new Set(
        context.syllablesOfBase(literal).map((syllable) => context.initials[syllable]!),
      )
      for (const initial of distinct) place(initial, next, false, false, rarer(path, literal, count))
      return
    }
    const { lengths } = term.pieces[at] as Pieces
    const initial = initialOf(term.text.charAt(at))
    // One letter is the whole of what a key tells of the character; a digit shares its initial with another digit.
    const isLetter = initial < 27
    if ((lengths & REST_BEGINS) !== 0)
      place(initial, end, true, isCertain && isLetter && end - at === 1, path)
    for (let length = 1; length <= LONGEST_SPELLING && at + length < end; length++)
      if ((lengths & (1 << length)) !== 0 && can[at + length] === 1)
        place(initial, at + length, false, isCertain && isLetter && length === 1, path)
  }

  const literal = term.literals[0]!
  if (literal !== BY_SYLLABLE) {
    const next = term.literalLengths[0]!
    for (const syllable of new Set(context.syllablesOfBase(literal))) {
      syllables = [syllable]
      // Two syllables with one initial must not pass for each other: the kind tells them apart.
      firstKind++
      firstInitial = context.initials[syllable]!
      if (next === end) add(0, 1, true, false, rarer(noLiteral, literal, 0))
      else extend(next, 0, 1, firstInitial, false, rarer(noLiteral, literal, 0))
    }
    return segments
  }
  const pieces = term.pieces[0] as Pieces
  firstInitial = initialOf(term.text.charAt(0))
  if ((pieces.lengths & REST_BEGINS) !== 0) {
    syllables = syllablesOf(pieces, 0)
    add(0, 1, true, true, noLiteral)
  }
  for (let length = 1; length <= LONGEST_SPELLING && length < end; length++) {
    if ((pieces.lengths & (1 << length)) === 0 || can[length] !== 1) continue
    syllables = syllablesOf(pieces, length)
    firstKind = length
    extend(length, 0, 1, firstInitial, true, noLiteral)
  }
  return segments
}
