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
