import { expect, test } from 'vitest'
import { countTexts, packTexts, textAt } from '../../../src-main/backend/lookup/text-table.ts'

test('gives back texts that begin alike, are empty, long or broken', () => {
  const texts = [
    '',
    ...Array.from({ length: 50 }, (_, row) => `某省某市某区${'街'.repeat(row % 5)}${row}`),
    '某省',
    '',
    '𠮷'.repeat(400),
    '\ud842',
    '𠮷\ud842\udfb8',
  ]
  const table = packTexts(texts)
  expect(countTexts(table)).toBe(texts.length)
  expect(texts.map((_, number) => textAt(table, number))).toEqual(texts)
  expect(table.units.length).toBeLessThan(texts.join('').length)
})

test('has no text beyond its numbers', () => {
  const table = packTexts(['a'])
  expect([textAt(table, -1), textAt(table, 1), textAt(packTexts([]), 0)]).toEqual(['', '', ''])
})
