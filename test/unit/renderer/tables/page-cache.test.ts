import { expect, test } from 'vitest'
import type { QueryRow } from '../../../../src-shared/contract/types.ts'
import {
  createPageCache,
  keptPages,
  pagesAhead,
  pagesOf,
  pageSize,
} from '../../../../src-renderer/tables/page-cache.ts'

function rowsFrom(offset: number, count = pageSize): readonly QueryRow[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(offset + index),
    status: 'active' as const,
    uploadState: 'pending' as const,
    stage: null,
    cells: {},
  }))
}

test('rows in sight lie in one page or two', () => {
  expect(pagesOf(0, 30)).toEqual([0])
  expect(pagesOf(40, 70)).toEqual([0, 1])
  expect(pagesOf(999_990, 999_999)).toEqual([19_999])
})

test('the next pages in the direction of the scrolling are fetched ahead, none beyond the ends', () => {
  expect(pagesAhead(10, 40, 9, 1_000_000)).toEqual([1, 2])
  expect(pagesAhead(500, 530, 501, 1_000_000)).toEqual([9, 8])
  expect(pagesAhead(40, 70, 40, 1_000_000)).toEqual([])
  expect(pagesAhead(60, 90, 61, 1_000_000)).toEqual([0])
  expect(pagesAhead(999_960, 999_990, 999_900, 1_000_000)).toEqual([])
  expect(pagesAhead(10, 40, 9, 120)).toEqual([1, 2])
  expect(pagesAhead(10, 40, 9, 100)).toEqual([1])
})

test('a row is found by its place in the whole result', () => {
  const cache = createPageCache<QueryRow>()
  cache.put(19_999, rowsFrom(999_950))
  expect(cache.row(999_999)?.id).toBe('999999')
  expect(cache.row(999_949)).toBeUndefined()
  expect(cache.has(19_999)).toBe(true)
})

test('the last page may be short', () => {
  const cache = createPageCache<QueryRow>()
  cache.put(1, rowsFrom(50, 7))
  expect(cache.row(56)?.id).toBe('56')
  expect(cache.row(57)).toBeUndefined()
})

test('pages looked at longest ago go first, and a look keeps a page', () => {
  const cache = createPageCache<QueryRow>()
  for (let page = 0; page < keptPages; page += 1) cache.put(page, rowsFrom(page * pageSize))
  cache.touch([0])
  cache.put(keptPages, rowsFrom(keptPages * pageSize))
  expect(cache.has(0)).toBe(true)
  expect(cache.has(1)).toBe(false)
  expect(cache.has(keptPages)).toBe(true)
})
