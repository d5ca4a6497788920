import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:net'
import { request } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LINE_LIMITS } from '../../../src-server/plugins/line-limits.ts'
import { makeFolder, RESOURCES } from '../../support/backend-fixture.ts'
import { startTestServer, type TestServer } from '../sync/sync-world.ts'
import { runInitTls, type MadeTls } from './line-world.ts'

let folder: ReturnType<typeof makeFolder>
let made: MadeTls
const closing: (() => unknown)[] = []

beforeEach(async () => {
  folder = makeFolder()
  made = await runInitTls(folder.path)
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  folder.remove()
})

/** Asks over TLS from an address of this machine. */
function ask(
  port: number,
  path: string,
  localAddress = '127.0.0.1',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path, localAddress, ca: made.files.authority, timeout: 10_000 },
      (response) => {
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('no answer within 10 s')))
    asked.on('error', reject)
    asked.end()
  })
}

test('/metrics tells when the certificate ends', async () => {
  const server = await startTestServer(folder.path, { tls: made.files })
  closing.push(() => server.close())
  const { text } = await ask(server.port, '/metrics')
  const seconds = Number(/^jufutong_certificate_ends_seconds (\d+)$/m.exec(text)?.[1])
  expect(seconds * 1_000).toBe(Date.parse(new X509Certificate(made.files.certificate).validTo))
})

describe('a TLS server', () => {
  const line = { ...LINE_LIMITS, headersTimeout: 600, requestTimeout: 1_500, sweepInterval: 100 }
  let server: TestServer

  beforeEach(async () => {
    server = await startTestServer(folder.path, { tls: made.files, line })
    closing.push(() => server.close())
  })

  const whenClosed = (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString('latin1')))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(text))
      closing.push(() => socket.destroy())
    })

  test('cuts handshakes that do not come or trickle in, and serves others meanwhile', async () => {
    const silent = Array.from({ length: 30 }, () => connectPlain(server.port, '127.0.0.1'))
    const slow = Array.from({ length: 30 }, () => connectPlain(server.port, '127.0.0.1'))
    // The beginning of a ClientHello of 512 bytes, then a byte at a time.
    for (const socket of slow)
      socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc]))
    const trickle = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write(Buffer.from([0x03]))
    }, 50)
    closing.push(() => clearInterval(trickle))
    const ended = Promise.all([...silent, ...slow].map(whenClosed))
    expect((await ask(server.port, '/about')).status).toBe(200)
    await ended
    expect((await ask(server.port, '/about')).status).toBe(200)
  })

  test('cuts heads that trickle in after the handshake', async () => {
    const sockets = Array.from({ length: 20 }, () =>
      connectTls({ host: '127.0.0.1', port: server.port, ca: made.files.authority }),
    )
    const ended = Promise.all(sockets.map(whenClosed))
    for (const socket of sockets) socket.write('GET /about HTTP/1.1\r\nhost: x\r\n')
    const trickle = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('x-a: b\r\n')
    }, 50)
    closing.push(() => clearInterval(trickle))
    expect((await ask(server.port, '/about')).status).toBe(200)
    for (const text of await ended) expect(text).toContain(' 408 ')
  })

  test('answers nothing to plain HTTP, garbage and old TLS, and goes on', async () => {
    for (const bytes of [
      Buffer.from('GET /about HTTP/1.1\r\nhost: x\r\n\r\n'),
      Buffer.alloc(5_000, 0xff),
      Buffer.from([0x16, 0x03, 0x01, 0xff, 0xff]),
      Buffer.alloc(1),
    ]) {
      const socket = connectPlain(server.port, '127.0.0.1')
      const closed = whenClosed(socket)
      socket.write(bytes)
      expect(await closed).not.toContain('jufutong')
    }
    const old = connectTls({
      host: '127.0.0.1',
      port: server.port,
      ca: made.files.authority,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    expect(await whenClosed(old)).toBe('')
    expect(old.authorized).toBe(false)
    expect((await ask(server.port, '/about')).status).toBe(200)
  })
})

/** What stands in for many machines. */
const MACHINES = Array.from({ length: 25 }, (_, index) => `127.0.2.${index + 1}`)

describe('10,000 idle sockets', () => {
  async function startServer(): Promise<number> {
    const probe = createServer()
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
    const address = probe.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await new Promise((resolve) => probe.close(resolve))
    const env = {
      ...process.env,
      JUFUTONG_SERVER_DATABASE: join(folder.path, 'server.db'),
      JUFUTONG_SERVER_TLS_FOLDER: made.place.folder,
      JUFUTONG_SERVER_PORT: String(port),
      JUFUTONG_SERVER_LOG: 'warn',
    }
    const script = join(RESOURCES, 'src-server', 'server.ts')
    const server = spawn(process.execPath, [script], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    closing.push(() => endProcess(server))
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const answer = await ask(port, '/healthz').catch(() => undefined)
      if (answer?.status === 200) return port
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error('the server did not answer')
  }

  async function endProcess(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  async function openIdle(
    port: number,
    addresses: readonly string[],
  ): Promise<{ opened: number; standing: number }> {
    const script = join(RESOURCES, 'test', 'support', 'idle-sockets-child.ts')
    const attacker = spawn(process.execPath, [script, String(port), '10000', ...addresses], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    closing.push(() => endProcess(attacker))
    return new Promise((resolve, reject) => {
      attacker.stdout.once('data', (chunk) =>
        resolve(JSON.parse(String(chunk)) as { opened: number; standing: number }),
      )
      attacker.once('exit', () => reject(new Error('the attacker ended')))
    })
  }

  const gauge = async (port: number, name: string): Promise<number> => {
    const { text } = await ask(port, '/metrics')
    return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
  }

  // Each side needs more files than some systems give a process.
  const limit = Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout)
  const isRoom = limit >= 12_000 || Number.isNaN(limit)

  test.runIf(isRoom)(
    'of one machine: 500 stand, others are served, memory stays bounded',
    async () => {
      const port = await startServer()
      const before = await gauge(port, 'jufutong_memory_bytes')
      const { opened, standing } = await openIdle(port, ['127.0.2.1'])
      expect(opened).toBe(10_000)
      expect(standing).toBeLessThanOrEqual(LINE_LIMITS.socketsPerAddress)
      expect(standing).toBeGreaterThan(0)
      expect((await ask(port, '/healthz')).status).toBe(200)
      expect((await gauge(port, 'jufutong_memory_bytes')) - before).toBeLessThan(300_000_000)
    },
    60_000,
  )

  test.runIf(isRoom)(
    'of 25 machines at once leave room for a station, and are cut in the end',
    async () => {
      const port = await startServer()
      const before = await gauge(port, 'jufutong_memory_bytes')
      const { standing } = await openIdle(port, MACHINES)
      expect(standing).toBeGreaterThan(LINE_LIMITS.sockets / 2)
      expect(standing).toBeLessThan(LINE_LIMITS.sockets)
      for (const from of ['127.0.0.1', '127.0.3.1', '127.0.3.2'])
        expect((await ask(port, '/healthz', from)).status).toBe(200)
      expect((await gauge(port, 'jufutong_memory_bytes')) - before).toBeLessThan(1_500_000_000)
      // Without a handshake they are cut after 15 s.
      await expect
        .poll(() => gauge(port, 'jufutong_sockets'), { timeout: 40_000, interval: 500 })
        .toBeLessThan(100)
    },
    90_000,
  )
})
