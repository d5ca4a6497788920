import type { Field, RecordValues } from '../fields/field.ts'
import type { Register } from './register.ts'

/**
 * How a record of a register goes from stage to stage (已受理 → 已审核 → …). The stage is a stored code in an automatic
 * field; only a step moves it. Plain data: the acts, the menus and the queries follow from it.
 */
export type Flow = {
  /** The automatic code field that holds the stage. */
  readonly field: string
  /** The stage after a save of these values; `stored` is the stage before, null for a new record. */
  readonly stageAfterSave: (values: RecordValues, stored: string | null) => string
  /** Date fields with which it begins; no step is before the earliest of them. */
  readonly begins: readonly string[]
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
  /** Answers the dialog starts with: the name of who works here, unless the record has one, or a text. */
  readonly startsWith?: Readonly<Record<string, 'accountName' | { readonly text: string }>>
  /** Answers that are one record's own: another may have the same only where it agrees in the second field. */
  readonly own?: Readonly<Record<string, { readonly unlessSame: string }>>
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

/** The step of a name, if there is one. */
export function findStep(flow: Flow, name: string): FlowStep | undefined {
  return flow.steps.find((step) => step.name === name)
}

/** The steps that start from a stored stage, in their order. */
export function listStepsFrom(flow: Flow, stage: string | null): readonly FlowStep[] {
  return flow.steps.filter((step) => stage !== null && step.from.includes(stage))
}

/** Whether a date field says when something was done; the others are days that lie ahead. */
export function isDayOfAct(field: Field): boolean {
  return field.kind === 'date' && !field.allowsFuture
}

/** The days of the steps that may have come before a step, its own included where it can be done again. */
export function listEarlierDays(flow: Flow, step: FlowStep): readonly string[] {
  const stages = new Set(step.from)
  const earlier = new Set<FlowStep>()
  for (let before = -1; before !== earlier.size;) {
    before = earlier.size
    for (const each of flow.steps) {
      if (!stages.has(each.to)) continue
      earlier.add(each)
      for (const stage of each.from) stages.add(stage)
    }
  }
  const inOrder = flow.steps.filter((each) => earlier.has(each))
  const days = inOrder.flatMap(({ asks }) =>
    Object.entries(asks).flatMap(([name, field]) => (isDayOfAct(field) ? [name] : [])),
  )
  return [...new Set(days)]
}

/** What a stage that is shown is made of: stored stages, and where a day has to be past or still in time. */
export type StageMatch = {
  readonly stages: readonly string[]
  readonly day?: { readonly field: string; readonly isPast: boolean }
}

/** The stored stages and days that are shown as a stage: the question behind 「状态 is 逾期」. Any of the matches counts. */
export function listStageMatches(flow: Flow, shown: string): readonly StageMatch[] {
  const lapsed = flow.lapses.filter((lapse) => lapse.shownAs === shown)
  if (lapsed.length > 0)
    return lapsed.map((lapse) => ({ stages: lapse.from, day: { field: lapse.day, isPast: true } }))
  const lapsing = flow.lapses.find((lapse) => lapse.from.includes(shown))
  return [
    lapsing === undefined
      ? { stages: [shown] }
      : { stages: [shown], day: { field: lapsing.day, isPast: false } },
  ]
}

/** Whether nothing but a step fills the field: its register computes it at no save. */
export function isFilledByStep(register: Register, field: string): boolean {
  const steps = register.flow?.steps ?? []
  return register.fields[field]?.isAutomatic === true && steps.some((step) => Object.hasOwn(step.asks, field))
}
