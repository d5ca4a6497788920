import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planQuery } from '../../../src-main/backend/queries/build-query.ts'
import type { Account, Condition, Query } from '../../../src-shared/contract/types.ts'
import { operatorsOf } from '../../../src-shared/fields/filter.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { nameInitialKeys } from '../../../src-shared/pinyin/initials.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { loadDemo } from '../../../src-main/backend/services/demo-data.ts'
import {
  getDemoRecord,
  generateDemoRecords,
  type DemoRecord,
} from '../../../src-shared/demo/generate-demo.ts'
import { getLabelledRecord } from '../../../src-main/backend/services/read-record.ts'
import { createRecordQueries } from '../../../src-main/backend/services/query-records.ts'
import { createLocalQueryRunner } from '../../../src-main/backend/queries/query-runner.ts'
import { makeBackend, refusalOf, workers, type BackendFixture } from '../../support/backend-fixture.ts'

const size = { communities: 4, streets: 12, coordinators: 8, employers: 60, dwellings: 400, residents: 2_500 }

let fixture: BackendFixture
let residents: readonly DemoRecord[]

beforeAll(async () => {
  fixture = await makeBackend({ workers })
  await loadDemo(
    fixture.backend.context,
    (names) => fixture.backend.context.dictionaries.reload(fixture.backend.context.store.read, names),
    size,
  )
  residents = [...generateDemoRecords({ size, registers: ['resident'] })].flat()
})
afterAll(() => fixture.remove())

const base: Query = {
  register: 'resident',
  conditions: [],
  statuses: ['active'],
  stationCode: null,
  sort: { field: 'updatedAt', direction: 'descending' },
}

/** The plain reading of a query over the generated records: what the answer must be. */
function expected(query: Query): readonly string[] {
  const wanted = residents
    .map((record, index) => ({ record, index }))
    .filter(({ record }) => query.statuses.includes(record.cancellation === null ? 'active' : 'cancelled'))
    .filter(({ record }) => query.conditions.every((condition) => fulfils(record.values, condition)))
  const { field, direction } = query.sort
  const sign = direction === 'ascending' ? 1 : -1
  return wanted
    .toSorted((a, b) => {
      const byField =
        field === 'updatedAt' || field === 'createdAt'
          ? 0
          : compareLists(sortKey(a.record.values, field), sortKey(b.record.values, field))
      return sign * (byField === 0 ? a.index - b.index : byField)
    })
    .map(({ record }) => record.id)
}

/** What a record is sorted by: a column that names another record by the parts of that record's title. */
function sortKey(values: RecordValues, field: string): readonly FieldValue[] {
  const value = values[field] ?? null
  const declared = getRegister('resident').fields[field]
  if (declared?.kind !== 'reference' || value === null) return [value]
  const named = valuesOf(declared.register).get(String(value))
  return getRegister(declared.register).title.map((part) => named?.[part] ?? null)
}

const namedValues = new Map<RegisterName, ReadonlyMap<string, RecordValues>>()
function valuesOf(register: RegisterName): ReadonlyMap<string, RecordValues> {
  const known =
    namedValues.get(register) ??
    new Map(
      [...generateDemoRecords({ size, registers: [register] })]
        .flat()
        .map((record) => [record.id, record.values]),
    )
  namedValues.set(register, known)
  return known
}

function compareLists(a: readonly FieldValue[], b: readonly FieldValue[]): number {
  // Nothing named is before everything that is named.
  if (a[0] === null || b[0] === null) return compareStored(a[0] ?? null, b[0] ?? null)
  return a.reduce<number>((sum, part, index) => (sum === 0 ? compareStored(part, b[index] ?? null) : sum), 0)
}

/** As SQLite orders: nothing first, numbers, then text by its UTF-8 bytes. */
function compareStored(a: FieldValue, b: FieldValue): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

function fulfils(values: RecordValues, condition: Condition): boolean {
  const value = values[condition.field] ?? null
  switch (condition.operator) {
    case 'equals':
      return value === condition.value
    case 'startsWith':
      return typeof value === 'string' && value.startsWith(condition.value)
    case 'contains':
      return Array.isArray(value)
        ? (value as readonly unknown[]).includes(condition.value)
        : typeof value === 'string' && value.includes(condition.value)
    case 'name': {
      if (typeof value !== 'string') return false
      const head = condition.value.replace(/[a-z]+$/, '')
      const initials = condition.value.slice(head.length)
      return (
        value.startsWith(head) &&
        (initials === '' ||
          nameInitialKeys(value).some((key) => key.slice([...head].length).startsWith(initials)))
      )
    }
    case 'between':
      return (
        value !== null &&
        (condition.from === undefined || compareStored(value, condition.from) >= 0) &&
        (condition.to === undefined || compareStored(value, condition.to) <= 0)
      )
    case 'within':
      return (
        typeof value === 'string' &&
        fixture.backend.context.dictionaries
          .listWithin(dictionaryOf(condition.field), condition.value)
          .includes(value)
      )
    case 'refersTo': {
      const declared = getRegister('resident').fields[condition.field]
      const named =
        declared?.kind === 'reference' ? valuesOf(declared.register).get(String(value)) : undefined
      if (condition.conditions === null || named === undefined) return condition.conditions === null && !named
      return condition.conditions.every((each) => fulfils(named, each))
    }
  }
}

function dictionaryOf(name: string): string {
  const field = getRegister('resident').fields[name]
  return field?.kind === 'code' ? field.dictionary : ''
}

async function allIds(query: Query): Promise<readonly string[]> {
  const { total } = await fixture.backend.call('record.count', { query })
  const ids: string[] = []
  for (let offset = 0; offset < total; offset += 500) {
    const page = await fixture.backend.call('record.query', { query, offset, limit: 500 })
    ids.push(...page.rows.map((row) => row.id))
  }
  return ids
}

const sample = getDemoRecord('resident', 77, { size }).values
const cases: readonly (readonly [string, readonly Condition[]])[] = [
  ['nothing', []],
  [
    'a whole number',
    [{ field: 'documentNumber', operator: 'equals', value: sample['documentNumber'] ?? null }],
  ],
  ['the start of a number', [{ field: 'documentNumber', operator: 'startsWith', value: '51' }]],
  ['the start of a telephone', [{ field: 'telephone', operator: 'startsWith', value: '138' }]],
  ['a surname', [{ field: 'name', operator: 'name', value: '王' }]],
  ['initials', [{ field: 'name', operator: 'name', value: 'zw' }]],
  ['one initial', [{ field: 'name', operator: 'name', value: 'l' }]],
  ['a surname and initials', [{ field: 'name', operator: 'name', value: '王x' }]],
  ['a common code', [{ field: 'sexCode', operator: 'within', value: '1' }]],
  ['a rare code', [{ field: 'ethnicGroupCode', operator: 'equals', value: '97' }]],
  ['a province', [{ field: 'householdDivisionCode', operator: 'within', value: '420000' }]],
  [
    'who lives in one room',
    [{ field: 'dwellingId', operator: 'equals', value: sample['dwellingId'] ?? null }],
  ],
  ['days', [{ field: 'birthDate', operator: 'between', from: '1980-01-01', to: '1985-12-31' }]],
  ['days until', [{ field: 'moveInDate', operator: 'between', to: '2019-01-01' }]],
  ['days from', [{ field: 'collectionDate', operator: 'between', from: '2023-01-01' }]],
  ['a number', [{ field: 'yearsWorked', operator: 'between', from: 3, to: 4 }]],
  ['part of an address', [{ field: 'householdAddress', operator: 'contains', value: '石桥镇' }]],
  ['one of several codes', [{ field: 'socialInsuranceCodes', operator: 'contains', value: '11' }]],
  ['an empty field', [{ field: 'formerName', operator: 'equals', value: null }]],
  [
    'several conditions',
    [
      { field: 'sexCode', operator: 'equals', value: '2' },
      { field: 'birthDate', operator: 'between', from: '1970-01-01', to: '1999-12-31' },
      { field: 'name', operator: 'name', value: 'z' },
      { field: 'householdAddress', operator: 'contains', value: '村' },
    ],
  ],
  ['SQL-looking text', [{ field: 'householdAddress', operator: 'contains', value: "' OR 1=1 --" }]],
  ['a pattern sign', [{ field: 'householdAddress', operator: 'contains', value: '%' }]],
]

describe('a query finds what a plain reading of every record finds', () => {
  it.each(cases)('by %s, newest first', async (_, conditions) => {
    const query = { ...base, conditions }
    expect(await allIds(query)).toEqual(expected(query))
  })

  it.each([
    'name',
    'birthDate',
    'educationCode',
    'yearsWorked',
    'documentNumber',
    'householdAddress',
    'hukouTypeCode',
    'documentValidToDate',
    'remarks',
    'createdAt',
  ])('sorted by %s, whole and by page, however many rows a condition finds', async (field) => {
    const conditionLists: readonly (readonly Condition[])[] = [
      [],
      [{ field: 'sexCode', operator: 'equals', value: '1' }],
      [
        { field: 'birthDate', operator: 'between', from: '1980-01-01' },
        { field: 'maritalStatusCode', operator: 'equals', value: '20' },
      ],
      [{ field: 'name', operator: 'name', value: 'z' }],
    ]
    const { context } = fixture.backend
    const idOf = new Map(
      context.store.read
        .allOf('SELECT row, id FROM resident')
        .map((row) => [Number(row['row']), String(row['id'])]),
    )
    for (const [number, conditions] of conditionLists.entries()) {
      for (const direction of ['ascending', 'descending'] as const) {
        const query: Query = { ...base, conditions, sort: { field, direction } }
        const wanted = expected(query)
        if (number === 1) expect(await allIds(query)).toEqual(wanted)
        const plan = planQuery(query, context.dictionaries, false, '2026-11-21')
        // As where a condition finds too many rows to look at each, and where the first of the sort are tried.
        for (const statement of [
          plan.rows(plan.candidates[0]?.index ?? null, null),
          ...plan.candidates.map(({ index }) => plan.manyRows(index, null)),
          plan.window(60),
        ]) {
          const rows = context.store.read.pluck<number>(statement.sql, ...(statement.parameters as string[]))
          expect(rows.map((row) => idOf.get(row))).toEqual(wanted.slice(0, rows.length))
          expect(rows.length).toBeGreaterThanOrEqual(Math.min(60, wanted.length))
        }
        const fresh = createRecordQueries(context, createLocalQueryRunner(context.store.read))
        const page = await fresh.page(query, 0, 60)
        expect(page.rows.map((row) => row.id)).toEqual(wanted.slice(0, 60))
      }
    }
  })

  it.each(['dwellingId', 'employerId', 'collectorId'])(
    'sorted by the title of what %s names, whole and by page',
    async (field) => {
      const conditionLists: readonly (readonly Condition[])[] = [
        [],
        [{ field: 'sexCode', operator: 'equals', value: '1' }],
        [{ field: 'name', operator: 'name', value: 'z' }],
        [{ field, operator: 'equals', value: null }],
      ]
      for (const conditions of conditionLists) {
        for (const direction of ['ascending', 'descending'] as const) {
          const query: Query = { ...base, conditions, sort: { field, direction } }
          const wanted = expected(query)
          expect(await allIds(query)).toEqual(wanted)
          const fresh = createRecordQueries(
            fixture.backend.context,
            createLocalQueryRunner(fixture.backend.context.store.read),
          )
          const page = await fresh.page(query, 0, 60)
          expect(page.rows.map((row) => row.id)).toEqual(wanted.slice(0, 60))
          // As where a condition finds too many rows: in the order of the named records, the conditions beside it, or as a set.
          const { context } = fixture.backend
          const plan = planQuery(query, context.dictionaries, false, '2026-11-21')
          for (const { sql, parameters } of [
            plan.rows(null, 60),
            ...plan.candidates.map(({ index }) => plan.manyRows(index, 60)),
          ]) {
            const rows = context.store.read.pluck<number>(sql, ...(parameters as string[]))
            const ids = rows.map(
              (row) => context.store.read.pluck<string>('SELECT id FROM resident WHERE row = ?', row)[0],
            )
            expect(ids).toEqual(wanted.slice(0, 60))
          }
        }
      }
    },
  )

  it('sorted by a reference whose record is not here, last in either direction', async () => {
    const other = await makeBackend({ workers })
    const small = { ...size, residents: 30, employers: 5, dwellings: 20 }
    await loadDemo(
      other.backend.context,
      (names) => other.backend.context.dictionaries.reload(other.backend.context.store.read, names),
      small,
    )
    const id = getDemoRecord('resident', 4, { size: small }).id
    await other.backend.context.store.write((database) =>
      database.runOf("UPDATE resident SET employer_id = 'elsewhere' WHERE id = ?", id),
    )
    for (const direction of ['ascending', 'descending'] as const) {
      const query: Query = {
        ...base,
        statuses: ['active', 'cancelled'],
        sort: { field: 'employerId', direction },
      }
      const { rows } = await other.backend.call('record.query', { query, offset: 0, limit: 100 })
      expect(rows).toHaveLength(30)
      expect(rows.at(-1)?.id).toBe(id)
    }
    await other.remove()
  })

  it('in any status', async () => {
    for (const statuses of [['cancelled'], ['active', 'cancelled'], []] as const) {
      const query: Query = { ...base, statuses }
      expect(await allIds(query)).toEqual(expected(query))
    }
  })

  it('the first page alone, before anything was counted', async () => {
    for (const [, conditions] of cases) {
      const query: Query = { ...base, conditions, statuses: ['active', 'cancelled'] }
      // Fresh queries: no whole result is kept that a page could come from.
      const queries = createRecordQueries(
        fixture.backend.context,
        createLocalQueryRunner(fixture.backend.context.store.read),
      )
      const page = await queries.page(query, 20, 40)
      expect(page.rows.map((row) => row.id)).toEqual(expected(query).slice(20, 60))
    }
  })

  it('of a station only', async () => {
    expect(await allIds({ ...base, stationCode: '' })).toEqual(expected(base))
    // Records without a station were made here before one was known: every station's own area has them.
    expect(await allIds({ ...base, stationCode: 'S9' })).toEqual(expected(base))
  })
})

describe('a query', () => {
  it('sees a save at once', async () => {
    const other = await makeBackend({ workers })
    await loadDemo(
      other.backend.context,
      (names) => other.backend.context.dictionaries.reload(other.backend.context.store.read, names),
      { ...size, residents: 20 },
    )
    const before = await other.backend.call('record.count', { query: base })
    const id = getDemoRecord('resident', 3, { size: { ...size, residents: 20 } }).id
    const record = await other.backend.call('record.get', { register: 'resident', id, purpose: 'modify' })
    await other.backend.call('resident.save', {
      id,
      revision: record.revision,
      values: { ...record.values, remarks: '新' },
      draftId: null,
    })
    const page = await other.backend.call('record.query', { query: base, offset: 0, limit: 5 })
    expect(page.rows[0]).toMatchObject({ id, cells: { remarks: '新' } })
    expect(await other.backend.call('record.count', { query: base })).toEqual(before)
    await other.remove()
  })

  it('of a field or an operator that is not there is refused with a sentence', async () => {
    const ask = (conditions: readonly unknown[]) =>
      refusalOf(fixture.backend, 'record.query', { query: { ...base, conditions }, offset: 0, limit: 10 })
    for (const condition of [
      { field: 'password', operator: 'equals', value: '1' },
      { field: 'constructor', operator: 'equals', value: '1' },
      { field: 'photo', operator: 'equals', value: '1' },
      { field: 'sexCode', operator: 'contains', value: '1' },
      { field: 'sexCode', operator: 'refersTo', conditions: null },
      { field: 'occupants', operator: 'between', from: 1 },
      { field: 'cancellation.reasonCode', operator: 'between', from: '1' },
      {
        field: 'dwellingId',
        operator: 'refersTo',
        conditions: [{ field: 'password', operator: 'equals', value: '1' }],
      },
      { field: 'name; DROP TABLE resident', operator: 'contains', value: '1' },
    ]) {
      expect(await ask([condition])).toMatchObject({
        code: 'invalidInput',
        message: expect.stringContaining('不能这样查询') as string,
      })
    }
    const sorted = { ...base, sort: { field: 'row; --', direction: 'ascending' } }
    expect(
      (await refusalOf(fixture.backend, 'record.query', { query: sorted, offset: 0, limit: 1 })).code,
    ).toBe('invalidInput')
  })

  it('knows every field with every operator it declares', () => {
    for (const name of REGISTER_NAMES) {
      const register = getRegister(name)
      for (const [field, declared] of Object.entries(register.fields)) {
        for (const operator of operatorsOf(declared)) {
          const condition = (
            operator === 'between'
              ? { field, operator, from: 1 }
              : operator === 'refersTo'
                ? { field, operator, conditions: [{ field: 'createdAt', operator: 'between', from: 1 }] }
                : { field, operator, value: '1' }
          ) as Condition
          const query: Query = { ...base, register: name, conditions: [condition] }
          const plan = planQuery(query, fixture.backend.context.dictionaries, false, '2026-11-21')
          const { read } = fixture.backend.context.store
          for (const statement of [
            plan.rows(null, 5),
            plan.rows(plan.candidates[0]?.index ?? null, 5),
            plan.window(5),
          ])
            expect(() => read.allOf(statement.sql, ...(statement.parameters as string[]))).not.toThrow()
        }
      }
    }
  })
})

describe('the plan', () => {
  function detailsOf(
    conditions: readonly Condition[],
    limit: number | null,
    register = base.register,
  ): string {
    const plan = planQuery(
      { ...base, register, conditions },
      fixture.backend.context.dictionaries,
      false,
      '2026-11-21',
    )
    const statement = plan.rows(plan.candidates[0]?.index ?? null, limit)
    return fixture.backend.context.store.read
      .allOf(`EXPLAIN QUERY PLAN ${statement.sql}`, ...(statement.parameters as string[]))
      .map((row) => String(row['detail']))
      .join('\n')
  }

  it('of no condition reads the newest in order, without the records', () => {
    expect(detailsOf([], 100)).toMatch(/SCAN resident USING COVERING INDEX resident_updated_at/)
  })

  it.each([
    ['dwellingId', 'equals', 'resident_dwelling_id'],
    ['employerId', 'equals', 'resident_employer_id'],
    ['collectorId', 'equals', 'resident_collector_id'],
    ['ethnicGroupCode', 'equals', 'resident_ethnic_group_code'],
    ['sexCode', 'within', 'resident_sex_code'],
  ] as const)('of %s reads its index in order', (field, operator, index) => {
    const details = detailsOf([{ field, operator, value: '01' } as Condition], 100)
    expect(details).toMatch(new RegExp(`SEARCH resident USING COVERING INDEX ${index} \\(`))
    // Only rows of the same millisecond are sorted.
    expect(details).not.toMatch(/TEMP B-TREE FOR ORDER BY/)
  })

  it.each([
    [{ field: 'documentNumber', operator: 'startsWith', value: '42' }, 'resident_document_number'],
    [{ field: 'telephone', operator: 'startsWith', value: '138' }, 'resident_telephone'],
    [{ field: 'name', operator: 'name', value: '张' }, 'resident_name'],
    [
      { field: 'birthDate', operator: 'between', from: '1990-01-01', to: '1990-12-31' },
      'resident_birth_date',
    ],
    [{ field: 'collectionDate', operator: 'between', from: '2024-01-01' }, 'resident_collection_date'],
    [
      { field: 'householdDivisionCode', operator: 'within', value: '420000' },
      'resident_household_division_code',
    ],
  ] as const)('of %o scans its index alone', (condition, index) => {
    expect(detailsOf([condition as Condition], 100)).toMatch(
      new RegExp(`SEARCH resident USING COVERING INDEX ${index} \\(`),
    )
  })

  it.each([
    [
      'inspection',
      '40',
      'inspection USING COVERING INDEX inspection_stage_code_rectify_by_date (stage_code=? AND rectify_by_date<?)',
    ],
    ['lease', '20', 'lease USING COVERING INDEX lease_stage_code_end_date (stage_code=? AND end_date<?)'],
  ] as const)(
    'of what a day has made in %s of stage %s is found by stage and day',
    (register, value, expected) => {
      const details = detailsOf([{ field: 'stageCode', operator: 'equals', value }], 100, register)
      expect(details).toContain(`SEARCH ${expected}`)
      expect(details).not.toContain('SCAN')
    },
  )

  it.each([
    ['inspection', '20', 'inspection'],
    ['lease', '10', 'lease'],
    ['residencePermit', '10', 'residence_permit'],
    ['serviceRequest', '20', 'service_request'],
  ] as const)(
    'of the stored stage in %s reads its index in order, the days beside it',
    (register, value, table) => {
      const details = detailsOf([{ field: 'stageCode', operator: 'equals', value }], 100, register)
      expect(details).toContain(`SEARCH ${table} USING COVERING INDEX ${table}_stage_code (stage_code=?)`)
      expect(details).not.toMatch(/TEMP B-TREE FOR ORDER BY/)
    },
  )

  it('of who leases asks the table that says it', () => {
    const details = detailsOf([{ field: 'lesseeIds', operator: 'contains', value: 'x' }], 100, 'lease')
    expect(details).toContain('SEARCH lease_lessee USING PRIMARY KEY (target_id=?)')
    expect(details).toContain('SEARCH lease USING INTEGER PRIMARY KEY (rowid=?)')
  })

  it.each([
    [
      'SELECT * FROM dwelling WHERE community_code = ? AND street_code = ? AND door_number = ? AND building = ? AND entrance IS NULL AND room_number = ? AND id <> ?',
      'dwelling_address',
    ],
    [
      'SELECT * FROM resident WHERE document_type_code = ? AND document_number = ? AND id <> ?',
      'resident_document_number',
    ],
    [
      "SELECT record_id FROM change_log WHERE register = ? AND account_name = ? AND server_seq IS NULL AND act IN ('created', 'changed') ORDER BY id DESC LIMIT 1",
      'change_log_own',
    ],
  ])('of what every new form asks uses an index: %s', (sql, index) => {
    const parameters = [...sql.matchAll(/\?/g)].map(() => 'x')
    const details = fixture.backend.context.store.read
      .allOf(`EXPLAIN QUERY PLAN ${sql}`, ...parameters)
      .map((row) => String(row['detail']))
      .join('\n')
    expect(details).toContain(`INDEX ${index} (`)
    expect(details).not.toContain('TEMP B-TREE')
  })

  it('of initials reads the name keys alone', () => {
    const details = detailsOf([{ field: 'name', operator: 'name', value: 'zwx' }], 100)
    expect(details).toMatch(/SEARCH name_key USING PRIMARY KEY \(register=\? AND key>\? AND key<\?\)/)
    expect(details).not.toMatch(/resident/)
  })
})

describe('cells', () => {
  const viewer: Account = {
    accountName: 'v',
    displayName: '看',
    role: 'viewer',
    stationCode: 'S1',
    stationName: '一站',
  }

  it('mask personal values for a viewer and for nobody else', async () => {
    const seenBy = async (account: Account | null) => {
      const context = { ...fixture.backend.context, account: () => account }
      const queries = createRecordQueries(context, createLocalQueryRunner(context.store.read))
      return (await queries.page(base, 0, 1)).rows[0]?.cells ?? {}
    }
    const clerk = await seenBy({ ...viewer, role: 'clerk' })
    const masked = await seenBy(viewer)
    expect(await seenBy(null)).toEqual(clerk)
    expect(clerk['documentNumber']).toMatch(/^\d{17}[\dX]$|^P/)
    for (const field of ['documentNumber', 'telephone']) {
      expect(masked[field]).toMatch(/\*{3}/)
      expect(masked[field]).not.toBe(clerk[field])
    }
    expect(masked['name']).toBe(clerk['name'])
  })

  it('are masked for a viewer in the details as well, and whole where a form is filled', async () => {
    const id = residents.find(({ values }) => typeof values['telephone'] === 'string')?.id ?? ''
    const context = { ...fixture.backend.context, account: () => viewer }
    const look = (purpose: 'view' | 'show' | 'modify') =>
      getLabelledRecord(context, { register: 'resident', id, purpose })
    const whole = await look('modify')
    for (const purpose of ['view', 'show'] as const) {
      const masked = await look(purpose)
      expect(masked.values['telephone']).toMatch(/\*{3}/)
      expect(masked.values['documentNumber']).not.toBe(whole.values['documentNumber'])
      expect(masked.values['name']).toBe(whole.values['name'])
    }
  })
})

describe('复制', () => {
  it('gives a header and the chosen rows, each once, and logs it', async () => {
    const ids = expected(base)
    const copied = await fixture.backend.call('record.copy', {
      query: base,
      columns: ['name', 'documentNumber', 'dwellingId', 'updatedAt'],
      ranges: [
        [3, 5],
        [0, 1],
        [4, 6],
      ],
    })
    const lines = copied.text.split('\r\n')
    expect(lines[0]).toBe('姓名\t证件号码\t现住房屋\t最后修改时间')
    expect(copied.count).toBe(6)
    const byId = new Map(residents.map((record) => [record.id, record.values]))
    const chosen = [0, 1, 3, 4, 5, 6].map((index) => byId.get(ids[index] ?? '')?.['documentNumber'])
    expect(lines.slice(1, -1).map((line) => line.split('\t')[1])).toEqual(chosen)
    const audit = fixture.backend.context.store.read.firstOf(
      "SELECT detail FROM audit WHERE act = 'record.copied' ORDER BY id DESC LIMIT 1",
    )
    expect(JSON.parse(String(audit?.['detail']))).toMatchObject({ count: 6 })
    expect(String(audit?.['detail'])).not.toContain(String(chosen[0]))
  })

  it('of more rows than there are gives those there are', async () => {
    const copied = await fixture.backend.call('record.copy', {
      query: base,
      columns: ['name'],
      ranges: [[0, 99_999]],
    })
    expect(copied.count).toBe(expected(base).length)
  })
})
