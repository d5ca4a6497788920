import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { findRecord } from '../../../src-main/backend/queries/record-row.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import type { OpBody } from '../../../src-shared/sync/op.ts'
import {
  FLOW_REGISTER_NAMES,
  type FlowRegisterName,
  type RegisterName,
} from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import {
  countRows,
  dwellingValues,
  inspectionValues,
  inventNumber,
  leaseValues,
  makeBackend,
  permitValues,
  refusalOf,
  residentValues,
  saveNew,
  saveTown,
  serviceValues,
  type BackendFixture,
  type Town,
} from '../../support/backend-fixture.ts'
import { findDisagreements } from '../../support/store-agreement.ts'

let fixture: BackendFixture
let town: Town

beforeEach(async () => {
  fixture = await makeBackend()
  town = await saveTown(fixture.backend)
  // Half a year of residence comes before the first permit.
  await fixture.backend.call('resident.save', {
    id: town.residentId,
    revision: 1,
    values: residentValues(
      { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
      { arrivalDate: '2025-01-02', moveInDate: '2025-01-03' },
    ),
    draftId: null,
  })
})
afterEach(async () => {
  expect(findDisagreements(fixture.backend.context.store.read)).toEqual([])
  await fixture.remove()
})

async function create(register: RegisterName, values: RecordValues): Promise<string> {
  const id = makeUuid()
  await saveNew(fixture.backend, register, id, values)
  return id
}

/** A second person, so that two can lease together. */
const secondResident = (): Promise<string> =>
  create(
    'resident',
    residentValues(
      { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
      {
        documentNumber: inventNumber(2),
        name: '李娜',
        arrivalDate: '2025-01-02',
        moveInDate: '2025-01-03',
      },
    ),
  )

const advance = (register: FlowRegisterName, ids: readonly string[], step: string, answers: RecordValues) =>
  fixture.backend.call(`${register}.advance`, { ids: [...ids], step, answers })

const refused = (register: FlowRegisterName, ids: readonly string[], step: string, answers: RecordValues) =>
  refusalOf(fixture.backend, `${register}.advance`, { ids, step, answers })

const valuesOf = (register: RegisterName, id: string): RecordValues | undefined =>
  findRecord(fixture.backend.context.store.read, register, id)?.values

/** Sound answers to every step, on or after every day of the fixtures. */
const ANSWERS: Readonly<Record<FlowRegisterName, Readonly<Record<string, RecordValues>>>> = {
  residencePermit: {
    review: { reviewDate: '2026-03-10' },
    refuse: { reviewDate: '2026-03-10', refusalReason: '材料不全' },
    makeCard: { cardDate: '2026-03-11', permitNumber: 'JZ0001' },
    issue: { issueDate: '2026-03-12' },
  },
  lease: { terminate: { terminationDate: '2026-03-15', terminationReasonCode: '10' } },
  inspection: {
    rectify: { reinspectionDate: '2026-03-12', reinspectionResult: '已清理' },
    extend: {
      reinspectionDate: '2026-03-12',
      reinspectionResult: '仍有堆物',
      rectifyByDate: '2026-03-30',
    },
  },
  serviceRequest: {
    begin: { handlerName: '孙经办' },
    finish: { finishDate: '2026-03-10', result: '已告知', satisfactionCode: '10' },
    return: { finishDate: '2026-03-10', result: '不属本站' },
  },
}

const createOne = (register: FlowRegisterName): Promise<string> => {
  switch (register) {
    case 'residencePermit':
      return create(register, permitValues(town.residentId))
    case 'lease':
      return create(register, leaseValues({ dwellingId: town.dwellingId, lesseeIds: [town.residentId] }))
    case 'inspection':
      return create(
        register,
        inspectionValues({ dwellingId: town.dwellingId, inspectorId: town.coordinatorId }),
      )
    case 'serviceRequest':
      return create(register, serviceValues())
  }
}

/** How a new record gets to each stage. */
const WAYS: Readonly<Record<FlowRegisterName, Readonly<Record<string, readonly string[]>>>> = {
  residencePermit: {
    '10': [],
    '20': ['review'],
    '30': ['review', 'makeCard'],
    '40': ['review', 'makeCard', 'issue'],
    '90': ['refuse'],
  },
  lease: { '10': [], '30': ['terminate'] },
  inspection: { '20': [], '30': ['rectify'] },
  serviceRequest: { '10': [], '20': ['begin'], '30': ['finish'], '40': ['return'] },
}

describe.each(FLOW_REGISTER_NAMES)('%s', (register) => {
  const flow = getRegister(register).flow

  it('goes from every stage by its own steps, and by no other', async () => {
    for (const [stage, way] of Object.entries(WAYS[register])) {
      for (const step of flow?.steps ?? []) {
        const id = await createOne(register)
        for (const each of way) await advance(register, [id], each, ANSWERS[register][each] ?? {})
        expect(valuesOf(register, id)).toMatchObject({ stageCode: stage })
        const answers = ANSWERS[register][step.name] ?? {}
        if (step.from.includes(stage)) {
          expect((await advance(register, [id], step.name, answers)).count).toBe(1)
          expect(valuesOf(register, id)).toMatchObject({ ...answers, stageCode: step.to })
        } else if (stage === step.to) {
          // The step that led here, sent once more.
          expect((await advance(register, [id], step.name, answers)).count).toBe(0)
        } else {
          const { code, message } = await refused(register, [id], step.name, answers)
          expect(code).toBe('notPossible')
          expect(message).toContain(`不能办理「${step.label}」`)
          expect(valuesOf(register, id)).toMatchObject({ stageCode: stage })
        }
        // One card number is one card's.
        await fixture.backend.context.store.write((database) =>
          database.runOf('DELETE FROM residence_permit'),
        )
      }
    }
  })
})

describe('a step', () => {
  it('is one edit with its name in the history, one op and one audit entry', async () => {
    const id = await createOne('residencePermit')
    const before = countRows(fixture.backend, 'outbox')
    await advance('residencePermit', [id], 'review', { reviewDate: '2026-03-10' })
    expect(countRows(fixture.backend, 'outbox')).toBe(before + 1)
    const { read } = fixture.backend.context.store
    const body = JSON.parse(
      read.pluck<string>('SELECT body FROM outbox ORDER BY n DESC LIMIT 1')[0] ?? '',
    ) as OpBody
    expect(body).toMatchObject({
      act: 'changed',
      reason: '审核通过',
      fields: { stageCode: '20', reviewDate: '2026-03-10' },
    })
    expect(Object.keys(body.fields).toSorted()).toEqual(['reviewDate', 'stageCode'])
    const [line] = await fixture.backend.call('record.history', { register: 'residencePermit', id })
    expect(line).toMatchObject({
      reason: '审核通过',
      changes: expect.arrayContaining([
        expect.objectContaining({ label: '状态', from: '已受理', to: '已审核' }),
      ]) as unknown,
    })
    expect(read.pluck('SELECT act FROM audit WHERE record_id = ? ORDER BY id', id)).toEqual([
      'record.created',
      'record.changed',
    ])
  })

  it('moves all of many records or none, and names the one that stands in the way', async () => {
    const first = await createOne('serviceRequest')
    const second = await create('serviceRequest', serviceValues({ applicantName: '周二' }))
    await advance('serviceRequest', [second], 'finish', ANSWERS.serviceRequest['finish'] ?? {})
    const { message } = await refused('serviceRequest', [first, second], 'begin', { handlerName: '孙经办' })
    expect(message).toBe(
      '服务事项「周二 居住证咨询」现为「已办结」,不能办理「开始办理」。该记录已办结,没有下一步。',
    )
    expect(valuesOf('serviceRequest', first)).toMatchObject({ stageCode: '10', handlerName: null })
    const third = await create('serviceRequest', serviceValues({ applicantName: '吴三' }))
    expect((await advance('serviceRequest', [first, third], 'begin', { handlerName: '孙经办' })).count).toBe(
      2,
    )
    // With one done and one new the same request does what is missing.
    const fourth = await create('serviceRequest', serviceValues({ applicantName: '郑四' }))
    expect((await advance('serviceRequest', [first, fourth], 'begin', { handlerName: '孙经办' })).count).toBe(
      1,
    )
  })

  it('of a wrong stage says what is possible', async () => {
    const id = await createOne('residencePermit')
    expect((await refused('residencePermit', [id], 'issue', { issueDate: '2026-03-10' })).message).toBe(
      '居住证「张伟 首次申领」现为「已受理」,不能办理「发证」。现在可以办理:「审核通过」、「不予受理」。',
    )
  })

  it('is refused for a cancelled record, an unknown step, unknown and missing answers', async () => {
    const id = await createOne('lease')
    const answers = ANSWERS.lease['terminate'] ?? {}
    expect((await refused('lease', [id], 'prolong', answers)).code).toBe('invalidInput')
    expect((await refused('lease', [id], 'terminate', {})).breaches?.map((each) => each.field)).toEqual([
      'terminationDate',
      'terminationReasonCode',
    ])
    expect(
      (await refused('lease', [id], 'terminate', { ...answers, monthlyRent: 1 })).breaches,
    ).toMatchObject([{ field: 'monthlyRent' }])
    expect((await refused('lease', [id], 'terminate', { ...answers, terminationReasonCode: 'x' })).code).toBe(
      'ruleBroken',
    )
    await fixture.backend.call('lease.cancel', {
      ids: [id],
      cancellation: { reasonCode: '60', cancelDate: '2026-03-15' },
    })
    expect((await refused('lease', [id], 'terminate', answers)).message).toContain('已注销')
    expect((await refused('lease', [makeUuid()], 'terminate', answers)).code).toBe('notFound')
  })

  it('is not before what came earlier', async () => {
    const permit = await createOne('residencePermit')
    const days = async (step: string, answers: RecordValues): Promise<string> =>
      (await refused('residencePermit', [permit], step, answers)).message
    expect(await days('review', { reviewDate: '2026-03-01' })).toBe('审核日期:不能早于受理日期 2026-03-02!')
    await advance('residencePermit', [permit], 'review', { reviewDate: '2026-03-10' })
    expect(await days('makeCard', { cardDate: '2026-03-09', permitNumber: 'JZ1' })).toBe(
      '制证日期:不能早于审核日期 2026-03-10!',
    )
    await advance('residencePermit', [permit], 'makeCard', { cardDate: '2026-03-10', permitNumber: 'JZ1' })
    expect(await days('issue', { issueDate: '2026-03-09' })).toContain('不能早于制证日期 2026-03-10')
    const inspection = await createOne('inspection')
    const extend = { reinspectionDate: '2026-03-12', reinspectionResult: '未整改' }
    expect(
      (await refused('inspection', [inspection], 'extend', { ...extend, rectifyByDate: '2026-03-11' }))
        .message,
    ).toBe('整改期限:不能早于复查日期 2026-03-12!')
    await advance('inspection', [inspection], 'extend', { ...extend, rectifyByDate: '2026-03-30' })
    expect(
      (
        await refused('inspection', [inspection], 'rectify', {
          reinspectionDate: '2026-03-11',
          reinspectionResult: '已整改',
        })
      ).message,
    ).toBe('复查日期:不能早于复查日期 2026-03-12!')
    // A second visit with the same words and the same day is the same request.
    expect(
      (await advance('inspection', [inspection], 'extend', { ...extend, rectifyByDate: '2026-03-30' })).count,
    ).toBe(0)
  })

  it('gives no two people one card number; the holder keeps his', async () => {
    const other = await secondResident()
    const first = await createOne('residencePermit')
    const second = await create('residencePermit', permitValues(other))
    await advance('residencePermit', [first, second], 'review', { reviewDate: '2026-03-10' })
    const card = { cardDate: '2026-03-11', permitNumber: 'JZ0001' }
    expect((await refused('residencePermit', [first, second], 'makeCard', card)).message).toContain(
      '请逐条办理',
    )
    await advance('residencePermit', [first], 'makeCard', card)
    expect((await refused('residencePermit', [second], 'makeCard', card)).breaches).toEqual([
      { field: 'permitNumber', message: '证件编号:该编号已用于「张伟 首次申领」,请核对!' },
    ])
    await advance('residencePermit', [first], 'issue', { issueDate: '2026-03-12' })
    // A lost card is made again, with the holder's own number.
    const again = await create(
      'residencePermit',
      permitValues(town.residentId, { permitActionCode: '40', acceptanceDate: '2026-03-13' }),
    )
    await advance('residencePermit', [again], 'review', { reviewDate: '2026-03-14' })
    expect(
      (await advance('residencePermit', [again], 'makeCard', { ...card, cardDate: '2026-03-15' })).count,
    ).toBe(1)
  })

  it('is not undone by the undo of a save', async () => {
    const id = await createOne('serviceRequest')
    await advance('serviceRequest', [id], 'begin', { handlerName: '孙经办' })
    expect(
      (await refusalOf(fixture.backend, 'record.undoSave', { register: 'serviceRequest', id })).message,
    ).toContain('不能撤销')
  })
})

describe('a lease', () => {
  it('gets its number and its lessor, who stays as he was when the dwelling was chosen', async () => {
    const lesseeIds = [town.residentId, await secondResident()]
    const id = await create('lease', leaseValues({ dwellingId: town.dwellingId, lesseeIds }))
    const next = await create('lease', leaseValues({ dwellingId: town.dwellingId, lesseeIds }))
    const filed = valuesOf('lease', id)
    expect(filed).toMatchObject({ lessorName: '赵房主', stageCode: '10', lesseeIds })
    expect(filed?.['filingNumber']).toMatch(/^ZL2026-[0-9A-Z]{5}000001$/)
    expect(valuesOf('lease', next)?.['filingNumber']).toMatch(/000002$/)

    const dwelling = { ...dwellingValues({ coordinatorId: town.coordinatorId, ownerName: '新房主' }) }
    await fixture.backend.call('dwelling.save', {
      id: town.dwellingId,
      revision: 1,
      values: dwelling,
      draftId: null,
    })
    const { record } = await fixture.backend.call('lease.save', {
      id,
      revision: 1,
      values: leaseValues({ dwellingId: town.dwellingId, lesseeIds }, { monthlyRent: 160_000 }),
      draftId: null,
    })
    expect(record.values).toMatchObject({ lessorName: '赵房主', filingNumber: filed?.['filingNumber'] })
    const bodyOwned = await create(
      'dwelling',
      dwellingValues({
        roomNumber: '601',
        ownershipCode: '20',
        ownerName: null,
        ownerTelephone: null,
        ownerBodyName: '丹心置业',
        ownerBodyTelephone: '13900000008',
      }),
    )
    const moved = await fixture.backend.call('lease.save', {
      id,
      revision: 2,
      values: leaseValues({ dwellingId: bodyOwned, lesseeIds }),
      draftId: null,
    })
    expect(moved.record.values['lessorName']).toBe('丹心置业')
  })

  it('beside another one in force in the same days is told of it, and saved all the same', async () => {
    const { dwellingId } = town
    const lease = leaseValues({ dwellingId, lesseeIds: [town.residentId] })
    const id = await create('lease', lease)
    const overlapping = (startDate: string, endDate: string, exceptId: string | null = null) =>
      fixture.backend.call('lease.findOverlapping', { dwellingId, startDate, endDate, exceptId })
    expect(await overlapping('2027-02-28', '2028-02-27')).toMatchObject([
      { id, title: expect.stringContaining('2026-03-01') as string },
    ])
    expect(await overlapping('2027-03-01', '2028-02-29')).toEqual([])
    expect(await overlapping('2025-03-01', '2026-02-28')).toEqual([])
    expect(await overlapping('2026-03-01', '2027-02-28', id)).toEqual([])
    await create('lease', lease)
    await advance('lease', [id], 'terminate', ANSWERS.lease['terminate'] ?? {})
    expect((await overlapping('2026-03-01', '2026-03-31')).map((each) => each.id)).not.toContain(id)
  })

  it('is found from each of its lessees, in the details and in a query', async () => {
    const other = await secondResident()
    const id = await create(
      'lease',
      leaseValues({ dwellingId: town.dwellingId, lesseeIds: [town.residentId, other] }),
    )
    for (const residentId of [town.residentId, other]) {
      const linked = await fixture.backend.call('record.linked', { register: 'resident', id: residentId })
      expect(linked.find((group) => group.register === 'lease')).toMatchObject({ total: 1, rows: [{ id }] })
      const page = await fixture.backend.call('record.query', {
        query: {
          register: 'lease',
          conditions: [{ field: 'lesseeIds', operator: 'contains', value: residentId }],
          statuses: ['active'],
          stationCode: null,
          sort: { field: 'updatedAt', direction: 'descending' },
        },
        offset: 0,
        limit: 10,
      })
      expect(page.rows.map((row) => row.id)).toEqual([id])
    }
    await fixture.backend.call('lease.save', {
      id,
      revision: 1,
      values: leaseValues({ dwellingId: town.dwellingId, lesseeIds: [other] }),
      draftId: null,
    })
    const linked = await fixture.backend.call('record.linked', { register: 'resident', id: town.residentId })
    expect(linked.find((group) => group.register === 'lease')?.total ?? 0).toBe(0)
    expect(countRows(fixture.backend, 'lease_lessee')).toBe(1)
  })
})

describe('a stage that a day has made', () => {
  const query = (register: RegisterName, stage: string) =>
    fixture.backend.call('record.query', {
      query: {
        register,
        conditions: [{ field: 'stageCode', operator: 'equals', value: stage }],
        statuses: ['active'],
        stationCode: null,
        sort: { field: 'updatedAt', direction: 'descending' },
      },
      offset: 0,
      limit: 10,
    })

  it('is what cells, labels, links and conditions say', async () => {
    const references = { dwellingId: town.dwellingId, inspectorId: town.coordinatorId }
    const late = await create('inspection', inspectionValues(references, { rectifyByDate: '2026-03-15' }))
    const inTime = await create(
      'inspection',
      inspectionValues(references, { inspectionDate: '2026-03-04', rectifyByDate: '2026-03-16' }),
    )
    const overdue = await query('inspection', '40')
    expect(overdue.rows).toMatchObject([{ id: late, stage: '20', cells: { stageCode: '逾期' } }])
    expect((await query('inspection', '20')).rows.map((row) => row.id)).toEqual([inTime])
    expect((await query('inspection', '10')).rows).toEqual([])
    const record = await fixture.backend.call('record.get', {
      register: 'inspection',
      id: late,
      purpose: 'show',
    })
    expect(record.values['stageCode']).toBe('20')
    expect(record.labels['stageCode']).toBe('逾期')
    const linked = await fixture.backend.call('record.linked', { register: 'dwelling', id: town.dwellingId })
    const rows = linked.find((group) => group.register === 'inspection')?.rows ?? []
    expect(rows.find((row) => row.id === late)?.detail).toContain('逾期')

    const lesseeIds = [town.residentId]
    const over = await create(
      'lease',
      leaseValues(
        { dwellingId: town.dwellingId, lesseeIds },
        { startDate: '2025-03-01', endDate: '2026-03-15' },
      ),
    )
    const current = await create('lease', leaseValues({ dwellingId: town.dwellingId, lesseeIds }))
    expect((await query('lease', '20')).rows.map((row) => row.id)).toEqual([over])
    expect((await query('lease', '10')).rows.map((row) => row.id)).toEqual([current])
  })
})

describe('a service request', () => {
  it('names a resident or somebody by name and telephone, and one of them', async () => {
    const save = (values: RecordValues) =>
      refusalOf(fixture.backend, 'serviceRequest.save', {
        id: makeUuid(),
        revision: 0,
        values,
        draftId: null,
      })
    const { breaches } = await save(serviceValues({ applicantName: null, applicantTelephone: null }))
    expect(breaches?.[0]).toEqual({
      field: 'applicantId',
      message: '申请人:请选择已登记的人员,未登记的请录入姓名和电话!',
    })
    await create(
      'serviceRequest',
      serviceValues({ applicantId: town.residentId, applicantName: null, applicantTelephone: null }),
    )
  })
})
