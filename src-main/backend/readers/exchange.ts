import { buildRequest, timeLimitOf, type CommandName } from './commands.ts'
import { createFrameParser } from './frame-parser.ts'
import { describeAnswer, describeNoise, describeRequest } from './frame-log.ts'
import { isAnswerTo, parseResponse, type Response } from './response.ts'
import type { ByteTransport } from './transports/byte-transport.ts'

/** What became of a command. */
export type Outcome =
  | { readonly kind: 'answer'; readonly response: Response }
  /** Nothing that fits came within the command's time. */
  | { readonly kind: 'silence' }
  /** The line is gone. */
  | { readonly kind: 'lost' }

/** Commands over one open line, one after another. */
export type Exchange = {
  /** Sends a command when the one before has ended; never rejects. */
  readonly ask: (command: CommandName, timeLimitMs?: number) => Promise<Outcome>
  readonly isLost: () => boolean
  /** Called once, when the line is gone without being asked. */
  readonly onLost: (listener: () => void) => void
  readonly close: () => Promise<void>
}

type Waiting = {
  readonly command: CommandName
  readonly settle: (outcome: Outcome) => void
  /** Something came, whatever it is. */
  readonly noteBytes: () => void
}

/** An answer that has begun and does not go on for so long (ms) is over: its check byte was wrong, or its end is lost. */
const STALL_MS = 500

/** Asked for again and again while nothing happens: in the log once. */
const polled: ReadonlySet<CommandName> = new Set<CommandName>(['find', 'readAddress'])

export type ExchangeLog = (direction: 'out' | 'in' | 'note', text: string) => void

/**
 * Opens a transport and speaks over it. What arrived before a command is dropped, and an answer that cannot belong to the
 * command (it came late) is passed over.
 *
 * @throws TransportFailure when the transport cannot be opened
 */
export async function openExchange(transport: ByteTransport, log: ExchangeLog): Promise<Exchange> {
  const parser = createFrameParser()
  let waiting: Waiting | undefined
  let isLost = false
  let hearLost: () => void = () => undefined
  let queue: Promise<unknown> = Promise.resolve()

  /** What the reader was last asked and answered, where that is a poll. */
  let lastSign = ''
  /** A request that is not in the log yet: it gets there with what follows from it. */
  let untold: CommandName | undefined

  function tellRequest(): void {
    if (untold !== undefined) log('out', describeRequest(untold))
    untold = undefined
  }

  function noteLost(): void {
    if (isLost) return
    isLost = true
    waiting?.settle({ kind: 'lost' })
    hearLost()
  }

  transport.onLost(noteLost)
  transport.onData((chunk) => {
    const rejectedBefore = parser.rejectedBytes()
    waiting?.noteBytes()
    for (const body of parser.push(chunk)) {
      const response = parseResponse(body)
      if (response === undefined) continue
      const command = waiting?.command
      const fits = command !== undefined && isAnswerTo(command, response)
      const sign = fits && polled.has(command) ? `${command} ${response.status}` : ''
      if (sign === '' || sign !== lastSign) {
        tellRequest()
        log('in', describeAnswer(body, fits ? command : undefined))
      }
      lastSign = sign
      if (fits) waiting?.settle({ kind: 'answer', response })
    }
    const rejected = parser.rejectedBytes() - rejectedBefore
    if (rejected === 0 || !waiting) return
    tellRequest()
    log('note', describeNoise(rejected))
  })
  await transport.open()

  async function askNow(command: CommandName, timeLimitMs: number): Promise<Outcome> {
    if (isLost) return { kind: 'lost' }
    await transport.flush()
    parser.reset()
    return await new Promise<Outcome>((resolve) => {
      let stall: NodeJS.Timeout | undefined
      const settle = (outcome: Outcome): void => {
        if (waiting?.settle !== settle) return
        waiting = undefined
        clearTimeout(timer)
        clearTimeout(stall)
        resolve(outcome)
      }
      const giveUp = (why: string): void => {
        tellRequest()
        lastSign = ''
        log('note', why)
        settle({ kind: 'silence' })
      }
      const noteBytes = (): void => {
        clearTimeout(stall)
        stall = setTimeout(() => giveUp('应答不完整'), STALL_MS)
      }
      const timer = setTimeout(() => giveUp(`${timeLimitMs} ms 内没有应答`), timeLimitMs)
      waiting = { command, settle, noteBytes }
      untold = command
      transport.write(buildRequest(command)).catch((error: unknown) => {
        tellRequest()
        log('note', error instanceof Error ? error.message : '写入失败')
        noteLost()
        settle({ kind: 'lost' })
      })
    })
  }

  return {
    ask: (command, timeLimitMs = timeLimitOf(command)) => {
      const mine = queue.then(() => askNow(command, timeLimitMs))
      queue = mine
      return mine
    },
    isLost: () => isLost,
    onLost: (listener) => {
      hearLost = listener
    },
    close: async () => {
      isLost = true
      waiting?.settle({ kind: 'lost' })
      await transport.close()
    },
  }
}
