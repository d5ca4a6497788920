import { createHash, randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FAILURES_BEFORE_LOCK, LOCK_MS } from '../../../src-server/accounts/sign-in.ts'
import { TOKEN_LIFE_MS } from '../../../src-server/accounts/session.ts'
import { checkDatabase } from '../../../src-server/storage/check-database.ts'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { DIGEST_HEADER, type HelloAnswer } from '../../../src-shared/contract/server-messages.ts'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import {
  isOnPostgres,
  makeFolder,
  PASSWORD,
  startTestServer,
  validValues,
  type TestServer,
} from '../sync/sync-world.ts'
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

/** No table of codes. */
const thisFile = import.meta.filename

const SYNC_ROUTES = [
  'hello',
  'push',
  'pull',
  'dictionary',
  'find-duplicates',
  'own-ops',
  'check',
  'bucket',
  'records',
].map((each) => `/sync/1/${each}`)

describe('accounts', () => {
  test('a wrong password and an unknown name are answered alike', async () => {
    const caller = callServer(server.port)
    const wrong = await caller.post('/account/1/sign-in', { accountName: 'clerk001', password: 'wrong' })
    const unknown = await caller.post('/account/1/sign-in', { accountName: 'nobody', password: 'wrong' })
    expect(wrong.status).toBe(401)
    expect(wrong.body).toEqual({
      code: 'wrongPassword',
      message: '账号或密码不对,请核对后重新输入。',
      retry: false,
    })
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body])
  })

  test('repeated failures lock the name for a while, also against the right password', async () => {
    const caller = callServer(server.port)
    for (let count = 0; count < FAILURES_BEFORE_LOCK; count += 1)
      await caller.post('/account/1/sign-in', { accountName: 'clerk001', password: 'wrong' })
    const right = { accountName: 'clerk001', password: PASSWORD }
    const locked = await caller.post('/account/1/sign-in', right)
    expect(locked.status).toBe(429)
    expect(locked.body['message']).toBe('连续输错密码,账号已锁定,请5分钟后再试,或请管理员重设密码。')
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0)
    // Other accounts are not held up, and the lock ends.
    expect((await caller.post('/account/1/sign-in', { ...right, accountName: 'clerk002' })).status).toBe(200)
    server.advance(LOCK_MS + 1)
    expect((await caller.post('/account/1/sign-in', right)).status).toBe(200)
  })

  test('sign-ins from one address are limited', async () => {
    const strict = await startTestServer(join(folder.path, 'strict'), { signInsPerMinute: 3 })
    try {
      const caller = callServer(strict.port)
      const codes: number[] = []
      for (let count = 0; count < 4; count += 1)
        codes.push(
          (await caller.post('/account/1/sign-in', { accountName: `x${count}`, password: 'x' })).status,
        )
      expect(codes).toEqual([401, 401, 401, 429])
    } finally {
      await strict.close()
    }
  })

  test('the token is stored as a hash only, expires, is renewed by a hello in its second half, and ends with sign-out', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const stored = await server.database.selectFrom('session').selectAll().execute()
    expect(JSON.stringify(stored)).not.toContain(caller.token)
    const { hello: first, replica } = await sayHello(caller)
    expect(first.renewed).toBeNull()
    server.advance(TOKEN_LIFE_MS * 0.6)
    const { hello } = await sayHello(caller, replica.id)
    const renewed = callServer(server.port, hello.renewed?.token ?? '')
    server.advance(TOKEN_LIFE_MS * 0.5)
    expect((await caller.post('/sync/1/hello', {})).body['code']).toBe('notSignedIn')
    await sayHello(renewed, replica.id)
    await renewed.post('/account/1/sign-out', {})
    expect((await renewed.post('/sync/1/hello', {})).status).toBe(401)
  })

  test.each(SYNC_ROUTES)('%s is closed without a session', async (path) => {
    for (const caller of [callServer(server.port), callServer(server.port, 'A'.repeat(43))]) {
      const answer = await caller.post(path, {})
      expect([answer.status, answer.body['code']]).toEqual([401, 'notSignedIn'])
    }
  })

  test('a viewer pulls but does not push', async () => {
    const viewer = await signInCaller(server.port, 'viewer001')
    const { replica } = await sayHello(viewer)
    expect((await push(viewer, replica, [makeOp(1, validValues('employer', 1))])).status).toBe(403)
    const pulled = await viewer.post('/sync/1/pull', {
      replica: replica.id,
      epoch: replica.epoch,
      cursor: 0,
      limit: 10,
    })
    expect(pulled.status).toBe(200)
  })

  test('a replica of one scope is not taken over by an account of another', async () => {
    const { replica } = await sayHello(await signInCaller(server.port, 'clerk001'))
    const stranger = await signInCaller(server.port, 'clerk900')
    const answer = await stranger.post('/sync/1/hello', {
      replica: replica.id,
      app: 'test',
      epoch: null,
      cursor: 0,
      now: 0,
    })
    expect([answer.status, answer.body['code']]).toEqual([403, 'notAllowed'])
  })
})

describe('push', () => {
  test('the same op twice, alone or in another batch, is taken once and answered alike', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const ops = [makeOp(1, validValues('employer', 1)), makeOp(2, validValues('employer', 2))]
    const first = await push(caller, replica, ops)
    expect(first.push).toMatchObject({
      ackedN: 2,
      receipts: [
        [1, 1],
        [2, 2],
      ],
      results: [],
    })
    const again = await push(caller, replica, ops)
    expect(again.push.receipts).toEqual(first.push.receipts)
    const third = await push(caller, replica, [...ops.slice(1), makeOp(3, validValues('employer', 3))])
    expect(third.push.receipts).toEqual([
      [2, 2],
      [3, 3],
    ])
    expect(await server.database.selectFrom('op_log').select('n').execute()).toHaveLength(3)
    expect((await sayHello(caller, replica.id)).hello.lastN).toBe(3)
  })

  test('a sign-in and a push are noted with who did them, and a push that fails leaves no note', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const op = makeOp(1, validValues('employer', 1))
    await push(caller, replica, [op])
    // The same again is nothing new; a batch that skips another is refused whole.
    await push(caller, replica, [op])
    await push(caller, replica, [makeOp(9, validValues('employer', 9))], 8)
    const notes = await server.database.selectFrom('audit').selectAll().orderBy('at').execute()
    const by = { account_name: 'clerk001', station_code: '001' }
    expect(notes).toMatchObject([
      { ...by, act: 'signIn', detail: '{}' },
      { ...by, act: 'push', detail: '{"ops":1,"lastN":1}' },
    ])
  })

  test('an op known by its id under another replica gets its old receipt', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const op = makeOp(1, validValues('employer', 1))
    await push(caller, (await sayHello(caller)).replica, [op])
    const renewed = (await sayHello(caller)).replica
    expect((await push(caller, renewed, [{ ...op, n: 7 }], 0)).push.receipts).toEqual([[7, 1]])
    expect(await server.database.selectFrom('record').select('seq').execute()).toEqual([{ seq: 1 }])
  })

  test('the same number with other content is refused and changes nothing', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    await push(caller, replica, [makeOp(1, validValues('employer', 1))])
    const answer = await push(caller, replica, [
      makeOp(1, validValues('employer', 2)),
      makeOp(2, validValues('employer', 3)),
    ])
    expect([answer.status, answer.body['code']]).toEqual([422, 'hashDiffers'])
    expect(await server.database.selectFrom('op_log').select('n').execute()).toHaveLength(1)
  })

  test('a batch that skips another is refused with the number to go on from', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const answer = await push(caller, replica, [makeOp(5, validValues('employer', 1))], 4)
    expect(answer.status).toBe(409)
    expect(answer.body).toMatchObject({ code: 'gap', expectN: 1 })
  })

  test('names of stations and people are told to who asks and has others; those of its scope only', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica, hello } = await sayHello(caller)
    expect(hello.names).toBeUndefined()
    const ask = async (namesVersion: string): Promise<HelloAnswer['names']> => {
      const question = {
        replica: replica.id,
        app: 'test',
        epoch: replica.epoch,
        cursor: 0,
        now: 0,
        namesVersion,
      }
      return ((await caller.post('/sync/1/hello', question)).body as unknown as HelloAnswer).names
    }
    const names = await ask('')
    expect(names).toEqual({
      version: names?.version,
      stations: { '001': '测试站001', '002': '测试站002' },
      people: { clerk001: '操作员001', clerk002: '操作员002', viewer001: '查看员' },
    })
    expect(await ask(names?.version ?? '')).toBeUndefined()
  })

  test('ops that break rules are set aside with a reason, and the others go on', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const good = validValues('employer', 1)
    const { hash: _, ...unsigned } = makeOp(8, good)
    const answer = await push(caller, replica, [
      makeOp(1, { ...good, name: null }),
      makeOp(2, { ...good, telephone: '１３８００００００００' }),
      makeOp(3, { ...good, nickname: 'x' }),
      makeOp(4, { ...good, remarks: "'); DROP TABLE record; --" }),
      makeOp(5, { telephone: '13800000001' }, { body: { act: 'changed' } }),
      makeOp(6, {}, { kind: 'cancel', body: { act: 'cancelled', cancellation: { reasonCode: '10' } } }),
      { ...makeOp(7, good), register: 'planet' } as unknown as ReturnType<typeof makeOp>,
      { ...unsigned, hash: '0'.repeat(64) },
    ])
    expect(answer.push.receipts).toEqual([[4, 1]])
    expect(answer.push.ackedN).toBe(8)
    const reasons = answer.push.results.map((result) => [
      result.n,
      result.outcome === 'setAside' ? result.reason : result.outcome,
    ])
    expect(reasons).toEqual([
      [1, '单位名称,必须录入,不能为空!'],
      [2, '联系电话:含有多余的空格或全角字符,请重新输入!'],
      [3, '没有「nickname」这一项!'],
      [5, expect.stringContaining('服务器上还没有这条记录')],
      [6, expect.stringContaining('服务器上还没有这条记录')],
      [7, expect.stringContaining('内容的格式服务器不认识(register)')],
      [8, expect.stringContaining('内容与校验值不符')],
    ])
    // Set aside is not forgotten: what came is in the log, and asking again gives the same answer.
    expect(await server.database.selectFrom('op_log').select('n').execute()).toHaveLength(8)
    const again = await push(caller, replica, [makeOp(9, validValues('employer', 2))])
    expect(again.push.receipts).toEqual([[9, 2]])
  })

  test('a correction brings what was set aside, without what was written again meanwhile', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const good = validValues('employer', 1)
    const broken = makeOp(1, { ...good, name: null, remarks: '一' })
    const { recordId } = broken
    await push(caller, replica, [broken])
    const second = makeOp(2, { remarks: '二' }, { recordId, body: { act: 'changed' } })
    expect((await push(caller, replica, [second])).push.receipts).toEqual([])
    const third = makeOp(3, { name: '改正后的单位' }, { recordId, body: { act: 'changed' } })
    const answer = await push(caller, replica, [third])
    expect(answer.push).toMatchObject({
      receipts: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
      results: [],
    })
    const row = await server.database.selectFrom('record').select(['data', 'seq']).executeTakeFirstOrThrow()
    expect(JSON.parse(row.data)).toEqual({ ...good, name: '改正后的单位', remarks: '二' })
    expect(row.seq).toBe(3)
    // The answer may have been lost: the last op sent again brings the receipts of those it repaired.
    expect((await push(caller, replica, [third])).push.receipts).toEqual(answer.push.receipts)
  })

  test('a correction does not bring back what a later op, itself corrected, has written again', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const made = makeOp(1, validValues('employer', 1))
    const change = (n: number, fields: RecordValues) =>
      push(caller, replica, [
        makeOp(n, fields, { recordId: made.recordId, baseSeq: 1, body: { act: 'changed' } }),
      ])
    await push(caller, replica, [made])
    await change(2, { telephone: '错', remarks: '一' })
    await change(3, { divisionCode: '错', remarks: '二' })
    expect((await change(4, { divisionCode: '110101' })).push.receipts).toEqual([
      [3, 2],
      [4, 3],
    ])
    expect((await change(5, { telephone: '13800000001' })).push.receipts).toEqual([
      [2, 4],
      [3, 2],
      [5, 5],
    ])
    const row = await server.database.selectFrom('record').select('data').executeTakeFirstOrThrow()
    expect(JSON.parse(row.data)).toMatchObject({
      telephone: '13800000001',
      divisionCode: '110101',
      remarks: '二',
    })
    expect(await server.database.selectFrom('conflict').selectAll().execute()).toEqual([])
  })

  test('what is set aside is decided again when it is sent again, also under another replica id', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const made = makeOp(1, { ...validValues('employer', 1), divisionCode: '999999' })
    const { recordId } = made
    const change = makeOp(2, { remarks: '二' }, { recordId, body: { act: 'changed' } })
    expect((await push(caller, replica, [made, change])).push.receipts).toEqual([])
    // The fault was the server's: its table lacked the code.
    const file = join(folder.path, 'division.csv')
    writeFileSync(file, 'code,name\n999999,新设区\n')
    await runCommand(
      server.database,
      'import-dictionary',
      ['--name', 'division', '--file', file],
      async () => '',
      0,
    )
    const renewed = (await sayHello(caller)).replica
    const again = await push(caller, renewed, [{ ...made, n: 11 }], 0)
    expect(again.push).toMatchObject({ receipts: [[11, 1]], results: [] })
    // And it waits for the replica that sent it last.
    const parts = { recordId, baseSeq: 2, body: { act: 'changed' } } as const
    const broken = makeOp(12, { telephone: '错', remarks: '三' }, parts)
    await push(
      caller,
      renewed,
      [
        { ...change, n: 12 },
        { ...broken, n: 13 },
      ],
      11,
    )
    const third = (await sayHello(caller)).replica
    expect((await push(caller, third, [{ ...broken, n: 21 }], 0)).push.results).toMatchObject([
      { n: 21, outcome: 'setAside' },
    ])
    const last = makeOp(22, { telephone: '13800000009' }, parts)
    expect((await push(caller, third, [last])).push.receipts.map(([n]) => n)).toEqual([21, 22])
    const row = await server.database.selectFrom('record').select('data').executeTakeFirstOrThrow()
    expect(JSON.parse(row.data)).toMatchObject({ telephone: '13800000009', remarks: '三' })
    expect((await checkDatabase(server.database)).problems).toEqual([])
  })

  test('a rescue makes the record anew whatever waits, takes nothing from what waits, and overwrites nothing newer', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const waiting = makeOp(1, { telephone: '错', remarks: '等着' }, { body: { act: 'changed' } })
    const { recordId } = waiting
    await push(caller, replica, [waiting])
    const values = { ...validValues('employer', 1), remarks: '原来的' }
    const rescue = makeOp(2, values, { recordId, body: { act: 'created', isRescue: true } })
    expect((await push(caller, replica, [rescue])).push.receipts).toEqual([[2, 1]])
    const correction = makeOp(
      3,
      { telephone: '13800000009' },
      { recordId, baseSeq: 1, body: { act: 'changed' } },
    )
    await push(caller, replica, [correction])
    const late = makeOp(
      4,
      { telephone: '13800000001' },
      { recordId, body: { act: 'changed', isRescue: true } },
    )
    const answer = await push(caller, replica, [late])
    expect(answer.push.results).toEqual([{ n: 4, outcome: 'conflict', fields: ['telephone'] }])
    const row = await server.database.selectFrom('record').select('data').executeTakeFirstOrThrow()
    expect(JSON.parse(row.data)).toMatchObject({ telephone: '13800000009', remarks: '等着' })
  })

  test('another epoch is refused', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const answer = await push(caller, { ...replica, epoch: randomUUID() }, [
      makeOp(1, validValues('employer', 1)),
    ])
    expect([answer.status, answer.body['code']]).toEqual([412, 'epochChanged'])
  })
})

describe('pull', () => {
  test('pages follow each other by the cursor, each changed record once as it now is', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const ops = [1, 2, 3, 4, 5].map((n) => makeOp(n, validValues('employer', n)))
    await push(caller, replica, ops)
    const recordId = ops[0]?.recordId ?? ''
    await push(caller, replica, [makeOp(6, { remarks: '改' }, { recordId, body: { act: 'changed' } })])
    const seen: unknown[] = []
    let cursor = 0
    for (;;) {
      const { body } = await caller.post('/sync/1/pull', {
        replica: replica.id,
        epoch: replica.epoch,
        cursor,
        limit: 2,
      })
      for (const row of body['rows'] as { seq: number; recordId: string }[]) seen.push(row.seq)
      cursor = Number(body['next'])
      if (body['more'] !== true) break
    }
    expect(seen).toEqual([2, 3, 4, 5, 6])
    expect(cursor).toBe(6)
    // Who was given how much is noted, a line a page; a page of nothing leaves none.
    await caller.post('/sync/1/pull', { replica: replica.id, epoch: replica.epoch, cursor, limit: 2 })
    const notes = await server.database
      .selectFrom('audit')
      .select(['account_name', 'station_code', 'detail'])
      .where('act', '=', 'pull')
      .orderBy('id')
      .execute()
    expect(notes).toEqual(
      [2, 2, 1].map((rows) => ({
        account_name: 'clerk001',
        station_code: '001',
        detail: `{"rows":${rows}}`,
      })),
    )
  })

  test.skipIf(isOnPostgres())('its query reads the index of scope and number', async () => {
    const { sql } = await import('kysely')
    const plan = await sql<{ detail: string }>`EXPLAIN QUERY PLAN SELECT * FROM record
      WHERE scope = 'district' AND seq > 5 AND seq <= 10 ORDER BY seq LIMIT 100`.execute(server.database)
    expect(plan.rows.map((row) => row.detail)).toEqual([
      'SEARCH record USING INDEX record_scope_seq (scope=? AND seq>? AND seq<?)',
    ])
  })
})

describe('bad requests', () => {
  const signIn = '/account/1/sign-in'

  test('prototype pollution, deep nesting and text that is no JSON are refused', async () => {
    const caller = callServer(server.port)
    for (const body of [
      '{"accountName":"a","password":"b","__proto__":{"role":"administrator"}}',
      '{"accountName":"a","password":"b","constructor":{"prototype":{"x":1}}}',
      `{"accountName":${'['.repeat(1_500)}${']'.repeat(1_500)},"password":"x"}`,
      '{"accountName":',
      'hello',
      '',
    ]) {
      const answer = await caller.postRaw(signIn, body)
      expect([answer.status, answer.body['code']]).toEqual([400, 'badRequest'])
    }
    expect((await caller.get('/healthz')).status).toBe(200)
  })

  test('inflation is bounded', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20))
    expect(bomb.length).toBeLessThan(60_000)
    const caller = await signInCaller(server.port, 'clerk001')
    const answer = await caller.postRaw('/sync/1/push', bomb, { 'content-encoding': 'gzip' })
    expect([answer.status, answer.body['code']]).toEqual([413, 'tooLarge'])
  })

  test('bodies go as zstd both ways where the client can, and its inflation is bounded', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const own = callServer(server.port, caller.token)
    const ops = Array.from({ length: 20 }, (_, index) => makeOp(index + 1, validValues('employer', index)))
    const text = JSON.stringify({
      replica: replica.id,
      epoch: replica.epoch,
      batchId: randomUUID(),
      afterN: 0,
      ops,
    })
    const headers = {
      'content-encoding': 'zstd',
      [DIGEST_HEADER]: createHash('sha256').update(text).digest('hex'),
    }
    expect((await own.postRaw('/sync/1/push', zstdCompressSync(text), headers)).body['ackedN']).toBe(20)
    const bomb = zstdCompressSync(Buffer.alloc(50_000_000, 0x20))
    expect(bomb.length).toBeLessThan(60_000)
    const burst = await own.postRaw('/sync/1/push', bomb, { 'content-encoding': 'zstd' })
    expect([burst.status, burst.body['code']]).toEqual([413, 'tooLarge'])
    const broken = await own.postRaw('/sync/1/push', zstdCompressSync(text).subarray(0, 500), headers)
    expect(broken.status).toBe(400)

    const { token } = await signInCaller(server.port, 'clerk002')
    const reader = randomUUID()
    const question = JSON.stringify({ replica: reader, epoch: replica.epoch, cursor: 0, limit: 100 })
    const answer = await new Promise<{ encoding: string | undefined; digest: unknown; bytes: Buffer }>(
      (resolve, reject) => {
        // `fetch` unpacks by itself.
        const asking = request(
          { host: '127.0.0.1', port: server.port, path: '/sync/1/pull', method: 'POST' },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('end', () =>
              resolve({
                encoding: response.headers['content-encoding'],
                digest: response.headers[DIGEST_HEADER],
                bytes: Buffer.concat(chunks),
              }),
            )
          },
        )
        asking.on('error', reject)
        asking.setHeader('authorization', `Bearer ${token}`)
        asking.setHeader('content-type', 'application/json')
        asking.setHeader('accept-encoding', 'zstd, gzip')
        asking.end(question)
      },
    )
    expect(answer.encoding).toBe('zstd')
    const told = zstdDecompressSync(answer.bytes)
    expect(answer.digest).toBe(createHash('sha256').update(told).digest('hex'))
    expect(JSON.parse(told.toString())).toMatchObject({ end: { rows: 20 }, more: false })
    expect(answer.bytes.length).toBeLessThan(told.length / 3)
  })

  test('a body that does not fit its digest is thrown away whole', async () => {
    const caller = callServer(server.port)
    const text = JSON.stringify({ accountName: 'clerk001', password: PASSWORD })
    const digest = createHash('sha256').update(text).digest('hex')
    expect((await caller.postRaw(signIn, text, { [DIGEST_HEADER]: digest })).status).toBe(200)
    const altered = await caller.postRaw(signIn, text.replace('clerk001', 'clerk002'), {
      [DIGEST_HEADER]: digest,
    })
    expect([altered.status, altered.body['code']]).toEqual([400, 'damaged'])
  })

  test('a request of the wrong shape is told where, and no value is repeated', async () => {
    const answer = await callServer(server.port).post(signIn, { accountName: 5, password: 'secret-word' })
    expect(answer.status).toBe(400)
    expect(answer.body['message']).toContain('accountName')
    expect(JSON.stringify(answer.body)).not.toContain('secret-word')
  })

  test('unknown paths are answered as such', async () => {
    const answer = await callServer(server.port).get('/admin')
    expect([answer.status, answer.body['code']]).toEqual([404, 'notFound'])
  })

  test('answers are compressed and carry their digest', async () => {
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    await push(
      caller,
      replica,
      [1, 2, 3].map((n) => makeOp(n, validValues('employer', n))),
    )
    // Its own records come back as echoes; another replica gets the whole.
    const other = await signInCaller(server.port, 'clerk002')
    const { replica: reader } = await sayHello(other)
    const answer = await other.post(
      '/sync/1/pull',
      { replica: reader.id, epoch: reader.epoch, cursor: 0, limit: 10 },
      { 'accept-encoding': 'gzip' },
    )
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    const digest = createHash('sha256').update(JSON.stringify(answer.body)).digest('hex')
    expect(answer.headers.get(DIGEST_HEADER)).toBe(digest)
  })
})

describe('dictionaries', () => {
  const run = (...words: readonly string[]) =>
    runCommand(server.database, 'import-dictionary', words, async () => '', Date.UTC(2026, 5, 1))

  test('a table is given out by version; broken lines are named and the rest loads; codes are retired, not removed', async () => {
    const file = join(folder.path, 'street.csv')
    writeFileSync(
      file,
      'code,name,parent,mnemonic,validFrom,validTo\n01,东风路,,,,\n02,"西街,,,,\n03,南大街,,,2026-02-31,\n04,北巷,,,,\n',
    )
    const lines = await run('--name', 'street', '--file', file)
    expect(lines).toEqual([
      '第3行引号没有成对,未载入!',
      '第4行(代码「03」)的日期「2026-02-31」不存在,应写成2026-01-31的样子,未载入!',
      '字典 street 现为第1版:新增2条,修改0条,停用0条,有问题的2行。',
    ])
    writeFileSync(file, 'code,name\n01,东风路\n05,新路\n')
    await run('--name', 'street', '--file', file)
    const caller = await signInCaller(server.port, 'clerk001')
    expect((await sayHello(caller)).hello.dictionaries).toEqual({ street: 2 })
    const changes = await caller.post('/sync/1/dictionary', {
      name: 'street',
      afterVersion: 1,
      afterCode: '',
      limit: 1,
    })
    expect(changes.body).toMatchObject({
      version: 2,
      more: true,
      entries: [{ code: '04', validTo: '2026-05-31' }],
    })
    const rest = await caller.post('/sync/1/dictionary', {
      name: 'street',
      afterVersion: 1,
      afterCode: '04',
      limit: 10,
    })
    expect(rest.body).toMatchObject({ more: false, entries: [{ code: '05', name: '新路', validTo: null }] })
  })

  test('where the server holds a table, a code that it lacks is set aside; a retired one is not', async () => {
    const file = join(folder.path, 'community.csv')
    writeFileSync(file, 'code,name\nC1,一社区\nC2,二社区\n')
    await run('--name', 'community', '--file', file)
    writeFileSync(file, 'code,name\nC1,一社区\n')
    await run('--name', 'community', '--file', file)
    const caller = await signInCaller(server.port, 'clerk001')
    const { replica } = await sayHello(caller)
    const good = validValues('coordinator', 1)
    const answer = await push(
      caller,
      replica,
      ['C1', 'C2', 'C9'].map((communityCode, index) =>
        makeOp(index + 1, { ...good, communityCode }, { register: 'coordinator' }),
      ),
    )
    expect(answer.push.receipts.map(([n]) => n)).toEqual([1, 2])
    expect(answer.push.results).toEqual([
      {
        n: 3,
        outcome: 'setAside',
        reason: expect.stringMatching(/^所属社区:服务器的字典中没有代码「C9」。记录仍在本机,没有丢失/),
      },
    ])
  })
})

describe('commands', () => {
  const run = (command: string, ...words: readonly string[]) =>
    runCommand(server.database, command, words, async () => 'from standard input', 0)

  test('accounts are added, listed and given a new password', async () => {
    await run('add-station', '--code', '003', '--name', '三号站', '--scope', 'district')
    await run('add-account', '--name', 'clerk003', '--display', '操作员丙', '--station', '003')
    expect((await run('list')).slice(-2)).toEqual([
      '900 测试站900 (范围:elsewhere)',
      '  clerk900 操作员900 clerk',
    ])
    const caller = callServer(server.port)
    const signIn = (password: string) =>
      caller.post('/account/1/sign-in', { accountName: 'clerk003', password }).then((answer) => answer.status)
    expect(await signIn('from standard input')).toBe(200)
    await run('set-password', '--name', 'clerk003', '--password', 'another one')
    expect(await signIn('from standard input')).toBe(401)
    expect(await signIn('another one')).toBe(200)
    expect(await server.database.selectFrom('session').selectAll().execute()).toHaveLength(1)
  })

  test.each([
    [['add-station', '--code', '001', '--name', 'x'], '站点001已经有了'],
    [['add-station', '--name', 'x'], '缺少参数 --code'],
    [['add-station', '--code', 'a b', '--name', 'x'], '站点代码只能用'],
    [['add-account', '--name', 'x', '--station', '777'], '没有站点777'],
    [['add-account', '--name', 'x', '--station', '001', '--password', 'short'], '密码太短'],
    [['add-account', '--name', 'x', '--station', '001', '--role', 'king'], '角色「king」不对'],
    [['set-password', '--name', 'nobody'], '没有账号nobody'],
    [['import-dictionary', '--name', 'street', '--file', '/no/such/file'], '文件读不了'],
    [['import-dictionary', '--name', '街路巷', '--file', '/no/such/file'], '字典名「街路巷」不对'],
    [['import-dictionary', '--name', 'street', '--file', thisFile, '--date', '2026-02-30'], '不对,应写成'],
    [['import-dictionary', '--name', 'street', '--file', thisFile], '没有一行可以载入'],
    [['add-station', '--colour', 'red'], '参数不对'],
    [['dance'], '没有「dance」这个命令'],
  ])('%j is refused with what is wrong', async ([command = '', ...words], sentence) => {
    await expect(run(command, ...words)).rejects.toThrow(sentence)
  })
})
