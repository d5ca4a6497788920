import { expect, test } from 'vitest'
import { targetRow } from '../../../../src-renderer/tables/grid-keys.ts'

const state = { active: 50, total: 1_000, pageRows: 20 }

test.each([
  ['down', 51],
  ['up', 49],
  ['pageDown', 69],
  ['pageUp', 31],
  ['first', 0],
  ['last', 999],
] as const)('%s goes to row %i', (key, row) => {
  expect(targetRow(key, state)).toBe(row)
})

test('moving stops at both ends', () => {
  expect(targetRow('pageUp', { ...state, active: 3 })).toBe(0)
  expect(targetRow('pageDown', { ...state, active: 995 })).toBe(999)
  expect(targetRow('up', { ...state, active: 0 })).toBe(0)
})

test('an empty result moves nothing', () => {
  expect(targetRow('down', { ...state, total: 0 })).toBeUndefined()
})

test('a window lower than one row still moves by a row', () => {
  expect(targetRow('pageDown', { ...state, pageRows: 1 })).toBe(51)
})
