import { describe, expect, it } from 'vitest'
import {
  layOutBuilding,
  type BuildingDeclaration,
  type PlacedDwelling,
} from '../../../src-shared/building-map/lay-out-building.ts'
import { occupancyOf } from '../../../src-shared/building-map/occupancy.ts'

function room(
  id: string,
  entrance: string,
  floor: string,
  roomNumber: string,
  isCancelled = false,
): PlacedDwelling {
  return { id, entrance, floor, roomNumber, isCancelled }
}

/** The grid as text, a row a floor: the id of who stands there, ? for 未登记 with its room number, - for no room. */
function drawn(dwellings: readonly PlacedDwelling[], declaration: BuildingDeclaration | null): string[] {
  const layout = layOutBuilding(dwellings, declaration)
  return layout.rows.map(
    ({ floor, cells }) =>
      `${floor}: ${cells
        .map((cell) =>
          cell.kind === 'dwellings'
            ? cell.dwellings.map(({ id }) => id).join('+')
            : cell.kind === 'unregistered'
              ? `?${cell.prefill.roomNumber}`
              : '-',
        )
        .join(' ')}`,
  )
}

const twoByTwo: BuildingDeclaration = { entranceCount: 2, floorCount: 2, roomsPerFloor: 2 }

describe('a declared building', () => {
  it('shows every room it should have, the top floor first, and what is not registered', () => {
    expect(drawn([room('a', '1', '2', '201'), room('b', '二单元', '', '102')], twoByTwo)).toEqual([
      '2: a ?202 ?201 ?202',
      '1: ?101 ?102 ?101 b',
    ])
  })

  it('numbers its rooms through the floor where the records do', () => {
    expect(drawn([room('a', '2', '1', '103'), room('b', '2', '2', '204')], twoByTwo)).toEqual([
      '2: ?201 ?202 ?203 b',
      '1: ?101 ?102 a ?104',
    ])
  })

  it('writes what is not registered as the records do', () => {
    const dashed = [room('a', '1单元', '1', '1-1'), room('b', '1单元', '2', '2-1')]
    const [row] = layOutBuilding(dashed, twoByTwo).rows
    expect(row?.cells[1]).toEqual({
      kind: 'unregistered',
      prefill: { entrance: '1单元', floor: '2', roomNumber: '2-2' },
    })
    expect(row?.cells[2]).toMatchObject({ prefill: { entrance: '2', roomNumber: '2-1' } })
  })

  it('has room for what was built on top, beside and below', () => {
    expect(
      drawn(
        [room('top', '1', '3', '301'), room('side', '1', '1', '103'), room('below', '2', 'B1', '1')],
        twoByTwo,
      ),
    ).toEqual([
      '3: top - - - -',
      '2: ?201 ?202 - ?201 ?202',
      '1: ?101 ?102 side ?101 ?102',
      '-1: - - - below -',
    ])
  })

  it('puts aside what names no cell, and needs neither entrance nor floor where there is one only', () => {
    const dwellings = [room('a', '', '2', '201'), room('b', '1', '', '东户')]
    expect(layOutBuilding(dwellings, twoByTwo).unplaced.map(({ id }) => id)).toEqual(['a', 'b'])
    const yard = { entranceCount: 1, floorCount: 1, roomsPerFloor: 3 }
    expect(drawn([room('a', '', '', '2')], yard)).toEqual(
      ['1: ?101 a ?103'].map((line) => line.replaceAll(/\?10/g, '?')),
    )
  })
})

describe('a building that nobody declared', () => {
  it('is made of its records, and claims no more', () => {
    expect(
      drawn([room('a', '', '', '101'), room('b', '', '', '302'), room('c', '', '3', '301')], null),
    ).toEqual(['3: c b', '1: a -'])
  })

  it('keeps a cancelled dwelling below the one registered again', () => {
    expect(drawn([room('old', '', '1', '101', true), room('new', '', '1', '101')], null)).toEqual([
      '1: new+old',
    ])
  })

  it('of nothing is nothing', () => {
    expect(layOutBuilding([], null)).toEqual({ entrances: [], columns: [], rows: [], unplaced: [] })
  })
})

it.each([
  ['active', '20', 0, 'rented'],
  ['active', '30', 0, 'vacant'],
  ['active', '60', 0, 'vacant'],
  ['active', '30', 2, 'occupied'],
  ['active', '10', 0, 'occupied'],
  ['active', null, 0, 'occupied'],
  ['cancelled', '20', 3, 'cancelled'],
] as const)(
  'a dwelling %s with use %s and %i people is %s',
  (status, occupancyUseCode, people, occupancy) => {
    expect(occupancyOf({ status, occupancyUseCode, people })).toBe(occupancy)
  },
)
