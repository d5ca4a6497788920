import { createServer, request, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { randomOf } from '../../../src-shared/demo/random.ts'
import { startProxy, type Proxy } from '../../support/proxy/start-proxy.ts'
import { startProxyProcess } from '../../support/proxy/start-proxy-process.ts'

/** What arrived at the server behind, in order. */
let arrived: string[]
let server: Server
let proxy: Proxy

beforeEach(async () => {
  arrived = []
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      arrived.push(Buffer.concat(chunks).toString())
      outgoing.end(`answer to ${arrived.at(-1) ?? ''}${'.'.repeat(5_000)}`)
    })
  })
  proxy = await startProxy({ target: await listenOn(server), seed: 7 })
})

afterEach(async () => {
  await proxy.close()
  server.closeAllConnections()
  server.close()
})

type Answer = { readonly text: string; readonly error: string }

function ask(body: string, port = proxy.port, waitMs = 2_000): Promise<Answer> {
  return new Promise((resolve) => {
    let text = ''
    const done = (error: string): void => resolve({ text, error })
    const asked = request({ host: '127.0.0.1', port, method: 'POST', path: '/sync/1/push' }, (answer) => {
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => done(''))
      answer.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'))
    })
    asked.setTimeout(waitMs, () => {
      done('silence')
      asked.destroy()
    })
    asked.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'))
    asked.setHeader('content-length', Buffer.byteLength(body))
    asked.end(body)
  })
}

test('without a harm everything passes, and is named', async () => {
  expect((await ask('first')).text).toMatch(/^answer to first\.{5000}$/)
  expect(proxy.requests).toEqual(['POST /sync/1/push'])
  expect(Object.values(proxy.counts()).every((count) => count === 0)).toBe(true)
})

test('cut: both sides end after so many bytes, in either direction', async () => {
  proxy.harmNext({ kind: 'cut', direction: 'down', afterBytes: 1_000 })
  const answer = await ask('first')
  expect(answer.error).toBe('ECONNRESET')
  expect(answer.text.length).toBeGreaterThan(500)
  expect(answer.text.length).toBeLessThan(1_000)
  expect(arrived).toEqual(['first'])
  proxy.harmNext({ kind: 'cut', direction: 'up', afterBytes: 50 })
  expect((await ask('second')).error).toBe('ECONNRESET')
  expect(arrived).toEqual(['first'])
  expect(proxy.counts().cut).toBe(2)
})

test('reset: the client gets RST', async () => {
  const tcp = await startEcho()
  const raw = await startProxy({ target: tcp.port, seed: 1, protocol: 'bytes' })
  raw.harmNext({ kind: 'reset', direction: 'down', afterBytes: 3 })
  const socket = connect(raw.port, '127.0.0.1')
  const error = new Promise<string>((resolve) =>
    socket.once('error', (each: NodeJS.ErrnoException) => resolve(each.code ?? '')),
  )
  socket.resume()
  socket.write('hello')
  expect(await error).toBe('ECONNRESET')
  expect(raw.counts().reset).toBe(1)
  await raw.close()
  tcp.close()
})

test('stalled and unanswered: nothing more comes, and nothing is closed', async () => {
  proxy.harmNext({ kind: 'stalled', direction: 'down', afterBytes: 300 })
  const stalled = await ask('first', proxy.port, 200)
  expect(stalled.error).toBe('silence')
  expect(stalled.text.length).toBeGreaterThan(0)
  expect(arrived).toEqual(['first'])
  proxy.harmNext({ kind: 'unanswered' })
  expect(await ask('second', proxy.port, 200)).toEqual({ text: '', error: 'silence' })
  expect(arrived).toEqual(['first'])
  expect(proxy.counts()).toMatchObject({ stalled: 1, unanswered: 1 })
})

test('truncated: bytes are left out of the middle; flipped: one bit is another', async () => {
  const tcp = await startEcho()
  const raw = await startProxy({ target: tcp.port, seed: 1, protocol: 'bytes' })
  raw.harmNext({ kind: 'truncated', direction: 'up', afterBytes: 2, bytes: 3 })
  expect((await echo(raw.port, 'abcdefgh')).toString()).toBe('abfgh')
  raw.harmNext({ kind: 'flipped', direction: 'down', afterBytes: 4 })
  const sent = Buffer.from('abcdefgh')
  const came = await echo(raw.port, 'abcdefgh')
  expect(came).toHaveLength(sent.length)
  const different = [...sent].map((byte, index) => byte ^ (came[index] ?? 0))
  expect(different.filter((each) => each !== 0)).toHaveLength(1)
  expect(Math.log2(different[4] ?? 0) % 1).toBe(0)
  expect(raw.counts()).toMatchObject({ truncated: 1, flipped: 1 })
  await raw.close()
  tcp.close()
})

test('refused: nobody listens until it is taken back, on the same port', async () => {
  await proxy.setRefusing(true)
  expect((await ask('first')).error).toBe('ECONNREFUSED')
  await proxy.setRefusing(false)
  expect((await ask('second')).error).toBe('')
  expect(arrived).toEqual(['second'])
  expect(proxy.counts().refused).toBe(1)
})

test('lost requests are never seen by the server, lost answers were acted on', async () => {
  proxy.harmNext({ kind: 'requestLost' })
  proxy.harmNext({ kind: 'answerLost' })
  expect((await ask('first')).error).toBe('ECONNRESET')
  expect((await ask('second')).error).toBe('ECONNRESET')
  expect(arrived).toEqual(['second'])
  expect(proxy.counts()).toMatchObject({ requestLost: 1, answerLost: 1 })
})

test('duplicated, reordered and replayed: twice, later, and once more later', async () => {
  proxy.harmNext({ kind: 'duplicated' })
  expect((await ask('twice')).error).toBe('')
  expect(arrived).toEqual(['twice', 'twice'])
  proxy.harmNext({ kind: 'reordered' })
  expect((await ask('late')).error).toBe('ECONNRESET')
  expect((await ask('early')).error).toBe('')
  expect(arrived.slice(2)).toEqual(['early', 'late'])
  proxy.harmNext({ kind: 'replayed' })
  expect((await ask('old')).error).toBe('')
  expect((await ask('new')).error).toBe('')
  expect(arrived.slice(4)).toEqual(['old', 'new', 'old'])
  expect(proxy.counts()).toMatchObject({ duplicated: 1, reordered: 1, replayed: 1 })
})

test('a slow line takes its time: latency both ways, and bytes a second', async () => {
  proxy.setLine({ latencyMs: 60, jitterMs: 10 })
  let startedAt = performance.now()
  await ask('first')
  expect(performance.now() - startedAt).toBeGreaterThan(115)
  proxy.setLine({ bytesPerSecond: 20_000 })
  startedAt = performance.now()
  const answer = await ask('second')
  // Some 5,200 bytes down and 150 up.
  expect(performance.now() - startedAt).toBeGreaterThan(200)
  expect(answer.text).toMatch(/^answer to second\.{5000}$/)
})

test('order is kept whatever the line is', async () => {
  const tcp = await startEcho()
  const raw = await startProxy({ target: tcp.port, seed: 3, protocol: 'bytes' })
  raw.setLine({ latencyMs: 1, jitterMs: 7, bytesPerSecond: 200_000 })
  const text = Array.from({ length: 4_000 }, (_, index) => `${index} `).join('')
  expect((await echo(raw.port, text)).toString()).toBe(text)
  await raw.close()
  tcp.close()
})

test('one seed, one run', async () => {
  const runs: string[] = []
  for (let run = 0; run < 2; run += 1) {
    const each = await startProxy({ target: proxy.port, seed: 11 })
    each.setPlan({
      requestLost: 0.2,
      answerLost: 0.2,
      duplicated: 0.2,
      reordered: 0.1,
      replayed: 0.1,
      cut: 0.1,
    })
    const random = randomOf(5)
    const outcomes: string[] = []
    arrived.length = 0
    for (let index = 0; index < 30; index += 1)
      outcomes.push((await ask(String(random.below(100)), each.port)).error)
    runs.push(JSON.stringify([outcomes, each.counts(), arrived]))
    await each.close()
  }
  expect(runs[0]).toBe(runs[1])
  expect(runs[0]).toContain('ECONNRESET')
})

test('a proxy in a process of its own obeys this one', async () => {
  const other = await startProxyProcess({ target: proxy.port, seed: 3 })
  expect((await ask('first', other.port)).error).toBe('')
  await other.harmNext({ kind: 'answerLost' })
  expect((await ask('second', other.port)).error).toBe('ECONNRESET')
  await other.setRefusing(true)
  expect((await ask('third', other.port)).error).toBe('ECONNREFUSED')
  await other.setRefusing(false)
  await other.setPlan({ requestLost: 1 })
  expect((await ask('fourth', other.port)).error).toBe('ECONNRESET')
  expect(arrived).toEqual(['first', 'second'])
  expect(await other.counts()).toMatchObject({ answerLost: 1, refused: 1, requestLost: 1 })
  await other.close()
  expect((await ask('fifth', other.port)).error).toBe('ECONNREFUSED')
})

function listenOn(listener: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  return new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

async function startEcho(): Promise<{ readonly port: number; readonly close: () => void }> {
  const sockets: Socket[] = []
  const listener = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  const port = await listenOn(listener)
  return {
    port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      listener.close()
    },
  }
}

/** Sends a text and its end, and answers all that comes back. */
function echo(port: number, text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.once('error', reject)
    socket.once('end', () => {
      socket.destroy()
      resolve(Buffer.concat(chunks))
    })
    socket.end(text)
  })
}
