// A process of its own: many simulated stations that speak the real protocol with real ops. Each round opens its own connection, as the
// client does.
import { createHash } from 'node:crypto'
import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { v7 as makeUuid } from 'uuid'
import {
  DIGEST_HEADER,
  type HelloAnswer,
  type OpEnvelope,
  type PullAnswer,
  type PushAnswer,
} from '../../src-shared/contract/server-messages.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { benchEdit, benchRecord } from './bench-records.ts'
import { randomFrom } from './bench-store.ts'
import type { CrowdOrder, CrowdReport, PreparedStation, RequestName } from './station-acts.ts'
import { makeOp } from './station-ops.ts'

/** Records a station remembers, to edit them again. */
const REMEMBERED = 40
/** From this many bytes on a body is compressed. */
const COMPRESS_FROM = 512

type Known = { readonly register: RegisterName; readonly id: string; seq: number }
type Station = PreparedStation & {
  readonly number: number
  epoch: string | null
  cursor: number
  n: number
  /** Records that were seen; the newest last. */
  known: Known[]
  /** The end of its round that runs or waits. */
  last: Promise<void>
}

async function live(order: CrowdOrder): Promise<CrowdReport> {
  const random = randomFrom(order.seed)
  const stations = order.stations.map((station, number): Station => ({
    ...station,
    number,
    epoch: null,
    cursor: 0,
    n: 0,
    known: [],
    last: Promise.resolve(),
  }))
  const times: Record<RequestName, number[]> = { hello: [], push: [], pull: [] }
  const roundTimes: number[] = []
  const errors: Record<string, number> = {}
  let [made, emptyRounds, ops, rowsPulled, conflicts, latestStart] = [order.seed * 1_000, 0, 0, 0, 0, 0]

  async function ask<Answer>(
    agent: PlainAgent,
    station: Station,
    name: RequestName,
    body: object,
  ): Promise<Answer> {
    const text = JSON.stringify(body)
    const isLarge = text.length >= COMPRESS_FROM
    const bytes = isLarge ? zstdCompressSync(text) : Buffer.from(text)
    const startedAt = performance.now()
    const answer = await send(order, agent, {
      path: `/sync/1/${name}`,
      bytes,
      headers: {
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        'accept-encoding': 'zstd',
        authorization: `Bearer ${station.token}`,
        [DIGEST_HEADER]: digestOf(text),
        // The stations stand in networks of their own; here they would all be one address.
        'x-forwarded-for': `10.${(station.number >> 16) & 255}.${(station.number >> 8) & 255}.${station.number & 255}`,
        ...(isLarge ? { 'content-encoding': 'zstd' } : {}),
      },
    })
    times[name].push(performance.now() - startedAt)
    return answer as Answer
  }

  function inventOps(station: Station, count: number): readonly OpEnvelope[] {
    return Array.from({ length: count }, () => {
      station.n += 1
      const place = random()
      // Most entries are new records; the others change one that this station has seen, its own or another's.
      const target = place < 0.6 ? undefined : station.known[Math.floor(random() * station.known.length)]
      if (target === undefined) {
        made += 1
        const { register, values } = benchRecord(made % 40_000)
        return makeOp({
          n: station.n,
          register,
          recordId: makeUuid(),
          baseSeq: 0,
          fields: values,
          act: 'created',
          stationCode: station.stationCode,
        })
      }
      return makeOp({
        n: station.n,
        register: target.register,
        recordId: target.id,
        baseSeq: target.seq,
        fields: benchEdit(station.number, station.n),
        act: 'changed',
        stationCode: station.stationCode,
      })
    })
  }

  function remember(station: Station, known: Known): void {
    const old = station.known.find((each) => each.id === known.id)
    if (old) old.seq = known.seq
    else station.known = [...station.known.slice(1 - REMEMBERED), known]
  }

  async function push(agent: PlainAgent, station: Station, newOps: readonly OpEnvelope[]): Promise<void> {
    const answer = await ask<PushAnswer>(agent, station, 'push', {
      replica: station.replica,
      epoch: station.epoch,
      batchId: makeUuid(),
      afterN: (newOps[0]?.n ?? 1) - 1,
      ops: newOps,
    })
    const receipts = new Map(answer.receipts)
    for (const op of newOps) {
      const seq = receipts.get(op.n)
      if (seq !== undefined)
        remember(station, { register: op.register as RegisterName, id: op.recordId, seq })
    }
    ops += newOps.length
    for (const result of answer.results) {
      if (result.outcome === 'conflict') conflicts += 1
      else note(`set aside: ${result.reason}`)
    }
  }

  function note(error: string): void {
    errors[error] = (errors[error] ?? 0) + 1
  }

  /** @returns the newest change number of the server */
  async function hello(agent: PlainAgent, station: Station): Promise<number> {
    const { epoch, lastN, head } = await ask<HelloAnswer>(agent, station, 'hello', {
      replica: station.replica,
      app: 'bench',
      epoch: station.epoch,
      cursor: station.cursor,
      now: Date.now(),
    })
    station.epoch = epoch
    station.n = Math.max(station.n, lastN)
    return head
  }

  async function round(station: Station, count: number): Promise<void> {
    const startedAt = performance.now()
    const agent = order.usesTls
      ? new TlsAgent({ keepAlive: true, maxSockets: 1 })
      : new PlainAgent({ keepAlive: true, maxSockets: 1 })
    try {
      const head = await hello(agent, station)
      if (count > 0) await push(agent, station, inventOps(station, count))
      else emptyRounds += 1
      // As the client does: where nothing is new, hello was the whole round.
      if (count === 0 && head === station.cursor) return
      for (;;) {
        const page = await ask<PullAnswer>(agent, station, 'pull', {
          replica: station.replica,
          epoch: station.epoch,
          cursor: station.cursor,
          limit: 1_000,
        })
        rowsPulled += page.rows.length
        for (const row of page.rows.slice(-5)) {
          const id = row['recordId']
          if (typeof id === 'string')
            remember(station, { register: row.register as RegisterName, id, seq: row.seq })
        }
        station.cursor = page.next
        if (!page.more) break
      }
    } catch (error) {
      note(error instanceof Error ? error.message : String(error))
    } finally {
      agent.destroy()
      roundTimes.push(performance.now() - startedAt)
    }
  }

  const startedAt = performance.now()
  const { day } = order
  if (day.kind === 'compressed') {
    for (const { at, station, count } of timetable(day, stations, random)) {
      const wait = at - (performance.now() - startedAt)
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
      latestStart = Math.max(latestStart, performance.now() - startedAt - at)
      station.last = station.last.then(() => round(station, count))
    }
    await Promise.all(stations.map((station) => station.last))
  } else {
    await Promise.all(
      stations.map(async (station) => {
        const agent = order.usesTls ? new TlsAgent({ keepAlive: true }) : new PlainAgent({ keepAlive: true })
        try {
          await hello(agent, station)
          while (performance.now() - startedAt < day.seconds * 1_000) {
            station.known = []
            await push(agent, station, inventOps(station, day.batch))
          }
        } catch (error) {
          note(error instanceof Error ? error.message : String(error))
        } finally {
          agent.destroy()
        }
      }),
    )
  }
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    rounds: roundTimes.length,
    emptyRounds,
    ops,
    rowsPulled,
    times,
    roundTimes,
    latestStart,
    errors,
    conflicts,
  }
}

type Entry = { readonly at: number; readonly station: Station; readonly count: number }

/**
 * A working day: everybody begins within its first fifth, then come rounds evenly with two more peaks (after lunch, before
 * the end). In three of five rounds nothing was typed; in the others 1 to 10 entries; one in a hundred brings what was typed offline.
 */
function timetable(
  day: { readonly rounds: number; readonly seconds: number },
  stations: readonly Station[],
  random: () => number,
): readonly Entry[] {
  const entries: Entry[] = []
  const end = day.seconds * 1_000
  for (let index = 0; index < day.rounds; index += 1) {
    const station = stations[index % stations.length]
    if (!station) break
    const isMorning = index < stations.length
    const place = random()
    const at = isMorning
      ? random() * 0.2
      : place < 0.15
        ? 0.45 + random() * 0.05
        : place < 0.3
          ? 0.9 + random() * 0.05
          : 0.2 + random() * 0.8
    const kind = random()
    const count =
      kind < 0.6
        ? 0
        : kind < 0.99
          ? 1 + Math.floor(random() * random() * 10)
          : 100 + Math.floor(random() * 100)
    entries.push({ at: at * end, station, count })
  }
  return entries.toSorted((a, b) => a.at - b.at)
}

function send(
  order: CrowdOrder,
  agent: PlainAgent,
  message: {
    readonly path: string
    readonly bytes: Buffer
    readonly headers: Readonly<Record<string, string>>
  },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const open = order.usesTls ? tlsRequest : plainRequest
    const sent = open(
      {
        host: '127.0.0.1',
        port: order.port,
        method: 'POST',
        agent,
        path: message.path,
        headers: message.headers,
        // Whose certificate it is, is the client's own test; here its cost counts.
        ...(order.usesTls ? { rejectUnauthorized: false } : {}),
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = inflate(Buffer.concat(chunks), response.headers['content-encoding'])
          if (response.statusCode !== 200) {
            reject(new Error(`${message.path} ${response.statusCode}: ${bytes.toString().slice(0, 200)}`))
            return
          }
          if (response.headers[DIGEST_HEADER] !== digestOf(bytes)) {
            reject(new Error(`${message.path}: digest differs`))
            return
          }
          resolve(JSON.parse(bytes.toString()))
        })
      },
    )
    sent.on('error', reject)
    sent.end(message.bytes)
  })
}

function inflate(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'zstd') return zstdDecompressSync(bytes)
  return encoding === 'gzip' ? gunzipSync(bytes) : bytes
}

function digestOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}

process.once('message', (message) => {
  void live(message as CrowdOrder).then((report) => {
    process.send?.(report, () => process.exit(0))
  })
})
