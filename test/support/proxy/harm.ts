/** `up`: from the client to the server. */
export type Direction = 'up' | 'down'

/**
 * What is done to the bytes of one connection; works in front of TLS too.
 * `cut` ends both sides after so many bytes · `reset` ends them with RST · `stalled` forwards nothing more and closes nothing ·
 * `truncated` leaves out `bytes` bytes and goes on · `flipped` turns one bit of the next byte.
 */
export type ByteHarm =
  | {
      readonly kind: 'cut' | 'reset' | 'stalled' | 'flipped'
      readonly direction: Direction
      readonly afterBytes: number
    }
  | {
      readonly kind: 'truncated'
      readonly direction: Direction
      readonly afterBytes: number
      readonly bytes: number
    }

/**
 * What is done to one whole HTTP request; only where the line is plain HTTP (the proxy never opens TLS).
 * `requestLost`: the server never sees it · `answerLost`: the server acts, the client hears nothing · `duplicated`: delivered twice, the
 * copy on a connection of its own · `reordered`: taken from the client's connection, which ends, and delivered after a later request was
 * answered · `replayed`: a copy is delivered again after a later request was answered.
 */
export type MessageHarm = {
  readonly kind: 'requestLost' | 'answerLost' | 'duplicated' | 'reordered' | 'replayed'
}

/** `unanswered`: the connection is accepted and read, and nothing ever comes back (half-open from the start). */
export type Harm = ByteHarm | MessageHarm | { readonly kind: 'unanswered' }
export type HarmKind = Harm['kind'] | 'refused'

export const HARM_KINDS = [
  'cut',
  'reset',
  'stalled',
  'truncated',
  'flipped',
  'unanswered',
  'requestLost',
  'answerLost',
  'duplicated',
  'reordered',
  'replayed',
  'refused',
] as const satisfies readonly HarmKind[]

/** How likely each harm is: per request of a plain HTTP line, else per connection (0–1; together at most 1). */
export type HarmPlan = Readonly<Partial<Record<Exclude<HarmKind, 'refused'>, number>>>

/** How the line is when it works. */
export type LineConditions = {
  /** Milliseconds that each piece is under way, one way. */
  readonly latencyMs?: number
  /** Up to so many milliseconds more, by the seed; order is kept. */
  readonly jitterMs?: number
  /** Bytes a second, each way. */
  readonly bytesPerSecond?: number
}

export type HarmCounts = Record<HarmKind, number>

export type ProxyOptions = {
  /** Port on 127.0.0.1 of what stands behind. */
  readonly target: number
  readonly seed: number
  /** Port to listen on; 0 or absent for a free one. */
  readonly port?: number
  /** Plain HTTP (default), or bytes it does not look into (TLS). */
  readonly protocol?: 'http' | 'bytes'
  /** Where in a message or connection a planned byte harm strikes: below so many bytes (default 2,000). */
  readonly withinBytes?: number
}

/** What can be changed while it runs; the same for one in this process and one in another. */
export type ProxyControl = {
  /** From now on harms happen by chance; `{}` for none. */
  readonly setPlan: (plan: HarmPlan) => void | Promise<void>
  /**
   * The next request (of a plain HTTP line) or connection gets this harm (null: none), before anything planned; several
   * queue up.
   */
  readonly harmNext: (harm: Harm | null) => void | Promise<void>
  /** Whatever {@link harmNext} has queued and nothing came for is not done. */
  readonly forgetHarms: () => void | Promise<void>
  readonly setLine: (line: LineConditions) => void | Promise<void>
  /** Another server behind (a restarted one). */
  readonly setTarget: (port: number) => void | Promise<void>
  /** Refuses connections (nobody listens) and resets the open ones, or takes them again, on the same port. */
  readonly setRefusing: (isRefusing: boolean) => Promise<void>
  /** Ends every open connection and forgets what is held back. */
  readonly dropAll: () => void | Promise<void>
  /** How often each harm was really done. */
  readonly counts: () => HarmCounts | Promise<HarmCounts>
  readonly close: () => Promise<void>
}
