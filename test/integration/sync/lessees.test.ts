import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkDatabase } from '../../../src-server/storage/check-database.ts'
import {
  coordinatorValues,
  dwellingValues,
  inspectionValues,
  inventNumber,
  leaseValues,
  residentValues,
} from '../../support/backend-fixture.ts'
import { addServerStreets, openStation, type Station } from './station-world.ts'
import { makeFolder, startTestServer, type TestServer } from './sync-world.ts'

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
  expect((await checkDatabase(server.database)).problems).toEqual([])
  await first.stop()
  await second.stop()
  await server.close()
  folder.remove()
})

type World = {
  readonly dwellingId: string
  readonly coordinatorId: string
  /** One person registered at both stations, and another one. */
  readonly winnerId: string
  readonly loserId: string
  readonly otherId: string
}

async function registerPeople(): Promise<World> {
  const coordinatorId = await first.create('coordinator', coordinatorValues())
  const dwellingId = await first.create('dwelling', dwellingValues({ coordinatorId }))
  const resident = (sequence: number, name: string) =>
    residentValues(
      { dwellingId, collectorId: coordinatorId },
      { documentNumber: inventNumber(sequence), name },
    )
  const winnerId = await first.create('resident', resident(1, '张伟'))
  const otherId = await first.create('resident', resident(2, '李娜'))
  await first.sync()
  await second.sync()
  const loserId = await second.create('resident', resident(1, '张玮'))
  await second.sync()
  await first.sync()
  return { dwellingId, coordinatorId, winnerId, loserId, otherId }
}

async function settle(): Promise<void> {
  await first.sync()
  await second.sync()
  await first.sync()
}

const lesseesAt = (station: Station, id: string): unknown => station.find('lease', id)?.values['lesseeIds']

const leasesOf = async (station: Station, id: string): Promise<readonly string[]> => {
  const linked = await station.call('record.linked', { register: 'resident', id })
  return linked
    .filter((group) => group.register === 'lease')
    .flatMap((group) => group.rows.map((row) => row.id))
}

const merge = ({ winnerId, loserId }: World, station: Station = first) =>
  station.call('record.merge', { register: 'resident', winnerId, loserId, picks: {} })

test('a lessee who is merged is followed at both stations, and goes back to the lease when the merge is taken back', async () => {
  const world = await registerPeople()
  const { winnerId, loserId, otherId, dwellingId } = world
  const leaseId = await second.create('lease', leaseValues({ dwellingId, lesseeIds: [loserId, otherId] }))
  await second.sync()
  await first.sync()
  await merge(world)
  // At once, without a line.
  expect(lesseesAt(first, leaseId)).toEqual([winnerId, otherId])
  expect(await leasesOf(first, winnerId)).toEqual([leaseId])
  await settle()
  for (const station of [first, second]) {
    expect(lesseesAt(station, leaseId)).toEqual([winnerId, otherId])
    expect(await leasesOf(station, winnerId)).toEqual([leaseId])
    expect(station.find('lease', leaseId)?.pendingOps).toBe(0)
  }
  expect((await first.call('sync.check', {})).differingBuckets).toBe(0)

  await second.call('record.unmerge', { register: 'resident', loserId, reason: '不是同一个人' })
  expect(lesseesAt(second, leaseId)).toEqual([loserId, otherId])
  await second.sync()
  await settle()
  for (const station of [first, second]) {
    expect(lesseesAt(station, leaseId)).toEqual([loserId, otherId])
    expect(await leasesOf(station, winnerId)).toEqual([])
    expect(await leasesOf(station, loserId)).toEqual([leaseId])
  }
})

test('a lease that names both is one lessee while they are one, and two again after', async () => {
  const world = await registerPeople()
  const { winnerId, loserId, otherId, dwellingId } = world
  const lesseeIds = [winnerId, otherId, loserId]
  const leaseId = await first.create('lease', leaseValues({ dwellingId, lesseeIds }))
  await merge(world)
  expect(lesseesAt(first, leaseId)).toEqual([winnerId, otherId])
  // Not sent yet: taken back here it is as it was typed.
  await first.call('record.unmerge', { register: 'resident', loserId, reason: '误操作' })
  expect(lesseesAt(first, leaseId)).toEqual(lesseeIds)
  await merge(world)
  await settle()
  for (const station of [first, second]) expect(lesseesAt(station, leaseId)).toEqual([winnerId, otherId])
  await first.call('record.unmerge', { register: 'resident', loserId, reason: '不是同一个人' })
  await settle()
  for (const station of [first, second]) expect(lesseesAt(station, leaseId)).toEqual(lesseeIds)
})

test('lessees that two stations add unseen of each other all stay, a merged one under his new name', async () => {
  const world = await registerPeople()
  const { winnerId, loserId, otherId, dwellingId } = world
  const leaseId = await first.create('lease', leaseValues({ dwellingId, lesseeIds: [otherId] }))
  await first.sync()
  await second.sync()
  await first.call('record.merge', { register: 'resident', winnerId, loserId, picks: {} })
  await first.change('lease', leaseId, { lesseeIds: [otherId, winnerId] })
  await first.sync()
  // The second station knows nothing of the merge yet.
  await second.change('lease', leaseId, { lesseeIds: [otherId, loserId] })
  await second.sync()
  await settle()
  for (const station of [first, second]) {
    expect(new Set(lesseesAt(station, leaseId) as string[])).toEqual(new Set([otherId, winnerId]))
    expect((await station.call('conflict.list', { offset: 0, limit: 10 })).total).toBe(0)
  }
  await first.call('record.unmerge', { register: 'resident', loserId, reason: '不是同一个人' })
  await settle()
  // Both words count: what each station had written is there again.
  for (const station of [first, second])
    expect(new Set(lesseesAt(station, leaseId) as string[])).toEqual(new Set([otherId, winnerId, loserId]))
  expect(lesseesAt(second, leaseId)).toEqual(lesseesAt(first, leaseId))
})

test('a record that went on by a step is at the next stage at the other station, with the step in its history', async () => {
  const { dwellingId, coordinatorId } = await registerPeople()
  const id = await first.create('inspection', inspectionValues({ dwellingId, inspectorId: coordinatorId }))
  await first.call('inspection.advance', {
    ids: [id],
    step: 'rectify',
    answers: { reinspectionDate: '2026-03-12', reinspectionResult: '已清理' },
  })
  await settle()
  expect(second.find('inspection', id)).toMatchObject({
    pendingOps: 0,
    values: { stageCode: '30', reinspectionDate: '2026-03-12', reinspectionResult: '已清理' },
  })
})

test('two different steps made unseen of each other wait as one decision', async () => {
  const { dwellingId, coordinatorId } = await registerPeople()
  const id = await first.create('inspection', inspectionValues({ dwellingId, inspectorId: coordinatorId }))
  await settle()
  await first.call('inspection.advance', {
    ids: [id],
    step: 'rectify',
    answers: { reinspectionDate: '2026-03-12', reinspectionResult: '已清理' },
  })
  await second.call('inspection.advance', {
    ids: [id],
    step: 'extend',
    answers: { reinspectionDate: '2026-03-12', reinspectionResult: '未清理', rectifyByDate: '2026-03-30' },
  })
  await first.sync()
  await second.sync()
  await settle()
  for (const station of [first, second]) {
    // The kept step stands whole: no deadline of the other one beside it.
    expect(station.find('inspection', id)?.values).toMatchObject({
      stageCode: '30',
      reinspectionResult: '已清理',
      rectifyByDate: '2026-03-20',
    })
    const { rows } = await station.call('conflict.list', { offset: 0, limit: 10 })
    expect(rows.map((row) => row.field).toSorted()).toEqual(['rectifyByDate', 'reinspectionResult'])
  }
})
