import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import {
  MAX_CARRIED_BYTES,
  packageKeys,
  packageKeysRequest,
} from '../../src-shared/contract/package-messages.ts'
import { DIGEST_HEADER } from '../../src-shared/contract/server-messages.ts'
import { PackageFault } from '../../src-shared/packages/sealed-package.ts'
import { sessionOf } from '../accounts/guard.ts'
import type { ServerContext } from '../context.ts'
import { importPackage } from '../packages/import-package.ts'
import { exchangePackageKeys } from '../packages/package-keys.ts'
import { sendJson } from '../plugins/json-body.ts'
import { refusal } from '../refusal.ts'

/** Packages at work at once: each takes much memory for a moment. */
const MAX_AT_WORK = 2

/** Keys for packages, and packages that a station with a line carries for one without. */
export function addPackageRoutes(app: FastifyInstance, context: ServerContext): void {
  let atWork = 0
  app.post(
    '/sync/1/package-keys',
    {
      bodyLimit: 4_096,
      config: {
        description: {
          summary: 'Exchange the keys of packages',
          request: packageKeysRequest,
          answer: packageKeys,
          needsSession: true,
          refusals: [403],
        },
      },
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const question = packageKeysRequest.parse(request.body)
      return sendJson(reply, await exchangePackageKeys(context.database, session, question, context.now()))
    },
  )
  app.post(
    '/sync/1/package',
    {
      bodyLimit: MAX_CARRIED_BYTES,
      config: {
        description: {
          summary: 'Bring a package of another station; the answer is its answer package',
          request: 'bytes',
          answer: 'bytes',
          needsSession: true,
          refusals: [422],
        },
      },
    },
    async (request, reply) => {
      sessionOf(request)
      const bytes: unknown = request.body
      if (!Buffer.isBuffer(bytes)) throw refusal(400, 'badRequest', '同步包应为二进制数据。')
      if (digestOf(bytes) !== request.headers[DIGEST_HEADER])
        throw refusal(400, 'damaged', '传输中内容受损,服务器没有采用,将自动重新上传。')
      if (atWork >= MAX_AT_WORK)
        throw refusal(503, 'busy', '服务器正在处理别的同步包,稍后会自动再试。', { retryAfter: 10 })
      atWork += 1
      try {
        const { answer } = await importPackage(context, bytes)
        return await reply
          .header(DIGEST_HEADER, digestOf(answer))
          .type('application/octet-stream')
          .send(answer)
      } catch (error) {
        if (error instanceof PackageFault) throw refusal(422, 'badPackage', error.message)
        throw error
      } finally {
        atWork -= 1
      }
    },
  )
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
