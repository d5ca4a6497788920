import { getStatusMeaning } from '../../../src-shared/readers/status-words.ts'
import type {
  ReaderConnection,
  ReaderLineStatus,
  ReaderState,
} from '../../../src-shared/readers/reader-types.ts'
import { openExchange, type Exchange, type ExchangeLog } from './exchange.ts'
import { firstMachineState, stepMachine, type MachineAct, type MachineEvent } from './reader-machine.ts'
import { formatSamId, type CardContent } from './response.ts'
import { TransportFailure, toTransportFailure, type ByteTransport } from './transports/byte-transport.ts'

/** A place where a reader is, or could be. */
export type ReaderTarget = {
  /** Tells it from others, and is what a settings text names. */
  readonly key: string
  readonly label: string
  readonly connection: ReaderConnection
  /** The adapter or device is one that readers have: what hinders its use is worth a notice. */
  readonly isKnown: boolean
  /** Rates to try; `[0]` for lines without one. */
  readonly baudRates: readonly number[]
  readonly createTransport: (baudRate: number) => ByteTransport
}

/** What F2 gets from one reader. */
export type ReadNowOutcome =
  | { readonly kind: 'card' }
  | { readonly kind: 'problem'; readonly sentence: string }
  | { readonly kind: 'none' }

export type ReaderLineOptions = {
  readonly target: ReaderTarget
  /** True for a port that was typed: it is opened again and again. Else the line ends when it is lost, and is found anew. */
  readonly reopens: boolean
  readonly isAutomatic: () => boolean
  /** A card was put on; answers the sentence that says why it is none, or null. */
  readonly onCard: (content: CardContent, addresses: readonly Uint8Array[]) => string | null
  readonly onStatus: () => void
  /** The line is over: nobody answered there, or it was lost. */
  readonly onEnd: (why: LineEnd) => void
  readonly log: ExchangeLog
  readonly pollMs: number
  /** First pause (ms) before a line is opened again; doubled up to {@link LONGEST_PAUSE_MS}. */
  readonly reopenMs: number
  /** Monotonic milliseconds. */
  readonly now: () => number
}

export type LineEnd =
  | { readonly kind: 'stopped' }
  /** It was in use and is gone. */
  | { readonly kind: 'lost' }
  /** Something is there, but no reader answers. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'failed'; readonly failure: TransportFailure }

export type ReaderLine = {
  readonly status: () => ReaderLineStatus
  /** F2: waits a few seconds for a card. */
  readonly readNow: () => Promise<ReadNowOutcome>
  /** The module's number, asked for now; undefined when nobody answers. */
  readonly askSamId: () => Promise<string | undefined>
  /** What lies on the reader and was read, or null. */
  readonly presentCard: () => CardContent | null
  readonly stop: () => Promise<void>
}

const LONGEST_PAUSE_MS = 5_000
/** A notice about a card stays at least so long (ms), whatever the reader says meanwhile. */
const NOTICE_MS = 5_000
const DOUBT_NOTICE_MS = 15_000
const FAULT_PAUSE_MS = 2_000
const PROBE_LIMIT_MS = 400
const FIRST_PROBE_LIMIT_MS = 2_000

/** Opens a target and finds out whether a reader answers there, at which rate. @throws TransportFailure */
export async function connectReader(
  target: ReaderTarget,
  log: ExchangeLog,
  isWanted: () => boolean = () => true,
): Promise<
  { readonly exchange: Exchange; readonly samId: string | null; readonly fault: string | null } | undefined
> {
  for (const [index, baudRate] of target.baudRates.entries()) {
    if (!isWanted()) return undefined
    const exchange = await openExchange(target.createTransport(baudRate), log)
    if (target.baudRates.length > 1) log('note', `波特率 ${baudRate}`)
    // The usual rate is given the time that a reader takes to wake up.
    const tries = index === 0 ? Math.ceil(FIRST_PROBE_LIMIT_MS / PROBE_LIMIT_MS) : 1
    for (let attempt = 0; attempt < tries && !exchange.isLost() && isWanted(); attempt += 1) {
      const outcome = await exchange.ask('status', PROBE_LIMIT_MS)
      if (outcome.kind !== 'answer') continue
      const { action, sentence } = getStatusMeaning(outcome.response.status)
      if (action === 'retry') continue
      const sam = await exchange.ask('samId')
      const samId = sam.kind === 'answer' ? formatSamId(sam.response.data) : undefined
      return { exchange, samId: samId ?? null, fault: action === 'readerFault' ? sentence : null }
    }
    await exchange.close()
  }
  return undefined
}

/** One reader: opens it, polls it, reads cards, and comes back after it was gone. */
export function startReaderLine(options: ReaderLineOptions): ReaderLine {
  const { target, now, log } = options
  let state: ReaderState = 'connecting'
  let notice: string | null = null
  let noticeUntil = 0
  let samId: string | null = null
  let machine = firstMachineState
  let isStopped = false
  let exchange: Exchange | undefined
  let wake: () => void = () => undefined
  let askers: ((outcome: ReadNowOutcome) => void)[] = []
  const jobs: ((exchange: Exchange) => Promise<void>)[] = []

  function show(next: ReaderState, sentence: string | null, holdMs = 0): void {
    const isChanged = state !== next || notice !== sentence
    state = next
    notice = sentence
    noticeUntil = now() + holdMs
    if (isChanged) options.onStatus()
  }

  function answerAskers(outcome: ReadNowOutcome): void {
    const answered = askers
    askers = []
    for (const answer of answered) answer(outcome)
  }

  function rest(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Carries out one event and all that follows from it. */
  async function carryOut(open: Exchange, first: MachineEvent): Promise<'go on' | 'reopen'> {
    const events: MachineEvent[] = [first]
    for (let event = events.shift(); event; event = events.shift()) {
      const step = stepMachine(machine, event)
      machine = step.state
      for (const act of step.acts) {
        if (act.do === 'reopen') return 'reopen'
        if (act.do !== 'send') {
          await tell(act)
          continue
        }
        if (act.command === 'select' || act.command === 'readCard') show('reading', null)
        const outcome = await open.ask(act.command)
        if (outcome.kind === 'lost') return 'reopen'
        const { command } = act
        events.push(
          outcome.kind === 'answer'
            ? { type: 'answer', at: now(), command, response: outcome.response }
            : { type: 'silence', at: now(), command },
        )
      }
    }
    if (state === 'reading') show('ready', notice)
    return 'go on'
  }

  async function tell(act: Exclude<MachineAct, { do: 'send' | 'reopen' }>): Promise<void> {
    switch (act.do) {
      case 'tellCard': {
        const problem = options.onCard(act.content, act.addresses)
        show('ready', problem, problem === null ? 0 : NOTICE_MS)
        answerAskers(problem === null ? { kind: 'card' } : { kind: 'problem', sentence: problem })
        return
      }
      case 'tellProblem': {
        log('note', act.sentence)
        const holdMs = act.action === 'cardDoubtful' ? DOUBT_NOTICE_MS : NOTICE_MS
        show(act.action === 'readerFault' ? 'fault' : 'ready', act.sentence, holdMs)
        answerAskers({ kind: 'problem', sentence: act.sentence })
        if (act.action === 'readerFault') await rest(FAULT_PAUSE_MS)
        return
      }
      case 'tellNoCard':
        answerAskers({ kind: 'none' })
        return
      case 'tellSame':
        show('ready', null)
        return
      case 'tellWell':
        if (notice !== null && now() >= noticeUntil) show('ready', null)
        else if (state !== 'ready') show('ready', notice, noticeUntil - now())
    }
  }

  /** Until the line is lost, the reader goes silent, or the line is stopped. */
  async function serve(open: Exchange): Promise<void> {
    machine = stepMachine(machine, { type: 'reset' }).state
    open.onLost(() => wake())
    while (!isStopped && !open.isLost()) {
      for (let job = jobs.shift(); job; job = jobs.shift()) await job(open)
      const next = await carryOut(open, { type: 'poll', at: now(), isAutomatic: options.isAutomatic() })
      if (next === 'reopen') return
      if (!isStopped && !open.isLost() && jobs.length === 0) await rest(options.pollMs)
    }
  }

  async function run(): Promise<LineEnd> {
    let pauseMs = options.reopenMs
    for (;;) {
      let end: LineEnd
      try {
        end = await serveOnce()
        if (end.kind === 'lost') pauseMs = options.reopenMs
      } catch (error) {
        const failure = toTransportFailure(error, target.label, process.platform)
        log('note', failure.message)
        end = { kind: 'failed', failure }
        // Of a place that was found, not typed, whoever found it decides what is worth a word.
        if (options.reopens) show(failure.kind === 'missing' ? 'absent' : 'fault', failure.message)
      }
      answerAskers({ kind: 'problem', sentence: notice ?? '读卡器没有连接好,请检查连线。' })
      if (isStopped) return { kind: 'stopped' }
      if (!options.reopens) return end
      await rest(pauseMs)
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      if (isStopped) return { kind: 'stopped' }
    }
  }

  async function serveOnce(): Promise<LineEnd> {
    // Kept while it is tried again: a notice that comes and goes with every try cannot be read.
    if (notice === null) show('connecting', null)
    const connected = await connectReader(target, log, () => !isStopped)
    if (!connected) {
      if (options.reopens) show('fault', `${target.label} 上没有读卡器应答,请检查连线和端口。`)
      return { kind: 'silent' }
    }
    exchange = connected.exchange
    samId = connected.samId
    try {
      if (connected.fault !== null) {
        show('fault', connected.fault)
        await rest(FAULT_PAUSE_MS)
        return { kind: 'silent' }
      }
      show('ready', null)
      await serve(exchange)
      const wasLost = exchange.isLost()
      samId = null
      if (!isStopped) {
        show(
          wasLost ? 'absent' : 'fault',
          wasLost
            ? `读卡器 ${target.label} 已断开,插好后自动恢复,录入可以继续。`
            : `读卡器 ${target.label} 没有应答,正在重新连接;若不恢复,请重新插拔读卡器。`,
        )
      }
      return { kind: 'lost' }
    } finally {
      const closing = exchange
      exchange = undefined
      samId = null
      await closing.close()
      // Whoever still waits learns that the line is gone.
      for (let job = jobs.shift(); job; job = jobs.shift()) await job(closing)
    }
  }

  const running = run().then(options.onEnd)

  return {
    status: () => ({ label: target.label, connection: target.connection, state, notice, samId }),
    readNow: () =>
      new Promise((resolve) => {
        if (!exchange) {
          resolve({ kind: 'problem', sentence: notice ?? `正在连接读卡器 ${target.label},请稍候再按 F2。` })
          return
        }
        askers.push(resolve)
        machine = stepMachine(machine, { type: 'ask', at: now() }).state
        wake()
      }),
    askSamId: () =>
      new Promise((resolve) => {
        if (!exchange) {
          resolve(undefined)
          return
        }
        // Between two courses: find, select and read are never parted.
        jobs.push(async (open) => {
          const outcome = await open.ask('samId')
          resolve(outcome.kind === 'answer' ? formatSamId(outcome.response.data) : undefined)
        })
        wake()
      }),
    // Without auto-read nobody looks whether it is there still.
    presentCard: () => (options.isAutomatic() && machine.phase === 'waitRemoval' ? machine.content : null),
    stop: async () => {
      isStopped = true
      wake()
      await exchange?.close()
      await running
    },
  }
}
