import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openServerDatabase } from '../../../src-server/storage/database.ts'
import { describeDatabaseFault } from '../../../src-server/storage/engine.ts'
import { startPostgres } from '../../support/postgres.ts'
import { makeOp, push, sayHello, signInCaller, type Caller, type Replica } from '../server/server-caller.ts'
import {
  makeFolder,
  projectFolder,
  startTestServer,
  standOnPostgres,
  validValues,
  type TestServer,
} from '../sync/sync-world.ts'

const WRITERS = 8
/** Records that all of them edit at once. */
const ROUNDS = 12

const postgres = await startPostgres()
standOnPostgres(postgres)
afterAll(() => postgres.remove())

let servers: readonly TestServer[]

beforeEach(async () => {
  const folder = makeFolder()
  // Two app processes' worth of pools over one database.
  const first = await startTestServer(folder.path)
  servers = [first, await startTestServer(folder.path)]
  return async () => {
    for (const server of servers) await server.close()
    folder.remove()
  }
})

async function listWriters(): Promise<readonly { caller: Caller; replica: Replica }[]> {
  return Promise.all(
    Array.from({ length: WRITERS }, async (_, index) => {
      const caller = await signInCaller(
        servers[index % 2]?.port ?? 0,
        index % 3 === 0 ? 'clerk900' : 'clerk001',
      )
      return { caller, replica: (await sayHello(caller)).replica }
    }),
  )
}

const database = () => (servers[0] as TestServer).database

describe('eight writers at once', () => {
  test('a reader that follows the cursor meanwhile misses nothing; numbers have no holes and follow the commits', async () => {
    const writers = await listWriters()
    const reader = await signInCaller(servers[1]?.port ?? 0, 'clerk001')
    const { replica } = await sayHello(reader)
    const seen = new Map<number, string>()
    let isWriting = true
    let cursor = 0
    let pages = 0
    const read = async (): Promise<void> => {
      for (let isLast = false; !isLast;) {
        isLast = !isWriting
        const { body } = await reader.post('/sync/1/pull', {
          replica: replica.id,
          epoch: replica.epoch,
          cursor,
          limit: 1_000,
        })
        for (const row of body['rows'] as { seq: number; recordId: string }[]) seen.set(row.seq, row.recordId)
        cursor = Number(body['next'])
        pages += 1
      }
    }
    const reading = read()
    await Promise.all(
      writers.map(async ({ caller, replica: own }, index) => {
        for (let batch = 0; batch < 12; batch += 1) {
          const ops = Array.from({ length: 1 + ((index + batch) % 7) }, (_, each) =>
            makeOp(batch * 10 + each + 1, validValues('employer', index * 1_000 + batch * 10 + each)),
          )
          const answer = await push(caller, own, ops, batch === 0 ? 0 : undefined)
          // Numbers inside a batch may be missing; afterN is what the server has.
          if (answer.status === 409) {
            const again = await push(caller, own, ops, Number(answer.body['expectN']) - 1)
            expect(again.status).toBe(200)
          } else expect(answer.status).toBe(200)
        }
      }),
    )
    isWriting = false
    await reading

    const rows = await database().selectFrom('record').select(['seq', 'id', 'scope']).orderBy('seq').execute()
    expect(rows.map((row) => row.seq)).toEqual(rows.map((_, index) => index + 1))
    expect(rows.length).toBeGreaterThan(300)
    const own = rows.filter((row) => row.scope === 'district')
    expect([...seen].sort(([a], [b]) => a - b)).toEqual(own.map((row) => [row.seq, row.id]))
    // The reader really read between the writers' commits.
    expect(pages).toBeGreaterThan(3)
    const { seq } = await database().selectFrom('counter').select('seq').executeTakeFirstOrThrow()
    expect(seq).toBe(rows.length)
  })

  test('of one record, every value is current, overwritten by one who had seen it, or in a conflict', async () => {
    const writers = (await listWriters()).filter((_, index) => index % 3 !== 0)
    const first = writers[0]
    if (!first) throw new Error('no writer')
    const texts = writers.map((_, index) => `备注${index}`)
    // Once is luck: the window between reading and writing is short.
    for (let round = 0; round < ROUNDS; round += 1) {
      const made = makeOp(round * 2 + 1, { ...validValues('employer', round), remarks: null })
      const { receipts } = (await push(first.caller, first.replica, [made], round * 2)).push
      const answers = await Promise.all(
        writers.map(({ caller, replica }, index) =>
          push(
            caller,
            replica,
            [
              makeOp(
                round * 2 + 2,
                { remarks: texts[index] ?? '' },
                { recordId: made.recordId, baseSeq: receipts[0]?.[1] ?? 0, body: { act: 'changed' } },
              ),
            ],
            index === 0 ? round * 2 + 1 : round * 2,
          ),
        ),
      )
      expect(answers.map((answer) => answer.status)).toEqual(writers.map(() => 200))
      const row = await database()
        .selectFrom('record')
        .select(['data', 'seq'])
        .where('id', '=', made.recordId)
        .executeTakeFirstOrThrow()
      const conflicts = await database()
        .selectFrom('conflict')
        .select(['lost', 'kept'])
        .where('record_id', '=', made.recordId)
        .execute()
      const current = (JSON.parse(row.data) as { remarks: string }).remarks
      expect([current, ...conflicts.map((each) => String(JSON.parse(each.lost)))].sort()).toEqual(
        [...texts].sort(),
      )
      expect(conflicts.every((each) => JSON.parse(each.kept) === current)).toBe(true)
      expect(row.seq).toBe((round + 1) * (writers.length + 1))
    }
  })

  test('the same batch sent eight times at once is taken once', async () => {
    const [first] = await listWriters()
    if (!first) throw new Error('no writer')
    const ops = [1, 2, 3].map((n) => makeOp(n, validValues('employer', n)))
    const answers = await Promise.all(
      Array.from({ length: WRITERS }, () => push(first.caller, first.replica, ops)),
    )
    for (const answer of answers) expect(answer.push.receipts).toEqual(answers[0]?.push.receipts)
    expect(await database().selectFrom('op_log').select('n').execute()).toHaveLength(3)
  })
})

describe('the engine', () => {
  test('pulling reads the index of scope and number', async () => {
    const plan = await database()
      .transaction()
      .execute(async (transaction) => {
        await sql`SET LOCAL enable_seqscan = off`.execute(transaction)
        return sql<{ 'QUERY PLAN': string }>`EXPLAIN SELECT * FROM record
          WHERE scope = 'district' AND seq > 5 AND seq <= 10 ORDER BY seq LIMIT 100`.execute(transaction)
      })
    const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(text).toContain('Index Scan using record_scope_seq')
    expect(text).not.toContain('Sort')
  })

  test('text that it cannot hold is refused, and the line goes on', async () => {
    const caller = await signInCaller(servers[0]?.port ?? 0, 'clerk001')
    const { replica } = await sayHello(caller)
    const op = makeOp(1, validValues('employer', 1))
    const answer = await push(caller, replica, [{ ...op, recordId: 'a\u0000b' }])
    expect([answer.status, answer.body['code']]).toEqual([400, 'badRequest'])
    expect((await push(caller, replica, [op])).push.receipts).toEqual([[1, 1]])
  })

  test('a crash of PostgreSQL is "busy, later", and the server goes on when it is back', async () => {
    const caller = await signInCaller(servers[0]?.port ?? 0, 'clerk001')
    const { replica } = await sayHello(caller)
    await push(caller, replica, [makeOp(1, validValues('employer', 1))])
    await postgres.stop('immediate')
    const answer = await push(caller, replica, [makeOp(2, validValues('employer', 2))])
    expect([answer.status, answer.body['code'], answer.body['retry']]).toEqual([503, 'busy', true])
    expect((await caller.get('/healthz')).status).toBe(503)
    await postgres.start()
    const again = await push(caller, replica, [makeOp(2, validValues('employer', 2))])
    expect(again.push.receipts).toEqual([[2, 2]])
  })

  test('its words do not come into the log: they may quote a value', async () => {
    const error: unknown = await sql`SELECT ${'张三'}::bigint`
      .execute(database())
      .catch((caught: unknown) => caught)
    expect(String(error)).toContain('张三')
    const said = describeDatabaseFault(error as Error) ?? ''
    expect(said).toContain('SQLSTATE 22P02')
    expect(said).toMatch(/\n\s+at /)
    expect(said).not.toContain('张三')
    expect(describeDatabaseFault(new TypeError('other'))).toBeUndefined()
  })

  test('one that does not answer is named without its password', async () => {
    const address = 'postgres://someone:geheim@127.0.0.1:9/nothing'
    const error: unknown = await openServerDatabase(
      address,
      join(projectFolder, 'migrations', 'server'),
    ).catch((caught: unknown) => caught)
    expect(String(error)).toContain('PostgreSQL 数据库打不开(ECONNREFUSED')
    expect(String(error)).not.toContain('geheim')
  })
})
