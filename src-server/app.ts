import compress from '@fastify/compress'
import rateLimit from '@fastify/rate-limit'
import { fastify, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { ServerContext } from './context.ts'
import { answerErrors } from './plugins/errors.ts'
import { readJsonBodies } from './plugins/json-body.ts'
import { addAboutRoutes } from './routes/about.ts'
import { addAccountRoutes } from './routes/account.ts'
import { addSyncRoutes } from './routes/sync.ts'

/** Builds the server without listening. The caller closes the app and the database. */
export async function buildApp(
  context: ServerContext,
  logger: NonNullable<FastifyServerOptions['logger']>,
): Promise<FastifyInstance> {
  const app = fastify({
    logger,
    bodyLimit: 65_536,
    // A slow line still gets a batch through; a client that only holds the socket is cut.
    requestTimeout: 120_000,
    connectionTimeout: 150_000,
    keepAliveTimeout: 70_000,
    http: { maxHeaderSize: 8_192, headersTimeout: 15_000 },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  })
  app.server.maxConnections = 10_000
  await app.register(compress, {
    encodings: ['gzip'],
    requestEncodings: ['gzip'],
    threshold: 1_024,
    zlibOptions: { level: 4 },
  })
  await app.register(rateLimit, { global: false })
  readJsonBodies(app)
  answerErrors(app)
  addAboutRoutes(app, context)
  addAccountRoutes(app, context)
  addSyncRoutes(app, context)
  return app
}
