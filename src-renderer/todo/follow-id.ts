import { clampSelection, selectOnly, type Selection } from '../tables/selection.ts'

/** Rows looked at, on either side, to find one again. */
const reach = 200

/**
 * Keeps the highlight on the same thing after a list was read anew: on the row of the same id wherever it is now, else on
 * the one that took its place.
 */
export function followId(
  selection: Selection,
  total: number,
  id: string | undefined,
  idOf: (index: number) => string | undefined,
): Selection {
  if (total === 0) return clampSelection(selection, 0)
  const from = Math.min(Math.max(selection.active, 0), total - 1)
  if (id === undefined) return selectOnly(from)
  for (let distance = 0; distance <= reach; distance += 1) {
    for (const index of [from - distance, from + distance])
      if (index >= 0 && index < total && idOf(index) === id) return selectOnly(index)
  }
  return selectOnly(from)
}
