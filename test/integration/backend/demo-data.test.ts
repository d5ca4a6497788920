import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { loadDemo, removeDemo } from '../../../src-main/backend/services/demo-data.ts'
import { getDemoRecord } from '../../../src-shared/demo/generate-demo.ts'
import {
  addStreets,
  countRows,
  dwellingValues,
  makeBackend,
  refusalOf,
  saveNew,
  type BackendFixture,
} from '../../support/backend-fixture.ts'

const size = { communities: 3, streets: 6, coordinators: 4, employers: 15, dwellings: 60, residents: 150 }
const total = 4 + 15 + 60 + 150
const tables = [
  'resident',
  'dwelling',
  'employer',
  'coordinator',
  'name_key',
  'change_log',
  'outbox',
  'audit',
  'dictionary_entry',
  'lookup_recent',
  'server_record',
]

let fixture: BackendFixture

beforeEach(async () => {
  fixture = await makeBackend()
})
afterEach(() => fixture.remove())

const reload = (names: readonly string[]): void =>
  fixture.backend.context.dictionaries.reload(fixture.backend.context.store.read, names)
const load = () => loadDemo(fixture.backend.context, reload, size)
const remove = () => removeDemo(fixture.backend.context, reload)
const rowCounts = (): Readonly<Record<string, number>> =>
  Object.fromEntries(tables.map((table) => [table, countRows(fixture.backend, table)]))

describe('演示数据', () => {
  it('is loaded with progress, counted, found, and never uploaded', async () => {
    expect(await load()).toEqual({ count: total })
    const state = await fixture.backend.call('app.state', {})
    expect(state.isDemoLoaded).toBe(true)
    expect(state.counts).toMatchObject({ dwelling: 60, employer: 15, coordinator: 4 })
    expect(state.sync.pendingCount).toBe(0)
    expect(countRows(fixture.backend, 'outbox')).toBe(0)
    const progress = fixture.events.filter((message) => message.event === 'work.progress')
    expect(progress.length).toBeGreaterThan(2)
    expect(progress.at(-1)?.payload).toMatchObject({ done: total, total, isFinished: true })
  })

  it('is changed without an op: the server never hears of it', async () => {
    await load()
    const id = getDemoRecord('resident', 5, { size }).id
    const record = await fixture.backend.call('record.get', { register: 'resident', id, purpose: 'modify' })
    expect(record.uploadState).toBe('demo')
    await fixture.backend.call('resident.save', {
      id,
      revision: record.revision,
      values: { ...record.values, remarks: '改过' },
      draftId: null,
    })
    expect(countRows(fixture.backend, 'outbox')).toBe(0)
    expect(countRows(fixture.backend, 'change_log')).toBe(1)
  })

  it('is removed without a trace', async () => {
    await addStreets(fixture.backend)
    const own = makeUuid()
    await saveNew(fixture.backend, 'dwelling', own, dwellingValues())
    const before = rowCounts()
    await load()
    const id = getDemoRecord('employer', 2, { size }).id
    await fixture.backend.call('record.get', { register: 'employer', id, purpose: 'view' })
    await fixture.backend.call('lookup.taken', { source: { kind: 'register', name: 'employer' }, code: id })
    await fixture.backend.call('employer.cancel', {
      ids: [id],
      cancellation: { reasonCode: '10', cancelDate: '2026-03-01' },
    })
    expect(await remove()).toEqual({ count: total })
    // The removal itself is not logged either: nothing of it concerns a person.
    expect(rowCounts()).toEqual(before)
    expect((await fixture.backend.call('app.state', {})).isDemoLoaded).toBe(false)
    expect(
      (await fixture.backend.call('record.get', { register: 'dwelling', id: own, purpose: 'show' })).title,
    ).toBe('东风路12号3栋2单元501室')
  })

  it('stays while own records refer to it', async () => {
    await load()
    const resident = getDemoRecord('resident', 7, { size })
    await saveNew(fixture.backend, 'resident', makeUuid(), { ...resident.values, remarks: '自己录入' })
    const error = await refusalOf(fixture.backend, 'demo.remove', {})
    expect(error).toMatchObject({
      code: 'notPossible',
      message: expect.stringContaining('1 条自己录入的记录') as string,
    })
    expect(countRows(fixture.backend, 'dwelling')).toBe(60)
  })

  it('loaded twice is loaded once', async () => {
    await load()
    const before = rowCounts()
    await load()
    expect(rowCounts()).toMatchObject({ ...before, audit: 2 })
  })

  it('does not take an id of its own for a new record', async () => {
    const record = getDemoRecord('coordinator', 1, { size })
    const error = await refusalOf(fixture.backend, 'coordinator.save', {
      id: record.id,
      revision: 0,
      values: record.values,
      draftId: null,
    })
    expect(error.code).toBe('invalidInput')
  })
})
