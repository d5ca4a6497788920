import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { coordinatorValues, employerValues, refusalOf } from '../../support/backend-fixture.ts'
import { addServerStreets, openStation, type Station } from './station-world.ts'
import { listServerRecords, makeFolder, startTestServer, type TestServer } from './sync-world.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let station: Station

const open = (port = server.port): Promise<Station> =>
  openStation({ ...server, port }, 'clerk001', { dataFolder: join(folder.path, 'station') })

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  await addServerStreets(server, folder.path)
  station = await open()
})

afterEach(async () => {
  await station.stop()
  await server.close()
  folder.remove()
})

const old = (): string => join(folder.path, 'station', 'store.db.before-rebuild')
const setting = (name: string): unknown =>
  station.backend.context.store.read.firstOf('SELECT value FROM setting WHERE name = ?', name)?.['value']

test('a rebuilt store has everything that waited, at once, and everything else from the server', async () => {
  const uploaded = await station.create('employer', employerValues({ name: '已上传' }))
  const edited = await station.create('employer', employerValues({ name: '改过' }))
  const twins = [
    await station.create('coordinator', coordinatorValues({ name: '王甲' })),
    await station.create('coordinator', coordinatorValues({ name: '王乙' })),
  ] as const
  await station.sync()
  const replica = setting('sync.replica')
  // What waits: an edit, a new record, a merge, something refused, a draft.
  await station.change('employer', edited, { remarks: '未上传' })
  const created = await station.create('employer', employerValues({ name: '新增' }))
  await station.call('record.merge', {
    register: 'coordinator',
    winnerId: twins[0],
    loserId: twins[1],
    picks: { name: 'loser' },
  })
  const draftId = makeUuid()
  await station.call('draft.write', {
    draft: {
      id: draftId,
      register: 'employer',
      recordId: null,
      revision: 0,
      inputs: { name: { text: '半份', value: '半份' } },
      focusedField: 'name',
      caret: 2,
      pinnedFields: [],
      batchCount: 0,
      openedFrom: null,
      updatedAt: 1,
    },
  })
  const historyBefore = await station.call('record.history', { register: 'employer', id: edited })
  const { message } = await station.call('store.rebuild', {})
  expect(message).toContain('重新启动')
  // What is typed before the restart is carried over as well.
  await station.change('employer', created, { telephone: '13900000088' })
  await station.stop()

  // Without a line at first: nothing that waits has to come from the server.
  station = await open(1)
  expect(existsSync(old())).toBe(true)
  expect(station.find('employer', edited)?.values).toMatchObject({ name: '改过', remarks: '未上传' })
  expect(station.find('employer', created)?.values['telephone']).toBe('13900000088')
  expect(station.find('coordinator', twins[0])?.values['name']).toBe('王乙')
  expect(station.find('coordinator', twins[1])).toBeUndefined()
  expect(station.find('employer', uploaded)).toBeUndefined()
  expect((await station.call('draft.list', {})).map((draft) => draft.id)).toEqual([draftId])
  expect(station.backend.sync.account()?.accountName).toBe('clerk001')
  expect(setting('sync.replica')).toBe(replica)
  expect(
    (await station.call('sync.queue', { state: null, offset: 0, limit: 10 })).rows.map((row) => row.n),
  ).toEqual([5, 6, 7, 8])

  await station.setPort(server.port)
  expect(await station.sync()).toMatchObject({ pendingCount: 0, setAsideCount: 0, lastError: null })
  const records = await listServerRecords(server.database)
  expect(records.size).toBe(5)
  expect(records.get(edited)?.values['remarks']).toBe('未上传')
  expect(station.find('employer', uploaded)?.values['name']).toBe('已上传')
  expect(await station.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
  expect(await station.call('record.history', { register: 'employer', id: edited })).toEqual(historyBefore)
  expect(setting('sync.replica')).toBe(replica)
  // Two good rounds: the old store is let go.
  expect(existsSync(old())).toBe(false)
  expect((await station.call('sync.rounds', { offset: 0, limit: 10 })).total).toBeGreaterThan(2)
})

test('the old store is kept until two rounds were good', async () => {
  await station.create('employer', employerValues())
  await station.sync()
  await station.call('store.rebuild', {})
  await station.stop()
  station = await open()
  expect(existsSync(old())).toBe(true)
  expect(statSync(old()).size).toBeGreaterThan(10_000)
  expect(existsSync(join(folder.path, 'station', 'store.db.rebuild'))).toBe(false)
  await station.sync()
  expect(existsSync(old())).toBe(false)
})

test('without a server that answers a rebuild is refused: it would leave nothing to work with', async () => {
  await station.setPort(1)
  await station.sync()
  expect(await refusalOf(station.backend, 'store.rebuild', {})).toMatchObject({ code: 'notPossible' })
  expect(existsSync(join(folder.path, 'station', 'store.db.rebuild'))).toBe(false)
})

test('a rebuild that cannot be made leaves the store as it was', async () => {
  const id = await station.create('employer', employerValues())
  await station.sync()
  await station.call('store.rebuild', {})
  await station.stop()
  // Nothing can be made under this name.
  mkdirSync(join(folder.path, 'station', 'store.db.rebuilding'))
  writeFileSync(join(folder.path, 'station', 'store.db.rebuilding', 'x'), '')
  station = await open()
  expect(station.find('employer', id)).toBeDefined()
  expect(existsSync(old())).toBe(false)
  expect(existsSync(join(folder.path, 'station', 'store.db.rebuild'))).toBe(false)
})
