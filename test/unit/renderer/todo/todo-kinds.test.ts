import { describe, expect, test } from 'vitest'
import { TODO_KINDS } from '../../../../src-shared/contract/todo-kinds.ts'
import type { Draft, TodoRow } from '../../../../src-shared/contract/types.ts'
import { todoCellText, todoLabels, todoPage } from '../../../../src-renderer/todo/todo-kinds.ts'

const row: TodoRow = {
  id: 'line-1',
  recordId: 'record-1',
  register: 'lease',
  title: '租赁合同 东风路1号',
  day: '2026-03-01',
  detail: '承租人王某',
  isLate: true,
}
const draft: Draft = {
  id: 'line-1',
  register: 'lease',
  recordId: 'record-1',
  revision: 2,
  inputs: {},
  focusedField: null,
  caret: 0,
  pinnedFields: [],
  batchCount: 0,
  openedFrom: null,
  updatedAt: 1,
}

describe('a line of what is due opens', () => {
  test.each(['permitEnding', 'permitInProcess', 'leaseEnding', 'hazard', 'serviceRequest'] as const)(
    'the details of its record: %s',
    (kind) => {
      expect(todoPage(kind, row, [])).toEqual({ kind: 'details', register: 'lease', recordId: 'record-1' })
      expect(todoPage(kind, { ...row, recordId: null }, [])).toBeUndefined()
    },
  )
  test('the record to be put right, where the server refused it', () => {
    expect(todoPage('setAside', row, [])).toMatchObject({
      kind: 'entry',
      register: 'lease',
      recordIds: ['record-1'],
    })
  })
  test.each(['conflict', 'duplicate'] as const)('冲突处理: %s', (kind) => {
    expect(todoPage(kind, row, [])).toEqual({ kind: 'conflicts' })
  })
  test('the form that was begun, and nothing once it is gone', () => {
    expect(todoPage('draft', row, [draft])).toMatchObject({
      kind: 'entry',
      draftId: 'line-1',
      recordIds: ['record-1'],
    })
    expect(todoPage('draft', row, [])).toBeUndefined()
  })
})

test('every kind has its words, and a late line says so', () => {
  expect(Object.keys(todoLabels).toSorted()).toEqual([...TODO_KINDS].toSorted())
  expect(todoCellText(row, 'day')).toBe('2026-03-01 逾期')
  expect(todoCellText({ ...row, isLate: false }, 'day')).toBe('2026-03-01')
})
