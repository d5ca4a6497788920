import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { applyServerRecord } from '../../../src-main/backend/services/apply-server-record.ts'
import { listHistory } from '../../../src-main/backend/services/record-history.ts'
import { getRecordVersion } from '../../../src-main/backend/services/record-versions.ts'
import type { RequestInput } from '../../../src-shared/contract/requests.ts'
import type { LabelledRecord } from '../../../src-shared/contract/types.ts'
import type { OpBody, ServerRecord } from '../../../src-shared/sync/op.ts'
import {
  inventNumber,
  makeBackend,
  refusalOf,
  residentValues,
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

const register = 'resident' as const
const get = (id: string): Promise<LabelledRecord> =>
  fixture.backend.call('record.get', { register, id, purpose: 'modify' })
const history = (id: string) => fixture.backend.call('record.history', { register, id })

/** Changes fields of a stored record. */
async function change(
  id: string,
  values: Readonly<Record<string, string | null>>,
  more: Partial<RequestInput<'resident.save'>> = {},
): Promise<LabelledRecord> {
  const { revision, values: stored } = await get(id)
  const { record } = await fixture.backend.call('resident.save', {
    id,
    revision,
    values: { ...stored, ...values },
    draftId: null,
    ...more,
  })
  return record
}

async function create(
  provenance: RequestInput<'resident.save'>['provenance'],
): Promise<{ readonly id: string; readonly record: LabelledRecord }> {
  const id = makeUuid()
  const values = residentValues(
    { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
    { documentNumber: inventNumber(30), remarks: '甲' },
  )
  const { record } = await fixture.backend.call('resident.save', {
    id,
    revision: 0,
    values,
    draftId: null,
    ...(provenance === undefined ? {} : { provenance }),
  })
  return { id, record }
}

function newestBody(): OpBody {
  const [body] = fixture.backend.context.store.read.pluck<string>(
    'SELECT body FROM outbox ORDER BY n DESC LIMIT 1',
  )
  return JSON.parse(String(body)) as OpBody
}

describe('the provenance of stored values', () => {
  it('is kept field by field, in the op as well, and follows each change', async () => {
    const { id, record } = await create({
      name: 'card',
      sexCode: 'number',
      remarks: 'typed',
      formerName: 'typed',
    })
    const none = { by: '', station: '' }
    // A field that is empty came in no way; of those that nobody named nobody knows.
    expect(record.provenance).toEqual({
      name: { from: 'card', ...none },
      sexCode: { from: 'number', ...none },
      remarks: { from: 'typed', ...none },
    })
    expect(newestBody().provenance).toEqual({ name: 'card', sexCode: 'number', remarks: 'typed' })

    // Only what the save changes is its to speak of.
    await change(
      id,
      { remarks: '乙', telephone: '13900000098' },
      { provenance: { name: 'typed', remarks: 'copied' } },
    )
    expect((await get(id)).provenance).toEqual({
      name: { from: 'card', ...none },
      sexCode: { from: 'number', ...none },
      remarks: { from: 'copied', ...none },
    })
    expect((await history(id))[0]?.changes).toEqual([
      { label: '联系电话', from: '13900000004', to: '13900000098', provenance: null },
      { label: '备注', from: '甲', to: '乙', provenance: 'copied' },
    ])
  })

  it('of a record from before is not known, and nothing is said', async () => {
    const { record } = await create(undefined)
    expect(record.provenance).toEqual({})
    expect(newestBody()).not.toHaveProperty('provenance')
  })

  it('is said only of the value that stands there', async () => {
    const { id } = await create({ remarks: 'typed' })
    await fixture.backend.context.store.write((database) => {
      database.runOf("UPDATE resident SET remarks = '另一处' WHERE id = ?", id)
    })
    expect((await get(id)).provenance).toEqual({})
  })

  it('of what was pulled is the server, with who wrote it where', async () => {
    const id = makeUuid()
    const server = {
      register,
      recordId: id,
      seq: 5,
      status: 'active',
      mergedInto: null,
      cancellation: null,
      declarationVersion: 1,
      stationCode: 'S2',
      values: residentValues(
        { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
        { documentNumber: inventNumber(31) },
      ),
      createdAt: 1,
      updatedAt: 1,
      updatedBy: 'other',
      updatedStation: 'S2',
      conflicts: [],
      duplicates: [],
    } as const satisfies ServerRecord
    const { store } = fixture.backend.context
    await store.write((database) => applyServerRecord(database, server))
    expect((await get(id)).provenance['name']).toEqual({ from: 'server', by: 'other', station: 'S2' })

    // What the newest change said of itself is a line of the history here, if it is what came in.
    await store.write((database) =>
      applyServerRecord(database, {
        ...server,
        seq: 6,
        values: { ...server.values, telephone: '13900000097' },
        updatedBy: 'third',
        updatedStation: 'S3',
        updatedAs: {
          act: 'changed',
          fields: ['telephone'],
          changeKind: 'correction',
          reason: '录入错误',
        },
      }),
    )
    const [line] = await history(id)
    expect(line).toMatchObject({ act: 'changed', changeKind: 'correction', reason: '录入错误', by: 'third' })
    expect(line?.changes).toMatchObject([{ label: '联系电话', provenance: 'server' }])
    const { provenance } = await get(id)
    expect(provenance['telephone']).toEqual({ from: 'server', by: 'third', station: 'S3' })
    expect(provenance['name']).toEqual({ from: 'server', by: 'other', station: 'S2' })

    // Two edits at once: the words of the newest are not those of the other.
    await store.write((database) =>
      applyServerRecord(database, {
        ...server,
        seq: 8,
        values: { ...server.values, telephone: '13900000096', remarks: '丙' },
        updatedAs: {
          act: 'changed',
          fields: ['remarks'],
          changeKind: 'correction',
          reason: '录入错误',
        },
      }),
    )
    expect((await history(id))[0]).toMatchObject({ act: 'changed', changeKind: null, reason: '' })
    // A later program's kind of change says nothing here.
    await store.write((database) =>
      applyServerRecord(database, {
        ...server,
        seq: 9,
        values: { ...server.values, telephone: '13900000096', remarks: '丁' },
        updatedAs: { act: 'changed', fields: ['remarks'], changeKind: 'rumour', effectiveDate: '2026-03-01' },
      }),
    )
    expect((await history(id))[0]).toMatchObject({ changeKind: null, effectiveDate: '2026-03-01' })
  })
})

describe('更正 and 变更', () => {
  it('stand in the history and in the op with reason or day', async () => {
    const { id } = await create({})
    await change(id, { remarks: '乙' }, { change: { kind: 'correction', reason: '录入错误:看错行' } })
    expect(newestBody()).toMatchObject({
      act: 'changed',
      changeKind: 'correction',
      reason: '录入错误:看错行',
    })
    expect(newestBody()).not.toHaveProperty('effectiveDate')
    await change(id, { remarks: '丙' }, { change: { kind: 'change', effectiveDate: '2026-03-10' } })
    expect(newestBody()).toMatchObject({ act: 'changed', changeKind: 'change', effectiveDate: '2026-03-10' })
    await change(id, { remarks: '戊' }, { change: { kind: 'change', effectiveDate: null } })
    expect(newestBody().effectiveDate).toBe('2026-03-16')
    await change(id, { remarks: '丁' })
    expect(newestBody()).not.toHaveProperty('changeKind')
    expect(
      (await history(id)).map((line) => [line.act, line.changeKind, line.effectiveDate, line.reason]),
    ).toEqual([
      ['changed', null, null, ''],
      ['changed', 'change', '2026-03-16', ''],
      ['changed', 'change', '2026-03-10', ''],
      ['changed', 'correction', null, '录入错误:看错行'],
      ['created', null, null, ''],
    ])
  })

  it('of a day to come or no day at all are refused, and nothing is stored', async () => {
    const { id, record } = await create({})
    for (const effectiveDate of ['2026-03-17', '2026-02-30', '']) {
      const refusal = await refusalOf(fixture.backend, 'resident.save', {
        id,
        revision: record.revision,
        values: { ...record.values, remarks: '乙' },
        draftId: null,
        change: { kind: 'change', effectiveDate },
      })
      expect(refusal.code).toBe('invalidInput')
    }
    expect((await get(id)).values['remarks']).toBe('甲')
  })

  it('do not count for a new record: it is registered', async () => {
    const id = makeUuid()
    await fixture.backend.call('employer.save', {
      id,
      revision: 0,
      values: (
        await fixture.backend.call('record.get', {
          register: 'employer',
          id: town.employerId,
          purpose: 'modify',
        })
      ).values,
      draftId: null,
      change: { kind: 'correction', reason: '录入错误' },
    })
    expect(newestBody()).toMatchObject({ act: 'created', reason: '' })
    expect(newestBody()).not.toHaveProperty('changeKind')
  })

  it('an undo is a correction, and puts back how the value had come', async () => {
    const { id } = await create({ remarks: 'card' })
    await change(id, { remarks: '乙' }, { provenance: { remarks: 'typed' } })
    await fixture.backend.call('record.undoSave', { register, id })
    const record = await get(id)
    expect(record.values['remarks']).toBe('甲')
    expect(record.provenance['remarks']?.from).toBe('card')
    expect((await history(id))[0]).toMatchObject({
      act: 'changed',
      changeKind: 'correction',
      reason: '录入撤销',
    })
  })
})

describe('an earlier version', () => {
  it('is the record as it was after each act, whatever came since', async () => {
    const { id } = await create({ remarks: 'typed', name: 'card' })
    const seen = new Map<number, LabelledRecord>()
    const note = async (): Promise<void> => {
      seen.set((await history(id))[0]?.version ?? 0, await get(id))
    }
    await note()
    await change(
      id,
      { remarks: '乙', formerName: '张大' },
      { change: { kind: 'correction', reason: '录入错误' } },
    )
    await note()
    await fixture.backend.call('resident.cancel', {
      ids: [id],
      cancellation: { reasonCode: '10', cancelDate: '2026-03-10' },
    })
    await note()
    await fixture.backend.call('resident.restore', { ids: [id], reason: '10' })
    await note()
    await change(id, { remarks: null, formerName: null }, { provenance: { remarks: 'typed' } })
    await note()
    await fixture.backend.call('record.undoSave', { register, id })
    await note()
    expect(seen.size).toBe(6)
    for (const [version, then] of seen) {
      const { record, line } = await fixture.backend.call('record.version', { register, id, version })
      const { status, values, cancellation, labels, title, provenance } = then
      expect({ ...record, version: line.version }).toMatchObject({
        version,
        status,
        values,
        labels,
        title,
        provenance,
        cancellation: cancellation === null ? null : expect.objectContaining(cancellation),
      })
    }
    // Looks at personal data are logged.
    expect(
      fixture.backend.context.store.read.pluck<number>(
        "SELECT count(*) FROM audit WHERE act = 'record.versionViewed' AND record_id = ?",
        id,
      ),
    ).toEqual([6])
  })

  it('says which fields its act changed, and is refused where there is none', async () => {
    const { id } = await create({})
    await change(id, { remarks: '乙' })
    const [line] = await history(id)
    const version = line?.version ?? 0
    const { changedFields } = await fixture.backend.call('record.version', { register, id, version })
    expect(changedFields).toEqual(['remarks'])
    for (const input of [
      { register, id, version: version + 1 },
      { register, id: town.residentId, version },
    ])
      expect((await refusalOf(fixture.backend, 'record.version', input)).code).toBe('notFound')
  })

  it('and the history are masked for who may not see personal values', async () => {
    const { id } = await create({})
    await change(id, { telephone: '13900000098' })
    const { context } = fixture.backend
    const viewer = {
      ...context,
      account: () =>
        ({ accountName: 'v', displayName: '', role: 'viewer', stationCode: '', stationName: '' }) as const,
    }
    const [line] = listHistory(viewer, { register, id })
    expect(line?.changes).toMatchObject([{ from: '139******04', to: '139******98' }])
    const { record } = await getRecordVersion(viewer, { register, id, version: line?.version ?? 0 })
    expect(record.values).toMatchObject({ telephone: '139******98', name: '张伟' })
    expect(record.values['documentNumber']).toMatch(/^420106\*+\d[\dX]$/)
  })

  it('and what a card had said otherwise, with the values nobody took', async () => {
    const { id } = await create({})
    const record = await fixture.backend.call('record.get', { register, id, purpose: 'modify' })
    const other = '420106199304120038'
    await fixture.backend.call('resident.save', {
      id,
      revision: record.revision,
      values: { ...record.values, remarks: '已核对证件' },
      draftId: null,
      cardChoices: {
        documentNumber: { took: 'typed', other },
        sexCode: { took: 'card', other: '2' },
        invented: { took: 'typed', other: '' },
      },
    })
    const chosen = [
      { label: '证件号码', took: 'typed', other },
      { label: '性别', took: 'card', other: '女' },
    ]
    expect((await history(id))[0]?.cardChoices).toEqual(chosen)
    expect((await history(id))[1]?.cardChoices).toEqual([])
    const { context } = fixture.backend
    const viewer = {
      ...context,
      account: () =>
        ({ accountName: 'v', displayName: '', role: 'viewer', stationCode: '', stationName: '' }) as const,
    }
    const [line] = listHistory(viewer, { register, id })
    expect(line?.cardChoices).toMatchObject([
      { other: expect.stringMatching(/^420106\*+38$/) },
      { other: '女' },
    ])
  })
})
