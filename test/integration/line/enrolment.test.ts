import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { v7 as makeUuid } from 'uuid'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listReplicas, revokeReplica } from '../../../src-server/commands/replica-commands.ts'
import { TOKEN_LIFE_MS } from '../../../src-server/accounts/session.ts'
import { findReplicaKey } from '../../../src-main/backend/sync/replica-key.ts'
import { readSyncState, writeSyncState } from '../../../src-main/backend/sync/sync-state.ts'
import { STATION_FILE_EXTENSION } from '../../../src-shared/contract/enrolment-messages.ts'
import { employerValues, makeFolder, type BackendFixture } from '../../support/backend-fixture.ts'
import { PASSWORD, startTestServer, type TestServer } from '../sync/sync-world.ts'
import { addStationFile, openMachine, runInitTls, useServer, type MadeTls } from './line-world.ts'

let folder: ReturnType<typeof makeFolder>
let made: MadeTls
let server: TestServer
const machines: BackendFixture[] = []
let files = 0

beforeEach(async () => {
  folder = makeFolder()
  made = await runInitTls(folder.path)
  server = await startTestServer(folder.path, { tls: made.files, isEnrolmentRequired: true })
})
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove()
  await server.close()
  folder.remove()
})

const account = { accountName: 'clerk001', password: PASSWORD }

async function open(dataFolder?: string): Promise<BackendFixture> {
  const machine = await openMachine(dataFolder)
  machines.push(machine)
  return machine
}

function addFile(more: Parameters<typeof addStationFile>[3] = {}): Promise<string> {
  files += 1
  return addStationFile(server, made.place, join(folder.path, `${files}.${STATION_FILE_EXTENSION}`), more)
}

/** A machine that is enrolled and signed in. */
async function enrol(): Promise<BackendFixture> {
  const machine = await open()
  await machine.backend.call('enrolment.apply', { path: await addFile() })
  await machine.backend.call('account.signIn', account)
  await machine.backend.call('sync.run', {})
  return machine
}

const save = ({ backend }: BackendFixture): Promise<unknown> =>
  backend.call('employer.save', { id: makeUuid(), revision: 0, values: employerValues(), draftId: null })

async function messageOf(request: Promise<{ ok: boolean; error?: { message: string } }>): Promise<string> {
  const result = await request
  return result.error?.message ?? 'no refusal'
}

describe('a station file', () => {
  test('tells what it will do, and then everything goes over TLS with the key of this machine', async () => {
    const path = await addFile()
    expect(statSync(path).mode & 0o077).toBe(0)
    const { backend } = await open()
    const preview = await backend.call('enrolment.read', { path })
    expect(preview).toMatchObject({
      stationCode: '001',
      stationName: '测试站001',
      addresses: [{ host: '127.0.0.1', port: server.port }],
      fingerprint: made.fingerprint,
    })
    expect(preview.validUntil).toBeGreaterThan(Date.now() + 13 * 86_400_000)
    // Looking changes nothing.
    expect((await backend.call('app.state', {})).settings.server.isEnabled).toBe(false)

    const settings = await backend.call('enrolment.apply', { path })
    expect(settings.server).toMatchObject({ isEnabled: true, usesTls: true, host: '127.0.0.1' })
    await backend.call('account.signIn', account)
    await save({ backend } as BackendFixture)
    expect(await backend.call('sync.run', {})).toMatchObject({ pendingCount: 0, lastError: null })

    // The private part stays here; the server has the public one.
    const key = findReplicaKey(backend.context.store.read)
    expect(key?.isEnrolled).toBe(true)
    const stored = await server.database.selectFrom('replica_access').selectAll().execute()
    expect(stored.map((row) => row.public_key)).toEqual([key?.publicKey])
    const privateText = key?.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url') ?? ''
    expect(readFileSync(join(backend.context.store.file)).includes(privateText)).toBe(false)
  })

  test('works once; the same machine may ask again with it, another may not', async () => {
    const path = await addFile()
    const [first, second] = [await open(), await open()]
    await first.backend.call('enrolment.apply', { path })
    await first.backend.call('enrolment.apply', { path })
    expect(await messageOf(second.backend.request('enrolment.apply', { path }))).toContain('已经用过')
    expect((await second.backend.call('app.state', {})).settings.server.isEnabled).toBe(false)
    // A second file of its own does it.
    await second.backend.call('enrolment.apply', { path: await addFile() })
    await second.backend.call('account.signIn', account)
  })

  test('that two machines show at once enrols one', async () => {
    const path = await addFile()
    const both = await Promise.all([open(), open(), open()])
    const results = await Promise.all(both.map(({ backend }) => backend.request('enrolment.apply', { path })))
    expect(results.filter((result) => result.ok)).toHaveLength(1)
  })

  test('has an end', async () => {
    const { backend } = await open()
    const path = await addFile({ days: '1', at: Date.now() - 2 * 86_400_000 })
    expect(await messageOf(backend.request('enrolment.apply', { path }))).toContain('已过期')
  })

  test('of another district is refused where this machine holds data of one', async () => {
    const machine = await enrol()
    const path = await addFile({ stationCode: '900' })
    expect(await messageOf(machine.backend.request('enrolment.apply', { path }))).toMatch(/没有入网/)
    await save(machine)
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0 })
  })

  test('that is damaged, altered, something else or gone says so', async () => {
    const { backend } = await open()
    const path = await addFile()
    const whole = readFileSync(path, 'utf8')
    const other = await runInitTls(join(folder.path, 'other'))
    const read = async (text: string): Promise<string> => {
      const file = join(folder.path, 'read.jufutong-station')
      writeFileSync(file, text)
      return messageOf(backend.request('enrolment.read', { path: file }))
    }
    const altered = { ...(JSON.parse(whole) as object), authority: other.files.authority }
    expect(await read(JSON.stringify(altered))).toContain('证书不对')
    expect(await read(JSON.stringify({ ...(JSON.parse(whole) as object), version: 2 }))).toContain(
      '升级客户端',
    )
    for (const text of [whole.slice(0, 400), '', 'null', '{}', '<html>', 'x'.repeat(70_000), '[1]'])
      expect(await read(text)).toContain('不是居服通的入网文件')
    expect(await messageOf(backend.request('enrolment.read', { path: join(folder.path, 'none') }))).toContain(
      '读不了',
    )
  })

  test('may be tried again when the server was not there', async () => {
    const { backend } = await open()
    const path = await addFile()
    const { port } = server
    await server.close()
    expect(await messageOf(backend.request('enrolment.apply', { path }))).toMatch(
      /没有连上服务器。.*拒绝了连接.*再导入一次/,
    )
    const key = findReplicaKey(backend.context.store.read)?.publicKey
    server = await startTestServer(folder.path, { tls: made.files, isEnrolmentRequired: true, port })
    await backend.call('enrolment.apply', { path })
    expect(findReplicaKey(backend.context.store.read)?.publicKey).toBe(key)
  })
})

describe('a machine without a key', () => {
  test('cannot sign in, guess a password or lock an account where enrolment is required', async () => {
    const machine = await open()
    await useServer(machine, { port: server.port, usesTls: true, authority: made.files.authority })
    for (let count = 0; count < 7; count += 1) {
      const refused = machine.backend.request('account.signIn', { ...account, password: `wrong ${count}` })
      expect(await messageOf(refused)).toContain('还没有入网')
    }
    expect(await server.database.selectFrom('sign_in_failure').selectAll().execute()).toEqual([])
    await enrol()
  })

  test('syncs with a server that does not require one, and may be enrolled later', async () => {
    await server.close()
    server = await startTestServer(folder.path, { tls: made.files })
    const machine = await open()
    await useServer(machine, { port: server.port, usesTls: true, authority: made.files.authority })
    await machine.backend.call('account.signIn', account)
    await save(machine)
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0 })
    await machine.backend.call('enrolment.apply', { path: await addFile() })
    await save(machine)
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0, lastError: null })
  })
})

describe('a clerk', () => {
  test('is not asked to sign in again after hours of work, a night, or a weekend away', async () => {
    const machine = await enrol()
    for (const hours of [0.6, 0.6, 1.1, 14, 70, 24 * 29]) {
      server.advance(hours * 3_600_000)
      await save(machine)
      expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0, lastError: null })
    }
    // The device's clock did not move: the proofs were of the server's time all the same.
    server.advance(24 * 31 * 3_600_000)
    await save(machine)
    const away = await machine.backend.call('sync.run', {})
    expect(away).toMatchObject({ pendingCount: 1, lastError: expect.stringContaining('重新登录') })
    await machine.backend.call('account.signIn', account)
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0 })
  })

  test('whose token ends in the middle of a round goes on', async () => {
    const machine = await enrol()
    await save(machine)
    await server.database.updateTable('session').set({ expires_at: 0 }).execute()
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0, lastError: null })
  })

  test('whose password was set anew, or who signed out, has to sign in', async () => {
    const machine = await enrol()
    await machine.backend.call('account.signOut', {})
    expect(await server.database.selectFrom('refresh_token').selectAll().execute()).toEqual([])
    expect(await server.database.selectFrom('session').selectAll().execute()).toEqual([])
    await machine.backend.call('account.signIn', account)
    const { setPassword } = await import('../../../src-server/commands/accounts.ts')
    await setPassword(server.database, 'clerk001', 'another horse 2')
    expect((await machine.backend.call('sync.run', {})).lastError).toContain('重新登录')
  })

  test('whose clock is ten years off works all the same', async () => {
    for (const years of [-10, 10]) {
      const machine = await openMachine(undefined, () => Date.now() + years * 365 * 86_400_000)
      machines.push(machine)
      await machine.backend.call('enrolment.apply', { path: await addFile() })
      await machine.backend.call('account.signIn', account)
      await save(machine)
      expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0, lastError: null })
    }
  })
})

describe('a store that has to take a new id', () => {
  test('is vouched for by its key, also when the answer was lost', async () => {
    const machine = await enrol()
    const { store } = machine.backend.context
    const before = readSyncState(store.read).replica
    const next = makeUuid()
    await store.write((database) => writeSyncState(database, { replica: next }))
    await save(machine)
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0, lastError: null })
    const known = await server.database.selectFrom('replica_access').selectAll().execute()
    expect(new Map(known.map((row) => [row.replica, row.formerly]))).toEqual(
      new Map([
        [before, null],
        [next, before],
      ]),
    )
    expect(new Set(known.map((row) => row.public_key)).size).toBe(1)
    // Signing in again and later sessions go on under the new id.
    server.advance(TOKEN_LIFE_MS * 3)
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ lastError: null })
    await machine.backend.call('account.signOut', {})
    await machine.backend.call('account.signIn', account)
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ lastError: null })
    // One of its ids is revoked: all are.
    await revokeReplica(server.database, before ?? '', Date.now())
    expect((await machine.backend.call('sync.run', {})).lastError).toContain('停用')
  })
})

describe('revoke-replica', () => {
  test('ends it at once, for sessions there are and sessions to come; its data stay there; a new file brings it back', async () => {
    const machine = await enrol()
    const other = await enrol()
    const replica = readSyncState(machine.backend.context.store.read).replica ?? ''
    await save(machine)
    const lines = await revokeReplica(server.database, replica.slice(0, 8), Date.now())
    expect(lines[0]).toContain(replica)
    const stopped = await machine.backend.call('sync.run', {})
    expect(stopped).toMatchObject({ pendingCount: 1, lastError: expect.stringContaining('停用') })
    expect(await messageOf(machine.backend.request('account.signIn', account))).toContain('停用')
    // Others go on.
    await save(other)
    expect(await other.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0 })
    expect((await listReplicas(server.database, Date.now())).join('\n')).toMatch(
      new RegExp(`001 ${replica} \\d{4}-\\d\\d-\\d\\d 停用`),
    )

    const key = findReplicaKey(machine.backend.context.store.read)?.publicKey
    await machine.backend.call('enrolment.apply', { path: await addFile() })
    expect(findReplicaKey(machine.backend.context.store.read)?.publicKey).not.toBe(key)
    await machine.backend.call('account.signIn', account)
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ pendingCount: 0, lastError: null })
  })

  test('of a machine that never had a key refuses it, too; a wrong or short number changes nothing', async () => {
    await server.close()
    server = await startTestServer(folder.path, { tls: made.files })
    const machine = await open()
    await useServer(machine, { port: server.port, usesTls: true, authority: made.files.authority })
    await machine.backend.call('account.signIn', account)
    await machine.backend.call('sync.run', {})
    const replica = readSyncState(machine.backend.context.store.read).replica ?? ''
    await expect(revokeReplica(server.database, replica.slice(0, 4), 0)).rejects.toThrow('至少8位')
    await expect(revokeReplica(server.database, '00000000', 0)).rejects.toThrow('没有编号')
    expect(await machine.backend.call('sync.run', {})).toMatchObject({ lastError: null })
    await revokeReplica(server.database, replica, Date.now())
    expect((await machine.backend.call('sync.run', {})).lastError).toContain('停用')
  })
})
