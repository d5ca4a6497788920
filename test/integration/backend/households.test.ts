import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { getDemoRecordId, isDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import {
  countRows,
  dwellingValues,
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

const child = {
  name: '张小宝',
  sexCode: '1',
  birthDate: '2022-04-05',
  kinshipCode: '20',
  schoolingCode: '10',
}
const sister = {
  name: '张小妹',
  sexCode: '2',
  birthDate: '2023-06-07',
  kinshipCode: '30',
  schoolingCode: '10',
}

function get(register: 'resident' | 'minor' | 'dwelling', id: string) {
  return fixture.backend.call('record.get', { register, id, purpose: 'show' })
}

function save(id: string, revision: number, values: RecordValues) {
  return fixture.backend.call('resident.save', { id, revision, values, draftId: null })
}

function withRows(rows: readonly RecordValues[], change: Record<string, FieldValue> = {}): RecordValues {
  return residentValues(
    { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
    { documentNumber: inventNumber(3), accompanyingMinors: rows, ...change },
  )
}

function rowsOf(values: RecordValues): readonly RecordValues[] {
  return (values['accompanyingMinors'] ?? []) as unknown as readonly RecordValues[]
}

function minorIds(values: RecordValues): readonly string[] {
  return rowsOf(values).map((row) => String(row['minorId']))
}

async function history(register: 'resident' | 'minor' | 'dwelling', id: string) {
  return (await fixture.backend.call('record.history', { register, id })).map(({ act, reason }) => [
    act,
    reason,
  ])
}

async function saveDwelling(roomNumber: string): Promise<string> {
  const id = makeUuid()
  await saveNew(fixture.backend, 'dwelling', id, dwellingValues({ roomNumber, occupancyUseCode: '20' }))
  return id
}

async function saveMinor(change: Record<string, FieldValue> = {}): Promise<string> {
  const id = makeUuid()
  await fixture.backend.call('minor.save', {
    id,
    revision: 0,
    values: {
      ...child,
      guardianId: town.residentId,
      dwellingId: town.dwellingId,
      collectorId: town.coordinatorId,
      collectionDate: '2026-03-02',
      ...change,
    },
    draftId: null,
  })
  return id
}

describe('随行未成年人', () => {
  it('become minors of the resident in the same save, sent after the resident', async () => {
    const id = makeUuid()
    const before = countRows(fixture.backend, 'outbox')
    const { record } = await save(id, 0, withRows([child, sister]))
    const ids = minorIds(record.values)
    expect(new Set(ids).size).toBe(2)
    expect(await get('minor', ids[0] ?? '')).toMatchObject({
      status: 'active',
      values: {
        ...child,
        guardianId: id,
        dwellingId: town.dwellingId,
        collectorId: town.coordinatorId,
        collectionDate: '2026-03-02',
        schoolId: null,
      },
    })
    expect(await history('minor', ids[1] ?? '')).toEqual([['created', '随行登记']])
    const sent = fixture.backend.context.store.read.pluck<string>(
      'SELECT record_id FROM outbox WHERE n > ? ORDER BY n',
      before,
    )
    expect(sent).toEqual([id, ...ids])
    const linked = await fixture.backend.call('record.linked', { register: 'resident', id })
    expect(
      linked
        .find((group) => group.register === 'minor')
        ?.rows.map((row) => row.title)
        .toSorted(),
    ).toEqual(['张小妹', '张小宝'].toSorted())
  })

  it('are made once, however often and in whatever way the save comes again', async () => {
    const id = makeUuid()
    const first = await save(id, 0, withRows([child]))
    const ops = countRows(fixture.backend, 'outbox')
    // The same save once more: its answer was lost.
    const again = await save(id, 0, withRows([child]))
    expect(again.record.revision).toBe(1)
    expect(countRows(fixture.backend, 'outbox')).toBe(ops)
    // Another field changes; a form without the rows' ids sends them as they were typed.
    await save(id, 1, withRows([child], { remarks: 'x' }))
    await save(id, 2, { ...first.record.values, remarks: 'y' })
    expect(countRows(fixture.backend, 'minor')).toBe(1)
    // A row that is taken out leaves the minor; typed again it is the same child.
    await save(id, 3, withRows([]))
    expect((await get('minor', minorIds(first.record.values)[0] ?? '')).status).toBe('active')
    const back = await save(id, 4, withRows([child]))
    expect(minorIds(back.record.values)).toEqual(minorIds(first.record.values))
    expect(countRows(fixture.backend, 'minor')).toBe(1)
  })

  it('link to a minor of the guardian that was registered before', async () => {
    const known = await saveMinor()
    const stored = await get('resident', town.residentId)
    const { record } = await save(town.residentId, stored.revision, {
      ...stored.values,
      accompanyingMinors: [child],
    })
    expect(minorIds(record.values)).toEqual([known])
    expect(countRows(fixture.backend, 'minor')).toBe(1)
  })

  it('correct their minor with the row, but not over what was changed there since', async () => {
    const id = makeUuid()
    const first = await save(id, 0, withRows([child]))
    const [row] = rowsOf(first.record.values)
    const minorId = minorIds(first.record.values)[0] ?? ''
    const second = await save(id, 1, withRows([{ ...row, name: '张晓宝' }]))
    expect((await get('minor', minorId)).values['name']).toBe('张晓宝')
    const minor = await get('minor', minorId)
    await fixture.backend.call('minor.save', {
      id: minorId,
      revision: minor.revision,
      values: { ...minor.values, kinshipCode: '22' },
      draftId: null,
    })
    const [renamed] = rowsOf(second.record.values)
    await save(id, 2, withRows([{ ...renamed, kinshipCode: '27' }]))
    expect((await get('minor', minorId)).values['kinshipCode']).toBe('22')
    expect(countRows(fixture.backend, 'minor')).toBe(1)
  })

  it('are refused with the row that is no minor, and nothing is stored', async () => {
    const id = makeUuid()
    const error = await refusalOf(fixture.backend, 'resident.save', {
      id,
      revision: 0,
      values: withRows([child, { ...sister, birthDate: '2001-01-01' }]),
      draftId: null,
    })
    expect(error.breaches).toEqual([
      { field: 'accompanyingMinors', message: '随行未成年人:第2行:该人员已满 16 周岁,应登记为流动人员!' },
    ])
    expect(countRows(fixture.backend, 'minor')).toBe(0)
    expect(countRows(fixture.backend, 'resident')).toBe(1)
    const atSchool = await refusalOf(fixture.backend, 'resident.save', {
      id,
      revision: 0,
      values: withRows([{ ...child, schoolingCode: '30' }]),
      draftId: null,
    })
    expect(atSchool.breaches?.[0]?.message).toBe('随行未成年人:第1行:学校,必须录入,不能为空!')
  })

  it('of an older declaration stay as they are and hold up no save', async () => {
    const old = { name: '张旧', sexCode: '1', birthDate: '2020-01-01', kinshipCode: '20' }
    await fixture.backend.context.store.write((database) => {
      database.runOf(
        'UPDATE resident SET accompanying_minors = ?, declaration_version = 1 WHERE id = ?',
        JSON.stringify([old]),
        town.residentId,
      )
    })
    const stored = await get('resident', town.residentId)
    const { record } = await save(town.residentId, stored.revision, { ...stored.values, remarks: '补录' })
    expect(record.values['accompanyingMinors']).toEqual([old])
    expect(countRows(fixture.backend, 'minor')).toBe(0)
    // Completed, the row becomes a minor; a new one has to be complete.
    const done = await save(town.residentId, record.revision, {
      ...record.values,
      accompanyingMinors: [{ ...old, schoolingCode: '10' }],
    })
    expect(minorIds(done.record.values)[0]).toMatch(/^[0-9a-f-]{36}$/)
    const refused = await refusalOf(fixture.backend, 'resident.save', {
      id: town.residentId,
      revision: done.record.revision,
      values: { ...done.record.values, accompanyingMinors: [{ ...old, name: '张新' }] },
      draftId: null,
    })
    expect(refused.breaches?.[0]?.message).toBe('随行未成年人:第1行:就学状况,必须录入,不能为空!')
  })

  it('go with the save that is undone, and come back when they are typed again', async () => {
    const id = makeUuid()
    const { record } = await save(id, 0, withRows([child]))
    const minorId = minorIds(record.values)[0] ?? ''
    const second = await save(id, 1, withRows([{ ...rowsOf(record.values)[0] }, sister]))
    const sisterId = minorIds(second.record.values)[1] ?? ''
    await fixture.backend.call('record.undoSave', { register: 'resident', id })
    expect((await get('minor', sisterId)).status).toBe('cancelled')
    expect((await get('minor', minorId)).status).toBe('active')
    expect(await history('minor', sisterId)).toEqual([
      ['cancelled', '录入撤销'],
      ['created', '随行登记'],
    ])
    const now = await get('resident', id)
    expect(rowsOf(now.values)).toHaveLength(1)
    const again = await save(id, now.revision, {
      ...now.values,
      accompanyingMinors: [...rowsOf(now.values), sister],
    })
    expect(minorIds(again.record.values)[1]).toBe(sisterId)
    expect((await get('minor', sisterId)).status).toBe('active')
    await fixture.backend.call('record.undoSave', { register: 'resident', id })
    expect(await get('minor', sisterId)).toMatchObject({
      status: 'cancelled',
      cancellation: { reasonCode: '60', cancelDate: '2026-03-16' },
    })
  })

  it('of a new resident are undone with it, unless one has changed since', async () => {
    const id = makeUuid()
    const { record } = await save(id, 0, withRows([child]))
    const minorId = minorIds(record.values)[0] ?? ''
    const minor = await get('minor', minorId)
    await fixture.backend.call('minor.save', {
      id: minorId,
      revision: minor.revision,
      values: { ...minor.values, remarks: '后补' },
      draftId: null,
    })
    const error = await refusalOf(fixture.backend, 'record.undoSave', { register: 'resident', id })
    expect(error.message).toContain('张小宝')
    await fixture.backend.call('record.undoSave', { register: 'minor', id: minorId })
    expect((await get('resident', id)).status).toBe('active')
  })

  it('of a demo resident are demo records: they never enter the outbox', async () => {
    const id = getDemoRecordId(1, 'resident', 5)
    await fixture.backend.context.store.write((database) => {
      database.runOf('UPDATE resident SET id = ? WHERE id = ?', id, town.residentId)
    })
    const stored = await get('resident', id)
    const ops = countRows(fixture.backend, 'outbox')
    const { record } = await save(id, stored.revision, { ...stored.values, accompanyingMinors: [child] })
    expect(isDemoRecordId(minorIds(record.values)[0] ?? '')).toBe(true)
    expect(countRows(fixture.backend, 'minor')).toBe(1)
    expect(countRows(fixture.backend, 'outbox')).toBe(ops)
  })
})

const demolished = { reasonCode: '10', cancelDate: '2026-03-10' }
const goneHome = { reasonCode: '10', cancelDate: '2026-03-10', destinationDivisionCode: '110000' }

async function peopleOf(dwellingId: string) {
  const [found] = await fixture.backend.call('dwelling.occupancy', { dwellingIds: [dwellingId] })
  return (found?.people ?? []).map(({ register, id }) => ({ register, id }))
}

describe('房屋注销 with people', () => {
  it('names residents and minors with their ages, and the leases in force', async () => {
    await saveMinor()
    await fixture.backend.call('lease.save', {
      id: makeUuid(),
      revision: 0,
      values: {
        dwellingId: town.dwellingId,
        lesseeIds: [town.residentId],
        startDate: '2026-01-01',
        endDate: '2026-12-31',
        monthlyRent: 120_000,
        leaseUseCode: '10',
        filingDate: '2026-01-02',
        lessorName: '赵房主',
      },
      draftId: null,
    })
    const [found] = await fixture.backend.call('dwelling.occupancy', { dwellingIds: [town.dwellingId] })
    expect(found?.title).toBe('东风路12号3栋2单元501室')
    expect(found?.people.map(({ name, age, guardian }) => [name, age, guardian])).toEqual([
      ['张伟', 35, ''],
      ['张小宝', 3, '张伟'],
    ])
    expect(found?.leases).toMatchObject([{ title: expect.stringContaining('张伟'), endDate: '2026-12-31' }])
    const error = await refusalOf(fixture.backend, 'dwelling.cancel', {
      ids: [town.dwellingId],
      cancellation: demolished,
    })
    expect(error.message).toContain('张小宝')
  })

  it('全部迁出 cancels everybody and the dwelling with one reason, audited', async () => {
    const minorId = await saveMinor()
    const input = {
      id: town.dwellingId,
      cancellation: demolished,
      people: await peopleOf(town.dwellingId),
      wayOut: { kind: 'cancel', cancellation: goneHome },
    } as const
    expect((await fixture.backend.call('dwelling.vacate', input)).count).toBe(3)
    expect(await get('resident', town.residentId)).toMatchObject({
      status: 'cancelled',
      cancellation: goneHome,
    })
    const reason = ['cancelled', '房屋注销:房屋拆除']
    expect((await history('resident', town.residentId))[0]).toEqual(reason)
    expect((await history('minor', minorId))[0]).toEqual(reason)
    expect((await history('dwelling', town.dwellingId))[0]).toEqual(reason)
    expect(
      fixture.backend.context.store.read.pluck<string>(
        "SELECT record_id FROM audit WHERE act = 'record.cancelled' ORDER BY id",
      ),
    ).toEqual([town.residentId, minorId, town.dwellingId])
    // Sent again it is the same act.
    expect((await fixture.backend.call('dwelling.vacate', input)).count).toBe(0)
  })

  it('全部迁往 moves everybody to the other dwelling first', async () => {
    const minorId = await saveMinor()
    const target = await saveDwelling('601')
    const people = await peopleOf(town.dwellingId)
    await fixture.backend.call('dwelling.vacate', {
      id: town.dwellingId,
      cancellation: demolished,
      people,
      wayOut: { kind: 'move', dwellingId: target, moveInDate: '2026-03-09' },
    })
    expect(await get('resident', town.residentId)).toMatchObject({
      status: 'active',
      values: { dwellingId: target, moveInDate: '2026-03-09' },
    })
    expect((await get('minor', minorId)).values['dwellingId']).toBe(target)
    expect((await get('dwelling', town.dwellingId)).status).toBe('cancelled')
  })

  it('does nothing when somebody else lives there by now, or one of the people cannot move', async () => {
    const people = await peopleOf(town.dwellingId)
    const minorId = await saveMinor()
    const wayOut = { kind: 'cancel', cancellation: goneHome } as const
    const changed = await refusalOf(fixture.backend, 'dwelling.vacate', {
      id: town.dwellingId,
      cancellation: demolished,
      people,
      wayOut,
    })
    expect(changed.code).toBe('changedMeanwhile')
    const early = await refusalOf(fixture.backend, 'dwelling.vacate', {
      id: town.dwellingId,
      cancellation: demolished,
      people: await peopleOf(town.dwellingId),
      wayOut: { kind: 'move', dwellingId: await saveDwelling('602'), moveInDate: '2025-12-31' },
    })
    expect(early.breaches).toEqual([{ field: 'moveInDate', message: '张伟:入住日期不能早于来本地日期!' }])
    const self = await refusalOf(fixture.backend, 'dwelling.vacate', {
      id: town.dwellingId,
      cancellation: demolished,
      people: await peopleOf(town.dwellingId),
      wayOut: { kind: 'move', dwellingId: town.dwellingId, moveInDate: '2026-03-09' },
    })
    expect(self.breaches?.[0]?.field).toBe('targetDwellingId')
    expect((await get('minor', minorId)).status).toBe('active')
    expect((await get('dwelling', town.dwellingId)).status).toBe('active')
  })
})

describe('整户迁移', () => {
  it('moves a household with one reason, and says which dwelling it has left empty', async () => {
    const minorId = await saveMinor()
    const target = await saveDwelling('701')
    const { people } = await fixture.backend.call('household.list', { residentIds: [town.residentId] })
    expect(people.map((person) => person.name)).toEqual(['张伟', '张小宝'])
    const input = {
      people: people.map(({ register, id }) => ({ register, id })),
      dwellingId: target,
      moveInDate: '2026-03-12',
      reason: '房东收回',
    }
    const result = await fixture.backend.call('household.move', input)
    expect(result).toMatchObject({
      count: 2,
      emptied: [{ id: town.dwellingId, title: '东风路12号3栋2单元501室' }],
    })
    const [line] = await fixture.backend.call('record.history', {
      register: 'resident',
      id: town.residentId,
    })
    expect(line).toMatchObject({
      act: 'changed',
      reason: '整户迁移:房东收回',
      changes: [
        { label: '现住房屋', from: '东风路12号3栋2单元501室', to: '东风路12号3栋2单元701室' },
        { label: '入住日期', from: '2026-01-03', to: '2026-03-12' },
      ],
    })
    expect((await history('minor', minorId))[0]).toEqual(['changed', '整户迁移:房东收回'])
    expect(await fixture.backend.call('household.move', input)).toMatchObject({ count: 0, emptied: [] })

    const vacant = { ids: [town.dwellingId, target], reason: '房东收回' }
    expect((await fixture.backend.call('dwelling.markVacant', vacant)).count).toBe(1)
    expect((await get('dwelling', town.dwellingId)).labels['occupancyUseCode']).toBe('空置')
    expect((await get('dwelling', target)).labels['occupancyUseCode']).toBe('出租')
  })

  it('of a part leaves the dwelling lived in, and one who cannot move keeps everybody', async () => {
    const minorId = await saveMinor()
    const target = await saveDwelling('702')
    const part = await fixture.backend.call('household.move', {
      people: [{ register: 'minor', id: minorId }],
      dwellingId: target,
      moveInDate: '2026-03-12',
      reason: '随祖父居住',
    })
    expect(part).toMatchObject({ count: 1, emptied: [] })
    await fixture.backend.call('minor.cancel', { ids: [minorId], cancellation: demolished })
    const refused = await refusalOf(fixture.backend, 'household.move', {
      people: [
        { register: 'resident', id: town.residentId },
        { register: 'minor', id: minorId },
      ],
      dwellingId: await saveDwelling('703'),
      moveInDate: '2026-03-12',
      reason: '换房',
    })
    expect(refused.message).toContain('张小宝')
    expect((await get('resident', town.residentId)).values['dwellingId']).toBe(town.dwellingId)
  })
})

it('协管员注销 is told what there is to hand over', async () => {
  await fixture.backend.call('inspection.save', {
    id: makeUuid(),
    revision: 0,
    values: {
      dwellingId: town.dwellingId,
      inspectionDate: '2026-03-10',
      inspectorId: town.coordinatorId,
      hazardCodes: ['10'],
      rectifyByDate: '2026-03-30',
    },
    draftId: null,
  })
  expect(await fixture.backend.call('coordinator.holdings', { id: town.coordinatorId })).toEqual({
    dwellings: 1,
    employers: 1,
    openInspections: 1,
  })
})
