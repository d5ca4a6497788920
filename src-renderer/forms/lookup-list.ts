import type { LookupEntry, LookupPage } from '../../src-shared/contract/types.ts'
import type { ListMove } from '../keys/press.ts'

/** Rows the list shows at once: always this many once the table has them, so that nothing jumps. */
export const LIST_ROWS = 12
/**
 * Entries asked for at once. The whole table is asked for by the most one answer may have, before the clerk opens it: most
 * tables come whole, and their size is exact. A filter is asked for by what a clerk looks at: three screens.
 */
function pageSizeOf(query: string): number {
  return query === '' ? 100 : 3 * LIST_ROWS
}

export type LookupSearch = (query: string, offset: number, limit: number) => Promise<LookupPage>

/** What the list shows. A new object at every change. */
export type LookupView = {
  readonly isOpen: boolean
  /** The visible rows; undefined where an entry has not come yet. */
  readonly rows: readonly (LookupEntry | undefined)[]
  /** Index of the first visible row in the whole result. */
  readonly top: number
  /** Index of the highlighted row in the whole result; -1 when there is none. */
  readonly highlighted: number
  readonly total: number
  readonly isTotalExact: boolean
  /** Height of the list in rows, fixed while it is open. */
  readonly height: number
  /** Why the list could not be asked, or null. */
  readonly problem: string | null
  /** Whether the rows are the answer to the text as it stands. */
  readonly isAnswered: boolean
  /** Whether any answer came since the list was opened: before it nothing is known, not even the number. */
  readonly isEverAnswered: boolean
}

/**
 * How taking an entry ended: an entry, `nothing` matches the text, or the search failed with a sentence for the clerk.
 */
export type Taken =
  | { readonly kind: 'entry'; readonly entry: LookupEntry }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly message: string }

/**
 * The look-up list of one field, outside React. Answers that come out of order are dropped; equal text gives the same
 * rows in the same order until the list is closed, whatever changes behind it.
 */
export type LookupList = {
  readonly read: () => LookupView
  readonly subscribe: (listener: () => void) => () => void
  /** Asks for the whole table in the background, so that the first key finds its size known. */
  readonly warmUp: () => void
  /** Opens (or filters) the list for this text. */
  readonly open: (query: string) => void
  readonly close: () => void
  readonly move: (move: ListMove) => void
  readonly scroll: (rows: number) => void
  readonly highlight: (index: number) => void
  /**
   * The highlighted entry of the answer to the text as it stands: given at once when the answer is there, else as soon
   * as it comes. Never an entry of an older text.
   */
  readonly take: (done: (taken: Taken) => void) => void
}

type Result = {
  readonly pageSize: number
  readonly pages: Map<number, readonly LookupEntry[]>
  total: number
  isTotalExact: boolean
}

export function createLookupList(options: {
  readonly search: LookupSearch
  readonly messageOf: (error: unknown) => string
}): LookupList {
  const listeners = new Set<() => void>()
  /** Every answered text of this opening: the frozen order. */
  let results = new Map<string, Result>()
  /** Text and page of every question of this opening. */
  let asked = new Set<string>()
  /** Moves made before the answer to the text is there: they are meant for it. */
  let waitingMoves: ListMove[] = []
  /** Counts openings: an answer for an earlier one is dropped. */
  let opening = 0
  let isOpen = false
  let query = ''
  /** The result on screen; stays that of the text before until the new answer is there, so that nothing flickers. */
  let shown: Result | undefined
  let top = 0
  let highlighted = 0
  let height = LIST_ROWS
  let problem: string | null = null
  let tableSize: number | undefined
  let waiting: ((taken: Taken) => void) | undefined
  let view: LookupView = computeView()

  function entryAt(result: Result, index: number): LookupEntry | undefined {
    return result.pages.get(Math.floor(index / result.pageSize))?.[index % result.pageSize]
  }
  function isAnswered(): boolean {
    return shown !== undefined && results.get(query) === shown
  }
  function computeView(): LookupView {
    const total = shown?.total ?? 0
    const count = Math.min(height, Math.max(total - top, 0))
    const current = shown
    return {
      isOpen,
      rows: current ? Array.from({ length: count }, (_, row) => entryAt(current, top + row)) : [],
      top,
      highlighted: total === 0 ? -1 : highlighted,
      total,
      isTotalExact: shown?.isTotalExact ?? true,
      height,
      problem,
      isAnswered: isAnswered(),
      isEverAnswered: shown !== undefined,
    }
  }
  function publish(): void {
    view = computeView()
    for (const listener of listeners) listener()
  }

  function ask(text: string, page: number): void {
    const asOf = opening
    const question = `${page} ${text}`
    if (asked.has(question)) return
    asked.add(question)
    const pageSize = pageSizeOf(text)
    options.search(text, page * pageSize, pageSize).then(
      (answer) => {
        if (asOf !== opening) return
        const result = results.get(text) ?? {
          pageSize,
          pages: new Map(),
          total: answer.total,
          isTotalExact: answer.isTotalExact,
        }
        results.set(text, result)
        // The first answer of an opening stands: a repeated one may rank differently and is dropped.
        if (!result.pages.has(page)) result.pages.set(page, answer.entries)
        if (text !== query) return
        if (shown !== result) {
          shown = result
          top = 0
          highlighted = 0
        }
        problem = null
        publish()
        const moves = waitingMoves
        waitingMoves = []
        for (const move of moves) makeMove(move)
        settleWaiting()
      },
      (error: unknown) => {
        if (asOf !== opening) return
        asked.delete(question)
        if (text !== query) return
        problem = options.messageOf(error)
        publish()
        finishWaiting({ kind: 'failed', message: problem })
      },
    )
  }
  /** Asks for the pages that the visible rows and the screen after them stand on. */
  function askAround(): void {
    if (!shown || !isAnswered()) return
    const last = Math.min(top + 2 * LIST_ROWS, shown.total - 1)
    for (let page = Math.floor(top / shown.pageSize); page <= Math.floor(last / shown.pageSize); page += 1)
      ask(query, page)
  }
  function finishWaiting(taken: Taken): void {
    const done = waiting
    waiting = undefined
    done?.(taken)
  }
  function settleWaiting(): void {
    if (!waiting || !shown || !isAnswered()) return
    if (shown.total === 0) return finishWaiting({ kind: 'nothing' })
    const entry = entryAt(shown, highlighted)
    if (entry) finishWaiting({ kind: 'entry', entry })
    else ask(query, Math.floor(highlighted / shown.pageSize))
  }
  function show(index: number): void {
    if (!shown || shown.total === 0) return
    highlighted = Math.min(Math.max(index, 0), shown.total - 1)
    if (highlighted < top) top = highlighted
    if (highlighted >= top + height) top = highlighted - height + 1
    publish()
    askAround()
  }

  function makeMove(move: ListMove): void {
    switch (move) {
      case 'up':
        return show(highlighted - 1)
      case 'down':
        return show(highlighted + 1)
      case 'first':
        return show(0)
      case 'last':
        return show((shown?.total ?? 1) - 1)
      case 'pageUp':
        return show(highlighted - height)
      case 'pageDown':
        return show(highlighted + height)
    }
  }

  return {
    read: () => view,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    warmUp() {
      if (isOpen) return
      query = ''
      ask('', 0)
    },
    open(text) {
      const isNew = !isOpen
      if (text !== query) waitingMoves = []
      query = text
      problem = null
      if (isNew) {
        isOpen = true
        top = 0
        highlighted = 0
        tableSize = results.get('')?.total
        height = Math.min(LIST_ROWS, Math.max(tableSize ?? LIST_ROWS, 1))
        shown = undefined
      }
      const known = results.get(text)
      if (known) {
        if (shown !== known) {
          top = 0
          highlighted = 0
        }
        shown = known
        askAround()
      } else ask(text, 0)
      publish()
    },
    close() {
      if (!isOpen && results.size === 0) return
      opening += 1
      isOpen = false
      results = new Map()
      asked = new Set()
      waitingMoves = []
      shown = undefined
      problem = null
      finishWaiting({ kind: 'nothing' })
      publish()
    },
    move(move) {
      if (!isOpen) return
      if (isAnswered()) makeMove(move)
      else waitingMoves.push(move)
    },
    scroll(rows) {
      if (!shown) return
      top = Math.min(Math.max(top + rows, 0), Math.max(shown.total - height, 0))
      publish()
      askAround()
    },
    highlight(index) {
      if (!shown || index < 0 || index >= shown.total) return
      highlighted = index
      publish()
    },
    take(done) {
      waiting = done
      if (problem !== null && !isAnswered()) return finishWaiting({ kind: 'failed', message: problem })
      settleWaiting()
    },
  }
}
