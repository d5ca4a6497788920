import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openConnection, type Connection } from '../../../src-main/backend/database/connection.ts'
import { INDEXED_FIELDS, planQuery, SELDOM_INDEXES } from '../../../src-main/backend/queries/build-query.ts'
import { linkTable } from '../../../src-main/backend/queries/references.ts'
import type { Condition, Query } from '../../../src-shared/contract/types.ts'
import { columnName } from '../../../src-shared/fields/columns.ts'
import type { Field } from '../../../src-shared/fields/field.ts'
import { operatorsOf } from '../../../src-shared/fields/filter.ts'
import { REGISTER_NAMES, type Register, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { makeBackend, workers, type BackendFixture } from '../../support/backend-fixture.ts'

let fixture: BackendFixture
let connection: Connection

beforeAll(async () => {
  fixture = await makeBackend({ workers })
  const { file, key } = fixture.backend.context.store
  connection = openConnection(file, key, 'save')
})
afterAll(async () => {
  connection.close()
  await fixture.remove()
})

/** What a statement's plan must say; `without` what it must not. */
type Wish = {
  readonly what: string
  readonly query: Query
  /** Whether the condition finds the rows; else the order of the sort does. */
  readonly isDriven?: boolean
  readonly reads: readonly string[]
  readonly without: RegExp
}

/** Sorting rows of one value and one millisecond is no sort. */
const SORTS = /TEMP B-TREE FOR ORDER BY/
const READS_ALL = /^SCAN (?!.*(?:USING|CONSTANT|SUBQUERY|\(subquery))/m

function queryOf(register: RegisterName, part: Partial<Query>): Query {
  return {
    register,
    conditions: [],
    statuses: ['active'],
    stationCode: null,
    sort: { field: 'updatedAt', direction: 'descending' },
    ...part,
  }
}

/** A condition as a clerk asks it; a stage and a name have plans of their own in query-records.test.ts. */
function conditionOn(name: string, field: Field): Condition {
  const operators = operatorsOf(field)
  if (operators.includes('name')) return { field: name, operator: 'name', value: '张' }
  if (operators.includes('within')) return { field: name, operator: 'within', value: '1' }
  if (operators.includes('startsWith')) return { field: name, operator: 'startsWith', value: '1' }
  if (operators.includes('between')) return { field: name, operator: 'between', from: '2020-01-01' }
  return { field: name, operator: 'equals', value: 'x' }
}

/** Every plan that the declarations of a register promise. */
function wishesOf(register: Register): readonly Wish[] {
  const { name, table, fields, flow } = register
  const { inOrder, scanned } = INDEXED_FIELDS[name]
  const index = (field: string): string => `USING COVERING INDEX ${table}_${columnName(field)}`
  const directions = ['ascending', 'descending'] as const
  const wishes: Wish[] = [
    {
      what: 'the default query',
      query: queryOf(name, {}),
      reads: [`SCAN ${table} ${index('updatedAt')}`],
      without: SORTS,
    },
  ]
  for (const field of [...inOrder, ...scanned, 'createdAt', 'updatedAt']) {
    const declared = fields[field]
    for (const direction of directions) {
      const query = queryOf(name, { sort: { field, direction } })
      const what = `${direction} by ${field}`
      if (declared?.kind === 'reference') {
        const target = getRegister(declared.register)
        // Each named record's rows come by the index of the column, and nothing is read that is not shown.
        const reads = [`SEARCH ${table} ${index(field)} (${columnName(field)}=?)`, 'SCAN named USING INDEX']
        wishes.push({ what: `${what}, a ${target.name}`, query, reads, without: READS_ALL })
      } else wishes.push({ what, query, reads: [`SCAN ${table} ${index(field)}`], without: SORTS })
    }
  }
  for (const [seldom, together] of Object.entries(SELDOM_INDEXES[name] ?? {}))
    for (const field of together)
      for (const direction of directions)
        wishes.push({
          what: `${direction} by ${field}`,
          query: queryOf(name, { sort: { field, direction } }),
          reads: [`SCAN ${table} USING COVERING INDEX ${seldom}`],
          without: /SEARCH/,
        })
  for (const field of [...inOrder, ...scanned]) {
    const declared = fields[field]
    if (declared === undefined || flow?.field === field) continue
    wishes.push({
      what: `the condition ${field}`,
      query: queryOf(name, { conditions: [conditionOn(field, declared)] }),
      isDriven: true,
      reads: [`SEARCH ${table} ${index(field)} (${columnName(field)}`],
      // Of a range all that it finds is put in order.
      without: inOrder.includes(field) ? SORTS : READS_ALL,
    })
  }
  for (const [field, declared] of Object.entries(fields))
    if (declared.kind === 'references')
      wishes.push({
        what: `the condition ${field}`,
        query: queryOf(name, { conditions: [{ field, operator: 'contains', value: 'x' }] }),
        isDriven: true,
        reads: [`SEARCH ${linkTable(register, field)} USING PRIMARY KEY`],
        without: READS_ALL,
      })
  return wishes
}

/** The wishes that a store does not fulfil, whole and for a first page. */
function unfulfilled(register: Register): readonly string[] {
  return wishesOf(register).flatMap(({ what, query, isDriven, reads, without }) =>
    [100, null].flatMap((limit) => {
      const plan = planQuery(query, fixture.backend.context.dictionaries, false, '2026-11-28')
      const statement = plan.rows(isDriven === true ? (plan.candidates[0]?.index ?? null) : null, limit)
      const rows = connection
        .prepare(`EXPLAIN QUERY PLAN ${statement.sql}`)
        .all(...statement.parameters) as readonly { readonly detail: string }[]
      const details = rows.map((row) => row.detail).join('\n')
      const isFulfilled = reads.every((each) => details.includes(each)) && !without.test(details)
      return isFulfilled ? [] : [`${register.name}: ${what}, ${String(limit)}\n${details}`]
    }),
  )
}

function indexesOf(register: Register): readonly string[] {
  return connection
    .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .pluck()
    .all(register.table) as readonly string[]
}

describe.each(REGISTER_NAMES)('the plans of %s', (name) => {
  const register = getRegister(name)

  it('are those its declarations promise: default query, every sort, every indexed condition', () => {
    expect(unfulfilled(register)).toEqual([])
  })

  it('are missed when an index is dropped, whichever it is', () => {
    const { inOrder, scanned } = INDEXED_FIELDS[name]
    const promised = [
      ...[...inOrder, ...scanned, 'createdAt', 'updatedAt']
        // A stage's index is also asked for by its own tests.
        .filter((field) => register.flow?.field !== field)
        .map((field) => `${register.table}_${columnName(field)}`),
      ...Object.keys(SELDOM_INDEXES[name] ?? {}),
    ]
    expect(indexesOf(register)).toEqual(expect.arrayContaining(promised))
    const unnoticed = promised.filter((index) => {
      connection.exec('BEGIN')
      connection.exec(`DROP INDEX ${index}`)
      const isNoticed = unfulfilled(register).length > 0
      connection.exec('ROLLBACK')
      return !isNoticed
    })
    expect(unnoticed).toEqual([])
    // All of them are there again.
    expect(unfulfilled(register)).toEqual([])
  })
})

describe('a condition that very many rows fulfil', () => {
  it.each([
    ['its own index', 'name', 'resident_name'],
    ['a narrow one', 'hukouTypeCode', 'resident_seldom_codes'],
  ])('is a set beside the order of the sort, by %s', (_, field, index) => {
    const query = queryOf('resident', {
      conditions: [{ field: 'sexCode', operator: 'equals', value: '1' }],
      sort: { field, direction: 'ascending' },
    })
    const statement = planQuery(query, fixture.backend.context.dictionaries, false, '2026-11-28').manyRows(
      0,
      null,
    )
    const rows = connection
      .prepare(`EXPLAIN QUERY PLAN ${statement.sql}`)
      .all(...statement.parameters) as readonly { readonly detail: string }[]
    const details = rows.map((row) => row.detail).join('\n')
    expect(details).toContain(`SCAN resident USING COVERING INDEX ${index}`)
    expect(details).toContain('SEARCH resident USING COVERING INDEX resident_sex_code (sex_code=?)')
  })

  it('of the sort itself is read in its order', () => {
    const query = queryOf('resident', {
      conditions: [{ field: 'birthDate', operator: 'between', from: '1990-01-01' }],
      sort: { field: 'birthDate', direction: 'descending' },
    })
    const plan = planQuery(query, fixture.backend.context.dictionaries, false, '2026-11-28')
    expect(plan.candidates[0]?.isSorted).toBe(true)
    const statement = plan.rows(0, 100)
    const rows = connection
      .prepare(`EXPLAIN QUERY PLAN ${statement.sql}`)
      .all(...statement.parameters) as readonly { readonly detail: string }[]
    const details = rows.map((row) => row.detail).join('\n')
    expect(details).toContain('SEARCH resident USING COVERING INDEX resident_birth_date (birth_date>?)')
    expect(details).not.toMatch(SORTS)
  })
})
