import type { EventMessage } from '../../src-shared/contract/events.ts'
import type { FromBackend, ToBackend } from '../../src-shared/contract/messages.ts'
import { createBackend, type Backend } from './create-backend.ts'
import { canSetAside } from './database/set-store-aside.ts'
import { toStoreFailure } from './database/store-failure.ts'
import type { KeyStore } from './database/store-key.ts'
import { openLog } from './log-file.ts'

/** The line to Electron's main process: `parentPort` inside a utility process, else the child process's own. */
type Line = {
  readonly send: (message: FromBackend) => void
  readonly listen: (listener: (message: ToBackend) => void) => void
}

type ParentPort = {
  readonly postMessage: (message: unknown) => void
  readonly on: (event: 'message', listener: (message: { readonly data: unknown }) => void) => void
}

function findParentPort(): ParentPort | undefined {
  const { parentPort } = process as unknown as { readonly parentPort?: ParentPort }
  return parentPort
}

function openLine(): Line {
  const port = findParentPort()
  if (port) {
    return {
      send: (message) => port.postMessage(message),
      listen: (listener) => port.on('message', (message) => listener(message.data as ToBackend)),
    }
  }
  return {
    // A message to a main process that is gone is lost with it: see `disconnect`.
    send: (message) =>
      void (process.connected ? process.send?.(message, undefined, {}, () => undefined) : false),
    listen: (listener) => void process.on('message', (message) => listener(message as ToBackend)),
  }
}

/** In the tree a thread's source is run as it is; in a build it stands beside this file. */
function findWorkers(): { readonly query: URL; readonly lookup: URL; readonly backup: URL } {
  const isSource = import.meta.url.endsWith('.ts')
  return {
    query: new URL(isSource ? './queries/query-worker.ts' : './query-worker.js', import.meta.url),
    lookup: new URL(isSource ? './lookup/lookup-worker.ts' : './lookup-worker.js', import.meta.url),
    backup: new URL(isSource ? './backups/backup-worker.ts' : './backup-worker.js', import.meta.url),
  }
}

function serve(line: Line): void {
  const keyAnswers = new Map<number, (bytes: Buffer | null) => void>()
  let nextKeyQuestion = 1
  let backend: Promise<Backend> | undefined

  function askKeyStore(act: 'wrap' | 'unwrap', bytes: Buffer): Promise<Buffer | null> {
    const id = nextKeyQuestion
    nextKeyQuestion += 1
    return new Promise((resolve) => {
      keyAnswers.set(id, resolve)
      line.send({ type: 'askKeyStore', id, act, bytes: bytes.toString('base64') })
    })
  }
  const keyStore: KeyStore = {
    wrap: (bytes) => askKeyStore('wrap', bytes),
    unwrap: (bytes) => askKeyStore('unwrap', bytes),
  }
  const emit = (message: EventMessage): void => line.send({ type: 'event', message })

  async function start(message: Extract<ToBackend, { type: 'start' }>): Promise<Backend> {
    const log = openLog(message.dataFolder)
    try {
      const started = await createBackend({ ...message, keyStore, emit, workers: findWorkers() })
      line.send({ type: 'ready' })
      return started
    } catch (error) {
      const failure = toStoreFailure(error, message.dataFolder)
      log(`start failed: ${failure.kind} ${failure.stack ?? failure.message}`)
      emit({
        event: 'startup.failed',
        payload: {
          title: failure.title,
          detail: failure.detail,
          advice: failure.advice,
          ...(canSetAside(failure.kind) ? { canSetAside: true } : {}),
        },
      })
      throw failure
    }
  }

  async function stop(): Promise<void> {
    const started = await backend?.catch(() => undefined)
    await started?.stop()
    process.exit(0)
  }

  async function answer(message: Extract<ToBackend, { type: 'request' }>): Promise<void> {
    const started = await backend?.catch(() => undefined)
    const result = started
      ? await started.request(message.name, message.input)
      : ({
          ok: false,
          error: { code: 'backendUnavailable', message: '本机数据库没有打开,请重新打开程序。' },
        } as const)
    line.send({ type: 'response', id: message.id, result })
  }

  line.listen((message) => {
    switch (message.type) {
      case 'start':
        backend ??= start(message)
        // Told as an event already; requests are refused from now on.
        backend.catch(() => undefined)
        return
      case 'request':
        void answer(message)
        return
      case 'keyStoreAnswer':
        keyAnswers.get(message.id)?.(message.bytes === null ? null : Buffer.from(message.bytes, 'base64'))
        keyAnswers.delete(message.id)
        return
      case 'stop':
        stop().catch(() => process.exit(1))
        return
    }
  })
  // Without its main process a backend has nobody to serve; what was answered as saved is on disk.
  process.on('disconnect', () => {
    stop().catch(() => process.exit(1))
  })
}

serve(openLine())
