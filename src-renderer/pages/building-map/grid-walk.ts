import type { BuildingLayout, PlacedDwelling } from '../../../src-shared/building-map/lay-out-building.ts'

/** A cell by its row (0 is the top floor) and column. */
export type CellPlace = { readonly row: number; readonly column: number }

type Layout = Pick<BuildingLayout<PlacedDwelling>, 'rows' | 'columns'>

function cellOf(layout: Layout, { row, column }: CellPlace) {
  return layout.rows[row]?.cells[column]
}

/** The room number a cell is called by; empty where there is no room. */
export function roomTextOf(layout: Layout, place: CellPlace): string {
  const cell = cellOf(layout, place)
  if (cell?.kind === 'dwellings') return cell.dwellings[0].roomNumber
  return cell?.kind === 'unregistered' ? cell.prefill.roomNumber : ''
}

/** The first place of a walk: the lowest floor's first room, where a person begins to count; undefined for an empty grid. */
export function firstPlace(layout: Layout): CellPlace | undefined {
  for (let row = layout.rows.length - 1; row >= 0; row -= 1) {
    const column = layout.rows[row]?.cells.findIndex(({ kind }) => kind !== 'none') ?? -1
    if (column >= 0) return { row, column }
  }
  return undefined
}

/** The moves of {@link mapGridKeys}. */
export type GridMove =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'floorStart'
  | 'floorEnd'
  | 'firstCell'
  | 'lastCell'

/** Floors that PgUp and PgDn go. */
const PAGE_ROWS = 6

/** Where a move goes from a cell. Every cell of the grid can be stood on, also one without a room. */
export function movedPlace(layout: Layout, from: CellPlace, move: GridMove): CellPlace {
  const lastRow = layout.rows.length - 1
  const lastColumn = layout.columns.length - 1
  const to = (row: number, column: number): CellPlace => ({
    row: Math.min(Math.max(row, 0), lastRow),
    column: Math.min(Math.max(column, 0), lastColumn),
  })
  const { row, column } = from
  switch (move) {
    case 'up':
      return to(row - 1, column)
    case 'down':
      return to(row + 1, column)
    case 'left':
      return to(row, column - 1)
    case 'right':
      return to(row, column + 1)
    case 'pageUp':
      return to(row - PAGE_ROWS, column)
    case 'pageDown':
      return to(row + PAGE_ROWS, column)
    case 'floorStart':
      return to(row, 0)
    case 'floorEnd':
      return to(row, lastColumn)
    case 'firstCell':
      return to(0, 0)
    case 'lastCell':
      return to(lastRow, lastColumn)
  }
}

/**
 * The room that typed digits (or letters) name: the number itself before one that begins with them; in the entrance the walk is
 * in before the others, which come in their order.
 */
export function placeOfRoom(layout: Layout, typed: string, from: CellPlace): CellPlace | undefined {
  const wanted = typed.toUpperCase()
  const entrance = layout.columns[from.column]?.entrance
  let best: { readonly place: CellPlace; readonly rank: number } | undefined
  for (let row = layout.rows.length - 1; row >= 0; row -= 1) {
    for (let column = 0; column < layout.columns.length; column += 1) {
      const text = roomTextOf(layout, { row, column }).toUpperCase()
      if (!text.startsWith(wanted)) continue
      const rank = (text === wanted ? 0 : 2) + (layout.columns[column]?.entrance === entrance ? 0 : 1)
      if (best === undefined || rank < best.rank) best = { place: { row, column }, rank }
    }
  }
  return best?.place
}
