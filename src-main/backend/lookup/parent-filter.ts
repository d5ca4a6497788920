// Restricts a look-up to rows whose parent code begins with something (the streets of one community).
import type { RowStore } from './row-store.ts'
import { countTexts, textAt } from './text-table.ts'

export type ParentChoice = {
  readonly prefix: string
  /** Per parent number: 1 when the parent is wanted. */
  readonly isChosen: Uint8Array
  /** Rows of the wanted parents. */
  readonly count: number
  /** The rows of the wanted parents, ascending, when there are few enough to look at one by one. */
  readonly rows: Uint32Array | undefined
}

export type ParentFilter = {
  /** The parents whose code begins with the prefix, with `orNone` also having none. The latest answers are kept. */
  choose(prefix: string, orNone?: boolean): ParentChoice
  /** Every row below such parents, ascending, however many. */
  listRows(prefix: string): Uint32Array
}

/** So many rows take well under a millisecond one by one. */
const FEW_ROWS = 4_000
const REMEMBERED_PREFIXES = 4

export function createParentFilter(store: RowStore): ParentFilter {
  const numbers = store.parentNumbers
  const parentCount = countTexts(store.parents)
  /** Answers by prefix; two are in use where entries are narrowed by one parent and another one is preferred. */
  const choices = new Map<string, ParentChoice>()
  /** Rows by parent number: order[starts[n] … starts[n + 1]). Made when first needed. */
  let grouped: { readonly starts: Uint32Array; readonly order: Uint32Array } | undefined

  function group(): { readonly starts: Uint32Array; readonly order: Uint32Array } {
    const starts = new Uint32Array(parentCount + 1)
    for (let row = 0; row < store.size; row++) starts[(numbers?.[row] ?? 0) + 1]!++
    for (let parent = 0; parent < parentCount; parent++) starts[parent + 1]! += starts[parent]!
    const next = starts.slice()
    const order = new Uint32Array(store.size)
    for (let row = 0; row < store.size; row++) order[next[numbers?.[row] ?? 0]!++] = row
    return { starts, order }
  }

  function rowsOf(isChosen: Uint8Array, count: number): Uint32Array {
    grouped ??= group()
    const { starts, order } = grouped
    const rows = new Uint32Array(count)
    let end = 0
    isChosen.forEach((chosen, parent) => {
      if (chosen !== 1) return
      const part = order.subarray(starts[parent], starts[parent + 1])
      rows.set(part, end)
      end += part.length
    })
    return rows.sort()
  }

  function choose(prefix: string, orNone = false): ParentChoice {
    const key = `${orNone ? 'or none ' : ''}${prefix}`
    const known = choices.get(key)
    if (known) return known
    grouped ??= group()
    const { starts } = grouped
    const isChosen = Uint8Array.from({ length: parentCount }, (_, parent) => {
      const text = textAt(store.parents, parent)
      return text.startsWith(prefix) || (orNone && text === '') ? 1 : 0
    })
    let count = 0
    isChosen.forEach((chosen, parent) => (count += chosen === 1 ? starts[parent + 1]! - starts[parent]! : 0))
    let rows: Uint32Array | undefined
    if (count <= FEW_ROWS) rows = rowsOf(isChosen, count)
    if (choices.size >= REMEMBERED_PREFIXES) choices.clear()
    const choice: ParentChoice = { prefix, isChosen, count, rows }
    choices.set(key, choice)
    return choice
  }

  return {
    choose,
    listRows(prefix) {
      const { rows, isChosen, count } = choose(prefix)
      return rows ?? rowsOf(isChosen, count)
    },
  }
}
