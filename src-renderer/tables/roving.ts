import { smallTableKeys } from '../keys/bindings.ts'
import { isPressed, moveOf, stepOf, type KeyPress } from '../keys/press.ts'

/** Where the focus goes in a small table by arrow keys, Home and End; undefined: the key is not one of these. */
export function nextPlace(
  press: KeyPress,
  place: { readonly row: number; readonly column: number },
  size: { readonly rows: number; readonly columns: number },
): { readonly row: number; readonly column: number } | undefined {
  if (!isPressed(press, smallTableKeys.move) || size.rows === 0) return undefined
  const { row, column } = place
  const isTable = size.columns > 1
  switch (moveOf(press)) {
    case 'down':
      return { row: Math.min(row + 1, size.rows - 1), column }
    case 'up':
      return { row: Math.max(row - 1, 0), column }
    case 'first':
      return isTable ? { row, column: 0 } : { row: 0, column }
    case 'last':
      return isTable ? { row, column: size.columns - 1 } : { row: size.rows - 1, column }
    default:
      return isTable
        ? { row, column: Math.min(Math.max(column + stepOf(press), 0), size.columns - 1) }
        : undefined
  }
}
