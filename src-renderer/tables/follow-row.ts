import { clampSelection, selectOnly, type Selection } from './selection.ts'

/** Rows looked at to find one again. */
const reach = 500

/**
 * Keeps the keyboard on the same thing while rows before it leave a list whose order is fixed: on the row of the same key,
 * else on the one that took its place. Only for a selection of one row; `keyOf` gives undefined for rows that are not here.
 */
export function followRow(
  selection: Selection,
  total: number,
  key: number | undefined,
  keyOf: (index: number) => number | undefined,
): Selection {
  if (total === 0) return clampSelection(selection, 0)
  if (key === undefined) return selectOnly(Math.min(Math.max(selection.active, 0), total - 1))
  const from = Math.min(Math.max(selection.active, 0), total - 1)
  let best = from
  for (let index = from; index >= 0 && index > from - reach; index -= 1) {
    const found = keyOf(index)
    if (found === undefined) continue
    if (found < key) break
    best = index
    if (found === key) break
  }
  return selectOnly(best)
}
