import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import type { RequestOutput } from '../../../src-shared/contract/requests.ts'
import {
  coordinatorValues,
  employerValues,
  makeBackend,
  makeFolder,
  type BackendFixture,
} from '../../support/backend-fixture.ts'
import { PASSWORD, startTestServer, type TestServer } from './sync-world.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
const fixtures: BackendFixture[] = []

async function openStation(accountName: string): Promise<BackendFixture['backend']> {
  const fixture = await makeBackend({ clock: createClock() })
  fixtures.push(fixture)
  const { backend } = fixture
  const { settings } = await backend.call('app.state', {})
  await backend.call('settings.save', {
    settings: {
      ...settings,
      server: { ...settings.server, isEnabled: true, host: '127.0.0.1', port: server.port },
    },
  })
  await backend.call('account.signIn', { accountName, password: PASSWORD })
  await backend.call('sync.run', {})
  return backend
}

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  for (const [name, csv] of [
    ['community', 'code,name\n999901001,丹心社区\n'],
    ['street', 'code,name\n9999010001,东风路\n'],
  ] as const) {
    const file = join(folder.path, `${name}.csv`)
    writeFileSync(file, csv)
    await runCommand(
      server.database,
      'import-dictionary',
      ['--name', name, '--file', file],
      async () => '',
      Date.now(),
    )
  }
})

afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.remove()
  await server.close()
  folder.remove()
})

test('through the requests of two clients: signed in, typed, uploaded, seen at the other station, found in its look-ups', async () => {
  const first = await openStation('clerk001')
  const second = await openStation('clerk002')
  expect((await first.call('app.state', {})).account).toEqual({
    accountName: 'clerk001',
    displayName: '操作员001',
    role: 'clerk',
    stationCode: '001',
    stationName: '测试站001',
  })
  // The community came with the first round.
  const coordinatorId = makeUuid()
  const saved = await first.call('coordinator.save', {
    id: coordinatorId,
    revision: 0,
    values: coordinatorValues(),
    draftId: null,
  })
  expect(saved.record).toMatchObject({ uploadState: 'pending', stationCode: '001' })
  const employerId = makeUuid()
  await first.call('employer.save', {
    id: employerId,
    revision: 0,
    values: employerValues({ coordinatorId }),
    draftId: null,
  })
  expect((await first.call('sync.status', {})).pendingCount).toBe(2)
  expect(await first.call('sync.run', {})).toMatchObject({
    pendingCount: 0,
    setAsideCount: 0,
    lastError: null,
  })
  const uploaded = await get(first, 'employer', employerId)
  expect(uploaded.uploadState).toBe('uploaded')

  await second.call('sync.run', {})
  const seen = await get(second, 'employer', employerId)
  expect(seen.values).toEqual(uploaded.values)
  expect(seen).toMatchObject({ uploadState: 'uploaded', stationCode: '001', title: uploaded.title })
  const found = await second.call('lookup.search', {
    source: { kind: 'register', name: 'employer' },
    query: 'dxjl',
    offset: 0,
    limit: 10,
  })
  expect(found.entries.map((entry) => entry.code)).toEqual([employerId])
  const history = await second.call('record.history', { register: 'employer', id: employerId })
  expect(history).toMatchObject([{ act: 'created', by: '操作员001' }])

  // A form that was opened before the other station's edit came does not overwrite it.
  await first.call('employer.save', {
    id: employerId,
    revision: uploaded.revision,
    values: { ...uploaded.values, telephone: '13900000009' },
    draftId: null,
  })
  await first.call('sync.run', {})
  await second.call('sync.run', {})
  const stale = await second.request('employer.save', {
    id: employerId,
    revision: seen.revision,
    values: { ...seen.values, remarks: '旧表单' },
    draftId: null,
  })
  expect(stale).toMatchObject({ ok: false, error: { code: 'changedMeanwhile' } })
  expect((await get(second, 'employer', employerId)).values['telephone']).toBe('13900000009')
})

test('wrong passwords and missing servers are refused in words', async () => {
  const first = await openStation('clerk001')
  expect(await first.request('account.signIn', { accountName: 'clerk001', password: 'wrong' })).toMatchObject(
    {
      ok: false,
      error: { code: 'serverRefused', message: '账号或密码不对,请核对后重新输入。' },
    },
  )
  const { port } = server
  await server.close()
  expect(
    await first.request('account.signIn', { accountName: 'clerk001', password: PASSWORD }),
  ).toMatchObject({ ok: false, error: { code: 'serverUnreachable' } })
  // Local work goes on, and the account stays signed in.
  await first.call('employer.save', { id: makeUuid(), revision: 0, values: employerValues(), draftId: null })
  expect(await first.call('sync.run', {})).toMatchObject({ isOnline: false, pendingCount: 1 })
  expect((await first.call('app.state', {})).account?.accountName).toBe('clerk001')
  expect(
    await first.call('server.test', {
      host: '127.0.0.1',
      port,
      usesTls: false,
      allowsPlain: false,
      authority: '',
    }),
  ).toMatchObject({ ok: false })
  server = await startTestServer(folder.path)
})

function get(
  backend: BackendFixture['backend'],
  register: 'employer',
  id: string,
): Promise<RequestOutput<'record.get'>> {
  return backend.call('record.get', { register, id, purpose: 'show' })
}
