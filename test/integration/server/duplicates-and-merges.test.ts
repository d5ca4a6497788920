import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { checkDatabase } from '../../../src-server/storage/check-database.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'
import { addAdministrator, openStation, type Row, type Station } from './station.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let one: Station
let two: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  await addAdministrator(server)
  one = await openStation(server.port, 'clerk001')
  two = await openStation(server.port, 'clerk002')
})

afterEach(async () => {
  expect((await checkDatabase(server.database)).problems).toEqual([])
  await server.close()
  folder.remove()
})

/** A valid dwelling of a number, whose values can be told from another's. */
const dwelling = (number: number, more: RecordValues = {}): RecordValues => ({
  ...validValues('dwelling', number),
  ...more,
})

const merge = (
  station: Station,
  winner: string,
  loser: string,
  more: {
    readonly fields?: RecordValues
    readonly baseSeq?: number
    readonly loserBaseSeq?: number
    readonly register?: 'dwelling' | 'employer'
  } = {},
) =>
  station.send('merge', {
    recordId: winner,
    register: more.register ?? 'employer',
    fields: more.fields ?? {},
    baseSeq: more.baseSeq ?? 1_000,
    body: { act: 'merged', merge: { loserId: loser, loserBaseSeq: more.loserBaseSeq ?? 1_000 } },
  })

const duplicatesOf = (rows: readonly Row[]) =>
  Object.fromEntries(rows.map((row) => [row.recordId, row.duplicates]))

/** Two employers with the same natural key, made by two stations. */
async function makePair(first: RecordValues = {}, second: RecordValues = {}) {
  const values = validValues('employer', 1)
  const [a, b] = [makeUuid(), makeUuid()]
  await one.create(a, { ...values, ...first })
  await two.create(b, { ...values, ...second })
  return { a, b }
}

describe('duplicates', () => {
  test('appear at both records with new numbers, and vanish when the key changes', async () => {
    const { a, b } = await makePair()
    const { rows, head } = await one.pull()
    expect(duplicatesOf(rows)).toEqual({ [a]: [b], [b]: [a] })
    // The first one was told already, before the second came: it moved.
    expect((await one.see(a))?.seq).toBeGreaterThan(1)
    const other = validValues('employer', 7)
    const key = Object.fromEntries(
      ['name', 'socialCreditCode'].filter((name) => name in other).map((name) => [name, other[name] ?? null]),
    )
    await two.send('set', { recordId: b, baseSeq: head, fields: key })
    const after = await one.pull(head)
    expect(duplicatesOf(after.rows)).toEqual({ [a]: [], [b]: [] })
  })

  test('of one batch are told as well', async () => {
    const ids = [makeUuid(), makeUuid(), makeUuid()]
    await one.push(
      ids.map((recordId) =>
        one.makeOp('set', { recordId, fields: validValues('employer', 3), body: { act: 'created' } }),
      ),
    )
    for (const id of ids)
      expect((await two.see(id))?.duplicates).toEqual(ids.filter((each) => each !== id).sort())
  })

  test('that somebody declares different are no longer told to anyone, and only those', async () => {
    const { a, b } = await makePair()
    const c = makeUuid()
    await one.create(c, validValues('employer', 1))
    const { head } = await one.pull()
    await two.send('resolve', {
      recordId: a,
      baseSeq: head,
      body: { act: 'resolved', distinctFrom: [b] },
    })
    const told = new Map((await one.pull(head)).rows.map((row) => [row.recordId, row.duplicates]))
    expect(told.get(a)).toEqual([c])
    expect(told.get(b)).toEqual([c])
    expect((await one.see(c))?.duplicates).toEqual([a, b].sort())
  })

  test('disappear with a deletion and come back with its restoration', async () => {
    const { a, b } = await makePair()
    const boss = await openStation(server.port, 'boss001')
    const { head } = await one.pull()
    const deleted = await boss.send('delete', { recordId: b, baseSeq: head, body: { act: 'deleted' } })
    expect((await one.pull(head)).rows).toMatchObject([
      { recordId: b, status: 'deleted', duplicates: [] },
      { recordId: a, duplicates: [] },
    ])
    const seen = (await one.pull()).head
    await boss.send('restore', { recordId: b, baseSeq: deleted.seq, body: { act: 'restored' } })
    expect((await one.pull(seen)).rows.map((row) => row.duplicates)).toEqual([[a], [b]])
  })

  test('are asked for by the values of a form: title and station, within the scope, and the question is noted', async () => {
    const { a } = await makePair()
    const elsewhere = await openStation(server.port, 'clerk900')
    const question = { register: 'employer', values: validValues('employer', 1), exceptId: a }
    const answer = await one.caller.post('/sync/1/find-duplicates', question)
    expect(answer.body['duplicates']).toMatchObject([{ stationCode: '002', status: 'active' }])
    expect((await elsewhere.caller.post('/sync/1/find-duplicates', question)).body['duplicates']).toEqual([])
    const notes = await server.database
      .selectFrom('audit')
      .select(['account_name', 'detail'])
      .where('act', '=', 'findDuplicates')
      .orderBy('id')
      .execute()
    expect(notes).toEqual([
      { account_name: 'clerk001', detail: '{"register":"employer","duplicates":1}' },
      { account_name: 'clerk900', detail: '{"register":"employer","duplicates":0}' },
    ])
  })
})

describe('merge', () => {
  test('makes the loser another name; picks apply; no duplicate is left', async () => {
    const { a, b } = await makePair({ remarks: '甲' }, { remarks: '乙' })
    const { head } = await one.pull()
    const merged = await merge(one, a, b, { fields: { remarks: '乙' }, baseSeq: head, loserBaseSeq: head })
    expect(merged.fields).toEqual([])
    expect(await two.see(a)).toMatchObject({
      seq: merged.seq,
      status: 'active',
      values: { remarks: '乙' },
      duplicates: [],
      conflicts: [],
    })
    const loser = await two.see(b)
    expect(loser).toMatchObject({
      status: 'merged',
      mergedInto: a,
      values: { remarks: '乙' },
      duplicates: [],
    })
    expect(loser?.seq).toBeGreaterThan(merged.seq)
  })

  test('of a loser that others have written unseen leaves their value as a conflict of the winner', async () => {
    const { a, b } = await makePair({ remarks: '甲' }, { remarks: '乙' })
    const { head } = await one.pull()
    await two.send('set', { recordId: b, baseSeq: head, fields: { remarks: '乙的新备注' } })
    const merged = await merge(one, a, b, { baseSeq: head, loserBaseSeq: head })
    expect(merged.fields).toEqual(['remarks'])
    expect((await two.see(a))?.conflicts).toMatchObject([
      {
        id: `${merged.opId}/remarks/loser`,
        lost: '乙的新备注',
        by: 'clerk002',
        station: '002',
        keptBy: 'clerk001',
      },
    ])
  })

  test('references follow: every referrer is told anew with the winner, and keeps what it said beneath', async () => {
    const coordinator = makeUuid()
    await one.create(coordinator, validValues('coordinator', 1), 'coordinator')
    const [a, b] = [makeUuid(), makeUuid()]
    await one.create(a, dwelling(1, { coordinatorId: coordinator }), 'dwelling')
    await two.create(b, dwelling(1, { coordinatorId: coordinator }), 'dwelling')
    const resident = makeUuid()
    const values = {
      ...validValues('resident', 1),
      dwellingId: b,
      employerId: null,
      collectorId: coordinator,
    }
    await two.create(resident, values, 'resident')
    const { head } = await one.pull()
    await merge(one, a, b, { baseSeq: head, loserBaseSeq: head, register: 'dwelling' })
    const told = (await two.pull(head)).rows
    expect(told.find((row) => row.recordId === resident)?.values).toMatchObject({
      dwellingId: a,
      collectorId: coordinator,
    })
    // One that comes later and still says the loser is followed from the start.
    const late = makeUuid()
    await two.create(
      late,
      { ...values, ...validValues('resident', 5), dwellingId: b, employerId: null, collectorId: coordinator },
      'resident',
    )
    expect((await one.see(late, 'resident'))?.values['dwellingId']).toBe(a)
    // Writing what is shown agrees with what is stored: no conflict.
    const seen = await one.see(resident, 'resident')
    const edited = await one.send('set', {
      recordId: resident,
      register: 'resident',
      baseSeq: 0,
      fields: { dwellingId: a },
    })
    expect(edited.fields).toEqual([])

    await one.send('unmerge', {
      recordId: b,
      register: 'dwelling',
      baseSeq: (await one.see(b, 'dwelling'))?.seq ?? 0,
      body: { act: 'unmerged' },
    })
    for (const id of [resident, late]) expect((await one.see(id, 'resident'))?.values['dwellingId']).toBe(b)
    expect((await one.see(resident, 'resident'))?.seq).toBeGreaterThan(seen?.seq ?? 0)
  })

  test('a reference of another scope is not followed', async () => {
    const elsewhere = await openStation(server.port, 'clerk900')
    const [a, b] = [makeUuid(), makeUuid()]
    await one.create(a, dwelling(1, { coordinatorId: null }), 'dwelling')
    await one.create(b, dwelling(1, { coordinatorId: null }), 'dwelling')
    const foreign = makeUuid()
    const values = { ...validValues('resident', 1), dwellingId: b, employerId: null }
    const made = await elsewhere.create(foreign, values, 'resident')
    await merge(one, a, b, { register: 'dwelling' })
    expect(await elsewhere.see(foreign, 'resident')).toMatchObject({
      seq: made.seq,
      values: { dwellingId: b },
    })
  })

  test('a late edit of the loser waits as a conflict of the winner, and comes back with an unmerging', async () => {
    const { a, b } = await makePair({ remarks: '甲' }, { remarks: '乙' })
    const { head } = await one.pull()
    await merge(one, a, b, { baseSeq: head, loserBaseSeq: head })
    const late = await two.send('set', { recordId: b, baseSeq: head, fields: { remarks: '迟到' } })
    expect(late.fields).toEqual(['remarks'])
    expect(await one.see(a)).toMatchObject({
      values: { remarks: '甲' },
      conflicts: [{ id: `${late.opId}/remarks`, lost: '迟到', by: 'clerk002' }],
    })
    // The sender's own view is settled by pulling the record it named.
    expect((await two.see(b))?.seq).toBe(late.seq)

    const loser = await one.see(b)
    await one.send('unmerge', { recordId: b, baseSeq: loser?.seq ?? 0, body: { act: 'unmerged' } })
    expect(await one.see(a)).toMatchObject({ conflicts: [], duplicates: [b], values: { remarks: '甲' } })
    expect(await one.see(b)).toMatchObject({
      status: 'active',
      mergedInto: null,
      conflicts: [],
      duplicates: [a],
      values: { remarks: '迟到' },
    })
  })

  test('a resolution through the old name closes the conflict at the winner', async () => {
    const { a, b } = await makePair()
    const { head } = await one.pull()
    await one.send('set', { recordId: b, baseSeq: head, fields: { remarks: '一' } })
    const lost = await two.send('set', { recordId: b, baseSeq: head, fields: { remarks: '二' } })
    const seen = (await one.pull()).head
    await merge(one, a, b, { baseSeq: seen, loserBaseSeq: seen })
    expect((await one.see(a))?.conflicts.map((each) => each.id)).toEqual([`${lost.opId}/remarks`])
    expect((await one.see(b))?.conflicts).toEqual([])
    await two.send('resolve', {
      recordId: b,
      baseSeq: seen,
      body: { act: 'resolved', resolves: [`${lost.opId}/remarks`] },
    })
    expect((await one.see(a))?.conflicts).toEqual([])
  })

  test('chains are followed to their end, and parted in the middle', async () => {
    const ids = [makeUuid(), makeUuid(), makeUuid()]
    const [a, b, c] = ids as [string, string, string]
    for (const id of ids) await one.create(id, { ...validValues('employer', 1), remarks: id })
    await merge(one, b, a)
    const conflictOfA = await two.send('set', { recordId: a, baseSeq: 3, fields: { remarks: '迟到' } })
    await merge(one, c, b)
    const targets = async () =>
      Object.fromEntries(
        (await server.database.selectFrom('alias').select(['loser', 'target']).execute()).map((row) => [
          row.loser,
          row.target,
        ]),
      )
    expect(await targets()).toEqual({ [a]: c, [b]: c })
    expect((await one.see(c))?.conflicts.map((each) => each.id)).toEqual([`${conflictOfA.opId}/remarks`])
    await one.send('unmerge', { recordId: b, baseSeq: 1_000, body: { act: 'unmerged' } })
    expect(await targets()).toEqual({ [a]: b })
    expect((await one.see(b))?.conflicts.map((each) => each.id)).toEqual([`${conflictOfA.opId}/remarks`])
    expect((await one.see(c))?.conflicts).toEqual([])
    await one.send('unmerge', { recordId: a, baseSeq: 1_000, body: { act: 'unmerged' } })
    expect(await targets()).toEqual({})
    for (const id of ids) expect(await one.see(id)).toMatchObject({ status: 'active', conflicts: [] })
    expect((await one.see(a))?.values['remarks']).toBe('迟到')
  })

  test('by two stations at once, both ways round, ends as one record', async () => {
    const { a, b } = await makePair()
    const { head } = await one.pull()
    await merge(one, a, b, { baseSeq: head, loserBaseSeq: head })
    const second = await merge(two, b, a, { baseSeq: head, loserBaseSeq: head, fields: { remarks: '二' } })
    expect(second.fields).toEqual(['remarks'])
    expect(await one.see(a)).toMatchObject({ status: 'active', conflicts: [{ lost: '二' }] })
    expect(await one.see(b)).toMatchObject({ status: 'merged', mergedInto: a })
    // Both ids the second one named have moved past its number: its sender can let go of it.
    expect((await one.see(b))?.seq).toBeGreaterThanOrEqual(second.seq)
    expect((await one.see(a))?.seq).toBeGreaterThanOrEqual(second.seq)
  })

  test('of a record that another has deleted unseen is not done; it waits for a person', async () => {
    const { a, b } = await makePair()
    const boss = await openStation(server.port, 'boss001')
    const { head } = await one.pull()
    await boss.send('delete', { recordId: b, baseSeq: head, body: { act: 'deleted' } })
    const refused = await merge(one, a, b, { baseSeq: head, loserBaseSeq: head })
    expect(refused.fields).toEqual(['@status'])
    expect(await one.see(b)).toMatchObject({
      status: 'deleted',
      conflicts: [{ lost: { status: 'merged', mergedInto: a, cancellation: null } }],
    })
    expect(await server.database.selectFrom('alias').selectAll().execute()).toEqual([])
  })

  test('of two that another has declared different unseen is not done', async () => {
    const { a, b } = await makePair()
    const { head } = await one.pull()
    await two.send('resolve', { recordId: a, baseSeq: head, body: { act: 'resolved', distinctFrom: [b] } })
    expect((await merge(one, a, b, { baseSeq: head, loserBaseSeq: head })).fields).toEqual(['@status'])
    // Seen, it is done; and the conflict, which asked for just this, is over.
    const seen = (await one.pull()).head
    expect((await merge(one, a, b, { baseSeq: seen, loserBaseSeq: seen })).fields).toEqual([])
    expect(await one.see(b)).toMatchObject({ status: 'merged', mergedInto: a, conflicts: [] })
    expect((await one.see(a))?.conflicts).toEqual([])
  })

  test('in one batch with what it builds on', async () => {
    const [a, b] = [makeUuid(), makeUuid()]
    const create = (recordId: string) =>
      one.makeOp('set', { recordId, fields: validValues('employer', 1), body: { act: 'created' } })
    const { push } = await one.push([
      create(a),
      create(b),
      one.makeOp('merge', { recordId: a, body: { act: 'merged', merge: { loserId: b, loserBaseSeq: 0 } } }),
      one.makeOp('set', { recordId: a, fields: { remarks: '之后' } }),
      one.makeOp('unmerge', { recordId: b, body: { act: 'unmerged' } }),
      one.makeOp('merge', { recordId: b, body: { act: 'merged', merge: { loserId: a, loserBaseSeq: 0 } } }),
    ])
    expect(push.results).toEqual([])
    expect(await two.see(a)).toMatchObject({ status: 'merged', mergedInto: b })
    expect(await two.see(b)).toMatchObject({ status: 'active', duplicates: [] })
  })

  test('a cancelled record is merged and comes back cancelled', async () => {
    const { a, b } = await makePair()
    const { head } = await one.pull()
    const cancellation = { reasonCode: '10' }
    const cancelled = await one.send('cancel', {
      recordId: b,
      baseSeq: head,
      body: { act: 'cancelled', cancellation },
    })
    await merge(one, a, b, { baseSeq: cancelled.seq, loserBaseSeq: cancelled.seq })
    await one.send('unmerge', { recordId: b, baseSeq: 1_000, body: { act: 'unmerged' } })
    expect(await two.see(b)).toMatchObject({ status: 'cancelled', cancellation })
  })
})

describe('unmerge', () => {
  test('puts back what the merge wrote and nobody has written since', async () => {
    const { a, b } = await makePair(
      { remarks: '甲', telephone: '13800000000' },
      { remarks: '乙', telephone: '13800000002' },
    )
    const { head } = await one.pull()
    const merged = await merge(one, a, b, {
      fields: { remarks: '乙', telephone: '13800000002' },
      baseSeq: head,
      loserBaseSeq: head,
    })
    await one.send('set', { recordId: a, baseSeq: merged.seq, fields: { remarks: '后来改的' } })
    await one.send('unmerge', { recordId: b, baseSeq: 1_000, body: { act: 'unmerged' } })
    expect((await two.see(a))?.values).toMatchObject({ remarks: '后来改的', telephone: '13800000000' })
    expect((await two.see(b))?.values).toMatchObject({ remarks: '乙', telephone: '13800000002' })
  })

  test('that had not seen the merge is in conflict; one of a record that is not merged changes nothing', async () => {
    const { a, b } = await makePair()
    const { head } = await one.pull()
    await merge(one, a, b, { baseSeq: head, loserBaseSeq: head })
    const unseen = await two.send('unmerge', { recordId: b, baseSeq: head, body: { act: 'unmerged' } })
    expect(unseen.fields).toEqual(['@status'])
    expect((await two.see(b))?.status).toBe('merged')
    const needless = await two.send('unmerge', { recordId: a, baseSeq: 1_000, body: { act: 'unmerged' } })
    expect(needless.fields).toEqual([])
    expect((await two.see(a))?.status).toBe('active')
  })
})
