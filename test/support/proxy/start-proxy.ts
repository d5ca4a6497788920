import { connect, createServer, type Server, type Socket } from 'node:net'
import { randomOf, type Random } from '../../../src-shared/demo/random.ts'
import {
  HARM_KINDS,
  type ByteHarm,
  type Direction,
  type Harm,
  type HarmCounts,
  type HarmPlan,
  type LineConditions,
  type ProxyControl,
  type ProxyOptions,
} from './harm.ts'
import { nameOfMessage, readMessages } from './message-reader.ts'

/** A proxy in this process: its controls act at once. */
export type Proxy = Omit<
  ProxyControl,
  'counts' | 'setPlan' | 'harmNext' | 'forgetHarms' | 'setLine' | 'setTarget' | 'dropAll'
> & {
  readonly port: number
  readonly counts: () => HarmCounts
  readonly setPlan: (plan: HarmPlan) => void
  readonly harmNext: (harm: Harm | null) => void
  readonly forgetHarms: () => void
  readonly setLine: (line: LineConditions) => void
  readonly setTarget: (port: number) => void
  readonly dropAll: () => void
  /** Method and path of every whole request that came, in order (plain HTTP). */
  readonly requests: readonly string[]
}

/** How many old requests are kept to be replayed. */
const KEPT_REQUESTS = 8

/**
 * A TCP proxy on 127.0.0.1 that does harm on purpose. What it does is drawn by the seed, one draw for each request (plain HTTP) or
 * connection (bytes) in the order in which they come, and counted when it was really done.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const random = randomOf(options.seed)
  const isHttp = options.protocol !== 'bytes'
  const withinBytes = options.withinBytes ?? 2_000
  const counts = Object.fromEntries(HARM_KINDS.map((kind) => [kind, 0])) as HarmCounts
  const requests: string[] = []
  const asked: (Harm | null)[] = []
  /** Taken from their connections; delivered after a later request was answered. */
  const heldBack: { readonly bytes: Buffer; readonly kind: 'reordered' | 'replayed' }[] = []
  const open = new Set<Socket>()
  let plan: HarmPlan = {}
  let line: LineConditions = {}
  let { target } = options
  let port = options.port ?? 0

  function drawHarm(): Harm | undefined {
    const next = asked.shift()
    if (next !== undefined) return next ?? undefined
    let fate = random.below(1_000_000) / 1_000_000
    for (const kind of HARM_KINDS) {
      if (kind === 'refused') continue
      const share = plan[kind] ?? 0
      if (fate < share) return makeHarm(kind, random, withinBytes)
      fate -= share
    }
    return undefined
  }

  function hold(socket: Socket): void {
    open.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
  }

  /** Sends a whole request on a connection of its own and waits until the server has answered it. */
  function deliverAlone(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: target })
      hold(socket)
      socket.once('close', () => resolve())
      socket.once('data', () => socket.destroy())
      socket.write(bytes)
    })
  }

  async function deliverHeldBack(): Promise<void> {
    for (const { bytes, kind } of heldBack.splice(0)) {
      await deliverAlone(bytes)
      counts[kind] += 1
    }
  }

  function accept(client: Socket): void {
    hold(client)
    const server = connect({ host: '127.0.0.1', port: target })
    hold(server)
    const end = (): void => {
      client.destroy()
      server.destroy()
    }
    const reset = (): void => {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
    const conditions = (): LineConditions => line
    const done = (harm: ByteHarm): void => {
      counts[harm.kind] += 1
      if (harm.kind === 'cut') end()
      else if (harm.kind === 'reset') reset()
      else if (harm.kind === 'stalled') {
        up.stop()
        down.stop()
      }
    }
    const up = makePipe(server, conditions, random, done)
    const down = makePipe(client, conditions, random, done)
    const pipeOf = (direction: Direction): Pipe => (direction === 'up' ? up : down)
    let isAnswerLost = false
    let isUnanswered = false
    server.on('data', (chunk) => {
      if (isUnanswered) return
      if (isAnswerLost) {
        counts.answerLost += 1
        end()
        return
      }
      if (heldBack.length === 0) {
        down.send(chunk)
        return
      }
      // What was held back arrives before the client hears of the later request: every run is the same run.
      server.pause()
      void deliverHeldBack().then(() => {
        down.send(chunk)
        server.resume()
      })
    })

    const reader = readMessages()
    let turn = Promise.resolve()
    const forward = (bytes: Buffer): void => {
      turn = turn.then(() => forwardMessage(bytes)).catch(end)
    }
    async function forwardMessage(bytes: Buffer): Promise<void> {
      requests.push(nameOfMessage(bytes))
      const harm = drawHarm()
      switch (harm?.kind) {
        case undefined:
          break
        case 'requestLost':
          counts.requestLost += 1
          end()
          return
        case 'answerLost':
          isAnswerLost = true
          break
        case 'duplicated':
          await deliverAlone(bytes)
          counts.duplicated += 1
          break
        case 'reordered':
          if (heldBack.length < KEPT_REQUESTS) heldBack.push({ bytes, kind: 'reordered' })
          client.destroy()
          server.destroy()
          return
        case 'replayed':
          up.send(bytes)
          // After this one was answered the client asks again; the copy comes behind that one.
          server.once('data', () => heldBack.push({ bytes, kind: 'replayed' }))
          return
        case 'unanswered':
          counts.unanswered += 1
          isUnanswered = true
          return
        case 'cut':
        case 'reset':
        case 'stalled':
        case 'truncated':
        case 'flipped':
          pipeOf(harm.direction).arm(harm)
      }
      up.send(bytes)
    }

    if (!isHttp) {
      const harm = drawHarm()
      if (harm?.kind === 'unanswered') {
        counts.unanswered += 1
        isUnanswered = true
      } else if (harm && 'direction' in harm) pipeOf(harm.direction).arm(harm)
    }
    client.on('data', (chunk) => {
      if (isUnanswered) return
      if (isHttp) for (const message of reader.take(chunk)) forward(message)
      else up.send(chunk)
    })
    client.once('end', () => void turn.then(() => !isUnanswered && up.end()))
    server.once('end', () => !isUnanswered && down.end())
    client.once('close', () => server.destroy())
    server.once('close', () => {
      if (!isUnanswered && !down.isStopped()) down.end()
    })
    server.once('error', () => {
      if (!isUnanswered) client.destroy()
    })
  }

  let listener: Server | undefined
  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      listener = createServer({ allowHalfOpen: true }, accept)
      listener.once('error', reject)
      listener.listen(port, '127.0.0.1', () => {
        const address = listener?.address()
        if (address !== null && typeof address === 'object') ({ port } = address)
        resolve()
      })
    })
  const silence = (): Promise<void> =>
    new Promise((resolve) => {
      if (listener === undefined) return resolve()
      listener.close(() => resolve())
      listener = undefined
      for (const socket of open) socket.resetAndDestroy()
    })

  await listen()
  return {
    port,
    requests,
    counts: () => ({ ...counts }),
    setPlan: (next) => {
      plan = next
    },
    harmNext: (harm) => {
      asked.push(harm)
    },
    forgetHarms: () => {
      asked.length = 0
    },
    setLine: (next) => {
      line = next
    },
    setTarget: (next) => {
      target = next
    },
    async setRefusing(isRefusing) {
      if (isRefusing === (listener === undefined)) return
      if (!isRefusing) return listen()
      counts.refused += 1
      await silence()
    },
    dropAll: () => {
      heldBack.length = 0
      for (const socket of open) socket.destroy()
    },
    close: silence,
  }
}

function makeHarm(kind: Harm['kind'], random: Random, withinBytes: number): Harm {
  switch (kind) {
    case 'cut':
    case 'reset':
    case 'stalled':
    case 'flipped':
      return { kind, direction: random.pick(['up', 'down']), afterBytes: random.below(withinBytes) }
    case 'truncated':
      return {
        kind,
        direction: random.pick(['up', 'down']),
        afterBytes: random.below(withinBytes),
        bytes: 1 + random.below(64),
      }
    default:
      return { kind }
  }
}

type Pipe = {
  readonly send: (chunk: Buffer) => void
  /** The harm strikes so many bytes after what was sent until now. */
  readonly arm: (harm: ByteHarm) => void
  /** Ends the far side after everything sent has left. */
  readonly end: () => void
  /** Nothing leaves any more. */
  readonly stop: () => void
  readonly isStopped: () => boolean
}

/** One direction of a connection. */
function makePipe(
  sink: Socket,
  conditions: () => LineConditions,
  random: Random,
  done: (harm: ByteHarm) => void,
): Pipe {
  let armed: { readonly harm: ByteHarm; left: number } | undefined
  let isStopped = false
  /** A harm after which nothing more of this direction passes. */
  let isOver = false
  /** When the last piece leaves (ms, monotonic): pieces keep their order. */
  let freeAt = 0
  const queue: { readonly at: number; readonly act: () => void }[] = []
  let timer: NodeJS.Timeout | undefined

  function write(chunk: Buffer): void {
    if (!isStopped && !sink.destroyed) sink.write(chunk)
  }

  function leave(act: () => void, bytes: number): void {
    const { latencyMs = 0, jitterMs = 0, bytesPerSecond } = conditions()
    const now = performance.now()
    const takes = bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1_000
    freeAt = Math.max(
      freeAt + takes,
      now + takes + latencyMs + (jitterMs > 0 ? random.below(jitterMs + 1) : 0),
    )
    if (freeAt <= now && queue.length === 0) {
      act()
      return
    }
    queue.push({ at: freeAt, act })
    timer ??= setTimeout(leaveDue, freeAt - now)
  }

  function leaveDue(): void {
    timer = undefined
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const wait = next.at - performance.now()
      if (wait > 0.5) {
        timer = setTimeout(leaveDue, wait)
        return
      }
      queue.shift()
      next.act()
    }
  }

  function pass(chunk: Buffer): void {
    const { bytesPerSecond } = conditions()
    if (bytesPerSecond === undefined) {
      leave(() => write(chunk), chunk.length)
      return
    }
    // In small pieces, as a slow line brings them.
    const size = Math.max(1, Math.ceil(bytesPerSecond / 20))
    for (let at = 0; at < chunk.length; at += size) {
      const piece = chunk.subarray(at, at + size)
      leave(() => write(piece), piece.length)
    }
  }

  /** Bytes before the harm pass; answers what comes after it. */
  function strike(chunk: Buffer): Buffer {
    if (!armed) return chunk
    if (chunk.length <= armed.left) {
      armed.left -= chunk.length
      return chunk
    }
    const { harm, left } = armed
    const before = chunk.subarray(0, left)
    const after = chunk.subarray(left)
    armed = undefined
    if (before.length > 0) pass(before)
    switch (harm.kind) {
      case 'flipped': {
        const turned = Buffer.from(after)
        turned[0] = (after[0] ?? 0) ^ (1 << random.below(8))
        done(harm)
        return turned
      }
      case 'truncated':
        done(harm)
        return after.subarray(Math.min(harm.bytes, after.length))
      default:
        isOver = true
        // What stood before it arrives first.
        leave(() => setImmediate(() => done(harm)), 0)
        return Buffer.alloc(0)
    }
  }

  return {
    send(chunk) {
      if (isOver) return
      const rest = strike(chunk)
      if (rest.length > 0) pass(rest)
    },
    arm: (harm) => {
      armed = { harm, left: harm.afterBytes }
    },
    end: () => leave(() => !isStopped && sink.end(), 0),
    stop: () => {
      isStopped = true
    },
    isStopped: () => isStopped,
  }
}
