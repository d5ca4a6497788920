import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { skipNumbers } from '../../../src-server/storage/check-database.ts'
import { beginEpoch, readLineage } from '../../../src-server/storage/epochs.ts'
import { ownOpsAnswer } from '../../../src-shared/contract/server-messages.ts'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'
import { callServer } from './server-caller.ts'
import { openStation, type Station } from './station.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let one: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  one = await openStation(server.port, 'clerk001')
})

afterEach(async () => {
  await server.close()
  folder.remove()
})

const hello = (station: Station, epoch: string | null, cursor = 0) =>
  station.caller.post('/sync/1/hello', { replica: station.replica.id, app: 'test', epoch, cursor, now: 0 })

describe('hello', () => {
  test('says how far the numbers a replica knows mean the same here', async () => {
    const { epoch } = one.replica
    await one.create(makeUuid(), validValues('employer', 1))
    await one.create(makeUuid(), validValues('employer', 2))
    expect((await hello(one, null)).body).toMatchObject({ epoch, knownUpTo: 0, head: 2 })
    expect((await hello(one, epoch)).body).toMatchObject({ epoch, knownUpTo: 2, head: 2, lastN: 2 })
    expect((await hello(one, randomUUID())).body).toMatchObject({ epoch, knownUpTo: null })

    await beginEpoch(server.database, [])
    await skipNumbers(server.database, 0, 1_000_000)
    const after = await hello(one, epoch, 2)
    expect(after.body).toMatchObject({ knownUpTo: 2, head: 1_000_002, lastN: 2 })
    const renewed = String(after.body['epoch'])
    expect(renewed).not.toBe(epoch)
    expect((await hello(one, renewed, 2)).body).toMatchObject({ epoch: renewed, knownUpTo: 1_000_002 })

    // Twice restored: both earlier lives are remembered, each with its own end.
    await beginEpoch(server.database, [])
    expect((await hello(one, epoch)).body['knownUpTo']).toBe(2)
    expect((await hello(one, renewed)).body['knownUpTo']).toBe(1_000_002)
  })

  test('knows the lives of the database that a backup replaced, up to where they part', async () => {
    const { epoch } = one.replica
    await one.create(makeUuid(), validValues('employer', 1))
    const abandoned = randomUUID()
    // The backup was made at 1; then the old database went on to 900, was itself once restored, and went on.
    await beginEpoch(server.database, [
      { epoch, upTo: 900 },
      { epoch: abandoned, upTo: 2_000_000 },
    ])
    expect((await hello(one, epoch)).body['knownUpTo']).toBe(1)
    expect((await hello(one, abandoned)).body['knownUpTo']).toBe(1)
    // One that has nothing in common stays another server.
    await beginEpoch(server.database, [{ epoch: randomUUID(), upTo: 5 }])
    expect((await readLineage(server.database)).map((each) => each.upTo)).toEqual([1, 1, 1, 1])
  })

  test('a push or pull that still names the earlier epoch changes nothing', async () => {
    await beginEpoch(server.database, [])
    const pushed = await one.push([
      one.makeOp('set', {
        recordId: makeUuid(),
        fields: validValues('employer', 1),
        body: { act: 'created' },
      }),
    ])
    expect([pushed.status, pushed.body['code']]).toEqual([412, 'epochChanged'])
    for (const path of ['check', 'bucket', 'records', 'own-ops', 'pull']) {
      const answer = await one.ask(path, {
        bucket: 1,
        records: [['employer', randomUUID()]],
        afterN: 0,
        cursor: 0,
        limit: 1,
      })
      expect([path, answer.status]).toEqual([path, 412])
    }
    expect(await server.database.selectFrom('op_log').selectAll().execute()).toEqual([])
  })
})

describe('own ops', () => {
  test('are given back as they came, with their receipts and reasons, page by page', async () => {
    const id = makeUuid()
    const ops = [
      one.makeOp('set', { recordId: id, fields: validValues('employer', 1), body: { act: 'created' } }),
      one.makeOp('set', { recordId: id, baseSeq: 1, fields: { telephone: '错' } }),
      one.makeOp('set', { recordId: id, baseSeq: 1, fields: { remarks: '"引号"\\' } }),
      one.makeOp('cancel', { recordId: makeUuid(), body: { cancellation: { reasonCode: '10' } } }),
    ]
    await one.push(ops)
    const read = async (afterN: number, limit: number) =>
      ownOpsAnswer.parse((await one.ask('own-ops', { afterN, limit })).body)
    const all = await read(0, 500)
    expect(all.more).toBe(false)
    expect(all.ops.map(({ seq: _s, receivedAt: _r, reason: _w, ...op }) => op)).toEqual(ops)
    expect(all.ops.map(({ n, seq, reason }) => [n, seq, reason === null])).toEqual([
      [1, 1, true],
      // Repaired by the third, which left nothing of it.
      [2, null, false],
      [3, 2, true],
      [4, null, false],
    ])
    expect(await read(1, 2)).toEqual({ ops: all.ops.slice(1, 3), more: true })
    expect(await read(3, 2)).toEqual({ ops: all.ops.slice(3), more: false })
    const notes = await server.database
      .selectFrom('audit')
      .select('detail')
      .where('act', '=', 'ownOps')
      .orderBy('id')
      .execute()
    expect(notes.map((note) => note.detail)).toEqual(['{"ops":4}', '{"ops":2}', '{"ops":1}'])
  })

  test('of another store are not given, nor to one that never said hello', async () => {
    await one.create(makeUuid(), validValues('employer', 1))
    const two = await openStation(server.port, 'clerk002')
    expect((await two.ask('own-ops', { afterN: 0, limit: 9 })).body).toEqual({ ops: [], more: false })
    const asOne = await callServer(server.port, two.caller.token).post('/sync/1/own-ops', {
      replica: one.replica.id,
      epoch: one.replica.epoch,
      afterN: 0,
      limit: 9,
    })
    expect(asOne.status).toBe(401)
  })
})
