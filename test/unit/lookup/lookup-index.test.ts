import { describe, expect, test } from 'vitest'
import {
  buildLookupIndex,
  loadLookupIndex,
  rebuildLookupIndex,
  serializeLookupIndex,
  type LookupIndex,
  type LookupRow,
} from '../../../src-main/backend/lookup/lookup-index.ts'

/** Rows that match nothing these tests type, so that the same cases run on a table large enough for sorted keys. */
const filler: LookupRow[] = Array.from({ length: 400 }, (_, row) => ({
  code: `~${row}`,
  name: 'え'.repeat(1 + (row % 7)),
}))

function namesFound(index: LookupIndex, query: string, limit = 10): string[] {
  return index.search(query, { limit }).matches.map(({ name }) => name)
}

const places = [
  '重庆市',
  '单县',
  '厦门市',
  '六安市',
  '六合区',
  '番禺区',
  '吕梁市',
  '百色市',
  '绿园区',
  '女山湖镇',
  '略阳县',
  '丹心酒楼',
  'A座3栋',
  '𠮷野家',
  '〇七村',
  '北京市',
  '大厦',
  '会昌县',
  '曾都区',
  '蔚县',
  '亳州市',
  '长沙市',
  '长子县',
  '银行',
  '西安市',
  '先锋村',
  '朝阳区',
  '徐州市',
  '阿克苏',
  'Ⅱ号楼',
  '东 区',
  '(南)院',
  '浒墅关',
  '台州市',
  '乐清市',
  '圐圙村',
  '嗯',
  '國泰路',
]
const placeRows: LookupRow[] = places.map((name, row) => ({ code: String(1001 + row), name }))

const sizes: readonly (readonly [string, readonly LookupRow[]])[] = [
  ['row by row', placeRows],
  ['with sorted keys', [...placeRows, ...filler]],
]

describe.each(sizes)('what finds what, %s', (_, rows) => {
  const index = buildLookupIndex(rows)
  test.each([
    ['cq', '重庆市'],
    ['zq', '重庆市'],
    ['chongqing', '重庆市'],
    ['zhongqing', '重庆市'],
    ['chongq', '重庆市'],
    ['chq', '重庆市'],
    ['重q', '重庆市'],
    ['cqs', '重庆市'],
    ['qingshi', '重庆市'],
    ['庆', '重庆市'],
    ['重庆', '重庆市'],
    ['c庆s', '重庆市'],
    ['sx', '单县'],
    ['shanxian', '单县'],
    ['dx', '单县'],
    ['cx', '单县'],
    ['xm', '厦门市'],
    ['xiamen', '厦门市'],
    ['shamen', '厦门市'],
    ['sm', '厦门市'],
    ['dasha', '大厦'],
    ['la', '六安市'],
    ['luan', '六安市'],
    ['liuan', '六安市'],
    ["lu'an", '六安市'],
    ['lu’an', '六安市'],
    ['lhq', '六合区'],
    ['luhe', '六合区'],
    ['py', '番禺区'],
    ['panyu', '番禺区'],
    ['fanyu', '番禺区'],
    ['lv', '吕梁市'],
    ['lu', '吕梁市'],
    ['lyu', '吕梁市'],
    ['lü', '吕梁市'],
    ['lvliang', '吕梁市'],
    ['lyuliang', '吕梁市'],
    ['lüliang', '吕梁市'],
    ['lul', '吕梁市'],
    ['LVLIANG', '吕梁市'],
    ['ｌｖ', '吕梁市'],
    ['lvyuan', '绿园区'],
    ['luyuan', '绿园区'],
    ['nvshan', '女山湖镇'],
    ['nyush', '女山湖镇'],
    ['nush', '女山湖镇'],
    ['lveyang', '略阳县'],
    ['lueyang', '略阳县'],
    ['xvzhou', '徐州市'],
    ['xuzhou', '徐州市'],
    ['bose', '百色市'],
    ['baise', '百色市'],
    ['bss', '百色市'],
    ['danxjl', '丹心酒楼'],
    ['丹xjl', '丹心酒楼'],
    ['dxjl', '丹心酒楼'],
    ['danxinjiulou', '丹心酒楼'],
    ['danxinjiul', '丹心酒楼'],
    ['dan心j楼', '丹心酒楼'],
    ['心酒', '丹心酒楼'],
    ['jl', '丹心酒楼'],
    ['xinjiu', '丹心酒楼'],
    ['dan lou', '丹心酒楼'],
    ['lou dan', '丹心酒楼'],
    ['dan xin', '丹心酒楼'],
    ['djl', '丹心酒楼'],
    ['丹楼', '丹心酒楼'],
    ['az3d', 'A座3栋'],
    ['a座3', 'A座3栋'],
    ['Ａ座３栋', 'A座3栋'],
    ['3d', 'A座3栋'],
    ['3栋', 'A座3栋'],
    ['zuo3dong', 'A座3栋'],
    ['jyj', '𠮷野家'],
    ['𠮷', '𠮷野家'],
    ['𠮷y', '𠮷野家'],
    ['jiye', '𠮷野家'],
    ['lqc', '〇七村'],
    ['〇', '〇七村'],
    ['beijing', '北京市'],
    ['hcx', '会昌县'],
    ['kcx', '会昌县'],
    ['zengdu', '曾都区'],
    ['cengdu', '曾都区'],
    ['yux', '蔚县'],
    ['bozhou', '亳州市'],
    ['changsha', '长沙市'],
    ['zhangzi', '长子县'],
    ['yh', '银行'],
    ['xian', '西安市'],
    ['xian', '先锋村'],
    ['xa', '西安市'],
    ['zyq', '朝阳区'],
    ['chaoyang', '朝阳区'],
    ['aks', '阿克苏'],
    ['eks', '阿克苏'],
    ['ii', 'Ⅱ号楼'],
    ['Ⅱ', 'Ⅱ号楼'],
    ['iihl', 'Ⅱ号楼'],
    ['dongqu', '东 区'],
    ['东区', '东 区'],
    ['dong qu', '东 区'],
    ['ny', '(南)院'],
    ['南', '(南)院'],
    ['(', '(南)院'],
    ['（', '(南)院'],
    ['xsg', '浒墅关'],
    ['hsg', '浒墅关'],
    ['taizhou', '台州市'],
    ['yueqing', '乐清市'],
    ['leqing', '乐清市'],
    ['kulve', '圐圙村'],
    ['kl', '圐圙村'],
    ['ng', '嗯'],
    ['en', '嗯'],
    ['guotai', '國泰路'],
    ['國', '國泰路'],
    ['1001', '重庆市'],
    ['10', '重庆市'],
    ['1011', '略阳县'],
  ])('%s finds %s', (query, name) => {
    expect(namesFound(index, query, 40)).toContain(name)
  })

  test.each([
    ['cqx'],
    ['qcx'],
    ['重重'],
    ['zhongqingx'],
    ['龘'],
    ['1001x'],
    ['iiii'],
    ["'; DROP TABLE resident;--"],
    ['a'.repeat(300)],
    ['😀'],
  ])('%s finds nothing', (query) => {
    expect(index.search(query, { limit: 10 })).toEqual({ matches: [], total: 0, isTotalExact: true })
  })

  test.each([
    ['cq', '重庆市', ['重庆']],
    ['danxjl', '丹心酒楼', ['丹心酒楼']],
    ['jl', '丹心酒楼', ['酒楼']],
    ['dan lou', '丹心酒楼', ['丹', '楼']],
    ['djl', '丹心酒楼', ['丹', '酒楼']],
    ['jiy', '𠮷野家', ['𠮷野']],
    ['ii', 'Ⅱ号楼', ['Ⅱ']],
    ['dongqu', '东 区', ['东 区']],
    ['1001', '重庆市', []],
  ])('%s shows in %s these parts bold: %j', (query, name, parts) => {
    const match = index.search(query, { limit: 40 }).matches.find((each) => each.name === name)!
    expect(match.ranges.map(([start, end]) => match.name.slice(start, end))).toEqual(parts)
  })
})

describe('order', () => {
  test.each([0, 400])(
    'an address is found by its parts in the order they are read (%i other rows)',
    (others) => {
      const addresses = [
        '重华里1号2栋3单元101室',
        '重华路2号3栋101室',
        '重华路13号2栋101室',
        '重华路3号2栋101室',
      ]
      const index = buildLookupIndex([
        ...filler.slice(0, others),
        ...addresses.map((name, row) => ({ code: `d${row}`, name })),
      ])
      expect(namesFound(index, 'zhl 3 2 101')[0]).toBe('重华路3号2栋101室')
      expect(namesFound(index, 'zhl 13 2 101')[0]).toBe('重华路13号2栋101室')
      const [match] = index.search('zhl 3 2 101', { limit: 1 }).matches
      expect(match?.ranges.map(([start, end]) => match.name.slice(start, end))).toEqual([
        '重华路3',
        '2',
        '101',
      ])
    },
  )

  const rows = [
    { code: '101', name: '丹心' },
    { code: '102', name: '丹心酒楼' },
    { code: '103', name: '单县' },
    { code: '104', name: '红丹心' },
    { code: '105', name: 'B区 丹心' },
    { code: '106', name: '大会' },
    { code: '107', name: '东西南' },
    { code: '108', name: '下单县' },
    { code: 'dx', name: '其他' },
  ]
  test.each([
    ['row by row', rows],
    ['with sorted keys', [...rows, ...filler]],
  ])('exact code, whole, start, other start, word, inside, inside other, %s', (_, table) => {
    expect(namesFound(buildLookupIndex(table), 'dx', 20)).toEqual([
      '其他',
      '丹心',
      '单县',
      '丹心酒楼',
      '东西南',
      'B区 丹心',
      '红丹心',
      '下单县',
    ])
  })

  test('the exact code comes first whatever was picked lately', () => {
    const groups = [
      { code: '01', name: '汉族' },
      { code: '010', name: '汉' },
      { code: '02', name: '蒙古族' },
      { code: '12', name: '01号' },
    ]
    const index = buildLookupIndex([...groups, ...filler])
    const recents = new Map([
      ['010', 99],
      ['12', 98],
    ])
    expect(index.search('01', { limit: 5, recents }).matches.map(({ code }) => code)).toEqual([
      '01',
      '010',
      '12',
    ])
  })

  test('recency orders inside a tier only, a larger score first', () => {
    const index = buildLookupIndex([
      ...['王村', '王庄', '王家庄', '小王村'].map((name, row) => ({ code: `2${row}`, name })),
      ...filler,
    ])
    const search = (recents?: ReadonlyMap<string, number>): string[] =>
      index.search('wang', { limit: 5, ...(recents ? { recents } : {}) }).matches.map(({ name }) => name)
    expect(search()).toEqual(['王村', '王庄', '王家庄', '小王村'])
    expect(
      search(
        new Map([
          ['22', 1],
          ['21', 2],
          ['23', 50],
        ]),
      ),
    ).toEqual(['王庄', '王家庄', '王村', '小王村'])
  })

  test('rank, then code', () => {
    const index = buildLookupIndex([
      { code: 'c', name: '王一', rank: -5 },
      { code: 'b', name: '王二' },
      { code: 'a', name: '王三' },
      { code: 'd', name: '王四', rank: 3 },
    ])
    expect(namesFound(index, 'w')).toEqual(['王一', '王三', '王二', '王四'])
  })

  test('an empty query shows recent rows, then all in static order', () => {
    const index = buildLookupIndex([...placeRows, ...filler])
    const recents = new Map([
      ['1005', 1],
      ['1003', 2],
      ['gone', 9],
    ])
    const { matches, total, isTotalExact } = index.search('  ', { limit: 4, recents })
    expect(matches.map(({ code }) => code)).toEqual(['1003', '1005', '1001', '1002'])
    expect(matches[0]!.ranges).toEqual([])
    expect([total, isTotalExact]).toEqual([index.size, true])
    expect(index.search('', { limit: 2, offset: 2, recents }).matches.map(({ code }) => code)).toEqual([
      '1001',
      '1002',
    ])
  })

  test('gaps only fill a page that is not full', () => {
    const index = buildLookupIndex([{ code: '1', name: '丹酒' }, { code: '2', name: '丹心酒楼' }, ...filler])
    expect(namesFound(index, 'dj', 1)).toEqual(['丹酒'])
    expect(namesFound(index, 'dj', 2)).toEqual(['丹酒', '丹心酒楼'])
  })
})

describe('pages', () => {
  const index = buildLookupIndex(
    Array.from({ length: 5_000 }, (_, row) => ({
      code: String(10_000 + row),
      name: `王${['东', '西'][row % 2]}村${row}`,
    })),
  )

  test('follow one another to the end and repeat nothing', () => {
    const seen: string[] = []
    for (let offset = 0; offset < 2_500; offset += 50)
      seen.push(...index.search('wx', { limit: 50, offset }).matches.map(({ code }) => code))
    expect(new Set(seen).size).toBe(2_500)
    expect(seen).toEqual([...seen].sort())
    expect(index.search('wx', { limit: 50, offset: 2_490 }).matches).toHaveLength(10)
    expect(index.search('wx', { limit: 50, offset: 2_500 }).matches).toEqual([])
  })

  test('say how many there are', () => {
    expect(index.search('wx', { limit: 20, exactTotal: true })).toMatchObject({
      total: 2_500,
      isTotalExact: true,
    })
    expect(index.search('w', { limit: 20 }).total).toBeGreaterThanOrEqual(5_000)
    expect(index.search('w', { limit: 0 }).matches).toEqual([])
  })

  test('can be restricted to codes and to parents', () => {
    const rows = [
      ...Array.from({ length: 300 }, (_, row) => ({
        code: `a${String(row).padStart(3, '0')}`,
        name: '人民路',
        parent: `31${row % 3}`,
      })),
      { code: 'z', name: '人民路' },
    ]
    const streets = buildLookupIndex(rows)
    expect(streets.search('rm', { limit: 500, parentPrefix: '312' }).total).toBe(100)
    expect(streets.search('', { limit: 500, parentPrefix: '31' }).total).toBe(300)
    expect(streets.search('rm', { limit: 500, parentPrefix: '312', orWithoutParent: true }).total).toBe(101)
    expect(streets.search('', { limit: 5, parentPrefix: '9', orWithoutParent: true }).matches).toMatchObject([
      { code: 'z' },
    ])
    expect(
      streets.search('rml', { limit: 3, accept: (code) => code > 'a250' }).matches.map(({ code }) => code),
    ).toEqual(['a251', 'a252', 'a253'])
    expect(streets.search('rm', { limit: 5, parentPrefix: '9' }).matches).toEqual([])
    const preferring = streets.search('rm', { limit: 500, preferredPrefix: '312' })
    expect(preferring.total).toBe(301)
    expect(preferring.matches.slice(0, 101).map(({ code }) => code)).toEqual([
      ...rows.filter((row) => 'parent' in row && row.parent === '312').map(({ code }) => code),
      'a000',
    ])
  })
})

describe('rows that come and go', () => {
  test('an added row is found at once, in its place, also with characters the table never had', () => {
    const index = buildLookupIndex([...placeRows, ...filler])
    index.addRow({ code: '1000', name: '鑫鑫重庆火锅', parentPath: '东区', mnemonic: 'XX' })
    expect(namesFound(index, 'xxcq')).toEqual(['鑫鑫重庆火锅'])
    expect(namesFound(index, 'chongq')).toEqual(['重庆市', '鑫鑫重庆火锅'])
    expect(namesFound(index, 'xx')[0]).toBe('鑫鑫重庆火锅')
    expect(index.search('鑫', { limit: 5 }).matches[0]).toEqual({
      code: '1000',
      name: '鑫鑫重庆火锅',
      parentPath: '东区',
      ranges: [[0, 1]],
    })
    expect(index.find('1000')?.mnemonic).toBe('XX')
    expect(index.search('', { limit: 1 }).matches[0]!.code).toBe('1000')
    expect(index.changeCount).toBe(1)
  })

  test('a replaced row is found by its new name only, a removed one not at all', () => {
    const index = buildLookupIndex([...placeRows, ...filler])
    index.replaceRow({ code: '1001', name: '山城' })
    expect(namesFound(index, 'chongq')).toEqual([])
    expect(namesFound(index, 'shancheng')).toEqual(['山城'])
    expect(index.removeRow('1001')).toBe(true)
    expect(index.removeRow('1001')).toBe(false)
    expect(index.find('1001')).toBeUndefined()
    expect(index.removeRow('1002')).toBe(true)
    expect(namesFound(index, 'shanxian')).toEqual([])
    expect(index.size).toBe(placeRows.length + filler.length - 2)
  })

  test('rebuilding keeps what was added and removed', () => {
    const index = buildLookupIndex([...placeRows, ...filler])
    index.addRow({ code: 'n', name: '新单位' })
    index.removeRow('1001')
    const rebuilt = rebuildLookupIndex(index)
    expect(rebuilt.changeCount).toBe(0)
    expect(rebuilt.size).toBe(index.size)
    expect(namesFound(rebuilt, 'xdw')).toEqual(['新单位'])
    expect(namesFound(rebuilt, 'chongq')).toEqual([])
    expect(rebuilt.listRows()).toEqual(index.listRows())
  })

  test('of two rows with one code the later one stays', () => {
    const index = buildLookupIndex([
      { code: '1', name: '旧名' },
      { code: '2', name: '别的' },
      { code: '1', name: '新名', rank: 1 },
    ])
    expect(index.size).toBe(2)
    expect(index.find('1')?.name).toBe('新名')
    expect(namesFound(index, 'jm')).toEqual([])
  })
})

describe('rows as they are', () => {
  const odd: LookupRow[] = [
    { code: '1', name: '' },
    { code: '2', name: '   ' },
    { code: '３', name: 'ﷺ㍿' },
    { code: 'Ab-4', name: '\u0301é', mnemonic: 'Zjm', parent: 'p', parentPath: '甲/乙', rank: 7 },
    { code: '民5', name: '\ud842 断' },
    { code: '6', name: '长'.repeat(200) },
    { code: '7', name: '第一行\n第二行' },
    { code: '8', name: '👨‍👩‍👧一家' },
  ]
  test.each([
    ['row by row', odd],
    ['with sorted keys', [...odd, ...filler]],
  ])('come back unchanged, %s', (_, rows) => {
    for (const index of [
      buildLookupIndex(rows),
      loadLookupIndex(serializeLookupIndex(buildLookupIndex(rows))),
    ])
      for (const row of odd) expect(index.find(row.code)).toEqual(row)
  })

  test('are found by folded codes and 助记码', () => {
    const index = buildLookupIndex([...odd, ...filler])
    expect(index.search('3', { limit: 1 }).matches[0]!.code).toBe('３')
    expect(index.search('AB-4', { limit: 1 }).matches[0]!.code).toBe('Ab-4')
    expect(index.search('zj', { limit: 1 }).matches[0]!.code).toBe('Ab-4')
    expect(index.search('民5', { limit: 1 }).matches[0]!.code).toBe('民5')
    expect(index.find('ab-4')).toBeUndefined()
  })

  test('ids are not found by what they begin with', () => {
    const index = buildLookupIndex(
      [
        { code: '0197-a', name: '丹心' },
        { code: '0197-b', name: '0号' },
      ],
      { areCodesTyped: false },
    )
    expect(namesFound(index, '0')).toEqual(['0号'])
    expect(index.find('0197-a')?.name).toBe('丹心')
    expect(namesFound(loadLookupIndex(serializeLookupIndex(index)), '0197')).toEqual([])
  })

  test('an empty table finds nothing', () => {
    const index = buildLookupIndex([])
    expect(index.search('a', { limit: 5 })).toEqual({ matches: [], total: 0, isTotalExact: true })
    expect(index.search('', { limit: 5 }).matches).toEqual([])
    index.addRow({ code: '1', name: '甲' })
    expect(namesFound(index, 'j')).toEqual(['甲'])
  })
})

describe('prebuilt file', () => {
  test('an empty table comes back as an empty table that takes rows', () => {
    const index = loadLookupIndex(serializeLookupIndex(buildLookupIndex([])))
    expect(index.size).toBe(0)
    expect(namesFound(index, 'x')).toEqual([])
    index.addRow({ code: '1', name: '重庆市' })
    expect(namesFound(index, 'cq')).toEqual(['重庆市'])
  })

  const rows: LookupRow[] = [
    ...placeRows.map((row) => ({ ...row, parent: '50', parentPath: '某省' })),
    ...filler,
  ]
  const bytes = serializeLookupIndex(buildLookupIndex(rows))

  test('gives the same look-up, from any place in memory, with later changes', () => {
    const index = buildLookupIndex(rows)
    index.addRow({ code: 'n', name: '新单位' })
    const shifted = new Uint8Array(serializeLookupIndex(index).length + 3)
    shifted.set(serializeLookupIndex(index), 3)
    const loaded = loadLookupIndex(shifted.subarray(3))
    for (const query of ['cq', 'xdw', '', 'dan lou', '10', 'djl'])
      expect(loaded.search(query, { limit: 20 })).toEqual(index.search(query, { limit: 20 }))
    loaded.addRow({ code: 'm', name: '鑫鑫' })
    expect(namesFound(loaded, 'xx')).toEqual(['鑫鑫'])
    expect(loadLookupIndex(shifted.subarray(3)).find('m')).toBeUndefined()
  })

  function faultOf(broken: Uint8Array): unknown {
    try {
      loadLookupIndex(broken)
    } catch (error) {
      expect((error as Error).name).toBe('LookupFileError')
      expect((error as Error).message).toContain('索引')
      return (error as Error).cause
    }
    return undefined
  }

  function changed(at: number, to: number): Uint8Array {
    const copy = bytes.slice()
    copy[at] = to
    return copy
  }

  test('is refused when it is something else', () => {
    expect(faultOf(new Uint8Array(0))).toBe('not a look-up file')
    expect(
      faultOf(new TextEncoder().encode('<!doctype html><html><body>502 Bad Gateway</body></html>')),
    ).toBe('not a look-up file')
    expect(faultOf(changed(8, 99))).toBe('other format')
  })

  test('is refused when it is cut off or longer', () => {
    expect(faultOf(bytes.subarray(0, bytes.length - 8))).toBe('cut off')
    expect(faultOf(bytes.subarray(0, 100))).toBe('cut off')
    const longer = new Uint8Array(bytes.length + 8)
    longer.set(bytes)
    expect(faultOf(longer)).toBe('cut off')
  })

  test('is refused when any one byte is wrong', () => {
    for (let at = 32; at < bytes.length; at += 997)
      expect(faultOf(changed(at, bytes[at]! ^ 1)), `byte ${at}`).toBe('damaged')
    expect(faultOf(changed(20, bytes[20]! ^ 1))).toBe('damaged')
  })

  test('is refused when it was made with other readings', () => {
    expect(faultOf(changed(12, bytes[12]! ^ 1))).toBe('other readings')
  })
})
