import compress from '@fastify/compress'
import rateLimit from '@fastify/rate-limit'
import { fastify, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { guardRoutes } from './accounts/guard.ts'
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
import { addSyncRoutes } from './routes/sync.ts'

/** Builds the server without listening. The caller closes the app and the database. */
export async function buildApp(
  context: ServerContext,
  logger: NonNullable<FastifyServerOptions['logger']>,
): Promise<FastifyInstance> {
  const { line = LINE_LIMITS, proxies = [] } = context
  const app = fastify({
    logger,
    bodyLimit: 65_536,
    ...lineOptionsOf(line),
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  })
  limitSockets(app, line, proxies)
  endLinesOnStop(app)
  await app.register(compress, {
    encodings: ['gzip'],
    requestEncodings: ['gzip'],
    threshold: 1_024,
    zlibOptions: { level: 4 },
  })
  await app.register(rateLimit, { max: line.requestsPerMinutePerAddress, timeWindow: 60_000 })
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
  return app
}
