import { connect, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  listOutbox,
  listServerRecords,
  makeFolder,
  openTestClient,
  PASSWORD,
  startTestServer,
  validValues,
  type TestClient,
  type TestServer,
} from './sync-world.ts'
import { join } from 'node:path'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let first: TestClient
let second: TestClient

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  first = await openTestClient(join(folder.path, 'first'), server.port)
  second = await openTestClient(join(folder.path, 'second'), server.port)
  await first.sync.signIn('clerk001', PASSWORD)
  await second.sync.signIn('clerk002', PASSWORD)
  await first.sync.run()
  await second.sync.run()
})

afterEach(async () => {
  await first.close()
  await second.close()
  await server.close()
  folder.remove()
})

test('what one station saves another sees, with who did it where', async () => {
  const values = validValues('resident', 1)
  const id = await first.create('resident', values)
  expect(first.find('resident', id)?.pendingOps).toBe(1)
  expect((await first.sync.status()).pendingCount).toBe(1)

  const status = await first.sync.run()
  expect(status).toMatchObject({ isOnline: true, pendingCount: 0, setAsideCount: 0, lastError: null })
  expect(first.find('resident', id)?.pendingOps).toBe(0)
  expect(first.store.read.firstOf('SELECT receipt FROM outbox')?.['receipt']).toContain('"seq":1')

  await second.sync.run()
  const seen = second.find('resident', id)
  expect(seen?.values).toEqual(values)
  expect(seen).toMatchObject({ stationCode: '001', serverSeq: 1, pendingOps: 0, status: 'active' })
  const line = second.store.read.firstOf('SELECT account_name, station_code, act FROM change_log')
  expect(line).toEqual({ account_name: 'clerk001', station_code: '001', act: 'created' })
})

test('what a modification says of itself another station reads in its history', async () => {
  const id = await first.create('resident', validValues('resident', 1))
  await first.sync.run()
  await second.sync.run()
  await first.edit(
    'resident',
    id,
    { telephone: '13900000077' },
    {
      provenance: { telephone: 'card' },
      changeKind: 'correction',
      reason: '录入错误',
    },
  )
  await first.sync.run()
  await second.sync.run()
  const line = second.store.read.firstOf(
    'SELECT act, reason, change_kind, effective_date, provenance FROM change_log ORDER BY id DESC LIMIT 1',
  )
  expect(line).toEqual({
    act: 'changed',
    reason: '录入错误',
    change_kind: 'correction',
    effective_date: null,
    provenance: null,
  })
  // How the value came at its own station is in the server's log of ops, not in what a pull says of a record.
  const log = await server.database
    .selectFrom('op_log')
    .select('body')
    .orderBy('n', 'desc')
    .executeTakeFirst()
  expect(JSON.parse(log?.body ?? '')).toMatchObject({
    provenance: { telephone: 'card' },
    changeKind: 'correction',
  })

  await second.edit(
    'resident',
    id,
    { remarks: '换了单位' },
    {
      changeKind: 'change',
      effectiveDate: '2026-03-01',
      reason: '',
    },
  )
  await second.sync.run()
  await first.sync.run()
  expect(
    first.store.read.firstOf(
      'SELECT act, change_kind, effective_date, account_name FROM change_log ORDER BY id DESC LIMIT 1',
    ),
  ).toEqual({
    act: 'changed',
    change_kind: 'change',
    effective_date: '2026-03-01',
    account_name: 'clerk002',
  })
})

test('what is uploaded goes compressed over the line', async () => {
  let sent = Buffer.alloc(0)
  const line = createServer((near) => {
    const far = connect(server.port, '127.0.0.1')
    near.on('data', (chunk) => (sent = Buffer.concat([sent, chunk])))
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
  const address = line.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  try {
    first.useServer({ port: address.port })
    const values = validValues('resident', 1)
    const plainLength = JSON.stringify(values).length * 40
    for (let count = 0; count < 40; count += 1)
      await first.create('resident', { ...validValues('resident', count + 1), remarks: '同住人员' })
    expect(await first.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
    const push = sent.subarray(sent.indexOf('POST /sync/1/push'))
    const head = push.subarray(0, push.indexOf('\r\n\r\n')).toString('latin1').toLowerCase()
    expect(head).toContain('content-encoding: zstd')
    expect(sent.includes('同住人员')).toBe(false)
    expect(sent.length).toBeLessThan(plainLength / 2)
  } finally {
    first.useServer({ port: server.port })
    line.close()
  }
})

test('edits of different fields both stay; of one field the first stays and the other is kept as a conflict', async () => {
  const id = await first.create('employer', validValues('employer', 1))
  await first.sync.run()
  await second.sync.run()
  await first.edit('employer', id, { telephone: '13800000001', principalName: '张甲' })
  await second.edit('employer', id, { telephone: '13800000002', remarks: '二号站补充' })
  await first.sync.run()
  const status = await second.sync.run()
  await first.sync.run()

  for (const client of [first, second]) {
    expect(client.find('employer', id)?.values).toMatchObject({
      telephone: '13800000001',
      principalName: '张甲',
      remarks: '二号站补充',
    })
  }
  expect(status.notice).toContain('有1处修改与其他站点的修改不一致')
  const conflicts = await server.database.selectFrom('conflict').selectAll().execute()
  expect(conflicts).toMatchObject([
    { field: 'telephone', kept: '"13800000001"', lost: '"13800000002"', station_code: '002', state: 'open' },
  ])
})

test('several codes chosen at two stations come together', async () => {
  const id = await first.create('resident', { ...validValues('resident', 2), socialInsuranceCodes: null })
  await first.sync.run()
  await second.sync.run()
  await first.edit('resident', id, { socialInsuranceCodes: ['10'] })
  await second.edit('resident', id, { socialInsuranceCodes: ['11'] })
  await first.sync.run()
  await second.sync.run()
  await first.sync.run()
  expect(first.find('resident', id)?.values['socialInsuranceCodes']).toEqual(['10', '11'])
  expect(second.find('resident', id)?.values['socialInsuranceCodes']).toEqual(['10', '11'])
})

test('a record that the server refuses stays with its reason, and its correction brings all of it', async () => {
  const good = validValues('employer', 3)
  const id = await first.create('employer', { ...good, employerTypeCode: 'no-such-code' })
  const other = await first.create('employer', validValues('employer', 4))
  const status = await first.sync.run()
  expect(status).toMatchObject({ pendingCount: 0, setAsideCount: 1, lastError: null })
  expect(listOutbox(first.store)).toMatchObject([
    {
      state: 'setAside',
      refusal: expect.stringContaining('单位类别:服务器的字典中没有代码「no-such-code」'),
    },
    { state: 'acked' },
  ])
  expect(first.find('employer', id)?.values['employerTypeCode']).toBe('no-such-code')
  expect(first.find('employer', other)?.pendingOps).toBe(0)

  await first.edit('employer', id, { employerTypeCode: good['employerTypeCode'] ?? null })
  expect(await first.sync.run()).toMatchObject({ pendingCount: 0, setAsideCount: 0 })
  await second.sync.run()
  expect(second.find('employer', id)?.values).toEqual(good)
  expect(listOutbox(first.store).map((op) => op.state)).toEqual(['acked', 'acked', 'acked'])
})

test('cancelling and restoring reach the other station; an edit of a record cancelled meanwhile waits for a person', async () => {
  const id = await first.create('employer', validValues('employer', 5))
  await first.sync.run()
  await second.sync.run()
  await first.cancel('employer', id, { reasonCode: '10', cancelDate: '2026-01-02' })
  await second.edit('employer', id, { remarks: '仍在经营' })
  await first.sync.run()
  await second.sync.run()
  expect(second.find('employer', id)).toMatchObject({ status: 'cancelled' })
  expect(second.find('employer', id)?.values['remarks']).not.toBe('仍在经营')
  expect(await server.database.selectFrom('conflict').select(['field', 'lost']).execute()).toEqual([
    { field: 'remarks', lost: '"仍在经营"' },
  ])
  await second.restore('employer', id)
  await second.sync.run()
  await first.sync.run()
  expect(first.find('employer', id)).toMatchObject({ status: 'active', cancellation: null })
})

test('nothing is sent in 单机模式 or without an account; everything is uploaded later', async () => {
  first.useServer({ isEnabled: false })
  const id = await first.create('employer', validValues('employer', 6))
  expect((await first.sync.run()).lastError).toContain('单机模式')
  expect((await listServerRecords(server.database)).size).toBe(0)
  first.useServer({ isEnabled: true })
  await first.sync.signOut()
  expect((await first.sync.run()).lastError).toContain('还没有登录')
  expect((await listServerRecords(server.database)).size).toBe(0)
  expect((await first.sync.status()).pendingCount).toBe(1)
  await first.sync.signIn('clerk001', PASSWORD)
  await first.sync.run()
  expect((await listServerRecords(server.database)).has(id)).toBe(true)
})

test('a station of another scope gets nothing, writes nothing and is not told who is registered', async () => {
  const values = validValues('resident', 7)
  const id = await first.create('resident', values)
  await first.sync.run()
  const stranger = await openTestClient(join(folder.path, 'stranger'), server.port)
  await stranger.sync.signIn('clerk900', PASSWORD)
  await stranger.sync.run()
  expect(stranger.find('resident', id)).toBeUndefined()
  expect(await stranger.sync.findRemoteDuplicates('resident', values, null)).toEqual([])
  await stranger.create('resident', { ...values, name: '冒名者' }, id)
  const status = await stranger.sync.run()
  expect(status).toMatchObject({ pendingCount: 0, setAsideCount: 1 })
  expect(listOutbox(stranger.store)[0]?.refusal).toContain('另一个管辖范围')
  expect((await listServerRecords(server.database)).get(id)?.values['name']).toBe(values['name'])
  await stranger.close()
})

test('the same person registered at two stations is found online, by title and station only', async () => {
  const values = validValues('resident', 8)
  const id = await first.create('resident', values)
  await first.sync.run()
  await second.sync.run()
  expect(await second.sync.findRemoteDuplicates('resident', values, null)).toEqual([
    { id, title: values['name'], detail: '测试站001 已登记', status: 'active' },
  ])
  expect(await second.sync.findRemoteDuplicates('resident', values, id)).toEqual([])
  expect(await second.sync.findRemoteDuplicates('resident', { documentNumber: null }, null)).toEqual([])
})

test('a store restored from a copy goes on under a new id and loses nothing', async () => {
  // As after a restore: the number of a new edit was used before for another one.
  await first.create('employer', validValues('employer', 9))
  await first.sync.run()
  await first.store.write((database) => {
    database.runOf('DELETE FROM outbox')
    database.runOf("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'outbox'")
  })
  const id = await first.create('employer', validValues('employer', 10))
  expect(listOutbox(first.store)[0]?.n).toBe(1)
  expect(await first.sync.run()).toMatchObject({ pendingCount: 0, setAsideCount: 0, lastError: null })
  const records = await listServerRecords(server.database)
  expect(records.size).toBe(2)
  expect(records.has(id)).toBe(true)
})

test('another database behind the address stops the sync with a sentence and loses nothing', async () => {
  await first.create('employer', validValues('employer', 11))
  await server.database
    .updateTable('meta')
    .set({ value: '7a0f8e1e-3b0e-4d3e-9c77-0c3a0a4d1a11' })
    .where('name', '=', 'epoch')
    .execute()
  const status = await first.sync.run()
  expect(status.lastError).toContain('不是本机一直使用的那一个')
  expect(status.question?.title).toBe('服务器已更换')
  expect(status.pendingCount).toBe(1)
})
