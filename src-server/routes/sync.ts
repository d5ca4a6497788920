import type { FastifyInstance } from 'fastify'
import {
  bucketAnswer,
  bucketRequest,
  checkAnswer,
  checkRequest,
  dictionaryAnswer,
  dictionaryRequest,
  findDuplicatesAnswer,
  findDuplicatesRequest,
  helloAnswer,
  helloRequest,
  MAX_PUSH_BYTES,
  ownOpsAnswer,
  ownOpsRequest,
  pullAnswer,
  pullRequest,
  pushAnswer,
  pushRequest,
  recordsAnswer,
  recordsRequest,
} from '../../src-shared/contract/server-messages.ts'
import { sessionOf } from '../accounts/guard.ts'
import type { ServerContext } from '../context.ts'
import { sendJson, sendJsonText } from '../plugins/json-body.ts'
import type { ServerMetrics } from '../plugins/metrics.ts'
import { listDictionaryChanges } from '../sync/dictionaries.ts'
import { checkBuckets, listBucket, listChanges, listRecords } from '../sync/list-changes.ts'
import { findDuplicates } from '../sync/natural-keys.ts'
import { listOwnOps } from '../sync/own-ops.ts'
import type { RouteDescription } from './openapi.ts'
import { receiveOps } from '../sync/receive-ops.ts'
import { answerHello } from '../sync/replica.ts'

/** One op may be as large as a push; the envelope comes on top. */
const PUSH_BODY_LIMIT = 2 * MAX_PUSH_BYTES
const SMALL_BODY_LIMIT = 65_536

/** The routes of a round; each needs a session and sees its scope only. */
export function addSyncRoutes(app: FastifyInstance, context: ServerContext, metrics: ServerMetrics): void {
  const { database } = context
  app.post(
    '/sync/1/hello',
    describe(SMALL_BODY_LIMIT, {
      summary: 'Begin a round',
      request: helloRequest,
      answer: helloAnswer,
      needsProof: true,
      refusals: [403, 412],
    }),
    async (request, reply) => {
      const session = sessionOf(request)
      return sendJson(
        reply,
        await answerHello(context, session, helloRequest.parse(request.body), context.now()),
      )
    },
  )
  app.post(
    '/sync/1/push',
    describe(PUSH_BODY_LIMIT, {
      summary: 'Send ops',
      request: pushRequest,
      answer: pushAnswer,
      refusals: [403, 409, 412, 422],
    }),
    async (request, reply) => {
      const session = sessionOf(request)
      const { answer, counts } = await receiveOps(context, session, pushRequest.parse(request.body))
      metrics.countPush(counts)
      return sendJson(reply, answer)
    },
  )
  app.post(
    '/sync/1/pull',
    describe(SMALL_BODY_LIMIT, {
      summary: 'Get what changed',
      request: pullRequest,
      answer: pullAnswer,
      refusals: [403, 412],
    }),
    async (request, reply) => {
      const session = sessionOf(request)
      const question = pullRequest.parse(request.body)
      return sendJsonText(reply, await listChanges(database, session, question, context.now()))
    },
  )
  app.post(
    '/sync/1/own-ops',
    describe(SMALL_BODY_LIMIT, {
      summary: 'Ops of this replica that it has lost',
      request: ownOpsRequest,
      answer: ownOpsAnswer,
      refusals: [403, 412],
    }),
    async (request, reply) => {
      const session = sessionOf(request)
      const question = ownOpsRequest.parse(request.body)
      return sendJsonText(reply, await listOwnOps(database, session, question, context.now()))
    },
  )
  app.post(
    '/sync/1/check',
    describe(SMALL_BODY_LIMIT, {
      summary: 'Count and sum of the records by bucket',
      request: checkRequest,
      answer: checkAnswer,
      refusals: [403, 412],
    }),
    async (request, reply) =>
      sendJson(reply, await checkBuckets(database, sessionOf(request), checkRequest.parse(request.body))),
  )
  app.post(
    '/sync/1/bucket',
    describe(SMALL_BODY_LIMIT, {
      summary: 'The change numbers of the records of one bucket',
      request: bucketRequest,
      answer: bucketAnswer,
      refusals: [403, 412],
    }),
    async (request, reply) =>
      sendJsonText(reply, await listBucket(database, sessionOf(request), bucketRequest.parse(request.body))),
  )
  app.post(
    '/sync/1/records',
    describe(SMALL_BODY_LIMIT, {
      summary: 'Records by id, as a pull gives them',
      request: recordsRequest,
      answer: recordsAnswer,
      refusals: [403, 412],
    }),
    async (request, reply) => {
      const session = sessionOf(request)
      const question = recordsRequest.parse(request.body)
      return sendJsonText(reply, await listRecords(database, session, question, context.now()))
    },
  )
  app.post(
    '/sync/1/dictionary',
    describe(SMALL_BODY_LIMIT, {
      summary: 'Get the entries of a dictionary that changed',
      request: dictionaryRequest,
      answer: dictionaryAnswer,
      refusals: [],
    }),
    async (request, reply) => {
      return sendJson(reply, await listDictionaryChanges(database, dictionaryRequest.parse(request.body)))
    },
  )
  app.post(
    '/sync/1/find-duplicates',
    describe(SMALL_BODY_LIMIT, {
      summary: 'Records of the scope with the same natural key',
      request: findDuplicatesRequest,
      answer: findDuplicatesAnswer,
      refusals: [],
    }),
    async (request, reply) => {
      const session = sessionOf(request)
      const question = findDuplicatesRequest.parse(request.body)
      return sendJson(reply, await findDuplicates(context, session, question))
    },
  )
}

/** The options of a route of a round. */
function describe(bodyLimit: number, description: RouteDescription) {
  return { bodyLimit, config: { description: { ...description, needsSession: true } } }
}
