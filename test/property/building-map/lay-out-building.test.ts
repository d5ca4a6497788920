import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layOutBuilding, type PlacedDwelling } from '../../../src-shared/building-map/lay-out-building.ts'
import { roomPlaceOf } from '../../../src-shared/building-map/room-place.ts'

const part = fc.oneof(
  fc.constantFrom('', '1', '2', '三单元', 'A', '甲', '5层', 'B1', '负一层', '地下室', '夹层', '-2', '0'),
  fc.constantFrom(
    '101',
    '501',
    '1203',
    '5-2',
    '2-501',
    '5A',
    '东户',
    '20501',
    '99999',
    '一零二',
    '501室',
    '×',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.stringMatching(/^[0-9A-Z一二三十单元层室B-]{0,8}$/u),
)
const dwellings: fc.Arbitrary<readonly PlacedDwelling[]> = fc
  .array(fc.record({ entrance: part, floor: part, roomNumber: part, isCancelled: fc.boolean() }), {
    maxLength: 30,
  })
  .map((rows) => rows.map((row, index) => ({ ...row, id: `d${index}` })))
const declaration = fc.option(
  fc.record({
    entranceCount: fc.integer({ min: 1, max: 4 }),
    floorCount: fc.integer({ min: 1, max: 8 }),
    roomsPerFloor: fc.integer({ min: 1, max: 4 }),
  }),
)

test('every dwelling stands in one cell or among the unplaced: none is lost, none is there twice', () => {
  fc.assert(
    fc.property(dwellings, declaration, (all, declared) => {
      const { rows, columns, entrances, unplaced } = layOutBuilding(all, declared)
      const shown = [
        ...rows.flatMap(({ cells }) =>
          cells.flatMap((cell) => (cell.kind === 'dwellings' ? cell.dwellings : [])),
        ),
        ...unplaced,
      ].map(({ id }) => id)
      expect(shown.toSorted()).toEqual(all.map(({ id }) => id).toSorted())
      expect(rows.every(({ cells }) => cells.length === columns.length)).toBe(true)
      expect(entrances.reduce((sum, { columnCount }) => sum + columnCount, 0)).toBe(columns.length)
      expect(rows.map(({ floor }) => floor)).toEqual(rows.map(({ floor }) => floor).toSorted((a, b) => b - a))
    }),
  )
})

test('what the declaration says is there once: as a dwelling, or not registered yet', () => {
  fc.assert(
    fc.property(dwellings, declaration, (all, declared) => {
      fc.pre(declared !== null)
      const { rows } = layOutBuilding(all, declared)
      const cells = rows.flatMap((row) => row.cells)
      const free = cells.filter(({ kind }) => kind === 'unregistered')
      const filled = cells.filter(({ kind }) => kind === 'dwellings')
      const total = declared.entranceCount * declared.floorCount * declared.roomsPerFloor
      expect(free.length).toBeLessThanOrEqual(total)
      expect(free.length + filled.length).toBeGreaterThanOrEqual(total)
    }),
  )
})

test('a room that is registered where the map says it is missing fills that cell', () => {
  fc.assert(
    fc.property(dwellings, declaration, fc.nat(), (all, declared, choice) => {
      fc.pre(declared !== null)
      const before = layOutBuilding(all, declared)
      const free = before.rows.flatMap(({ floor, cells }) =>
        cells.flatMap((cell, column) =>
          cell.kind === 'unregistered' ? [{ floor, column, texts: cell.prefill }] : [],
        ),
      )
      const chosen = free[choice % Math.max(free.length, 1)]
      fc.pre(chosen !== undefined)
      const place = roomPlaceOf(chosen.texts)
      const column = before.columns[chosen.column]
      expect(place).toEqual({ entrance: column?.entrance, floor: chosen.floor, roomKey: column?.roomKey })
    }),
  )
})
