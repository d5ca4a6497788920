import { expect, test } from 'vitest'
import { emptySelection, selectOnly } from '../../../../src-renderer/tables/selection.ts'
import { followId } from '../../../../src-renderer/todo/follow-id.ts'

const idsOf = (ids: readonly (string | undefined)[]) => (index: number) => ids[index]

test('lines before or behind it come and go: the highlight stays on its line', () => {
  expect(followId(selectOnly(2), 2, 'c', idsOf(['b', 'c']))).toEqual(selectOnly(1))
  expect(followId(selectOnly(1), 4, 'c', idsOf(['a', 'b', 'x', 'c']))).toEqual(selectOnly(3))
})
test('it leaves itself: the one that took its place, or the last', () => {
  expect(followId(selectOnly(1), 2, 'b', idsOf(['a', 'c']))).toEqual(selectOnly(1))
  expect(followId(selectOnly(2), 2, 'c', idsOf(['a', 'b']))).toEqual(selectOnly(1))
})
test('the first answer highlights the first line, an empty list none', () => {
  expect(followId(emptySelection, 3, undefined, idsOf(['a', 'b', 'c']))).toEqual(selectOnly(0))
  expect(followId(selectOnly(1), 0, 'b', idsOf([]))).toEqual(emptySelection)
})
