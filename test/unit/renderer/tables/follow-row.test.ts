import { expect, test } from 'vitest'
import { followRow } from '../../../../src-renderer/tables/follow-row.ts'
import { emptySelection, selectOnly } from '../../../../src-renderer/tables/selection.ts'

function keysOf(keys: readonly (number | undefined)[]) {
  return (index: number) => keys[index]
}

test('rows before it leave: the keyboard stays on its row', () => {
  expect(followRow(selectOnly(3), 3, 8, keysOf([7, 8, 9]))).toEqual(selectOnly(1))
})
test('it leaves itself: the next one takes its place, and the last one where it was the last', () => {
  expect(followRow(selectOnly(2), 3, 7, keysOf([5, 8, 9]))).toEqual(selectOnly(1))
  expect(followRow(selectOnly(2), 2, 7, keysOf([5, 6]))).toEqual(selectOnly(1))
})
test('rows that are not here are passed over', () => {
  expect(followRow(selectOnly(3), 4, 8, keysOf([7, 8, undefined, undefined]))).toEqual(selectOnly(1))
})
test('an empty list has nothing selected, and the first answer selects the first row', () => {
  expect(followRow(selectOnly(3), 0, 8, keysOf([]))).toEqual(emptySelection)
  expect(followRow(emptySelection, 4, undefined, keysOf([1, 2, 3, 4]))).toEqual(selectOnly(0))
})
