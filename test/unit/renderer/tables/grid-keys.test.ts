import { expect, test } from 'vitest'
import { targetRow } from '../../../../src-renderer/tables/grid-keys.ts'

const state = { active: 50, total: 1_000, pageRows: 20 }

test.each([
  ['ArrowDown', 51],
  ['ArrowUp', 49],
  ['PageDown', 69],
  ['PageUp', 31],
  ['Home', 0],
  ['End', 999],
])('%s goes to row %i', (key, row) => {
  expect(targetRow(key, state)).toBe(row)
})

test('moving stops at both ends', () => {
  expect(targetRow('PageUp', { ...state, active: 3 })).toBe(0)
  expect(targetRow('PageDown', { ...state, active: 995 })).toBe(999)
  expect(targetRow('ArrowUp', { ...state, active: 0 })).toBe(0)
})

test('other keys and an empty result move nothing', () => {
  expect(targetRow('a', state)).toBeUndefined()
  expect(targetRow('ArrowDown', { ...state, total: 0 })).toBeUndefined()
})

test('a window lower than one row still moves by a row', () => {
  expect(targetRow('PageDown', { ...state, pageRows: 1 })).toBe(51)
})
