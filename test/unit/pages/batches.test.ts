import { describe, expect, it } from 'vitest'
import { entriesOf, inputsOfHead, mergeEntries } from '../../../src-renderer/pages/entry/entry-batch.ts'
import {
  dayEndColumns,
  meterCells,
  sentenceOf,
  toTabbedText,
} from '../../../src-renderer/pages/day-end/day-end-text.ts'
import { nextPlace } from '../../../src-renderer/tables/roving.ts'
import type { Batch, DayEndLine, SheetLine } from '../../../src-shared/contract/batch-types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

const batch: Batch = {
  id: 'b',
  register: 'resident',
  communityCode: '999901001',
  collectorId: 'c',
  collectionDate: '2026-03-10',
  expectedCount: 5,
  openedDate: '2026-03-16',
  closedDate: null,
  communityName: '丹心社区',
  collectorName: '王协管',
  counts: { savedCount: 1, voidCount: 0, deferredCount: 0, undoneCount: 0 },
  saved: [],
  deferred: [],
}

describe('the head of a batch', () => {
  it('fills what the form of its register asks for', () => {
    const collector = { text: '王协管', value: 'c' }
    const day = { text: '2026-03-10', value: '2026-03-10' }
    const community = { text: '丹心社区', value: '999901001' }
    expect(inputsOfHead(batch, getRegister('resident').fields)).toEqual({
      collectorId: collector,
      collectionDate: day,
    })
    expect(inputsOfHead(batch, getRegister('dwelling').fields)).toEqual({
      coordinatorId: collector,
      collectionDate: day,
      communityCode: community,
    })
    expect(inputsOfHead(batch, getRegister('employer').fields)).toEqual({ coordinatorId: collector })
    expect(inputsOfHead(batch, getRegister('inspection').fields)).toEqual({
      inspectorId: collector,
      inspectionDate: day,
    })
    expect(inputsOfHead(batch, getRegister('lease').fields)).toEqual({ filingDate: day })
    // A coordinator is brought in by nobody.
    expect(inputsOfHead(batch, getRegister('coordinator').fields)).toEqual({ communityCode: community })
    expect(
      inputsOfHead({ ...batch, collectorId: null, communityCode: null }, getRegister('dwelling').fields),
    ).toEqual({ collectionDate: day })
  })
})

it('the side list follows the store, and keeps on top what the store has not told yet', () => {
  const sheet = (recordId: string | null, at: number): SheetLine => ({
    id: at,
    register: 'resident',
    state: recordId === null ? 'void' : 'saved',
    isUndone: false,
    at,
    recordId,
    title: `第${at}份`,
    reason: '',
    uploadState: null,
  })
  const told = entriesOf({ ...batch, saved: [sheet('b', 20), sheet(null, 15), sheet('a', 10)] })
  expect(told.map(({ id, uploadState }) => [id, uploadState])).toEqual([
    ['b', 'pending'],
    ['a', 'pending'],
  ])
  const shown = entriesOf({ ...batch, saved: [sheet('c', 30), sheet('b', 20), sheet('z', 5)] })
  expect(mergeEntries(shown, told).map(({ id }) => id)).toEqual(['c', 'b', 'a'])
})

const line: DayEndLine = {
  batchId: 'b',
  title: '流动人员 丹心社区',
  numbers: {
    expectedCount: 5,
    savedCount: 3,
    voidCount: 1,
    deferredCount: 0,
    undoneCount: 2,
    storedCount: 3,
    cancelledCount: 0,
    goneCount: 0,
    restoredCount: 0,
    uploadedCount: 2,
    pendingCount: 1,
    refusals: [],
  },
  differences: ['还差 1 份未录', '1 份待上传'],
  reminders: ['搁置 1 份待补录'],
}

describe('the day-end sheet as text', () => {
  it('has a header line, one line a batch, and no cell that breaks a line', () => {
    const text = toTabbedText({
      day: '2026-03-16',
      lines: [
        line,
        {
          ...line,
          batchId: null,
          title: '未列入\t批次\n',
          numbers: { ...line.numbers, expectedCount: null },
        },
      ],
      isBalanced: false,
      confirmation: null,
    })
    expect(text.split('\n').map((row) => row.split('\t'))).toEqual([
      ['日期', '批次', '应录', '已录', '作废', '搁置', '撤销', '在本机', '已上传', '差异', '说明'],
      ['2026-03-16', '流动人员 丹心社区', '5', '3', '1', '0', '2', '3', '2', '差 1', sentenceOf(line)],
      ['2026-03-16', '未列入 批次 ', '—', '3', '1', '0', '2', '3', '2', '有', sentenceOf(line)],
    ])
    expect(sentenceOf(line)).toBe('还差 1 份未录,1 份待上传,搁置 1 份待补录')
  })

  it('says in one word how far it is from even', () => {
    const difference = dayEndColumns.at(-1)
    const say = (change: Partial<DayEndLine>): string | undefined =>
      difference?.textOf({ ...line, ...change })
    expect(say({ differences: [] })).toBe('平')
    expect(say({ numbers: { ...line.numbers, expectedCount: 3 } })).toBe('多 1')
    expect(say({ numbers: { ...line.numbers, expectedCount: 4 } })).toBe('有')
  })
})

it('the own meter shows figures per record', () => {
  expect(
    meterCells({
      register: 'resident',
      recordCount: 4,
      keyCount: 402,
      openingMs: 400,
      savingMs: 200,
      listMs: 1_000,
    }),
  ).toEqual(['4', '100.5', '0.40 秒', '0.10 秒', '0.05 秒', '0.25 秒'])
})

it('arrow keys stay within a small table', () => {
  const key = (name: string) => ({
    key: name,
    code: name,
    ctrlKey: false,
    altKey: false,
    shiftKey: false,
    metaKey: false,
  })
  const size = { rows: 2, columns: 3 }
  expect(nextPlace(key('ArrowDown'), { row: 1, column: 2 }, size)).toEqual({ row: 1, column: 2 })
  expect(nextPlace(key('ArrowLeft'), { row: 1, column: 2 }, size)).toEqual({ row: 1, column: 1 })
  expect(nextPlace(key('Home'), { row: 1, column: 2 }, size)).toEqual({ row: 1, column: 0 })
  expect(nextPlace(key('End'), { row: 0, column: 0 }, { rows: 4, columns: 1 })).toEqual({ row: 3, column: 0 })
  expect(nextPlace(key('ArrowRight'), { row: 0, column: 0 }, { rows: 4, columns: 1 })).toBeUndefined()
  expect(nextPlace({ ...key('ArrowLeft'), ctrlKey: true }, { row: 0, column: 1 }, size)).toBeUndefined()
  expect(nextPlace(key('ArrowDown'), { row: 0, column: 0 }, { rows: 0, columns: 1 })).toBeUndefined()
})
