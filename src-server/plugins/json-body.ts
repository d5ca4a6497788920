import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { DIGEST_HEADER } from '../../src-shared/contract/server-messages.ts'
import { refusal } from '../refusal.ts'

/** No message of the protocol nests deeper than 8; deeper text would only cost stack. */
const MAX_DEPTH = 32

/** Milliseconds-cheap guard before parsing: the deepest nesting of brackets outside strings. */
export function measureDepth(json: string): number {
  let depth = 0
  let deepest = 0
  let isInString = false
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index)
    if (isInString) {
      if (code === 0x5c) index += 1
      else if (code === 0x22) isInString = false
    } else if (code === 0x22) isInString = true
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  return deepest
}

/**
 * Reads JSON bodies: whole (digest), flat (depth) and without `__proto__` (Fastify's own parser), else refused.
 * Inflation happens before and is bounded by the route's bodyLimit.
 */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    const digest = request.headers[DIGEST_HEADER]
    if (digest !== undefined && digest !== hash('sha256', body)) {
      done(refusal(400, 'damaged', '传输中内容受损,服务器没有采用,将自动重新上传。'))
      return
    }
    if (measureDepth(body) > MAX_DEPTH) {
      done(refusal(400, 'badRequest', '请求的内容层次过深,服务器没有采用。'))
      return
    }
    return parse(request, body, done)
  })
}

/** Sends an answer with its digest: a client throws away what was cut short or altered. */
export function sendJson(reply: FastifyReply, answer: unknown): FastifyReply {
  return sendJsonText(reply, JSON.stringify(answer))
}

/** The same for an answer that is JSON text already. */
export function sendJsonText(reply: FastifyReply, text: string): FastifyReply {
  return reply.header(DIGEST_HEADER, hash('sha256', text)).type('application/json; charset=utf-8').send(text)
}
