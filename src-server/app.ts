import zlib, { constants, type ZlibOptions, type ZstdDecompress } from 'node:zlib'
import compress from '@fastify/compress'
import rateLimit from '@fastify/rate-limit'
import { fastify, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { guardRoutes } from './accounts/guard.ts'
import { MAX_PULL_BYTES } from '../src-shared/contract/server-messages.ts'
import type { ServerContext } from './context.ts'
import { answerErrors } from './plugins/errors.ts'
import { readJsonBodies } from './plugins/json-body.ts'
import { endLinesOnStop, limitSockets, LINE_LIMITS, lineOptionsOf } from './plugins/line-limits.ts'
import { measureRequests } from './plugins/metrics.ts'
import { addAboutRoutes } from './routes/about.ts'
import { addAccountRoutes } from './routes/account.ts'
import { addBlobRoutes } from './routes/blobs.ts'
import { addEnrolmentRoute } from './routes/enrolment.ts'
import { addMetricsRoute } from './routes/metrics.ts'
import { addOpenApiRoute } from './routes/openapi.ts'
import { addPackageRoutes } from './routes/packages.ts'
import { addSyncRoutes } from './routes/sync.ts'

/** Below this many bytes compression costs more than it saves. */
const COMPRESS_FROM = 512

/** What is sent to us needs no more memory to be unpacked than our own largest message (2^23 bytes). */
const openZstd = (): ZstdDecompress =>
  zlib.createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 23 } })

const UNREAD_HEADERS = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
}

/** Builds the server without listening. The caller closes the app and the database. */
export async function buildApp(
  context: ServerContext,
  logger: NonNullable<FastifyServerOptions['logger']>,
): Promise<FastifyInstance> {
  const { line = LINE_LIMITS, proxies = [] } = context
  const app = fastify({
    logger,
    bodyLimit: 65_536,
    ...lineOptionsOf(line, context.tls),
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  })
  limitSockets(app, line, proxies)
  endLinesOnStop(app)
  await app.register(compress, {
    encodings: ['zstd', 'gzip'],
    requestEncodings: ['zstd', 'gzip'],
    threshold: COMPRESS_FROM,
    // Each takes its own word for the level. Of a page of 1,000 records level 3 leaves 105 bytes each in 7 ms, level 6 leaves 96 in 16.
    zlibOptions: { level: 4, params: { [constants.ZSTD_c_compressionLevel]: 6 } } as ZlibOptions,
    // A page of a pull at once: a stream would cut it into small pieces first.
    syncThreshold: MAX_PULL_BYTES,
    zlib: { ...zlib, createZstdDecompress: openZstd },
  })
  await app.register(rateLimit, {
    max: line.requestsPerMinutePerAddress,
    timeWindow: 60_000,
    // Nobody reads these, and on every answer they are a tenth of an empty round; Retry-After stays.
    addHeaders: UNREAD_HEADERS,
    addHeadersOnExceeding: UNREAD_HEADERS,
  })
  const metrics = measureRequests(app, context)
  readJsonBodies(app)
  answerErrors(app)
  addOpenApiRoute(app, context)
  guardRoutes(app, context)
  addMetricsRoute(app, context, metrics)
  addAboutRoutes(app, context)
  addAccountRoutes(app, context)
  addEnrolmentRoute(app, context)
  addSyncRoutes(app, context, metrics)
  addBlobRoutes(app, context)
  addPackageRoutes(app, context)
  return app
}
