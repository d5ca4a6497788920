import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revokeReplica } from '../../../src-server/commands/replica-commands.ts'
import { OFFSET_HEADER, REPLICA_HEADER, SIZE_HEADER } from '../../../src-shared/contract/blob-messages.ts'
import { DIGEST_HEADER } from '../../../src-shared/contract/server-messages.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'
import { makeOp, push, sayHello, signInCaller, type Caller } from '../server/server-caller.ts'

/**
 * Every route of the server, by name: a new one does not pass before somebody has written down here who may use it.
 */

/** Open to everybody; what they give out is tested elsewhere. */
const OPEN_ROUTES = [
  'get /about',
  'get /healthz',
  'get /metrics',
  'get /openapi.json',
  'post /account/1/enrol',
  'post /account/1/refresh',
  'post /account/1/sign-in',
  'post /account/1/sign-out',
]

/** A store with a session of its own. */
type Store = { readonly caller: Caller & { token: string }; readonly id: string; readonly epoch: string }
type Question = {
  readonly body?: unknown
  readonly bytes?: Buffer
  readonly headers?: Readonly<Record<string, string>>
}
type ClosedRoute = {
  /** Asks for (or writes over) what belongs to scope `district`, as this store. */
  readonly ask: (store: Store) => Question
  /** The question names no store: it is answered to the session alone. */
  readonly namesNoStore?: true
  /** The status a viewer of the same scope gets. */
  readonly viewer: number
  /** The status a clerk of the same scope gets. */
  readonly clerk: number
}

const jpeg = Buffer.alloc(600, 7)
jpeg.set([0xff, 0xd8, 0xff, 0xe0])
jpeg.set([0xff, 0xd9], 598)
const photo = digestOf(jpeg)
const person: RecordValues = { ...validValues('resident', 1), photo }
const record = makeOp(1, person, { register: 'resident' })
const employer = makeOp(2, validValues('employer', 1))

const range = ({ id, epoch }: Store) => ({ replica: id, epoch })
/** An op on the record of `district` that this store has never seen. */
const foreignOp = (n: number) =>
  makeOp(
    n,
    { name: '改掉' },
    { register: 'resident', recordId: record.recordId, baseSeq: 9, body: { act: 'changed' } },
  )

const CLOSED_ROUTES: Readonly<Record<string, ClosedRoute>> = {
  'post /sync/1/hello': {
    ask: ({ id }) => ({ body: { replica: id, app: 'test', epoch: null, cursor: 0, now: 0 } }),
    viewer: 200,
    clerk: 200,
  },
  'post /sync/1/push': {
    ask: (store) => ({ body: { ...range(store), batchId: randomUUID(), afterN: 0, ops: [foreignOp(1)] } }),
    viewer: 403,
    clerk: 200,
  },
  'post /sync/1/pull': {
    ask: (store) => ({ body: { ...range(store), cursor: 0, limit: 100 } }),
    viewer: 200,
    clerk: 200,
  },
  'post /sync/1/own-ops': {
    ask: (store) => ({ body: { ...range(store), afterN: 0, limit: 10 } }),
    viewer: 200,
    clerk: 200,
  },
  'post /sync/1/check': { ask: (store) => ({ body: range(store) }), viewer: 200, clerk: 200 },
  'post /sync/1/bucket': {
    ask: (store) => ({ body: { ...range(store), bucket: Number.parseInt(record.recordId.slice(-2), 16) } }),
    viewer: 200,
    clerk: 200,
  },
  'post /sync/1/records': {
    ask: (store) => ({ body: { ...range(store), records: [['resident', record.recordId]] } }),
    viewer: 200,
    clerk: 200,
  },
  'post /sync/1/dictionary': {
    ask: () => ({ body: { name: 'street', afterVersion: 0, afterCode: '', limit: 10 } }),
    namesNoStore: true,
    viewer: 200,
    clerk: 200,
  },
  'post /sync/1/find-duplicates': {
    ask: () => ({ body: { register: 'resident', values: person, exceptId: null } }),
    namesNoStore: true,
    viewer: 200,
    clerk: 200,
  },
  'post /sync/1/blobs': {
    ask: (store) => ({ body: { ...range(store), hashes: [photo] } }),
    viewer: 200,
    clerk: 200,
  },
  'head /sync/1/blob/:hash': {
    ask: ({ id }) => ({ headers: { [REPLICA_HEADER]: id } }),
    viewer: 200,
    clerk: 200,
  },
  'get /sync/1/blob/:hash': {
    ask: ({ id }) => ({ headers: { [REPLICA_HEADER]: id } }),
    viewer: 200,
    clerk: 200,
  },
  'patch /sync/1/blob/:hash': {
    ask: ({ id }) => ({
      bytes: jpeg,
      headers: {
        [REPLICA_HEADER]: id,
        [OFFSET_HEADER]: '0',
        [SIZE_HEADER]: String(jpeg.length),
        [DIGEST_HEADER]: photo,
      },
    }),
    viewer: 403,
    clerk: 200,
  },
  'post /sync/1/package-keys': {
    ask: ({ id }) => ({ body: { replica: id, publicKey: 'A'.repeat(43) } }),
    viewer: 200,
    clerk: 200,
  },
  // Whose the ops in it are, and what they may do, the package itself has to prove: test/integration/packages.
  'post /sync/1/package': {
    ask: () => ({ bytes: jpeg, headers: { [DIGEST_HEADER]: photo } }),
    namesNoStore: true,
    viewer: 422,
    clerk: 422,
  },
}

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let strict: TestServer
let own: Store

beforeAll(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  // The same data behind a server that wants a key of every store.
  strict = await startTestServer(folder.path, { isEnrolmentRequired: true })
  own = await openStore('clerk001')
  const answer = await push(own.caller, { id: own.id, epoch: own.epoch }, [record, employer])
  expect(answer.push.receipts).toHaveLength(2)
  expect((await send('patch /sync/1/blob/:hash', own, own.caller.token)).status).toBe(200)
})
afterAll(async () => {
  await strict.close()
  await server.close()
  folder.remove()
})

async function openStore(accountName: string): Promise<Store> {
  const caller = await signInCaller(server.port, accountName)
  const { replica } = await sayHello(caller)
  return { caller, ...replica }
}

async function send(
  route: string,
  as: Store,
  token: string | undefined,
  port = server.port,
): Promise<{ readonly status: number; readonly code: unknown; readonly text: string }> {
  const [method = '', path = ''] = route.split(' ')
  const { body, bytes, headers = {} } = CLOSED_ROUTES[route]?.ask(as) ?? {}
  const response = await fetch(`http://127.0.0.1:${port}${path.replace(':hash', photo)}`, {
    method: method.toUpperCase(),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bytes === undefined ? {} : { 'content-type': 'application/octet-stream' }),
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(bytes === undefined ? {} : { body: new Uint8Array(bytes) }),
  })
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
  let code: unknown
  try {
    code = (JSON.parse(text) as { code?: unknown }).code
  } catch {
    code = undefined
  }
  return { status: response.status, code, text }
}

/** Everything that belongs to the scope, as it stands. */
async function readScope(): Promise<unknown> {
  const { database } = server
  const scope = 'district'
  return {
    records: await database
      .selectFrom('record')
      .selectAll()
      .where('scope', '=', scope)
      .orderBy('id')
      .execute(),
    blobs: await database
      .selectFrom('blob')
      .select(['hash', 'stored_at'])
      .where('scope', '=', scope)
      .execute(),
    uses: await database.selectFrom('blob_use').selectAll().where('scope', '=', scope).execute(),
    replicas: await database
      .selectFrom('replica')
      .select(['id', 'last_n', 'station_code'])
      .where('scope', '=', scope)
      .orderBy('id')
      .execute(),
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('every route of the server is named here', async () => {
  const document = (await (await fetch(`http://127.0.0.1:${server.port}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  }
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  expect(routes.toSorted()).toEqual(
    [...OPEN_ROUTES, ...Object.keys(CLOSED_ROUTES).filter((route) => !route.startsWith('head '))].toSorted(),
  )
})

describe.each(Object.entries(CLOSED_ROUTES))('%s', (route, { viewer, clerk, namesNoStore }) => {
  const hasBody = !route.startsWith('head ')

  test('is closed without a session, and with one that is none or has ended', async () => {
    for (const token of [undefined, 'A'.repeat(43), `${own.caller.token}A`]) {
      const answer = await send(route, own, token)
      expect([answer.status, hasBody ? answer.code : 'notSignedIn']).toEqual([401, 'notSignedIn'])
    }
  })

  test('is closed to the session of another store', async () => {
    const other = await openStore('clerk001')
    const answer = await send(route, own, other.caller.token)
    expect(answer.status).toBe(namesNoStore === true ? clerk : 401)
  })

  test('shows and changes nothing of another scope', async () => {
    const stranger = await openStore('clerk900')
    const before = await readScope()
    const answer = await send(route, stranger, stranger.caller.token)
    expect(answer.status).not.toBe(500)
    for (const secret of [person['name'], person['documentNumber'], jpeg.toString('latin1')])
      expect(answer.text).not.toContain(Buffer.from(String(secret)).toString('latin1'))
    // Somebody who knows an id or a photo's hash learns not even whether it is here.
    const { text } = await send(route, own, own.caller.token)
    if (text.includes(record.recordId)) expect(answer.text).not.toContain(record.recordId)
    if (route.includes('blob/')) expect([403, 404]).toContain(answer.status)
    expect(await readScope()).toEqual(before)
  })

  test('takes from a viewer what a viewer may', async () => {
    const looking = await openStore('viewer001')
    const before = await readScope()
    expect((await send(route, looking, looking.caller.token)).status).toBe(viewer)
    if (viewer === 403) expect(await readScope()).toEqual(before)
  })

  test('is closed to a store that was revoked, and where a key is required to one without', async () => {
    const lost = await openStore('clerk002')
    const withoutKey = await send(route, lost, lost.caller.token, strict.port)
    expect([withoutKey.status, hasBody ? withoutKey.code : 'notEnrolled']).toEqual([403, 'notEnrolled'])
    await revokeReplica(server.database, lost.id, Date.now())
    for (const port of [server.port, strict.port]) {
      const answer = await send(route, lost, lost.caller.token, port)
      expect([answer.status, hasBody ? answer.code : 'revoked']).toEqual([403, 'revoked'])
    }
  })

  test('serves a clerk of the scope', async () => {
    const clerkStore = await openStore('clerk002')
    expect((await send(route, clerkStore, clerkStore.caller.token)).status).toBe(clerk)
  })
})
