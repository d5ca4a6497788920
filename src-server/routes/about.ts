import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  aboutAnswer,
  PROTOCOL_VERSION,
  SERVER_PRODUCT,
  type AboutAnswer,
} from '../../src-shared/contract/server-messages.ts'
import type { ServerContext } from '../context.ts'
import { sendJson } from '../plugins/json-body.ts'
import { getHead } from '../sync/replica.ts'

const healthAnswer = z.object({ ok: z.literal(true) })

/** Who answers here, and whether it is well; both without an account. */
export function addAboutRoutes(app: FastifyInstance, context: ServerContext): void {
  app.get(
    '/about',
    { config: { description: { summary: 'Who answers here', answer: aboutAnswer } } },
    (_request, reply) =>
      sendJson(reply, {
        product: SERVER_PRODUCT,
        version: context.version,
        protocols: [PROTOCOL_VERSION],
        serverTime: context.now(),
      } satisfies AboutAnswer),
  )
  app.get(
    '/healthz',
    { config: { description: { summary: 'Whether the database answers', answer: healthAnswer } } },
    async (_request, reply) => {
      // Asks the database: a server that cannot read is not healthy.
      await getHead(context.database)
      return sendJson(reply, { ok: true })
    },
  )
}
