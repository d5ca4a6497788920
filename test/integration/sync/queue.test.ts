import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { DIGEST_HEADER, type PushAnswer } from '../../../src-shared/contract/server-messages.ts'
import { employerValues, refusalOf } from '../../support/backend-fixture.ts'
import { openStation, type Station } from './station-world.ts'
import { listServerRecords, makeFolder, startTestServer, type TestServer } from './sync-world.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let station: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  station = await openStation(server, 'clerk001')
})

afterEach(async () => {
  await station.stop()
  await server.close()
  folder.remove()
})

const page = { offset: 0, limit: 50 }
const queue = (state: 'pending' | 'held' | 'setAside' | null = null) =>
  station.call('sync.queue', { state, ...page })
/** Stores an op that the server will refuse: no client would, by the declarations it knows. */
async function breakNewest(): Promise<void> {
  await station.backend.context.store.write((database) =>
    database.runOf(
      `UPDATE outbox SET body = json_set(body, '$.fields.employerTypeCode', 'none'), hash = hash
       WHERE n = (SELECT max(n) FROM outbox)`,
    ),
  )
}

test('the queue says what waits, by whom, how often it was tried and why it is still here', async () => {
  const id = await station.create('employer', employerValues())
  await station.change('employer', id, { remarks: '一' })
  expect(await queue()).toMatchObject({
    total: 2,
    counts: { pending: 2, held: 0, setAside: 0 },
    rows: [
      {
        n: 1,
        recordId: id,
        title: '丹心酒楼',
        act: '登记',
        state: 'pending',
        attempts: 0,
        reason: '',
        by: '操作员001',
      },
      { n: 2, act: '修改' },
    ],
  })
  const { port } = server
  await station.setPort(1)
  await station.sync()
  expect((await queue()).rows[0]).toMatchObject({ attempts: 0 })
  await station.setPort(port)
  await breakNewest()
  await station.sync()
  const { rows, counts } = await queue()
  expect(counts).toEqual({ pending: 0, held: 0, setAside: 1 })
  expect(rows).toMatchObject([{ n: 2, state: 'setAside', attempts: 1 }])
  expect(rows[0]?.reason).toContain('服务器没有采用')
})

test('what is put aside waits through rounds, and goes when it is let go', async () => {
  const held = await station.create('employer', employerValues({ name: '甲' }))
  await station.change('employer', held, { remarks: '一' })
  const other = await station.create('employer', employerValues({ name: '乙' }))
  expect(await station.call('sync.hold', { numbers: [1], isHeld: true })).toMatchObject({ count: 2 })
  expect(await station.sync()).toMatchObject({ pendingCount: 0, heldCount: 2, lastError: null })
  expect((await queue('held')).rows.map((row) => row.n)).toEqual([1, 2])
  expect([...(await listServerRecords(server.database)).keys()]).toEqual([other])
  // Also what is edited later waits with it.
  await station.change('employer', held, { remarks: '二' })
  expect(await station.sync()).toMatchObject({ heldCount: 3 })
  await station.call('sync.hold', { numbers: [3, 1], isHeld: false })
  expect(await station.sync()).toMatchObject({
    pendingCount: 0,
    heldCount: 0,
    setAsideCount: 0,
    lastError: null,
  })
  expect((await listServerRecords(server.database)).get(held)?.values['remarks']).toBe('二')
})

test('one op is sent alone, with the earlier ones of its record', async () => {
  const first = await station.create('employer', employerValues({ name: '甲' }))
  const second = await station.create('employer', employerValues({ name: '乙' }))
  await station.change('employer', second, { remarks: '一' })
  expect(await station.call('sync.sendOne', { n: 3 })).toMatchObject({ pendingCount: 1, lastError: null })
  const records = await listServerRecords(server.database)
  expect([...records.keys()]).toEqual([second])
  expect(records.get(second)?.values['remarks']).toBe('一')
  expect(station.find('employer', first)?.pendingOps).toBe(1)
  expect(await refusalOf(station.backend, 'sync.sendOne', { n: 3 })).toMatchObject({ code: 'notPossible' })
  await station.sync()
  expect((await listServerRecords(server.database)).size).toBe(2)
})

test('what the server has refused can be withdrawn: kept and logged, but not sent or shown any more', async () => {
  const id = await station.create('employer', employerValues({ remarks: '原来' }))
  await station.sync()
  await station.change('employer', id, { remarks: '新的' })
  expect(await refusalOf(station.backend, 'sync.withdraw', { numbers: [2], reason: '录错' })).toMatchObject({
    code: 'notPossible',
  })
  await breakNewest()
  await station.sync()
  expect(station.find('employer', id)?.values['remarks']).toBe('新的')
  expect(await station.call('sync.withdraw', { numbers: [2], reason: '录错' })).toMatchObject({ count: 1 })
  // The server is told of it by an op of its own.
  expect(station.find('employer', id)).toMatchObject({ pendingOps: 1, values: { remarks: '原来' } })
  expect(await queue()).toMatchObject({
    total: 1,
    counts: { setAside: 0 },
    rows: [{ n: 3, act: '撤回', title: '丹心酒楼', recordId: id }],
  })
  expect(station.backend.context.store.read.allOf('SELECT state FROM outbox WHERE n = 2')).toEqual([
    { state: 'withdrawn' },
  ])
  expect(
    station.backend.context.store.read.firstOf("SELECT detail FROM audit WHERE act = 'sync.withdrawn'"),
  ).toEqual({ detail: '{"n":2,"reason":"录错"}' })
  expect(await station.sync()).toMatchObject({ pendingCount: 0, setAsideCount: 0, lastError: null })
  expect(station.find('employer', id)).toMatchObject({ pendingOps: 0, values: { remarks: '原来' } })
  // Also a later edit that the refused one would have been repaired by leaves it where it is.
  await station.change('employer', id, { employerTypeCode: '20' })
  expect(await station.sync()).toMatchObject({ pendingCount: 0, setAsideCount: 0, lastError: null })
  expect((await listServerRecords(server.database)).get(id)?.values['remarks']).toBe('原来')
  expect(station.find('employer', id)).toMatchObject({ pendingOps: 0, values: { remarks: '原来' } })
})

test('a new record whose making is withdrawn is not shown any more, with all its edits', async () => {
  const id = await station.create('employer', employerValues())
  await breakNewest()
  await station.change('employer', id, { remarks: '一' })
  await breakNewest()
  await station.sync()
  expect((await queue('setAside')).total).toBe(2)
  // What was never sent is not withdrawn by the way.
  await station.change('employer', id, { remarks: '二' })
  expect(await refusalOf(station.backend, 'sync.withdraw', { numbers: [1], reason: '录错' })).toMatchObject({
    code: 'notPossible',
  })
  await breakNewest()
  await station.sync()
  expect(await station.call('sync.withdraw', { numbers: [2], reason: '录错' })).toMatchObject({ count: 1 })
  // A withdrawal that has not gone yet is nothing that builds on the record.
  expect(await station.call('sync.withdraw', { numbers: [1], reason: '录错' })).toMatchObject({ count: 2 })
  expect(station.find('employer', id)).toBeUndefined()
  expect((await station.call('app.state', {})).counts.employer).toBe(0)
  expect((await queue('pending')).rows).toMatchObject([{ act: '撤回' }, { act: '撤回', title: '丹心酒楼' }])
  expect(await station.sync()).toMatchObject({ pendingCount: 0, setAsideCount: 0, lastError: null })
  expect(station.find('employer', id)).toBeUndefined()
  expect((await listServerRecords(server.database)).size).toBe(0)
})

test('the history of rounds balances, batch by batch', async () => {
  for (let index = 0; index < 12; index += 1)
    await station.create('employer', employerValues({ name: `单位${index}` }))
  await breakNewest()
  await station.sync()
  const { rows, total } = await station.call('sync.rounds', page)
  expect(total).toBeGreaterThanOrEqual(2)
  const [round] = rows
  expect(round).toMatchObject({ outcome: 'complete', pushed: 11, setAside: 1, conflicts: 0, error: null })
  expect(round?.bytesSent).toBeGreaterThan(1_000)
  expect(round?.bytesReceived).toBeGreaterThan(500)
  expect(round?.endedAt).toBeGreaterThanOrEqual(round?.startedAt ?? Number.POSITIVE_INFINITY)
  expect(round?.batches).toMatchObject([{ sent: 12, accepted: 11, conflicts: 0, setAside: 1, unanswered: 0 }])
})

test('a round that finds no server says so in the history; one that the program broke off is shown as such', async () => {
  await station.setPort(1)
  await station.sync()
  const failed = (await station.call('sync.rounds', page)).rows[0]
  expect(failed).toMatchObject({ outcome: 'failed', pushed: 0 })
  expect(failed?.error).toContain('拒绝了连接')
  // As after kill -9 in the middle of a round.
  await station.backend.context.store.write((database) =>
    database.runOf("INSERT INTO sync_round (started_at, outcome) VALUES (1, 'running')"),
  )
  expect((await station.call('sync.rounds', page)).rows[0]).toMatchObject({
    outcome: 'interrupted',
    endedAt: null,
  })
})

test('a mark turns with the receipt: pages are told of every record', async () => {
  const ids = [makeUuid(), makeUuid()]
  for (const id of ids)
    await station.call('employer.save', { id, revision: 0, values: employerValues(), draftId: null })
  const before = station.events.length
  await station.sync()
  const told = station.events
    .slice(before)
    .flatMap((event) => (event.event === 'records.changed' ? [event.payload] : []))
  expect(told.filter((each) => each.source === 'server').flatMap((each) => each.ids)).toEqual(
    expect.arrayContaining(ids),
  )
})

test('a receipt of an op that was not sent marks nothing: in a copied file another op may bear its number', async () => {
  await station.create('employer', employerValues({ name: '甲' }))
  const unsent = await station.create('employer', employerValues({ name: '乙' }))
  await station.call('sync.hold', { numbers: [2], isHeld: true })
  // Between the two: the server's answers, with a receipt too many in those of a push.
  const line = createServer((request, response) => {
    const forward = async (): Promise<void> => {
      const answer = await fetch(`http://127.0.0.1:${server.port}${request.url ?? ''}`, {
        method: request.method ?? 'GET',
        headers: { ...(request.headers as Record<string, string>), 'accept-encoding': 'identity' },
        ...(request.method === 'POST' ? { body: new Uint8Array(await buffer(request)) } : {}),
      })
      let text = await answer.text()
      if (request.url === '/sync/1/push') {
        const said = JSON.parse(text) as PushAnswer
        text = JSON.stringify({ ...said, receipts: [...said.receipts, [2, 1]] })
      }
      response.writeHead(answer.status, {
        'content-type': 'application/json',
        [DIGEST_HEADER]: createHash('sha256').update(text).digest('hex'),
      })
      response.end(text)
    }
    forward().catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
  try {
    await station.setPort((line.address() as AddressInfo).port)
    expect(await station.sync()).toMatchObject({ pendingCount: 0, heldCount: 1, lastError: null })
    expect(station.find('employer', unsent)?.pendingOps).toBe(1)
  } finally {
    line.closeAllConnections()
    await new Promise((resolve) => line.close(resolve))
  }
})
