import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'
import { sayHello } from './server-caller.ts'
import { openStation, type Row, type Station } from './station.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let one: Station
let two: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  one = await openStation(server.port, 'clerk001')
  two = await openStation(server.port, 'clerk002')
})

afterEach(async () => {
  await server.close()
  folder.remove()
})

/** What a pull after `cursor` says of one record: an echo, the whole, or nothing. */
async function told(
  station: Station,
  recordId: string,
  cursor: number,
): Promise<'echo' | 'whole' | 'nothing'> {
  const row = (await station.pull(cursor)).rows.find((each) => each.recordId === recordId)
  if (row === undefined) return 'nothing'
  if (row.echo !== true) return 'whole'
  const { after, ...rest } = row as Row & { readonly after?: number }
  expect(Object.keys(rest).sort()).toEqual(['echo', 'recordId', 'register', 'seq'])
  expect(after ?? 0).toBeLessThanOrEqual(cursor)
  return 'echo'
}

describe('a record that only its own ops made what it is', () => {
  test('comes back to its replica without content, to others whole', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    await one.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '改' } })
    expect(await told(one, id, 0)).toBe('echo')
    expect(await told(one, id, seq)).toBe('echo')
    expect(await told(two, id, 0)).toBe('whole')
    const again = await openStation(server.port, 'clerk001')
    expect(await told(again, id, 0)).toBe('whole')
  })

  test('is whole where another wrote in between, and an echo again after that was pulled', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    const other = await two.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '他' } })
    const own = await one.send('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000001' } })
    expect(await told(one, id, seq)).toBe('whole')
    // A cursor in the middle of pages may have passed the other's change without showing it: the record had moved on.
    expect(await told(one, id, other.seq)).toBe('whole')
    await one.send('set', { recordId: id, baseSeq: own.seq, fields: { telephone: '13800000002' } })
    expect(await told(one, id, own.seq)).toBe('echo')
    expect(await told(two, id, other.seq)).toBe('whole')
  })

  test('an equal value is an echo; a conflict, a repair, a resolution, a duplicate are not', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, { ...validValues('employer', 1), remarks: null })
    const other = await two.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '他' } })
    await one.send('set', { recordId: id, baseSeq: other.seq, fields: { remarks: '他' } })
    expect(await told(one, id, other.seq)).toBe('echo')
    const lost = await one.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '我' } })
    expect(await told(one, id, other.seq)).toBe('whole')
    const resolved = await one.send('resolve', {
      recordId: id,
      baseSeq: lost.seq,
      fields: { remarks: '我' },
      body: { act: 'resolved', resolves: [`${lost.opId}/remarks`] },
    })
    expect(await told(one, id, lost.seq)).toBe('whole')
    await one.send('set', { recordId: id, baseSeq: resolved.seq, fields: { telephone: '错' } })
    const repaired = await one.send('set', {
      recordId: id,
      baseSeq: resolved.seq,
      fields: { telephone: '13800000001' },
    })
    expect(await told(one, id, resolved.seq)).toBe('whole')
    // A duplicate made by somebody else is news about this record as well.
    await two.create(makeUuid(), validValues('employer', 1))
    expect(await told(one, id, repaired.seq)).toBe('whole')
  })

  test('codes that were united are news to the one who sent some of them', async () => {
    const id = makeUuid()
    const { seq } = await one.create(
      id,
      { ...validValues('resident', 3), socialInsuranceCodes: ['11'] },
      'resident',
    )
    await two.send('set', {
      recordId: id,
      register: 'resident',
      baseSeq: seq,
      fields: { socialInsuranceCodes: ['11', '12'] },
    })
    const own = await one.send('set', {
      recordId: id,
      register: 'resident',
      baseSeq: seq,
      fields: { socialInsuranceCodes: ['11', '13'] },
    })
    expect(own.fields).toEqual([])
    const { rows } = await one.pull(own.seq - 1)
    expect(rows).toMatchObject([{ values: { socialInsuranceCodes: ['11', '12', '13'] } }])
  })

  test('is whole to a replica that has been past it: it asks again because it lost something', async () => {
    const id = makeUuid()
    await one.create(id, validValues('employer', 1))
    const { head } = await one.pull()
    expect(await told(one, id, 0)).toBe('echo')
    const answer = await one.caller.post('/sync/1/hello', {
      replica: one.replica.id,
      app: 'test',
      epoch: one.replica.epoch,
      cursor: head,
      now: 0,
    })
    expect(answer.status).toBe(200)
    expect(await told(one, id, 0)).toBe('whole')
    // What it sends after that is its own again.
    const later = makeUuid()
    await one.create(later, validValues('employer', 2))
    expect(await told(one, later, head)).toBe('echo')
    await sayHello(one.caller, one.replica.id)
    expect(await told(one, id, 0)).toBe('whole')
  })

  test('a merge and its undoing are told whole', async () => {
    const [a, b] = [makeUuid(), makeUuid()]
    await one.create(a, validValues('employer', 1))
    await one.create(b, validValues('employer', 2))
    const { head } = await one.pull()
    await one.send('merge', {
      recordId: a,
      baseSeq: head,
      body: { act: 'merged', merge: { loserId: b, loserBaseSeq: head } },
    })
    expect([await told(one, a, head), await told(one, b, head)]).toEqual(['whole', 'whole'])
    const seen = (await one.pull()).head
    await one.send('unmerge', { recordId: b, baseSeq: seen, body: { act: 'unmerged' } })
    expect([await told(one, a, seen), await told(one, b, seen)]).toEqual(['whole', 'whole'])
  })
})

test('the end of every page counts its rows, echoes as well', async () => {
  for (let index = 0; index < 7; index += 1) await one.create(makeUuid(), validValues('employer', index))
  const { body } = await one.ask('pull', { cursor: 2, limit: 3 })
  expect(body).toMatchObject({ next: 5, more: true, head: 7, end: { rows: 3, sum: 3 + 4 + 5 } })
})
