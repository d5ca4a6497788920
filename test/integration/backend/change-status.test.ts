import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import {
  coordinatorValues,
  countRows,
  dwellingValues,
  employerValues,
  inventNumber,
  makeBackend,
  refusalOf,
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

const gone = { reasonCode: '10', cancelDate: '2026-03-10' }

async function get(register: 'resident' | 'dwelling' | 'employer' | 'coordinator', id: string) {
  return await fixture.backend.call('record.get', { register, id, purpose: 'show' })
}

describe('注销 and 恢复', () => {
  it('cancel with reason and date, refuse changes, and restore with a reason', async () => {
    const cancelled = await fixture.backend.call('resident.cancel', {
      ids: [town.residentId],
      cancellation: { ...gone, destinationDivisionCode: '110000' },
    })
    expect(cancelled.count).toBe(1)
    const record = await get('resident', town.residentId)
    expect(record).toMatchObject({
      status: 'cancelled',
      cancellation: { ...gone, destinationDivisionCode: '110000' },
      revision: 2,
    })
    const refused = await refusalOf(fixture.backend, 'resident.save', {
      id: town.residentId,
      revision: 2,
      values: { ...record.values, remarks: 'x' },
      draftId: null,
    })
    expect(refused.code).toBe('notPossible')
    await fixture.backend.call('resident.restore', { ids: [town.residentId], reason: '10' })
    expect(await get('resident', town.residentId)).toMatchObject({ status: 'active', cancellation: null })
    const history = await fixture.backend.call('record.history', {
      register: 'resident',
      id: town.residentId,
    })
    expect(history.map((line) => [line.act, line.reason])).toEqual([
      ['restored', '误注销'],
      ['cancelled', '返回户籍地'],
      ['created', ''],
    ])
    expect(history[1]?.changes).toContainEqual({
      label: '去向区划',
      from: '',
      to: '北京市',
      provenance: null,
    })
  })

  it('count a repeated request as nothing', async () => {
    const input = { ids: [town.residentId], cancellation: gone }
    await fixture.backend.call('resident.cancel', input)
    const ops = countRows(fixture.backend, 'outbox')
    expect((await fixture.backend.call('resident.cancel', input)).count).toBe(0)
    expect(countRows(fixture.backend, 'outbox')).toBe(ops)
  })

  it('ask for a reason and a day that is not in the future', async () => {
    const error = await refusalOf(fixture.backend, 'resident.cancel', {
      ids: [town.residentId],
      cancellation: { reasonCode: null, cancelDate: '2026-03-17' },
    })
    expect(error.breaches?.map((breach) => breach.field)).toEqual(['reasonCode', 'cancelDate'])
  })

  it('of many is all or none', async () => {
    const error = await refusalOf(fixture.backend, 'resident.cancel', {
      ids: [town.residentId, makeUuid()],
      cancellation: gone,
    })
    expect(error.code).toBe('notFound')
    expect((await get('resident', town.residentId)).status).toBe('active')
  })

  it('of a dwelling is refused with who lives there', async () => {
    const error = await refusalOf(fixture.backend, 'dwelling.cancel', {
      ids: [town.dwellingId],
      cancellation: gone,
    })
    expect(error.code).toBe('notPossible')
    expect(error.message).toContain('张伟')
    await fixture.backend.call('resident.cancel', { ids: [town.residentId], cancellation: gone })
    expect(
      await fixture.backend.call('dwelling.cancel', { ids: [town.dwellingId], cancellation: gone }),
    ).toMatchObject({ count: 1 })
  })

  it('keep the counts of 关于 right', async () => {
    await fixture.backend.call('resident.cancel', { ids: [town.residentId], cancellation: gone })
    const state = await fixture.backend.call('app.state', {})
    expect(state.counts).toMatchObject({ resident: 0, dwelling: 1, employer: 1, coordinator: 1 })
  })
})

describe('房屋恢复出租', () => {
  it('sets the use and gives the reason in the history', async () => {
    const id = makeUuid()
    await saveNew(
      fixture.backend,
      'dwelling',
      id,
      dwellingValues({ roomNumber: '502', occupancyUseCode: '10' }),
    )
    const result = await fixture.backend.call('dwelling.restoreLetting', {
      ids: [id, town.dwellingId],
      reason: '30',
    })
    expect(result.count).toBe(1)
    expect((await get('dwelling', id)).labels['occupancyUseCode']).toBe('出租')
    const history = await fixture.backend.call('record.history', { register: 'dwelling', id })
    expect(history[0]).toMatchObject({
      reason: '房屋恢复出租',
      changes: [{ label: '使用情况', from: '自住', to: '出租' }],
    })
  })
})

describe('协管员', () => {
  async function addCoordinator(): Promise<string> {
    const id = makeUuid()
    await saveNew(
      fixture.backend,
      'coordinator',
      id,
      coordinatorValues({ name: '刘接管', citizenIdNumber: inventNumber(8, '1980-02-03') }),
    )
    return id
  }

  it('is assigned to dwellings and employers at once', async () => {
    const coordinatorId = await addCoordinator()
    const ids = [town.dwellingId, town.employerId]
    expect((await fixture.backend.call('dwelling.assignCoordinator', { ids, coordinatorId })).count).toBe(2)
    expect((await fixture.backend.call('dwelling.assignCoordinator', { ids, coordinatorId })).count).toBe(0)
    expect((await get('employer', town.employerId)).labels['coordinatorId']).toBe('刘接管')
    const history = await fixture.backend.call('record.history', {
      register: 'dwelling',
      id: town.dwellingId,
    })
    expect(history[0]?.act).toBe('assigned')
  })

  it('hands over when cancelled, in one transaction', async () => {
    const refused = await refusalOf(fixture.backend, 'coordinator.cancel', {
      ids: [town.coordinatorId],
      cancellation: gone,
      successorId: null,
    })
    expect(refused.message).toContain('房屋 1 处、单位 1 家')
    const successorId = await addCoordinator()
    const ops = countRows(fixture.backend, 'outbox')
    await fixture.backend.call('coordinator.cancel', {
      ids: [town.coordinatorId],
      cancellation: gone,
      successorId,
    })
    expect(countRows(fixture.backend, 'outbox')).toBe(ops + 3)
    expect((await get('dwelling', town.dwellingId)).values['coordinatorId']).toBe(successorId)
    expect((await get('employer', town.employerId)).values['coordinatorId']).toBe(successorId)
    expect((await get('coordinator', town.coordinatorId)).status).toBe('cancelled')
  })

  it('cannot hand over to a cancelled one', async () => {
    const successorId = await addCoordinator()
    await fixture.backend.call('coordinator.cancel', {
      ids: [successorId],
      cancellation: gone,
      successorId: null,
    })
    const ops = countRows(fixture.backend, 'outbox')
    const refused = await refusalOf(fixture.backend, 'coordinator.cancel', {
      ids: [town.coordinatorId],
      cancellation: gone,
      successorId,
    })
    expect(refused.code).toBe('notPossible')
    expect(countRows(fixture.backend, 'outbox')).toBe(ops)
  })
})

describe('录入撤销', () => {
  it('cancels a new record with its reason, once', async () => {
    const id = makeUuid()
    await saveNew(fixture.backend, 'employer', id, employerValues({ name: '录错了' }))
    await fixture.backend.call('record.undoSave', { register: 'employer', id })
    expect((await get('employer', id)).status).toBe('cancelled')
    const history = await fixture.backend.call('record.history', { register: 'employer', id })
    expect(history[0]).toMatchObject({ act: 'cancelled', reason: '录入撤销', changeKind: 'correction' })
    expect((await refusalOf(fixture.backend, 'record.undoSave', { register: 'employer', id })).code).toBe(
      'notPossible',
    )
  })

  it('gives a changed record its previous values', async () => {
    const record = await get('employer', town.employerId)
    await fixture.backend.call('employer.save', {
      id: town.employerId,
      revision: 1,
      values: { ...record.values, headcount: 12, principalName: '孙老板' },
      draftId: null,
    })
    await fixture.backend.call('record.undoSave', { register: 'employer', id: town.employerId })
    expect((await get('employer', town.employerId)).values).toEqual(record.values)
  })
})

describe('linked records', () => {
  it('are who lives, who works and what is looked after', async () => {
    const linked = async (register: 'dwelling' | 'coordinator' | 'resident', id: string) =>
      (await fixture.backend.call('record.linked', { register, id })).filter((each) => each.total > 0)
    expect(await linked('dwelling', town.dwellingId)).toMatchObject([
      { label: '居住人员', total: 1, rows: [{ id: town.residentId, title: '张伟' }] },
      { label: '协管员', total: 1, rows: [{ id: town.coordinatorId }] },
    ])
    expect((await linked('coordinator', town.coordinatorId)).map((each) => [each.label, each.total])).toEqual(
      [
        ['负责的房屋', 1],
        ['负责的单位', 1],
      ],
    )
    expect((await linked('resident', town.residentId)).map((each) => each.label)).toEqual([
      '现住房屋',
      '采集人',
    ])
  })
})

describe('a look at a record', () => {
  it('is logged when its purpose is to view it', async () => {
    const before = countRows(fixture.backend, 'audit')
    await get('resident', town.residentId)
    expect(countRows(fixture.backend, 'audit')).toBe(before)
    await fixture.backend.call('record.get', { register: 'resident', id: town.residentId, purpose: 'view' })
    const line = fixture.backend.context.store.read.firstOf('SELECT * FROM audit ORDER BY id DESC LIMIT 1')
    expect(line).toMatchObject({ act: 'record.viewed', register: 'resident', record_id: town.residentId })
  })
})
