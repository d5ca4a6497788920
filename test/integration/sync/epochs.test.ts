import { copyFileSync, cpSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { skipNumbers } from '../../../src-server/storage/check-database.ts'
import { beginEpoch } from '../../../src-server/storage/epochs.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import { employerValues } from '../../support/backend-fixture.ts'
import { openStation, type Station } from './station-world.ts'
import {
  isOnPostgres,
  listServerRecords,
  makeFolder,
  PASSWORD,
  startTestServer,
  type TestServer,
} from './sync-world.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let first: Station
let second: Station
const stations: Station[] = []

async function open(accountName: string, name = accountName): Promise<Station> {
  const station = await openStation(server, accountName, { dataFolder: join(folder.path, name) })
  stations.push(station)
  return station
}

async function close(station: Station): Promise<void> {
  stations.splice(stations.indexOf(station), 1)
  await station.stop()
}

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  first = await open('clerk001')
  second = await open('clerk002')
})

afterEach(async () => {
  for (const station of stations.splice(0)) await station.stop()
  await server.close()
  folder.remove()
})

const page = { offset: 0, limit: 50 }
const backup = (): string => join(folder.path, 'backup.db')

/** Keeps a copy of the server's database as it is now. */
async function backUp(): Promise<void> {
  await server.close()
  copyFileSync(server.databaseFile, backup())
  await startAgain()
}

async function startAgain(): Promise<void> {
  server = await startTestServer(folder.path)
  for (const station of stations) await station.setPort(server.port)
}

/** The server as `npm run server -- restore` leaves it: the copy under a new epoch, with numbers passed over. */
async function restoreBackup(): Promise<void> {
  await server.close()
  copyFileSync(backup(), server.databaseFile)
  for (const suffix of ['-wal', '-shm']) rmSync(server.databaseFile + suffix, { force: true })
  await startAgain()
  await beginEpoch(server.database, [])
  await skipNumbers(server.database, 0, 1_000_000)
}

/** A line to the server on which something may happen before a request arrives. */
async function startLine(
  port: number,
  before: (path: string) => Promise<void>,
): Promise<{ readonly port: number; readonly asked: string[]; readonly close: () => void }> {
  const asked: string[] = []
  const line = createServer((near, answer) => {
    const pass = async (): Promise<void> => {
      await before(near.url ?? '')
      asked.push(near.url ?? '')
      const far = request(
        { port, host: '127.0.0.1', path: near.url, method: near.method, headers: near.headers },
        (response) => {
          answer.writeHead(response.statusCode ?? 500, response.headers)
          response.pipe(answer)
        },
      )
      near.pipe(far)
    }
    pass().catch(() => answer.destroy())
  })
  await new Promise<void>((resolve) => {
    line.listen(0, '127.0.0.1', resolve)
  })
  const address = line.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, asked, close: () => line.close() }
}

async function expectAgreement(names: readonly string[]): Promise<void> {
  // Twice round: what one station has offered reaches the others.
  for (let turn = 0; turn < 3; turn += 1) for (const station of stations) await station.sync()
  const records = [...(await listServerRecords(server.database)).entries()]
  for (const station of stations)
    expect((await station.call('sync.queue', { state: null, ...page })).rows).toEqual([])
  expect(new Set(records.map(([, record]) => record.values['name']))).toEqual(new Set(names))
  expect(records).toHaveLength(names.length)
  for (const station of stations) {
    expect(await station.call('sync.status', {})).toMatchObject({
      pendingCount: 0,
      setAsideCount: 0,
      lastError: null,
      question: null,
    })
    for (const [id, record] of records)
      expect(station.find('employer', id), `${station.folder} ${id}`).toMatchObject({
        values: record.values,
        serverSeq: record.seq,
        pendingOps: 0,
      })
    expect(await station.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
  }
}

describe.skipIf(isOnPostgres())('a server restored from an old backup', () => {
  test('gets the lost part from the stations that wrote it', async () => {
    const old = await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    await second.sync()
    await backUp()
    await first.create('employer', employerValues({ name: '乙' }))
    await first.change('employer', old, { remarks: '备份之后' })
    await second.create('employer', employerValues({ name: '丙' }))
    await first.sync()
    await second.sync()
    await first.sync()
    await restoreBackup()
    expect((await listServerRecords(server.database)).size).toBe(1)
    await first.sync()
    await expectAgreement(['甲', '乙', '丙'])
    expect(first.find('employer', old)?.values['remarks']).toBe('备份之后')
    for (const station of stations) expect((await station.call('conflict.list', page)).total).toBe(0)
  })

  test('gets what a lost station had written from another that had pulled it: new records, edits, cancellations', async () => {
    const edited = await first.create('employer', employerValues({ name: '甲' }))
    const cancelled = await first.create('employer', employerValues({ name: '乙' }))
    const both = await first.create('employer', employerValues({ name: '丁' }))
    await first.sync()
    await second.sync()
    await backUp()
    await first.change('employer', edited, { remarks: '备份之后' })
    await first.change('employer', both, { remarks: '一号站' })
    await first.create('employer', employerValues({ name: '丙' }))
    await first.call('employer.cancel', {
      ids: [cancelled],
      cancellation: { reasonCode: '10', cancelDate: first.backend.context.clock.today() },
    })
    await first.sync()
    await second.sync()
    await second.change('employer', both, { telephone: '13900000077' })
    await second.sync()
    await close(first)
    rmSync(first.folder, { recursive: true })
    await restoreBackup()
    await second.sync()
    await expectAgreement(['甲', '乙', '丙', '丁'])
    expect(second.find('employer', edited)?.values['remarks']).toBe('备份之后')
    expect(second.find('employer', cancelled)).toMatchObject({
      status: 'cancelled',
      cancellation: { reasonCode: '10' },
    })
    expect(second.find('employer', both)?.values).toMatchObject({
      remarks: '一号站',
      telephone: '13900000077',
    })
    const third = await open('clerk001', 'third')
    await expectAgreement(['甲', '乙', '丙', '丁'])
    expect(third.find('employer', cancelled)?.status).toBe('cancelled')
  })

  test('keeps a lost edit also where another of the same record was resent by somebody else', async () => {
    const id = await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    await second.sync()
    await backUp()
    await first.change('employer', id, { remarks: '一号站' })
    await first.sync()
    const third = await open('clerk001', 'third')
    await second.sync()
    await second.change('employer', id, { telephone: '13900000077' })
    await second.sync()
    await third.sync()
    await close(first)
    await restoreBackup()
    // The one that wrote the telephone is the only one to come back at first. The server has lost the session too.
    await second.sync()
    await third.call('account.signIn', { accountName: 'clerk001', password: PASSWORD })
    await third.sync()
    await expectAgreement(['甲'])
    expect(third.find('employer', id)?.values).toMatchObject({ remarks: '一号站', telephone: '13900000077' })
  })

  test('whose merge was lost is told of it again', async () => {
    const winner = await first.create('employer', employerValues({ name: '甲' }))
    const loser = await first.create('employer', employerValues({ name: '乙' }))
    await first.sync()
    await second.sync()
    await backUp()
    await first.call('record.merge', {
      register: 'employer',
      winnerId: winner,
      loserId: loser,
      picks: { name: 'loser' },
    })
    await first.sync()
    await second.sync()
    await close(first)
    await restoreBackup()
    await second.sync()
    await second.sync()
    expect(second.find('employer', loser)).toBeUndefined()
    expect(second.find('employer', winner)?.values['name']).toBe('乙')
    const third = await open('clerk001', 'third')
    expect(third.find('employer', loser)).toBeUndefined()
    expect(third.find('employer', winner)?.values['name']).toBe('乙')
    expect(await second.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
  })

  test('in the middle of a round is greeted anew in the same round', async () => {
    await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    await first.create('employer', employerValues({ name: '乙' }))
    // Restored after the hello, before the push.
    const line = await startLine(server.port, async (path) => {
      if (path !== '/sync/1/push' || line.asked.includes('restored')) return
      line.asked.push('restored')
      await beginEpoch(server.database, [])
      await skipNumbers(server.database, 0, 1_000_000)
    })
    await first.setPort(line.port)
    expect(await first.sync()).toMatchObject({ pendingCount: 0, lastError: null })
    expect(line.asked.filter((path) => path === '/sync/1/hello')).toHaveLength(2)
    expect((await first.call('sync.rounds', page)).rows[0]?.batches).toMatchObject([
      { sent: 1, unanswered: 1 },
      { sent: 1, accepted: 1 },
    ])
    await first.setPort(server.port)
    line.close()
    await expectAgreement(['甲', '乙'])
  })

  test('with nothing lost goes on as before', async () => {
    await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    await first.create('employer', employerValues({ name: '乙' }))
    await beginEpoch(server.database, [])
    await skipNumbers(server.database, 0, 1_000_000)
    expect(await first.sync()).toMatchObject({ pendingCount: 0, lastError: null })
    await expectAgreement(['甲', '乙'])
  })
})

describe('another server behind the address', () => {
  test('nothing is sent before a person agrees; then everything is uploaded to it', async () => {
    const old = await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    await second.sync()
    await second.change('employer', old, { remarks: '二号站' })
    await second.sync()
    await first.sync()
    // The op that made it is long gone from the outbox, as after 35 days.
    await first.backend.context.store.write((database) =>
      database.runOf("DELETE FROM outbox WHERE state = 'acked'"),
    )
    await first.create('employer', employerValues({ name: '乙' }))
    const elsewhere = makeFolder()
    const other = await startTestServer(elsewhere.path)
    await first.setPort(other.port)
    await first.call('account.signIn', { accountName: 'clerk001', password: PASSWORD })
    const stopped = await first.sync()
    expect(stopped.question).toMatchObject({ title: '服务器已更换' })
    expect(stopped.lastError).toContain('不是本机一直使用的那一个')
    expect((await listServerRecords(other.database)).size).toBe(0)
    expect((await first.call('sync.answer', { isAccepted: false })).question).toBeNull()
    expect((await first.sync()).question).not.toBeNull()

    expect(await first.call('sync.answer', { isAccepted: true })).toMatchObject({
      question: null,
      pendingCount: 0,
      setAsideCount: 0,
      lastError: null,
    })
    const records = await listServerRecords(other.database)
    expect(new Set([...records.values()].map((record) => record.values['name']))).toEqual(
      new Set(['乙', '甲']),
    )
    expect(records.get(old)?.values['remarks']).toBe('二号站')
    expect(await first.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
    expect(first.find('employer', old)).toMatchObject({ pendingOps: 0 })

    // The other station offers what it has as well: what is equal agrees, and nothing is there twice.
    await second.setPort(other.port)
    await second.call('account.signIn', { accountName: 'clerk002', password: PASSWORD })
    expect((await second.sync()).question).not.toBeNull()
    expect(await second.call('sync.answer', { isAccepted: true })).toMatchObject({
      pendingCount: 0,
      setAsideCount: 0,
      lastError: null,
    })
    await first.sync()
    for (const station of [first, second]) {
      expect((await station.call('conflict.list', page)).rows).toEqual([])
      expect(await station.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
      expect((await station.call('app.state', {})).counts.employer).toBe(2)
      expect(station.find('employer', old)).toMatchObject({ stationCode: '001' })
    }
    await close(first)
    await close(second)
    await other.close()
    elsewhere.remove()
  })
})

describe('a client store that has lost its end', () => {
  test('gets its own ops back, says so, and goes on under a new id', async () => {
    const kept = await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    await close(first)
    const copy = join(folder.path, 'copy')
    cpSync(first.folder, copy, { recursive: true })
    first = await open('clerk001')
    const lost = await first.create('employer', employerValues({ name: '乙' }))
    await first.change('employer', kept, { remarks: '备份之后' })
    await first.sync()
    await close(first)
    rmSync(first.folder, { recursive: true })
    cpSync(copy, first.folder, { recursive: true })

    first = await open('clerk001')
    expect(first.find('employer', lost)?.values['name']).toBe('乙')
    expect(first.find('employer', kept)?.values['remarks']).toBe('备份之后')
    const status = await first.call('sync.status', {})
    expect(status).toMatchObject({ pendingCount: 0, lastError: null })
    expect(status.notice).toContain('已从服务器取回本机上传过的 2 处修改')
    const history = await first.call('record.history', { register: 'employer', id: kept })
    expect(history[0]).toMatchObject({
      act: 'changed',
      by: '操作员001',
      changes: [{ label: '备注', to: '备份之后' }],
    })
    expect(history).toHaveLength(2)
    await first.create('employer', employerValues({ name: '丙' }))
    await expectAgreement(['甲', '乙', '丙'])
  })

  test('gets back what it had withdrawn as withdrawn', async () => {
    const id = await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    await close(first)
    const copy = join(folder.path, 'copy')
    cpSync(first.folder, copy, { recursive: true })
    first = await open('clerk001')
    await first.change('employer', id, { remarks: '收回的' })
    const { store } = first.backend.context
    await store.write((database) =>
      database.runOf("UPDATE outbox SET body = json_set(body, '$.fields.telephone', 'none') WHERE n = 2"),
    )
    await first.sync()
    await first.call('sync.withdraw', { numbers: [2], reason: '录错' })
    await first.sync()
    await close(first)
    rmSync(first.folder, { recursive: true })
    cpSync(copy, first.folder, { recursive: true })

    first = await open('clerk001')
    expect(
      first.backend.context.store.read.pluck<string>('SELECT state FROM outbox WHERE n > 1 ORDER BY n'),
    ).toEqual(['withdrawn', 'acked'])
    expect(first.find('employer', id)?.values['remarks']).toBeNull()
    expect(await first.call('sync.status', {})).toMatchObject({ setAsideCount: 0, pendingCount: 0 })
    await first.change('employer', id, { telephone: '13800000009' })
    await first.sync()
    expect((await listServerRecords(server.database)).get(id)?.values['remarks']).toBeNull()
  })

  test('because a cleaner removed its log gets back what stood only there', async () => {
    await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    // Closed and opened again: this much stands in the file itself.
    await close(first)
    first = await open('clerk001')
    await first.create('employer', employerValues({ name: '乙' }))
    await first.sync()
    // As after a power cut: nobody has moved the log into the file.
    const file = join(first.folder, 'store.db')
    copyFileSync(file, join(folder.path, 'without-log.db'))
    await close(first)
    copyFileSync(join(folder.path, 'without-log.db'), file)
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
    first = await open('clerk001')
    expect((await first.call('sync.status', {})).notice).toContain('请不要清理居服通的数据文件夹')
    await first.create('employer', employerValues({ name: '丙' }))
    await expectAgreement(['甲', '乙', '丙'])
  })

  test('and has been written in since: both the lost and the new edits are there', async () => {
    const kept = await first.create('employer', employerValues({ name: '甲' }))
    await first.sync()
    await close(first)
    const copy = join(folder.path, 'copy')
    cpSync(first.folder, copy, { recursive: true })
    first = await open('clerk001')
    await first.create('employer', employerValues({ name: '乙' }))
    await first.change('employer', kept, { remarks: '丢失的' })
    await first.create('employer', employerValues({ name: '丙' }))
    await first.sync()
    await close(first)
    rmSync(first.folder, { recursive: true })
    cpSync(copy, first.folder, { recursive: true })
    const line = server.port
    first = await openStation({ ...server, port: 1 }, 'clerk001', { dataFolder: first.folder })
    stations.push(first)
    await first.create('employer', employerValues({ name: '丁' }))
    await first.change('employer', kept, { telephone: '13900000055' })
    await first.setPort(line)
    await first.sync()
    await expectAgreement(['甲', '乙', '丙', '丁'])
    expect(first.find('employer', kept)?.values).toMatchObject({
      remarks: '丢失的',
      telephone: '13900000055',
    })
  })
})

test.each([10, -10])('a clock that is %i years wrong loses and orders nothing', async (years) => {
  await close(second)
  const shift = years * 365 * 86_400_000
  second = await openStation(server, 'clerk002', {
    dataFolder: join(folder.path, 'wrong-clock'),
    clock: createClock(() => Date.now() + shift),
  })
  stations.push(second)
  const id = await first.create('employer', employerValues({ name: '甲' }))
  await first.sync()
  await second.sync()
  expect((await second.call('sync.status', {})).notice).toContain('本机时钟比服务器')
  await second.change('employer', id, { remarks: '时钟不准' })
  await second.create('employer', employerValues({ name: '乙' }))
  await second.sync()
  await first.sync()
  expect(first.find('employer', id)?.values['remarks']).toBe('时钟不准')
  await first.change('employer', id, { remarks: '时钟准' })
  await first.sync()
  await second.sync()
  expect(second.find('employer', id)?.values['remarks']).toBe('时钟准')
  await expectAgreement(['甲', '乙'])
  // What the wrong clock has written is shown with the server's time.
  expect(Math.abs((first.find('employer', id)?.updatedAt ?? 0) - Date.now())).toBeLessThan(600_000)
})

test('two Windows users of one machine are two stores with two replica ids', async () => {
  const other = await open('clerk001', 'other-user')
  const replicaOf = (station: Station): unknown =>
    station.backend.context.store.read.firstOf("SELECT value FROM setting WHERE name = 'sync.replica'")?.[
      'value'
    ]
  expect(replicaOf(other)).not.toBe(replicaOf(first))
  await first.create('employer', employerValues({ name: '甲' }))
  await other.create('employer', employerValues({ name: '乙' }))
  await first.sync()
  await other.sync()
  await expectAgreement(['甲', '乙'])
})

test('two programs on one data folder: the second says so and touches nothing', async () => {
  await first.create('employer', employerValues({ name: '甲' }))
  await expect(open('clerk001', 'clerk001')).rejects.toMatchObject({
    kind: 'inUse',
    title: '本机数据库正被另一个程序使用',
  })
  await expectAgreement(['甲'])
})
