// 保存 → on disk and answered, with 1,000,000 residents in the store; beside it what a plain unindexed store without encryption does
// for the same record, and how long a save waits while queries and a checkpoint run.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { v7 as makeUuid } from 'uuid'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { Query } from '../../src-shared/contract/types.ts'
import { getDemoRecord } from '../../src-shared/demo/generate-demo.ts'
import {
  BENCH_STATION,
  benchSize,
  copyOfBenchStore,
  MILLION,
  MILLION_MORE,
  noKeyStore,
  percentile,
  randomFrom,
  ROOT,
} from './bench-store.ts'
import { printTable } from './print-table.ts'

const SAVES = 400

const folder = await copyOfBenchStore(MILLION, 'save-bench', MILLION_MORE)
const workers = {
  query: new URL('../../src-main/backend/queries/query-worker.ts', import.meta.url),
  lookup: new URL('../../src-main/backend/lookup/lookup-worker.ts', import.meta.url),
}
const backend = await createBackend({
  dataFolder: folder,
  resourcesFolder: ROOT,
  version: 'bench',
  keyStore: noKeyStore,
  emit: () => undefined,
  worksInBackground: false,
  workers,
})
await backend.warmUp()

const size = benchSize(MILLION, MILLION_MORE)
const random = randomFrom(7)
const query: Query = {
  register: 'resident',
  conditions: [{ field: 'sexCode', operator: 'equals', value: '1' }],
  statuses: ['active'],
  stationCode: BENCH_STATION,
  sort: { field: 'updatedAt', direction: 'descending' },
}

/** A record that passes every rule: an invented one under another number of its own. */
function inventValues(): RecordValues {
  for (;;) {
    const { values, cancellation } = getDemoRecord('resident', Math.floor(random() * MILLION), { size })
    if (cancellation === null) return { ...values, remarks: `第${Math.floor(random() * 1e9)}份` }
  }
}

async function timeSaves(between: () => void): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < SAVES; index += 1) {
    const input = { id: makeUuid(), revision: 0, values: inventValues(), draftId: makeUuid() }
    between()
    const startedAt = performance.now()
    await backend.call('resident.save', input)
    times.push(performance.now() - startedAt)
    // A clerk's pause, much shortened: timers and threads get their turn.
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return times
}

/** 修改 of records that are there: the page opens one, changes one field, saves. */
async function timeChanges(): Promise<number[]> {
  const times: number[] = []
  const { read } = backend.context.store
  for (let index = 0; index < SAVES; index += 1) {
    const row = 1 + Math.floor(random() * MILLION)
    const id = read.pluck<string>(
      "SELECT id FROM resident WHERE row >= ? AND status = 'active' LIMIT 1",
      row,
    )[0]
    if (id === undefined) continue
    const record = await backend.call('record.get', { register: 'resident', id, purpose: 'modify' })
    const values = { ...record.values, remarks: `改${index}` }
    const startedAt = performance.now()
    await backend.call('resident.save', { id, revision: record.revision, values, draftId: null })
    times.push(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return times
}

/** Plain SQLite: the same values as one JSON text, no encryption, no indexes, no history, no outbox; fsync as well. */
async function timePlain(): Promise<number[]> {
  const file = join(folder, 'plain.db')
  rmSync(file, { force: true })
  const plain = new Database(file)
  plain.pragma('journal_mode = WAL')
  plain.pragma('synchronous = FULL')
  plain.exec('CREATE TABLE resident (id TEXT PRIMARY KEY, body TEXT)')
  const insert = plain.prepare('INSERT INTO resident VALUES (?, ?)')
  const times: number[] = []
  for (let index = 0; index < SAVES; index += 1) {
    const values = inventValues()
    const startedAt = performance.now()
    insert.run(makeUuid(), JSON.stringify(values))
    times.push(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  plain.close()
  return times
}

function rowOf(name: string, times: readonly number[]): readonly string[] {
  const measured = times.slice(20)
  return [name, ...[0.5, 0.95, 0.99, 1].map((share) => percentile(measured, share).toFixed(1))]
}

const alone = await timeSaves(() => undefined)
let isQuerying = false
const besideQueries = await timeSaves(() => {
  if (isQuerying) return
  isQuerying = true
  // The whole result is read anew after every save: the heaviest thing a query tab asks for.
  void backend.call('record.count', { query }).finally(() => {
    isQuerying = false
  })
})
const changes = await timeChanges()
const plain = await timePlain()
await backend.stop()
printTable(`保存 with ${MILLION.toLocaleString('en')} residents (ms, ${SAVES - 20} saves each)`, [
  ['', 'p50', 'p95', 'p99', 'max'],
  rowOf('save: record, keys, 20 indexes, history, op, audit; encrypted, fsynced', alone),
  rowOf('the same while a count over all residents runs', besideQueries),
  rowOf('change of an invented record that is there (as above, without op)', changes),
  rowOf('peer: one plain INSERT of JSON, unencrypted, no index, fsynced', plain),
])
console.log(
  'Goal: 保存 → 已保存 shown p95 ≤ 50 ms; the window adds its round trip (median 0.6 ms) and painting.',
)
rmSync(folder, { recursive: true, force: true })
