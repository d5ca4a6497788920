import { afterEach, beforeEach, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import {
  coordinatorValues,
  dwellingValues,
  inventNumber,
  makeFolder,
  residentValues,
} from '../../support/backend-fixture.ts'
import { addServerStreets, openStation, type Station } from './station-world.ts'
import { startTestServer, type TestServer } from './sync-world.ts'

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

test('a household with its minors, and its move, reach another station as they are here', async () => {
  const collectorId = await first.create('coordinator', coordinatorValues())
  const dwellingId = await first.create('dwelling', dwellingValues())
  const target = await first.create('dwelling', dwellingValues({ roomNumber: '601' }))
  const residentId = makeUuid()
  const saved = await first.call('resident.save', {
    id: residentId,
    revision: 0,
    values: residentValues(
      { dwellingId, collectorId },
      {
        documentNumber: inventNumber(9),
        accompanyingMinors: [
          { name: '张小宝', sexCode: '1', birthDate: '2022-04-05', kinshipCode: '20', schoolingCode: '10' },
        ],
      },
    ),
    draftId: null,
  })
  const [row] = saved.record.values['accompanyingMinors'] as unknown as readonly RecordValues[]
  const minorId = String(row?.['minorId'])
  // The minor is sent after its guardian, whom the server then knows.
  expect(await first.sync()).toMatchObject({ pendingCount: 0 })
  await second.sync()
  expect(second.find('minor', minorId)?.values).toMatchObject({
    name: '张小宝',
    guardianId: residentId,
    dwellingId,
  })

  // The other station modifies the resident: its row still is that minor, and no second one is made.
  await second.change('resident', residentId, { remarks: '二站补录' })
  expect(Number(second.backend.context.store.read.pluck<number>('SELECT count(*) FROM minor')[0])).toBe(1)

  await first.call('household.move', {
    people: [
      { register: 'resident', id: residentId },
      { register: 'minor', id: minorId },
    ],
    dwellingId: target,
    moveInDate: '2026-03-12',
    reason: '房东收回',
  })
  await first.sync()
  await second.sync()
  await first.sync()
  for (const station of [first, second]) {
    expect(station.find('minor', minorId)?.values['dwellingId']).toBe(target)
    expect(station.find('resident', residentId)?.values).toMatchObject({
      dwellingId: target,
      moveInDate: '2026-03-12',
      remarks: '二站补录',
    })
    const [line] = await station.call('record.history', { register: 'minor', id: minorId })
    expect(line?.reason).toBe('整户迁移:房东收回')
  }
})

test('the same child typed for the same guardian at two stations is one minor', async () => {
  const collectorId = await first.create('coordinator', coordinatorValues())
  const dwellingId = await first.create('dwelling', dwellingValues())
  const residentId = await first.create(
    'resident',
    residentValues({ dwellingId, collectorId }, { documentNumber: inventNumber(9) }),
  )
  await first.sync()
  await second.sync()
  const child = {
    name: '张小宝',
    sexCode: '1',
    birthDate: '2022-04-05',
    kinshipCode: '20',
    schoolingCode: '10',
  }
  await first.change('resident', residentId, { accompanyingMinors: [child] })
  await second.change('resident', residentId, { accompanyingMinors: [child] })
  for (const station of [first, second, first]) await station.sync()
  for (const station of [first, second]) {
    const names = station.backend.context.store.read.pluck<string>(
      "SELECT name FROM minor WHERE status = 'active'",
    )
    expect(names).toEqual(['张小宝'])
  }
})
