import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { refreshAnswer, refreshRequest } from '../../src-shared/contract/enrolment-messages.ts'
import { signInAnswer, signInRequest } from '../../src-shared/contract/server-messages.ts'
import { requireReplica } from '../accounts/replica-access.ts'
import { closeSession } from '../accounts/session.ts'
import { signIn, signInAgain } from '../accounts/sign-in.ts'
import type { ServerContext } from '../context.ts'
import { sendJson } from '../plugins/json-body.ts'

const signOutRequest = z.looseObject({ refresh: z.string().max(100).exactOptional() })

/** Signing in, again, and out. */
export function addAccountRoutes(app: FastifyInstance, context: ServerContext): void {
  const rateLimit = { max: context.signInsPerMinute, timeWindow: 60_000 }
  app.post(
    '/account/1/sign-in',
    {
      bodyLimit: 4_096,
      config: {
        rateLimit,
        description: {
          summary: 'Sign in',
          request: signInRequest,
          answer: signInAnswer,
          needsProof: true,
          refusals: [401, 403],
        },
      },
    },
    async (request, reply) => {
      const { accountName, password, replica } = signInRequest.parse(request.body)
      // Before the password: a machine that is not enrolled can neither guess one nor lock an account.
      const access = await requireReplica(context, request, replica)
      return sendJson(
        reply,
        await signIn(context.database, accountName, password, context.now(), replica, access),
      )
    },
  )
  // Not limited as sign-ins are: nothing here can be guessed, and on a Monday morning an office comes from one address.
  app.post(
    '/account/1/refresh',
    {
      bodyLimit: 4_096,
      config: {
        description: {
          summary: 'A new session for a store whose account has signed in before',
          request: refreshRequest,
          answer: refreshAnswer,
          needsProof: true,
          refusals: [401, 403],
        },
      },
    },
    async (request, reply) => {
      const { replica, refresh } = refreshRequest.parse(request.body)
      await requireReplica(context, request, replica)
      return sendJson(reply, await signInAgain(context.database, replica, refresh, context.now()))
    },
  )
  app.post(
    '/account/1/sign-out',
    {
      bodyLimit: 4_096,
      config: {
        description: { summary: 'End the session', request: signOutRequest, answer: z.object({}) },
      },
    },
    async (request, reply) => {
      const { refresh } = signOutRequest.parse(request.body)
      await closeSession(context.database, request.headers.authorization, refresh)
      return sendJson(reply, {})
    },
  )
}
