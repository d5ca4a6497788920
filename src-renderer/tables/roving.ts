import type { KeyboardEvent } from 'react'

/** Where the focus goes in a small table by arrow keys, Home and End; undefined: the key is not one of these. */
export function nextPlace(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'shiftKey'>,
  place: { readonly row: number; readonly column: number },
  size: { readonly rows: number; readonly columns: number },
): { readonly row: number; readonly column: number } | undefined {
  if (event.ctrlKey || event.altKey || event.shiftKey || size.rows === 0) return undefined
  const { row, column } = place
  switch (event.key) {
    case 'ArrowDown':
      return { row: Math.min(row + 1, size.rows - 1), column }
    case 'ArrowUp':
      return { row: Math.max(row - 1, 0), column }
    case 'ArrowRight':
      return size.columns > 1 ? { row, column: Math.min(column + 1, size.columns - 1) } : undefined
    case 'ArrowLeft':
      return size.columns > 1 ? { row, column: Math.max(column - 1, 0) } : undefined
    case 'Home':
      return size.columns > 1 ? { row, column: 0 } : { row: 0, column }
    case 'End':
      return size.columns > 1 ? { row, column: size.columns - 1 } : { row: size.rows - 1, column }
    default:
      return undefined
  }
}
