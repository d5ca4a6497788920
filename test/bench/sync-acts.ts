/** What the benchmark asks of a client's process, ours or the peer's; both answer each with an {@link ActAnswer}. */
export type Act =
  /** Writes new records here, by their numbers. Not measured. */
  | { readonly name: 'fill'; readonly from: number; readonly count: number }
  /** Changes one field of each. Not measured. */
  | { readonly name: 'edit'; readonly from: number; readonly count: number; readonly edit: number }
  /** Sends what waits here and stores the receipts. */
  | { readonly name: 'push' }
  /** Gets what the server has, and stores it. */
  | { readonly name: 'pull' }
  /** Both, as the timetable does it. */
  | { readonly name: 'round' }
  | { readonly name: 'end' }

export type ActAnswer = {
  readonly milliseconds: number
  /** Of a push: until the server had confirmed the last change; what follows is the rest of the round. */
  readonly confirmedAfter?: number
  /** Milliseconds of processor time of this process, its threads included. */
  readonly processor: number
  /** Records here, for the check that all arrived. */
  readonly records: number
  /** Peak resident memory of this process so far, bytes. */
  readonly peakMemory: number
  readonly error?: string
}

/** Answers acts until the benchmark says `end`. */
export function answerActs(client: {
  readonly perform: (
    act: Exclude<Act, { name: 'end' }>,
  ) => Promise<void | { readonly confirmedAfter: number }>
  readonly count: () => Promise<number>
  readonly end: () => Promise<void>
}): void {
  process.on('message', (message) => {
    const act = message as Act
    if (act.name === 'end') {
      void client.end().then(() => process.exit(0))
      return
    }
    const startedAt = performance.now()
    const usedBefore = process.cpuUsage()
    const answer = async (more: Partial<ActAnswer>): Promise<void> => {
      const milliseconds = performance.now() - startedAt
      const used = process.cpuUsage(usedBefore)
      const body: ActAnswer = {
        milliseconds,
        processor: (used.user + used.system) / 1_000,
        records: await client.count(),
        peakMemory: process.resourceUsage().maxRSS * 1_024,
        ...more,
      }
      process.send?.(body)
    }
    client.perform(act).then(
      (measured) => answer(measured ?? {}),
      (error: unknown) =>
        answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.send?.('ready')
}
