import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  dictionaryRequest,
  findDuplicatesRequest,
  helloRequest,
  MAX_PUSH_BYTES,
  pullRequest,
  pushRequest,
} from '../../src-shared/contract/server-messages.ts'
import { getSession, type Session } from '../accounts/session.ts'
import type { ServerContext } from '../context.ts'
import { sendJson } from '../plugins/json-body.ts'
import { listDictionaryChanges } from '../sync/dictionaries.ts'
import { listChanges } from '../sync/list-changes.ts'
import { findDuplicates } from '../sync/natural-keys.ts'
import { receiveOps } from '../sync/receive-ops.ts'
import { answerHello } from '../sync/replica.ts'

/** One op may be as large as a push; the envelope comes on top. */
const PUSH_BODY_LIMIT = 2 * MAX_PUSH_BYTES
const SMALL_BODY_LIMIT = 65_536

/** The routes of a round; each needs a session and sees its scope only. */
export function addSyncRoutes(app: FastifyInstance, context: ServerContext): void {
  const { database } = context
  const sessionOf = (request: FastifyRequest): Promise<Session> =>
    getSession(database, request.headers.authorization, context.now())
  const small = { bodyLimit: SMALL_BODY_LIMIT }

  app.post('/sync/1/hello', small, async (request, reply) => {
    const session = await sessionOf(request)
    return sendJson(
      reply,
      await answerHello(context, session, helloRequest.parse(request.body), context.now()),
    )
  })
  app.post('/sync/1/push', { bodyLimit: PUSH_BODY_LIMIT }, async (request, reply) => {
    const session = await sessionOf(request)
    return sendJson(reply, await receiveOps(context, session, pushRequest.parse(request.body)))
  })
  app.post('/sync/1/pull', small, async (request, reply) => {
    const session = await sessionOf(request)
    return sendJson(reply, await listChanges(database, session, pullRequest.parse(request.body)))
  })
  app.post('/sync/1/dictionary', small, async (request, reply) => {
    await sessionOf(request)
    return sendJson(reply, await listDictionaryChanges(database, dictionaryRequest.parse(request.body)))
  })
  app.post('/sync/1/find-duplicates', small, async (request, reply) => {
    const session = await sessionOf(request)
    const question = findDuplicatesRequest.parse(request.body)
    return sendJson(
      reply,
      await findDuplicates(database, session.scope, await context.knownCodes(), question),
    )
  })
}
