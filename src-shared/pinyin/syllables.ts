// How a syllable may be typed.

/** All ways to write a syllable: ü (v in the table) is v, u or yu; after j, q, x and y, where u means ü, also v. */
export function spellingsOf(syllable: string): readonly string[] {
  if (syllable.startsWith('lv') || syllable.startsWith('nv')) {
    const consonant = syllable.charAt(0)
    const rest = syllable.slice(2)
    return [syllable, `${consonant}u${rest}`, `${consonant}yu${rest}`]
  }
  if (/^[jqxy]u/.test(syllable)) return [syllable, `${syllable.charAt(0)}v${syllable.slice(2)}`]
  return [syllable]
}

/** The longest spelling has six letters (zhuang). */
export const LONGEST_SPELLING = 6
/** Bit 0 of {@link typedLengths}: all that remains of the query is the beginning of the syllable (or all of it). */
export const REST_BEGINS = 1

/**
 * Which parts of the query, from `at` on, may stand for the syllable: bit n (1 ≤ n ≤ 6) is set when the next n letters do. A syllable is typed as
 * its first letter, as zh/ch/sh, or in full; at the very end of the query also as far as the query goes, which bit 0 (REST_BEGINS) tells.
 */
export function typedLengths(query: string, at: number, syllable: string): number {
  const first = query.charCodeAt(at)
  if (syllable.charCodeAt(0) !== first) return 0
  let lengths = 1 << 1
  const remaining = query.length - at
  const isFlatOrCurled = first === 0x7a || first === 0x63 || first === 0x73
  if (
    isFlatOrCurled &&
    remaining >= 2 &&
    syllable.charCodeAt(1) === 0x68 &&
    query.charCodeAt(at + 1) === 0x68
  )
    lengths |= 1 << 2
  const spellings = spellingsOf(syllable)
  for (const spelling of spellings) if (query.startsWith(spelling, at)) lengths |= 1 << spelling.length
  if (remaining <= LONGEST_SPELLING) {
    const rest = query.slice(at)
    for (const spelling of spellings) if (spelling.startsWith(rest)) lengths |= REST_BEGINS
  }
  return lengths
}
