import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { checkDatabase } from '../../../src-server/storage/check-database.ts'
import { importDictionary } from '../../../src-server/sync/dictionaries.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'
import { addAdministrator, openStation, type Station } from './station.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let one: Station
let two: Station
let elsewhere: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  await addAdministrator(server)
  one = await openStation(server.port, 'clerk001')
  two = await openStation(server.port, 'clerk002')
  elsewhere = await openStation(server.port, 'clerk900')
})

afterEach(async () => {
  expect((await checkDatabase(server.database)).problems).toEqual([])
  await server.close()
  folder.remove()
})

const cancellation = { reasonCode: '10' }

/** Adds a reason of cancellation to the server's table: what was refused for it is good from now on. */
async function importReason({ database }: TestServer, code: string): Promise<void> {
  const { reasonCode } = getRegister('employer').cancellation
  if (reasonCode?.kind !== 'code') throw new Error('the reason is a code')
  await importDictionary(database, reasonCode.dictionary, `code,name\n10,旧\n${code},新\n`, '2026-01-01')
}

describe('cancel, restore, delete', () => {
  test('a cancellation and its restoration are seen by the others, with who made them', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    const cancelled = await two.send('cancel', {
      recordId: id,
      baseSeq: seq,
      body: { act: 'cancelled', cancellation },
    })
    expect(await one.see(id)).toMatchObject({
      seq: cancelled.seq,
      status: 'cancelled',
      cancellation,
      updatedBy: 'clerk002',
      updatedStation: '002',
    })
    await one.send('restore', { recordId: id, baseSeq: cancelled.seq, body: { act: 'restored' } })
    expect(await two.see(id)).toMatchObject({ status: 'active', cancellation: null, conflicts: [] })
  })

  test('only an administrator deletes; what was deleted is still told and can be restored', async () => {
    const boss = await openStation(server.port, 'boss001')
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    const refused = await one.send('delete', { recordId: id, baseSeq: seq, body: { act: 'deleted' } })
    expect(refused.reason).toContain('只有管理员账号能删除记录')
    expect((await one.see(id))?.status).toBe('active')
    const deleted = await boss.send('delete', { recordId: id, baseSeq: seq, body: { act: 'deleted' } })
    expect(deleted.seq).toBeGreaterThan(seq)
    const { rows } = await two.pull()
    expect(rows).toMatchObject([{ recordId: id, seq: deleted.seq, status: 'deleted' }])
    // A refused deletion is not done after all because somebody edits the record.
    await one.send('restore', { recordId: id, baseSeq: deleted.seq, body: { act: 'restored' } })
    await one.send('set', { recordId: id, baseSeq: deleted.seq, fields: { remarks: 'x' } })
    expect((await two.see(id))?.status).toBe('active')
  })

  test('a deletion that had not seen an edit waits for a person', async () => {
    const boss = await openStation(server.port, 'boss001')
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    await two.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '新' } })
    const deleted = await boss.send('delete', { recordId: id, baseSeq: seq, body: { act: 'deleted' } })
    expect(deleted.fields).toEqual(['@status'])
    expect(await one.see(id)).toMatchObject({
      status: 'active',
      conflicts: [
        {
          id: `${deleted.opId}/@status`,
          field: '@status',
          lost: { status: 'deleted', cancellation: null, mergedInto: null },
          by: 'boss001',
          station: '001',
        },
      ],
    })
  })

  test('an edit of a record that another deleted unseen is in conflict, not lost', async () => {
    const boss = await openStation(server.port, 'boss001')
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    await boss.send('delete', { recordId: id, baseSeq: seq, body: { act: 'deleted' } })
    const edited = await two.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '还在' } })
    expect(edited.fields).toEqual(['remarks'])
    expect(await one.see(id)).toMatchObject({
      status: 'deleted',
      conflicts: [{ id: `${edited.opId}/remarks`, lost: '还在', by: 'clerk002' }],
    })
  })

  test.each(['cancel', 'restore', 'delete', 'resolve', 'unmerge', 'merge'] as const)(
    '%s of a record that is not there is set aside',
    async (kind) => {
      const boss = await openStation(server.port, 'boss001')
      const loserId = makeUuid()
      await one.create(loserId, validValues('employer', 1))
      const answer = await boss.send(kind, {
        recordId: makeUuid(),
        body: {
          ...(kind === 'cancel' ? { cancellation } : {}),
          ...(kind === 'merge' ? { merge: { loserId, loserBaseSeq: 1 } } : {}),
        },
      })
      expect(answer.reason).toContain('服务器上还没有这条记录')
    },
  )
})

describe('of another scope', () => {
  test.each(['set', 'cancel', 'restore', 'delete', 'resolve', 'unmerge', 'merge'] as const)(
    '%s is set aside and changes nothing',
    async (kind) => {
      const id = makeUuid()
      const own = makeUuid()
      await one.create(id, validValues('employer', 1))
      await elsewhere.create(own, validValues('employer', 1))
      const before = await one.see(id)
      const answer = await elsewhere.send(kind, {
        recordId: id,
        baseSeq: 9,
        fields: kind === 'set' || kind === 'resolve' ? { remarks: '越界' } : {},
        body: {
          ...(kind === 'cancel' ? { cancellation } : {}),
          ...(kind === 'merge' ? { merge: { loserId: own, loserBaseSeq: 9 } } : {}),
        },
      })
      expect(answer.reason).toContain('另一个管辖范围')
      expect(await one.see(id)).toEqual(before)
      // Nor is it told anything of it.
      expect(await elsewhere.see(id)).toBeUndefined()
      expect((await elsewhere.pull()).rows.map((row) => row.recordId)).toEqual([own])
    },
  )

  test('a record of another scope is neither merged in nor declared different, and is no duplicate', async () => {
    const theirs = makeUuid()
    const own = makeUuid()
    const values = validValues('employer', 1)
    const { seq } = await one.create(theirs, values)
    const made = await elsewhere.create(own, values)
    expect((await elsewhere.see(own))?.duplicates).toEqual([])
    const merged = await elsewhere.send('merge', {
      recordId: own,
      baseSeq: made.seq,
      body: { merge: { loserId: theirs, loserBaseSeq: seq } },
    })
    expect(merged.reason).toContain('要并入的记录属于另一个管辖范围')
    await elsewhere.send('resolve', { recordId: own, baseSeq: made.seq, body: { distinctFrom: [theirs] } })
    expect(await server.database.selectFrom('dismissed').selectAll().execute()).toEqual([])
    expect(await one.see(theirs)).toMatchObject({ seq, status: 'active' })
  })

  test('a conflict of another scope is not closed', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, { ...validValues('employer', 1), remarks: '甲' })
    await one.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '乙' } })
    await two.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '丙' } })
    const conflict = (await one.see(id))?.conflicts[0]?.id ?? ''
    const own = makeUuid()
    const made = await elsewhere.create(own, validValues('employer', 2))
    await elsewhere.send('resolve', { recordId: own, baseSeq: made.seq, body: { resolves: [conflict] } })
    expect((await one.see(id))?.conflicts).toHaveLength(1)
  })
})

describe('what its clerk has taken back', () => {
  const broken = { telephone: '错', remarks: '收回的' }
  const taking = (opIds: readonly string[]) => ({ act: 'resolved', withdraws: opIds }) as const

  test('comes in neither by a later op on the record nor by being sent again', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, { ...validValues('employer', 1), remarks: '原来' })
    const op = one.makeOp('set', { recordId: id, baseSeq: seq, fields: broken })
    expect((await one.push([op])).push.results).toMatchObject([{ outcome: 'setAside' }])
    const unknown = makeUuid()
    const taken = await one.send('resolve', { recordId: id, baseSeq: seq, body: taking([op.opId, unknown]) })
    expect(taken.reason).toBeUndefined()
    expect(await two.see(id)).toMatchObject({ seq: taken.seq, values: { remarks: '原来' }, conflicts: [] })
    await one.send('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000009' } })
    expect((await one.push([op])).push).toMatchObject({
      receipts: [],
      results: [{ n: op.n, outcome: 'setAside' }],
    })
    expect((await two.see(id))?.values).toMatchObject({ telephone: '13800000009', remarks: '原来' })
  })

  test('in one batch with the later op as well', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, { ...validValues('employer', 1), remarks: '原来' })
    const op = one.makeOp('set', { recordId: id, baseSeq: seq, fields: broken })
    await one.push([op])
    const answer = await one.push([
      one.makeOp('resolve', { recordId: id, baseSeq: seq, body: taking([op.opId]) }),
      one.makeOp('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000009' } }),
    ])
    expect(answer.push.receipts).toHaveLength(2)
    expect((await two.see(id))?.values).toMatchObject({ telephone: '13800000009', remarks: '原来' })
  })

  test('may be the making of a record: nothing is made by it', async () => {
    const id = makeUuid()
    const op = one.makeOp('set', {
      recordId: id,
      fields: { ...validValues('employer', 1), name: null },
      body: { act: 'created' },
    })
    await one.push([op])
    const taken = await one.send('resolve', { recordId: id, body: taking([op.opId]) })
    expect(taken.reason).toBeUndefined()
    expect(await one.see(id)).toBeUndefined()
    const later = await one.send('set', { recordId: id, fields: { name: '改正后的单位' } })
    expect(later.reason).toContain('它的登记没有被接收')
  })

  test('is only what the same replica sent, and nothing but that is in the op', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, { ...validValues('employer', 1), remarks: '原来' })
    const op = one.makeOp('set', { recordId: id, baseSeq: seq, fields: broken })
    await one.push([op])
    await two.send('resolve', { recordId: id, baseSeq: seq, body: taking([op.opId]) })
    const more = { recordId: id, baseSeq: seq, fields: { scale: 1 }, body: taking([op.opId]) }
    expect((await one.send('resolve', more)).reason).toContain('撤回不能与别的内容写在同一项里')
    await one.send('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000009' } })
    expect((await two.see(id))?.values).toMatchObject({ telephone: '13800000009', remarks: '收回的' })
  })

  test('what was repaired before stays', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, { ...validValues('employer', 1), remarks: '原来' })
    const op = one.makeOp('set', { recordId: id, baseSeq: seq, fields: broken })
    await one.push([op])
    await one.send('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000009' } })
    await one.send('resolve', { recordId: id, baseSeq: seq, body: taking([op.opId]) })
    expect((await one.push([op])).push.receipts.map(([n]) => n)).toContain(op.n)
    expect((await two.see(id))?.values).toMatchObject({ remarks: '收回的' })
  })
})

describe('what is set aside', () => {
  test('a merge or deletion that was refused is not done by a later op on the record', async () => {
    const winner = makeUuid()
    const loser = makeUuid()
    const { seq } = await one.create(winner, validValues('employer', 1))
    await one.send('merge', {
      recordId: winner,
      baseSeq: seq,
      body: { merge: { loserId: loser, loserBaseSeq: 0 } },
    })
    await one.create(loser, validValues('employer', 2))
    await one.send('set', { recordId: winner, baseSeq: seq, fields: { remarks: 'x' } })
    expect((await one.see(loser))?.status).toBe('active')
    expect(await server.database.selectFrom('alias').selectAll().execute()).toEqual([])
  })

  test('a resolution with a broken value closes nothing, and no later edit of the record makes it do so', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, { ...validValues('employer', 1), telephone: '13800000000' })
    await one.send('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000001' } })
    await two.send('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000002' } })
    const seen = await two.see(id)
    const parts = {
      recordId: id,
      baseSeq: seen?.seq ?? 0,
      body: { act: 'resolved', resolves: seen?.conflicts.map((each) => each.id) ?? [] },
    } as const
    const broken = await two.send('resolve', { ...parts, fields: { telephone: '错' } })
    expect(broken.reason).toContain('联系电话')
    await two.send('set', { recordId: id, baseSeq: seen?.seq ?? 0, fields: { remarks: '别的' } })
    expect((await two.see(id))?.conflicts).toHaveLength(1)
    await two.send('resolve', { ...parts, fields: { telephone: '13800000003' } })
    expect(await one.see(id)).toMatchObject({ conflicts: [], values: { telephone: '13800000003' } })
  })

  test('a cancellation that is asked again after a restoration is taken without effect', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    const broken = one.makeOp('cancel', {
      recordId: id,
      baseSeq: seq,
      body: { act: 'cancelled', cancellation: { reasonCode: '99' } },
    })
    expect((await one.push([broken])).push.results).toMatchObject([{ outcome: 'setAside' }])
    const cancelled = await one.send('cancel', {
      recordId: id,
      baseSeq: seq,
      body: { act: 'cancelled', cancellation },
    })
    await one.send('restore', { recordId: id, baseSeq: cancelled.seq, body: { act: 'restored' } })
    await importReason(server, '99')
    const again = await one.push([broken])
    expect(again.push.receipts.map(([n]) => n)).toEqual([broken.n])
    expect(await two.see(id)).toMatchObject({ status: 'active', conflicts: [] })
  })

  test('a merge that is asked again after its loser was taken out is taken without effect', async () => {
    const [a, b, unknown] = [makeUuid(), makeUuid(), makeUuid()]
    await one.create(a, validValues('employer', 1))
    await one.create(b, validValues('employer', 2))
    const early = one.makeOp('merge', {
      recordId: a,
      baseSeq: 1_000,
      body: { act: 'merged', merge: { loserId: unknown, loserBaseSeq: 1_000 } },
    })
    expect((await one.push([early])).push.results).toMatchObject([{ outcome: 'setAside' }])
    await one.create(unknown, validValues('employer', 3))
    await one.send('merge', {
      recordId: b,
      baseSeq: 1_000,
      body: { act: 'merged', merge: { loserId: unknown, loserBaseSeq: 1_000 } },
    })
    await one.send('unmerge', { recordId: unknown, baseSeq: 1_000, body: { act: 'unmerged' } })
    const before = await one.see(unknown)
    const again = await one.push([early])
    expect(again.push.receipts.map(([n]) => n)).toEqual([early.n])
    expect(await two.see(unknown)).toMatchObject({ status: 'active' })
    expect((await two.see(unknown))?.seq).toBeGreaterThan(before?.seq ?? 0)
  })

  test('a batch that is delivered twice asks nothing new', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    const broken = one.makeOp('cancel', {
      recordId: id,
      baseSeq: seq,
      body: { act: 'cancelled', cancellation: { reasonCode: '99' } },
    })
    const request = {
      replica: one.replica.id,
      epoch: one.replica.epoch,
      batchId: makeUuid(),
      afterN: 1,
      ops: [broken],
    }
    const first = await one.caller.post('/sync/1/push', request)
    await importReason(server, '99')
    const second = await one.caller.post('/sync/1/push', request)
    expect(second.body['results']).toEqual(first.body['results'])
    // In another batch a person asks.
    expect((await one.push([broken])).push.receipts.map(([n]) => n)).toEqual([broken.n])
    expect((await two.see(id))?.status).toBe('cancelled')
  })

  test('numbers or ids that stand twice in one batch are refused whole', async () => {
    const op = one.makeOp('set', {
      recordId: makeUuid(),
      fields: validValues('employer', 1),
      body: { act: 'created' },
    })
    for (const ops of [
      [op, op],
      [op, { ...op, n: 2 }],
      [{ ...op, n: 3 }, op],
    ]) {
      const answer = await one.push(ops)
      expect([answer.status, answer.body['code']]).toEqual([400, 'badRequest'])
    }
    expect((await one.push([op])).push.receipts).toEqual([[1, 1]])
  })
})
