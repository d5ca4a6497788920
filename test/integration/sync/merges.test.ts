import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import { coordinatorValues, employerValues, refusalOf } from '../../support/backend-fixture.ts'
import { addServerStreets, openStation, type Station } from './station-world.ts'
import { makeFolder, PASSWORD, startTestServer, type TestServer } from './sync-world.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let first: Station
let second: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  await addServerStreets(server, folder.path)
  first = await openStation(server, 'clerk001')
  second = await openStation(server, 'clerk002')
})

afterEach(async () => {
  await first.stop()
  await second.stop()
  await server.close()
  folder.remove()
})

const page = { offset: 0, limit: 50 }

type Pair = { readonly winnerId: string; readonly loserId: string; readonly employerId: string }

/** One coordinator registered at both stations, the second one with an employer to look after; both stations know all. */
async function registerTwice(): Promise<Pair> {
  const winnerId = await first.create(
    'coordinator',
    coordinatorValues({ name: '王协管', telephone: '13900000001' }),
  )
  const loserId = await second.create(
    'coordinator',
    coordinatorValues({ name: '王谐管', telephone: '13900000002', workCardNumber: 'A1' }),
  )
  const employerId = await second.create('employer', employerValues({ coordinatorId: loserId }))
  await first.sync()
  await second.sync()
  await first.sync()
  return { winnerId, loserId, employerId }
}

const merge = ({ winnerId, loserId }: Pair, station: Station = first): Promise<unknown> =>
  station.call('record.merge', {
    register: 'coordinator',
    winnerId,
    loserId,
    picks: { workCardNumber: 'loser', name: 'winner' },
  })

test('the pair appears at both stations, side by side with what differs', async () => {
  const { winnerId, loserId } = await registerTwice()
  for (const station of [first, second]) {
    const { rows, total } = await station.call('duplicate.list', page)
    expect(total).toBe(1)
    const [pair] = rows
    expect(new Set([pair?.left.id, pair?.right.id])).toEqual(new Set([winnerId, loserId]))
    const loser = pair?.left.id === loserId ? pair.left : pair?.right
    expect(loser).toMatchObject({ title: '王谐管', station: '测试站002', status: 'active', linkedCount: 1 })
    const differing = pair?.fields.filter((field) => field.isDifferent).map((field) => field.field)
    expect(differing).toEqual(['name', 'telephone', 'workCardNumber'])
    expect((await station.call('sync.status', {})).duplicateCount).toBe(1)
  }
})

test('merged offline it is one record at once, references follow, and both stations show the same after a round', async () => {
  const pair = await registerTwice()
  const { winnerId, loserId, employerId } = pair
  await first.call('lookup.search', {
    source: { kind: 'register', name: 'coordinator' },
    query: '王',
    offset: 0,
    limit: 10,
  })
  await merge(pair)
  expect(first.find('coordinator', loserId)).toBeUndefined()
  expect(first.find('coordinator', winnerId)?.values).toMatchObject({ name: '王协管', workCardNumber: 'A1' })
  expect(first.find('employer', employerId)?.values['coordinatorId']).toBe(winnerId)
  expect((await first.call('duplicate.list', page)).total).toBe(0)
  expect((await first.call('app.state', {})).counts.coordinator).toBe(1)
  const found = await first.call('lookup.search', {
    source: { kind: 'register', name: 'coordinator' },
    query: '王',
    offset: 0,
    limit: 10,
  })
  expect(found.entries.map((entry) => entry.code)).toEqual([winnerId])
  expect((await first.call('merge.list', page)).rows).toMatchObject([
    { loserId, loserTitle: '王谐管', winnerId, winnerTitle: '王协管', by: '操作员001' },
  ])

  await first.sync()
  await second.sync()
  await first.sync()
  for (const station of [first, second]) {
    expect(station.find('coordinator', loserId)).toBeUndefined()
    expect(station.find('coordinator', winnerId)?.values).toMatchObject({
      name: '王协管',
      workCardNumber: 'A1',
    })
    expect(station.find('employer', employerId)).toMatchObject({
      pendingOps: 0,
      values: { coordinatorId: winnerId },
    })
    expect((await station.call('merge.list', page)).total).toBe(1)
    expect((await station.call('duplicate.list', page)).total).toBe(0)
    expect((await station.call('sync.status', {})).pendingCount).toBe(0)
  }
  expect(
    (await second.call('record.history', { register: 'coordinator', id: loserId })).map((line) => line.act),
  ).toContain('merged')
})

test('taken apart at the other station: both stand by themselves again, with their references and values', async () => {
  const pair = await registerTwice()
  const { winnerId, loserId, employerId } = pair
  await merge(pair)
  await first.sync()
  await second.sync()
  await second.call('record.unmerge', { register: 'coordinator', loserId, reason: '不是同一个人' })
  // At once, without a line.
  expect(second.find('coordinator', loserId)?.values).toMatchObject({ name: '王谐管', workCardNumber: 'A1' })
  expect(second.find('employer', employerId)?.values['coordinatorId']).toBe(loserId)
  await second.sync()
  await first.sync()
  await second.sync()
  for (const station of [first, second]) {
    expect(station.find('coordinator', loserId)?.values).toMatchObject({
      name: '王谐管',
      telephone: '13900000002',
    })
    expect(station.find('coordinator', winnerId)?.values['workCardNumber']).toBeNull()
    expect(station.find('employer', employerId)?.values['coordinatorId']).toBe(loserId)
    expect((await station.call('merge.list', page)).total).toBe(0)
    expect((await station.call('duplicate.list', page)).total).toBe(1)
  }
})

test('a merge that was not sent yet is taken back whole', async () => {
  const pair = await registerTwice()
  await merge(pair)
  await first.call('record.unmerge', { register: 'coordinator', loserId: pair.loserId, reason: '误操作' })
  expect(first.find('coordinator', pair.loserId)?.values['name']).toBe('王谐管')
  expect(first.find('coordinator', pair.winnerId)?.values['workCardNumber']).toBeNull()
  expect(first.find('employer', pair.employerId)?.values['coordinatorId']).toBe(pair.loserId)
  await first.sync()
  await second.sync()
  await first.sync()
  for (const station of [first, second]) {
    expect(station.find('coordinator', pair.loserId)?.values['name']).toBe('王谐管')
    expect(station.find('coordinator', pair.winnerId)?.values['workCardNumber']).toBeNull()
    expect(station.find('employer', pair.employerId)?.values['coordinatorId']).toBe(pair.loserId)
  }
})

test('an edit of a record that another station has merged stays in sight until it is uploaded, then waits as a conflict', async () => {
  const pair = await registerTwice()
  await merge(pair)
  await first.sync()
  await second.change('coordinator', pair.loserId, { telephone: '13900000003' })
  // An account that only looks pulls the merge before the edit could go.
  await second.call('account.signIn', { accountName: 'viewer001', password: PASSWORD })
  await second.sync()
  expect(second.find('coordinator', pair.loserId)).toMatchObject({
    pendingOps: 1,
    values: { telephone: '13900000003' },
  })
  await second.call('account.signIn', { accountName: 'clerk002', password: PASSWORD })
  await second.sync()
  await first.sync()
  for (const station of [first, second]) {
    expect(station.find('coordinator', pair.loserId)).toBeUndefined()
    expect((await station.call('conflict.list', page)).rows).toMatchObject([
      {
        recordId: pair.winnerId,
        field: 'telephone',
        kept: { value: '13900000001' },
        lost: { value: '13900000003', by: '操作员002' },
      },
    ])
  }
})

test('two that are not the same: the pair vanishes at both stations and does not come back', async () => {
  const { winnerId, loserId } = await registerTwice()
  await first.call('duplicate.dismiss', { register: 'coordinator', ids: [winnerId, loserId] })
  expect((await first.call('duplicate.list', page)).total).toBe(0)
  expect((await first.call('sync.status', {})).duplicateCount).toBe(0)
  await first.sync()
  await second.sync()
  await first.sync()
  for (const station of [first, second]) {
    expect((await station.call('duplicate.list', page)).total).toBe(0)
    expect(station.find('coordinator', loserId)?.pendingOps).toBe(0)
  }
})

test('only an administrator deletes; a record that others refer to is not deleted; a deleted one leaves every station', async () => {
  const { loserId, employerId, winnerId } = await registerTwice()
  const input = { register: 'coordinator', ids: [winnerId], reason: '误登记' }
  expect(await refusalOf(first.backend, 'record.delete', input)).toMatchObject({ code: 'notAllowed' })
  await runCommand(
    server.database,
    'add-account',
    ['--name', 'chief001', '--display', '站长', '--station', '001', '--role', 'administrator'],
    async () => PASSWORD,
    0,
  )
  await first.call('account.signIn', { accountName: 'chief001', password: PASSWORD })
  expect(await refusalOf(first.backend, 'record.delete', { ...input, ids: [loserId] })).toMatchObject({
    code: 'notPossible',
  })
  await first.call('record.delete', input as never)
  expect(first.find('coordinator', winnerId)).toBeUndefined()
  await first.sync()
  await second.sync()
  expect(second.find('coordinator', winnerId)).toBeUndefined()
  expect(second.find('employer', employerId)?.values['coordinatorId']).toBe(loserId)
  expect((await first.call('sync.check', {})).differingBuckets).toBe(0)
  expect((await second.call('sync.check', {})).differingBuckets).toBe(0)
})

test('a merge that the server refuses is taken back here: both records and their references stand as before', async () => {
  const pair = await registerTwice()
  await merge(pair)
  await first.backend.context.store.write((database) =>
    database.runOf(
      "UPDATE outbox SET body = json_set(body, '$.fields.workCardNumber', 'A2') WHERE kind = 'merge'",
    ),
  )
  await first.sync()
  expect((await first.call('sync.status', {})).setAsideCount).toBe(1)
  expect(first.find('coordinator', pair.loserId)?.values['name']).toBe('王谐管')
  expect(first.find('coordinator', pair.winnerId)?.values['workCardNumber']).toBeNull()
  expect(first.find('employer', pair.employerId)?.values['coordinatorId']).toBe(pair.loserId)
  expect((await first.call('duplicate.list', page)).total).toBe(1)
})
