import { expect, test } from 'vitest'
import { maximumScrollHeight, scrollScaleOf } from '../../../../src-renderer/tables/scroll-scale.ts'

test('a list that fits is scrolled pixel by pixel', () => {
  expect(scrollScaleOf(28 * 10_000, 500)).toEqual({ physicalHeight: 280_000, factor: 1 })
})

test('a million rows end exactly where the scroll bar ends', () => {
  const virtualHeight = 28 * 1_000_000
  const view = 520
  const { physicalHeight, factor } = scrollScaleOf(virtualHeight, view)
  expect(physicalHeight).toBe(maximumScrollHeight)
  expect((physicalHeight - view) * factor).toBeCloseTo(virtualHeight - view, 3)
})

test('ten million rows at 175 % stay below what Chromium can lay out', () => {
  const { physicalHeight } = scrollScaleOf(28 * 10_000_000, 300)
  expect(physicalHeight * 1.75).toBeLessThan(2 ** 25)
})
