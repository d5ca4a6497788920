// 在住情况 over a million residents in 400,000 dwellings: each grouping counted anew, a save beside it, and the query that a figure opens;
// then 操作日志 of half a million lines. Nothing fails because it is slow.
import { rmSync } from 'node:fs'
import { v7 as makeUuid } from 'uuid'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import type { AuditConditions } from '../../src-shared/contract/audit-types.ts'
import { getDemoRecord } from '../../src-shared/demo/generate-demo.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import {
  questionOf,
  RESIDENCE_FIGURES,
  RESIDENCE_GROUPINGS,
  residenceGroupingLabels,
} from '../../src-shared/residence/figures.ts'
import {
  copyOfBenchStore,
  MILLION,
  MILLION_MORE,
  noKeyStore,
  percentile,
  randomFrom,
  ROOT,
} from './bench-store.ts'
import { printTable } from './print-table.ts'

const COUNTS = 7
const SAVES = 200
const LOG_LINES = 500_000
const LOOKS = 20
const DAYS = { from: '2026-11-01', to: '2026-11-28' }

const folder = await copyOfBenchStore(MILLION, 'residence-bench', MILLION_MORE)
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
const { store } = backend.context
const random = randomFrom(11)

async function timed(act: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}
function rowOf(name: string, times: readonly number[], digits = 0): readonly string[] {
  return [name, ...[0.5, 0.95, 1].map((share) => percentile(times, share).toFixed(digits))]
}
async function repeat(times: number, act: () => unknown): Promise<readonly number[]> {
  const taken: number[] = []
  for (let index = 0; index < times; index += 1) taken.push(await timed(act))
  return taken
}

const counted: (readonly string[])[] = [['', 'p50', 'p95', 'max']]
const first = await timed(() => backend.call('residence.figures', { grouping: 'community', ...DAYS }))
for (const grouping of RESIDENCE_GROUPINGS)
  counted.push(
    rowOf(
      `按${residenceGroupingLabels[grouping]}`,
      await repeat(COUNTS, () => backend.call('residence.figures', { grouping, ...DAYS })),
    ),
  )
printTable(`在住情况 of ${MILLION.toLocaleString('en')} residents (ms, ${COUNTS} counts each)`, counted)
console.log(`The first count after the start, with its thread's own start: ${first.toFixed(0)} ms.`)

/** A resident that passes every rule: an invented one under another number. */
function inventValues(): RecordValues {
  const size = {
    communities: 60,
    streets: 1_200,
    residents: MILLION,
    coordinators: 1_000,
    employers: 50_000,
    dwellings: 400_000,
    ...MILLION_MORE,
  }
  for (;;) {
    const { values, cancellation } = getDemoRecord('resident', Math.floor(random() * MILLION), { size })
    if (cancellation === null) return { ...values, remarks: `第${Math.floor(random() * 1e9)}份` }
  }
}
async function timeSaves(isWanted: () => boolean): Promise<readonly number[]> {
  const times: number[] = []
  while (times.length < SAVES && isWanted()) {
    const input = { id: makeUuid(), revision: 0, values: inventValues(), draftId: null }
    times.push(await timed(() => backend.call('resident.save', input)))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return times
}
await timeSaves(() => true)
const alone = await timeSaves(() => true)
let isCounting = true
const counting = (async () => {
  while (isCounting) await backend.call('residence.figures', { grouping: 'community', ...DAYS })
})()
const beside = await timeSaves(() => true)
isCounting = false
await counting
printTable(`保存 of a new resident (ms, ${SAVES} saves each)`, [
  ['', 'p50', 'p95', 'max'],
  rowOf('nothing else', alone, 1),
  rowOf('while 在住情况 is counted all the time', beside, 1),
])

const opened: (readonly string[])[] = [['', 'first page', 'count']]
for (const grouping of ['community', 'age'] as const) {
  const { rows, period } = await backend.call('residence.figures', { grouping, ...DAYS })
  const row = rows[Math.min(3, rows.length - 1)]
  if (!row) throw new Error('no rows')
  for (const [index, figure] of RESIDENCE_FIGURES.entries()) {
    if (row.cells[index] === null) continue
    const query = {
      ...questionOf(grouping, row.key, figure, period),
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    } as Parameters<typeof backend.call<'record.query'>>[1]['query']
    const page = await timed(() => backend.call('record.query', { query, offset: 0, limit: 100 }))
    const count = await timed(() => backend.call('record.count', { query }))
    opened.push([`${row.label} ${figure} (${String(row.cells[index])})`, page.toFixed(0), count.toFixed(0)])
  }
}
printTable('The query that a figure opens (ms, once each)', opened)

const startOfLog = Date.UTC(2026, 0, 1)
const acts = [
  'record.changed',
  'record.viewed',
  'record.created',
  'record.listed',
  'record.copied',
  'sync.held',
]
const ids = store.read.pluck<string>('SELECT id FROM resident LIMIT 5000')
await store.writeUnsynced((database) => {
  for (let index = 0; index < LOG_LINES; index += 1)
    database.runOf(
      'INSERT INTO audit (at, account_name, station_code, act, register, record_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?)',
      startOfLog + index * 50_000,
      `clerk${index % 7}`,
      'BENCH01',
      acts[index % acts.length] ?? '',
      'resident',
      ids[index % ids.length] ?? '',
      '{"fields":["telephone"]}',
    )
})
const none: AuditConditions = {
  from: null,
  to: null,
  accountName: null,
  group: null,
  register: null,
  recordId: null,
}
/** Of another newest line each time: nothing that was read before helps. */
let back = 0
const list = (change: Partial<AuditConditions>, offset: number) => async () => {
  const { newest } = await backend.call('audit.state', { record: null })
  back += 1
  return backend.call('audit.list', {
    conditions: { ...none, ...change },
    newest: newest - back,
    offset,
    limit: 100,
  })
}
const { newest } = await backend.call('audit.state', { record: null })
printTable(`操作日志 of ${LOG_LINES.toLocaleString('en')} lines (ms, ${LOOKS} looks each)`, [
  ['', 'p50', 'p95', 'max'],
  rowOf(
    'how far it goes, and who stands in it',
    await repeat(LOOKS, () => backend.call('audit.state', { record: null })),
  ),
  rowOf('opened: the newest lines, with the number of all', await repeat(LOOKS, list({}, 0))),
  rowOf('opened and gone to its end at once', await repeat(LOOKS, list({}, 499_000))),
  rowOf('one person', await repeat(LOOKS, list({ accountName: 'clerk3' }, 0))),
  rowOf('one kind of acts', await repeat(LOOKS, list({ group: 'exports' }, 0))),
  rowOf('a month', await repeat(LOOKS, list({ from: '2026-03-01', to: '2026-03-31' }, 0))),
  rowOf('one record', await repeat(LOOKS, list({ register: 'resident', recordId: ids[77] ?? '' }, 0))),
  rowOf(
    'a page further down of a list that was read',
    await repeat(LOOKS, () =>
      backend.call('audit.list', {
        conditions: none,
        newest,
        offset: Math.floor(random() * 4_000) * 100,
        limit: 100,
      }),
    ),
  ),
])
await backend.stop()
rmSync(folder, { recursive: true, force: true })
