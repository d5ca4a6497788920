import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../src-shared/fields/merge.ts'
import { opHashText, type OpBody } from '../../../src-shared/sync/op.ts'
import {
  addStreets,
  coordinatorValues,
  countRows,
  dwellingValues,
  employerValues,
  inventNumber,
  makeBackend,
  refusalOf,
  residentValues,
  saveNew,
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

const references = (): { dwellingId: string; collectorId: string } => ({
  dwellingId: town.dwellingId,
  collectorId: town.coordinatorId,
})

describe('a save', () => {
  it('stores record, history, op and audit together', () => {
    const { read } = fixture.backend.context.store
    expect(countRows(fixture.backend, 'resident')).toBe(1)
    for (const table of ['change_log', 'outbox', 'audit']) expect(countRows(fixture.backend, table)).toBe(4)
    const op = read.firstOf('SELECT * FROM outbox ORDER BY n DESC LIMIT 1')
    const body = JSON.parse(String(op?.['body'])) as OpBody
    expect(op).toMatchObject({
      register: 'resident',
      record_id: town.residentId,
      kind: 'set',
      state: 'pending',
    })
    expect(body.fields).toMatchObject({ name: '张伟', dwellingId: town.dwellingId, formerName: null })
    expect(op?.['body']).toBe(canonicalJson(body))
    const hash = createHash('sha256')
      .update(
        opHashText({
          opId: String(op?.['op_id']),
          register: 'resident',
          recordId: town.residentId,
          kind: 'set',
          baseSeq: 0,
          body,
        }),
      )
      .digest('hex')
    expect(op?.['hash']).toBe(hash)
  })

  it('answers the record with labels, title and what is shown beside references', async () => {
    const record = await fixture.backend.call('record.get', {
      register: 'resident',
      id: town.residentId,
      purpose: 'show',
    })
    expect(record).toMatchObject({ title: '张伟', revision: 1, uploadState: 'pending', status: 'active' })
    expect(record.labels).toMatchObject({ ethnicGroupCode: '汉族', dwellingId: '东风路12号3栋2单元501室' })
    expect(record.shown).toMatchObject({ 'dwellingId.streetCode': '东风路', 'dwellingId.roomNumber': '501' })
  })

  it('sent twice is one save', async () => {
    const input = { id: town.residentId, revision: 0, values: residentValues(references()), draftId: null }
    const again = await fixture.backend.call('resident.save', input)
    expect(again.record.revision).toBe(1)
    expect(countRows(fixture.backend, 'outbox')).toBe(4)
    expect(countRows(fixture.backend, 'change_log')).toBe(4)
  })

  it('of a change writes only the fields that differ', async () => {
    const values = residentValues(references(), { telephone: '13900000099', remarks: '搬家' })
    const saved = await fixture.backend.call('resident.save', {
      id: town.residentId,
      revision: 1,
      values,
      draftId: null,
    })
    expect(saved.record.revision).toBe(2)
    const op = fixture.backend.context.store.read.firstOf('SELECT body FROM outbox ORDER BY n DESC LIMIT 1')
    expect((JSON.parse(String(op?.['body'])) as OpBody).fields).toEqual({
      telephone: '13900000099',
      remarks: '搬家',
    })
    const history = await fixture.backend.call('record.history', {
      register: 'resident',
      id: town.residentId,
    })
    expect(history.map((line) => line.act)).toEqual(['changed', 'created'])
    expect(history[0]?.changes).toEqual([
      { label: '联系电话', from: '13900000004', to: '13900000099', provenance: null },
      { label: '备注', from: '', to: '搬家', provenance: null },
    ])
    expect(history[1]?.changes.find((change) => change.label === '现住房屋')?.to).toBe(
      '东风路12号3栋2单元501室',
    )
  })

  it('on an older revision is refused and changes nothing', async () => {
    const save = (remarks: string) => ({
      id: town.residentId,
      revision: 1,
      values: residentValues(references(), { remarks }),
      draftId: null,
    })
    await fixture.backend.call('resident.save', save('甲'))
    const error = await refusalOf(fixture.backend, 'resident.save', save('乙'))
    expect(error.code).toBe('changedMeanwhile')
    const record = await fixture.backend.call('record.get', {
      register: 'resident',
      id: town.residentId,
      purpose: 'show',
    })
    expect(record.values['remarks']).toBe('甲')
    expect(countRows(fixture.backend, 'outbox')).toBe(5)
  })

  it('of a record whose other form saved the same meanwhile is the same save', async () => {
    const input = {
      id: town.residentId,
      revision: 1,
      values: residentValues(references(), { remarks: '甲' }),
      draftId: null,
    }
    await fixture.backend.call('resident.save', input)
    expect((await fixture.backend.call('resident.save', input)).record.revision).toBe(2)
  })

  it('names every broken rule and stores nothing', async () => {
    const error = await refusalOf(fixture.backend, 'resident.save', {
      id: makeUuid(),
      revision: 0,
      values: residentValues(references(), {
        name: null,
        documentNumber: '420106199005060019',
        moveInDate: '2025-12-31',
        ethnicGroupCode: '99999',
        arrivalDate: '2026-02-31',
      }),
      draftId: null,
    })
    expect(error.code).toBe('ruleBroken')
    expect(error.breaches?.map((breach) => breach.field)).toEqual(
      expect.arrayContaining(['name', 'documentNumber', 'ethnicGroupCode', 'arrivalDate']),
    )
    expect(error.breaches?.find((breach) => breach.field === 'name')?.message).toBe('姓名,必须录入,不能为空!')
    expect(countRows(fixture.backend, 'resident')).toBe(1)
    expect(countRows(fixture.backend, 'audit')).toBe(4)
  })

  it('refuses a reference that does not exist or is cancelled, but keeps one that stays', async () => {
    const save = (dwellingId: string) => ({
      id: makeUuid(),
      revision: 0,
      values: residentValues(
        { dwellingId, collectorId: town.coordinatorId },
        { documentNumber: inventNumber(2) },
      ),
      draftId: null,
    })
    const unknown = await refusalOf(fixture.backend, 'resident.save', save(makeUuid()))
    expect(unknown.breaches).toEqual([
      { field: 'dwellingId', message: '现住房屋:所选的房屋不存在,请重新选择!' },
    ])
    const employerId = town.employerId
    const employed = residentValues(references(), {
      employmentStatusCode: '10',
      employerId,
      occupationCode: '4-03-00-00',
    })
    await fixture.backend.call('resident.save', {
      id: town.residentId,
      revision: 1,
      values: employed,
      draftId: null,
    })
    await fixture.backend.call('employer.cancel', {
      ids: [employerId],
      cancellation: { reasonCode: '10', cancelDate: '2026-03-10' },
    })
    const kept = await fixture.backend.call('resident.save', {
      id: town.residentId,
      revision: 2,
      values: { ...employed, remarks: '单位已注销' },
      draftId: null,
    })
    expect(kept.record.revision).toBe(3)
    const other = await refusalOf(fixture.backend, 'resident.save', {
      id: makeUuid(),
      revision: 0,
      values: { ...employed, documentNumber: inventNumber(3) },
      draftId: null,
    })
    expect(other.breaches).toEqual([
      { field: 'employerId', message: '工作单位:所选的单位已注销,请重新选择!' },
    ])
  })

  it('of a field that the register does not have is refused', async () => {
    const error = await refusalOf(fixture.backend, 'employer.save', {
      id: makeUuid(),
      revision: 0,
      values: { ...employerValues(), isOnWatchList: true },
      draftId: null,
    })
    expect(error.breaches?.map((breach) => breach.field)).toEqual(['isOnWatchList'])
  })

  it('gives dwellings numbers that no other save and no other store gives', async () => {
    const numbers = new Set<unknown>()
    const other = await makeBackend()
    await addStreets(other.backend)
    for (const { backend } of [fixture, other]) {
      for (const roomNumber of ['601', '602', '603']) {
        const saved = await saveNew(
          backend,
          'dwelling',
          makeUuid(),
          dwellingValues({ roomNumber, archiveNumber: '我自己编的' }),
        )
        numbers.add(saved.record.values['archiveNumber'])
        expect(saved.record.values['archiveNumber']).toMatch(/^999901001-[2-9A-Z]{5}\d{6}$/)
      }
    }
    await other.remove()
    expect(numbers.size).toBe(6)
  })

  it('keeps rare characters, quotation marks and SQL as they were typed', async () => {
    const remarks = `Robert'); DROP TABLE resident;-- "x" \\ % _ 𠮷㛃`
    const name = '𠮷㛃'.repeat(25)
    const saved = await saveNew(
      fixture.backend,
      'resident',
      makeUuid(),
      residentValues(references(), { name, remarks, documentNumber: inventNumber(2) }),
    )
    expect(saved.record.values).toMatchObject({ name, remarks })
    expect(countRows(fixture.backend, 'resident')).toBe(2)
  })

  it('refuses a name of 200 characters with a sentence', async () => {
    const error = await refusalOf(fixture.backend, 'resident.save', {
      id: makeUuid(),
      revision: 0,
      values: residentValues(references(), { name: '张'.repeat(200) }),
      draftId: null,
    })
    expect(error.breaches).toEqual([
      { field: 'name', message: expect.stringContaining('最多50个字') as string },
    ])
  })

  it('tells pages and look-ups of the record', async () => {
    await fixture.backend.warmUp()
    const id = makeUuid()
    await saveNew(fixture.backend, 'employer', id, employerValues({ name: '重庆火锅店' }))
    expect(fixture.events).toContainEqual({
      event: 'records.changed',
      payload: { register: 'employer', ids: [id], source: 'local' },
    })
    await expect
      .poll(async () => {
        const page = await fixture.backend.call('lookup.search', {
          source: { kind: 'register', name: 'employer' },
          query: 'cqhg',
          offset: 0,
          limit: 10,
        })
        return page.entries.map((entry) => entry.code)
      })
      .toEqual([id])
  })
})

describe('duplicates', () => {
  it('are found by the natural key, except the record itself', async () => {
    const values = residentValues(references())
    const found = await fixture.backend.call('record.findDuplicates', {
      register: 'resident',
      values,
      exceptId: null,
    })
    expect(found).toMatchObject([{ id: town.residentId, title: '张伟', status: 'active' }])
    const none = await fixture.backend.call('record.findDuplicates', {
      register: 'resident',
      values,
      exceptId: town.residentId,
    })
    expect(none).toEqual([])
  })

  it('of an address count empty parts as parts', async () => {
    const find = (change: Record<string, string | null>) =>
      fixture.backend.call('record.findDuplicates', {
        register: 'dwelling',
        values: dwellingValues(change),
        exceptId: null,
      })
    expect(await find({})).toHaveLength(1)
    expect(await find({ entrance: null })).toHaveLength(0)
    expect(await find({ roomNumber: null })).toHaveLength(0)
  })

  it('are not asked for without a number', async () => {
    const found = await fixture.backend.call('record.findDuplicates', {
      register: 'employer',
      values: employerValues(),
      exceptId: null,
    })
    expect(found).toEqual([])
  })
})

describe('the previous record', () => {
  it('is the newest this account saved in the register', async () => {
    expect(await fixture.backend.call('record.previous', { register: 'resident' })).toMatchObject({
      id: town.residentId,
    })
    const id = makeUuid()
    await saveNew(
      fixture.backend,
      'coordinator',
      id,
      coordinatorValues({ citizenIdNumber: inventNumber(9, '1980-02-03') }),
    )
    expect(await fixture.backend.call('record.previous', { register: 'coordinator' })).toMatchObject({ id })
  })
})
