import { createServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { DIGEST_HEADER } from '../../../src-shared/contract/server-messages.ts'
import { testServer } from '../../../src-main/backend/sync/test-server.ts'
import {
  listOutbox,
  makeFolder,
  openTestClient,
  PASSWORD,
  startTestServer,
  validValues,
} from './sync-world.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await Promise.all(
    servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  )
})

/** A server that answers every request with these bytes; `null` closes without a word, `undefined` never answers. */
async function startRawServer(bytes: string | Buffer | null | undefined): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => {
      if (bytes === null) socket.destroy()
      else if (bytes !== undefined) socket.end(bytes)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function http(status: string, type: string, body: string, length = Buffer.byteLength(body)): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${body}`
}

function about(change: Record<string, unknown>): string {
  return http(
    '200 OK',
    'application/json',
    JSON.stringify({
      product: 'jufutong-server',
      version: '9.9.9',
      protocols: [1],
      serverTime: Date.now(),
      ...change,
    }),
  )
}

async function freePort(): Promise<number> {
  const port = await startRawServer(null)
  const server = servers.pop()
  await new Promise<void>((resolve) => server?.close(() => resolve()))
  return port
}

const html = http('200 OK', 'text/html', '<!doctype html><title>路由器</title>')
const fault = http('500 Internal Server Error', 'text/plain', 'oops')
const empty = http('200 OK', 'application/json', '')
const half = http('200 OK', 'application/json', '{"product":"jufutong-ser', 400)
const gzipWithoutEnd = gzipSync(
  JSON.stringify({ product: 'jufutong-server', filler: 'x'.repeat(500) }),
).subarray(0, 40)
const halfGzip = Buffer.concat([
  Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${gzipWithoutEnd.length}\r\nconnection: close\r\n\r\n`,
  ),
  gzipWithoutEnd,
])

/** Whole JSON of our server, but not what its digest was made of. */
const changed = about({}).replace(
  'content-type',
  `${DIGEST_HEADER}: ${Buffer.alloc(32).toString('base64')}\r\ncontent-type`,
)

describe('测试连接 says what is wrong and what to do', () => {
  test.each([
    ['a web page', html, '对方回答的是网页,不是居服通服务器'],
    ['500', fault, '服务器内部出错(500)'],
    ['an empty body', empty, '对方的回答是空的'],
    ['half a body', half, '只收到一部分'],
    ['half a compressed body', halfGzip, '只收到一部分'],
    ['a body that was changed on the way', changed, '只收到一部分'],
    ['nothing', null, '没有回答完就断开了连接'],
    ['something that is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', '不合HTTP的规矩'],
    ['404', http('404 Not Found', 'application/json', '{"error":"x"}'), '不认识居服通的请求(404)'],
    [
      'JSON of something else',
      http('200 OK', 'application/json', '{"hello":"world"}'),
      '不是居服通服务器应有的内容',
    ],
    ['plain text', http('200 OK', 'text/plain', 'welcome'), '看不懂'],
    ['another product', about({ product: 'printer' }), '那里运行的是「printer」,不是居服通服务器'],
    ['a newer protocol', about({ protocols: [2, 3] }), '请升级客户端'],
    ['an older protocol', about({ protocols: [0] }), '请管理员升级服务器'],
  ])('%s', async (_name, bytes, sentence) => {
    const port = await startRawServer(bytes)
    const result = await testServer({ host: '127.0.0.1', port }, Date.now)
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining(sentence) as string })
  })

  test('every one of them is a sentence of its own', async () => {
    const messages = new Set<string>()
    const all = [
      html,
      fault,
      empty,
      half,
      null,
      about({ product: 'x' }),
      about({ protocols: [2] }),
      'SSH\r\n',
    ]
    for (const bytes of all) {
      const port = await startRawServer(bytes)
      const { message } = await testServer({ host: '127.0.0.1', port }, Date.now)
      messages.add(message.replace(String(port), ''))
    }
    expect(messages.size).toBe(all.length)
  })

  test('nobody there, no answer in time, and an address that is none', async () => {
    const nobody = await testServer({ host: '127.0.0.1', port: await freePort() }, Date.now)
    expect(nobody).toMatchObject({ ok: false, message: expect.stringContaining('拒绝了连接') as string })
    const silent = { host: '127.0.0.1', port: await startRawServer(undefined) }
    expect((await testServer(silent, Date.now, 300)).message).toContain('没有回答')
    const url = await testServer({ host: 'http://127.0.0.1', port: 1 }, Date.now)
    expect(url.message).toContain('不要带 http://')
  })

  test('our server is found, and a wrong clock is said', async () => {
    const folder = makeFolder()
    const server = await startTestServer(folder.path)
    try {
      const address = { host: '127.0.0.1', port: server.port }
      const good = await testServer(address, Date.now)
      expect(good.ok).toBe(true)
      expect(good.message).toMatch(/^连接成功,用时\d+毫秒。$/)
      const late = await testServer(address, () => Date.now() - 3 * 3_600_000)
      expect(late.message).toContain('本机时钟比服务器慢3小时')
    } finally {
      await server.close()
      folder.remove()
    }
  })
})

test.each([
  ['a web page', html, '网页'],
  ['500', fault, '服务器内部出错(500)'],
  ['nothing', null, '断开了连接'],
  ['an empty body', empty, '空的'],
  ['half a body', half, '只收到一部分'],
])(
  'a round against %s loses nothing, says so, and goes on when the server is back',
  async (_name, bytes, sentence) => {
    const folder = makeFolder()
    const server = await startTestServer(folder.path)
    const client = await openTestClient(join(folder.path, 'client'), server.port)
    try {
      await client.sync.signIn('clerk001', PASSWORD)
      await client.sync.run()
      const id = await client.create('employer', validValues('employer', 1))
      client.useServer({ port: await startRawServer(bytes) })
      const status = await client.sync.run()
      expect(status).toMatchObject({ isOnline: false, isRunning: false, pendingCount: 1 })
      expect(status.lastError).toContain(sentence)
      expect(listOutbox(client.store).map((op) => op.state)).toEqual(['pending'])
      expect(client.find('employer', id)).toMatchObject({ pendingOps: 1, serverSeq: 0 })
      expect(client.sync.account()?.accountName).toBe('clerk001')

      client.useServer({ port: server.port })
      expect(await client.sync.run()).toMatchObject({ isOnline: true, pendingCount: 0, lastError: null })
    } finally {
      await client.close()
      await server.close()
      folder.remove()
    }
  },
)

test('a wrong clock is learnt, told, and orders nothing', async () => {
  const folder = makeFolder()
  const server = await startTestServer(folder.path)
  const tenYears = 10 * 365 * 86_400_000
  const client = await openTestClient(join(folder.path, 'client'), server.port, () => Date.now() - tenYears)
  const other = await openTestClient(join(folder.path, 'other'), server.port)
  try {
    for (const [each, account] of [
      [client, 'clerk001'],
      [other, 'clerk002'],
    ] as const) {
      await each.sync.signIn(account, PASSWORD)
      await each.sync.run()
    }
    expect((await client.sync.status()).notice).toContain('本机时钟比服务器慢')
    const id = await other.create('employer', validValues('employer', 1))
    await other.sync.run()
    await client.sync.run()
    await client.edit('employer', id, { remarks: '后来的修改' })
    await client.sync.run()
    await other.sync.run()
    expect(other.find('employer', id)?.values['remarks']).toBe('后来的修改')
    expect(Math.abs((other.find('employer', id)?.updatedAt ?? 0) - Date.now())).toBeLessThan(60_000)
  } finally {
    await client.close()
    await other.close()
    await server.close()
    folder.remove()
  }
})

test('an expired session asks to sign in again; local work and the account stay', async () => {
  const folder = makeFolder()
  const server = await startTestServer(folder.path)
  const client = await openTestClient(join(folder.path, 'client'), server.port)
  try {
    await client.sync.signIn('clerk001', PASSWORD)
    await client.sync.run()
    server.advance(30 * 86_400_000)
    await client.create('employer', validValues('employer', 1))
    const status = await client.sync.run()
    expect(status).toMatchObject({ isOnline: true, pendingCount: 1 })
    expect(status.lastError).toContain('请重新登录')
    expect(client.sync.account()?.accountName).toBe('clerk001')
    await expect(client.sync.signIn('clerk001', 'wrong')).rejects.toThrow('账号或密码不对')
    await client.sync.signIn('clerk001', PASSWORD)
    expect((await client.sync.run()).pendingCount).toBe(0)
  } finally {
    await client.close()
    await server.close()
    folder.remove()
  }
})

test('a cancelled round stops between batches and keeps what was received', async () => {
  const folder = makeFolder()
  const server = await startTestServer(folder.path)
  const client = await openTestClient(join(folder.path, 'client'), server.port)
  try {
    await client.sync.signIn('clerk001', PASSWORD)
    await client.sync.run()
    await client.createMany(
      'employer',
      Array.from({ length: 600 }, (_, number) => validValues('employer', number)),
    )
    client.events.length = 0
    const running = client.sync.run()
    const stop = setInterval(() => {
      const isAtSecondBatch = client.events.some(
        ({ event, payload }) => event === 'sync.changed' && (payload.progress?.done ?? 0) >= 500,
      )
      if (isAtSecondBatch) client.sync.cancel()
    }, 0)
    const status = await running
    clearInterval(stop)
    // Either the second batch was stopped, or it was through before the key was pressed.
    expect([0, 100]).toContain(status.pendingCount)
    if (status.pendingCount === 100) expect(status.lastError).toBe('已停止同步。')
    const progress = client.events.flatMap(({ event, payload }) =>
      event === 'sync.changed' && payload.progress ? [payload.progress] : [],
    )
    expect(progress[0]).toEqual({ phase: 'push', done: 0, total: 600 })
    expect(await client.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
    expect(await server.database.selectFrom('record').select('id').execute()).toHaveLength(600)
  } finally {
    await client.close()
    await server.close()
    folder.remove()
  }
})
