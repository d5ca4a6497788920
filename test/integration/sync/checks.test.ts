import { afterEach, beforeEach, expect, test } from 'vitest'
import { employerValues } from '../../support/backend-fixture.ts'
import { openStation, type Station } from './station-world.ts'
import { listServerRecords, makeFolder, startTestServer, type TestServer } from './sync-world.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let first: Station
let second: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  first = await openStation(server, 'clerk001')
  second = await openStation(server, 'clerk002')
})

afterEach(async () => {
  await first.stop()
  await second.stop()
  await server.close()
  folder.remove()
})

const store = (station: Station) => station.backend.context.store

test('two stores that agree with the server are said to agree', async () => {
  for (let index = 0; index < 5; index += 1)
    await first.create('employer', employerValues({ name: `单位${index}` }))
  await first.sync()
  await second.sync()
  for (const station of [first, second]) {
    expect(await station.call('sync.check', {})).toMatchObject({
      differingBuckets: 0,
      repaired: 0,
      onlyHere: 0,
      message: '核对完成:本机与服务器的 5 条记录一致。',
    })
  }
})

test('what is missing or older here is pulled again; own edits that wait stay in sight', async () => {
  const lost = await first.create('employer', employerValues({ name: '甲' }))
  const old = await first.create('employer', employerValues({ name: '乙' }))
  const waiting = await first.create('employer', employerValues({ name: '丙' }))
  await first.sync()
  await second.sync()
  // As a fault of the disk or of a program would leave it.
  await store(second).write((database) => {
    database.runOf('DELETE FROM employer WHERE id = ?', lost)
    database.runOf("UPDATE employer SET name = '错', server_seq = server_seq - 1 WHERE id = ?", old)
    database.runOf("UPDATE employer SET telephone = '0', server_seq = 99 WHERE id = ?", waiting)
  })
  await second.change('employer', waiting, { remarks: '未上传', telephone: '13900000002' })
  await store(second).write((database) => database.runOf("UPDATE outbox SET state = 'pending'"))
  const report = await second.call('sync.check', {})
  expect(report.differingBuckets).toBeGreaterThan(0)
  expect(report.repaired).toBeGreaterThanOrEqual(2)
  expect(report.message).toContain('没有删除任何内容')
  expect(second.find('employer', lost)?.values['name']).toBe('甲')
  expect(second.find('employer', old)?.values['name']).toBe('乙')
  expect(second.find('employer', waiting)?.values['remarks']).toBe('未上传')
  expect((await second.call('sync.status', {})).notice).toContain('已修复')
  expect(await second.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
})

test('a record that only this store has is offered to the server, never taken away', async () => {
  const id = await first.create('employer', employerValues())
  await first.sync()
  await second.sync()
  // The server has lost it without a word (and the first station is gone).
  for (const table of ['field_version', 'natural_key', 'record', 'bucket'])
    await server.database
      .deleteFrom(table as never)
      .execute()
      .catch(() => undefined)
  expect((await listServerRecords(server.database)).size).toBe(0)
  expect(await second.call('sync.check', {})).toMatchObject({ onlyHere: 1, repaired: 0 })
  expect((await second.call('sync.status', {})).pendingCount).toBe(0)
  expect((await listServerRecords(server.database)).get(id)?.values['name']).toBe('丹心酒楼')
  expect(await second.call('sync.check', {})).toMatchObject({ differingBuckets: 0 })
})

test('the check comes by itself once a day, by a clock that may be wrong', async () => {
  const read = () =>
    store(first).read.pluck<string>("SELECT value FROM setting WHERE name = 'sync.lastCheckAt'")[0]
  await first.sync()
  const checkedAt = read()
  expect(Number(checkedAt)).toBeGreaterThan(0)
  await first.sync()
  expect(read()).toBe(checkedAt)
  for (const days of [2, -2]) {
    const at = Date.now() + days * 86_400_000
    await store(first).write((database) =>
      database.runOf("UPDATE setting SET value = ? WHERE name = 'sync.lastCheckAt'", String(at)),
    )
    await first.sync()
    expect(Math.abs(Number(read()) - Date.now())).toBeLessThan(600_000)
  }
})
