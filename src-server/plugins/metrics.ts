import { X509Certificate } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ServerContext } from '../context.ts'
import type { PushCounts } from '../sync/receive-ops.ts'
import { getHead } from '../sync/replica.ts'

const DAY_MS = 86_400_000

/** What a server counts of itself, in Prometheus' text; numbers only, nothing that names a person, account or station. */
export type ServerMetrics = {
  readonly countPush: (counts: PushCounts) => void
  readonly contentType: string
  /** Asks the database for what it holds. */
  readonly write: () => Promise<string>
}

/** Begins to measure every request of an app. Call before the routes are added. */
export function measureRequests(app: FastifyInstance, context: ServerContext): ServerMetrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Histogram({
    name: 'jufutong_request_seconds',
    help: 'Time from a whole request head to its answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers,
  })
  app.addHook('onResponse', (request, reply, done) => {
    // The pattern, never the address that was asked for.
    const labels = {
      method: request.method,
      route: request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown'),
      status: String(reply.statusCode),
    }
    requests.observe(labels, reply.elapsedTime / 1_000)
    done()
  })
  const ops = new Counter({
    name: 'jufutong_ops_total',
    help: 'New ops, by outcome; one in conflict counts as accepted, too',
    labelNames: ['outcome'] as const,
    registers,
  })
  addDatabaseGauges(context, registers)
  addProcessGauges(app, registers)
  if (context.tls) addCertificateGauge(context.tls.certificate, registers)
  return {
    countPush: (counts) => {
      for (const [outcome, count] of Object.entries(counts)) ops.inc({ outcome }, count)
    },
    contentType: registry.contentType,
    write: () => registry.metrics(),
  }
}

function addDatabaseGauges({ database, now }: ServerContext, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => Promise<number>): void => {
    new Gauge({
      name: `jufutong_${name}`,
      help,
      registers,
      async collect() {
        this.set(await read())
      },
    })
  }
  const total = async (query: Promise<{ total: number | string | bigint }>): Promise<number> =>
    Number((await query).total)
  gauge('change_number', 'The newest change number given out', () => getHead(database))
  gauge('replicas', 'Client databases that ever said hello', () =>
    total(
      database
        .selectFrom('replica')
        .select((expression) => expression.fn.countAll().as('total'))
        .executeTakeFirstOrThrow(),
    ),
  )
  gauge('replicas_seen_today', 'Client databases seen within 24 hours', () =>
    total(
      database
        .selectFrom('replica')
        .select((expression) => expression.fn.countAll().as('total'))
        .where('seen_at', '>', now() - DAY_MS)
        .executeTakeFirstOrThrow(),
    ),
  )
  gauge('conflicts_open', 'Values that wait for a person', () =>
    total(
      database
        .selectFrom('conflict')
        .select((expression) => expression.fn.countAll().as('total'))
        .where('state', '=', 'open')
        .executeTakeFirstOrThrow(),
    ),
  )
  gauge('ops_set_aside', 'Ops that were set aside and neither repaired nor withdrawn yet', () =>
    total(
      database
        .selectFrom('set_aside')
        .select((expression) => expression.fn.countAll().as('total'))
        .where('seq', 'is', null)
        .where('withdrawn_at', 'is', null)
        .executeTakeFirstOrThrow(),
    ),
  )
}

function addCertificateGauge(certificate: string, registers: Registry[]): void {
  new Gauge({
    name: 'jufutong_certificate_ends_seconds',
    help: 'When the certificate ends, Unix time',
    registers,
  }).set(Date.parse(new X509Certificate(certificate).validTo) / 1_000)
}

function addProcessGauges(app: FastifyInstance, registers: Registry[]): void {
  new Gauge({
    name: 'jufutong_memory_bytes',
    help: 'Resident memory of the process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'jufutong_uptime_seconds',
    help: 'Since the process started',
    registers,
    collect() {
      this.set(process.uptime())
    },
  })
  new Gauge({
    name: 'jufutong_sockets',
    help: 'Open connections',
    registers,
    async collect() {
      this.set(
        await new Promise<number>((resolve) => {
          app.server.getConnections((error, count) => resolve(error ? 0 : count))
        }),
      )
    },
  })
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  app.addHook('onClose', (_app, done) => {
    delay.disable()
    done()
  })
  new Gauge({
    name: 'jufutong_event_loop_delay_seconds',
    help: 'The longest time the process answered nobody, since the last reading',
    registers,
    collect() {
      this.set(delay.max / 1e9)
      delay.reset()
    },
  })
}
