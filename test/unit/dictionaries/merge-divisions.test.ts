import { expect, test } from 'vitest'
import { mergeDivisions, shortenFullName } from '../../../tools/dictionaries/merge-divisions.ts'
import type { DivisionSource } from '../../../tools/dictionaries/merge-divisions.ts'

function source(
  name: string,
  kind: DivisionSource['kind'],
  names: Record<string, string>,
  lastDay?: string,
): DivisionSource {
  return { name, kind, names: new Map(Object.entries(names)), ...(lastDay === undefined ? {} : { lastDay }) }
}

const rows = mergeDivisions([
  source('current', 'current', {
    '110000': '甲省',
    '110100': '市辖区',
    '110101': '东区',
    '110200': '乙市',
    '110201': '新区',
  }),
  source('supplement', 'supplement', { '110102': '西区', '110299': '最新县' }),
  source(
    '2016',
    'dated',
    { '110000': '甲省', '110101': '东区', '110102': '西区', '110201': '郊区' },
    '2016-07-31',
  ),
  source('2002', 'dated', { '110000': '甲省', '110101': '东县', '110103': '南县' }, '2002-12-31'),
  source('undated', 'undated', { '110101': '市辖区', '110104': '北县' }),
  source('history', 'history', { '110104': '北旧县', '110105': '市辖区' }),
])
const byCode = new Map(rows.map((row) => [row.entry.code, row]))
const entryOf = (code: string) => byCode.get(code)?.entry

test('joins all codes in order, without rows that only group', () => {
  expect(rows.map((row) => row.entry.code)).toEqual(
    '110000 110101 110102 110103 110104 110105 110200 110201 110299'.split(' '),
  )
})

test('takes the newest name and keeps the others', () => {
  expect(byCode.get('110101')).toMatchObject({ nameFrom: 'current', otherNames: ['东县', '市辖区'] })
  expect(byCode.get('110201')).toMatchObject({ entry: { name: '新区' }, otherNames: ['郊区'] })
  expect(byCode.get('110104')).toMatchObject({ nameFrom: 'undated', sources: ['undated', 'history'] })
  expect(entryOf('110105')?.name).toBe('市辖区')
})

test('gives the prefecture as parent, or the province where the prefecture only groups', () => {
  expect(entryOf('110000')?.parent).toBeNull()
  expect(entryOf('110200')?.parent).toBe('110000')
  expect(entryOf('110201')?.parent).toBe('110200')
  expect(entryOf('110101')?.parent).toBe('110000')
})

test('marks retired codes with the last day on which a dated source shows them', () => {
  expect(entryOf('110101')?.validTo).toBeNull()
  expect(entryOf('110299')?.validTo).toBeNull()
  expect(entryOf('110102')?.validTo).toBe('2016-07-31')
  expect(entryOf('110103')?.validTo).toBe('2002-12-31')
  expect(entryOf('110104')?.validTo).toBe('2002-12-30')
})

test('knows the first day only of codes that came after the oldest dated source', () => {
  expect(entryOf('110201')?.validFrom).toBe('2016-07-31')
  expect(entryOf('110101')?.validFrom).toBeNull()
  expect(entryOf('110299')?.validFrom).toBeNull()
})

test('takes higher levels off a full name', () => {
  const names = new Map([
    ['110000', '甲省'],
    ['110200', '甲省乙市'],
    ['110201', '甲省乙市新区'],
    ['119001', '甲省丙市'],
  ])
  expect(['110000', '110200', '110201', '119001'].map((code) => shortenFullName(code, names))).toEqual([
    '甲省',
    '乙市',
    '新区',
    '丙市',
  ])
})
