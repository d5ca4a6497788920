import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import { coordinatorValues, makeBackend, refusalOf, saveNew, workers } from '../../support/backend-fixture.ts'
import type { BackendFixture } from '../../support/backend-fixture.ts'
import { makeFolder, PASSWORD, startTestServer, type TestServer } from '../sync/sync-world.ts'

/** What becomes of entries that were made in 单机模式 when the machine joins a server. */

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let fixture: BackendFixture
let backend: BackendFixture['backend']

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  fixture = await makeBackend({ clock: createClock(), workers })
  backend = fixture.backend
})
afterEach(async () => {
  await fixture.remove()
  await server.close()
  folder.remove()
})

async function importCommunities(...lines: readonly string[]): Promise<void> {
  const file = join(folder.path, `${makeUuid()}.csv`)
  writeFileSync(file, `code,name\n${lines.join('\n')}\n`)
  const date = ['--date', '2026-01-01']
  await runCommand(
    server.database,
    'import-dictionary',
    ['--name', 'community', '--file', file, ...date],
    async () => '',
    Date.now(),
  )
}
async function setServer(isEnabled: boolean): Promise<void> {
  const { settings } = await backend.call('app.state', {})
  const address = { host: '127.0.0.1', port: server.port }
  await backend.call('settings.save', {
    settings: { ...settings, syncPeriodMinutes: 0, server: { ...settings.server, ...address, isEnabled } },
  })
}
async function joinAs(accountName: string): Promise<void> {
  await setServer(true)
  await backend.call('account.signIn', { accountName, password: PASSWORD })
  await backend.call('sync.run', {})
}
/** An entry made here and a record that holds it. */
async function makeLocal(): Promise<{ readonly code: string; readonly id: string }> {
  const { code } = await backend.call('dictionary.proposeCode', { name: 'community' })
  const words = { entryName: '丹心社区', parentCode: null, mnemonic: '', validFrom: null }
  await backend.call('dictionary.addEntry', { name: 'community', code, ...words })
  const id = makeUuid()
  await saveNew(backend, 'coordinator', id, coordinatorValues({ communityCode: code }))
  return { code, id }
}
async function offered(query: string): Promise<readonly string[]> {
  const source = { kind: 'dictionary', name: 'community' } as const
  const { entries } = await backend.call('lookup.search', { source, query, offset: 0, limit: 5 })
  return entries.map(({ name }) => name)
}
const queued = async () =>
  (await backend.call('sync.queue', { state: null, offset: 0, limit: 10 })).rows.map(
    ({ n, state, reason }) => ({ n, state, reason }),
  )

test('a record with a code the server lacks comes back with both ways out; choosing another entry is one', async () => {
  const { code, id } = await makeLocal()
  expect(await backend.call('dictionary.localEntries', {})).toEqual([{ label: '社区', count: 1 }])
  await importCommunities('C1,乐民社区')
  await joinAs('clerk001')
  expect(await queued()).toEqual([
    {
      n: 1,
      state: 'setAside',
      reason: `所属社区:服务器的字典中没有代码「${code}」。记录仍在本机,没有丢失:请打开记录,从列表中另选后保存;或请管理员把该代码导入服务器字典,再单独上传。`,
    },
  ])
  // Offered no more, readable all the same.
  expect(await offered('dx')).toEqual([])
  expect(await offered('lm')).toEqual(['乐民社区'])
  const shown = await backend.call('record.get', { register: 'coordinator', id, purpose: 'show' })
  expect(shown.labels['communityCode']).toBe('丹心社区')
  const [entry] = (
    await backend.call('dictionary.entries', {
      name: 'community',
      query: 'dx',
      showsRetired: true,
      offset: 0,
      limit: 5,
    })
  ).rows
  expect(entry).toMatchObject({ code, origin: 'local', isInForce: false })
  const audit = backend.context.store.read.firstOf(
    "SELECT detail FROM audit WHERE act = 'dictionary.entryRetired'",
  )
  expect(JSON.parse(String(audit?.['detail']))).toEqual({
    dictionary: 'community',
    count: 1,
    reason: 'server',
  })

  await backend.call('coordinator.save', {
    id,
    revision: shown.revision,
    values: { ...shown.values, communityCode: 'C1' },
    draftId: null,
  })
  expect((await backend.call('sync.run', {})).setAsideCount).toBe(0)
  expect(await queued()).toEqual([])
})

test('the other: the administrator imports the code, and the record is sent as it is', async () => {
  const { code } = await makeLocal()
  await importCommunities('C1,乐民社区')
  await joinAs('clerk001')
  expect((await backend.call('sync.status', {})).setAsideCount).toBe(1)
  await importCommunities('C1,乐民社区', `${code},丹心社区`)
  await backend.call('sync.sendOne', { n: 1 })
  expect(await queued()).toEqual([])
  await backend.call('sync.run', {})
  expect(await offered('dx')).toEqual(['丹心社区'])
  expect(await backend.call('dictionary.localEntries', {})).toEqual([])
})

test('a server that keeps no such table takes the code, and retires nothing here', async () => {
  await makeLocal()
  await joinAs('clerk001')
  expect(await queued()).toEqual([])
  expect(await offered('dx')).toEqual(['丹心社区'])
})

test('the page knows the version and when it came; an own entry that was made between two servers goes as well', async () => {
  await importCommunities('C1,乐民社区')
  const before = Date.now()
  await joinAs('clerk001')
  const summary = async () =>
    (await backend.call('dictionary.list', {})).find(({ name }) => name === 'community')
  const version = (await summary())?.server
  expect(version?.version).toBe(1)
  expect(version?.fetchedAt).toBeGreaterThan(before - 60_000)
  expect((await summary())?.refusal).toContain('由服务器下发')
  await setServer(false)
  expect((await summary())?.refusal).toBeNull()
  await makeLocal()
  await setServer(true)
  // The version has not changed meanwhile: nothing is fetched, and the own entry is retired all the same.
  await backend.call('sync.run', {})
  expect((await summary())?.server).toEqual(version)
  expect(await offered('dx')).toEqual([])
})

test('a viewer changes nothing, also where no server is set any more', async () => {
  await joinAs('viewer001')
  await setServer(false)
  expect(backend.context.account()?.role).toBe('viewer')
  const words = { entryName: '甲社区', parentCode: null, mnemonic: '' }
  for (const [act, input] of [
    ['dictionary.proposeCode', {}],
    ['dictionary.addEntry', { code: 'X1', ...words, validFrom: null }],
    ['dictionary.correctEntry', { code: 'X1', ...words }],
    ['dictionary.retireEntry', { code: 'X1', lastDay: '2026-03-16' }],
    ['dictionary.reinstateEntry', { code: 'X1' }],
    ['dictionary.previewImport', { path: '/nowhere.csv', isComplete: false }],
  ] as const)
    expect(await refusalOf(backend, act, { name: 'community', ...input }), act).toMatchObject({
      code: 'notAllowed',
      message: expect.stringContaining('只能查看'),
    })
  const path = '/nowhere.csv'
  const asked = { name: 'community', path, isComplete: false, hash: '0'.repeat(64) }
  expect((await refusalOf(backend, 'dictionary.import', asked)).code).toBe('notAllowed')
  const list = await backend.call('dictionary.list', {})
  expect(list.find(({ name }) => name === 'community')?.refusal).toBe('查询员账号只能查看,不能更改字典。')
})
