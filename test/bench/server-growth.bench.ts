// How the server's questions grow with its records: the real routes over a real PostgreSQL whose tables were filled by SQL. Every
// SELECT that was asked is explained afterwards: one that reads a whole table of many rows fails the benchmark.
//
// JUFUTONG_BENCH_ROWS=100000,1000000 chooses the sizes (these by default); 10000000 takes some minutes and 25 GB of the disk.
import { mkdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { v7 as makeUuid } from 'uuid'
import { buildApp } from '../../src-server/app.ts'
import { addAccount, addStation } from '../../src-server/commands/accounts.ts'
import { openServerDatabase } from '../../src-server/storage/database.ts'
import { createCodeReader, readDictionaryFiles } from '../../src-server/sync/dictionaries.ts'
import { hashNaturalKey } from '../../src-server/sync/natural-keys.ts'
import { MAX_PULL_ROWS, MAX_PUSH_BYTES, MAX_PUSH_OPS } from '../../src-shared/contract/server-messages.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { startPostgres } from '../support/postgres.ts'
import { benchRecord } from './bench-records.ts'
import { percentile, ROOT } from './bench-store.ts'
import { printTable } from './print-table.ts'
import { makeOp } from './station-ops.ts'

const SIZES = (process.env['JUFUTONG_BENCH_ROWS'] ?? '100000,1000000').split(',').map(Number)
/** Bytes of the disk a row needs with its indexes and what the filling leaves behind. */
const BYTES_A_ROW = 2_500
const REPEATS = 9
/** Half of all records lie in the scope that asks, the others in 50 more. */
const OWN_SCOPE = 'own'
const PASSWORD = 'bench password 1'
/** A table with more rows is never read from end to end. */
const LARGE_TABLE = 2_000

type Asked = { readonly text: string; readonly values: readonly unknown[] }
const asked = new Map<string, Asked>()
let isListening = false

/** Notes every statement that the server sends while it is listened to. */
function listenToQueries(): void {
  type Query = (this: Client, ...parameters: readonly unknown[]) => unknown
  const prototype = Client.prototype as unknown as { query: Query }
  const original = prototype.query
  prototype.query = function query(...parameters) {
    const [first, second] = parameters
    const config = typeof first === 'string' ? { text: first, values: second } : first
    const { text, values } = config as { readonly text?: unknown; readonly values?: unknown }
    if (isListening && typeof text === 'string' && /^\s*(select|with)\b/i.test(text))
      asked.set(text, { text, values: Array.isArray(values) ? values : [] })
    return original.apply(this, [...parameters])
  }
}

/** The same text for every row, but for the numbers in it. */
const sample = benchRecord(0)
const { fields } = getRegister('resident')
const SAMPLE_VALUES = JSON.stringify({
  ...Object.fromEntries(Object.keys(fields).map((name) => [name, sample.values[name] ?? null])),
  documentNumber: '@document@',
  telephone: '@telephone@',
})

/** SQL of the id of the row with number `i`: a version 7 UUID in the order of the numbers. */
const ID_SQL = `(substr(lpad(to_hex(1704067200000 + i * 1000), 12, '0'), 1, 8) || '-' || substr(lpad(to_hex(1704067200000 + i * 1000), 12, '0'), 9, 4)
  || '-7' || substr(md5(i::text), 1, 3) || '-8' || substr(md5(i::text), 4, 3) || '-' || substr(md5(i::text), 7, 12))`
const SCOPE_SQL = `CASE WHEN i % 2 = 0 THEN '${OWN_SCOPE}' ELSE 'scope' || (i / 2) % 50 END`
const DATA_SQL = `replace(replace('${SAMPLE_VALUES.replaceAll("'", "''")}', '@document@', lpad(i::text, 18, '0')),
  '@telephone@', '138' || lpad((i % 100000000)::text, 8, '0'))`

async function fill(client: Client, rows: number): Promise<void> {
  await client.query(`SET maintenance_work_mem = '512MB'; SET synchronous_commit = off`)
  const constraints = await client.query<{ readonly name: string; readonly shape: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS shape FROM pg_constraint WHERE conrelid = 'record'::regclass AND contype = 'p'`,
  )
  const indexes = await client.query<{ readonly indexname: string; readonly indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'record' AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
  )
  for (const { name } of constraints.rows) await client.query(`ALTER TABLE record DROP CONSTRAINT ${name}`)
  for (const { indexname } of indexes.rows) await client.query(`DROP INDEX ${indexname}`)
  for (const table of ['record', 'natural_key', 'reference'])
    await client.query(`ALTER TABLE ${table} SET UNLOGGED`)
  const step = 500_000
  for (let from = 1; from <= rows; from += step) {
    await client.query(
      `INSERT INTO record (register, id, scope, station_code, seq, status, merged_into, cancellation, declaration_version, data, versions,
         created_at, updated_at, updated_by, updated_station, bucket, echo_replica, echo_after, open_conflicts, duplicates, has_alias)
       SELECT 'resident', ${ID_SQL}, ${SCOPE_SQL}, 'BENCH01', i, 'active', NULL, NULL, 1, ${DATA_SQL},
         '{"":[' || i || ',1,0]}', 1704067200000 + i * 1000, 1704067200000 + i * 1000, 'bench01', 'BENCH01',
         ('x' || right(${ID_SQL}, 2))::bit(8)::int, 0, i, 0, CASE WHEN i % 1000 < 4 THEN 1 ELSE 0 END, 0
       FROM generate_series(${from}::bigint, ${Math.min(rows, from + step - 1)}::bigint) AS i`,
    )
  }
  for (const { name, shape } of constraints.rows)
    await client.query(`ALTER TABLE record ADD CONSTRAINT ${name} ${shape}`)
  for (const { indexdef } of indexes.rows) await client.query(indexdef)
  // Of a thousand records two pairs of the own scope have the same natural key.
  await client.query(
    `INSERT INTO natural_key (register, record_id, scope, key)
     SELECT 'resident', ${ID_SQL}, ${SCOPE_SQL},
       md5((CASE WHEN i % 1000 < 4 THEN i - i % 1000 + i % 2 ELSE i END)::text) || md5('b' || (CASE WHEN i % 1000 < 4 THEN i - i % 1000 + i % 2 ELSE i END)::text)
     FROM generate_series(1::bigint, ${rows}::bigint) AS i`,
  )
  await client.query(
    `INSERT INTO reference (target, register, id, field)
     SELECT md5((i / 3)::text), 'resident', ${ID_SQL}, 'dwellingId' FROM generate_series(1::bigint, ${rows}::bigint) AS i`,
  )
  await client.query(
    `INSERT INTO bucket (scope, bucket, count, sum) SELECT scope, bucket, count(*), sum(seq) FROM record GROUP BY scope, bucket`,
  )
  await client.query(`UPDATE counter SET seq = ${rows}`)
  await client.query('VACUUM ANALYZE')
}

type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly PlanNode[]
}

/** The nodes of a plan, the root first. */
function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

/** Explains what was asked. @throws where a large table is read from end to end */
async function checkPlans(client: Client, name: string): Promise<string> {
  const sizes = await client.query<{ readonly relname: string; readonly rows: number }>(
    `SELECT relname, reltuples::float8 AS rows FROM pg_class WHERE relkind = 'r'`,
  )
  const rowsOf = new Map(sizes.rows.map((row) => [row.relname, row.rows]))
  const ways = new Set<string>()
  for (const { text, values } of asked.values()) {
    const plan = await client.query<{ readonly 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `EXPLAIN (FORMAT JSON) ${text}`,
      [...values],
    )
    const root = plan.rows[0]?.['QUERY PLAN'][0]?.Plan
    if (!root) throw new Error(`no plan: ${text}`)
    for (const node of nodesOf(root)) {
      const table = node['Relation Name']
      const isLarge = table !== undefined && (rowsOf.get(table) ?? 0) > LARGE_TABLE
      if (isLarge && node['Node Type'] === 'Seq Scan')
        throw new Error(`${name}: ${table} is read from end to end: ${text}`)
      if (node['Index Name'] !== undefined && (table === undefined || isLarge)) ways.add(node['Index Name'])
    }
  }
  asked.clear()
  return [...ways].toSorted().join(' ')
}

type Timed = { readonly name: string; readonly ms: number; readonly plan: string }

async function measure(rows: number): Promise<readonly Timed[]> {
  const parentFolder = join(
    process.env['JUFUTONG_BENCH_FOLDER'] ?? tmpdir(),
    `jufutong-growth-${process.pid}`,
  )
  mkdirSync(parentFolder, { recursive: true, mode: 0o755 })
  const { bavail, bsize } = statfsSync(parentFolder)
  if (bavail * bsize < rows * BYTES_A_ROW) {
    rmSync(parentFolder, { recursive: true, force: true })
    console.log(`${rows.toLocaleString('en')} rows need ${(rows * BYTES_A_ROW) / 1e9} GB of disk: left out.`)
    return []
  }
  const postgres = await startPostgres({
    parentFolder,
    settings: ['max_wal_size=8GB', 'shared_buffers=512MB'],
  })
  try {
    const address = await postgres.makeDatabase()
    const database = await openServerDatabase(address, join(ROOT, 'migrations', 'server'))
    await addStation(database, { code: 'BENCH01', name: '测试站', scope: OWN_SCOPE }, 0)
    await addAccount(
      database,
      { name: 'bench01', displayName: '操作员甲', stationCode: 'BENCH01', role: 'clerk', password: PASSWORD },
      0,
    )
    const client = new Client({ connectionString: address })
    await client.connect()
    const startedAt = performance.now()
    await fill(client, rows)
    const size = await client.query<{ readonly size: string }>(
      'SELECT pg_size_pretty(pg_database_size(current_database())) AS size',
    )
    console.log(
      `${rows.toLocaleString('en')} rows: ${size.rows[0]?.size ?? '?'}, filled in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`,
    )
    const secret = await client.query<{ readonly value: string }>(
      "SELECT value FROM meta WHERE name = 'naturalKeySecret'",
    )
    // A record whose key stands there twice, so that the question finds something.
    const { rows: pair } = await client.query<{ readonly id: string; readonly seq: string }>(
      `SELECT id, seq FROM record WHERE scope = '${OWN_SCOPE}' AND seq % 1000 = 2 LIMIT 1`,
    )
    const duplicateValues = { documentTypeCode: '01', documentNumber: '13042519640101002X' }
    await client.query('UPDATE natural_key SET key = $1 WHERE register = $2 AND record_id = $3', [
      hashNaturalKey(secret.rows[0]?.value ?? '', getRegister('resident'), duplicateValues),
      'resident',
      pair[0]?.id,
    ])

    const app = await buildApp(
      {
        database,
        now: Date.now,
        knownCodes: createCodeReader(database, readDictionaryFiles(join(ROOT, 'dictionaries'))),
        version: 'bench',
        limits: { pushOps: MAX_PUSH_OPS, pushBytes: MAX_PUSH_BYTES, pullRows: MAX_PULL_ROWS },
        signInsPerMinute: 1_000,
      },
      false,
    )
    const replica = makeUuid()
    const post = async (url: string, body: object, token?: string): Promise<Record<string, unknown>> => {
      const response = await app.inject({
        method: 'POST',
        url,
        payload: body,
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      })
      if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode} ${response.body}`)
      return response.json()
    }
    const { token } = (await post('/account/1/sign-in', {
      accountName: 'bench01',
      password: PASSWORD,
      replica,
    })) as { readonly token: string }
    const hello = { replica, app: 'bench', epoch: null, cursor: rows, now: Date.now() }
    const { epoch } = (await post('/sync/1/hello', hello, token)) as { readonly epoch: string }

    const timed: Timed[] = []
    const time = async (
      name: string,
      url: string,
      bodyOf: (repeat: number) => object,
      isGood: (answer: Record<string, unknown>) => boolean,
    ): Promise<void> => {
      const times: number[] = []
      for (let repeat = 0; repeat < REPEATS; repeat += 1) {
        const body = bodyOf(repeat)
        isListening = repeat === 0
        const at = performance.now()
        const answer = await post(url, body, token)
        times.push(performance.now() - at)
        isListening = false
        if (!isGood(answer)) throw new Error(`${name}: ${JSON.stringify(answer).slice(0, 300)}`)
      }
      timed.push({ name, ms: percentile(times, 0.5), plan: await checkPlans(client, name) })
    }
    const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : -1)
    // The cursor moves from question to question: nothing is answered from what the last one had read.
    const place = (repeat: number): number => Math.floor((rows * (repeat + 1)) / (REPEATS + 2))
    await time(
      'hello',
      '/sync/1/hello',
      () => ({ ...hello, epoch }),
      () => true,
    )
    await time(
      'pull of nothing new',
      '/sync/1/pull',
      () => ({ replica, epoch, cursor: rows, limit: 1_000 }),
      (answer) => lengthOf(answer['rows']) === 0,
    )
    await time(
      'pull of the 100 newest',
      '/sync/1/pull',
      () => ({ replica, epoch, cursor: rows - 200, limit: 1_000 }),
      (answer) => lengthOf(answer['rows']) === 100,
    )
    await time(
      'pull of 1,000 from within',
      '/sync/1/pull',
      (repeat) => ({ replica, epoch, cursor: place(repeat), limit: 1_000 }),
      (answer) => lengthOf(answer['rows']) === 1_000,
    )
    await time(
      'check: 256 buckets',
      '/sync/1/check',
      () => ({ replica, epoch }),
      (answer) => lengthOf(answer['counts']) === 256,
    )
    await time(
      `numbers of one bucket (${Math.round(rows / 512).toLocaleString('en')} records)`,
      '/sync/1/bucket',
      (repeat) => ({ replica, epoch, bucket: repeat * 17 }),
      (answer) => lengthOf(answer['records']) > 0,
    )
    const ids = await client.query<{ readonly id: string }>(
      `SELECT id FROM record WHERE scope = '${OWN_SCOPE}' AND seq % ${Math.max(2, Math.floor(rows / 400) * 2)} = 0 LIMIT 200`,
    )
    await time(
      `${ids.rows.length} records by id`,
      '/sync/1/records',
      () => ({ replica, epoch, records: ids.rows.map(({ id }) => ['resident', id]) }),
      (answer) => lengthOf(answer['rows']) === ids.rows.length,
    )
    await time(
      'records with the same natural key',
      '/sync/1/find-duplicates',
      () => ({ register: 'resident', values: duplicateValues, exceptId: null }),
      (answer) => lengthOf(answer['duplicates']) === 1,
    )
    let n = 0
    await time(
      'push of 100 new records',
      '/sync/1/push',
      () => {
        const ops = Array.from({ length: 100 }, () => {
          n += 1
          const { register, values } = benchRecord(n)
          return makeOp({ n, register, recordId: makeUuid(), baseSeq: 0, fields: values, act: 'created' })
        })
        return { replica, epoch, batchId: makeUuid(), afterN: n - 100, ops }
      },
      (answer) => lengthOf(answer['receipts']) === 100,
    )
    await time(
      'push of 100 edits of others’ records',
      '/sync/1/push',
      (repeat) => {
        const ops = ids.rows.slice(0, 100).map(({ id }) => {
          n += 1
          const fieldsOfEdit = { remarks: `第${repeat}次` }
          return makeOp({
            n,
            register: 'resident',
            recordId: id,
            baseSeq: Number.MAX_SAFE_INTEGER,
            fields: fieldsOfEdit,
            act: 'changed',
          })
        })
        return { replica, epoch, batchId: makeUuid(), afterN: n - ops.length, ops }
      },
      (answer) => lengthOf(answer['receipts']) === Math.min(100, ids.rows.length),
    )
    await app.close()
    await client.end()
    await database.destroy()
    return timed
  } finally {
    await postgres.remove()
    rmSync(parentFolder, { recursive: true, force: true })
  }
}

listenToQueries()
const columns: (readonly Timed[])[] = []
for (const rows of SIZES) columns.push(await measure(rows))
printTable(
  `Questions to the server by records in PostgreSQL (ms, median of ${REPEATS}, the whole route without the socket)`,
  [
    ['', ...SIZES.map((rows) => rows.toLocaleString('en')), 'indexes used at the largest'],
    ...(columns.at(-1) ?? []).map(({ name, plan }, index) => [
      name,
      ...columns.map((column) => column[index]?.ms.toFixed(1) ?? '–'),
      plan,
    ]),
  ],
)
console.log('Every plan was looked at: no table of more than 2,000 rows is read from end to end.')
