// What a clerk picked lately: at most 200 rows per dictionary and clerk, one number each.
//
// The number is a score on a logarithmic scale that never needs to be updated as time passes: picking a row at instant t adds 2^(t / half-life) to its
// weight, and log2 of the weight is kept. Two rows compare today as they will next week, because all weights fade alike.

/** A pick counts half as much after fourteen days. */
export const RECENCY_HALF_LIFE_DAYS = 14
/** Rows kept per dictionary and clerk; the weakest is dropped. */
export const RECENCY_LIMIT = 200

const halfLifeMilliseconds = RECENCY_HALF_LIFE_DAYS * 24 * 60 * 60 * 1000

/** Score of a row picked once at that instant (milliseconds UTC). Larger is more recent; 1 is one half-life. */
export function recencyOfPick(at: number): number {
  return at / halfLifeMilliseconds
}

/** Score after one more pick at `at`: log2(2^previous + 2^pick), computed without overflow. */
export function addPick(previous: number | undefined, at: number): number {
  const pick = recencyOfPick(at)
  if (previous === undefined) return pick
  const larger = Math.max(previous, pick)
  return larger + Math.log2(1 + 2 ** (Math.min(previous, pick) - larger))
}

/** How many picks made right now the score is worth (1 = one pick now, 0.5 = one pick fourteen days ago). */
export function recencyWeight(score: number, now: number): number {
  return 2 ** (score - recencyOfPick(now))
}

/**
 * The scores after the row `code` was picked at `at` (milliseconds UTC). Returns a new map of at most {@link RECENCY_LIMIT} rows; when one
 * too many, the weakest goes (among equals the one with the larger code), never the row just picked.
 */
export function touchRecent(
  scores: ReadonlyMap<string, number>,
  code: string,
  at: number,
): Map<string, number> {
  const next = new Map(scores)
  next.set(code, addPick(scores.get(code), at))
  while (next.size > RECENCY_LIMIT) {
    let weakest: string | undefined
    let weakestScore = Infinity
    for (const [candidate, score] of next) {
      if (candidate === code) continue
      if (score < weakestScore || (score === weakestScore && weakest !== undefined && candidate > weakest)) {
        weakest = candidate
        weakestScore = score
      }
    }
    if (weakest === undefined) break
    next.delete(weakest)
  }
  return next
}
