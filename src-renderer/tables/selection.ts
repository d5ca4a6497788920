/**
 * Which rows of a result are selected, by their place in it. A result may have a million rows, so it is kept as ranges,
 * never as a list. Pure.
 */

/** First and last row, both inclusive. */
export type RowRange = readonly [first: number, last: number]

export type Selection = {
  /** In order, without overlap or touching neighbours. */
  readonly ranges: readonly RowRange[]
  /** The row the keys move; -1 while the result is empty. */
  readonly active: number
  /** The row a Shift range starts at. */
  readonly anchor: number
}

/** Nothing selected in an empty result. */
export const emptySelection: Selection = { ranges: [], active: -1, anchor: -1 }

/** One row selected and active. */
export function selectOnly(row: number): Selection {
  return { ranges: [[row, row]], active: row, anchor: row }
}

/** Whether a row is selected. */
export function isSelected(selection: Selection, row: number): boolean {
  return selection.ranges.some(([first, last]) => row >= first && row <= last)
}

/** How many rows are selected. */
export function countSelected(selection: Selection): number {
  return selection.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

/** The rows from the anchor to `row`, and nothing else (Shift). */
export function extendTo(selection: Selection, row: number): Selection {
  const anchor = selection.anchor < 0 ? row : selection.anchor
  return { ranges: [[Math.min(anchor, row), Math.max(anchor, row)]], active: row, anchor }
}

/** Adds a row or takes it out (Ctrl); it becomes active and the anchor. */
export function toggle(selection: Selection, row: number): Selection {
  const ranges = isSelected(selection, row)
    ? selection.ranges.flatMap(([first, last]): RowRange[] => {
        if (row < first || row > last) return [[first, last]]
        const parts: RowRange[] = []
        if (first < row) parts.push([first, row - 1])
        if (row < last) parts.push([row + 1, last])
        return parts
      })
    : joinRanges([...selection.ranges, [row, row]])
  return { ranges, active: row, anchor: row }
}

/** Moves the active row without changing what is selected (Ctrl with a moving key). */
export function moveActive(selection: Selection, row: number): Selection {
  return { ...selection, active: row, anchor: row }
}

/** Every row of a result of `total`. */
export function selectAll(selection: Selection, total: number): Selection {
  if (total === 0) return emptySelection
  return { ranges: [[0, total - 1]], active: Math.max(selection.active, 0), anchor: 0 }
}

/** What remains of a selection when the result has `total` rows: rows beyond the end go. */
export function clampSelection(selection: Selection, total: number): Selection {
  if (total === 0) return emptySelection
  const ranges = selection.ranges
    .filter(([first]) => first < total)
    .map(([first, last]): RowRange => [first, Math.min(last, total - 1)])
  const active = Math.min(Math.max(selection.active, 0), total - 1)
  return { ranges, active, anchor: Math.min(Math.max(selection.anchor, 0), total - 1) }
}

/** The selected rows in order; `limit` of them at most. */
export function listSelected(selection: Selection, limit: number): readonly number[] {
  const rows: number[] = []
  for (const [first, last] of selection.ranges) {
    for (let row = first; row <= last && rows.length < limit; row += 1) rows.push(row)
  }
  return rows
}

/** Ranges in order, overlapping and touching ones made one. */
export function joinRanges(ranges: readonly RowRange[]): readonly RowRange[] {
  const joined: [number, number][] = []
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const previous = joined.at(-1)
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last)
    else joined.push([first, last])
  }
  return joined
}
