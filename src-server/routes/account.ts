import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { signInAnswer, signInRequest } from '../../src-shared/contract/server-messages.ts'
import { closeSession } from '../accounts/session.ts'
import { signIn } from '../accounts/sign-in.ts'
import type { ServerContext } from '../context.ts'
import { sendJson } from '../plugins/json-body.ts'

/** Signing in and out. */
export function addAccountRoutes(app: FastifyInstance, context: ServerContext): void {
  app.post(
    '/account/1/sign-in',
    {
      bodyLimit: 4_096,
      config: {
        rateLimit: { max: context.signInsPerMinute, timeWindow: 60_000 },
        description: { summary: 'Sign in', request: signInRequest, answer: signInAnswer, refusals: [401] },
      },
    },
    async (request, reply) => {
      const { accountName, password } = signInRequest.parse(request.body)
      return sendJson(reply, await signIn(context.database, accountName, password, context.now()))
    },
  )
  app.post(
    '/account/1/sign-out',
    {
      bodyLimit: 1_024,
      config: {
        description: { summary: 'End the session', request: z.looseObject({}), answer: z.object({}) },
      },
    },
    async (request, reply) => {
      await closeSession(context.database, request.headers.authorization)
      return sendJson(reply, {})
    },
  )
}
