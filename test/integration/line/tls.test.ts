import { createServer as createTcpServer } from 'node:net'
import { createServer as createTlsServer, type Server, type TlsOptions } from 'node:tls'
import { join } from 'node:path'
import { v7 as makeUuid } from 'uuid'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeAuthority, makeServerCertificate } from '../../../src-server/security/make-certificates.ts'
import { readSettings } from '../../../src-main/backend/services/settings.ts'
import type { ServerSettings } from '../../../src-shared/contract/types.ts'
import { employerValues, makeFolder, type BackendFixture } from '../../support/backend-fixture.ts'
import { PASSWORD, startTestServer, type TestServer } from '../sync/sync-world.ts'
import { openMachine, runInitTls, useServer } from './line-world.ts'

let folder: ReturnType<typeof makeFolder>
let machine: BackendFixture
const closing: (() => unknown)[] = []

beforeEach(async () => {
  folder = makeFolder()
  machine = await openMachine()
})
afterEach(async () => {
  await machine.remove()
  for (const close of closing.splice(0)) await close()
  folder.remove()
})

async function start(tlsFolder: string, port?: number): Promise<TestServer> {
  const { files } = await runInitTls(join(folder.path, tlsFolder))
  const server = await startTestServer(folder.path, {
    tls: files,
    ...(port === undefined ? {} : { port }),
  })
  closing.push(() => server.close().catch(() => undefined))
  return server
}

/** A TLS server that is not ours; counts what clients send inside the encryption. */
async function startStranger(
  options: TlsOptions,
): Promise<{ readonly port: number; heard: number; server: Server }> {
  const stranger = {
    port: 0,
    heard: 0,
    server: createTlsServer(options, (socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => {
        stranger.heard += bytes.length
        socket.destroy()
      })
    }),
  }
  stranger.server.on('tlsClientError', () => undefined)
  stranger.port = await listen(stranger.server)
  closing.push(() => stranger.server.close())
  return stranger
}

async function listen(server: ReturnType<typeof createTcpServer>, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function testAt(port: number, change: Partial<ServerSettings> = {}) {
  const server = { host: '127.0.0.1', port, usesTls: true, allowsPlain: false, authority: '', ...change }
  return machine.backend.call('server.test', server)
}

const save = (): Promise<unknown> =>
  machine.backend.call('employer.save', {
    id: makeUuid(),
    revision: 0,
    values: employerValues(),
    draftId: null,
  })

describe('the first connection', () => {
  test('shows the fingerprint that init-tls printed; once confirmed, everything goes over TLS', async () => {
    const { files, fingerprint } = await runInitTls(join(folder.path, 'one'))
    expect(fingerprint).toMatch(/^([0-9A-F]{4} ){15}[0-9A-F]{4}$/)
    const server = await startTestServer(folder.path, { tls: files })
    closing.push(() => server.close())
    const first = await testAt(server.port)
    expect(first).toMatchObject({ ok: false, certificate: { fingerprint, isTrusted: false } })
    expect(first.message).toContain('核对')
    const { certificate } = first
    expect(certificate?.authority.trim()).toBe(files.authority.trim())
    expect(certificate?.validUntil).toBeGreaterThan(Date.now() + 800 * 86_400_000)

    // Not confirmed: nobody can sign in, and the sentence says where to do it.
    await useServer(machine, { port: server.port, usesTls: true })
    const refused = await machine.backend.request('account.signIn', {
      accountName: 'clerk001',
      password: PASSWORD,
    })
    expect(refused).toMatchObject({ ok: false, error: { message: expect.stringContaining('测试连接') } })

    const authority = certificate?.authority ?? ''
    expect(await testAt(server.port, { authority })).toMatchObject({
      ok: true,
      certificate: { isTrusted: true, fingerprint },
    })
    await useServer(machine, { authority })
    await machine.backend.call('account.signIn', { accountName: 'clerk001', password: PASSWORD })
    await save()
    expect(await machine.backend.call('sync.run', {})).toMatchObject({
      isOnline: true,
      pendingCount: 0,
      lastError: null,
      question: null,
    })
  })

  test('sends nothing before it is confirmed', async () => {
    const { files } = await runInitTls(join(folder.path, 'one'))
    const stranger = await startStranger({ cert: files.certificate, key: files.privateKey })
    expect(await testAt(stranger.port)).toMatchObject({ certificate: { isTrusted: false } })
    expect(stranger.heard).toBe(0)
  })

  test('a server with one certificate of its own is confirmed by that', async () => {
    const own = await makeAuthority(Date.now(), 30)
    const { port } = await startStranger({ cert: own.certificate, key: own.privateKey })
    const { certificate } = await testAt(port)
    expect(certificate?.authority.trim()).toBe(own.certificate.trim())
    // Confirmed, it is spoken to; this one hangs up.
    const spoken = await testAt(port, { authority: certificate?.authority ?? '' })
    expect(spoken.message).toContain('断开了连接')
  })
})

describe('a certificate that was confirmed', () => {
  test('a renewal by the same authority needs nobody', async () => {
    const server = await start('one')
    const authority = (await testAt(server.port)).certificate?.authority ?? ''
    await server.close()
    await start('one', server.port)
    expect(await testAt(server.port, { authority })).toMatchObject({ ok: true })
  })

  test('another authority is a hard stop: nothing is sent until a person decides', async () => {
    const server = await start('one')
    const authority = (await testAt(server.port)).certificate?.authority ?? ''
    await useServer(machine, { port: server.port, usesTls: true, authority })
    await machine.backend.call('account.signIn', { accountName: 'clerk001', password: PASSWORD })
    await machine.backend.call('sync.run', {})
    await save()
    await server.close()

    const other = await runInitTls(join(folder.path, 'two'))
    const stranger = await startStranger({ cert: other.files.certificate, key: other.files.privateKey })
    await useServer(machine, { port: stranger.port })
    const stopped = await machine.backend.call('sync.run', {})
    expect(stopped).toMatchObject({ isOnline: false, pendingCount: 1 })
    expect(stopped.lastError).toContain('与本机信任的不同')
    expect(stopped.question).toMatchObject({ text: expect.stringContaining(other.fingerprint) })
    await machine.backend.request('account.signIn', { accountName: 'clerk001', password: PASSWORD })
    expect(await testAt(stranger.port, { authority })).toMatchObject({
      ok: false,
      certificate: { isTrusted: false, fingerprint: other.fingerprint },
    })
    expect(stranger.heard).toBe(0)
    // Not accepted: still nothing, and asked again.
    expect((await machine.backend.call('sync.answer', { isAccepted: false })).pendingCount).toBe(1)
    expect((await machine.backend.call('sync.run', {})).question).not.toBeNull()
    expect(stranger.heard).toBe(0)
    expect(readSettings(machine.backend.context.store.read).server.authority).toBe(authority)

    // The operator did change it: accepted, the round goes on with the same session.
    await new Promise((resolve) => stranger.server.close(resolve))
    await start('two', stranger.port)
    expect((await machine.backend.call('sync.run', {})).question).not.toBeNull()
    const accepted = await machine.backend.call('sync.answer', { isAccepted: true })
    expect(accepted).toMatchObject({ question: null, lastError: null, pendingCount: 0 })
  }, 30_000)

  test('for another address, ended, or not begun: each has its own sentence', async () => {
    const authority = await makeAuthority(Date.now(), 1_000)
    const at = async (names: readonly string[], begins: number, days: number): Promise<string> => {
      const made = await makeServerCertificate(authority, names, begins, days)
      const { port, heard } = await startStranger({
        cert: made.certificate + authority.certificate,
        key: made.privateKey,
      })
      const { ok, message } = await testAt(port, { authority: authority.certificate })
      expect([ok, heard]).toEqual([false, 0])
      return message
    }
    const day = 86_400_000
    expect(await at(['10.1.2.3', 'server.example'], Date.now(), 10)).toMatch(
      /不是发给地址 127\.0\.0\.1 的.*10\.1\.2\.3/,
    )
    expect(await at(['127.0.0.1'], Date.now() - 50 * day, 10)).toMatch(/为止有效.*校准本机时钟.*更新证书/)
    expect(await at(['127.0.0.1'], Date.now() + 50 * day, 10)).toMatch(/才有效.*时钟慢/)
  })

  test('vouched for by nobody it knows, with the right names, is refused', async () => {
    const [ours, theirs] = [await makeAuthority(Date.now(), 10), await makeAuthority(Date.now(), 10)]
    const forged = await makeServerCertificate(theirs, ['127.0.0.1'], Date.now(), 10)
    for (const chain of [forged.certificate, forged.certificate + ours.certificate]) {
      const stranger = await startStranger({ cert: chain, key: forged.privateKey })
      const { message } = await testAt(stranger.port, { authority: ours.certificate })
      expect(message).toContain('与本机信任的不同')
      expect(stranger.heard).toBe(0)
    }
  })
})

describe('a line that cannot be', () => {
  test('encrypted to a plain server, plain to an encrypted one, too old, cut in the handshake', async () => {
    const plain = await startTestServer(folder.path)
    closing.push(() => plain.close())
    expect((await testAt(plain.port)).message).toContain('不是加密的服务')
    const { files } = await runInitTls(join(folder.path, 'one'))
    const identity = { cert: files.certificate, key: files.privateKey }
    const modern = await startStranger(identity)
    expect((await testAt(modern.port, { usesTls: false })).message).toMatch(/断开了连接|加密/)
    const old = await startStranger({
      ...identity,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    expect((await testAt(old.port)).message).toContain('太旧')
    const cutting = createTcpServer((socket) => socket.once('data', () => socket.destroy()))
    const port = await listen(cutting)
    closing.push(() => cutting.close())
    expect((await testAt(port)).message).toContain('断开了连接')
  })

  test('not encrypted to another machine is refused before a packet leaves, unless somebody has chosen it', async () => {
    const refused = await testAt(1, { host: '10.1.2.3', usesTls: false })
    expect(refused).toMatchObject({ ok: false, message: expect.stringContaining('允许不加密的连接') })
    await useServer(machine, { host: '10.1.2.3', port: 1, usesTls: false })
    const signedIn = await machine.backend.request('account.signIn', { accountName: 'x', password: 'y' })
    expect(signedIn).toMatchObject({ ok: false, error: { message: expect.stringContaining('没有加密') } })
  })

  test('a proxy of the environment is not asked', async () => {
    let asked = 0
    const proxy = createTcpServer((socket) => {
      asked += 1
      socket.destroy()
    })
    const proxyPort = await listen(proxy)
    closing.push(() => proxy.close())
    const server = await start('one')
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const
    for (const name of names) process.env[name] = `http://127.0.0.1:${proxyPort}`
    try {
      const { certificate } = await testAt(server.port)
      expect(await testAt(server.port, { authority: certificate?.authority ?? '' })).toMatchObject({
        ok: true,
      })
      expect(asked).toBe(0)
    } finally {
      for (const name of names) delete process.env[name]
    }
  })
})

test('settings stored before there was TLS keep their server; the line is plain to this machine only', async () => {
  const { store } = machine.backend.context
  const before = {
    server: { isEnabled: true, host: '10.1.2.3', port: 9000 },
    syncPeriodMinutes: 7,
    fontSizePercent: 125,
    isFirstRunDone: true,
  }
  await store.write((database) =>
    database.runOf(
      "INSERT OR REPLACE INTO setting (name, value) VALUES ('settings', ?)",
      JSON.stringify(before),
    ),
  )
  expect(readSettings(store.read)).toMatchObject({
    ...before,
    server: { ...before.server, usesTls: false, allowsPlain: false, authority: '' },
  })
})
