import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clampSelection,
  countSelected,
  emptySelection,
  extendTo,
  isSelected,
  joinRanges,
  listSelected,
  moveActive,
  selectAll,
  selectOnly,
  toggle,
  type Selection,
} from '../../../../src-renderer/tables/selection.ts'

describe('selection', () => {
  test('Shift selects from the anchor in both directions and drops what lay beyond', () => {
    const down = extendTo(selectOnly(5), 9)
    expect(down.ranges).toEqual([[5, 9]])
    const up = extendTo(down, 2)
    expect(up.ranges).toEqual([[2, 5]])
    expect(up.active).toBe(2)
    expect(up.anchor).toBe(5)
  })

  test('Ctrl takes a row out of the middle of a range and puts it back', () => {
    const holed = toggle(extendTo(selectOnly(1), 5), 3)
    expect(holed.ranges).toEqual([
      [1, 2],
      [4, 5],
    ])
    expect(toggle(holed, 3).ranges).toEqual([[1, 5]])
  })

  test('Ctrl with a moving key moves without selecting, and a range starts there', () => {
    const moved = moveActive(selectOnly(1), 7)
    expect(moved.ranges).toEqual([[1, 1]])
    expect(extendTo(moved, 9).ranges).toEqual([[7, 9]])
  })

  test('everything of a million rows is one range', () => {
    const all = selectAll(selectOnly(3), 1_000_000)
    expect(all.ranges).toEqual([[0, 999_999]])
    expect(countSelected(all)).toBe(1_000_000)
    expect(all.active).toBe(3)
    expect(selectAll(selectOnly(3), 0)).toEqual(emptySelection)
  })

  test('a result that became shorter loses the rows beyond its end', () => {
    const selection = { ranges: [[2, 4] as const, [8, 12] as const], active: 12, anchor: 8 }
    expect(clampSelection(selection, 10)).toEqual({
      ranges: [
        [2, 4],
        [8, 9],
      ],
      active: 9,
      anchor: 8,
    })
    expect(clampSelection(selection, 0)).toEqual(emptySelection)
  })

  test('lists at most as many rows as asked', () => {
    expect(
      listSelected(
        {
          ranges: [
            [3, 5],
            [9, 1_000_000],
          ],
          active: 9,
          anchor: 9,
        },
        5,
      ),
    ).toEqual([3, 4, 5, 9, 10])
  })

  test('any run of acts selects what a plain set of rows would hold', () => {
    const act = fc.record({
      kind: fc.constantFrom('only', 'extend', 'toggle', 'move'),
      row: fc.nat({ max: 30 }),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        let selection: Selection = emptySelection
        let rows = new Set<number>()
        let anchor = -1
        for (const { kind, row } of acts) {
          if (kind === 'only') {
            selection = selectOnly(row)
            rows = new Set([row])
            anchor = row
          } else if (kind === 'toggle') {
            selection = toggle(selection, row)
            if (!rows.delete(row)) rows.add(row)
            anchor = row
          } else if (kind === 'move') {
            selection = moveActive(selection, row)
            anchor = row
          } else {
            selection = extendTo(selection, row)
            if (anchor < 0) anchor = row
            rows = new Set()
            for (let each = Math.min(anchor, row); each <= Math.max(anchor, row); each += 1) rows.add(each)
          }
          expect(countSelected(selection)).toBe(rows.size)
          for (let each = 0; each <= 30; each += 1) expect(isSelected(selection, each)).toBe(rows.has(each))
          // In order, and with a gap between neighbours: otherwise a copy would name rows twice.
          expect(selection.ranges).toEqual(joinRanges(selection.ranges))
        }
      }),
    )
  })
})
