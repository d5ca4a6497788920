import type { FastifyInstance } from 'fastify'
import { enrolAnswer, enrolRequest } from '../../src-shared/contract/enrolment-messages.ts'
import { writeAudit } from '../accounts/audit.ts'
import { enrolReplica } from '../accounts/replica-access.ts'
import type { ServerContext } from '../context.ts'
import { sendJson } from '../plugins/json-body.ts'

/** A station's machine makes itself known by the one-time code of its file. */
export function addEnrolmentRoute(app: FastifyInstance, context: ServerContext): void {
  app.post(
    '/account/1/enrol',
    {
      bodyLimit: 4_096,
      config: {
        rateLimit: { max: context.signInsPerMinute, timeWindow: 60_000 },
        description: {
          summary: 'Make a store known by a one-time code',
          request: enrolRequest,
          answer: enrolAnswer,
          needsProof: true,
          refusals: [401, 403],
        },
      },
    },
    async (request, reply) => {
      const answer = await enrolReplica(context, request, enrolRequest.parse(request.body))
      const by = { accountName: '', stationCode: answer.stationCode }
      await writeAudit(context.database, by, 'enrol', {}, context.now())
      return sendJson(reply, answer)
    },
  )
}
