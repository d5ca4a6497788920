import { connect, type Socket } from 'node:net'
import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LINE_LIMITS } from '../../../src-server/plugins/line-limits.ts'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'
import { callServer, makeOp, push, sayHello, signInCaller } from './server-caller.ts'

/** Another machine than 127.0.0.1, as far as the server can see. */
const OTHER_ADDRESS = '127.0.0.2'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let sockets: Socket[]

beforeEach(() => {
  folder = makeFolder()
  sockets = []
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await server.close()
  folder.remove()
})

type Line = { readonly socket: Socket; readonly closed: Promise<string>; isOpen: boolean }

/** A socket from some address; `closed` resolves with all that came when the server has ended it. */
function open(localAddress: string): Promise<Line> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: server.port, localAddress })
    sockets.push(socket)
    let text = ''
    let settle: (text: string) => void = () => undefined
    const line: Line = {
      socket,
      isOpen: true,
      closed: new Promise((done) => {
        settle = done
      }),
    }
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('error', () => undefined)
    socket.on('connect', () => resolve(line))
    socket.on('close', () => {
      line.isOpen = false
      settle(text)
      resolve(line)
    })
  })
}

/** A whole small round, as a station makes it. */
async function serveOne(): Promise<void> {
  const caller = await signInCaller(server.port, 'clerk001')
  const { replica } = await sayHello(caller)
  const answer = await push(caller, replica, [makeOp(1, validValues('employer', 1))])
  expect(answer.push.receipts).toHaveLength(1)
}

describe('the line', () => {
  test('a thousand idle sockets of one machine are bounded, others are served, and they are all cut in the end', async () => {
    const limits = { ...LINE_LIMITS, headersTimeout: 4_000, sweepInterval: 200, socketsPerAddress: 300 }
    server = await startTestServer(folder.path, { line: limits })
    const before = process.memoryUsage.rss()
    const lines = await Promise.all(Array.from({ length: 1_000 }, () => open(OTHER_ADDRESS)))
    // Those over the bound are gone at once, while the others still hold.
    await Promise.race([Promise.all(lines.map((line) => line.closed)), serveOne()])
    const held = lines.filter((line) => line.isOpen).length
    expect(held).toBeLessThanOrEqual(limits.socketsPerAddress)
    expect(held).toBeGreaterThan(0)
    expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000)
    await Promise.all(lines.map((line) => line.closed))
    // And then that machine is served again.
    const again = await open(OTHER_ADDRESS)
    again.socket.write('GET /about HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(await again.closed).toContain('"jufutong-server"')
  })

  test('heads and bodies that trickle in are cut, others are served meanwhile', async () => {
    const limits = { ...LINE_LIMITS, headersTimeout: 700, requestTimeout: 5_000, sweepInterval: 100 }
    server = await startTestServer(folder.path, { line: limits })
    const heads = await Promise.all(Array.from({ length: 50 }, () => open('127.0.0.1')))
    const bodies = await Promise.all(Array.from({ length: 50 }, () => open('127.0.0.1')))
    for (const { socket } of heads) socket.write('POST /sync/1/push HTTP/1.1\r\nhost: x\r\n')
    for (const { socket } of bodies)
      socket.write(
        'POST /account/1/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{',
      )
    const trickle = setInterval(() => {
      for (const { socket } of heads) socket.write('x-a: b\r\n')
      for (const { socket } of bodies) socket.write(' ')
    }, 50)
    try {
      await serveOne()
      expect(await Promise.all(heads.map((line) => line.closed))).toSatisfy((texts: string[]) =>
        texts.every((text) => text.includes(' 408 ')),
      )
      // A head has to come sooner than a body.
      expect(bodies.every((line) => line.isOpen)).toBe(true)
      await Promise.all(bodies.map((line) => line.closed))
      await serveOne()
    } finally {
      clearInterval(trickle)
    }
  })

  test('too many requests of one address are told to wait, also on paths that are not there', async () => {
    server = await startTestServer(folder.path, { line: { ...LINE_LIMITS, requestsPerMinutePerAddress: 5 } })
    const caller = callServer(server.port)
    const codes: number[] = []
    for (let count = 0; count < 7; count += 1) codes.push((await caller.get('/about')).status)
    expect(codes).toEqual([200, 200, 200, 200, 200, 429, 429])
    const refused = await caller.get('/about')
    expect(refused.body['code']).toBe('tooMany')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const missing: number[] = []
    for (let count = 0; count < 7; count += 1) missing.push((await caller.get(`/x${count}`)).status)
    expect(missing).toContain(429)
    // Another machine is not held up.
    const other = await open(OTHER_ADDRESS)
    other.socket.write('GET /about HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(await other.closed).toContain(' 200 ')
  })

  test('behind a reverse proxy every client is its own; without one the header is not believed', async () => {
    const ask = async (from: string): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${server.port}/about`, {
        headers: { 'x-forwarded-for': from },
      })
      return answer.status
    }
    const line = { ...LINE_LIMITS, requestsPerMinutePerAddress: 1, socketsPerAddress: 2 }
    server = await startTestServer(folder.path, { line, proxies: ['127.0.0.1'] })
    expect([await ask('10.0.0.1'), await ask('10.0.0.2'), await ask('10.0.0.1')]).toEqual([200, 200, 429])
    await server.close()
    server = await startTestServer(folder.path, { line })
    expect([await ask('10.0.0.1'), await ask('10.0.0.2')]).toEqual([200, 429])
  })

  test('a head that is too large is refused', async () => {
    server = await startTestServer(folder.path)
    const line = await open('127.0.0.1')
    line.socket.write(`GET /about HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`)
    expect(await line.closed).toContain(' 431 ')
    await serveOne()
  })
})

/** A small frame whose window is as wide as the format's readers allow by themselves. */
function wideZstd(): Buffer {
  const text = Buffer.from(JSON.stringify({ a: 'x'.repeat(1_000) }))
  const stream = zstdCompressSync(text, {
    params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 },
  })
  // The frame's head: magic, descriptor without a content size and not one segment, then the window: 2^(10 + 17).
  expect(stream.readUInt32LE(0)).toBe(0xfd2fb528)
  expect((stream[4] ?? 0) & 0xe0).toBe(0)
  const wide = Buffer.from(stream)
  wide[5] = 17 << 3
  return wide
}

describe('bodies', () => {
  beforeEach(async () => {
    server = await startTestServer(folder.path)
  })

  test.each([
    ['gzip', () => gzipSync(Buffer.alloc(200_000_000, 0x20), { level: 9 })],
    ['zstd', () => zstdCompressSync(Buffer.alloc(200_000_000, 0x20))],
  ])(
    '%s bombs are refused one by one while others are served, and memory stays bounded',
    async (encoding, make) => {
      const bomb = make()
      const before = process.memoryUsage.rss()
      const caller = await signInCaller(server.port, 'clerk001')
      const bombs = Array.from({ length: 20 }, () =>
        caller.postRaw('/sync/1/push', bomb, { 'content-encoding': encoding }),
      )
      await serveOne()
      for (const answer of await Promise.all(bombs)) expect(answer.status).toBe(413)
      expect(process.memoryUsage.rss() - before).toBeLessThan(400_000_000)
    },
  )

  test('a bomb within a bomb, and packings nobody asked for, are not opened', async () => {
    const caller = callServer(server.port)
    const inner = gzipSync(Buffer.alloc(50_000_000, 0x20))
    for (const [body, encoding] of [
      [gzipSync(inner), 'gzip, gzip'],
      [deflateSync(Buffer.alloc(50_000_000, 0x20)), 'deflate'],
      [zstdCompressSync(inner), 'gzip, zstd'],
      [Buffer.from('x'), 'zstd'],
      // Asks for 128 MiB to look back in.
      [wideZstd(), 'zstd'],
    ] as const) {
      const answer = await caller.postRaw('/sync/1/push', body, { 'content-encoding': encoding })
      expect([encoding, answer.status >= 400 && answer.status < 500]).toEqual([encoding, true])
    }
    await serveOne()
  })

  test('deep JSON and __proto__ are refused on every route, and change no object', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const deep = `{"a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`
    const paths = ['hello', 'push', 'pull', 'own-ops', 'check', 'bucket', 'records', 'dictionary', 'blobs']
    for (const path of [...paths, 'find-duplicates']) {
      for (const body of [
        deep,
        '{"__proto__":{"polluted":1}}',
        '{"a":{"b":[{"\\u005f_proto__":{"polluted":1}}]}}',
        '{"constructor":{"prototype":{"polluted":1}}}',
      ]) {
        const answer = await caller.postRaw(`/sync/1/${path}`, body)
        expect([path, answer.status, answer.body['code']]).toEqual([path, 400, 'badRequest'])
      }
    }
    expect('polluted' in {}).toBe(false)
    await serveOne()
  })

  test('an op made at an impossible instant holds up nothing behind it', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const instants = [1.5, -1e300, 1e300, Number.MAX_SAFE_INTEGER]
    const ops = instants.map((at, index) =>
      makeOp(index + 1, validValues('employer', index), { body: { at } }),
    )
    const answer = await push(caller, replica, ops)
    expect(answer.push.receipts).toHaveLength(instants.length)
  })
})
