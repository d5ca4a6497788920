import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { PROOF_HEADER } from '../../src-shared/contract/enrolment-messages.ts'
import { DIGEST_HEADER, errorAnswer } from '../../src-shared/contract/server-messages.ts'
import type { ServerContext } from '../context.ts'
import { sendJson } from '../plugins/json-body.ts'

/** What the document says of a route beyond its path. */
export type RouteDescription = {
  readonly summary: string
  /** `bytes`: content that is no JSON (photos, packages). */
  readonly request?: z.ZodType | 'bytes'
  /** Text where absent. */
  readonly answer?: z.ZodType | 'bytes'
  readonly needsSession?: boolean
  /** A store with a key shows a proof with it. */
  readonly needsProof?: boolean
  /** Statuses with an ErrorAnswer, beyond 400, 429, 500 and 503 that any route may give. */
  readonly refusals?: readonly number[]
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route has one: the app is not built otherwise. */
    description?: RouteDescription
  }
}

type DescribedRoute = {
  readonly method: string
  readonly path: string
  readonly description: RouteDescription
}

/** Adds `GET /openapi.json`: the routes that are added after this call, by the schemas that check them. */
export function addOpenApiRoute(app: FastifyInstance, context: ServerContext): void {
  const routes: DescribedRoute[] = []
  app.addHook('onRoute', ({ method, url, config }) => {
    const description = config?.description
    if (description === undefined) throw new Error(`route ${url} has no description`)
    for (const each of [method].flat()) {
      if (each !== 'HEAD') routes.push({ method: each.toLowerCase(), path: url, description })
    }
  })
  app.get(
    '/openapi.json',
    { config: { description: { summary: 'This document', answer: z.looseObject({}) } } },
    (_request, reply) => sendJson(reply, describeRoutes(routes, context.version)),
  )
}

/** An OpenAPI 3.1 document. */
export function describeRoutes(routes: readonly DescribedRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const { method, path, description } of routes) {
    paths[path] = { ...paths[path], [method]: describeRoute(description) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'jufutong server',
      version,
      description: 'The written protocol is docs/sync-protocol.md.',
    },
    paths,
    components: {
      schemas: { ErrorAnswer: schemaOf(errorAnswer, 'output') },
      securitySchemes: { session: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function describeRoute({
  summary,
  request,
  answer,
  needsSession = false,
  needsProof = false,
  refusals = [],
}: RouteDescription): object {
  const statuses = [
    400,
    429,
    500,
    503,
    ...(needsSession ? [401, 403] : []),
    ...(needsProof ? [401, 403] : []),
    ...(request ? [413] : []),
    ...refusals,
  ]
  const refused = {
    description: 'Refused; nothing was stored',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorAnswer' } } },
  }
  return {
    summary,
    ...(needsSession ? { security: [{ session: [] }] } : {}),
    parameters: [
      {
        name: DIGEST_HEADER,
        in: 'header',
        required: false,
        description: 'SHA-256 (hexadecimal) of the JSON text before compression',
        schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      },
      ...(needsProof
        ? [
            {
              name: PROOF_HEADER,
              in: 'header',
              required: false,
              description: 'at.nonce.signature by the Ed25519 key of the store; of every store that has one',
              schema: { type: 'string' },
            },
          ]
        : []),
    ],
    ...(request === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: contentOf(request, 'input'),
          },
        }),
    responses: {
      200: {
        description: 'Done',
        content:
          answer === undefined
            ? { 'text/plain': { schema: { type: 'string' } } }
            : contentOf(answer, 'output'),
      },
      ...Object.fromEntries([...new Set(statuses)].map((status) => [status, refused])),
    },
  }
}

function contentOf(schema: z.ZodType | 'bytes', io: 'input' | 'output'): object {
  return schema === 'bytes'
    ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
    : { 'application/json': { schema: schemaOf(schema, io) } }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}
