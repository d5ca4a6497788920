import type { Query, QueryPage, QueryRow } from '../../../src-shared/contract/types.ts'
import { displayValue, maskPersonal } from '../../../src-shared/fields/display.ts'
import { canonicalJson } from '../../../src-shared/fields/merge.ts'
import { REGISTER_NAMES, stageOf, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { isSortCheap, isSortedByLabel, planQuery, type QueryPlan } from '../queries/build-query.ts'
import type { QueryRunner } from '../queries/query-runner.ts'
import { toRecordRow, type RecordRow } from '../queries/record-row.ts'
import { actorOf, type Context } from './context.ts'
import { labellerFor, listSetAside, readableValues, uploadStateOf } from './record-labels.ts'
import { RequestRefusal } from './request-failure.ts'
import { asCell, chooseRows } from './tabbed-text.ts'
import { writeAudit } from './write-audit.ts'

/** Rows an index scan may find and sort for a first page before the newest part of the register is tried instead. */
const CHEAP_SCAN = 30_000
/** Whole results kept: one a query tab, two where it is sorted, a few tabs. A million rows take 4 MB. */
const SNAPSHOT_LIMIT = 8
/** The sort that costs least with any condition. */
const NEWEST_FIRST: Query['sort'] = { field: 'updatedAt', direction: 'descending' }
/** A page up to this row is read on its own, without the whole result. */
const FIRST_ROWS = 500
const COPY_LIMIT = 100_000
/** The same question of the same account within this time (ms) is one look: pages, sorts and repetitions are not told apart. */
const LOOK_PAUSE = 600_000
const LOOK_LIMIT = 200
/** Lists of these show numbers of documents and telephones. */
const PERSONAL_REGISTERS: ReadonlySet<RegisterName> = new Set(
  REGISTER_NAMES.filter((name) => Object.values(getRegister(name).fields).some((field) => field.isPersonal)),
)

/** Records of a copy are read and written in steps of this size, so that a save comes in between. */
const COPY_STEP = 500

/** The row numbers of a whole result in its order, as it was at one moment. */
type Snapshot = {
  readonly generation: number
  readonly startedAt: number
  readonly rows: Promise<Int32Array>
  /** Milliseconds the reading took; undefined while it runs. */
  took: number | undefined
}

/** Queries over the registers: pages by offset, counts and copies, none of which makes a save wait. */
export type RecordQueries = {
  readonly page: (query: Query, offset: number, limit: number) => Promise<QueryPage>
  readonly count: (query: Query) => Promise<{ readonly total: number }>
  readonly copy: (input: {
    readonly query: Query
    readonly columns: readonly string[]
    readonly ranges: readonly (readonly [number, number])[]
  }) => Promise<{ readonly text: string; readonly count: number }>
  /** Records of a register changed: results read before are out of date. */
  readonly invalidate: (register: RegisterName) => void
}

/**
 * A result is asked for in two ways. The first rows come from a statement with a limit, planned so that it never scans
 * what it need not. Every other page, the count and copies come from the whole result as row numbers, read once on a
 * thread of its own and kept until records change: a page deep in a million rows is then as cheap as the first one.
 */
export function createRecordQueries(context: Context, runner: QueryRunner): RecordQueries {
  const { read } = context.store
  const snapshots = new Map<string, Snapshot>()
  const generations = zeroPerRegister()

  function plan(query: Query): QueryPlan {
    return planQuery(query, context.dictionaries, isStationNeeded(query), context.clock.today())
  }

  /** On most replicas every record belongs to the one station: then the condition would only cost. */
  function isStationNeeded(query: Query): boolean {
    if (query.stationCode === null) return false
    const { table } = getRegister(query.register)
    const other = read.firstOf(
      `SELECT EXISTS (SELECT 1 FROM ${table} WHERE station_code > '' AND station_code < ?) OR EXISTS (SELECT 1 FROM ${table} WHERE station_code > ?) AS found`,
      query.stationCode,
      query.stationCode,
    )
    return other?.['found'] === 1
  }

  /** The indexed condition that finds the fewest rows, with how many (at most the cap); null where none helps. */
  async function chooseDriver(
    queryPlan: QueryPlan,
    lane: 'page' | 'scan',
  ): Promise<{ readonly index: number; readonly count: number; readonly isSorted: boolean } | null> {
    const { candidates } = queryPlan
    let best: { index: number; count: number; isSorted: boolean } | null = null
    for (const candidate of candidates) {
      const { index, isSorted } = candidate
      const isOnly = candidates.length === 1 && isSorted
      const count = isOnly
        ? 0
        : ((await runner.numbers(candidate.estimate(CHEAP_SCAN), lane))[0] ?? CHEAP_SCAN)
      const isBetter =
        best === null || count < best.count || (count === best.count && isSorted && !best.isSorted)
      if (isBetter) best = { index, count, isSorted }
      if (count < 200) break
    }
    return best
  }

  async function firstRows(query: Query, limit: number): Promise<Int32Array> {
    const queryPlan = plan(query)
    const driver = await chooseDriver(queryPlan, 'page')
    const isOrderedBySort = driver === null || driver.isSorted
    const isCheap = driver !== null && driver.count < CHEAP_SCAN
    // Sorted by a label: rather the named records in their order than the labels of very many rows.
    if (isSortedByLabel(query))
      return runner.numbers(queryPlan.rows(isCheap ? driver.index : null, limit), 'page')
    if (!isOrderedBySort && !isCheap && isSortCheap(query)) {
      const newest = await runner.numbers(queryPlan.window(limit), 'page')
      if (newest.length >= limit) return newest
      return runner.numbers(queryPlan.manyRows(driver.index, limit), 'page')
    }
    return runner.numbers(queryPlan.rows(driver?.index ?? null, limit), 'page')
  }

  async function allRows(query: Query): Promise<Int32Array> {
    const queryPlan = plan(query)
    const driver = await chooseDriver(queryPlan, 'scan')
    const isMany = driver !== null && !driver.isSorted && driver.count >= CHEAP_SCAN
    return runner.numbers(
      isMany ? queryPlan.manyRows(driver.index, null) : queryPlan.rows(driver?.index ?? null, null),
      'scan',
    )
  }

  /** What a day has made of a stage is another result on the next day. */
  function signatureOf(query: Query): string {
    return `${context.clock.today()} ${canonicalJson(query)}`
  }

  function snapshotOf(query: Query): Snapshot {
    const signature = signatureOf(query)
    const known = snapshots.get(signature)
    if (known && isUsable(known, generations[query.register])) {
      snapshots.delete(signature)
      snapshots.set(signature, known)
      return known
    }
    const startedAt = performance.now()
    const snapshot: Snapshot = {
      generation: generations[query.register],
      startedAt,
      rows: allRows(query),
      took: undefined,
    }
    snapshots.set(signature, snapshot)
    for (const oldest of snapshots.keys()) {
      if (snapshots.size <= SNAPSHOT_LIMIT) break
      snapshots.delete(oldest)
    }
    snapshot.rows.then(
      () => {
        snapshot.took = performance.now() - startedAt
      },
      () => {
        if (snapshots.get(signature) === snapshot) snapshots.delete(signature)
      },
    )
    return snapshot
  }

  /** During a long sync every answer would be out of date at once: what took long to read stays usable for some time. */
  function isUsable(snapshot: Snapshot, generation: number): boolean {
    if (snapshot.generation === generation) return true
    if (snapshot.took === undefined || snapshot.took < 100) return false
    return performance.now() - snapshot.startedAt < snapshot.took * 4
  }

  function isFresh(query: Query): boolean {
    const known = snapshots.get(signatureOf(query))
    return known?.took !== undefined && known.generation === generations[query.register]
  }

  /** Records of row numbers, in that order; rows that are gone meanwhile are left out. */
  function recordsOf(registerName: RegisterName, rows: Int32Array): readonly RecordRow[] {
    const register = getRegister(registerName)
    const found = new Map<number, RecordRow>()
    for (const each of read.allOf(
      `SELECT * FROM ${register.table} WHERE row IN (SELECT value FROM json_each(?))`,
      JSON.stringify([...rows]),
    )) {
      const record = toRecordRow(register, each)
      found.set(record.row, record)
    }
    return [...rows].flatMap((row) => found.get(row) ?? [])
  }

  /** Display text by field; personal values are masked for a role that may not see them. */
  function cellsOf(registerName: RegisterName, records: readonly RecordRow[]): readonly QueryRow[] {
    const register = getRegister(registerName)
    const isMasked = context.account()?.role === 'viewer'
    const today = context.clock.today()
    const { labelOf } = labellerFor(
      read,
      context.dictionaries,
      register,
      records.map((record) => record.values),
    )
    const setAside = listSetAside(
      read,
      registerName,
      records.filter((record) => record.pendingOps > 0).map((record) => record.id),
    )
    return records.map((record) => {
      const cells: Record<string, string> = {
        updatedAt: formatInstant(record.updatedAt),
        createdAt: formatInstant(record.createdAt),
      }
      const values = readableValues(register, record.values, today)
      for (const [name, field] of Object.entries(register.fields)) {
        const text = displayValue(field, values[name], labelOf)
        cells[name] = isMasked && field.isPersonal ? maskPersonal(text) : text
      }
      return {
        id: record.id,
        status: record.status,
        uploadState: uploadStateOf(record, setAside),
        stage: stageOf(register, record.values),
        cells,
      }
    })
  }

  /** When whole personal values of a question were last noted as looked at, by who asks and what. */
  const looks = new Map<string, number>()
  /** One line for a question, not for every page and turn of the same list. */
  async function noteLook(query: Query): Promise<void> {
    const account = context.account()
    // A list that is masked shows nobody's numbers.
    if (account?.role === 'viewer' || !PERSONAL_REGISTERS.has(query.register)) return
    const { register, conditions, statuses, stationCode } = query
    const signature = canonicalJson({
      by: account?.accountName ?? '',
      register,
      conditions,
      statuses,
      stationCode,
    })
    const now = performance.now()
    if (now - (looks.get(signature) ?? Number.NEGATIVE_INFINITY) < LOOK_PAUSE) return
    looks.set(signature, now)
    for (const oldest of looks.keys()) {
      if (looks.size <= LOOK_LIMIT) break
      looks.delete(oldest)
    }
    try {
      await context.store.write((database) =>
        writeAudit(database, actorOf(context), 'record.listed', register, '', {
          conditions: conditions.map((condition) => condition.field),
        }),
      )
    } catch (error) {
      looks.delete(signature)
      throw error
    }
  }

  async function pageOf(query: Query, offset: number, limit: number): Promise<QueryPage> {
    // A sort without an index reads everything anyway: then it is read once.
    const isFirst = offset + limit <= FIRST_ROWS && isSortCheap(query) && !isFresh(query)
    const rows = isFirst
      ? (await firstRows(query, offset + limit)).subarray(offset)
      : (await snapshotOf(query).rows).subarray(offset, offset + limit)
    return { offset, rows: cellsOf(query.register, recordsOf(query.register, rows)) }
  }

  return {
    page: async (query, offset, limit) => {
      const [answer] = await Promise.all([pageOf(query, offset, limit), noteLook(query)])
      return answer
    },
    count: async (query) => {
      // How many there are does not depend on the sort, and newest first is read at once or is there already: the clerk had
      // it before sorting. What a jump to the end needs is read after it.
      const counted = isSortCheap(query) ? { ...query, sort: NEWEST_FIRST } : query
      const total = (await snapshotOf(counted).rows).length
      snapshotOf(query)
      return { total }
    },
    copy: async ({ query, columns, ranges }) => {
      const register = getRegister(query.register)
      const labels = columns.map((name) => labelOfColumn(register.fields[name]?.label, name))
      const all = await snapshotOf(query).rows
      const chosen = chooseRows(all, ranges)
      if (chosen.length > COPY_LIMIT) {
        throw new RequestRefusal(
          'notPossible',
          `选中了 ${chosen.length} 行,一次最多复制 ${COPY_LIMIT} 行,请减少选择。`,
        )
      }
      const lines = [labels.map(asCell).join('\t')]
      for (let start = 0; start < chosen.length; start += COPY_STEP) {
        const records = recordsOf(query.register, chosen.subarray(start, start + COPY_STEP))
        for (const row of cellsOf(query.register, records))
          lines.push(columns.map((name) => asCell(row.cells[name] ?? '')).join('\t'))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await context.store.write((database) =>
        writeAudit(database, actorOf(context), 'record.copied', query.register, '', {
          count: lines.length - 1,
          columns,
          conditions: query.conditions.map((condition) => condition.field),
        }),
      )
      return { text: lines.map((line) => `${line}\r\n`).join(''), count: lines.length - 1 }
    },
    invalidate: (register) => {
      generations[register] += 1
      // A row's text shows records of other registers, but which rows there are does not depend on them.
    },
  }
}

function labelOfColumn(label: string | undefined, name: string): string {
  if (label !== undefined) return label
  if (name === 'updatedAt') return '最后修改时间'
  if (name === 'createdAt') return '登记时间'
  throw new RequestRefusal('invalidInput', `没有「${name}」这一列!`)
}

function formatInstant(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}

function zeroPerRegister(): Record<RegisterName, number> {
  return Object.fromEntries(REGISTER_NAMES.map((name) => [name, 0])) as Record<RegisterName, number>
}

/** How many active records each register has. */
export function countRecords(context: Context): Readonly<Record<RegisterName, number>> {
  const counts = zeroPerRegister()
  for (const row of context.store.read.allOf('SELECT register, active FROM register_count')) {
    const name = REGISTER_NAMES.find((each) => each === row['register'])
    if (name !== undefined) counts[name] = Number(row['active'])
  }
  return counts
}
