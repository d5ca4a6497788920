import type { FastifyInstance } from 'fastify'
import type { ServerContext } from '../context.ts'

/** How much of the line one client may hold. Times are milliseconds. */
export type LineLimits = {
  /** From the first byte (or from connecting) until the whole head is there. */
  readonly headersTimeout: number
  /** Until the whole request is there: a slow line still gets a batch through. */
  readonly requestTimeout: number
  /** Between two requests on one socket. */
  readonly keepAliveTimeout: number
  /** Without a byte in either direction: a client that does not read its answer. */
  readonly silenceTimeout: number
  /** How often the two first times are looked at. */
  readonly sweepInterval: number
  readonly sockets: number
  readonly socketsPerAddress: number
  readonly requestsPerMinutePerAddress: number
}

export const LINE_LIMITS: LineLimits = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 70_000,
  silenceTimeout: 150_000,
  sweepInterval: 5_000,
  sockets: 10_000,
  // A whole office may stand behind one address.
  socketsPerAddress: 500,
  requestsPerMinutePerAddress: 6_000,
}

/** From this part of all sockets on, an address may have a tenth of what it may else. */
const CROWDED = 0.8

/** TLS 1.3, and of TLS 1.2 what keeps past traffic secret when a key is lost. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
].join(':')

/** What Fastify and Node have to be told when the server is made. */
export function lineOptionsOf(limits: LineLimits, tls: ServerContext['tls']) {
  const http = {
    maxHeaderSize: 8_192,
    headersTimeout: limits.headersTimeout,
    connectionsCheckingInterval: limits.sweepInterval,
  }
  return {
    requestTimeout: limits.requestTimeout,
    connectionTimeout: limits.silenceTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    ...(tls === undefined
      ? { http }
      : {
          https: {
            ...http,
            cert: tls.certificate,
            key: tls.privateKey,
            minVersion: 'TLSv1.2' as const,
            ciphers: CIPHERS,
            ALPNProtocols: ['http/1.1'],
            // A client that never finishes it holds no socket longer than a slow head would.
            handshakeTimeout: limits.headersTimeout,
          },
        }),
  }
}

/**
 * Bounds the sockets, all together and of one address: more are closed at once, so that one machine that opens thousands
 * leaves room for the others.
 * @param proxies addresses of reverse proxies, behind which everyone stands
 */
export function limitSockets(app: FastifyInstance, limits: LineLimits, proxies: readonly string[]): void {
  const { server } = app
  server.maxConnections = limits.sockets
  server.maxHeadersCount = 100
  const counts = new Map<string, number>()
  let total = 0
  server.on('connection', (socket) => {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    if (proxies.includes(address)) return
    const count = (counts.get(address) ?? 0) + 1
    // Many machines together must not take the last places, either.
    const isCrowded = total >= limits.sockets * CROWDED
    if (count > (isCrowded ? Math.ceil(limits.socketsPerAddress / 10) : limits.socketsPerAddress)) {
      socket.destroy()
      return
    }
    counts.set(address, count)
    total += 1
    socket.once('close', () => {
      total -= 1
      const left = (counts.get(address) ?? 1) - 1
      if (left === 0) counts.delete(address)
      else counts.set(address, left)
    })
  })
}

/** Once the server is stopping, an answer is the last on its socket: a client that keeps it open does not hold up the stop. */
export function endLinesOnStop(app: FastifyInstance): void {
  let isStopping = false
  app.addHook('preClose', (done) => {
    isStopping = true
    done()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isStopping) void reply.header('connection', 'close')
    done(null, payload)
  })
}
