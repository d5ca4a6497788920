/** Where a moving key takes the active row of a grid; undefined for any other key. Pure. */
export function targetRow(
  key: string,
  state: { readonly active: number; readonly total: number; readonly pageRows: number },
): number | undefined {
  const { active, total } = state
  const last = total - 1
  if (last < 0) return undefined
  const clamp = (row: number): number => Math.min(Math.max(row, 0), last)
  const page = Math.max(state.pageRows - 1, 1)
  switch (key) {
    case 'ArrowDown':
      return clamp(active + 1)
    case 'ArrowUp':
      return clamp(active - 1)
    case 'PageDown':
      return clamp(active + page)
    case 'PageUp':
      return clamp(active - page)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}
