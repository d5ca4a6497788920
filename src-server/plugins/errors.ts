import type { FastifyError, FastifyInstance } from 'fastify'
import { ZodError } from 'zod'
import { describeFault } from '../../src-shared/contract/describe-fault.ts'
import type { ErrorAnswer } from '../../src-shared/contract/server-messages.ts'
import { Refusal } from '../refusal.ts'
import { describeDatabaseFault, failureKindOf } from '../storage/engine.ts'
import { sendJson } from './json-body.ts'

/** Every failure is answered by an {@link ErrorAnswer}; what went wrong inside is only in the log, without values. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) => {
    void sendJson(reply.code(404), {
      code: 'notFound',
      message: '服务器没有这个地址,请检查服务器和客户端的版本。',
      retry: false,
    } satisfies ErrorAnswer)
  })
  app.setErrorHandler<FastifyError | Refusal | ZodError>((error, request, reply) => {
    if (error instanceof Refusal) {
      if (error.retryAfter !== undefined) void reply.header('retry-after', error.retryAfter)
      return sendJson(reply.code(error.statusCode), error.answer)
    }
    if (error instanceof ZodError) {
      // Paths only: a value may be a person's name.
      const where = error.issues.slice(0, 3).map((issue) => issue.path.join('.'))
      request.log.warn({ where }, 'request does not fit its schema')
      return sendJson(reply.code(400), {
        code: 'badRequest',
        message: `请求的内容格式不对(${where.join('、')}),请检查客户端版本。`,
        retry: false,
      } satisfies ErrorAnswer)
    }
    const kind = failureKindOf(error)
    const status = error.statusCode ?? (kind === 'badText' ? 400 : 500)
    if (status >= 500) {
      request.log.error(
        { name: error.name, code: error.code, stack: describeDatabaseFault(error) ?? describeFault(error) },
        'request failed',
      )
      const isBusy = kind === 'busy'
      if (isBusy) void reply.header('retry-after', 5)
      return sendJson(reply.code(isBusy ? 503 : 500), {
        code: isBusy ? 'busy' : 'internal',
        message: isBusy
          ? '服务器正忙,稍后会自动再试。'
          : '服务器内部出错,已记入服务器日志。本机录入的内容都在,稍后会自动再试。',
        retry: true,
      } satisfies ErrorAnswer)
    }
    if (status === 413) {
      return sendJson(reply.code(413), {
        code: 'tooLarge',
        message: '一次上传的内容太多,将分成小批重新上传。',
        retry: false,
        max: request.routeOptions.bodyLimit,
      } satisfies ErrorAnswer)
    }
    if (status === 429) {
      return sendJson(reply.code(429), {
        code: 'tooMany',
        message: '请求太频繁,请稍后再试。',
        retry: true,
      } satisfies ErrorAnswer)
    }
    return sendJson(reply.code(status), {
      code: 'badRequest',
      message: '服务器看不懂这个请求,请检查客户端版本。',
      retry: false,
    } satisfies ErrorAnswer)
  })
}
