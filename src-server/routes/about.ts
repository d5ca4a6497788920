import type { FastifyInstance } from 'fastify'
import {
  PROTOCOL_VERSION,
  SERVER_PRODUCT,
  type AboutAnswer,
} from '../../src-shared/contract/server-messages.ts'
import type { ServerContext } from '../context.ts'
import { sendJson } from '../plugins/json-body.ts'
import { getHead } from '../sync/replica.ts'

/** Who answers here, and whether it is well; both without an account. */
export function addAboutRoutes(app: FastifyInstance, context: ServerContext): void {
  app.get('/about', (_request, reply) =>
    sendJson(reply, {
      product: SERVER_PRODUCT,
      version: context.version,
      protocols: [PROTOCOL_VERSION],
      serverTime: context.now(),
    } satisfies AboutAnswer),
  )
  app.get('/healthz', async (_request, reply) => {
    // Asks the database: a server that cannot read is not healthy.
    await getHead(context.database)
    return sendJson(reply, { ok: true })
  })
}
