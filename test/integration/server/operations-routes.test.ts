import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'
import { callServer, makeOp, push, sayHello, signInCaller } from './server-caller.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
})
afterEach(async () => {
  await server.close()
  folder.remove()
})

const readText = async (path: string, headers: Record<string, string> = {}): Promise<[number, string]> => {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers })
  return [answer.status, await answer.text()]
}

describe('/metrics', () => {
  test('tells what happened, in numbers, and names nobody', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const values = validValues('resident', 1)
    await push(caller, replica, [
      makeOp(1, values, { register: 'resident' }),
      makeOp(2, { ...values, name: null }, { register: 'resident' }),
    ])
    await caller.get('/secret/13800000001')
    const [status, text] = await readText('/metrics')
    expect(status).toBe(200)
    for (const line of [
      'jufutong_ops_total{outcome="accepted"} 1',
      'jufutong_ops_total{outcome="setAside"} 1',
      'jufutong_change_number 1',
      'jufutong_replicas 1',
      'jufutong_replicas_seen_today 1',
      'jufutong_ops_set_aside 1',
      'jufutong_conflicts_open 0',
      'jufutong_request_seconds_count{method="POST",route="/sync/1/push",status="200"} 1',
      'jufutong_request_seconds_count{method="GET",route="unknown",status="404"} 1',
    ])
      expect(text.split('\n')).toContain(line)
    expect(text).toMatch(/^jufutong_memory_bytes [1-9]\d+/m)
    // Every line is a comment or a sample, as Prometheus reads them.
    for (const line of text.split('\n').filter((each) => each !== ''))
      expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-z_]+(\{[^}]*\})? -?[0-9.e+-]+)$/)
    for (const personal of [
      values['name'],
      values['documentNumber'],
      'clerk001',
      '测试站',
      '13800000001',
      replica.id,
    ])
      expect(text).not.toContain(String(personal))
  })

  test('with a token, is open to who shows it and to nobody else', async () => {
    await server.close()
    server = await startTestServer(folder.path, { metricsToken: 'token of the operator' })
    expect((await readText('/metrics'))[0]).toBe(403)
    expect((await readText('/metrics', { authorization: 'Bearer token of the operatos' }))[0]).toBe(403)
    expect((await readText('/metrics', { authorization: 'Bearer token of the operator' }))[0]).toBe(200)
  })

  test('without a token, is closed to other machines, also through a proxy', async () => {
    await server.close()
    server = await startTestServer(folder.path, { proxies: ['127.0.0.1'] })
    expect((await readText('/metrics', { 'x-forwarded-for': '10.1.2.3' }))[0]).toBe(403)
    expect((await readText('/metrics', { 'x-forwarded-for': '127.0.0.1, 10.1.2.3' }))[0]).toBe(403)
    expect((await readText('/metrics'))[0]).toBe(200)
  })
})

type Document = {
  readonly openapi: string
  readonly paths: Readonly<
    Record<
      string,
      Record<
        string,
        {
          readonly security?: unknown
          readonly requestBody?: {
            readonly content: Record<string, { readonly schema: { required?: string[] } }>
          }
          readonly responses: Record<string, unknown>
        }
      >
    >
  >
}

describe('/openapi.json', () => {
  const readDocument = async (): Promise<Document> =>
    (await callServer(server.port).get('/openapi.json')).body as unknown as Document

  test('has every route, and only those that need a session say so', async () => {
    const { openapi, paths } = await readDocument()
    expect(openapi).toBe('3.1.0')
    // test/integration/line/access.test.ts names every one of them.
    expect(Object.keys(paths).length).toBeGreaterThan(10)
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, route] of Object.entries(methods)) {
        const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
          method: method.toUpperCase(),
          ...(method === 'post' ? { headers: { 'content-type': 'application/json' }, body: '{}' } : {}),
        })
        const closed = route.security !== undefined
        expect([path, answer.status === 401]).toEqual([path, closed])
        // What the route answers is among what the document says.
        expect(Object.keys(route.responses)).toContain(String(answer.status))
      }
    }
  })

  test('its schemas are those that check the messages', async () => {
    const { paths } = await readDocument()
    const schema = paths['/sync/1/push']?.['post']?.requestBody?.content['application/json']?.schema
    expect(schema?.required).toEqual(['replica', 'epoch', 'batchId', 'afterN', 'ops'])
    expect(JSON.stringify(schema)).toContain('"maxItems":500')
    const text = JSON.stringify(paths)
    // Every reference inside the document leads somewhere.
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1])
    expect(new Set(references)).toEqual(new Set(['#/components/schemas/ErrorAnswer']))
  })
})
