import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PROOF_HEADER,
  PROOF_WINDOW_MS,
  proofText,
  stationFile,
} from '../../../src-shared/contract/enrolment-messages.ts'
import { DIGEST_HEADER } from '../../../src-shared/contract/server-messages.ts'
import { makeFolder, PASSWORD, startTestServer, type TestServer } from '../sync/sync-world.ts'
import { callServer, type Answer } from '../server/server-caller.ts'
import { addStationFile } from './line-world.ts'

/** The server's side of a store's key, asked by a program that is not our client. */

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let files = 0

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path, { isEnrolmentRequired: true })
})
afterEach(async () => {
  await server.close()
  folder.remove()
})

type Key = { readonly privateKey: KeyObject; readonly publicKey: string }
type Store = Key & { readonly id: string }

function makeKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { privateKey, publicKey: publicKey.export({ format: 'jwk' }).x ?? '' }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The headers of a request that is proven; `signed` is what the signature says where that is not the truth. */
function prove(
  key: Key,
  path: string,
  body: { readonly replica: string },
  signed: { readonly at?: number; readonly path?: string; readonly nonce?: string } = {},
): Record<string, string> {
  const text = JSON.stringify(body)
  const { at = Date.now(), nonce = randomBytes(16).toString('base64url') } = signed
  const bodyHash = hash(text)
  const signature = sign(
    null,
    Buffer.from(
      proofText({ method: 'POST', path: signed.path ?? path, replica: body.replica, at, nonce, bodyHash }),
    ),
    key.privateKey,
  )
  return { [DIGEST_HEADER]: bodyHash, [PROOF_HEADER]: `${at}.${nonce}.${signature.toString('base64url')}` }
}

function post(path: string, body: object, headers: Record<string, string>, token?: string): Promise<Answer> {
  return callServer(server.port, token).postRaw(path, JSON.stringify(body), headers)
}

const ENROL = '/account/1/enrol'
const SIGN_IN = '/account/1/sign-in'
const REFRESH = '/account/1/refresh'
const HELLO = '/sync/1/hello'

async function readCode(): Promise<string> {
  files += 1
  const file = join(folder.path, `${files}.jufutong-station`)
  await addStationFile(server, { folder: join(folder.path, 'none'), authorityKeyFile: '' }, file)
  return stationFile.parse(JSON.parse(readFileSync(file, 'utf8'))).code
}

async function enrol(): Promise<Store> {
  const store = { ...makeKey(), id: randomUUID() }
  const body = { code: await readCode(), replica: store.id, publicKey: store.publicKey, label: '' }
  expect((await post(ENROL, body, prove(store, ENROL, body))).status).toBe(200)
  return store
}

async function signIn(store: Store): Promise<{ readonly token: string; readonly refresh: string }> {
  const body = { accountName: 'clerk001', password: PASSWORD, replica: store.id }
  const answer = await post(SIGN_IN, body, prove(store, SIGN_IN, body))
  expect(answer.status).toBe(200)
  return { token: String(answer.body['token']), refresh: String(answer.body['refresh']) }
}

const helloOf = (replica: string, more: object = {}) => ({
  replica,
  app: 'test',
  epoch: null,
  cursor: 0,
  now: 0,
  ...more,
})

describe('a proof', () => {
  test('counts once, for this request, by this key, about now', async () => {
    const store = await enrol()
    const other = await enrol()
    const { token } = await signIn(store)
    const hello = helloOf(store.id)
    const shown = prove(store, HELLO, hello)
    expect((await post(HELLO, hello, shown, token)).status).toBe(200)
    const cases: readonly [string, Record<string, string>, object, number, string][] = [
      ['shown again', shown, hello, 401, 'proofStale'],
      ['of another body', prove(store, HELLO, helloOf(store.id, { cursor: 1 })), hello, 400, 'damaged'],
      [
        'of another body, with its digest changed',
        {
          ...prove(store, HELLO, helloOf(store.id, { cursor: 1 })),
          [DIGEST_HEADER]: hash(JSON.stringify(hello)),
        },
        hello,
        403,
        'notEnrolled',
      ],
      ['of another path', prove(store, HELLO, hello, { path: SIGN_IN }), hello, 403, 'notEnrolled'],
      ['by another key', prove(other, HELLO, hello), hello, 403, 'notEnrolled'],
      ['missing', {}, hello, 403, 'notEnrolled'],
      [
        'garbage',
        { [PROOF_HEADER]: 'x'.repeat(4_000), [DIGEST_HEADER]: hash(JSON.stringify(hello)) },
        hello,
        403,
        'notEnrolled',
      ],
      [
        'too old',
        prove(store, HELLO, hello, { at: Date.now() - PROOF_WINDOW_MS - 1_000 }),
        hello,
        401,
        'proofStale',
      ],
      [
        'too new',
        prove(store, HELLO, hello, { at: Date.now() + PROOF_WINDOW_MS + 1_000 }),
        hello,
        401,
        'proofStale',
      ],
      [
        'without a digest',
        { [PROOF_HEADER]: prove(store, HELLO, hello)[PROOF_HEADER] ?? '' },
        hello,
        403,
        'notEnrolled',
      ],
    ]
    for (const [name, headers, body, status, code] of cases) {
      const answer = await post(HELLO, body, headers, token)
      expect([name, answer.status, answer.body['code']]).toEqual([name, status, code])
      // What it takes to sign anew.
      if (code === 'proofStale') expect(answer.body['serverTime']).toBeGreaterThan(0)
    }
    expect((await post(HELLO, hello, prove(store, HELLO, hello), token)).status).toBe(200)
  })

  test('shown many times at once counts once', async () => {
    const store = await enrol()
    const { token } = await signIn(store)
    const hello = helloOf(store.id)
    const shown = prove(store, HELLO, hello)
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(HELLO, hello, shown, token)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  })

  test('is forgotten when it no longer counts', async () => {
    await enrol()
    expect(await server.database.selectFrom('used_proof').selectAll().execute()).toHaveLength(1)
    server.advance(3 * PROOF_WINDOW_MS)
    const body = { accountName: 'clerk001', password: PASSWORD, replica: randomUUID() }
    await post(SIGN_IN, body, {})
    const store = { ...makeKey(), id: randomUUID() }
    const request = { code: 'A'.repeat(43), replica: store.id, publicKey: store.publicKey, label: '' }
    await post(ENROL, request, prove(store, ENROL, request, { at: Date.now() + 3 * PROOF_WINDOW_MS }))
    expect(await server.database.selectFrom('used_proof').selectAll().execute()).toHaveLength(1)
  })
})

describe('what a thief has', () => {
  test('a token without the key begins no round and is no other store’s', async () => {
    const store = await enrol()
    const other = await enrol()
    const { token } = await signIn(store)
    const asOther = helloOf(other.id)
    expect((await post(HELLO, asOther, prove(other, HELLO, asOther), token)).status).toBe(401)
    // Nor does it give itself a new id.
    const renamed = helloOf(randomUUID(), { formerly: store.id })
    expect((await post(HELLO, renamed, prove(other, HELLO, renamed), token)).status).toBe(403)
    expect((await post(HELLO, renamed, {}, token)).status).toBe(403)
    const hello = helloOf(store.id)
    expect((await post(HELLO, hello, prove(store, HELLO, hello), token)).status).toBe(200)
    // Nor takes the id of a store that is there.
    const taking = helloOf(other.id, { formerly: store.id })
    expect((await post(HELLO, taking, prove(store, HELLO, taking), token)).status).toBe(401)
  })

  test('what opens later sessions opens none without the key, or for another store', async () => {
    const store = await enrol()
    const other = await enrol()
    const { refresh } = await signIn(store)
    const own = { replica: store.id, refresh }
    expect((await post(REFRESH, own, {})).status).toBe(403)
    expect((await post(REFRESH, own, prove(other, REFRESH, own))).status).toBe(403)
    const asOther = { replica: other.id, refresh }
    expect((await post(REFRESH, asOther, prove(other, REFRESH, asOther))).status).toBe(401)
    expect((await post(REFRESH, own, prove(store, REFRESH, own))).status).toBe(200)
  })

  test('a password without a key signs nobody in', async () => {
    const store = await enrol()
    for (const replica of [undefined, store.id, randomUUID()]) {
      const body = { accountName: 'clerk001', password: PASSWORD, ...(replica ? { replica } : {}) }
      const answer = await post(SIGN_IN, body, {})
      expect([answer.status, answer.body['code']]).toEqual([403, 'notEnrolled'])
    }
  })

  test('the database without secrets that open anything', async () => {
    const code = await readCode()
    const store = await enrol()
    const { token, refresh } = await signIn(store)
    const tables = ['session', 'refresh_token', 'enrolment', 'replica_access', 'account'] as const
    const rows = await Promise.all(
      tables.map((table) => server.database.selectFrom(table).selectAll().execute()),
    )
    const text = JSON.stringify(rows)
    for (const secret of [code, token, refresh, PASSWORD]) expect(text).not.toContain(secret)
  })

  test('a station account of another district is no use on an enrolled store', async () => {
    const store = await enrol()
    const body = { accountName: 'clerk900', password: PASSWORD, replica: store.id }
    const answer = await post(SIGN_IN, body, prove(store, SIGN_IN, body))
    expect([answer.status, answer.body['code']]).toEqual([403, 'notAllowed'])
    expect(await server.database.selectFrom('session').selectAll().execute()).toEqual([])
  })
})

test('where no key is required, a store that has one still shows it; a session of no store does not become its', async () => {
  const store = await enrol()
  await server.close()
  server = await startTestServer(folder.path)
  const signedIn = await post(SIGN_IN, { accountName: 'clerk001', password: PASSWORD }, {})
  expect(signedIn.status).toBe(200)
  const hello = helloOf(store.id)
  const token = String(signedIn.body['token'])
  expect((await post(HELLO, hello, {}, token)).status).toBe(401)
  expect(
    (await post(SIGN_IN, { accountName: 'clerk001', password: PASSWORD, replica: store.id }, {})).status,
  ).toBe(403)
  // A store without a key gets the session that is nobody's yet, and keeps it.
  const free = randomUUID()
  expect((await post(HELLO, helloOf(free), {}, token)).status).toBe(200)
  expect((await post(HELLO, helloOf(randomUUID()), {}, token)).status).toBe(401)
  expect((await post(HELLO, helloOf(free), {}, token)).status).toBe(200)
})

test('enrolment stores nothing for a key that is not shown, and no second key for a store', async () => {
  const store = { ...makeKey(), id: randomUUID() }
  const thief = makeKey()
  const code = await readCode()
  const body = { code, replica: store.id, publicKey: store.publicKey, label: '' }
  expect((await post(ENROL, body, {})).status).toBe(403)
  expect((await post(ENROL, body, prove(thief, ENROL, body))).status).toBe(403)
  expect((await post(ENROL, body, prove(store, ENROL, body))).status).toBe(200)
  const second = { code: await readCode(), replica: store.id, publicKey: thief.publicKey, label: '' }
  expect((await post(ENROL, second, prove(thief, ENROL, second))).status).toBe(403)
  const known = await server.database.selectFrom('replica_access').selectAll().execute()
  expect(known.map((row) => row.public_key)).toEqual([store.publicKey])
  // The refused file was not used up.
  const unused = await server.database
    .selectFrom('enrolment')
    .selectAll()
    .where('used_at', 'is', null)
    .execute()
  expect(unused).toHaveLength(1)
})

test('passwords are stored by Argon2id with the parameters of the OWASP Password Storage Cheat Sheet', async () => {
  const rows = await server.database.selectFrom('account').select('password_hash').execute()
  for (const { password_hash: stored } of rows) {
    // 19 MiB, 2 passes, 1 lane; 16 bytes of salt, 32 of hash.
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  }
  expect(new Set(rows.map((row) => row.password_hash.split('$')[4])).size).toBe(rows.length)
})
