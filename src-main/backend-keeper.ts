import type { RequestResult } from '../src-shared/contract/errors.ts'
import type { EventMessage } from '../src-shared/contract/events.ts'
import type { FromBackend, ToBackend } from '../src-shared/contract/messages.ts'
import type { BackendListeners, BackendProcess } from './backend-process.ts'
import type { KeyStoreAnswer } from './key-store.ts'
import type { Log } from './log.ts'

export type BackendKeeper = {
  /** Passes a checked request on and answers its result; never rejects. */
  readonly request: (name: string, input: unknown) => Promise<RequestResult<unknown>>
  /** Lets the backend finish and end; resolves when it has, or after five seconds with its end enforced. */
  readonly stop: () => Promise<void>
  /** Events that still hold, for a page that starts to listen late. */
  readonly standingEvents: () => readonly EventMessage[]
}

export type KeeperOptions = {
  readonly start: (listeners: BackendListeners) => BackendProcess
  readonly startMessage: Extract<ToBackend, { type: 'start' }>
  readonly askKeyStore: (act: 'wrap' | 'unwrap', bytes: string) => Promise<KeyStoreAnswer>
  readonly tell: (message: EventMessage) => void
  /** Called when the backend died too often and is not started again. */
  readonly onGivenUp: () => void
  readonly log: Log
  readonly outputLog: { readonly append: (text: string) => void; readonly path: string }
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

const deathsBeforeGivingUp = 3
const deathWindowMs = 60_000
const stopLimitMs = 5_000

type Waiting = { readonly name: string; readonly resolve: (result: RequestResult<unknown>) => void }

/**
 * Keeps one backend process running: starts it, holds requests until it is ready, relays both ways, and starts it again
 * when it dies. Three deaths within a minute, or a start that failed for a reason the clerk has to mend, end that.
 */
export function keepBackend(options: KeeperOptions): BackendKeeper {
  const waiting = new Map<number, Waiting>()
  let held: ToBackend[] = []
  let nextId = 1
  let process: BackendProcess | undefined
  let isReady = false
  let deaths: number[] = []
  let startupFailure: Extract<EventMessage, { event: 'startup.failed' }> | undefined
  let work: Extract<EventMessage, { event: 'work.progress' }> | undefined
  let stopped: Extract<EventMessage, { event: 'backend.stopped' }> | undefined
  let onStopped: (() => void) | undefined

  function start(): void {
    isReady = false
    const started = options.start({
      onMessage: receive,
      onExit: noteExit,
      onOutput: options.outputLog.append,
    })
    process = started
    options.log.write('backend.start', { kind: started.kind })
    started.send(options.startMessage)
  }

  function receive(message: FromBackend): void {
    switch (message.type) {
      case 'ready': {
        isReady = true
        stopped = undefined
        options.log.write('backend.ready')
        for (const request of held) process?.send(request)
        held = []
        options.tell({ event: 'backend.started', payload: {} })
        return
      }
      case 'response': {
        const request = waiting.get(message.id)
        waiting.delete(message.id)
        if (request !== undefined && !message.result.ok) {
          options.log.write('request.failed', { name: request.name, code: message.result.error.code })
        }
        request?.resolve(message.result)
        return
      }
      case 'event': {
        if (message.message.event === 'work.progress')
          work = message.message.payload.isFinished ? undefined : message.message
        if (message.message.event === 'startup.failed') {
          startupFailure = message.message
          options.log.write('backend.startupFailed', { title: message.message.payload.title })
          refuseAll()
        }
        options.tell(message.message)
        return
      }
      case 'askKeyStore': {
        const asker = process
        void options.askKeyStore(message.act, message.bytes).then((answer) => {
          if (answer.reason !== null) options.log.write('keyStore.unavailable', { act: message.act })
          asker?.send({ type: 'keyStoreAnswer', id: message.id, bytes: answer.bytes, reason: answer.reason })
        })
      }
    }
  }

  function noteExit(code: number | null): void {
    process = undefined
    isReady = false
    work = undefined
    options.log.write('backend.exit', { code })
    if (onStopped !== undefined) {
      refuseAll()
      onStopped()
      return
    }
    // Requests under way may or may not have been carried out: the page must ask, not repeat.
    refuseAll()
    if (startupFailure !== undefined) return
    deaths = [...deaths.filter((at) => options.now() - at < deathWindowMs), options.now()]
    const willRestart = deaths.length < deathsBeforeGivingUp
    stopped = { event: 'backend.stopped', payload: { willRestart, logPath: options.outputLog.path } }
    options.tell(stopped)
    if (willRestart) {
      start()
      return
    }
    options.log.write('backend.givenUp')
    options.onGivenUp()
  }

  function refuseAll(): void {
    held = []
    for (const request of waiting.values()) request.resolve(unavailable())
    waiting.clear()
  }

  function unavailable(): RequestResult<unknown> {
    const message =
      startupFailure === undefined
        ? '后台程序意外停止,刚才的操作可能没有完成。已录入的内容保存在草稿里,请稍候再试。'
        : `${startupFailure.payload.title}:${startupFailure.payload.advice}`
    return { ok: false, error: { code: 'backendUnavailable', message } }
  }

  start()

  return {
    request: (name, input) => {
      const isGone = process === undefined || startupFailure !== undefined || onStopped !== undefined
      if (isGone) return Promise.resolve(unavailable())
      const id = nextId
      nextId += 1
      return new Promise((resolve) => {
        waiting.set(id, { name, resolve })
        const request: ToBackend = { type: 'request', id, name, input }
        if (isReady) process?.send(request)
        else held.push(request)
      })
    },
    stop: () => {
      const running = process
      if (running === undefined) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          options.log.write('backend.killed')
          running.kill()
          resolve()
        }, stopLimitMs)
        onStopped = () => {
          clearTimeout(timer)
          resolve()
        }
        running.send({ type: 'stop' })
      })
    },
    standingEvents: () => [startupFailure, work, stopped].filter((event) => event !== undefined),
  }
}
