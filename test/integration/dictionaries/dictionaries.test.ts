import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import type { SyncStatus } from '../../../src-shared/contract/types.ts'
import {
  employerValues,
  makeBackend,
  refusalOf,
  workers,
  type BackendFixture,
} from '../../support/backend-fixture.ts'
import { startProxy } from '../../support/proxy/start-proxy.ts'
import { makeFolder, PASSWORD, startTestServer, type TestServer } from '../sync/sync-world.ts'

type Backend = BackendFixture['backend']
type Progress = NonNullable<SyncStatus['progress']>

const MANY = 100_000
let folder: ReturnType<typeof makeFolder>
let server: TestServer
const fixtures: BackendFixture[] = []

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
})
afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.remove()
  await server.close()
  folder.remove()
})

/** Lays a table over the server's; each row code, name and (where it has one) the last day. */
async function importTable(
  name: string,
  rows: readonly (readonly [code: string, name: string])[],
  date = '2026-01-01',
): Promise<readonly string[]> {
  const file = join(folder.path, `${makeUuid()}.csv`)
  writeFileSync(file, `code,name\n${rows.map((row) => row.join(',')).join('\n')}\n`)
  return runCommand(
    server.database,
    'import-dictionary',
    ['--name', name, '--file', file, '--date', date],
    async () => '',
    Date.now(),
  )
}

const streets = (count: number, suffix = '路'): (readonly [string, string])[] =>
  Array.from({ length: count }, (_, index) => [
    String(9_990_000_000 + index),
    `${'东南西北'[index % 4] ?? ''}风${index}号${suffix}`,
  ])

async function openStation(port = server.port): Promise<BackendFixture> {
  const fixture = await makeBackend({ clock: createClock(), workers })
  fixtures.push(fixture)
  const { backend } = fixture
  const { settings } = await backend.call('app.state', {})
  await backend.call('settings.save', {
    settings: {
      ...settings,
      syncPeriodMinutes: 0,
      server: { ...settings.server, isEnabled: true, host: '127.0.0.1', port },
    },
  })
  // Signing in begins a round of its own.
  await backend.call('account.signIn', { accountName: 'clerk001', password: PASSWORD })
  return fixture
}

const source = (name: string) => ({ kind: 'dictionary', name }) as const
const countHere = (backend: Backend, name = 'street'): number =>
  Number(
    backend.context.store.read.pluck<number>(
      'SELECT count(*) FROM dictionary_entry WHERE dictionary = ?',
      name,
    )[0],
  )
async function find(backend: Backend, query: string, name = 'street'): Promise<readonly string[]> {
  const page = await backend.call('lookup.search', { source: source(name), query, offset: 0, limit: 5 })
  return page.entries.map((entry) => entry.name)
}

function progressOf(fixture: BackendFixture): readonly Progress[] {
  return fixture.events.flatMap((each) =>
    each.event === 'sync.changed' && each.payload.progress?.phase === 'dictionaries'
      ? [each.payload.progress]
      : [],
  )
}

describe('100,000 addresses', () => {
  test('come to a new station while it saves and searches', { timeout: 180_000 }, async () => {
    const lines = await importTable('street', streets(MANY))
    expect(lines.at(-1)).toContain(`第1版:新增${MANY}条`)
    const fixture = await openStation()
    const { backend } = fixture
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    let isDone = false
    const round = backend.call('sync.run', {}).finally(() => {
      isDone = true
    })
    let saves = 0
    let searches = 0
    while (!isDone) {
      await backend.call('employer.save', {
        id: makeUuid(),
        revision: 0,
        values: employerValues({ name: `单位${saves}` }),
        draftId: null,
      })
      saves += 1
      expect(await find(backend, '汉', 'ethnicity')).toContain('汉族')
      searches += 1
      // Faster than any clerk.
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    delay.disable()
    expect((await round).lastError).toBeNull()
    expect(countHere(backend)).toBe(MANY)
    // It really went on beside the entries.
    expect(saves).toBeGreaterThan(3)
    expect(searches).toBe(saves)
    console.log(
      `dictionary of ${MANY}: ${saves} saves beside it, longest pause of the backend ${Math.round(delay.max / 1e6)} ms (in a test run)`,
    )
    const seen = progressOf(fixture)
    expect(seen.length).toBeGreaterThan(1)
    expect(new Set(seen.map((each) => each.total))).toEqual(new Set([MANY]))
    expect(seen.map((each) => each.done)).toEqual(seen.map((each) => each.done).toSorted((a, b) => a - b))
    expect(await find(backend, '东风40000号路')).toEqual(['东风40000号路'])
  })

  test('after a cut in the middle the rest is enough', { timeout: 180_000 }, async () => {
    await importTable('street', streets(20_000))
    const proxy = await startProxy({ target: server.port, seed: 5 })
    try {
      const fixture = await openStation(proxy.port)
      const { backend } = fixture
      await backend.call('sync.run', {})
      expect(countHere(backend)).toBe(20_000)
      // A second table, whose third page never comes.
      await importTable('community', streets(20_000, '社区'))
      const questions = (): number =>
        proxy.requests.filter((each) => each.includes('/sync/1/dictionary')).length
      const before = questions()
      const cutThird = setInterval(() => {
        if (questions() >= before + 3) proxy.dropAll()
      }, 1)
      const status = await backend.call('sync.run', {})
      clearInterval(cutThird)
      const reached = countHere(backend, 'community')
      if (status.lastError !== null) {
        expect(reached).toBeGreaterThan(0)
        expect(reached).toBeLessThan(20_000)
      }
      const asked = questions()
      expect((await backend.call('sync.run', {})).lastError).toBeNull()
      expect(countHere(backend, 'community')).toBe(20_000)
      // 2,000 a page: what was here was not asked for again.
      expect(questions() - asked).toBeLessThanOrEqual(Math.ceil((20_000 - reached) / 2_000) + 1)
    } finally {
      await proxy.close()
    }
  })
})

describe('versions', () => {
  test('only what changed comes; nothing is asked where nothing did', async () => {
    const proxy = await startProxy({ target: server.port, seed: 1 })
    try {
      await importTable('street', streets(5_000))
      const { backend } = await openStation(proxy.port)
      await backend.call('sync.run', {})
      const stampOf = (): unknown =>
        backend.context.store.read.pluck("SELECT stamp FROM dictionary_stamp WHERE dictionary = 'street'")[0]
      const questions = (): number =>
        proxy.requests.filter((each) => each.includes('/sync/1/dictionary')).length
      const [before, stamp] = [questions(), Number(stampOf())]
      await backend.call('sync.run', {})
      expect([questions(), stampOf()]).toEqual([before, stamp])
      const changed = streets(5_000)
      changed[7] = ['9990000007', '改名街']
      changed.push(['9999999999', '新街'])
      expect((await importTable('street', changed)).at(-1)).toContain('第2版:新增1条,修改1条,停用0条')
      await backend.call('sync.run', {})
      expect(questions()).toBe(before + 1)
      // Two entries were touched, not five thousand.
      expect(Number(stampOf())).toBe(stamp + 2)
      expect(countHere(backend)).toBe(5_001)
    } finally {
      await proxy.close()
    }
  })

  test('a code that is retired stays readable and is not offered any more', async () => {
    const rows = streets(10)
    await importTable('employer-type', [
      ['20', '餐饮'],
      ['77', '旧类别'],
    ])
    await importTable('street', rows)
    const { backend } = await openStation()
    await backend.call('sync.run', {})
    const id = makeUuid()
    await backend.call('employer.save', {
      id,
      revision: 0,
      values: employerValues({ employerTypeCode: '77' }),
      draftId: null,
    })
    expect(await find(backend, '77', 'employer-type')).toEqual(['旧类别'])
    await importTable('employer-type', [['20', '餐饮']], '2020-01-01')
    await backend.call('sync.run', {})
    expect(await find(backend, '77', 'employer-type')).toEqual([])
    const shown = await backend.call('record.get', { register: 'employer', id, purpose: 'show' })
    expect(shown.labels['employerTypeCode']).toBe('旧类别')
    // The old record can still be worked on.
    await backend.call('employer.save', {
      id,
      revision: shown.revision,
      values: { ...shown.values, name: '改名' },
      draftId: null,
    })
    expect((await backend.call('sync.run', {})).setAsideCount).toBe(0)
    const unknown = await refusalOf(backend, 'employer.save', {
      id: makeUuid(),
      revision: 0,
      values: employerValues({ employerTypeCode: '78' }),
      draftId: null,
    })
    expect(unknown.message).toContain('不是字典中的值')
  })

  test('a newer version in the middle of a download is not lost', async () => {
    await importTable('street', streets(6_000))
    const proxy = await startProxy({ target: server.port, seed: 2 })
    try {
      const { backend } = await openStation(proxy.port)
      await backend.call('sync.cancel', {})
      let isChanged = false
      const changeOnce = setInterval(() => {
        const asked = proxy.requests.filter((each) => each.includes('/sync/1/dictionary')).length
        if (asked < 2 || isChanged) return
        isChanged = true
        // The first code, which has come already.
        const rows = streets(6_000)
        rows[0] = ['9990000000', '后来改名']
        void importTable('street', rows)
      }, 1)
      for (let round = 0; round < 4; round += 1) await backend.call('sync.run', {})
      clearInterval(changeOnce)
      expect(isChanged).toBe(true)
      await backend.call('sync.run', {})
      const nameOf = backend.context.store.read.pluck(
        "SELECT name FROM dictionary_entry WHERE dictionary = 'street' AND code = '9990000000'",
      )
      expect(nameOf).toEqual(['后来改名'])
      expect(countHere(backend)).toBe(6_000)
    } finally {
      await proxy.close()
    }
  })

  test('a server whose versions went back is compared from the first one', async () => {
    await importTable('street', streets(20))
    await importTable('street', streets(20, '街'))
    const { backend } = await openStation()
    await backend.call('sync.run', {})
    await server.database.updateTable('dictionary').set({ version: 1 }).execute()
    await server.database
      .updateTable('dictionary_entry')
      .set({ version: 1, name: '恢复的名称' })
      .where('code', '=', '9990000003')
      .execute()
    await backend.call('sync.run', {})
    expect(await find(backend, '恢复的名称')).toEqual(['恢复的名称'])
  })

  test('an import that was broken off is finished by the next one', async () => {
    await importTable('street', streets(10))
    // What it had written before it ended: entries of a version that was never told.
    await server.database
      .insertInto('dictionary_entry')
      .values({
        dictionary: 'street',
        code: '9990000010',
        name: '东风10号路',
        parent: null,
        mnemonic: null,
        valid_from: null,
        valid_to: null,
        version: 2,
      })
      .execute()
    const lines = await importTable('street', [...streets(10), ['9990000010', '东风10号路']])
    expect(lines.at(-1)).toContain('现为第2版')
    const { backend } = await openStation()
    await backend.call('sync.run', {})
    expect(countHere(backend)).toBe(11)
    const list = await runCommand(server.database, 'list', [], async () => '', 0)
    expect(list).toContain('字典 street 第2版 11条,其中0条有停用日期')
  })
})
