import { fork, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FromBackend, ToBackend } from '../../../src-shared/contract/messages.ts'
import { makeFolder, RESOURCES } from '../../support/backend-fixture.ts'

/** The backend as Electron's main process runs it: a process of its own, messages both ways. */
type BackendChild = {
  readonly child: ChildProcess
  readonly send: (message: ToBackend) => void
  readonly next: <Type extends FromBackend['type']>(
    type: Type,
    accept?: (message: Extract<FromBackend, { type: Type }>) => boolean,
  ) => Promise<Extract<FromBackend, { type: Type }>>
  readonly exit: Promise<number | null>
}

let folder: ReturnType<typeof makeFolder>
const children: ChildProcess[] = []

beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  folder.remove()
})

function startChild(answersKeyStore = true): BackendChild {
  const child = fork(join(RESOURCES, 'src-main', 'backend', 'backend.ts'), [], {
    execPath: process.execPath,
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(child)
  const received: FromBackend[] = []
  const listeners = new Set<() => void>()
  child.on('message', (message) => {
    const given = message as FromBackend
    if (given.type === 'askKeyStore' && answersKeyStore)
      child.send({ type: 'keyStoreAnswer', id: given.id, bytes: null, reason: 'none' })
    received.push(given)
    for (const listener of listeners) listener()
  })
  return {
    child,
    send: (message) => void child.send(message),
    exit: new Promise((resolve) => child.once('exit', (code) => resolve(code))),
    next: (type, accept = () => true) =>
      new Promise((resolve) => {
        const look = (): void => {
          const index = received.findIndex((message) => message.type === type && accept(message as never))
          if (index < 0) return
          listeners.delete(look)
          resolve(received.splice(index, 1)[0] as never)
        }
        listeners.add(look)
        look()
      }),
  }
}

const startMessage = (): ToBackend => ({
  type: 'start',
  dataFolder: join(folder.path, 'data'),
  resourcesFolder: RESOURCES,
  version: '1.2.3',
})

describe('the backend process', () => {
  it('opens, is ready, answers, stops with 0 and keeps what was stored', async () => {
    for (const round of [1, 2]) {
      const backend = startChild()
      backend.send(startMessage())
      // A request that comes before the store is open waits for it.
      backend.send({ type: 'request', id: 7, name: 'app.state', input: {} })
      await backend.next('ready')
      const state = await backend.next('response', (message) => message.id === 7)
      expect(state.result).toMatchObject({ ok: true, output: { version: '1.2.3', keyProtection: 'keyFile' } })
      backend.send({ type: 'request', id: 8, name: 'preference.read', input: { key: 'k' } })
      const read = await backend.next('response', (message) => message.id === 8)
      expect(read.result).toEqual({ ok: true, output: round === 1 ? null : 'kept' })
      backend.send({ type: 'request', id: 9, name: 'preference.write', input: { key: 'k', value: 'kept' } })
      await backend.next('response', (message) => message.id === 9)
      backend.send({ type: 'stop' })
      expect(await backend.exit).toBe(0)
    }
    // Nothing of the log stays beside a store that was closed in order.
    expect(existsSync(join(folder.path, 'data', 'store.db-wal'))).toBe(false)
  })

  it('answers queries on its thread', async () => {
    const backend = startChild()
    backend.send(startMessage())
    const query = {
      register: 'resident',
      conditions: [],
      statuses: ['active'],
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    }
    backend.send({ type: 'request', id: 1, name: 'record.count', input: { query } })
    const count = await backend.next('response')
    expect(count.result).toEqual({ ok: true, output: { total: 0 } })
    backend.send({ type: 'stop' })
    expect(await backend.exit).toBe(0)
  })

  it('tells why the store cannot be opened, refuses requests and leaves the file alone', async () => {
    const first = startChild()
    first.send(startMessage())
    await first.next('ready')
    first.send({ type: 'stop' })
    await first.exit
    const key = join(folder.path, 'data', 'store-key.json')
    writeFileSync(key, '{}')
    const before = readFileSync(join(folder.path, 'data', 'store.db'))
    const backend = startChild()
    backend.send(startMessage())
    const event = await backend.next('event')
    expect(event.message).toMatchObject({
      event: 'startup.failed',
      payload: { title: '本机数据库的密钥无法读取' },
    })
    backend.send({ type: 'request', id: 1, name: 'app.state', input: {} })
    expect((await backend.next('response')).result).toMatchObject({
      ok: false,
      error: { code: 'backendUnavailable' },
    })
    expect(readFileSync(join(folder.path, 'data', 'store.db')).equals(before)).toBe(true)
    backend.send({ type: 'stop' })
    expect(await backend.exit).toBe(0)
  })

  it('ends by itself when its main process is gone', async () => {
    const backend = startChild()
    backend.send(startMessage())
    await backend.next('ready')
    backend.child.disconnect()
    expect(await backend.exit).toBe(0)
  })

  it('takes the place of one that was killed', async () => {
    const first = startChild()
    first.send(startMessage())
    await first.next('ready')
    first.child.kill('SIGKILL')
    const second = startChild()
    second.send(startMessage())
    await second.next('ready')
    second.send({ type: 'stop' })
    expect(await second.exit).toBe(0)
  })
})
