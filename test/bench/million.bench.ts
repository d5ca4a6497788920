// Part 10: every register over a million residents – default query, every indexed condition, every sort, the end, the count, a copy and
// pages at the pace of a scrolling clerk. What is measured comes from the declarations, so that a register added later is measured too.
import { rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { INDEXED_FIELDS, isSortIndexed } from '../../src-main/backend/queries/build-query.ts'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import { defaultColumns, listColumns } from '../../src-renderer/pages/query/columns.ts'
import type { Condition, Query } from '../../src-shared/contract/types.ts'
import { columnName } from '../../src-shared/fields/columns.ts'
import { operatorsOf } from '../../src-shared/fields/filter.ts'
import type { Field } from '../../src-shared/fields/field.ts'
import { REGISTER_NAMES, type RegisterName } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import {
  BENCH_STATION,
  copyOfBenchStore,
  MILLION,
  MILLION_MORE,
  noKeyStore,
  percentile,
  randomFrom,
  ROOT,
} from './bench-store.ts'
import { printTable } from './print-table.ts'

const PAGE = 100
const VARIANTS = 12
/** A grid of 60 rows a second asks for a page of 100 about every 1.7 s; the wheel's worst is five screens of 30 a second. */
const SCROLL_PAGES = 60
const SCROLL_PAUSE = 100

const folder = await copyOfBenchStore(MILLION, 'million-bench', MILLION_MORE)
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
const { read } = backend.context.store
const random = randomFrom(10)
const load = (): string => loadavg()[0]?.toFixed(1) ?? ''

async function time(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}

function sizeOf(register: RegisterName): number {
  return read.pluck<number>(`SELECT max(row) FROM ${getRegister(register).table}`)[0] ?? 0
}

/** A value of a field that occurs in the store; undefined where the field is empty everywhere near. */
function sample(register: RegisterName, field: string): string | number | undefined {
  const { table } = getRegister(register)
  const rows = sizeOf(register)
  for (let tries = 0; tries < 200; tries += 1) {
    const row = 1 + Math.floor(random() * rows)
    const value = read.pluck<string | number | null>(
      `SELECT ${columnName(field)} FROM ${table} WHERE row >= ? LIMIT 1`,
      row,
    )[0]
    if (value !== null && value !== undefined && value !== '') return value
  }
  return undefined
}

/** An indexed condition as the grid's head asks it, with a value that occurs. */
function conditionOn(register: RegisterName, name: string, field: Field): Condition | undefined {
  const value = sample(register, name)
  if (value === undefined) return undefined
  const operators = operatorsOf(field)
  if (operators.includes('name')) return { field: name, operator: 'name', value: String(value).slice(0, 1) }
  if (operators.includes('within')) return { field: name, operator: 'within', value: String(value) }
  if (operators.includes('startsWith'))
    return { field: name, operator: 'startsWith', value: String(value).slice(0, 7) }
  if (operators.includes('between')) return { field: name, operator: 'between', from: value, to: value }
  return { field: name, operator: 'equals', value }
}

function queryOf(register: RegisterName, conditions: readonly Condition[], sort?: Query['sort']): Query {
  return {
    register,
    conditions,
    statuses: ['active'],
    stationCode: BENCH_STATION,
    sort: sort ?? { field: 'updatedAt', direction: 'descending' },
  }
}

const first = (query: Query): Promise<unknown> =>
  backend.call('record.query', { query, offset: 0, limit: PAGE })
const figure = (times: readonly number[], share: number): string =>
  times.length === 0 ? '–' : percentile(times, share).toFixed(1)
const verdict = (value: number, goal: number): string => (value <= goal ? '' : `misses ${goal}`)

async function benchConditions(): Promise<void> {
  const rows: (readonly string[])[] = [['register', 'condition', 'first page p50', 'p95', 'goal 50']]
  for (const register of REGISTER_NAMES) {
    const declaration = getRegister(register)
    const { inOrder, scanned } = INDEXED_FIELDS[register]
    const measure = async (label: string, make: () => readonly Condition[] | undefined): Promise<void> => {
      const times: number[] = []
      for (let variant = 0; variant < VARIANTS; variant += 1) {
        const conditions = make()
        if (conditions === undefined) continue
        times.push(await time(() => first(queryOf(register, conditions))))
      }
      const p95 = times.length === 0 ? 0 : percentile(times, 0.95)
      rows.push([register, label, figure(times, 0.5), figure(times, 0.95), verdict(p95, 50)])
    }
    await measure('none, newest first', () => [])
    for (const name of [...inOrder, ...scanned]) {
      const field = declaration.fields[name]
      if (!field) continue
      await measure(name, () => {
        const condition = conditionOn(register, name, field)
        return condition && [condition]
      })
    }
    const nameField = declaration.fields[declaration.nameField]
    if (nameField && operatorsOf(nameField).includes('name')) {
      for (const length of [1, 2, 3])
        await measure(`initials, ${length}`, () => [
          {
            field: declaration.nameField,
            operator: 'name',
            value: Array.from({ length }, () => 'abcdfghjlmqswxyz'[Math.floor(random() * 16)] ?? 'z').join(
              '',
            ),
          },
        ])
    }
  }
  printTable(`Conditions (ms; ${VARIANTS} values each, load ${load()})`, rows)
}

async function benchSorts(): Promise<void> {
  const rows: (readonly string[])[] = [
    ['register', 'column', 'shown at first', 'index', 'up', 'down', 'goal 300'],
  ]
  for (const register of REGISTER_NAMES) {
    for (const { key, isSortable } of listColumns(register)) {
      if (!isSortable) continue
      const times: number[] = []
      for (const direction of ['ascending', 'descending'] as const)
        times.push(await time(() => first(queryOf(register, [], { field: key, direction }))))
      const isIndexed = isSortIndexed(queryOf(register, [], { field: key, direction: 'ascending' }))
      rows.push([
        register,
        key,
        defaultColumns(register).includes(key) ? 'yes' : '',
        isIndexed ? 'yes' : '',
        figure(times, 0),
        figure(times.slice(1), 0),
        verdict(Math.max(...times), 300),
      ])
      rows[rows.length - 1] = [
        ...(rows.at(-1) ?? []).slice(0, 4),
        (times[0] ?? 0).toFixed(0),
        (times[1] ?? 0).toFixed(0),
        verdict(Math.max(...times), 300),
      ]
    }
  }
  printTable(`Sort by a column → first page (ms, once each, load ${load()})`, rows)
}

async function benchEnd(): Promise<void> {
  const rows: (readonly string[])[] = [
    ['register', 'rows', 'count', 'last page', 'copy of 10,000', 'pages while scrolling p95'],
  ]
  for (const register of REGISTER_NAMES) {
    const query = queryOf(register, [])
    let total = 0
    const count = await time(async () => {
      total = (await backend.call('record.count', { query })).total
    })
    const end = await time(() =>
      backend.call('record.query', { query, offset: Math.max(0, total - PAGE), limit: PAGE }),
    )
    const columns = defaultColumns(register).filter((name) =>
      Object.hasOwn(getRegister(register).fields, name),
    )
    const copy = await time(() => backend.call('record.copy', { query, columns, ranges: [[0, 9_999]] }))
    const pages: number[] = []
    for (let page = 0; page < SCROLL_PAGES; page += 1) {
      const offset = (page * PAGE) % Math.max(1, total)
      pages.push(await time(() => backend.call('record.query', { query, offset, limit: PAGE })))
      await new Promise((resolve) => setTimeout(resolve, SCROLL_PAUSE))
    }
    rows.push([
      register,
      total.toLocaleString('en'),
      count.toFixed(0),
      end.toFixed(1),
      copy.toFixed(0),
      figure(pages, 0.95),
    ])
  }
  printTable(`The end, copies and scrolling (ms, load ${load()})`, rows)
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  sorts: benchSorts,
  conditions: benchConditions,
  end: benchEnd,
}
const wanted = process.argv.slice(2)
// The threads start with the first query; that is not what is measured.
await first(queryOf('resident', []))
for (const [name, bench] of Object.entries(parts))
  if (wanted.length === 0 || wanted.includes(name)) await bench()
await backend.stop()
rmSync(folder, { recursive: true, force: true })
