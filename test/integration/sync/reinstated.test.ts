import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { coordinatorValues, employerValues, refusalOf } from '../../support/backend-fixture.ts'
import { addServerStreets, openStation, type Station } from './station-world.ts'
import { listServerRecords, makeFolder, startTestServer, type TestServer } from './sync-world.ts'

/** A store that a backup has put back in time, and the server that has gone on. */

const PASSWORD = 'a long enough one'
let folder: ReturnType<typeof makeFolder>
let server: TestServer
let station: Station
let other: Station

const open = (port = server.port): Promise<Station> =>
  openStation({ ...server, port }, 'clerk001', { dataFolder: join(folder.path, 'station') })

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  await addServerStreets(server, folder.path)
  station = await open()
  other = await openStation(server, 'clerk002', { dataFolder: join(folder.path, 'other') })
})

afterEach(async () => {
  await station.stop()
  await other.stop()
  await server.close()
  folder.remove()
})

const makeBackup = async (): Promise<string> =>
  (await station.call('backup.make', { folder: folder.path, password: PASSWORD })).path

/** Puts the backup in place and opens it, without a line (port 1) or with one. */
async function putBack(path: string, reason: string, port = server.port): Promise<void> {
  const { id } = await station.call('backup.inspect', { kind: 'file', path, password: PASSWORD })
  await station.call('backup.reinstate', { id, reason })
  await station.stop()
  station = await open(port)
  expect((await station.call('backup.state', {})).outcome.kind).toBe('done')
}

const setting = (name: string): unknown =>
  station.backend.context.store.read.pluck<string>('SELECT value FROM setting WHERE name = ?', name)[0]

test('nothing acknowledged is lost, the newer rows come back, and what is typed after it arrives', async () => {
  const early = await station.create('employer', employerValues({ name: '备份之前' }))
  const waiting = await station.create('coordinator', coordinatorValues({ name: '备份时未上传' }))
  await station.sync()
  await station.change('employer', early, { remarks: '备份时等着' })
  const path = await makeBackup()
  await station.sync()
  // After the backup: acknowledged, by this station and another one.
  const late = await station.create('employer', employerValues({ name: '备份之后' }))
  await station.change('employer', early, { telephone: '13900000077' })
  await station.sync()
  await other.sync()
  await other.change('employer', late, { remarks: '别站改的' })
  const elsewhere = await other.create('employer', employerValues({ name: '别站新增' }))
  await other.sync()
  const replica = setting('sync.replica')
  const newest = (): number =>
    Number(
      station.backend.context.store.read.pluck<number>(
        "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'",
      )[0],
    )
  const givenOut = newest()

  await putBack(path, '', 1)
  expect(station.find('employer', late)).toBeUndefined()
  expect(station.backend.sync.account()?.accountName).toBe('clerk001')
  expect(setting('sync.reinstatedFrom')).toBe(String(givenOut - 2))
  // Typed before the server was heard again: under no number that was given out before.
  const after = await station.create('employer', employerValues({ name: '恢复之后' }))
  await station.change('coordinator', waiting, { remarks: '恢复之后改的' })
  expect(
    station.backend.context.store.read.pluck<number>(
      "SELECT n FROM outbox WHERE state = 'pending' ORDER BY n",
    ),
  ).toEqual([3, givenOut + 1, givenOut + 2])
  await station.setPort(server.port)
  expect(await station.sync()).toMatchObject({ pendingCount: 0, setAsideCount: 0, lastError: null })

  expect(station.find('employer', late)?.values).toMatchObject({ name: '备份之后', remarks: '别站改的' })
  expect(station.find('employer', elsewhere)?.values['name']).toBe('别站新增')
  expect(station.find('employer', early)?.values).toMatchObject({
    remarks: '备份时等着',
    telephone: '13900000077',
  })
  const records = await listServerRecords(server.database)
  expect(records.size).toBe(5)
  expect(records.get(after)?.values['name']).toBe('恢复之后')
  expect(records.get(waiting)?.values['remarks']).toBe('恢复之后改的')
  expect(records.get(early)?.values).toMatchObject({ remarks: '备份时等着', telephone: '13900000077' })
  expect(setting('sync.replica')).not.toBe(replica)
  expect(setting('sync.reinstatedFrom')).toBe('null')
  // Its own history is whole again.
  const history = await station.call('record.history', { register: 'employer', id: late })
  expect(history.map((line) => line.act)).toContain('created')
  expect(await station.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
  await other.sync()
  expect(other.find('employer', after)?.values['name']).toBe('恢复之后')
  expect(await station.sync()).toMatchObject({ pendingCount: 0, lastError: null })
})

test('one backup put back twice, and back again: every op stands once at the server', async () => {
  const first = await station.create('employer', employerValues({ name: '甲' }))
  await station.sync()
  const path = await makeBackup()
  for (const round of [1, 2]) {
    await station.create('employer', employerValues({ name: `第${round}次之前` }))
    await station.sync()
    await putBack(path, '')
    await station.create('employer', employerValues({ name: `第${round}次之后` }))
    expect(await station.sync()).toMatchObject({ pendingCount: 0, setAsideCount: 0, lastError: null })
  }
  const records = [...(await listServerRecords(server.database)).values()]
  const names = records.map(({ values }) => String(values['name']))
  expect(new Set(names)).toEqual(new Set(['甲', '第1次之前', '第1次之后', '第2次之前', '第2次之后']))
  expect(names).toHaveLength(5)
  expect(station.find('employer', first)).toBeDefined()
  const ids = station.backend.context.store.read.pluck<string>('SELECT id FROM employer')
  expect(ids).toHaveLength(5)
  expect(await station.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
})

test('an op that the server has set aside since comes back as it was: it is the clerk’s to mend', async () => {
  const path = await makeBackup()
  // A community that only this station knows: the server does not take it.
  const { context } = station.backend
  await context.store.write((database) =>
    database.runOf(
      "INSERT INTO dictionary_entry (dictionary, code, name, origin) VALUES ('community', '999901777', '别处社区', 'server')",
    ),
  )
  context.dictionaries.reload(context.store.read, ['community'])
  const id = await station.create('coordinator', coordinatorValues({ communityCode: '999901777' }))
  expect(await station.sync()).toMatchObject({ pendingCount: 0, setAsideCount: 1 })
  await putBack(path, '写明原因')
  expect(await station.sync()).toMatchObject({ pendingCount: 0, setAsideCount: 1, lastError: null })
  expect(station.find('coordinator', id)?.values['communityCode']).toBe('999901777')
})

test('what no server has received and the backup has not is named, and stays in the kept store', async () => {
  const path = await makeBackup()
  const id = await station.create('employer', employerValues({ name: '没有上传' }))
  const compared = await station.call('backup.inspect', { kind: 'file', path, password: PASSWORD })
  expect(compared.unsent).toMatchObject({ ops: 1, byRegister: [{ register: 'employer', ops: 1 }] })
  expect((await refusalOf(station.backend, 'backup.reinstate', { id: compared.id, reason: '' })).code).toBe(
    'ruleBroken',
  )
  // The way out that the sentence names.
  await station.sync()
  const again = await station.call('backup.inspect', { kind: 'file', path, password: PASSWORD })
  expect(again.unsent).toMatchObject({ ops: 0, drafts: 0 })
  await station.call('backup.reinstate', { id: again.id, reason: '' })
  await station.stop()
  station = await open()
  await station.sync()
  expect(station.find('employer', id)?.values['name']).toBe('没有上传')
})

test('a viewer may neither back up nor restore', async () => {
  const path = await makeBackup()
  await station.call('account.signOut', {})
  await station.call('account.signIn', { accountName: 'viewer001', password: 'correct horse 1' })
  for (const [name, input] of [
    ['backup.make', { folder: folder.path, password: PASSWORD }],
    ['backup.list', { folder: folder.path }],
    ['backup.inspect', { kind: 'file', path, password: PASSWORD }],
    ['backup.reinstate', { id: '7a0f8e1e-3b0e-4d3e-9c77-0c3a0a4d1a11', reason: 'x' }],
    ['backup.drop', {}],
    ['backup.setAutomatic', { isOn: false, folder: null, keep: 7, password: null }],
  ] as const)
    expect((await refusalOf(station.backend, name, input)).code, name).toBe('notAllowed')
})
