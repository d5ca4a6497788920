import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder, openTestClient, PASSWORD, startTestServer, validValues } from './sync-world.ts'

const RECORDS = 3_000

test('saves come in between while very much is pulled, and the cursor always belongs to the rows', async () => {
  const folder = makeFolder()
  const server = await startTestServer(folder.path)
  const first = await openTestClient(join(folder.path, 'first'), server.port)
  await first.sync.signIn('clerk001', PASSWORD)
  await first.createMany(
    'employer',
    Array.from({ length: RECORDS }, (_, index) => validValues('employer', index + 1)),
  )
  expect(await first.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
  const second = await openTestClient(join(folder.path, 'second'), server.port)
  const state = () => {
    const { read } = second.store
    return {
      cursor: Number(read.firstOf("SELECT value FROM setting WHERE name = 'sync.cursor'")?.['value'] ?? 0),
      rows: Number(read.pluck<number>('SELECT count(*) FROM employer WHERE server_seq > 0')[0]),
    }
  }
  await second.sync.signIn('clerk002', PASSWORD)
  let isOver = false
  const round = second.sync.run().finally(() => {
    isOver = true
  })
  const seen: { readonly cursor: number; readonly rows: number }[] = []
  while (!isOver) {
    await second.create('employer', validValues('employer', RECORDS + seen.length + 1))
    seen.push(state())
    await new Promise((resolve) => setImmediate(resolve))
  }
  await round
  expect(await second.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
  const between = seen.filter(({ cursor }) => cursor > 0 && cursor < RECORDS)
  expect(between.length).toBeGreaterThan(1)
  // The first station's records have the numbers 1, 2, 3, …: every one up to the cursor is there, none beyond it.
  expect(between.filter(({ cursor, rows }) => cursor !== rows)).toEqual([])
  expect(state().rows).toBe(RECORDS + seen.length)
  await first.close()
  await second.close()
  await server.close()
  folder.remove()
})

test('saves as fast as the line do not keep a round from ending: what is saved meanwhile goes with the next', async () => {
  const folder = makeFolder()
  const limits = { pushOps: 5, pushBytes: 1_048_576, pullRows: 1_000 }
  const server = await startTestServer(folder.path, { limits })
  const client = await openTestClient(join(folder.path, 'client'), server.port)
  await client.sync.signIn('clerk001', PASSWORD)
  await client.sync.run()
  const waiting = 40
  await client.createMany(
    'employer',
    Array.from({ length: waiting }, (_, index) => validValues('employer', index + 1)),
  )
  const countUploaded = () =>
    client.store.read.pluck<number>("SELECT count(*) FROM outbox WHERE state = 'acked'")[0] ?? 0
  let isOver = false
  const round = client.sync.run().finally(() => {
    isOver = true
  })
  let saved = 0
  // So many that a round which takes them all with it would be seen to do so, and yet end.
  while (!isOver && saved < 1_000) {
    if (countUploaded() > 0) {
      await client.createMany(
        'employer',
        Array.from({ length: 10 }, (_, index) => validValues('employer', waiting + saved + index + 1)),
      )
      saved += 10
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  await round
  const sentByRound = () =>
    client.store.read.pluck<number>(
      'SELECT sum(sent) FROM sync_batch GROUP BY round_id ORDER BY round_id DESC LIMIT 1',
    )[0]
  expect(saved).toBeGreaterThan(0)
  expect(sentByRound()).toBe(waiting)
  expect(await client.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
  expect(sentByRound()).toBe(saved)
  await client.close()
  await server.close()
  folder.remove()
})
