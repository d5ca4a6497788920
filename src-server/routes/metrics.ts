import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { ServerContext } from '../context.ts'
import type { ServerMetrics } from '../plugins/metrics.ts'
import { refusal } from '../refusal.ts'

/**
 * What to watch. Without a token only for this machine itself; with one for whoever shows it.
 */
export function addMetricsRoute(app: FastifyInstance, context: ServerContext, metrics: ServerMetrics): void {
  app.get(
    '/metrics',
    {
      config: {
        description: { summary: 'Prometheus text; from this machine, or with the token of the operator' },
      },
    },
    async (request, reply) => {
      const isAllowed =
        context.metricsToken === undefined
          ? /^(::ffff:)?127\.|^::1$/.test(request.ip)
          : isSame(request.headers.authorization ?? '', `Bearer ${context.metricsToken}`)
      if (!isAllowed) throw refusal(403, 'notAllowed', '没有权限查看服务器的运行数据。')
      return reply.type(metrics.contentType).send(await metrics.write())
    },
  )
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
