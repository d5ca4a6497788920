import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  blobPatchAnswer,
  blobsAnswer,
  blobsRequest,
  MAX_CHUNK_BYTES,
  OFFSET_HEADER,
  REPLICA_HEADER,
  SIZE_HEADER,
} from '../../src-shared/contract/blob-messages.ts'
import { DIGEST_HEADER } from '../../src-shared/contract/server-messages.ts'
import { sessionOf } from '../accounts/guard.ts'
import { describeBlobs } from '../blobs/blob-uses.ts'
import { pruneBlobs } from '../blobs/prune-blobs.ts'
import { getBlob, measureBlob, receiveBlobChunk } from '../blobs/store-blob.ts'
import type { ServerContext } from '../context.ts'
import { sendJson } from '../plugins/json-body.ts'
import { refusal } from '../refusal.ts'
import { checkEpoch } from '../sync/replica.ts'

const QUESTION_BODY_LIMIT = 65_536
/** Milliseconds between two looks for what nobody needs. */
const PRUNE_INTERVAL = 6 * 3_600_000

const address = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) })
const wholeNumber = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
const patchHeaders = z.object({
  [REPLICA_HEADER]: z.uuid(),
  [OFFSET_HEADER]: wholeNumber,
  [SIZE_HEADER]: wholeNumber,
  [DIGEST_HEADER]: z.string(),
})

/** Photos: which are here, sending them piece by piece, and reading them; each within the session's scope. */
export function addBlobRoutes(app: FastifyInstance, context: ServerContext): void {
  const { database } = context
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  const timer = setInterval(() => {
    pruneBlobs(database, context.now()).catch((error: unknown) => {
      app.log.error({ name: error instanceof Error ? error.name : 'unknown' }, 'old photos not removed')
    })
  }, PRUNE_INTERVAL)
  timer.unref()
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer)
    done()
  })

  app.post(
    '/sync/1/blobs',
    {
      bodyLimit: QUESTION_BODY_LIMIT,
      config: {
        description: {
          summary: 'Which photos are here',
          request: blobsRequest,
          answer: blobsAnswer,
          needsSession: true,
          refusals: [412],
        },
      },
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const question = blobsRequest.parse(request.body)
      await checkEpoch(database, question.epoch)
      return sendJson(reply, await describeBlobs(database, session.scope, question.hashes))
    },
  )
  app.head(
    '/sync/1/blob/:hash',
    {
      config: {
        description: { summary: 'How much of a photo is here', needsSession: true, refusals: [404] },
      },
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const replica = z.uuid().optional().parse(request.headers[REPLICA_HEADER])
      const { hash } = address.parse(request.params)
      const { offset, size } = await measureBlob(database, session, hash, replica)
      if (size !== undefined) void reply.header(SIZE_HEADER, size)
      return reply.header(OFFSET_HEADER, offset).send()
    },
  )
  app.patch(
    '/sync/1/blob/:hash',
    {
      bodyLimit: MAX_CHUNK_BYTES,
      config: {
        description: {
          summary: 'Send the next bytes of a photo',
          request: 'bytes',
          answer: blobPatchAnswer,
          needsSession: true,
          refusals: [403, 404, 409],
        },
      },
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const { hash } = address.parse(request.params)
      const headers = patchHeaders.parse(request.headers)
      const bytes: unknown = request.body
      if (!Buffer.isBuffer(bytes)) throw refusal(400, 'badRequest', '照片的内容应为二进制数据。')
      if (digestOf(bytes) !== headers[DIGEST_HEADER])
        throw refusal(400, 'damaged', '传输中内容受损,服务器没有采用,将自动重新上传。')
      const answer = await receiveBlobChunk(
        database,
        session,
        {
          replica: headers[REPLICA_HEADER],
          hash,
          offset: headers[OFFSET_HEADER],
          size: headers[SIZE_HEADER],
          bytes,
        },
        context.now(),
      )
      return sendJson(reply, answer)
    },
  )
  app.get(
    '/sync/1/blob/:hash',
    {
      exposeHeadRoute: false,
      config: {
        description: {
          summary: 'The bytes of a photo, or of a range of it',
          answer: 'bytes',
          needsSession: true,
          refusals: [404, 416],
        },
      },
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const { hash } = address.parse(request.params)
      const content = await getBlob(database, session, hash)
      const range = readRange(request.headers.range, content.length)
      const part = content.subarray(range.from, range.to + 1)
      if (range.isPart) {
        void reply.code(206)
        void reply.header('content-range', `bytes ${range.from}-${range.to}/${content.length}`)
      }
      return reply
        .header('accept-ranges', 'bytes')
        .header(SIZE_HEADER, content.length)
        .header(DIGEST_HEADER, digestOf(part))
        .type('application/octet-stream')
        .send(part)
    },
  )
}

type ByteRange = { readonly from: number; readonly to: number; readonly isPart: boolean }

/** One range `bytes=from-` or `bytes=from-to` (RFC 9110); anything else is answered whole. */
function readRange(header: string | undefined, size: number): ByteRange {
  const [, first, last] = /^bytes=(\d{1,9})-(\d{0,9})$/.exec(header ?? '') ?? []
  if (first === undefined) return { from: 0, to: size - 1, isPart: false }
  const from = Number(first)
  const to = last === undefined || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (from > to) throw refusal(416, 'badRequest', '所要的部分不在照片的长度之内。')
  return { from, to, isPart: true }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
