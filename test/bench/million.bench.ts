// Part 10: every register over a million residents – default query, every indexed condition (beside it what a plain LIKE takes), every sort,
// alone and with a condition that very many fulfil, the end, the count, a copy, pages at the pace of a scrolling clerk, and people looked up.
// What is measured comes from the declarations, so that a register added later is measured too.
//
//   node test/bench/million.bench.ts [sorts conditions together end people]
import { rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { INDEXED_FIELDS, isSortCheap, isSortIndexed } from '../../src-main/backend/queries/build-query.ts'
import { openConnection } from '../../src-main/backend/database/connection.ts'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import { defaultColumns, listColumns } from '../../src-renderer/pages/query/columns.ts'
import type { Condition, Query } from '../../src-shared/contract/types.ts'
import { findReadings } from '../../src-shared/pinyin/readings.ts'
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
/** Enough that the 95th percentile is not the slowest one. */
const VARIANTS = 40
/** Inputs of one kind in the look-up of people. */
const LOOKUPS = 40
/** 60 rows a second need a page of 100 every 1.7 s; these come much closer together. */
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
const { read, key, file } = backend.context.store
/** For what a plain query takes: no index, sorted, the same encrypted store. */
const peer = openConnection(file, key, 'read')
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
  const rows: (readonly string[])[] = [
    [
      'register',
      'condition',
      'first page p50',
      'p95',
      'goal 50',
      'count p50',
      'deep page p50',
      'plain first page',
    ],
  ]
  for (const register of REGISTER_NAMES) {
    const declaration = getRegister(register)
    const { inOrder, scanned } = INDEXED_FIELDS[register]
    const measure = async (label: string, make: () => readonly Condition[] | undefined): Promise<void> => {
      const times: number[] = []
      const counts: number[] = []
      const deep: number[] = []
      let plain: number | undefined
      for (let variant = 0; variant < VARIANTS; variant += 1) {
        const conditions = make()
        if (conditions === undefined) continue
        const query = queryOf(register, conditions)
        times.push(await time(() => first(query)))
        let total = 0
        counts.push(
          await time(async () => {
            total = (await backend.call('record.count', { query })).total
          }),
        )
        const offset = Math.max(0, total - PAGE)
        deep.push(await time(() => backend.call('record.query', { query, offset, limit: PAGE })))
        plain ??= timePlain(register, conditions)
      }
      const p95 = times.length === 0 ? 0 : percentile(times, 0.95)
      rows.push([
        ...[register, label, figure(times, 0.5), figure(times, 0.95), verdict(p95, 50)],
        ...[figure(counts, 0.5), figure(deep, 0.5), plain === undefined ? '' : plain.toFixed(0)],
      ])
    }
    await measure('none, newest first', () => [])
    for (const name of [...inOrder, ...scanned]) {
      const field = declaration.fields[name]
      if (!field) continue
      await measure(name, () => {
        const condition = conditionOn(register, name, field)
        return condition && [condition]
      })
      if (field.kind === 'date')
        await measure(`${name}, a year`, () => {
          const year = String(sample(register, name) ?? '').slice(0, 4)
          return year === ''
            ? undefined
            : [{ field: name, operator: 'between', from: `${year}-01-01`, to: `${year}-12-31` }]
        })
      if (field.kind === 'code' && field.dictionary === 'division')
        await measure(`${name}, a province`, () => {
          const province = String(sample(register, name) ?? '').slice(0, 2)
          return province === '' ? undefined : [{ field: name, operator: 'within', value: `${province}0000` }]
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

/** What the same costs where nothing is prepared for it: the residents' table read whole, LIKE in the middle of the text. */
function timePlain(register: RegisterName, conditions: readonly Condition[]): number | undefined {
  const [condition] = conditions
  if (register !== 'resident' || condition === undefined || !('value' in condition)) return undefined
  const startedAt = performance.now()
  peer
    .prepare(
      `SELECT * FROM resident WHERE +status = 'active' AND +station_code = ? AND ${columnName(condition.field)} LIKE ? ORDER BY +updated_at DESC LIMIT ${PAGE}`,
    )
    .all(BENCH_STATION, `%${String(condition.value)}%`)
  return performance.now() - startedAt
}

/** A sort together with a condition that very many records fulfil: the first page, the whole result, a page in its middle. */
async function benchTogether(): Promise<void> {
  const rows: (readonly string[])[] = [
    ['register', 'condition', 'sort', 'rows', 'up', 'down', 'goal 300', 'count', 'middle page'],
  ]
  const conditions: readonly (readonly [RegisterName, Condition])[] = [
    ['resident', { field: 'sexCode', operator: 'within', value: '1' }],
    ['resident', { field: 'birthDate', operator: 'between', from: '1980-01-01', to: '1999-12-31' }],
    ['resident', { field: 'name', operator: 'name', value: 'z' }],
    ['resident', { field: 'householdDivisionCode', operator: 'within', value: '420000' }],
    [
      'dwelling',
      {
        field: 'occupancyUseCode',
        operator: 'within',
        value: String(sample('dwelling', 'occupancyUseCode')),
      },
    ],
  ]
  const sorts: Partial<Record<RegisterName, readonly string[]>> = {
    resident: [
      ...['updatedAt', 'name', 'birthDate', 'documentNumber', 'dwellingId', 'employerId'],
      ...['hukouTypeCode', 'documentValidToDate', 'householdAddress', 'remarks'],
    ],
    dwelling: ['updatedAt', 'streetCode', 'roomNumber', 'coordinatorId', 'building', 'roomCount', 'remarks'],
  }
  for (const [register, condition] of conditions) {
    for (const field of sorts[register] ?? []) {
      const pages: number[] = []
      for (const direction of ['ascending', 'descending'] as const)
        pages.push(await time(() => first(queryOf(register, [condition], { field, direction }))))
      const query = queryOf(register, [condition], { field, direction: 'ascending' })
      let total = 0
      const count = await time(async () => {
        total = (await backend.call('record.count', { query })).total
      })
      const offset = Math.floor(total / 2)
      const middle = await time(() => backend.call('record.query', { query, offset, limit: PAGE }))
      rows.push([
        ...[register, condition.field, field, total.toLocaleString('en')],
        ...[pages[0] ?? 0, pages[1] ?? 0].map((each) => each.toFixed(0)),
        ...[verdict(Math.max(...pages), 300), count.toFixed(0), middle.toFixed(1)],
      ])
    }
  }
  printTable(`Sort with a condition that very many fulfil (ms, once each, load ${load()})`, rows)
}

/** 人员 looked up as in a form: what a clerk types for people there are. */
async function benchPeople(): Promise<void> {
  const name = (): string => String(sample('resident', 'name'))
  const number = (): string => String(sample('resident', 'documentNumber'))
  const letters = (count: number): string =>
    Array.from({ length: count }, () => 'abcdfghjlmqswxyz'[Math.floor(random() * 16)] ?? 'z').join('')
  const pinyin = (text: string): string =>
    [...text].map((character) => findReadings(character)?.syllables[0] ?? '').join('')
  const kinds: readonly (readonly [string, () => string])[] = [
    ['nothing: recent, then newest', () => ''],
    ['number, six signs', () => number().slice(0, 6)],
    ['number, ten signs', () => number().slice(0, 10)],
    ['number, whole', number],
    ['surname', () => name().slice(0, 1)],
    ['name, whole', name],
    ['initials, one letter', () => letters(1)],
    ['initials, two letters', () => letters(2)],
    ['initials, three letters', () => letters(3)],
    ['surname and initials', () => `${name().slice(0, 1)}${letters(1)}`],
    ['full pinyin of the surname', () => pinyin(name().slice(0, 1))],
    ['full pinyin of the name', () => pinyin(name())],
    ['full pinyin, not yet whole', () => pinyin(name()).slice(0, -1)],
    ['letters that are nobody', () => `zhuang${letters(1)}uang`],
  ]
  const rows: (readonly string[])[] = [['typed', 'p50', 'p95', 'max', 'found nothing']]
  for (const [label, make] of kinds) {
    const times: number[] = []
    let empty = 0
    for (let index = 0; index < LOOKUPS; index += 1) {
      const input = {
        source: { kind: 'register', name: 'resident' },
        query: make(),
        offset: 0,
        limit: 12,
      } as const
      times.push(
        await time(async () => {
          if ((await backend.call('lookup.search', input)).entries.length === 0) empty += 1
        }),
      )
    }
    rows.push([label, figure(times, 0.5), figure(times, 0.95), figure(times, 1), `${empty} of ${LOOKUPS}`])
  }
  printTable(`People looked up, first twelve (ms, ${LOOKUPS} inputs each, load ${load()})`, rows)
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
      const query = queryOf(register, [], { field: key, direction: 'ascending' })
      rows.push([
        register,
        key,
        defaultColumns(register).includes(key) ? 'yes' : '',
        isSortIndexed(query) ? 'own' : isSortCheap(query) ? 'narrow' : '',
        (times[0] ?? 0).toFixed(0),
        (times[1] ?? 0).toFixed(0),
        verdict(Math.max(...times), 300),
      ])
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
  together: benchTogether,
  end: benchEnd,
  people: benchPeople,
}
const wanted = process.argv.slice(2)
// The threads start with the first query; that is not what is measured.
await first(queryOf('resident', []))
for (const [name, bench] of Object.entries(parts))
  if (wanted.length === 0 || wanted.includes(name)) await bench()
peer.close()
await backend.stop()
rmSync(folder, { recursive: true, force: true })
