import type { ResidenceRow, ResidenceTable } from '../../../src-shared/contract/residence-types.ts'
import { compareParts } from '../../../src-shared/building-map/room-place.ts'
import { getField } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import {
  ageBandsOn,
  isCounted,
  OWN_FIELDS,
  PLACE_FIELDS,
  RESIDENCE_FIGURES,
  residenceGroupingLabels,
  type ResidenceFigure,
  type ResidenceGrouping,
  type ResidenceKey,
  type ResidencePeriod,
} from '../../../src-shared/residence/figures.ts'
import { addDays } from '../../../src-shared/values/calendar-date.ts'
import { sql } from 'kysely'
import { build } from '../database/database.ts'
import { figureQueries } from '../queries/residence.ts'
import type { QueryRunner } from '../queries/query-runner.ts'
import { startOfLocalDay } from './clock.ts'
import type { Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'

type Input = { readonly grouping: ResidenceGrouping; readonly from: string; readonly to: string }

/** 在住情况: counts of who lives here, never names of people. */
export type Residence = { readonly figures: (input: Input) => Promise<ResidenceTable> }

/**
 * All figures of a table are read on a thread of their own in one transaction: they fit together, and neither a save nor a query waits.
 * The same question asked while it is being counted is counted once.
 */
export function createResidence(context: Context, runner: QueryRunner): Residence {
  const counting = new Map<string, Promise<ResidenceTable>>()

  async function count({ grouping, from, to }: Input): Promise<ResidenceTable> {
    const period: ResidencePeriod = {
      today: context.clock.today(),
      from,
      to,
      fromAt: startOfLocalDay(from),
      toAt: startOfLocalDay(addDays(to, 1)) - 1,
    }
    const queries = figureQueries(grouping, period)
    const named = nameQuery(grouping)
    const tables = await runner.tables([...queries.map(({ query }) => query), ...(named ? [named] : [])])
    const names = new Map(
      (named ? (tables.at(-1) ?? []) : []).map((row) => [String(row['id']), String(row['name'] ?? '')]),
    )
    const found = new Map<
      string,
      { readonly key: ResidenceKey; readonly cells: Map<ResidenceFigure, number> }
    >()
    queries.forEach(({ figures }, index) => {
      for (const row of tables[index] ?? []) {
        const key = keyOf(row['value'], row['absent'] === 1)
        const name = JSON.stringify(key)
        const cells = found.get(name)?.cells ?? new Map<ResidenceFigure, number>()
        found.set(name, { key, cells })
        for (const figure of figures) cells.set(figure, Number(row[figure] ?? 0))
      }
    })
    const rows = [...found.values()]
      // A dwelling that nobody lives in and is not let makes its place no row.
      .filter(({ cells }) => [...cells.values()].some((figure) => figure > 0))
      .map(({ key, cells }): ResidenceRow => ({
        key,
        label: labelOf(grouping, key, names),
        cells: RESIDENCE_FIGURES.map((figure) =>
          isCounted(grouping, key, figure) ? (cells.get(figure) ?? 0) : null,
        ),
      }))
    return {
      countedAt: context.clock.now(),
      period,
      rows: [sumOf(grouping, rows), ...sorted(grouping, rows)],
    }
  }

  function labelOf(
    grouping: ResidenceGrouping,
    key: ResidenceKey,
    names: ReadonlyMap<string, string>,
  ): string {
    if (key.kind === 'absent') return '房屋未填或不在本机'
    if (key.kind !== 'value')
      return grouping === 'estate'
        ? '不在小区'
        : grouping === 'age'
          ? '未填出生日期'
          : `未填${residenceGroupingLabels[grouping]}`
    switch (grouping) {
      case 'community':
      case 'dwellingType':
        return codeLabel('dwelling', PLACE_FIELDS[grouping], key.value)
      case 'residenceType':
      case 'residenceReason':
        return codeLabel('resident', OWN_FIELDS[grouping], key.value)
      case 'estate':
      case 'coordinator':
        return names.get(key.value) || `${residenceGroupingLabels[grouping]}不在本机`
      case 'age':
        return key.value
    }
  }
  function codeLabel(register: 'dwelling' | 'resident', name: string, value: string): string {
    const field = getField(getRegister(register), name)
    return field.kind === 'code' ? context.dictionaries.labelOf(field.dictionary, value) : value
  }

  return {
    figures: (input) => {
      if (input.from > input.to)
        return Promise.reject(new RequestRefusal('invalidInput', '起日在止日之后,请更正。'))
      const signature = JSON.stringify(input)
      const running = counting.get(signature)
      if (running) return running
      const begun = count(input).finally(() => counting.delete(signature))
      counting.set(signature, begun)
      return begun
    },
  }
}

/** Names of the records that rows stand for, as of the same moment. */
function nameQuery(grouping: ResidenceGrouping) {
  if (grouping !== 'estate' && grouping !== 'coordinator') return undefined
  return sql`SELECT id, name FROM ${sql.table(grouping)}`.compile(build)
}

function keyOf(value: unknown, isAbsent: boolean): ResidenceKey {
  if (isAbsent) return { kind: 'absent' }
  return typeof value === 'string' && value !== '' ? { kind: 'value', value } : { kind: 'empty' }
}

/** 合计: everybody stands in one row, so the sum of the rows is the number of all. */
function sumOf(grouping: ResidenceGrouping, rows: readonly ResidenceRow[]): ResidenceRow {
  return {
    key: { kind: 'all' },
    label: '合计',
    cells: RESIDENCE_FIGURES.map((figure, index) =>
      isCounted(grouping, { kind: 'all' }, figure)
        ? rows.reduce((sum, { cells }) => sum + (cells[index] ?? 0), 0)
        : null,
    ),
  }
}

/** By code, by age, or by name; what has no value stands last. */
function sorted(grouping: ResidenceGrouping, rows: readonly ResidenceRow[]): readonly ResidenceRow[] {
  const kinds = ['value', 'empty', 'absent']
  const bands = ageBandsOn('2000-01-01').map(({ value }) => value)
  const valueOf = ({ key }: ResidenceRow): string => (key.kind === 'value' ? key.value : '')
  return rows.toSorted((a, b) => {
    const byKind = kinds.indexOf(a.key.kind) - kinds.indexOf(b.key.kind)
    if (byKind !== 0) return byKind
    if (grouping === 'age') return bands.indexOf(valueOf(a)) - bands.indexOf(valueOf(b))
    if (grouping === 'estate' || grouping === 'coordinator')
      return compareParts(a.label, b.label) || compareParts(valueOf(a), valueOf(b))
    return compareParts(valueOf(a), valueOf(b))
  })
}
