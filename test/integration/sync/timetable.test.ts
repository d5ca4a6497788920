import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  makeFolder,
  openTestClient,
  PASSWORD,
  startTestServer,
  validValues,
  type TestClient,
  type TestServer,
} from './sync-world.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let client: TestClient

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  client = await openTestClient(join(folder.path, 'client'), server.port)
  await client.sync.signIn('clerk001', PASSWORD)
  await client.sync.run()
})

afterEach(async () => {
  await client.close()
  await server.close()
  folder.remove()
})

const pending = async (): Promise<number> => (await client.sync.status()).pendingCount

test('what waits is uploaded after start, and what is saved later when the clerk pauses', async () => {
  client.usePeriod(5)
  await client.create('employer', validValues('employer', 1))
  await client.sync.start()
  await vi.waitFor(async () => expect(await pending()).toBe(0), 10_000)
  await client.create('employer', validValues('employer', 2))
  client.sync.noteSaved()
  await vi.waitFor(async () => expect(await pending()).toBe(0), 10_000)
  expect(await server.database.selectFrom('record').select('id').execute()).toHaveLength(2)
})

test('changes of others come by themselves, period after period', async () => {
  const other = await openTestClient(join(folder.path, 'other'), server.port)
  try {
    await other.sync.signIn('clerk002', PASSWORD)
    // A period of a third of a second instead of minutes.
    client.usePeriod(0.005)
    await client.sync.start()
    for (const number of [1, 2, 3]) {
      const id = await other.create('employer', validValues('employer', number))
      await other.sync.run()
      await vi.waitFor(() => expect(client.find('employer', id)).toBeDefined(), 10_000)
    }
  } finally {
    await other.close()
  }
})

test('with the period 0 nothing begins by itself, and the status still tells what waits', async () => {
  client.usePeriod(0)
  await client.sync.start()
  await client.create('employer', validValues('employer', 1))
  client.events.length = 0
  client.sync.noteSaved()
  expect(client.events).toMatchObject([
    { event: 'sync.changed', payload: { pendingCount: 1, isRunning: false } },
  ])
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await pending()).toBe(1)
})

test('a round asked for while one runs begins at its end and takes what was saved meanwhile', async () => {
  await client.createMany(
    'employer',
    Array.from({ length: 50 }, (_, number) => validValues('employer', number)),
  )
  const first = client.sync.run()
  const made = first.then(() => undefined)
  await client.create('employer', validValues('employer', 51))
  const [second, third] = [client.sync.run(), client.sync.run()]
  expect(await third).toBe(await second)
  await made
  expect(await pending()).toBe(0)
})

test('stopping in the middle of a round ends it and leaves the store to be closed', async () => {
  await client.createMany(
    'employer',
    Array.from({ length: 50 }, (_, number) => validValues('employer', number)),
  )
  const round = client.sync.run()
  await client.sync.stop()
  expect((await round).isRunning).toBe(false)
})

test('the status says when the next round begins by itself, and says nothing where none does', async () => {
  expect((await client.sync.status()).nextRoundAt).toBeNull()
  client.usePeriod(10)
  await client.sync.start()
  await client.sync.run()
  // Ten minutes, a fifth more or less, so that a city does not ask at once.
  const next = (await client.sync.status()).nextRoundAt ?? 0
  expect(next - Date.now()).toBeGreaterThan(7 * 60_000)
  expect(next - Date.now()).toBeLessThanOrEqual(12 * 60_000)
  client.usePeriod(0)
  client.sync.settingsChanged()
  expect((await client.sync.status()).nextRoundAt).toBeNull()
})
