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
