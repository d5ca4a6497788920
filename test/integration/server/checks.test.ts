import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { randomUUID } from 'node:crypto'
import { checkDatabase } from '../../../src-server/storage/check-database.ts'
import {
  BUCKET_MODULUS,
  BUCKETS,
  checkAnswer,
  recordsAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import {
  isOnPostgres,
  makeFolder,
  startTestServer,
  validValues,
  type TestServer,
} from '../sync/sync-world.ts'
import { callServer } from './server-caller.ts'
import { addAdministrator, openStation, type Station } from './station.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let one: Station
let elsewhere: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  await addAdministrator(server)
  one = await openStation(server.port, 'clerk001')
  elsewhere = await openStation(server.port, 'clerk900')
})

afterEach(async () => {
  await server.close()
  folder.remove()
})

const bucketOf = (id: string): number => Number.parseInt(id.slice(-2), 16)

/** Count and sum by bucket of everything a scope can see, added up the slow way. */
async function addUp(station: Station) {
  const counts = Array.from({ length: BUCKETS }, () => 0)
  const sums = Array.from({ length: BUCKETS }, () => 0)
  for (const { recordId, seq } of (await station.pull()).rows) {
    counts[bucketOf(recordId)] = (counts[bucketOf(recordId)] ?? 0) + 1
    sums[bucketOf(recordId)] = ((sums[bucketOf(recordId)] ?? 0) + seq) % BUCKET_MODULUS
  }
  return { counts, sums }
}

/** Makes, changes, merges, parts and deletes records: everything that moves numbers. */
async function live(station: Station): Promise<readonly string[]> {
  const ids = Array.from({ length: 30 }, () => makeUuid())
  await station.push(
    ids.map((recordId, index) =>
      station.makeOp('set', {
        recordId,
        fields: validValues('employer', index % 20),
        body: { act: 'created' },
      }),
    ),
  )
  const [a = '', b = '', c = ''] = ids
  await station.send('set', { recordId: a, baseSeq: 1, fields: { remarks: 'x' } })
  await station.send('cancel', {
    recordId: c,
    body: { act: 'cancelled', cancellation: { reasonCode: '10' } },
  })
  await station.send('merge', {
    recordId: a,
    body: { act: 'merged', merge: { loserId: b, loserBaseSeq: 0 } },
  })
  await station.send('set', { recordId: b, fields: { remarks: 'y' } })
  await station.send('merge', {
    recordId: c,
    body: { act: 'merged', merge: { loserId: a, loserBaseSeq: 0 } },
  })
  await station.send('unmerge', { recordId: b, baseSeq: 1_000, body: { act: 'unmerged' } })
  return ids
}

describe('the check', () => {
  test('adds up to what the scope pulls, for its head, whatever has happened', async () => {
    await live(one)
    await live(elsewhere)
    const boss = await openStation(server.port, 'boss001')
    await boss.send('delete', {
      recordId: (await one.pull()).rows[0]?.recordId ?? '',
      baseSeq: 1_000,
      body: { act: 'deleted' },
    })
    for (const station of [one, elsewhere]) {
      const answer = checkAnswer.parse((await station.ask('check')).body)
      expect({ counts: answer.counts, sums: answer.sums }).toEqual(await addUp(station))
      expect(answer.head).toBe((await station.pull()).head)
    }
    expect((await checkDatabase(server.database)).problems).toEqual([])
  })

  test('a bucket lists its records of the scope, merged and deleted ones too', async () => {
    const ids = await live(one)
    await live(elsewhere)
    const bucket = bucketOf(ids[0] ?? '')
    const { body } = await one.ask('bucket', { bucket })
    const seen = new Map((await one.pull()).rows.map((row) => [row.recordId, row.seq]))
    expect(body['records']).toEqual(
      [...seen]
        .filter(([id]) => bucketOf(id) === bucket)
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([id, seq]) => ['employer', id, seq]),
    )
  })

  test('records are given by id whole, as pulled, those of other scopes and registers left out', async () => {
    const ids = await live(one)
    const foreign = makeUuid()
    await elsewhere.create(foreign, validValues('employer', 1))
    const two = await openStation(server.port, 'clerk002')
    const pulled = new Map((await two.pull()).rows.map((row) => [row.recordId, row]))
    const { body } = await one.ask('records', {
      records: [
        ...ids.map((id) => ['employer', id]),
        ['employer', foreign],
        ['dwelling', ids[0]],
        ['planet', ids[1]],
      ],
    })
    const { rows } = recordsAnswer.parse(body)
    expect(rows.map((row) => String(row['recordId'])).sort()).toEqual([...ids].sort())
    for (const row of rows) expect(row).toEqual(pulled.get(String(row['recordId'])))
    expect(
      await server.database.selectFrom('audit').select('detail').where('act', '=', 'records').execute(),
    ).toEqual([{ detail: '{"asked":33,"rows":30}' }])
  })

  test.each([
    ['check', {}],
    ['bucket', { bucket: 1 }],
    ['records', { records: [['employer', randomUUID()]] }],
    ['own-ops', { afterN: 0, limit: 10 }],
    ['pull', { cursor: 0, limit: 10 }],
  ] as const)('%s needs a session, the epoch and a replica of its own scope', async (path, question) => {
    const { replica } = one
    const whole = { replica: replica.id, epoch: replica.epoch, ...question }
    expect((await one.ask(path, question)).status).toBe(200)
    expect((await callServer(server.port).post(`/sync/1/${path}`, whole)).status).toBe(401)
    const stale = await one.ask(path, { ...question, epoch: randomUUID() })
    expect([stale.status, stale.body['code']]).toEqual([412, 'epochChanged'])
    // Its session is that of another store: it is told no more than a stranger.
    const foreign = await elsewhere.caller.post(`/sync/1/${path}`, whole)
    expect(foreign.status).toBeGreaterThanOrEqual(401)
    expect(foreign.status).toBeLessThanOrEqual(403)
    expect((await one.ask(path, { ...question, replica: 'nobody' })).status).toBe(400)
    expect(
      (await one.ask(path, Object.fromEntries(Object.keys(question).map((key) => [key, -1])))).status,
    ).toBe(Object.keys(question).length === 0 ? 200 : 400)
  })
})

describe('the plans', () => {
  const statements = [
    [
      'pull',
      `SELECT data FROM record WHERE scope = 'district' AND seq > 5 AND seq <= 90000 ORDER BY seq LIMIT 1001`,
      'record_scope_seq',
    ],
    ['check', `SELECT bucket, count, sum FROM bucket WHERE scope = 'district'`, undefined],
    [
      'bucket',
      `SELECT register, id, seq FROM record WHERE scope = 'district' AND bucket = 7`,
      'record_scope_bucket',
    ],
    [
      'the conflicts of a page',
      `SELECT * FROM conflict WHERE record_id IN ('a', 'b', 'c') AND state = 'open'`,
      'conflict_record',
    ],
    [
      'the duplicates of a page',
      `SELECT own.record_id, other.record_id AS other FROM natural_key AS own
        JOIN natural_key AS other ON other.scope = own.scope AND other.register = own.register AND other.key = own.key
          AND other.record_id <> own.record_id
        LEFT JOIN dismissed ON dismissed.register = own.register AND dismissed.record_id = own.record_id
          AND dismissed.other_id = other.record_id
        WHERE own.register IN ('resident', 'dwelling') AND own.record_id IN ('a', 'b', 'c') AND dismissed.seq IS NULL`,
      'natural_key_key',
    ],
    [
      'the referrers of a merged record',
      `SELECT register, id FROM reference WHERE target IN ('a', 'b')`,
      undefined,
    ],
    [
      'records by id',
      `SELECT * FROM record WHERE register IN ('resident', 'employer') AND id IN ('a', 'b')`,
      undefined,
    ],
    ['own ops', `SELECT n FROM op_log WHERE replica = 1 AND n > 7 ORDER BY n LIMIT 501`, undefined],
    ['ops known by their id', `SELECT n FROM op_log WHERE op_id IN ('a', 'b')`, undefined],
  ] as const

  test.each(statements)('%s is found by an index', async (_name, statement, index) => {
    if (isOnPostgres()) {
      const rows = await server.database.transaction().execute(async (transaction) => {
        // The tables are too small here for an index to be worth anything.
        await sql`SET LOCAL enable_seqscan = off`.execute(transaction)
        return sql<{ 'QUERY PLAN': string }>`EXPLAIN ${sql.raw(statement)}`.execute(transaction)
      })
      const plan = rows.rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan).not.toContain('Seq Scan')
      expect(plan).toMatch(/Index (Only )?Scan|Bitmap Index Scan/)
      if (index !== undefined) expect(plan).toContain(index)
      return
    }
    const rows = await sql<{ detail: string }>`EXPLAIN QUERY PLAN ${sql.raw(statement)}`.execute(
      server.database,
    )
    const details = rows.rows.map((row) => row.detail)
    expect(details.filter((detail) => detail.startsWith('SCAN'))).toEqual([])
    expect(details.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([])
    if (index !== undefined) expect(details.join('\n')).toContain(index)
  })

  test.skipIf(isOnPostgres())('lists given as one parameter use the same indexes', async () => {
    const rows = await sql<{ detail: string }>`EXPLAIN QUERY PLAN SELECT * FROM conflict
      WHERE record_id IN (SELECT value FROM json_each('["a"]')) AND state = 'open'`.execute(server.database)
    expect(rows.rows.map((row) => row.detail).join('\n')).toContain(
      'SEARCH conflict USING INDEX conflict_record',
    )
  })
})

describe('the check command finds', () => {
  const faults: readonly (readonly [statement: string, sentence: string])[] = [
    ['UPDATE bucket SET sum = sum + 1', '核对桶与记录不符'],
    ["INSERT INTO bucket (scope, bucket, count, sum) VALUES ('nobody', 1, 1, 1)", '个核对桶没有记录'],
    ['UPDATE alias SET target = loser', '合并关系没有指向最后的记录'],
    ["UPDATE record SET status = 'active' WHERE status = 'merged'", '合并关系与记录的状态不符'],
    ['DELETE FROM alias', '不知并入了哪一条'],
    ["UPDATE conflict SET record_id = 'x'", '冲突所属的记录不存在'],
    ['UPDATE record SET open_conflicts = open_conflicts + 1', '记录的冲突数不对'],
    ['UPDATE record SET duplicates = 7', '记录的重复数不对'],
    ["UPDATE record SET has_alias = 1 WHERE register = 'employer'", '没有标明引用了已并入的记录'],
    ['DELETE FROM reference', '引用与记录的内容不符'],
    ["UPDATE reference SET target = 'x'", '引用与记录的内容不符'],
    ['DELETE FROM touch', '修改编号缺'],
  ]
  test.each(faults)('%s', async (statement, sentence) => {
    const ids = await live(one)
    const coordinator = makeUuid()
    await one.create(coordinator, validValues('coordinator', 1), 'coordinator')
    await one.send('set', { recordId: ids[5] ?? '', baseSeq: 1_000, fields: { coordinatorId: coordinator } })
    expect((await checkDatabase(server.database)).problems).toEqual([])
    await sql.raw(statement).execute(server.database)
    expect((await checkDatabase(server.database)).problems.join('\n')).toContain(sentence)
  })
})
