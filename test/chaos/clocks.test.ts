import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBackend, type Backend } from '../../src-main/backend/create-backend.ts'
import { createClock } from '../../src-main/backend/services/clock.ts'
import { makeFolder, startTestServer, type TestServer } from '../integration/sync/sync-world.ts'
import { takeSnapshot } from '../property/sync/histories/snapshot.ts'
import {
  copyStore,
  makeTemplate,
  SERVER_FOLDER,
  stationName,
  type Template,
} from '../property/sync/histories/template.ts'
import { noKeyStore } from '../support/backend-fixture.ts'
import { changeOne, expectNothingLost, registerOne } from '../support/chaos/chaos-world.ts'

const YEARS = 10 * 365 * 86_400_000
/** Days of the past by every clock here. */
const LONG_AGO = { arrivalDate: '2010-01-02', moveInDate: '2010-01-03', collectionDate: '2010-01-03' }

let template: Template
let folder: ReturnType<typeof makeFolder>
let server: TestServer
const backends: Backend[] = []

beforeEach(async () => {
  template = await makeTemplate()
  folder = makeFolder()
  copyStore(join(template.folder, SERVER_FOLDER), join(folder.path, SERVER_FOLDER))
  server = await startTestServer(join(folder.path, SERVER_FOLDER))
  template.proxy.setTarget(server.port)
})

afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.stop()
  await server.close()
  await template.remove()
  folder.remove()
})

/** A station whose device goes wrong by so many milliseconds, which may change. */
async function openAt(index: number, wrong: () => number): Promise<Backend> {
  const own = join(folder.path, stationName(index))
  copyStore(join(template.folder, stationName(index)), own)
  const backend = await createBackend({
    dataFolder: own,
    resourcesFolder: template.resourcesFolder,
    version: '0.0.0-test',
    keyStore: noKeyStore,
    emit: () => undefined,
    clock: createClock(() => Date.now() + wrong()),
    worksInBackground: false,
    lockWait: 0,
  })
  backends.push(backend)
  return backend
}

test.each([
  ['ten years ahead and ten years behind', YEARS, -YEARS],
  ['ten years behind and ten years ahead', -YEARS, YEARS],
])(
  'devices %s: the later edit of one who has seen it wins, unseen edits meet, nothing is lost',
  async (_, first, second) => {
    const one = await openAt(0, () => first)
    const other = await openAt(1, () => second)
    // Shown, and nothing is blocked by it.
    const told = await one.call('sync.run', {})
    expect(told).toMatchObject({ lastError: null })
    expect(told.notice).toContain('时')
    const id = await registerOne(one, template, LONG_AGO)
    await one.call('sync.run', {})
    await other.call('sync.run', {})
    // Seen: the newest overwrites, whatever the clocks say.
    await changeOne(other, id, { telephone: '13800000001' })
    await other.call('sync.run', {})
    await one.call('sync.run', {})
    await changeOne(one, id, { telephone: '13800000002' })
    await one.call('sync.run', {})
    await other.call('sync.run', {})
    expect(
      (await other.call('record.get', { register: 'resident', id, purpose: 'show' })).values['telephone'],
    ).toBe('13800000002')
    // Unseen: the first to come stays, the other waits for a person.
    await changeOne(one, id, { telephone: '13800000003' })
    await changeOne(other, id, { telephone: '13800000004' })
    await other.call('sync.run', {})
    await one.call('sync.run', {})
    await expectNothingLost(template, server.database, [one, other])
    const { records, conflicts } = takeSnapshot(one)
    expect(records.get(`resident/${id}`)?.content).toContain('13800000004')
    expect([...conflicts.values()].join()).toContain('13800000003')
  },
)

test('a device that jumps ten years and back between edits, and a server that does: numbers decide, nothing is lost', async () => {
  let wrong = 0
  const one = await openAt(0, () => wrong)
  const other = await openAt(1, () => 0)
  const ids: string[] = []
  const signIn = async (): Promise<void> => {
    for (const [backend, accountName] of [
      [one, 'clerk001'],
      [other, 'clerk002'],
    ] as const) {
      const status = await backend.call('sync.run', {})
      if (status.lastError === null) continue
      await backend.call('account.signIn', { accountName, password: 'correct horse 1' })
      expect(await backend.call('sync.run', {})).toMatchObject({ lastError: null })
    }
  }
  for (const [device, atServer] of [
    [YEARS, 0],
    [-YEARS, 0],
    [0, YEARS],
    [0, -2 * YEARS],
    [0, YEARS],
  ] as const) {
    wrong = device
    server.advance(atServer)
    await signIn()
    ids.push(await registerOne(one, template, LONG_AGO))
    for (const id of ids) await changeOne(one, id, { remarks: `${device} ${atServer}` })
    await one.call('sync.run', {})
    await other.call('sync.run', {})
    for (const id of ids)
      expect(
        (await other.call('record.get', { register: 'resident', id, purpose: 'show' })).values['remarks'],
      ).toBe(`${device} ${atServer}`)
  }
  await signIn()
  await expectNothingLost(template, server.database, [one, other])
  expect(takeSnapshot(one).conflicts.size).toBe(0)
})
