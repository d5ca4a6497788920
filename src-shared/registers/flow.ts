import type { Field, RecordValues } from '../fields/field.ts'

/**
 * How a record of a register goes from stage to stage (已受理 → 已审核 → …). The stage is a stored code in an automatic
 * field; only a step moves it. Plain data: the acts, the menus and the queries follow from it.
 */
export type Flow = {
  /** The automatic code field that holds the stage. */
  readonly field: string
  /** The stage after a save of these values; `stored` is the stage before, null for a new record. */
  readonly stageAfterSave: (values: RecordValues, stored: string | null) => string
  readonly steps: readonly FlowStep[]
  /** Stages nobody sets: a record in one of `from` whose day has passed is shown, and asked for, as `shownAs`. */
  readonly lapses: readonly {
    readonly from: readonly string[]
    /** A date field of the register; the day itself is still in time. */
    readonly day: string
    readonly shownAs: string
  }[]
}

/** One act that moves a record on. */
export type FlowStep = {
  /** Names the act in requests; unique in its register. */
  readonly name: string
  /** What menus and buttons call it. */
  readonly label: string
  /** The stored stages it starts from. */
  readonly from: readonly string[]
  readonly to: string
  /** What it asks for; each is an automatic field of the register, where the answer is stored. */
  readonly asks: Readonly<Record<string, Field>>
}

/** The stage a person is shown: the stored one, or the one its day has made of it. `today` is `YYYY-MM-DD`. */
export function shownStage(flow: Flow, values: RecordValues, today: string): string | null {
  const stored = values[flow.field]
  if (typeof stored !== 'string') return null
  for (const lapse of flow.lapses) {
    const day = values[lapse.day]
    if (lapse.from.includes(stored) && typeof day === 'string' && day < today) return lapse.shownAs
  }
  return stored
}
