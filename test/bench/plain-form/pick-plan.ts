import { pinyin } from 'pinyin-pro'

/** How an option of a Select is reached: what is typed into its search, then how often ArrowDown (or, negative, ArrowUp). */
export type PickPlan = {
  readonly typed: string
  readonly arrows: number
  /** Keys up to the moment the option is the active one; the key that takes it is not among them. */
  readonly keys: number
}

/** Keys that an input method needs for a text: what is to be counted. */
export type TypingCost = (text: string) => number

/** Whole pinyin of every run of Chinese characters and one key that confirms the run; other characters one key each. */
export const wholePinyinCost: TypingCost = (text) =>
  costByRun(text, (run) => pinyin(run, { toneType: 'none', type: 'array', v: true }).join('').length)

/** The kindest input method there could be: it guesses every run from one letter a character, at the first try. */
export const initialsCost: TypingCost = (text) => costByRun(text, (run) => [...run].length)

function costByRun(text: string, costOfRun: (run: string) => number): number {
  return [...text.matchAll(/\p{Script=Han}+|[^\p{Script=Han}]/gu)].reduce(
    (sum, [part]) => sum + (/^\p{Script=Han}/u.test(part) ? costOfRun(part) + 1 : 1),
    0,
  )
}

/**
 * The cheapest way to an option that a practised clerk could know: type the label from its beginning as far as it pays,
 * or nothing, then press ArrowDown or ArrowUp (the list goes round).
 *
 * @param active index of the active option of the whole list, or undefined while the list is closed: then one key opens it
 * @param starts where in the label typing may begin: only at 0, or anywhere
 */
export function planPick(
  labels: readonly string[],
  wanted: number,
  options: {
    readonly active: number | undefined
    readonly cost: TypingCost
    readonly starts: 'beginning' | 'anywhere'
  },
): PickPlan {
  const opening = options.active === undefined ? 1 : 0
  const direct = goRound(wanted - (options.active ?? 0), labels.length)
  let best: PickPlan = { typed: '', arrows: direct, keys: opening + Math.abs(direct) }
  const label = [...(labels[wanted] ?? '')]
  const lastStart = options.starts === 'beginning' ? 0 : label.length - 1
  for (let start = 0; start <= lastStart; start += 1) {
    // What the options before and after leave over shrinks with every character, so each step looks at the rest only.
    let rest = labels.map((_, index) => index)
    for (let end = start + 1; end <= label.length; end += 1) {
      const typed = label.slice(start, end).join('')
      const typing = options.cost(typed)
      if (typing >= best.keys) break
      rest = rest.filter((index) => labels[index]?.includes(typed))
      const arrows = goRound(rest.indexOf(wanted), rest.length)
      const keys = typing + Math.abs(arrows)
      if (keys < best.keys) best = { typed, arrows, keys }
    }
  }
  return best
}

/** The shorter way round a list. */
function goRound(steps: number, length: number): number {
  const down = ((steps % length) + length) % length
  return down <= length - down ? down : down - length
}
