import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import {
  DATED_TODO_KINDS,
  dueCountsQuery,
  dueRowsQuery,
  TODO_LIMIT,
} from '../../../src-main/backend/queries/todo.ts'
import type { SqlParameter } from '../../../src-main/backend/database/database.ts'
import {
  fixedClock,
  makeBackend,
  saveTown,
  type BackendFixture,
  type Town,
} from '../../support/backend-fixture.ts'

const today = '2026-03-16'
let fixture: BackendFixture
let town: Town

beforeEach(async () => {
  fixture = await makeBackend({ clock: fixedClock(today) })
  town = await saveTown(fixture.backend)
})
afterEach(() => fixture.remove())

/** A stored record with these columns beside the common ones: stages are set by steps, and days lie where a test needs them. */
async function store(table: string, columns: Readonly<Record<string, SqlParameter>>): Promise<string> {
  const id = makeUuid()
  const names = Object.keys(columns)
  await fixture.backend.context.store.write((database) =>
    database.runOf(
      `INSERT INTO ${table} (id, declaration_version, status, created_at, updated_at, revision, station_code, server_seq,
         pending_ops${names.map((name) => `, ${name}`).join('')})
       VALUES (?, 1, 'active', 0, 0, 1, '', 0, 0${names.map(() => ', ?').join('')})`,
      id,
      ...Object.values(columns),
    ),
  )
  return id
}
const permit = (columns: Readonly<Record<string, SqlParameter>>) =>
  store('residence_permit', { applicant_id: town.residentId, permit_action_code: '10', ...columns })
const idsOf = async (kind: (typeof DATED_TODO_KINDS)[number], withinDays = 30): Promise<readonly string[]> =>
  (await fixture.backend.call('todo.list', { kind, withinDays, offset: 0, limit: 50 })).rows.map(
    ({ id }) => id,
  )
const countsOf = async (withinDays = 30) =>
  Object.fromEntries(
    (await fixture.backend.call('todo.counts', { withinDays })).map(({ kind, total, late }) => [
      kind,
      [total, late],
    ]),
  )

describe('permits that end', () => {
  it('are listed from a year ago to N days ahead, the earliest first', async () => {
    const soon = await permit({ stage_code: '40', valid_until_date: '2026-04-15' })
    expect(await idsOf('permitEnding')).toEqual([soon])
    expect(await idsOf('permitEnding', 29)).toEqual([])
    expect(await countsOf()).toMatchObject({ permitEnding: [1, 0] })
  })
  it('past their day are late', async () => {
    await permit({ stage_code: '40', valid_until_date: '2026-03-15', permit_number: 'JZ1' })
    const { rows, total } = await fixture.backend.call('todo.list', {
      kind: 'permitEnding',
      withinDays: 30,
      offset: 0,
      limit: 50,
    })
    expect(total).toBe(1)
    expect(rows[0]).toMatchObject({ isLate: true, day: '2026-03-15', title: '张伟 首次申领', detail: 'JZ1' })
    expect(await countsOf()).toMatchObject({ permitEnding: [1, 1] })
  })
  it.each([
    ['a later permit was issued', { stage_code: '40', valid_until_date: '2027-04-01' }],
    ['an endorsement is in process', { stage_code: '20', due_date: '2026-05-01' }],
  ])('are done with once %s', async (_why, later) => {
    await permit({ stage_code: '40', valid_until_date: '2026-04-01' })
    await permit(later)
    expect(await idsOf('permitEnding')).toEqual([])
  })
  it('of somebody who has left are nobody’s work', async () => {
    await permit({ stage_code: '40', valid_until_date: '2026-04-01' })
    await fixture.backend.call('resident.cancel', {
      ids: [town.residentId],
      cancellation: { reasonCode: '10', cancelDate: today },
    })
    expect(await idsOf('permitEnding')).toEqual([])
  })
  it('without end, long past, cancelled or refused are not listed', async () => {
    await permit({ stage_code: '40', valid_until_date: '长期' })
    await permit({ stage_code: '40', valid_until_date: '2024-03-01' })
    await permit({ stage_code: '90', valid_until_date: '2026-04-01' })
    expect(await idsOf('permitEnding', 366)).toEqual([])
  })
})

describe('the other days', () => {
  it('reach three working days ahead for what is in process', async () => {
    // 16 March 2026 is a Monday.
    const late = await permit({ stage_code: '10', due_date: '2026-03-13' })
    const soon = await permit({ stage_code: '30', due_date: '2026-03-19' })
    await permit({ stage_code: '20', due_date: '2026-03-20' })
    expect(await idsOf('permitInProcess')).toEqual([late, soon])
    const hazard = await store('inspection', {
      dwelling_id: town.dwellingId,
      stage_code: '20',
      rectify_by_date: '2026-03-01',
    })
    await store('inspection', {
      dwelling_id: town.dwellingId,
      stage_code: '30',
      rectify_by_date: '2026-03-01',
    })
    expect(await idsOf('hazard')).toEqual([hazard])
    const request = await store('service_request', {
      stage_code: '20',
      due_date: today,
      applicant_name: '王一',
    })
    await store('service_request', { stage_code: '30', due_date: today })
    expect(await idsOf('serviceRequest')).toEqual([request])
    expect(await countsOf()).toMatchObject({
      permitInProcess: [2, 1],
      hazard: [1, 1],
      serviceRequest: [1, 0],
    })
    const { rows } = await fixture.backend.call('todo.list', {
      kind: 'hazard',
      withinDays: 30,
      offset: 0,
      limit: 1,
    })
    expect(rows[0]?.detail).toBe('逾期')
  })
  it('reach 30 days ahead for leases, from today', async () => {
    const lease = (end_date: string, stage_code = '10') =>
      store('lease', { dwelling_id: town.dwellingId, lessee_ids: '[]', end_date, stage_code })
    const last = await lease('2026-04-15')
    const first = await lease(today)
    await lease('2026-03-15')
    await lease('2026-04-16')
    await lease('2026-03-20', '30')
    expect(await idsOf('leaseEnding')).toEqual([first, last])
  })
})

describe('what waits for a person', () => {
  it('are refused ops and drafts, each with what opens it', async () => {
    await fixture.backend.context.store.write((database) =>
      database.runOf(
        "UPDATE outbox SET state = 'setAside', refusal = '证件号码有误' WHERE record_id = ?",
        town.residentId,
      ),
    )
    const draftId = makeUuid()
    await fixture.backend.call('draft.write', {
      draft: {
        id: draftId,
        register: 'resident',
        recordId: null,
        revision: 0,
        inputs: { name: { text: '李', value: '李' } },
        focusedField: 'name',
        caret: 1,
        pinnedFields: [],
        batchCount: 0,
        openedFrom: null,
        updatedAt: Date.parse('2026-03-16T02:00:00Z'),
      },
    })
    await fixture.backend.call('draft.list', {})
    expect(await countsOf()).toMatchObject({ setAside: [1, 0], draft: [1, 0], conflict: [0, 0] })
    const listOf = async (kind: 'setAside' | 'draft') =>
      (await fixture.backend.call('todo.list', { kind, withinDays: 30, offset: 0, limit: 50 })).rows
    expect(await listOf('setAside')).toMatchObject([
      { register: 'resident', recordId: town.residentId, title: '张伟', detail: '登记 · 证件号码有误' },
    ])
    expect(await listOf('draft')).toMatchObject([{ id: draftId, recordId: null, title: '李' }])
  })
})

describe('the plan of a list', () => {
  it.each(DATED_TODO_KINDS)('%s reads its own index in order and sorts nothing', (kind) => {
    const { read } = fixture.backend.context.store
    const span = { from: '2025-03-16', to: '2026-04-15' }
    for (const query of [dueRowsQuery(kind, span, 50, 0), dueCountsQuery(kind, span, today)]) {
      const plan = read
        .allOf(`EXPLAIN QUERY PLAN ${query.sql}`, ...(query.parameters as SqlParameter[]))
        .map((row) => String(row['detail']))
      const [first] = plan.filter((line) => line.startsWith('SEARCH') || line.startsWith('SCAN'))
      expect(first).toMatch(
        /^SEARCH due USING (COVERING )?INDEX (residence_permit_ending|residence_permit_in_process|lease_ending|inspection_to_rectify|service_request_open) /,
      )
      expect(plan.join('\n')).not.toMatch(/TEMP B-TREE|SCAN (resident|later)/)
    }
  })

  it('ends at the limit', () => {
    const { read } = fixture.backend.context.store
    const span = { from: '2025-03-16', to: '2026-04-15' }
    const beyond = dueRowsQuery('permitEnding', span, 50, TODO_LIMIT)
    expect(read.allOf(beyond.sql, ...(beyond.parameters as SqlParameter[]))).toEqual([])
  })
})
