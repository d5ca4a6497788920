import type { ListMove } from '../keys/press.ts'

/** Where a move takes the active row of a grid; undefined without rows. Pure. */
export function targetRow(
  move: ListMove,
  state: { readonly active: number; readonly total: number; readonly pageRows: number },
): number | undefined {
  const { active, total } = state
  const last = total - 1
  if (last < 0) return undefined
  const clamp = (row: number): number => Math.min(Math.max(row, 0), last)
  const page = Math.max(state.pageRows - 1, 1)
  switch (move) {
    case 'down':
      return clamp(active + 1)
    case 'up':
      return clamp(active - 1)
    case 'pageDown':
      return clamp(active + page)
    case 'pageUp':
      return clamp(active - page)
    case 'first':
      return 0
    case 'last':
      return last
  }
}
