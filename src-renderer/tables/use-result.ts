import { useCallback, useEffect, useRef, useState } from 'react'
import type { Query, QueryRow } from '../../src-shared/contract/types.ts'
import type { RequestInput } from '../../src-shared/contract/requests.ts'
import { call, messageOf } from '../client/call.ts'
import { createPageCache, pagesAhead, pageSize, pagesOf, type PageCache } from './page-cache.ts'

/** How many questions for pages run at the same time: a fast drag must not pile up hundreds. */
const parallelQuestions = 2

/** A query's result as the grid reads it. */
export type Result = {
  readonly query: Query
  /** Undefined until counted. */
  readonly total: number | undefined
  /** Rows that are there before they are counted: the first page. */
  readonly firstRows: number
  readonly row: (index: number) => QueryRow | undefined
  /** Fetches what is missing of these rows, then of those that come next; only the newest wish is followed. */
  readonly want: (first: number, last: number) => void
  /** Reads the marks (待上传, 已上传, …) of rows in sight anew, of these records or (none) of all; nothing moves. */
  readonly renewMarks: (ids: readonly string[]) => void
  readonly problem: string | undefined
  /** Grows whenever rows arrived. */
  readonly version: number
}

type State = {
  readonly query: Query | undefined
  readonly total: number | undefined
  readonly firstRows: number
  readonly problem: string | undefined
  readonly version: number
}

/** The mutable query of the contract: zod's input type has no readonly arrays. */
export function queryInput(query: Query): RequestInput<'record.query'>['query'] {
  return query as RequestInput<'record.query'>['query']
}

/**
 * Runs a query: counts it and fetches its pages as they are looked at. While a new run has no first page yet, the old
 * result stays on screen. `run` undefined asks nothing; a new object runs again.
 */
export function useResult(run: { readonly query: Query } | undefined): Result | undefined {
  const [state, setState] = useState<State>({
    query: undefined,
    total: undefined,
    firstRows: 0,
    problem: undefined,
    version: 0,
  })
  const pages = useRef<PageCache<QueryRow>>(createPageCache())
  const wanted = useRef<readonly number[]>([])
  /** Pages that will be wanted if the clerk goes on scrolling: asked for after those in sight. */
  const ahead = useRef<readonly number[]>([])
  const firstInSight = useRef(0)
  const asking = useRef(new Set<number>())
  const current = useRef<object>(undefined)

  const fetchWanted = useCallback((): void => {
    const ticket = current.current as { readonly query: Query } | undefined
    if (!ticket) return
    for (const page of [...wanted.current, ...ahead.current]) {
      if (asking.current.size >= parallelQuestions) return
      if (pages.current.has(page) || asking.current.has(page)) continue
      asking.current.add(page)
      call('record.query', {
        query: queryInput(ticket.query),
        offset: page * pageSize,
        limit: pageSize,
      }).then(
        (answer) => {
          if (current.current !== ticket) return
          asking.current.delete(page)
          pages.current.put(page, answer.rows)
          setState((previous) => ({ ...previous, version: previous.version + 1 }))
          fetchWanted()
        },
        (error: unknown) => {
          if (current.current !== ticket) return
          asking.current.delete(page)
          // Without this the page would be asked for again and again.
          wanted.current = wanted.current.filter((each) => each !== page)
          ahead.current = []
          setState((previous) => ({ ...previous, problem: messageOf(error) }))
        },
      )
    }
  }, [])

  useEffect(() => {
    if (!run) return
    const { query } = run
    current.current = run
    asking.current = new Set()
    wanted.current = []
    ahead.current = []
    firstInSight.current = 0
    let isCurrent = true
    const counting = call('record.count', { query: queryInput(query) })
    call('record.query', { query: queryInput(query), offset: 0, limit: pageSize }).then(
      (answer) => {
        if (!isCurrent) return
        pages.current = createPageCache()
        pages.current.put(0, answer.rows)
        // A first page that is not full is the whole result: no need to wait for the count.
        const firstRows = answer.rows.length
        const counted = firstRows < pageSize ? firstRows : undefined
        setState((previous) => ({
          query,
          total: counted,
          firstRows,
          problem: undefined,
          version: previous.version + 1,
        }))
        counting.then(
          (count) => {
            if (isCurrent) setState((previous) => ({ ...previous, total: count.total }))
          },
          (error: unknown) => {
            if (isCurrent) setState((previous) => ({ ...previous, problem: messageOf(error) }))
          },
        )
      },
      (error: unknown) => {
        counting.catch(() => undefined)
        if (isCurrent) setState((previous) => ({ ...previous, query, problem: messageOf(error) }))
      },
    )
    return () => {
      isCurrent = false
    }
  }, [run])

  const total = state.total ?? 0
  const want = useCallback(
    (first: number, last: number): void => {
      const numbers = pagesOf(first, last)
      pages.current.touch(numbers)
      wanted.current = numbers
      // Asked again for the same rows, the direction stays.
      if (first !== firstInSight.current) ahead.current = pagesAhead(first, last, firstInSight.current, total)
      firstInSight.current = first
      fetchWanted()
    },
    [fetchWanted, total],
  )

  const renewMarks = useCallback((ids: readonly string[]): void => {
    const ticket = current.current as { readonly query: Query } | undefined
    if (!ticket) return
    const concerned = new Set(ids)
    const inSight = wanted.current.length > 0 ? wanted.current : [0]
    const rows = inSight.flatMap((page) =>
      Array.from({ length: pageSize }, (_, index) => pages.current.row(page * pageSize + index) ?? []).flat(),
    )
    const waiting = rows.filter(
      (row) =>
        row.uploadState !== 'uploaded' &&
        row.uploadState !== 'demo' &&
        (ids.length === 0 || concerned.has(row.id)),
    )
    if (waiting.length === 0) return
    const marks = waiting.map(async ({ id }): Promise<readonly [string, QueryRow['uploadState']][]> => {
      const { uploadState } = await call('record.get', {
        register: ticket.query.register,
        id,
        purpose: 'show',
      })
      return [[id, uploadState]]
    })
    // A record that is gone meanwhile keeps its mark until the list is asked for again.
    Promise.all(marks.map((mark) => mark.catch(() => [])))
      .then((found) => {
        if (current.current !== ticket) return
        const known = new Map(found.flat())
        for (const page of inSight) {
          if (!pages.current.has(page)) continue
          const shown = Array.from(
            { length: pageSize },
            (_, index) => pages.current.row(page * pageSize + index) ?? [],
          ).flat()
          pages.current.put(
            page,
            shown.map((row) => ({ ...row, uploadState: known.get(row.id) ?? row.uploadState })),
          )
        }
        setState((previous) => ({ ...previous, version: previous.version + 1 }))
      })
      .catch(() => undefined)
  }, [])

  if (!state.query) return undefined
  return {
    query: state.query,
    total: state.total,
    firstRows: state.firstRows,
    row: (index) => pages.current.row(index),
    want,
    renewMarks,
    problem: state.problem,
    version: state.version,
  }
}
