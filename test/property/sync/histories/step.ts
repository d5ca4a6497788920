import fc from 'fast-check'
import type { Harm } from '../../../support/proxy/harm.ts'

/** Stations of a history. Most have two, some three. */
export const MOST_STATIONS = 3

/** What is done to a round's requests, in their order; null leaves one in peace. */
export type Harms = readonly (Harm | null)[]

/**
 * One step of a history. `record`, `choice` and `at` are taken modulo what there is; a step that has nothing to work on, or that the
 * program refuses, does nothing.
 */
export type Step =
  | { readonly act: 'create'; readonly station: number; readonly choice: number; readonly isBroken: boolean }
  | { readonly act: 'edit'; readonly station: number; readonly record: number; readonly choice: number }
  | {
      readonly act: 'cancel' | 'restore' | 'delete' | 'repair' | 'hold' | 'release' | 'sendOne' | 'withdraw'
      readonly station: number
      readonly record: number
    }
  | { readonly act: 'merge'; readonly station: number; readonly record: number; readonly choice: number }
  | { readonly act: 'unmerge' | 'dismiss' | 'photo'; readonly station: number; readonly record: number }
  | { readonly act: 'resolve'; readonly station: number; readonly record: number; readonly choice: number }
  | { readonly act: 'sync'; readonly station: number; readonly harms: Harms }
  | { readonly act: 'syncAll' }
  /** The client's process ends between two transactions, at the so-maniest request of a round. */
  | {
      readonly act: 'crashClient'
      readonly station: number
      readonly atRequest: number
      readonly isBeforeServer: boolean
    }
  /** The server's process ends; `atRequest` of a round of the station, before or after it has acted. */
  | {
      readonly act: 'crashServer'
      readonly station: number
      readonly atRequest: number
      readonly isBeforeServer: boolean
    }
  | { readonly act: 'backUpServer' | 'restoreServer' | 'fiveWeeksPass' }
  | {
      readonly act: 'copyClient' | 'restoreClient' | 'removeLog' | 'rebuild' | 'check'
      readonly station: number
    }
  | { readonly act: 'changeOperator'; readonly station: number }

export type Act = Step['act']

const station = fc.nat({ max: MOST_STATIONS - 1 })
const record = fc.nat({ max: 11 })
const choice = fc.nat({ max: 255 })
const atRequest = fc.nat({ max: 4 })
const isBeforeServer = fc.boolean()

const harm: fc.Arbitrary<Harm | null> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom('requestLost', 'answerLost', 'duplicated', 'reordered', 'replayed')
      .map((kind) => ({ kind }) as Harm),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('cut', 'reset', 'flipped'),
      direction: fc.constantFrom('up', 'down'),
      // Behind the head of a message: a flipped length would only be waited for.
      afterBytes: fc.integer({ min: 420, max: 1_400 }),
    }) as fc.Arbitrary<Harm>,
  },
)

function of<Kind extends Act>(
  act: Kind,
  weight: number,
  rest: { readonly [Key in Exclude<keyof Extract<Step, { act: Kind }>, 'act'>]: fc.Arbitrary<unknown> },
): { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> } {
  return { weight, arbitrary: fc.record({ act: fc.constant(act), ...rest }) as unknown as fc.Arbitrary<Step> }
}

export const someStep: fc.Arbitrary<Step> = fc.oneof(
  of('create', 12, { station, choice, isBroken: fc.nat({ max: 3 }).map((each) => each === 0) }),
  of('edit', 34, { station, record, choice }),
  of('repair', 2, { station, record }),
  of('cancel', 4, { station, record }),
  of('restore', 6, { station, record }),
  of('delete', 3, { station, record }),
  of('merge', 8, { station, record, choice }),
  of('unmerge', 5, { station, record }),
  of('dismiss', 2, { station, record }),
  of('resolve', 14, { station, record, choice }),
  of('photo', 2, { station, record }),
  of('hold', 2, { station, record }),
  of('release', 5, { station, record }),
  of('sendOne', 2, { station, record }),
  of('withdraw', 8, { station, record }),
  of('sync', 30, { station, harms: fc.array(harm, { maxLength: 5 }) }),
  of('syncAll', 5, {}),
  of('crashClient', 3, { station, atRequest, isBeforeServer }),
  of('crashServer', 2, { station, atRequest, isBeforeServer }),
  of('backUpServer', 3, {}),
  of('restoreServer', 4, {}),
  of('fiveWeeksPass', 1, {}),
  of('copyClient', 3, { station }),
  of('restoreClient', 4, { station }),
  of('removeLog', 1, { station }),
  of('rebuild', 1, { station }),
  of('check', 1, { station }),
  of('changeOperator', 1, { station }),
)

/** A whole history: how many stations, how small batches and pages are, and what happens. */
export type History = {
  readonly stations: number
  readonly pushOps: number
  readonly pullRows: number
  readonly latencyMs: number
  readonly steps: readonly Step[]
}

const someCreate = fc.record({
  act: fc.constant('create' as const),
  station,
  choice,
  isBroken: fc.constant(false),
})

/** Unbiased: small numbers and short lists are no more worth trying here than others. */
export const someHistory: fc.Arbitrary<History> = fc.noBias(
  fc
    .record({
      stations: fc.constantFrom(2, 2, 3),
      pushOps: fc.integer({ min: 1, max: 4 }),
      pullRows: fc.integer({ min: 1, max: 5 }),
      latencyMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
      created: fc.array(someCreate, { minLength: 2, maxLength: 4 }),
      steps: fc.array(someStep, { minLength: 8, maxLength: 22 }),
    })
    // Everybody has something to meet over.
    .map(({ created, steps, ...rest }) => ({
      ...rest,
      steps: [...created, { act: 'syncAll' as const }, ...steps],
    })),
)
