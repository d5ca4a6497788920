import { expect, it } from 'vitest'
import { layOutBuilding } from '../../../../../src-shared/building-map/lay-out-building.ts'
import { findLines } from '../../../../../src-renderer/pages/building-map/find-lines.ts'
import {
  firstPlace,
  movedPlace,
  placeOfRoom,
  roomTextOf,
} from '../../../../../src-renderer/pages/building-map/grid-walk.ts'
import type { MapLine } from '../../../../../src-shared/contract/map-types.ts'

const layout = layOutBuilding([], { entranceCount: 2, floorCount: 3, roomsPerFloor: 2 })

it('begins at the ground floor', () => {
  expect(firstPlace(layout)).toEqual({ row: 2, column: 0 })
  expect(firstPlace({ rows: [], columns: [] })).toBeUndefined()
})

it.each([
  ['up', { row: 0, column: 1 }],
  ['down', { row: 2, column: 1 }],
  ['left', { row: 1, column: 0 }],
  ['right', { row: 1, column: 2 }],
  ['floorStart', { row: 1, column: 0 }],
  ['floorEnd', { row: 1, column: 3 }],
  ['firstCell', { row: 0, column: 0 }],
  ['lastCell', { row: 2, column: 3 }],
  ['pageUp', { row: 0, column: 1 }],
  ['pageDown', { row: 2, column: 1 }],
] as const)('%s moves', (move, place) => {
  expect(movedPlace(layout, { row: 1, column: 1 }, move)).toEqual(place)
})

it('stays within the grid', () => {
  expect(movedPlace(layout, { row: 0, column: 0 }, 'up')).toEqual({ row: 0, column: 0 })
  expect(movedPlace(layout, { row: 2, column: 3 }, 'right')).toEqual({ row: 2, column: 3 })
})

it('digits go to the room they name, first in the entrance the walk is in', () => {
  const second = placeOfRoom(layout, '302', { row: 2, column: 3 })
  expect(second).toEqual({ row: 0, column: 3 })
  expect(placeOfRoom(layout, '302', { row: 2, column: 0 })).toEqual({ row: 0, column: 1 })
  expect(roomTextOf(layout, { row: 0, column: 1 })).toBe('302')
  // While more may be typed, the first that begins so.
  expect(placeOfRoom(layout, '2', { row: 2, column: 0 })).toEqual({ row: 1, column: 0 })
  expect(placeOfRoom(layout, '9', { row: 2, column: 0 })).toBeUndefined()
})

it('lines are found by name and by initials', () => {
  const line = (label: string, initials: readonly string[]): MapLine => ({
    key: label,
    label,
    initials,
    opens: { kind: 'place', place: { kind: 'all' } },
    counts: {
      dwellings: 0,
      vacant: 0,
      rented: 0,
      cancelled: 0,
      residents: 0,
      minors: 0,
      requests: 0,
      hazards: 0,
      overdue: 0,
    },
    declared: null,
  })
  const lines = [line('丹心社区', ['dxsq']), line('东风路12号', ['dfl12', 'dfl12号'])]
  const found = (typed: string): readonly string[] => findLines(lines, typed).map(({ label }) => label)
  expect(found('')).toHaveLength(2)
  expect(found('DX')).toEqual(['丹心社区'])
  expect(found('风路12')).toEqual(['东风路12号'])
  expect(found('dfl1')).toEqual(['东风路12号'])
  expect(found('sq')).toEqual([])
})
