import { v7 as makeUuid } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countRemaining } from '../../../src-shared/batches/balance.ts'
import { randomOf } from '../../../src-shared/demo/random.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import type { Batch } from '../../../src-shared/contract/batch-types.ts'
import type { Draft } from '../../../src-shared/contract/types.ts'
import {
  countRows,
  employerValues,
  fixedClock,
  inventNumber,
  makeBackend,
  makeFolder,
  refusalOf,
  residentValues,
  saveNew,
  saveTown,
  type BackendFixture,
  type Town,
} from '../../support/backend-fixture.ts'

/** Batches over the real store: what is counted is what was saved. */

const TODAY = '2026-03-16'
let fixture: BackendFixture
let town: Town

beforeEach(async () => {
  fixture = await makeBackend()
  town = await saveTown(fixture.backend)
})
afterEach(() => fixture.remove())

async function open(expectedCount: number): Promise<Batch> {
  return await fixture.backend.call('batch.open', {
    register: 'resident',
    communityCode: '999901001',
    collectorId: town.coordinatorId,
    collectionDate: '2026-03-10',
    expectedCount,
  })
}

let made = 10
async function saveInto(batchId: string | null, id = makeUuid()): Promise<string> {
  made += 1
  await fixture.backend.call('resident.save', {
    id,
    revision: 0,
    values: residentValues(
      { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
      { documentNumber: inventNumber(made), name: `张${'一二三四五六七八九'[made % 9]}` },
    ),
    draftId: null,
    batchId,
  })
  return id
}

function draftOf(name: string, id = makeUuid()): Draft {
  return {
    id,
    register: 'resident',
    recordId: null,
    revision: 0,
    inputs: { name: { text: name, value: name } },
    focusedField: 'telephone',
    caret: 0,
    pinnedFields: ['dwellingId', 'collectorId'],
    batchCount: 2,
    openedFrom: null,
    updatedAt: 1,
  }
}

describe('a batch', () => {
  it('tells its head with names, and counts what is saved into it', async () => {
    const batch = await open(5)
    expect(batch).toMatchObject({
      register: 'resident',
      communityName: '丹心社区',
      collectorName: '王协管',
      collectionDate: '2026-03-10',
      expectedCount: 5,
      openedDate: TODAY,
      closedDate: null,
      counts: { savedCount: 0, voidCount: 0, deferredCount: 0, undoneCount: 0 },
    })
    const first = await saveInto(batch.id)
    await saveInto(batch.id)
    // The same save sent twice is one sheet; a later change of the record is none.
    const { record } = await fixture.backend.call('resident.save', {
      id: first,
      revision: 1,
      values: (await fixture.backend.call('record.get', { register: 'resident', id: first, purpose: 'show' }))
        .values,
      draftId: null,
      batchId: batch.id,
    })
    await fixture.backend.call('resident.save', {
      id: first,
      revision: record.revision,
      values: { ...record.values, remarks: '补充' },
      draftId: null,
      batchId: batch.id,
    })
    expect((await fixture.backend.call('batch.get', { id: batch.id })).counts.savedCount).toBe(2)
  })

  it('a refused save is no sheet', async () => {
    const batch = await open(5)
    const refusal = await refusalOf(fixture.backend, 'resident.save', {
      id: makeUuid(),
      revision: 0,
      values: residentValues(
        { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
        { name: null },
      ),
      draftId: null,
      batchId: batch.id,
    })
    expect(refusal.code).toBe('ruleBroken')
    expect((await fixture.backend.call('batch.get', { id: batch.id })).counts.savedCount).toBe(0)
  })

  it('an undone save gives the paper back to the pile, in the same transaction', async () => {
    const batch = await open(2)
    const id = await saveInto(batch.id)
    await fixture.backend.call('record.undoSave', { register: 'resident', id })
    const after = await fixture.backend.call('batch.get', { id: batch.id })
    expect(after.counts).toEqual({ savedCount: 0, voidCount: 0, deferredCount: 0, undoneCount: 1 })
    expect(after.saved).toMatchObject([{ recordId: id, isUndone: true }])
    await saveInto(batch.id)
    expect((await fixture.backend.call('batch.get', { id: batch.id })).counts.savedCount).toBe(1)
  })

  it('void and deferred sheets end the draft; a deferred one comes back as it was typed, without pins', async () => {
    const batch = await open(5)
    const draft = draftOf('李四')
    await fixture.backend.call('draft.write', { draft })
    const deferred = await fixture.backend.call('batch.setSheet', {
      batchId: batch.id,
      state: 'deferred',
      reason: '电话看不清',
      draft,
      draftId: draft.id,
    })
    expect(deferred.counts).toMatchObject({ deferredCount: 1 })
    expect(deferred.deferred).toMatchObject([{ title: '李四', reason: '电话看不清' }])
    expect(await fixture.backend.call('draft.list', {})).toEqual([])
    const { read } = fixture.backend.context.store
    expect(read.pluck<string>('SELECT draft FROM batch_sheet WHERE state = ?', 'deferred')[0]).toContain(
      '"pinnedFields":[]',
    )
    await fixture.backend.call('batch.setSheet', {
      batchId: batch.id,
      state: 'void',
      reason: '重复的表',
      draft: draftOf('王五', draft.id),
      draftId: draft.id,
    })
    // Nothing of a void sheet is kept.
    expect(read.pluck<string | null>("SELECT draft FROM batch_sheet WHERE state = 'void'")).toEqual([null])

    const sheetId = deferred.deferred[0]?.id ?? 0
    const back = await fixture.backend.call('batch.resumeSheet', { id: sheetId })
    expect(back).toMatchObject({
      batchId: batch.id,
      pinnedFields: [],
      recordId: null,
      inputs: { name: { text: '李四', value: '李四' } },
    })
    expect((await fixture.backend.call('draft.list', {})).map((each) => each.id)).toEqual([back.id])
    expect((await fixture.backend.call('batch.get', { id: batch.id })).counts).toEqual({
      savedCount: 0,
      voidCount: 1,
      deferredCount: 0,
      undoneCount: 0,
    })
    expect(await refusalOf(fixture.backend, 'batch.resumeSheet', { id: sheetId })).toMatchObject({
      code: 'notPossible',
    })
    expect(countRows(fixture.backend, 'batch_sheet')).toBe(6)
  })

  it('is closed, opened again the same day, and not the day after', async () => {
    const batch = await open(2)
    expect((await fixture.backend.call('batch.present', { register: 'resident' }))?.id).toBe(batch.id)
    const closed = await fixture.backend.call('batch.close', { id: batch.id })
    expect(closed.closedDate).toBe(TODAY)
    expect(await fixture.backend.call('batch.present', { register: 'resident' })).toBeNull()
    expect((await fixture.backend.call('batch.list', { register: null })).map((each) => each.id)).toEqual([
      batch.id,
    ])
    expect((await fixture.backend.call('batch.continue', { id: batch.id })).closedDate).toBeNull()
    await fixture.backend.call('batch.close', { id: batch.id })
    await fixture.backend.context.store.write((database) =>
      database.runOf("UPDATE batch SET closed_date = '2026-03-15' WHERE id = ?", batch.id),
    )
    expect(await refusalOf(fixture.backend, 'batch.continue', { id: batch.id })).toMatchObject({
      code: 'notPossible',
      message: expect.stringContaining('只能在当天重新打开') as string,
    })
    expect(await fixture.backend.call('batch.list', { register: null })).toEqual([])
  })

  it('the one gone on with last is the one a new form joins; each register has its own', async () => {
    const first = await open(2)
    const second = await open(3)
    const employers = await fixture.backend.call('batch.open', {
      register: 'employer',
      communityCode: null,
      collectorId: null,
      collectionDate: TODAY,
      expectedCount: 1,
    })
    const present = async (register: 'resident' | 'employer' | 'dwelling') =>
      (await fixture.backend.call('batch.present', { register }))?.id
    expect(await present('resident')).toBe(second.id)
    expect(await present('employer')).toBe(employers.id)
    expect(await present('dwelling')).toBeUndefined()
    await fixture.backend.call('batch.continue', { id: first.id })
    expect(await present('resident')).toBe(first.id)
    // A batch of another register takes no sheet of this one; the save itself goes through.
    await saveInto(employers.id)
    expect((await fixture.backend.call('batch.get', { id: employers.id })).counts.savedCount).toBe(0)
  })

  it('refuses a head that names what is not there', async () => {
    expect(
      await refusalOf(fixture.backend, 'batch.open', {
        register: 'resident',
        communityCode: null,
        collectorId: makeUuid(),
        collectionDate: TODAY,
        expectedCount: 5,
      }),
    ).toMatchObject({ code: 'notFound' })
    expect(
      await refusalOf(fixture.backend, 'batch.open', {
        register: 'resident',
        communityCode: '1',
        collectorId: null,
        collectionDate: TODAY,
        expectedCount: 5,
      }),
    ).toMatchObject({ code: 'notFound' })
  })
})

describe('日结', () => {
  it('counts each batch from the registers and the outbox, and what was saved outside of any', async () => {
    const batch = await open(5)
    await saveInto(batch.id)
    const cancelled = await saveInto(batch.id)
    const undone = await saveInto(batch.id)
    await fixture.backend.call('record.undoSave', { register: 'resident', id: undone })
    await fixture.backend.call('resident.cancel', {
      ids: [cancelled],
      cancellation: { reasonCode: '10', cancelDate: TODAY },
    })
    const day = await fixture.backend.call('dayEnd.get', { day: TODAY })
    expect(day.isBalanced).toBe(false)
    expect(day.lines).toMatchObject([
      {
        batchId: batch.id,
        title: '流动人员 丹心社区 王协管 2026-03-10',
        numbers: {
          expectedCount: 5,
          savedCount: 2,
          undoneCount: 1,
          storedCount: 1,
          cancelledCount: 1,
          uploadedCount: 0,
          pendingCount: 2,
        },
        differences: ['还差 3 份未录', '1 份录入后已注销'],
        reminders: ['单机模式,不上传'],
      },
      // The four of the town.
      { batchId: null, title: '未列入批次', numbers: { expectedCount: null, savedCount: 4, storedCount: 4 } },
    ])
    const behind = await fixture.backend.call('dayEnd.sheets', {
      day: TODAY,
      batchId: batch.id,
      column: 'different',
    })
    expect(behind).toMatchObject([{ recordId: cancelled, remark: '已注销,待上传' }])
    expect(
      await fixture.backend.call('dayEnd.sheets', { day: TODAY, batchId: batch.id, column: 'undone' }),
    ).toMatchObject([{ recordId: undone, remark: '已撤销' }])
    expect(
      await fixture.backend.call('dayEnd.sheets', { day: TODAY, batchId: null, column: 'saved' }),
    ).toHaveLength(4)
    // Somebody restores what was undone: it is active without being counted as saved.
    await fixture.backend.call('resident.restore', { ids: [undone], reason: '误撤销' })
    expect((await fixture.backend.call('dayEnd.get', { day: TODAY })).lines[0]?.differences).toContain(
      '1 份撤销后又恢复',
    )
    expect(
      await fixture.backend.call('dayEnd.sheets', { day: TODAY, batchId: batch.id, column: 'different' }),
    ).toMatchObject([{ recordId: undone, remark: '撤销后又恢复' }, { recordId: cancelled }])
    await fixture.backend.call('resident.cancel', {
      ids: [undone],
      cancellation: { reasonCode: '10', cancelDate: TODAY },
    })
    // A record that is not in its table is not counted, whatever the sheets say.
    await fixture.backend.context.store.write((database) =>
      database.runOf('DELETE FROM resident WHERE id = ?', cancelled),
    )
    const gone = await fixture.backend.call('dayEnd.get', { day: TODAY })
    expect(gone.lines[0]?.differences).toEqual(['还差 3 份未录', '1 份不在本机,请同步后核对'])
  })

  it('is confirmed with a reason where it does not balance, and says when the numbers have moved on', async () => {
    const batch = await open(2)
    await saveInto(batch.id)
    expect(await refusalOf(fixture.backend, 'dayEnd.confirm', { day: TODAY, reason: ' ' })).toMatchObject({
      code: 'notPossible',
    })
    const confirmed = await fixture.backend.call('dayEnd.confirm', { day: TODAY, reason: '余下一份明日补' })
    expect(confirmed.confirmation).toMatchObject({
      reason: '余下一份明日补',
      confirmedBy: '本机操作员',
      isCurrent: true,
    })
    await saveInto(batch.id)
    const later = await fixture.backend.call('dayEnd.get', { day: TODAY })
    expect(later).toMatchObject({ isBalanced: true, confirmation: { isCurrent: false } })
    await fixture.backend.call('dayEnd.confirm', { day: TODAY, reason: '' })
    // Both stand; the newest counts.
    expect(countRows(fixture.backend, 'day_end')).toBe(2)
    expect(
      await refusalOf(fixture.backend, 'dayEnd.confirm', { day: '2026-03-01', reason: '无' }),
    ).toMatchObject({ code: 'notPossible' })
    expect(
      fixture.backend.context.store.read.pluck<string>(
        "SELECT detail FROM audit WHERE act = 'dayEnd.confirmed' ORDER BY id DESC LIMIT 1",
      ),
    ).toEqual([`{"day":"${TODAY}","isBalanced":true}`])
  })

  it('shows a batch on each day it was worked on, and on the present one while it is open', async () => {
    const batch = await open(3)
    await fixture.backend.context.store.write((database) => {
      database.runOf("UPDATE batch SET opened_date = '2026-03-12'")
    })
    const days = async (day: string) =>
      (await fixture.backend.call('dayEnd.get', { day })).lines.flatMap((line) => line.batchId ?? [])
    expect(await days('2026-03-12')).toEqual([batch.id])
    expect(await days('2026-03-13')).toEqual([])
    expect(await days(TODAY)).toEqual([batch.id])
    await saveInto(batch.id)
    await fixture.backend.context.store.write((database) => {
      database.runOf("UPDATE batch_sheet SET day = '2026-03-13' WHERE batch_id IS NOT NULL")
    })
    await fixture.backend.call('batch.close', { id: batch.id })
    expect(await days('2026-03-13')).toEqual([batch.id])
    expect(await days(TODAY)).toEqual([])
  })
})

describe('a restart', () => {
  const folder = makeFolder()
  afterEach(() => folder.remove())

  it('keeps batches, sheets, confirmations and the meter; the machine decides the day', async () => {
    const clock = fixedClock('2026-03-16')
    let other = await makeBackend({ dataFolder: folder.path, clock })
    const { coordinatorId, dwellingId } = await saveTown(other.backend)
    const { id } = await other.backend.call('batch.open', {
      register: 'resident',
      communityCode: null,
      collectorId: coordinatorId,
      collectionDate: '2026-03-16',
      expectedCount: 9,
    })
    await other.backend.call('resident.save', {
      id: makeUuid(),
      revision: 0,
      values: residentValues(
        { dwellingId, collectorId: coordinatorId },
        { documentNumber: inventNumber(99) },
      ),
      draftId: null,
      batchId: id,
    })
    await other.backend.call('meter.add', {
      register: 'resident',
      keyCount: 90,
      openingMs: 1,
      savingMs: 2,
      listMs: 3,
    })
    await other.backend.call('dayEnd.confirm', { day: '2026-03-16', reason: '明日续' })
    await other.remove()
    // The next day: the batch is still the one a form joins, and it stands on that day's sheet as well.
    other = await makeBackend({ dataFolder: folder.path, clock: fixedClock('2026-03-17') })
    expect(await other.backend.call('batch.present', { register: 'resident' })).toMatchObject({
      id,
      counts: { savedCount: 1 },
    })
    expect(
      (await other.backend.call('dayEnd.get', { day: '2026-03-17' })).lines.map((line) => line.batchId),
    ).toEqual([id])
    expect((await other.backend.call('dayEnd.get', { day: '2026-03-16' })).confirmation?.reason).toBe(
      '明日续',
    )
    expect(await other.backend.call('meter.read', {})).toMatchObject({
      today: [],
      total: [{ register: 'resident', recordCount: 1, keyCount: 90, openingMs: 1, savingMs: 2, listMs: 3 }],
      since: '2026-03-16',
    })
    await other.backend.call('meter.reset', {})
    expect(await other.backend.call('meter.read', {})).toEqual({ today: [], total: [], since: null })
    await other.remove()
  })
})

it('whatever the order of acts, of restarts and of days, every paper is in one of four places', async () => {
  const folder = makeFolder()
  const random = randomOf(20_260_316)
  let day = 16
  const start = () => makeBackend({ dataFolder: folder.path, clock: fixedClock(`2026-03-${day}`) })
  let current = await start()
  const own = await saveTown(current.backend)
  let expectedCount = 12
  const { id } = await current.backend.call('batch.open', {
    register: 'resident',
    communityCode: null,
    collectorId: null,
    collectionDate: '2026-03-16',
    expectedCount,
  })
  // The desk: how many papers lie where, and what was done to which.
  const saved: string[] = []
  let pile = expectedCount
  let voided = 0
  let undone = 0
  for (let step = 0; step < 120; step += 1) {
    const { call } = current.backend
    const { deferred } = await call('batch.get', { id })
    const act = random.below(12)
    if (act < 4 && pile > 0) {
      const recordId = makeUuid()
      await call('resident.save', {
        id: recordId,
        revision: 0,
        values: residentValues(
          { dwellingId: own.dwellingId, collectorId: own.coordinatorId },
          { documentNumber: inventNumber(step + 20) },
        ),
        draftId: null,
        batchId: id,
      })
      saved.push(recordId)
      pile -= 1
    } else if (act < 6 && pile > 0) {
      const state = act === 4 ? 'void' : 'deferred'
      await call('batch.setSheet', { batchId: id, state, reason: '原因', draft: null, draftId: makeUuid() })
      if (state === 'void') voided += 1
      pile -= 1
    } else if (act < 8 && saved.length > 0) {
      const [recordId = ''] = saved.splice(random.below(saved.length), 1)
      await call('record.undoSave', { register: 'resident', id: recordId })
      undone += 1
      pile += 1
    } else if (act === 8 && deferred[0]) {
      await call('batch.resumeSheet', { id: deferred[0].id })
      pile += 1
    } else if (act === 9) {
      await call('batch.setExpected', { id, expectedCount: expectedCount + 1 })
      expectedCount += 1
      pile += 1
    } else if (act === 10) {
      await call('batch.close', { id })
      await call('batch.continue', { id })
    } else if (act === 11 && random.below(3) === 0) {
      await current.remove()
      day += random.below(2)
      current = await start()
    }
    const after = await current.backend.call('batch.get', { id })
    expect(after.counts).toEqual({
      savedCount: saved.length,
      voidCount: voided,
      deferredCount: after.deferred.length,
      undoneCount: undone,
    })
    expect(countRemaining(after.expectedCount, after.counts)).toBe(pile)
  }
  // 日结 of the last day says the same, counted in the register.
  const last = await current.backend.call('dayEnd.get', { day: `2026-03-${day}` })
  const line = last.lines.find((each) => each.batchId === id)
  expect(line?.numbers).toMatchObject({
    savedCount: saved.length,
    storedCount: saved.length,
    restoredCount: 0,
  })
  expect(line?.differences).toEqual(pile === 0 ? [] : [`还差 ${pile} 份未录`])
  // Enough was done for it to mean something.
  expect([saved.length, voided, undone, day - 16].every((count) => count > 0)).toBe(true)
  await current.remove()
  folder.remove()
})

it('a new record saved anywhere else is a sheet outside of any batch', async () => {
  const before = countRows(fixture.backend, 'batch_sheet')
  await saveNew(fixture.backend, 'employer', makeUuid(), employerValues({ name: '另一家' }))
  expect(countRows(fixture.backend, 'batch_sheet')).toBe(before + 1)
  expect(createClock().today()).toMatch(/^\d{4}-\d\d-\d\d$/)
})
