import { createPageCache, pageSize, pagesOf } from './page-cache.ts'

/** What a question for some rows is answered with; more than rows where a list has sums of its own. */
export type RowPage<Row> = { readonly rows: readonly Row[]; readonly total: number }

export type AskForRows<Row, Page extends RowPage<Row>> = (offset: number, limit: number) => Promise<Page>

/** What a list shows of its rows. A new object whenever something arrived. */
export type PagedState<Page> = {
  /** The newest answer; undefined until the first. */
  readonly answer: Page | undefined
  readonly problem: string | undefined
  /** Grows whenever rows arrived. */
  readonly version: number
}

/** A long list that is fetched page by page as it is looked at, and anew when something changed. */
export type PagedRows<Row, Page extends RowPage<Row>> = {
  readonly read: () => PagedState<Page>
  readonly subscribe: (listener: () => void) => () => void
  readonly row: (index: number) => Row | undefined
  /** Another list: its first page is asked for, and the old rows stay until it is there. */
  readonly begin: (ask: AskForRows<Row, Page>) => void
  /** Asks again for the pages in sight. What is asked for while that runs is one further question. */
  readonly reload: () => void
  /** Fetches what is missing of these rows; only the newest wish is followed. */
  readonly want: (first: number, last: number) => void
}

/** @param wordsOf the sentence to show for a refusal */
export function createPagedRows<Row, Page extends RowPage<Row>>(
  wordsOf: (error: unknown) => string,
): PagedRows<Row, Page> {
  let state: PagedState<Page> = { answer: undefined, problem: undefined, version: 0 }
  let cache = createPageCache<Row>()
  let ask: AskForRows<Row, Page> | undefined
  let wanted: readonly number[] = [0]
  let asking = new Set<number>()
  /** Grows when the rows are replaced: answers to older questions are dropped. */
  let generation = 0
  let reloading: number | undefined
  let isReloadAsked = false
  const listeners = new Set<() => void>()

  function change(next: Partial<PagedState<Page>>): void {
    state = { ...state, ...next }
    for (const listener of listeners) listener()
  }

  function fetchMissing(): void {
    const from = ask
    if (!from) return
    for (const page of wanted) {
      if (cache.has(page) || asking.has(page)) continue
      const mine = generation
      asking.add(page)
      from(page * pageSize, pageSize).then(
        (answer) => {
          if (mine !== generation) return
          asking.delete(page)
          cache.put(page, answer.rows)
          change({ answer, problem: undefined, version: state.version + 1 })
        },
        (error: unknown) => {
          if (mine !== generation) return
          asking.delete(page)
          // Without this the page would be asked for again and again.
          wanted = wanted.filter((each) => each !== page)
          change({ problem: wordsOf(error) })
        },
      )
    }
  }

  async function replace(from: AskForRows<Row, Page>, mine: number): Promise<void> {
    const pages = wanted.length === 0 ? [0] : wanted
    try {
      const answers = await Promise.all(pages.map((page) => from(page * pageSize, pageSize)))
      if (mine !== reloading) return
      generation += 1
      asking = new Set()
      cache = createPageCache<Row>()
      for (const [index, page] of pages.entries()) cache.put(page, answers[index]?.rows ?? [])
      change({ answer: answers.at(-1), problem: undefined, version: state.version + 1 })
    } catch (error) {
      if (mine === reloading) change({ problem: wordsOf(error) })
    }
    if (mine !== reloading) return
    reloading = undefined
    if (isReloadAsked) reload()
    else fetchMissing()
  }

  let tickets = 0
  function start(): void {
    if (!ask) return
    isReloadAsked = false
    reloading = tickets += 1
    void replace(ask, reloading)
  }
  function reload(): void {
    if (reloading === undefined) start()
    else isReloadAsked = true
  }

  return {
    read: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    row: (index) => cache.row(index),
    begin(next) {
      ask = next
      wanted = [0]
      start()
    },
    reload,
    want(first, last) {
      wanted = pagesOf(first, last)
      cache.touch(wanted)
      fetchMissing()
    },
  }
}
