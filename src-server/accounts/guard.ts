import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { REPLICA_HEADER } from '../../src-shared/contract/blob-messages.ts'
import type { ServerContext } from '../context.ts'
import { findAccess, notEnrolled, renameReplica, requireReplica } from './replica-access.ts'
import { getSession, notSignedIn, type Session } from './session.ts'

const sessions = new WeakMap<FastifyRequest, Session>()
const named = z.looseObject({ replica: z.uuid().exactOptional(), formerly: z.uuid().exactOptional() })

/**
 * Every route that needs a session is asked for it here, before its body is read; and where the request names a store, the
 * session has to be that store's. A route that begins a round (`needsProof`) has to show the store's key, too.
 */
export function guardRoutes(app: FastifyInstance, context: ServerContext): void {
  const { database } = context
  // After the rate limit, before a byte of the body is unpacked.
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.routeOptions.config.description?.needsSession !== true) return payload
    const session = await getSession(database, request.headers.authorization, context.now())
    if (context.isEnrolmentRequired === true && !session.hasKey) throw notEnrolled()
    sessions.set(request, session)
    return payload
  })
  app.addHook('preHandler', async (request) => {
    const session = sessions.get(request)
    if (session === undefined) return
    // Bytes have no names, and looking for one would take them apart.
    const body = named.safeParse(Buffer.isBuffer(request.body) ? {} : request.body)
    const header = request.headers[REPLICA_HEADER]
    const replica = (body.success ? body.data.replica : undefined) ?? header
    const needsProof = request.routeOptions.config.description?.needsProof === true
    if (typeof replica !== 'string') {
      // Nothing says whose question it is: then the session must.
      if (needsProof) throw notSignedIn()
      return
    }
    if (replica !== session.replica) {
      const formerly = body.success && needsProof ? body.data.formerly : undefined
      if (formerly === undefined) await bindSession(context, session, replica)
      else {
        await takeNewId(context, request, session, formerly, replica)
        return
      }
    }
    if (needsProof) await requireReplica(context, request, replica)
  })
}

/**
 * A session that was opened without a store becomes that of the first store that uses it.
 * @throws Refusal 401 where it belongs to another one
 */
async function bindSession({ database }: ServerContext, session: Session, replica: string): Promise<void> {
  if (session.replica !== null) throw notSignedIn()
  const access = await findAccess(database, replica)
  // A store with a key signs in by it: a session without a store is none of its.
  if (access && access.publicKey !== null) throw notSignedIn()
  const bound = await database
    .updateTable('session')
    .set({ replica })
    .where('token_hash', '=', session.tokenHash)
    .where('replica', 'is', null)
    .executeTakeFirst()
  if (bound.numUpdatedRows === 0n) throw notSignedIn()
}

/**
 * A store that has to begin a new series of op numbers takes a new id; its session and its key vouch for it.
 * @throws Refusal 401 where the session was not the former id's, 403 where the key does not fit
 */
async function takeNewId(
  context: ServerContext,
  request: FastifyRequest,
  session: Session,
  formerly: string,
  replica: string,
): Promise<void> {
  if (formerly !== session.replica || (await findAccess(context.database, replica)) !== undefined)
    throw notSignedIn()
  await requireReplica(context, request, formerly, replica)
  await renameReplica(context.database, formerly, replica, context.now())
}

/** The session of a request to a route that needs one. */
export function sessionOf(request: FastifyRequest): Session {
  const session = sessions.get(request)
  if (session === undefined) throw notSignedIn()
  return session
}
