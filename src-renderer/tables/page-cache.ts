/** Rows fetched with one question: more than a window shows, and few enough to be carried within a frame. */
export const pageSize = 50
/** Pages kept; the ones looked at longest ago go first. 6,000 rows are more than any window shows. */
export const keptPages = 120

/** The pages (by number) that rows `first` to `last` lie in. */
export function pagesOf(first: number, last: number): readonly number[] {
  const pages: number[] = []
  for (let page = Math.floor(first / pageSize); page <= Math.floor(last / pageSize); page += 1)
    pages.push(page)
  return pages
}

/** Pages fetched before their rows are in sight: what a held key or a wheel comes to while one question is answered. */
const aheadPages = 2

/**
 * The pages next to rows `first` to `last` in the direction in which the list moves, nearest first: their rows are there
 * before they are in sight. None while nothing moves, so that a result that is only looked at costs no more than its rows.
 *
 * @param previousFirst the first row in sight before
 * @param total rows of the list
 */
export function pagesAhead(
  first: number,
  last: number,
  previousFirst: number,
  total: number,
): readonly number[] {
  const direction = Math.sign(first - previousFirst)
  if (direction === 0) return []
  const edge = Math.floor((direction > 0 ? last : first) / pageSize)
  const lastPage = Math.floor(Math.max(total - 1, 0) / pageSize)
  return Array.from({ length: aheadPages }, (_, step) => edge + direction * (step + 1)).filter(
    (page) => page >= 0 && page <= lastPage,
  )
}

export type PageCache<Row> = {
  readonly row: (index: number) => Row | undefined
  readonly has: (page: number) => boolean
  readonly put: (page: number, rows: readonly Row[]) => void
  /** Marks pages as looked at, so that they are kept. */
  readonly touch: (pages: readonly number[]) => void
}

/** A sparse store of a result's pages. */
export function createPageCache<Row>(): PageCache<Row> {
  // A Map keeps the order of insertion: the first page is the one looked at longest ago.
  const pages = new Map<number, readonly Row[]>()
  const touch = (numbers: readonly number[]): void => {
    for (const number of numbers) {
      const rows = pages.get(number)
      if (!rows) continue
      pages.delete(number)
      pages.set(number, rows)
    }
  }
  return {
    row: (index) => pages.get(Math.floor(index / pageSize))?.[index % pageSize],
    has: (page) => pages.has(page),
    put(page, rows) {
      pages.delete(page)
      pages.set(page, rows)
      for (const oldest of pages.keys()) {
        if (pages.size <= keptPages) break
        pages.delete(oldest)
      }
    },
    touch,
  }
}
