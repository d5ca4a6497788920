/** A station as the benchmark prepared it at the server. */
export type PreparedStation = {
  readonly stationCode: string
  readonly replica: string
  readonly token: string
}

/** What a crowd of simulated stations is told: where the server is, who they are, and what kind of day it is. */
export type CrowdOrder = {
  readonly port: number
  readonly usesTls: boolean
  readonly stations: readonly PreparedStation[]
  readonly seed: number
  readonly day: Day
}

export type Day =
  /** Rounds come by a timetable, whether the server keeps up or not. */
  | { readonly kind: 'compressed'; readonly rounds: number; readonly seconds: number }
  /** Every station sends batches of new records, one after the other, as fast as it is answered. */
  | { readonly kind: 'saturated'; readonly batch: number; readonly seconds: number }

/** What came of it. Times are milliseconds from before connecting to the last byte of the answer. */
export type CrowdReport = {
  readonly seconds: number
  readonly rounds: number
  readonly emptyRounds: number
  readonly ops: number
  readonly rowsPulled: number
  readonly times: Readonly<Record<RequestName, readonly number[]>>
  /** Whole rounds, and how late the latest began (the simulation itself was too slow then). */
  readonly roundTimes: readonly number[]
  readonly latestStart: number
  readonly errors: Readonly<Record<string, number>>
  readonly conflicts: number
}

export const REQUEST_NAMES = ['hello', 'push', 'pull'] as const
export type RequestName = (typeof REQUEST_NAMES)[number]
