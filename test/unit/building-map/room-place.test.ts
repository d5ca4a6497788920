import { expect, it } from 'vitest'
import {
  buildingKeyOf,
  compareParts,
  entranceKeyOf,
  floorOf,
  plainAddressPart,
  roomPlaceOf,
} from '../../../src-shared/building-map/room-place.ts'

it.each([
  ['三单元', '3单元'],
  ['十二', '12'],
  ['二十', '20'],
  ['二十一层', '21层'],
  ['廿三', '23'],
  ['五〇一', '501'],
  ['一零二', '102'],
  ['b 1', 'B1'],
])('numbers are read whoever writes them: %s', (text, plain) => {
  expect(plainAddressPart(text)).toBe(plain)
})

it.each([
  [['3', '3栋', '三号楼', '第3幢', '3#', '03栋', '3座'], '3'],
  [['A', 'A栋', 'A座', 'a楼'], 'A'],
  [[''], ''],
] as const)('spellings of one building have one key: %s', (texts, key) => {
  for (const text of texts) expect(buildingKeyOf(text), text).toBe(key)
})

it.each([
  [['3', '3单元', '三单元', '第三单元', '3门', '03单元'], '3'],
  [['A单元', 'a', 'A'], 'A'],
  [['甲单元'], '甲'],
] as const)('spellings of one entrance have one key: %s', (texts, key) => {
  for (const text of texts) expect(entranceKeyOf(text), text).toBe(key)
})

it.each([
  ['5', 5],
  ['5层', 5],
  ['五楼', 5],
  ['第12层', 12],
  ['B1', -1],
  ['-2', -2],
  ['负一层', -1],
  ['地下二层', -2],
  ['地下室', -1],
  ['5F', 5],
  ['0', null],
  ['9999', null],
  ['夹层', null],
  ['', null],
] as const)('the floor of %s', (text, floor) => {
  expect(floorOf(text)).toBe(floor)
})

it.each([
  // entrance, floor, room number → entrance, floor, roomKey
  ['3单元', '5', '501', '3', 5, '01'],
  ['三单元', '', '1203', '3', 12, '03'],
  ['', '', '5-2', null, 5, '02'],
  ['', '', '2-501', '2', 5, '01'],
  ['', '', '3-2-501', '2', 5, '01'],
  ['', '', '2-5-1', '2', 5, '01'],
  ['2', '', '5A', '2', 5, 'A'],
  ['', '', '1203B', null, 12, '03B'],
  ['', '', 'A501', 'A', 5, '01'],
  ['', '', 'A-501', 'A', 5, '01'],
  ['', '', '501室', null, 5, '01'],
  ['', '', '五〇一', null, 5, '01'],
  ['', '', '五楼二号', null, 5, '02'],
  ['', '', '2单元5楼3号', '2', 5, '03'],
  ['', '', 'B1', null, -1, 'B1'],
  ['', '', 'B1-03', null, -1, '03'],
  ['', '', '负101', null, -1, '01'],
  ['', '', '20501', '2', 5, '01'],
  ['', '', '301东', null, 3, '01东'],
  ['1', '3', '东户', '1', 3, '东户'],
  ['1', '3', '2', '1', 3, '02'],
  ['1', '', '2', '1', null, '02'],
  ['', '', '0501', null, 5, '01'],
  // 单元 and 楼层 say more than the room number.
  ['4', '6', '2-501', '4', 6, '01'],
  ['', '', '000', null, null, '00'],
] as const)(
  '%s %s %s stands in its place',
  (entrance, floor, roomNumber, wantEntrance, wantFloor, roomKey) => {
    expect(roomPlaceOf({ entrance, floor, roomNumber })).toEqual({
      entrance: wantEntrance,
      floor: wantFloor,
      roomKey,
    })
  },
)

it('rooms come in the order they are counted', () => {
  expect(['10', '2', 'A', '1', '03B', '03'].toSorted(compareParts)).toEqual([
    '1',
    '2',
    '03',
    '03B',
    '10',
    'A',
  ])
})
