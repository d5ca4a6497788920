import { afterEach, describe, expect, it } from 'vitest'
import { insertRecord } from '../../../src-main/backend/queries/record-row.ts'
import { figureQueries } from '../../../src-main/backend/queries/residence.ts'
import { localDayOf, startOfLocalDay } from '../../../src-main/backend/services/clock.ts'
import { loadDemo } from '../../../src-main/backend/services/demo-data.ts'
import type { ResidenceTable } from '../../../src-shared/contract/residence-types.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import {
  isPlaceGrouping,
  OWN_FIELDS,
  PLACE_FIELDS,
  questionOf,
  RESIDENCE_FIGURES,
  RESIDENCE_GROUPINGS,
  residenceFigureLabels,
  type ResidenceFigure,
  type ResidenceGrouping,
  type ResidenceKey,
} from '../../../src-shared/residence/figures.ts'
import { countFullYears } from '../../../src-shared/values/calendar-date.ts'
import { randomFrom } from '../../bench/bench-store.ts'
import { makeBackend, refusalOf, workers, type BackendFixture } from '../../support/backend-fixture.ts'

/** 在住情况 against a plain recount of random records, and each figure against the query that it opens. */

let fixture: BackendFixture

afterEach(() => fixture.remove())

const TODAY = '2026-03-16'
const FROM = '2026-03-01'

type Made = {
  readonly register: RegisterName
  readonly id: string
  readonly isActive: boolean
  readonly cancelDate: string | null
  readonly createdAt: number
  readonly values: RecordValues
}

/** Records with everything that can be missing, wrong or elsewhere. */
function inventRecords(seed: number): readonly Made[] {
  const random = randomFrom(seed)
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(random() * list.length)] as Value
  let made = 0
  const make = (register: RegisterName, values: RecordValues): Made => {
    made += 1
    const isActive = random() < 0.8
    return {
      register,
      id: `00000000-0000-7000-8000-${String(made).padStart(12, '0')}`,
      isActive,
      cancelDate: isActive ? null : pick(['2026-02-28', '2026-03-01', '2026-03-16', '2026-03-17', null]),
      createdAt:
        startOfLocalDay(pick(['2026-02-28', '2026-03-01', '2026-03-16', '2026-03-17'])) +
        pick([0, 1, 86_399_999]),
      values,
    }
  }
  const estates = ['丹心花园', '长乐苑'].map((name) => make('estate', { name }))
  const coordinators = ['王协管', '李协管', '王协管'].map((name) => make('coordinator', { name }))
  const dwellings = Array.from({ length: 40 }, () =>
    make('dwelling', {
      communityCode: pick(['999901001', '999901002', null]),
      estateId: pick([...estates.map(({ id }) => id), null]),
      coordinatorId: pick([...coordinators.map(({ id }) => id), null]),
      dwellingTypeCode: pick(['10', '20', null]),
      occupancyUseCode: pick(['10', '20', '30', null]),
    }),
  )
  const homes = [...dwellings.slice(5).map(({ id }) => id), '00000000-0000-7000-9000-000000000000', null]
  // On both sides of every birthday that matters, the 29th of February among them.
  const births = [
    '2020-03-16',
    '2020-03-17',
    '2010-03-16',
    '2010-03-17',
    '2008-03-16',
    '2008-03-17',
    '1966-03-16',
  ]
  const people = [...births, '1966-03-17', '2004-02-29', '2026-03-17', null]
  const residents = Array.from({ length: 200 }, () =>
    make('resident', {
      dwellingId: pick(homes),
      sexCode: pick(['1', '1', '2', '9', null]),
      birthDate: pick(people),
      residenceTypeCode: pick(['10', '20', null]),
      residenceReasonCode: pick(['10', '15', null]),
    }),
  )
  const minors = Array.from({ length: 60 }, () =>
    make('minor', { dwellingId: pick(homes), sexCode: pick(['1', '2', null]), birthDate: pick(people) }),
  )
  const permits = Array.from({ length: 120 }, () =>
    make('residencePermit', {
      applicantId: pick([...residents.map(({ id }) => id), null]),
      stageCode: pick(['10', '40', '40', '90']),
      validUntilDate: pick(['2026-03-15', '2026-03-16', '2027-03-16', null]),
    }),
  )
  return [...estates, ...coordinators, ...dwellings, ...residents, ...minors, ...permits]
}

async function store(records: readonly Made[]): Promise<void> {
  await fixture.backend.context.store.write((database) => {
    for (const { register, id, isActive, cancelDate, createdAt, values } of records)
      insertRecord(database, {
        register,
        id,
        declarationVersion: 1,
        status: isActive ? 'active' : 'cancelled',
        cancellation: isActive ? null : { reasonCode: '10', ...(cancelDate === null ? {} : { cancelDate }) },
        createdAt,
        updatedAt: createdAt,
        revision: 1,
        stationCode: 'S1',
        serverSeq: 1,
        pendingOps: 0,
        values,
      })
  })
}

/** The same counts, one record after the other. */
function recount(
  records: readonly Made[],
  grouping: ResidenceGrouping,
): ReadonlyMap<string, Record<string, number>> {
  const dwellings = new Map(
    records.filter(({ register }) => register === 'dwelling').map((each) => [each.id, each]),
  )
  const rows = new Map<string, Record<string, number>>()
  const add = (key: ResidenceKey, figure: ResidenceFigure): void => {
    const name = JSON.stringify(key)
    const row = rows.get(name) ?? {}
    rows.set(name, row)
    row[figure] = (row[figure] ?? 0) + 1
  }
  const toKey = (value: unknown): ResidenceKey =>
    typeof value === 'string' ? { kind: 'value', value } : { kind: 'empty' }
  const bandOf = (birthDate: unknown): ResidenceKey => {
    if (typeof birthDate !== 'string') return { kind: 'empty' }
    const age = birthDate > TODAY ? 0 : countFullYears(birthDate, TODAY)
    const value =
      age >= 60 ? '60岁及以上' : age >= 18 ? '18–59岁' : age >= 16 ? '16–17岁' : age >= 6 ? '6–15岁' : '0–5岁'
    return { kind: 'value', value }
  }
  const keyOf = ({ values }: Made): ResidenceKey => {
    if (isPlaceGrouping(grouping)) {
      const home = dwellings.get(String(values['dwellingId']))
      return home ? toKey(home.values[PLACE_FIELDS[grouping]]) : { kind: 'absent' }
    }
    return grouping === 'age' ? bandOf(values['birthDate']) : toKey(values[OWN_FIELDS[grouping]])
  }
  const addPerson = (
    person: Made,
    figures: readonly [ResidenceFigure, ResidenceFigure, ResidenceFigure],
  ): void => {
    if (!person.isActive) return
    const key = keyOf(person)
    add(key, figures[0])
    if (person.values['sexCode'] === '1') add(key, figures[1])
    if (person.values['sexCode'] === '2') add(key, figures[2])
  }
  for (const record of records) {
    if (record.register === 'resident') {
      addPerson(record, ['residents', 'residentMen', 'residentWomen'])
      const hasPermit = records.some(
        ({ register, isActive, values }) =>
          register === 'residencePermit' &&
          isActive &&
          values['applicantId'] === record.id &&
          values['stageCode'] === '40' &&
          String(values['validUntilDate'] ?? '') >= TODAY,
      )
      if (record.isActive && hasPermit) add(keyOf(record), 'permitHolders')
      const createdOn = localDayOf(record.createdAt)
      if (createdOn >= FROM && createdOn <= TODAY) add(keyOf(record), 'registered')
      const { cancelDate } = record
      if (cancelDate !== null && cancelDate >= FROM && cancelDate <= TODAY) add(keyOf(record), 'cancelled')
    }
    if (record.register === 'minor' && (isPlaceGrouping(grouping) || grouping === 'age'))
      addPerson(record, ['minors', 'minorBoys', 'minorGirls'])
    if (record.register === 'dwelling' && record.isActive && isPlaceGrouping(grouping)) {
      const key = toKey(record.values[PLACE_FIELDS[grouping]])
      const isLivedIn = records.some(
        (person) =>
          (person.register === 'resident' || person.register === 'minor') &&
          person.isActive &&
          person.values['dwellingId'] === record.id,
      )
      if (isLivedIn) add(key, 'occupied')
      if (record.values['occupancyUseCode'] === '20') add(key, 'rented')
    }
  }
  return rows
}

const figures = (grouping: ResidenceGrouping): Promise<ResidenceTable> =>
  fixture.backend.call('residence.figures', { grouping, from: FROM, to: TODAY })

async function expectDrillDown(
  grouping: ResidenceGrouping,
  { rows, period }: ResidenceTable,
): Promise<number> {
  let asked = 0
  for (const { key, label, cells } of rows) {
    for (const [index, figure] of RESIDENCE_FIGURES.entries()) {
      const cell = cells[index]
      if (cell === null || cell === undefined) continue
      const query = {
        ...questionOf(grouping, key, figure, period),
        stationCode: null,
        sort: { field: 'updatedAt', direction: 'descending' },
      } as Parameters<typeof fixture.backend.call<'record.count'>>[1]['query']
      const where = `${grouping} ${label} ${residenceFigureLabels[figure]}`
      expect((await fixture.backend.call('record.count', { query })).total, where).toBe(cell)
      const page = await fixture.backend.call('record.query', { query, offset: 0, limit: 500 })
      expect(page.rows.length, `${where}, the rows`).toBe(Math.min(cell, 500))
      asked += 1
    }
  }
  return asked
}

describe.each([1, 2, 3])('random records, seed %i', (seed) => {
  it('are counted as one by one, and every figure is what its query finds', async () => {
    fixture = await makeBackend()
    const records = inventRecords(seed)
    await store(records)
    for (const grouping of RESIDENCE_GROUPINGS) {
      const table = await figures(grouping)
      const plain = recount(records, grouping)
      const [sum, ...rows] = table.rows
      expect(rows.map(({ key }) => JSON.stringify(key)).toSorted(), grouping).toEqual(
        [...plain.keys()].toSorted(),
      )
      for (const { key, label, cells } of rows) {
        const wanted = plain.get(JSON.stringify(key)) ?? {}
        RESIDENCE_FIGURES.forEach((figure, index) => {
          expect(cells[index] ?? 0, `${grouping} ${label} ${figure}`).toBe(wanted[figure] ?? 0)
        })
      }
      RESIDENCE_FIGURES.forEach((_figure, index) => {
        if (sum?.cells[index] === null) return
        expect(sum?.cells[index]).toBe(rows.reduce((total, { cells }) => total + (cells[index] ?? 0), 0))
      })
      expect(sum).toMatchObject({ key: { kind: 'all' }, label: '合计' })
      expect(await expectDrillDown(grouping, table)).toBeGreaterThan(10)
    }
  })
})

describe('the demo district', () => {
  it('is counted on a thread of its own in one moment, and agrees with 房屋示意图', async () => {
    fixture = await makeBackend({ workers })
    const { context } = fixture.backend
    await loadDemo(context, (names) => context.dictionaries.reload(context.store.read, names))
    const table = await figures('community')
    const map = await fixture.backend.call('map.level', { place: { kind: 'all' }, stationCode: null })
    const at = (figure: ResidenceFigure): number => RESIDENCE_FIGURES.indexOf(figure)
    expect(table.rows.length).toBe(map.lines.length + 1)
    for (const line of map.lines) {
      const row = table.rows.find(({ label }) => label === line.label)
      expect(
        [row?.cells[at('residents')], row?.cells[at('minors')], row?.cells[at('rented')]],
        line.label,
      ).toEqual([line.counts.residents, line.counts.minors, line.counts.rented])
    }
    // A person who moves in between is in all columns or in none.
    const tables = await Promise.all(RESIDENCE_GROUPINGS.map(figures))
    const totals = tables.map(({ rows }) => rows[0]?.cells[at('residents')])
    expect(new Set(totals).size).toBe(1)
    expect(totals[0]).toBe(
      context.store.read.pluck<number>("SELECT count(*) FROM resident WHERE status = 'active'")[0],
    )
    // No person is named.
    expect(Object.keys(table).toSorted()).toEqual(['countedAt', 'period', 'rows'])
  })
})

it('days the wrong way round are refused', async () => {
  fixture = await makeBackend()
  const refusal = await refusalOf(fixture.backend, 'residence.figures', {
    grouping: 'age',
    from: '2026-03-16',
    to: '2026-03-01',
  })
  expect(refusal.message).toBe('起日在止日之后,请更正。')
})

it('nobody who lives here is looked up in the records: indexes hold what is counted', async () => {
  fixture = await makeBackend()
  const { read } = fixture.backend.context.store
  const period = {
    today: TODAY,
    from: FROM,
    to: TODAY,
    fromAt: startOfLocalDay(FROM),
    toAt: startOfLocalDay(TODAY),
  }
  for (const grouping of RESIDENCE_GROUPINGS) {
    for (const { figures: columns, query } of figureQueries(grouping, period)) {
      const plan = read
        .allOf(`EXPLAIN QUERY PLAN ${query.sql}`, ...(query.parameters as readonly (string | number)[]))
        .map((row) => String(row['detail']))
      const where = `${grouping} ${columns.join()}: ${plan.join('; ')}`
      const scans = plan.filter((step) => /^SCAN (?!home|\(subquery)/.test(step))
      for (const scan of scans) expect(scan, where).toMatch(/USING COVERING INDEX/)
      const isPart = columns.some((figure) => ['permitHolders', 'registered', 'cancelled'].includes(figure))
      // What only concerns some people begins at them.
      expect(scans.length, where).toBe(isPart ? 0 : 1)
      if (isPlaceGrouping(grouping) && !columns.includes('occupied'))
        expect(plan.join(), where).toMatch(/SEARCH place USING COVERING INDEX dwelling_place \(id=\?\)/)
    }
  }
})
