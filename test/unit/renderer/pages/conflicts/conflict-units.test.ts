import { expect, test } from 'vitest'
import type { ConflictRow, ConflictSide } from '../../../../../src-shared/contract/sync-types.ts'
import {
  groupConflicts,
  resolveInput,
  sideText,
  unitLabel,
} from '../../../../../src-renderer/pages/conflicts/conflict-units.ts'

const one = '019a9e1c-7b60-7000-8000-000000000001'
const two = '019a9e1c-7b60-7000-8000-000000000002'

function side(text: string): ConflictSide {
  return { value: text === '' ? null : text, text, by: '操作员甲', station: '示例站', at: 1 }
}
function row(recordId: string, id: string, group: string, change: Partial<ConflictRow> = {}): ConflictRow {
  const field = id.split('/')[1] ?? ''
  return {
    id,
    register: 'resident',
    recordId,
    title: recordId === one ? '王小明' : '李红',
    recordStatus: 'active',
    field,
    label: field,
    group,
    kept: side('A'),
    lost: side('B'),
    isDecided: false,
    ...change,
  }
}
const none: ReadonlySet<string> = new Set()
const shape = (rows: readonly ConflictRow[], decided = none) =>
  groupConflicts(rows, decided).map(({ title, units }) => [
    title,
    ...units.map((unit) => unit.rows.map(({ id }) => id).join('+')),
  ])

test('fields of one group that lost to the same edit are one unit; records keep their order', () => {
  expect(
    shape([
      row(one, 'op1/telephone', 'telephone'),
      row(two, 'op2/name', 'name'),
      row(one, 'op1/documentTypeCode', 'documentTypeCode'),
      row(one, 'op1/documentNumber', 'documentTypeCode'),
    ]),
  ).toEqual([
    ['王小明', 'op1/telephone', 'op1/documentTypeCode+op1/documentNumber'],
    ['李红', 'op2/name'],
  ])
})

test('two edits that lost the same field are decided one after the other', () => {
  expect(
    shape([
      row(one, 'op1/telephone', 'telephone'),
      row(one, 'op2/telephone', 'telephone'),
      row(one, 'op2/telephone/loser', 'telephone'),
    ]),
  ).toEqual([['王小明', 'op1/telephone', 'op2/telephone', 'op2/telephone/loser']])
})

test('what is decided is gone: here at once, elsewhere as soon as the list says so', () => {
  const rows = [
    row(one, 'op1/telephone', 'telephone'),
    row(one, 'op1/name', 'name'),
    row(two, 'op2/name', 'name', { isDecided: true }),
  ]
  expect(shape(rows, new Set(['op1/telephone']))).toEqual([['王小明', 'op1/name']])
  expect(shape(rows, new Set(['op1/telephone', 'op1/name']))).toEqual([])
})

test('every conflict of a unit is named in its decision, a third value field by field', () => {
  const [record] = groupConflicts(
    [row(one, 'op1/documentNumber', 'g'), row(one, 'op1/documentTypeCode', 'g')],
    none,
  )
  const unit = record?.units[0]
  if (!unit) throw new Error('no unit')
  expect(unitLabel(unit)).toBe('documentTypeCode、documentNumber')
  expect(resolveInput(unit, { choice: 'lost' })).toEqual({
    register: 'resident',
    recordId: one,
    decisions: [
      { conflictId: 'op1/documentTypeCode', choice: 'lost' },
      { conflictId: 'op1/documentNumber', choice: 'lost' },
    ],
  })
  expect(resolveInput(unit, { choice: 'other', values: { documentNumber: 'E12345678' } }).decisions).toEqual([
    { conflictId: 'op1/documentTypeCode', choice: 'other', value: null },
    { conflictId: 'op1/documentNumber', choice: 'other', value: 'E12345678' },
  ])
})

test('the status is a unit without a third value', () => {
  const [record] = groupConflicts([row(one, 'op1/@status', '@status')], none)
  expect(record?.units[0]?.isStatus).toBe(true)
})

test('an empty side is said to be empty', () => {
  const [record] = groupConflicts([row(one, 'op1/remarks', 'remarks', { lost: side('') })], none)
  const unit = record?.units[0]
  if (!unit) throw new Error('no unit')
  expect(sideText(unit, 'kept')).toBe('A')
  expect(sideText(unit, 'lost')).toBe('(空)')
})
