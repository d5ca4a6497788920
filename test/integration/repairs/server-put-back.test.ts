import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Backend } from '../../../src-main/backend/create-backend.ts'
import { takeSnapshot } from '../../property/sync/histories/snapshot.ts'
import {
  copyStore,
  makeTemplate,
  openStation,
  SERVER_FOLDER,
  stationName,
  type Template,
} from '../../property/sync/histories/template.ts'
import { changeOne, expectNothingLost, registerOne } from '../../support/chaos/chaos-world.ts'
import { makeFolder, startTestServer, type TestServer } from '../sync/sync-world.ts'

// Somebody copies an old file over the server's, without the command `restore`: no new epoch, and numbers given a second time.

let template: Template
let folder: ReturnType<typeof makeFolder>
let server: TestServer
const stations: Backend[] = []

beforeEach(async () => {
  template = await makeTemplate()
  folder = makeFolder()
  const here = join(folder.path, SERVER_FOLDER)
  copyStore(join(template.folder, SERVER_FOLDER), here)
  server = await startTestServer(here)
  template.proxy.setTarget(server.port)
  for (const index of [0, 1]) {
    const own = join(folder.path, stationName(index))
    copyStore(join(template.folder, stationName(index)), own)
    stations.push(await openStation(own, template.resourcesFolder))
  }
})

afterEach(async () => {
  for (const station of stations.splice(0)) await station.stop()
  await server.close()
  await template.remove()
  folder.remove()
})

async function putBack(act: () => Promise<void>): Promise<void> {
  const here = join(folder.path, SERVER_FOLDER)
  const old = join(folder.path, 'old')
  copyStore(here, old)
  await act()
  template.proxy.dropAll()
  await server.close()
  rmSync(here, { recursive: true })
  copyStore(old, here)
  server = await startTestServer(here)
  template.proxy.setTarget(server.port)
}

async function syncAll(times: number): Promise<void> {
  for (let pass = 0; pass < times; pass += 1)
    for (const station of stations) await station.call('sync.run', {})
}

test('an old file put back in the place of the server’s: every station brings its part again, whatever came since', async () => {
  const [one, other] = stations
  if (!one || !other) throw new Error('no stations')
  const shared = await registerOne(one, template)
  await syncAll(2)
  const lost: string[] = []
  await putBack(async () => {
    for (let made = 0; made < 3; made += 1) lost.push(await registerOne(one, template))
    await changeOne(one, shared, { telephone: '13800000001' })
    await syncAll(2)
    await changeOne(other, shared, { remarks: '乙' })
    lost.push(await registerOne(other, template))
    await syncAll(2)
  })
  // Numbers that were given before are given again, to other ops.
  const later = await registerOne(other, template)
  await changeOne(other, shared, { name: '王乙' })
  await changeOne(one, shared, { householdAddress: '二号' })
  await syncAll(3)
  await expectNothingLost(template, server.database, stations)
  const { records, conflicts } = takeSnapshot(one)
  for (const id of [...lost, later]) expect(records.has(`resident/${id}`)).toBe(true)
  const said = `${records.get(`resident/${shared}`)?.content ?? ''} ${[...conflicts.values()].join()}`
  for (const value of ['13800000001', '乙', '王乙', '二号']) expect(said).toContain(value)
})
