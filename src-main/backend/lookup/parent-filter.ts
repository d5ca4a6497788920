// Restricts a look-up to rows whose parent code begins with something (the streets of one community).
import type { RowStore } from './row-store.ts'
import { countTexts, textAt } from './text-table.ts'

export type ParentChoice = {
  readonly prefix: string
  /** Per parent number: 1 when the parent is wanted. */
  readonly isChosen: Uint8Array
  /** The rows of the wanted parents, ascending, when there are few enough to look at one by one. */
  readonly rows: Uint32Array | undefined
}

export type ParentFilter = {
  /** The parents whose code begins with the prefix. The last answer is kept. */
  choose(prefix: string): ParentChoice
}

/** So many rows take well under a millisecond one by one. */
const FEW_ROWS = 4_000

export function createParentFilter(store: RowStore): ParentFilter {
  const numbers = store.parentNumbers
  const parentCount = countTexts(store.parents)
  let last: ParentChoice | undefined
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

  return {
    choose(prefix) {
      if (last?.prefix === prefix) return last
      grouped ??= group()
      const { starts, order } = grouped
      const isChosen = Uint8Array.from({ length: parentCount }, (_, parent) =>
        textAt(store.parents, parent).startsWith(prefix) ? 1 : 0,
      )
      let count = 0
      isChosen.forEach(
        (chosen, parent) => (count += chosen === 1 ? starts[parent + 1]! - starts[parent]! : 0),
      )
      let rows: Uint32Array | undefined
      if (count <= FEW_ROWS) {
        rows = new Uint32Array(count)
        let end = 0
        isChosen.forEach((chosen, parent) => {
          if (chosen !== 1) return
          const part = order.subarray(starts[parent], starts[parent + 1])
          rows!.set(part, end)
          end += part.length
        })
        rows.sort()
      }
      last = { prefix, isChosen, rows }
      return last
    },
  }
}
