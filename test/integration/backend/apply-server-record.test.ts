import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { applyServerRecord } from '../../../src-main/backend/services/apply-server-record.ts'
import type { FieldValue } from '../../../src-shared/fields/field.ts'
import type { ServerRecord } from '../../../src-shared/sync/op.ts'
import {
  countRows,
  employerValues,
  makeBackend,
  saveTown,
  type BackendFixture,
  type Town,
} from '../../support/backend-fixture.ts'

let fixture: BackendFixture
let town: Town

beforeEach(async () => {
  fixture = await makeBackend()
  town = await saveTown(fixture.backend)
})
afterEach(() => fixture.remove())

const serverRecord = (change: Partial<ServerRecord> = {}): ServerRecord => ({
  register: 'employer',
  recordId: makeUuid(),
  seq: 10,
  status: 'active',
  cancellation: null,
  declarationVersion: 1,
  stationCode: 'S2',
  values: employerValues({ name: '别站单位' }),
  createdAt: 1_000,
  updatedAt: 2_000,
  updatedBy: 'other',
  mergedInto: null,
  conflicts: [],
  duplicates: [],
  updatedStation: 'S2',
  ...change,
})

const apply = (record: ServerRecord): Promise<boolean> =>
  fixture.backend.context.store.write((database) => applyServerRecord(database, record))

const get = (id: string) => fixture.backend.call('record.get', { register: 'employer', id, purpose: 'show' })

async function change(id: string, values: Record<string, FieldValue>): Promise<void> {
  const record = await get(id)
  await fixture.backend.call('employer.save', {
    id,
    revision: record.revision,
    values: { ...record.values, ...values },
    draftId: null,
  })
}

function acknowledge(id: string, seq: number): Promise<unknown> {
  return fixture.backend.context.store.write((database) => {
    database.runOf(
      "UPDATE outbox SET state = 'acked', seq = ? WHERE register = 'employer' AND record_id = ?",
      seq,
      id,
    )
    database.runOf('UPDATE employer SET pending_ops = 0 WHERE id = ?', id)
  })
}

describe("the server's state of a record", () => {
  it('makes a new record that counts as uploaded, with who wrote it in the history', async () => {
    const record = serverRecord()
    expect(await apply(record)).toBe(true)
    expect(await get(record.recordId)).toMatchObject({
      title: '别站单位',
      uploadState: 'uploaded',
      stationCode: 'S2',
      createdAt: 1_000,
      updatedAt: 2_000,
    })
    const history = await fixture.backend.call('record.history', {
      register: 'employer',
      id: record.recordId,
    })
    expect(history).toMatchObject([{ act: 'created', by: 'other', station: 'S2' }])
  })

  it('applied twice is applied once', async () => {
    const record = serverRecord()
    await apply(record)
    const lines = countRows(fixture.backend, 'change_log')
    expect(await apply(record)).toBe(false)
    expect((await get(record.recordId)).revision).toBe(1)
    expect(countRows(fixture.backend, 'change_log')).toBe(lines)
  })

  it('of an older number changes nothing', async () => {
    const record = serverRecord()
    await apply(record)
    expect(await apply({ ...record, seq: 9, values: employerValues({ name: '旧' }) })).toBe(false)
    expect((await get(record.recordId)).title).toBe('别站单位')
  })

  it('lies under own edits that are not confirmed', async () => {
    const record = serverRecord()
    await apply(record)
    await change(record.recordId, { telephone: '13911112222' })
    await apply({
      ...record,
      seq: 11,
      values: employerValues({ name: '改名单位', telephone: '13900009999' }),
    })
    const shown = await get(record.recordId)
    expect(shown.values).toMatchObject({ name: '改名单位', telephone: '13911112222' })
    expect(shown.uploadState).toBe('pending')
    expect(countRows(fixture.backend, 'server_record')).toBe(1)
  })

  it('keeps a confirmed edit on top until the pull has passed it', async () => {
    const id = town.employerId
    await change(id, { headcount: 5 })
    await acknowledge(id, 20)
    const stale = serverRecord({ recordId: id, seq: 15, values: employerValues({ address: '重庆路1号' }) })
    await apply(stale)
    expect((await get(id)).values).toMatchObject({ headcount: 5 })
    // The pull brings what the server made of it: then that counts, whatever was typed.
    await apply({ ...stale, seq: 20, values: employerValues({ address: '重庆路1号', headcount: 7 }) })
    expect((await get(id)).values).toMatchObject({ headcount: 7, address: '重庆路1号' })
    expect(countRows(fixture.backend, 'server_record')).toBe(0)
  })

  it('cancelled elsewhere is cancelled here, and found so by queries and counts', async () => {
    const record = serverRecord()
    await apply(record)
    await apply({
      ...record,
      seq: 12,
      status: 'cancelled',
      cancellation: { reasonCode: '10', cancelDate: '2026-03-01' },
    })
    expect((await get(record.recordId)).status).toBe('cancelled')
    expect((await fixture.backend.call('app.state', {})).counts.employer).toBe(1)
    const history = await fixture.backend.call('record.history', {
      register: 'employer',
      id: record.recordId,
    })
    expect(history[0]?.act).toBe('cancelled')
  })

  it('makes a form that was opened before say so', async () => {
    const record = serverRecord()
    await apply(record)
    const opened = await get(record.recordId)
    await apply({ ...record, seq: 11, values: employerValues({ name: '别站单位', headcount: 9 }) })
    const result = await fixture.backend.request('employer.save', {
      id: record.recordId,
      revision: opened.revision,
      values: { ...opened.values, remarks: 'x' },
      draftId: null,
    })
    expect(result).toMatchObject({ ok: false, error: { code: 'changedMeanwhile' } })
  })

  it('names fields this program does not know: they are left out, not a fault', async () => {
    const record = serverRecord({ values: { ...employerValues(), invented: 'x' } })
    await apply(record)
    expect((await get(record.recordId)).values).not.toHaveProperty('invented')
  })

  it('keeps the name keys', async () => {
    const record = serverRecord()
    await apply(record)
    await apply({ ...record, seq: 11, values: employerValues({ name: '重庆火锅' }) })
    const query = (value: string) =>
      fixture.backend.call('record.count', {
        query: {
          register: 'employer',
          conditions: [{ field: 'name', operator: 'contains', value }],
          statuses: ['active'],
          stationCode: null,
          sort: { field: 'updatedAt', direction: 'descending' },
        },
      })
    expect((await query('火锅')).total).toBe(1)
    expect(
      fixture.backend.context.store.read.pluck<string>(
        "SELECT key FROM name_key WHERE register = 'employer' AND key LIKE '%hg' ORDER BY key",
      ),
    ).toEqual(expect.arrayContaining(['cqhg', 'zqhg']))
  })
})
