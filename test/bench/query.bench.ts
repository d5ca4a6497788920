// First page, count and a deep page of queries over 1,000,000 residents, beside what a plain query does (LIKE without index, OFFSET,
// count(*)) on the same store in the same run.
import { rmSync } from 'node:fs'
import { openConnection } from '../../src-main/backend/database/connection.ts'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import type { Condition, Query } from '../../src-shared/contract/types.ts'
import { BENCH_STATION, copyOfBenchStore, noKeyStore, percentile, randomFrom, ROOT } from './bench-store.ts'
import { printTable } from './print-table.ts'

const RESIDENTS = 1_000_000
const PAGE = 100
/** Different values of one kind of condition. */
const VARIANTS = 20
const PEER_VARIANTS = 3

const folder = await copyOfBenchStore(RESIDENTS, 'query-bench')
const backend = await createBackend({
  dataFolder: folder,
  resourcesFolder: ROOT,
  version: 'bench',
  keyStore: noKeyStore,
  emit: () => undefined,
  worksInBackground: false,
  workers: {
    query: new URL('../../src-main/backend/queries/query-worker.ts', import.meta.url),
    lookup: new URL('../../src-main/backend/lookup/lookup-worker.ts', import.meta.url),
  },
})
const { read, key, file } = backend.context.store
const peer = openConnection(file, key, 'read')
const random = randomFrom(11)

/** Values that occur in the store. */
function sample(column: string): string {
  for (;;) {
    const row = 1 + Math.floor(random() * RESIDENTS)
    const value = read.pluck<string | null>(`SELECT ${column} FROM resident WHERE row >= ? LIMIT 1`, row)[0]
    if (typeof value === 'string' && value !== '') return value
  }
}
const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? ''
const letters = [...'abcdefghjklmnpqrstwxyz']

type Kind = {
  readonly name: string
  readonly make: () => readonly Condition[]
  /** What the plain query says for the same. */
  readonly where: (condition: Condition) => readonly [string, readonly string[]]
}

const textOf = (condition: Condition): string => ('value' in condition ? String(condition.value) : '')
const kinds: readonly Kind[] = [
  {
    name: 'whole document number',
    make: () => [{ field: 'documentNumber', operator: 'equals', value: sample('document_number') }],
    where: (condition) => ['document_number LIKE ?', [`%${textOf(condition)}%`]],
  },
  {
    name: 'telephone begins 1380…',
    make: () => [{ field: 'telephone', operator: 'startsWith', value: sample('telephone').slice(0, 7) }],
    where: (condition) => ['telephone LIKE ?', [`%${textOf(condition)}%`]],
  },
  {
    name: 'surname',
    make: () => [{ field: 'name', operator: 'name', value: sample('name').slice(0, 1) }],
    where: (condition) => ['name LIKE ?', [`%${textOf(condition)}%`]],
  },
  {
    name: 'initials, one letter',
    make: () => [{ field: 'name', operator: 'name', value: pick(letters) }],
    where: () => ['name LIKE ?', ['%张%']],
  },
  {
    name: 'initials, two letters',
    make: () => [{ field: 'name', operator: 'name', value: pick(letters) + pick(letters) }],
    where: () => ['name LIKE ?', ['%张%']],
  },
  {
    name: 'initials, three letters',
    make: () => [{ field: 'name', operator: 'name', value: pick(letters) + pick(letters) + pick(letters) }],
    where: () => ['name LIKE ?', ['%张%']],
  },
  {
    name: 'who lives in one room',
    make: () => [{ field: 'dwellingId', operator: 'equals', value: sample('dwelling_id') }],
    where: (condition) => ['dwelling_id LIKE ?', [`%${textOf(condition)}%`]],
  },
  {
    name: 'sex (half of all)',
    make: () => [{ field: 'sexCode', operator: 'within', value: pick(['1', '2']) }],
    where: (condition) => ['sex_code LIKE ?', [`%${textOf(condition)}%`]],
  },
  {
    name: 'ethnic group, common or rare',
    make: () => [{ field: 'ethnicGroupCode', operator: 'within', value: sample('ethnic_group_code') }],
    where: (condition) => ['ethnic_group_code LIKE ?', [`%${textOf(condition)}%`]],
  },
  {
    name: 'household division: a province',
    make: () => [
      {
        field: 'householdDivisionCode',
        operator: 'within',
        value: `${sample('household_division_code').slice(0, 2)}0000`,
      },
    ],
    where: (condition) => ['household_division_code LIKE ?', [`%${textOf(condition).slice(0, 2)}%`]],
  },
  {
    name: 'collected on one day',
    make: () => {
      const day = sample('collection_date')
      return [{ field: 'collectionDate', operator: 'between', from: day, to: day }]
    },
    where: (condition) => ['collection_date LIKE ?', ['from' in condition ? `%${condition.from}%` : '']],
  },
  {
    name: 'born in one year',
    make: () => {
      const year = sample('birth_date').slice(0, 4)
      return [{ field: 'birthDate', operator: 'between', from: `${year}-01-01`, to: `${year}-12-31` }]
    },
    where: (condition) => [
      'birth_date LIKE ?',
      ['from' in condition ? `%${String(condition.from).slice(0, 4)}%` : ''],
    ],
  },
  { name: 'no condition, newest first', make: () => [], where: () => ['1', []] },
]

function queryOf(conditions: readonly Condition[]): Query {
  return {
    register: 'resident',
    conditions,
    statuses: ['active'],
    stationCode: BENCH_STATION,
    sort: { field: 'updatedAt', direction: 'descending' },
  }
}

async function time(act: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}

// The threads start with the first query; that is not what is measured.
await backend.call('record.query', { query: queryOf([]), offset: 0, limit: 1 })
const rows: (readonly string[])[] = [
  ['', 'first page p50', 'p95', 'count p50', 'deep page p50', 'plain first page', 'plain count'],
]
for (const kind of kinds) {
  const first: number[] = []
  const count: number[] = []
  const deep: number[] = []
  for (let variant = 0; variant < VARIANTS; variant += 1) {
    const query = queryOf(kind.make())
    first.push(await time(() => backend.call('record.query', { query, offset: 0, limit: PAGE })))
    let total = 0
    count.push(
      await time(async () => {
        total = (await backend.call('record.count', { query })).total
      }),
    )
    const offset = Math.max(0, total - PAGE)
    deep.push(await time(() => backend.call('record.query', { query, offset, limit: PAGE })))
  }
  const plainFirst: number[] = []
  const plainCount: number[] = []
  for (let variant = 0; variant < PEER_VARIANTS; variant += 1) {
    const condition = kind.make()[0]
    const [where, parameters] = condition ? kind.where(condition) : (['1', []] as const)
    const common = `FROM resident WHERE +status = 'active' AND +station_code = ? AND ${where}`
    plainFirst.push(
      await time(() =>
        peer
          .prepare(`SELECT * ${common} ORDER BY +updated_at DESC LIMIT ${PAGE}`)
          .all(BENCH_STATION, ...parameters),
      ),
    )
    plainCount.push(
      await time(() => peer.prepare(`SELECT count(*) ${common}`).get(BENCH_STATION, ...parameters)),
    )
  }
  rows.push([
    kind.name,
    percentile(first, 0.5).toFixed(1),
    percentile(first, 0.95).toFixed(1),
    percentile(count, 0.5).toFixed(1),
    percentile(deep, 0.5).toFixed(1),
    percentile(plainFirst, 0.5).toFixed(0),
    percentile(plainCount, 0.5).toFixed(0),
  ])
}
peer.close()
await backend.stop()
printTable(
  `查询 over ${RESIDENTS.toLocaleString('en')} residents (ms; ${VARIANTS} different values each, ${PAGE} rows with all labels)`,
  rows,
)
console.log(
  [
    'First page: asked for without anything known of the result. Count: exact, reads the whole result once, on a thread of its own.',
    'Deep page: the last hundred rows, after the count. Plain: LIKE without an index, sorted, on the same encrypted store.',
    'Goal: one indexed condition, first page p95 ≤ 50 ms; name initials likewise.',
  ].join('\n'),
)
rmSync(folder, { recursive: true, force: true })
