import type { MapDwelling } from '../../../src-shared/contract/map-types.ts'

/** How a cell looks and is called; colour is never the only sign. */
export type CellState = MapDwelling['occupancy'] | 'unregistered'

export const cellMarks: Readonly<Record<CellState, { readonly letter: string; readonly label: string }>> = {
  occupied: { letter: '住', label: '有人居住' },
  rented: { letter: '租', label: '出租' },
  vacant: { letter: '空', label: '空置' },
  unregistered: { letter: '未', label: '未登记' },
  cancelled: { letter: '销', label: '已注销' },
}

/** In the order of the legend. */
export const cellStates: readonly CellState[] = ['rented', 'occupied', 'vacant', 'unregistered', 'cancelled']

/** 3人, and what is open: 隐患1, 逾期1, 事项2. */
export function dwellingNotes(dwelling: MapDwelling): {
  readonly people: string
  readonly open: readonly { readonly text: string; readonly isPressing: boolean }[]
} {
  const people = dwelling.residents + dwelling.minors
  const waiting = dwelling.hazards - dwelling.overdue
  return {
    people: people === 0 ? '' : `${people}人`,
    open: [
      ...(dwelling.overdue > 0 ? [{ text: `逾期${dwelling.overdue}`, isPressing: true }] : []),
      ...(waiting > 0 ? [{ text: `隐患${waiting}`, isPressing: false }] : []),
      ...(dwelling.requests > 0 ? [{ text: `事项${dwelling.requests}`, isPressing: false }] : []),
    ],
  }
}
