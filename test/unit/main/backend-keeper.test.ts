import { describe, expect, test } from 'vitest'
import { keepBackend } from '../../../src-main/backend-keeper.ts'
import type { BackendListeners } from '../../../src-main/backend-process.ts'
import type { EventMessage } from '../../../src-shared/contract/events.ts'
import type { ToBackend } from '../../../src-shared/contract/messages.ts'

const startMessage = {
  type: 'start',
  dataFolder: '/data',
  resourcesFolder: '/resources',
  version: '1.0.0',
} as const

/** A keeper over processes that do only what the test says. */
function setUp() {
  const processes: { sent: ToBackend[]; listeners: BackendListeners; isKilled: boolean }[] = []
  const told: EventMessage[] = []
  const logged: string[] = []
  let now = 0
  let isGivenUp = false
  const keeper = keepBackend({
    start: (listeners) => {
      const started = { sent: [] as ToBackend[], listeners, isKilled: false }
      processes.push(started)
      return {
        kind: 'node',
        send: (message) => started.sent.push(message),
        kill: () => {
          started.isKilled = true
        },
      }
    },
    startMessage,
    askKeyStore: (act, bytes) => Promise.resolve({ bytes: `${act}ped ${bytes}`, reason: null }),
    tell: (message) => told.push(message),
    onGivenUp: () => {
      isGivenUp = true
    },
    log: { path: 'main.log', write: (event) => logged.push(event) },
    outputLog: { path: 'backend.log', append: () => undefined },
    now: () => now,
  })
  const latest = () => {
    const process = processes.at(-1)
    if (process === undefined) throw new Error('no process was started')
    return process
  }
  return {
    keeper,
    processes,
    told,
    logged,
    latest,
    isGivenUp: () => isGivenUp,
    passTime: (ms: number) => {
      now += ms
    },
  }
}

describe('keepBackend', () => {
  test('says where everything is before anything else', () => {
    const { latest } = setUp()
    expect(latest().sent).toEqual([startMessage])
  })

  test('holds requests until the backend is ready, then relays them and their results', async () => {
    const { keeper, latest, told } = setUp()
    const first = keeper.request('app.state', {})
    expect(latest().sent).toHaveLength(1)
    latest().listeners.onMessage({ type: 'ready' })
    expect(latest().sent.at(1)).toEqual({ type: 'request', id: 1, name: 'app.state', input: {} })
    expect(told).toEqual([{ event: 'backend.started', payload: {} }])

    const second = keeper.request('sync.status', {})
    latest().listeners.onMessage({ type: 'response', id: 2, result: { ok: true, output: 'second' } })
    latest().listeners.onMessage({ type: 'response', id: 1, result: { ok: true, output: 'first' } })
    expect(await Promise.all([first, second])).toEqual([
      { ok: true, output: 'first' },
      { ok: true, output: 'second' },
    ])
  })

  test('answers the backend when it asks for the key store', async () => {
    const { latest } = setUp()
    latest().listeners.onMessage({ type: 'askKeyStore', id: 7, act: 'wrap', bytes: 'QQ==' })
    await Promise.resolve()
    expect(latest().sent.at(-1)).toEqual({
      type: 'keyStoreAnswer',
      id: 7,
      bytes: 'wrapped QQ==',
      reason: null,
    })
  })

  test('starts a backend that died again, refuses what was under way and tells the page', async () => {
    const { keeper, latest, processes, told } = setUp()
    latest().listeners.onMessage({ type: 'ready' })
    const lost = keeper.request('resident.save', {})
    latest().listeners.onExit(139)
    expect(await lost).toMatchObject({ ok: false, error: { code: 'backendUnavailable' } })
    expect(processes).toHaveLength(2)
    expect(told.at(-1)).toEqual({
      event: 'backend.stopped',
      payload: { willRestart: true, logPath: 'backend.log' },
    })
    expect(keeper.standingEvents()).toHaveLength(1)

    latest().listeners.onMessage({ type: 'ready' })
    expect(told.at(-1)).toEqual({ event: 'backend.started', payload: {} })
    expect(keeper.standingEvents()).toEqual([])
  })

  test('long work at the start is repeated to a page that comes late, until it is finished', () => {
    const { keeper, latest } = setUp()
    const tell = (isFinished: boolean): void =>
      latest().listeners.onMessage({
        type: 'event',
        message: { event: 'work.progress', payload: { label: '升级', done: 1, total: 3, isFinished } },
      })
    tell(false)
    expect(keeper.standingEvents()).toMatchObject([{ event: 'work.progress', payload: { label: '升级' } }])
    tell(true)
    expect(keeper.standingEvents()).toEqual([])
    tell(false)
    latest().listeners.onExit(1)
    expect(keeper.standingEvents()).toMatchObject([{ event: 'backend.stopped' }])
  })

  test('gives up at the third death within a minute', async () => {
    const { keeper, latest, processes, isGivenUp, told } = setUp()
    latest().listeners.onExit(1)
    latest().listeners.onExit(1)
    expect(isGivenUp()).toBe(false)
    latest().listeners.onExit(1)
    expect(isGivenUp()).toBe(true)
    expect(processes).toHaveLength(3)
    expect(told.at(-1)).toMatchObject({ event: 'backend.stopped', payload: { willRestart: false } })
    expect(await keeper.request('app.state', {})).toMatchObject({
      ok: false,
      error: { code: 'backendUnavailable' },
    })
  })

  test('does not give up when deaths are far apart', () => {
    const { latest, processes, isGivenUp, passTime } = setUp()
    for (let death = 0; death < 6; death += 1) {
      latest().listeners.onExit(1)
      passTime(31_000)
    }
    expect(isGivenUp()).toBe(false)
    expect(processes).toHaveLength(7)
  })

  test('a store that cannot be opened is told, repeated to a page that comes late, and not tried again', async () => {
    const { keeper, latest, processes, told } = setUp()
    const early = keeper.request('app.state', {})
    const payload = { title: '数据库无法打开', detail: '密钥不对', advice: '请恢复备份' }
    latest().listeners.onMessage({ type: 'event', message: { event: 'startup.failed', payload } })
    expect(await early).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('数据库无法打开') },
    })
    latest().listeners.onExit(1)
    expect(processes).toHaveLength(1)
    expect(told).toEqual([{ event: 'startup.failed', payload }])
    expect(keeper.standingEvents()).toEqual([{ event: 'startup.failed', payload }])
    expect(await keeper.request('app.state', {})).toMatchObject({ ok: false })
  })

  test('stop lets the backend finish and does not take its end for a death', async () => {
    const { keeper, latest, processes, told } = setUp()
    latest().listeners.onMessage({ type: 'ready' })
    const stopped = keeper.stop()
    expect(latest().sent.at(-1)).toEqual({ type: 'stop' })
    latest().listeners.onExit(0)
    await stopped
    expect(processes).toHaveLength(1)
    expect(told.map((message) => message.event)).toEqual(['backend.started'])
  })

  test('writes the name and code of a failed request to the log, and no value', () => {
    const { keeper, latest, logged } = setUp()
    latest().listeners.onMessage({ type: 'ready' })
    void keeper.request('resident.save', { name: '张三' })
    const error = { code: 'storage', message: '磁盘已满' } as const
    latest().listeners.onMessage({ type: 'response', id: 1, result: { ok: false, error } })
    expect(logged).toEqual(['backend.start', 'backend.ready', 'request.failed'])
  })
})
