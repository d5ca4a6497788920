import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http'

type Held = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
type Whole = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }

export type HostileProxy = {
  readonly port: number
  /** Whether it does harm; a benign one only forwards. */
  readonly setHostile: (isHostile: boolean) => void
  /** How often each harm was done. */
  readonly harms: Record<'requestLost' | 'answerLost' | 'doubled' | 'answerCut' | 'replayedLate', number>
  readonly close: () => Promise<void>
}

/**
 * Stands between clients and server on loopback. Requests are lost before the server sees them, answers after it has acted,
 * requests are delivered twice, answers are cut in the middle, and old requests are delivered again after newer ones.
 *
 * @param random between 0 and 1; seeded, so that a history can be run again
 */
export async function startHostileProxy(target: number, random: () => number): Promise<HostileProxy> {
  let isHostile = true
  const held: Held[] = []
  const harms = { requestLost: 0, answerLost: 0, doubled: 0, answerCut: 0, replayedLate: 0 }

  function forward({ path, headers, body }: Held): Promise<Whole> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port: target, path, method: body.length > 0 ? 'POST' : 'GET', headers },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 500,
              headers: answer.headers,
              body: Buffer.concat(chunks),
            }),
          )
          answer.on('error', reject)
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  const server: Server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('error', () => undefined)
    incoming.on('end', () => {
      const { 'transfer-encoding': _, ...headers } = incoming.headers
      const whole: Held = { path: incoming.url ?? '/', headers, body: Buffer.concat(chunks) }
      void handle(whole).catch(() => outgoing.destroy())
    })

    async function handle(whole: Held): Promise<void> {
      const fate = isHostile ? random() : 1
      if (fate < 0.1) {
        harms.requestLost += 1
        outgoing.destroy()
        return
      }
      const old = isHostile && random() < 0.15 ? held.shift() : undefined
      if (old) {
        harms.replayedLate += 1
        await forward(old)
      }
      if (whole.path.endsWith('/push') && isHostile && random() < 0.3) held.push(whole)
      if (fate < 0.2) {
        harms.doubled += 1
        await forward(whole)
      }
      const answer = await forward(whole)
      if (fate >= 0.2 && fate < 0.32) {
        harms.answerLost += 1
        outgoing.destroy()
        return
      }
      const { 'transfer-encoding': _, ...headers } = answer.headers
      outgoing.writeHead(answer.status, { ...headers, 'content-length': answer.body.length })
      if (fate >= 0.32 && fate < 0.4) {
        harms.answerCut += 1
        outgoing.write(answer.body.subarray(0, Math.floor(answer.body.length * random())))
        setImmediate(() => outgoing.destroy())
        return
      }
      outgoing.end(answer.body)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    setHostile: (next) => {
      isHostile = next
    },
    harms,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
