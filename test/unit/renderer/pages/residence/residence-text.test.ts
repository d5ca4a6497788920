import { describe, expect, it } from 'vitest'
import {
  figureText,
  monthBeside,
  monthOf,
  numberIn,
  residenceCellText,
  residenceColumns,
  toTabbedText,
} from '../../../../../src-renderer/pages/residence/residence-text.ts'
import type { ResidenceTable } from '../../../../../src-shared/contract/residence-types.ts'
import { RESIDENCE_FIGURES, RESIDENCE_GROUPINGS } from '../../../../../src-shared/residence/figures.ts'

const period = { today: '2026-11-28', from: '2026-11-01', to: '2026-11-28', fromAt: 0, toAt: 1 }
const table: ResidenceTable = {
  countedAt: 0,
  period,
  rows: [
    { key: { kind: 'all' }, label: '合计', cells: [12345, 3, 2, 0, 0, 0, null, null, 1, 0, 0] },
    {
      key: { kind: 'value', value: 'a' },
      label: '丹心\t社区',
      cells: [1, 1, 0, 0, 0, 0, null, null, 1, 0, 0],
    },
  ],
}
const [sum, row] = table.rows

describe('the table', () => {
  it.each(RESIDENCE_GROUPINGS)('of %s has the same figures in the same order', (grouping) => {
    expect(residenceColumns(grouping).map(({ key }) => key)).toEqual(['label', ...RESIDENCE_FIGURES])
  })

  it('shows nothing to count as a dash, and nought as nought', () => {
    if (!sum) throw new Error('no sum')
    expect(residenceCellText(sum, 'label')).toBe('合计')
    expect(residenceCellText(sum, 'residents')).toBe('12,345')
    expect(residenceCellText(sum, 'minors')).toBe('0')
    expect(residenceCellText(sum, 'occupied')).toBe('—')
    expect(numberIn(sum, 'occupied')).toBeNull()
    expect(numberIn(sum, 'label')).toBeUndefined()
  })

  it('is copied as plain numbers that a spreadsheet adds up', () => {
    const lines = toTabbedText('community', table).split('\r\n')
    expect(lines[0]?.split('\t').slice(0, 2)).toEqual(['社区', '流动人员'])
    expect(lines[1]?.split('\t').slice(0, 4)).toEqual(['合计', '12345', '3', '2'])
    expect(lines[2]?.startsWith('丹心 社区\t1')).toBe(true)
    expect(lines).toHaveLength(4)
  })

  it('says above the records what was counted', () => {
    if (!sum || !row) throw new Error('no rows')
    expect(figureText('community', sum, 'minors')).toBe('未成年人')
    expect(figureText('estate', { ...row, label: '长乐苑' }, 'rented')).toBe('小区「长乐苑」的出租房屋')
  })
})

describe('months', () => {
  it('the present one ends today, others are whole', () => {
    expect(monthOf('2026-11-28', '2026-11-28')).toEqual({ from: '2026-11-01', to: '2026-11-28' })
    expect(monthOf('2024-02-10', '2026-11-28')).toEqual({ from: '2024-02-01', to: '2024-02-29' })
  })
  it('one goes back as far as one likes, and not beyond the present one', () => {
    const present = monthOf('2026-11-28', '2026-11-28')
    expect(monthBeside(present, -1, '2026-11-28')).toEqual({ from: '2026-10-01', to: '2026-10-31' })
    expect(monthBeside({ from: '2026-10-20', to: '2026-11-05' }, 1, '2026-11-28')).toEqual(present)
    expect(monthBeside(present, 1, '2026-11-28')).toBeUndefined()
  })
})
