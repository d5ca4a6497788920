import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import { getDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import {
  isOnPostgres,
  listOutbox,
  listServerRecords,
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

test('demo records never leave this machine', async () => {
  await client.create('employer', validValues('employer', 1), getDemoRecordId(1, 'employer', 1))
  await client.create('employer', validValues('employer', 2))
  expect(await client.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
  expect((await listServerRecords(server.database)).size).toBe(1)
})

test.skipIf(isOnPostgres())('a server that lost its last hour gets it again from the clients', async () => {
  await client.create('employer', validValues('employer', 1))
  await client.sync.run()
  await server.close()
  const copy = join(folder.path, 'copy.db')
  copyFileSync(server.databaseFile, copy)

  server = await startTestServer(folder.path)
  client.useServer({ port: server.port })
  await client.create('employer', validValues('employer', 2))
  await client.create('employer', validValues('employer', 3))
  expect(await client.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
  await server.close()
  copyFileSync(copy, server.databaseFile)
  for (const suffix of ['-wal', '-shm']) rmSync(server.databaseFile + suffix, { force: true })

  server = await startTestServer(folder.path)
  client.useServer({ port: server.port })
  expect((await listServerRecords(server.database)).size).toBe(1)
  expect(await client.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
  expect((await listServerRecords(server.database)).size).toBe(3)
})

test('acknowledged ops are kept 35 days by the clock of the server, then let go; ops that wait are kept', async () => {
  await client.create('employer', validValues('employer', 1))
  await client.create('employer', { ...validValues('employer', 2), employerTypeCode: 'broken' })
  await client.sync.run()
  server.advance(34 * 86_400_000)
  await client.sync.signIn('clerk001', PASSWORD)
  await client.sync.run()
  expect(listOutbox(client.store).map((op) => op.state)).toEqual(['acked', 'setAside'])
  server.advance(2 * 86_400_000)
  await client.sync.signIn('clerk001', PASSWORD)
  await client.sync.run()
  expect(listOutbox(client.store).map((op) => op.state)).toEqual(['setAside'])
  // The numbers go on: none is ever used again.
  await client.create('employer', validValues('employer', 3))
  expect(listOutbox(client.store).at(-1)?.n).toBe(3)
  expect(await client.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
})

test('a receipt that comes after the pull of its op takes the op off the record', async () => {
  const id = await client.create('employer', { ...validValues('employer', 1), remarks: null })
  await client.sync.run()
  const other = await openTestClient(join(folder.path, 'other'), server.port)
  await other.sync.signIn('clerk002', PASSWORD)
  await client.edit('employer', id, { remarks: '一' })
  await client.sync.run()
  await other.sync.run()
  await other.edit('employer', id, { remarks: '二' })
  await other.sync.run()
  await other.close()
  // As if the answer to the second op had been lost, and an account that only looks had pulled then.
  await client.store.write((database) => {
    database.runOf("UPDATE outbox SET state = 'pending', seq = NULL, receipt = NULL WHERE n = 2")
    database.runOf('UPDATE employer SET pending_ops = 1')
  })
  await client.sync.signIn('viewer001', PASSWORD)
  const looked = await client.sync.run()
  expect(looked).toMatchObject({ pendingCount: 1, lastError: null })
  expect(looked.notice).toContain('本账号只能查看:本机有1处修改没有上传')
  expect(client.find('employer', id)).toMatchObject({ pendingOps: 1, values: { remarks: '一' } })
  await client.sync.signIn('clerk001', PASSWORD)
  await client.sync.run()
  expect(client.find('employer', id)).toMatchObject({ pendingOps: 0, values: { remarks: '二' } })
})

test('dictionaries come down by version; a retired code stays readable', async () => {
  const file = join(folder.path, 'street.csv')
  const put = async (csv: string): Promise<void> => {
    writeFileSync(file, csv)
    await runCommand(
      server.database,
      'import-dictionary',
      ['--name', 'street', '--file', file, '--date', '2026-06-01'],
      async () => '',
      0,
    )
    await client.sync.run()
  }
  const read = () =>
    client.store.read.allOf('SELECT code, name, valid_to, origin FROM dictionary_entry ORDER BY code')
  const many = Array.from({ length: 2_500 }, (_, index) => `S${10_000 + index},第${index}街`)
  await put(`code,name\n${many.join('\n')}\n`)
  expect(read()).toHaveLength(2_500)
  await put(`code,name\n${many.slice(1).join('\n')}\nT1,新街\n`)
  expect(read()).toHaveLength(2_501)
  expect(read()[0]).toEqual({ code: 'S10000', name: '第0街', valid_to: '2026-05-31', origin: 'server' })
  expect(read().at(-1)).toEqual({ code: 'T1', name: '新街', valid_to: null, origin: 'server' })
})

test('a register this program does not know holds nothing up, and an updated program pulls it again', async () => {
  await client.create('employer', validValues('employer', 1))
  await client.sync.run()
  const other = await openTestClient(join(folder.path, 'other'), server.port)
  await server.database.updateTable('record').set({ register: 'planet' }).execute()
  await client.create('employer', validValues('employer', 2))
  await client.sync.run()
  await other.sync.signIn('clerk002', PASSWORD)
  expect(await other.sync.run()).toMatchObject({ lastError: null })
  const count = () => other.store.read.pluck<number>('SELECT count(*) FROM employer')[0]
  expect(count()).toBe(1)

  await server.database.updateTable('record').set({ register: 'employer' }).execute()
  await other.sync.run()
  expect(count()).toBe(1)
  await other.store.write((database) =>
    database.runOf("UPDATE setting SET value = '\"older\"' WHERE name = 'sync.declarations'"),
  )
  await other.sync.run()
  expect(count()).toBe(2)
  await other.close()
})
