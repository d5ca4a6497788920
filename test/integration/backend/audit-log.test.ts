import { v7 as makeUuid } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  auditCountQuery,
  auditLinesQuery,
  auditPeopleQuery,
  type AuditFilter,
} from '../../../src-main/backend/queries/audit-log.ts'
import { startOfLocalDay } from '../../../src-main/backend/services/clock.ts'
import type { AuditConditions } from '../../../src-shared/contract/audit-types.ts'
import {
  addStreets,
  coordinatorValues,
  dwellingValues,
  makeBackend,
  saveNew,
  workers,
  type BackendFixture,
} from '../../support/backend-fixture.ts'

let fixture: BackendFixture

afterEach(() => fixture.remove())

const everything: AuditConditions = {
  from: null,
  to: null,
  accountName: null,
  group: null,
  register: null,
  recordId: null,
}

async function list(change: Partial<AuditConditions> = {}, offset = 0, limit = 100) {
  const { newest } = await fixture.backend.call('audit.state', { record: null })
  return fixture.backend.call('audit.list', {
    conditions: { ...everything, ...change },
    newest,
    offset,
    limit,
  })
}

describe('what is noted', () => {
  let coordinatorId: string
  let dwellingId: string

  beforeEach(async () => {
    fixture = await makeBackend({ workers })
    await addStreets(fixture.backend)
    coordinatorId = makeUuid()
    dwellingId = makeUuid()
    await saveNew(fixture.backend, 'coordinator', coordinatorId, coordinatorValues())
    await saveNew(fixture.backend, 'dwelling', dwellingId, dwellingValues({ coordinatorId }))
    await fixture.backend.call('record.get', { register: 'dwelling', id: dwellingId, purpose: 'view' })
  })

  it('is listed in words, the newest first, with the record as lists call it', async () => {
    const { rows, total } = await list()
    expect(total).toBe(3)
    expect(rows.map(({ act, registerLabel, title, person }) => [act, registerLabel, title, person])).toEqual([
      ['查看', '房屋', expect.stringContaining('东风路'), '本机操作员'],
      ['新增', '房屋', expect.stringContaining('东风路'), '本机操作员'],
      ['新增', '协管员', '王协管', '本机操作员'],
    ])
    expect(rows[1]?.detail).toMatch(/^录入 \d+ 项$/)
    expect(rows[0]?.record).toEqual({ register: 'dwelling', id: dwellingId })
  })

  it('is narrowed by day, person, kind, register and record', async () => {
    const counts = async (change: Partial<AuditConditions>): Promise<number> => (await list(change)).total
    expect(await counts({ group: 'looks' })).toBe(1)
    expect(await counts({ group: 'records', register: 'coordinator' })).toBe(1)
    expect(await counts({ register: 'dwelling', recordId: dwellingId })).toBe(2)
    expect(await counts({ accountName: '' })).toBe(3)
    expect(await counts({ accountName: 'nobody' })).toBe(0)
    expect(await counts({ from: '2026-03-16', to: '2026-03-16' })).toBe(3)
    expect(await counts({ to: '2026-03-15' })).toBe(0)
    expect(await counts({ from: '2026-03-17' })).toBe(0)
  })

  it('names who stands in it and the record it is narrowed to', async () => {
    const state = await fixture.backend.call('audit.state', {
      record: { register: 'coordinator', id: coordinatorId },
    })
    expect(state.people).toEqual([{ accountName: '', name: '本机操作员' }])
    expect(state.title).toBe('王协管')
    const unknown = await fixture.backend.call('audit.state', {
      record: { register: 'coordinator', id: makeUuid() },
    })
    expect(unknown.title).toBeNull()
  })

  it('is copied as text, and the copy is a line of the log', async () => {
    const { newest } = await fixture.backend.call('audit.state', { record: null })
    const copied = await fixture.backend.call('audit.copy', {
      conditions: everything,
      newest,
      ranges: [[0, 1]],
    })
    expect(copied.count).toBe(2)
    const lines = copied.text.split('\r\n')
    expect(lines[0]).toBe('时间\t操作员\t服务站\t操作\t登记簿\t记录\t内容')
    expect(lines[1]).toMatch(/^2026-03-16 \d\d:\d\d:\d\d\t本机操作员\t\t查看\t房屋\t东风路/)
    expect(lines).toHaveLength(4)
    const [latest] = (await list()).rows
    expect(latest).toMatchObject({ act: '复制操作日志', detail: '2 条', record: null, title: '' })
  })

  it('says of a record that is not here any more that it is not', async () => {
    await fixture.backend.context.store.write((database) =>
      database.runOf('DELETE FROM dwelling WHERE id = ?', dwellingId),
    )
    const [row] = (await list({ register: 'dwelling' })).rows
    expect(row).toMatchObject({ title: '已不在本机', record: null })
  })

  it('stands still while more is noted: the newest line of the list is part of the question', async () => {
    const { newest } = await fixture.backend.call('audit.state', { record: null })
    const ask = () =>
      fixture.backend.call('audit.list', { conditions: everything, newest, offset: 0, limit: 10 })
    const before = await ask()
    await fixture.backend.call('record.get', { register: 'dwelling', id: dwellingId, purpose: 'modify' })
    expect(await ask()).toEqual(before)
    expect((await list()).rows[0]?.act).toBe('打开修改')
  })
})

describe('a log of many lines', () => {
  const LINES = 5_000
  const ACTS = ['record.changed', 'record.viewed', 'record.copied', 'sync.held'] as const

  beforeEach(async () => {
    fixture = await makeBackend()
    await fixture.backend.context.store.write((database) => {
      for (let index = 0; index < LINES; index += 1)
        database.runOf(
          'INSERT INTO audit (at, account_name, station_code, act, register, record_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?)',
          startOfLocalDay('2026-03-01') + index * 600_000,
          `clerk${index % 3}`,
          'S1',
          ACTS[index % ACTS.length] ?? '',
          index % 2 === 0 ? 'resident' : 'dwelling',
          '',
          '{}',
        )
    })
  })

  it('is the same whether it is read page by page or counted line by line', async () => {
    const { read } = fixture.backend.context.store
    for (const [change, where] of [
      [{}, '1'],
      [{ accountName: 'clerk1' }, "account_name = 'clerk1'"],
      [{ group: 'exports' }, "act = 'record.copied'"],
      [{ register: 'resident', group: 'records' }, "register = 'resident' AND act = 'record.changed'"],
      [
        { from: '2026-03-03', to: '2026-03-09' },
        `at BETWEEN ${startOfLocalDay('2026-03-03')} AND ${startOfLocalDay('2026-03-10') - 1}`,
      ],
    ] as const) {
      const wanted = read.pluck<number>(`SELECT id FROM audit WHERE ${where} ORDER BY id DESC`)
      const got: number[] = []
      for (let offset = 0; offset < wanted.length; offset += 500) {
        const page = await list(change, offset, 500)
        expect(page.total).toBe(wanted.length)
        got.push(...page.rows.map(({ id }) => id))
      }
      expect(got).toEqual(wanted)
    }
  })

  it('never has a line looked at to be found', () => {
    const { read } = fixture.backend.context.store
    const none: AuditFilter = {
      from: null,
      to: null,
      accountName: null,
      acts: null,
      register: null,
      recordId: null,
    }
    const planOf = (query: ReturnType<typeof auditPeopleQuery>): string =>
      read
        .allOf(`EXPLAIN QUERY PLAN ${query.sql}`, ...(query.parameters as readonly (string | number)[]))
        .map((row) => String(row['detail']))
        .join('; ')
    // The newest lines of all: along the numbers, as many as are asked for.
    expect(planOf(auditLinesQuery(none, 9_999, 100))).toBe('SEARCH audit USING INTEGER PRIMARY KEY (rowid<?)')
    for (const change of [
      { accountName: 'clerk1' },
      { acts: ['record.viewed'] },
      { register: 'resident' },
      { acts: ['record.viewed', 'record.opened'], accountName: 'clerk1' },
    ])
      expect(planOf(auditLinesQuery({ ...none, ...change }, 9_999, null))).toMatch(
        /^SCAN audit USING COVERING INDEX audit_at/,
      )
    expect(planOf(auditLinesQuery({ ...none, from: 1, to: 2, register: 'resident' }, 9_999, null))).toMatch(
      /^SEARCH audit USING COVERING INDEX audit_at \(at>\? AND at<\?\)/,
    )
    expect(
      planOf(auditLinesQuery({ ...none, recordId: makeUuid(), register: 'resident' }, 9_999, null)),
    ).toBe('SEARCH audit USING INDEX audit_record (record_id=? AND rowid<?)')
    expect(planOf(auditPeopleQuery(0))).toMatch(/USING COVERING INDEX audit_at/)
    expect(planOf(auditPeopleQuery(4_000))).toMatch(/^SEARCH audit USING INTEGER PRIMARY KEY \(rowid>\?\)/)
    expect(planOf(auditCountQuery(9_999))).toMatch(/^SCAN audit USING COVERING INDEX audit_at/)
  })
})
