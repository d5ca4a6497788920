import { describe, expect, it } from 'vitest'
import { menus } from '../../../../src-renderer/app/commands.ts'
import { matchText } from '../../../../src-renderer/app/match-text.ts'
import {
  groupRecords,
  highlightedIndex,
  listGroups,
  type PaletteItem,
  type PaletteStock,
} from '../../../../src-renderer/app/palette-items.ts'
import type { FoundRecord } from '../../../../src-shared/contract/types.ts'
import { initialsOf } from '../../../../src-shared/pinyin/initials.ts'

describe('a typed text and a label', () => {
  it.each([
    ['新增流动人员', 0],
    ['新增', 1],
    ['xzld', 2],
    ['XZLD', 2],
    ['流动', 3],
    ['xinzengliu', 4],
    ['xinzldry', 4],
    ['ldry', 5],
    ['renyuan', 5],
    ['员流', undefined],
    ['xzq', undefined],
    ['420106', undefined],
    ['', undefined],
  ])('%s fits 新增流动人员 as %s', (typed, tier) => {
    expect(matchText(typed, '新增流动人员')).toBe(tier)
  })
  it('every menu entry is found by its initials, by all of its text and by part of it', () => {
    for (const { label } of menus.flatMap((menu) => menu.commands)) {
      for (const initials of initialsOf(label)) expect(matchText(initials, label)).toBeLessThanOrEqual(2)
      expect(matchText(label, label)).toBe(0)
      expect(matchText(label.slice(1), label)).toBe(3)
    }
  })
  it('a character with another reading in a word is read as in the word', () => {
    expect(matchText('chongqing', '重庆')).toBe(4)
    expect(matchText('zhongqing', '重庆')).toBe(4)
  })
})

function commandItem(label: string): PaletteItem {
  const command = { label, shortcut: 'F9', act: { kind: 'synchronise' } } as const
  return { kind: 'command', key: `command:${label}`, label, detail: '', command }
}
function tabItem(label: string): PaletteItem {
  return { kind: 'tab', key: `tab:${label}`, label, detail: '', tabKey: label }
}
const stock: PaletteStock = {
  commands: ['新增流动人员', '流动人员查询', '新增房屋', '房屋查询', '系统设置'].map(commandItem),
  actions: [
    {
      kind: 'action',
      key: 'action:房屋修改',
      label: '房屋修改',
      detail: '',
      action: { label: '房屋修改', run: () => undefined },
    },
  ],
  tabs: [tabItem('房屋查询'), tabItem('首页')],
  records: [],
}
const none = new Map<string, number>()

function labels(typed: string, recents: ReadonlyMap<string, number> = none): readonly string[] {
  return listGroups(stock, typed, recents).flatMap(({ title, items }) =>
    items.map((item) => `${title} ${item.label}`),
  )
}

describe('the groups', () => {
  it('for a text hold what fits, the best first', () => {
    expect(labels('房屋')).toEqual([
      '功能 房屋查询',
      '功能 新增房屋',
      '当前页面 房屋修改',
      '已打开的标签页 房屋查询',
    ])
  })
  it('put what was used last first, among equals only', () => {
    expect(labels('xz', new Map([['command:新增房屋', 5]])).slice(0, 2)).toEqual([
      '功能 新增房屋',
      '功能 新增流动人员',
    ])
    expect(labels('房屋', new Map([['command:新增房屋', 5]]))[0]).toBe('功能 房屋查询')
  })
  it('for nothing typed begin with what was used lately, the last one first, and hold everything once', () => {
    const recents = new Map([
      ['command:系统设置', 3],
      ['command:房屋查询', 4],
    ])
    expect(labels('', recents)).toEqual([
      '最近使用的功能 房屋查询',
      '最近使用的功能 系统设置',
      '当前页面 房屋修改',
      '已打开的标签页 房屋查询',
      '已打开的标签页 首页',
      '功能 新增流动人员',
      '功能 流动人员查询',
      '功能 新增房屋',
    ])
  })
})

function record(register: FoundRecord['register'], id: string): FoundRecord {
  return { register, id, title: `名称${id}`, detail: '', status: 'active' }
}

describe('found records', () => {
  it('stand by register in the order found, each once, those used last first', () => {
    const found = [
      record('resident', '1'),
      record('dwelling', '2'),
      record('resident', '3'),
      record('resident', '1'),
    ]
    const groups = groupRecords(found, (register) => register, new Map([['record:resident:3', 1]]))
    expect(groups.map(({ title, items }) => [title, ...items.map(({ label }) => label)])).toEqual([
      ['resident', '名称3', '名称1'],
      ['dwelling', '名称2'],
    ])
  })
  it('that come in later leave the highlight on its row', () => {
    const before = stock.commands.slice(0, 3)
    const after = [...before, commandItem('后来的')]
    expect(highlightedIndex(before, 'command:流动人员查询')).toBe(1)
    expect(highlightedIndex(after, 'command:流动人员查询')).toBe(1)
    expect(highlightedIndex(after, undefined)).toBe(0)
    expect(highlightedIndex(after, 'command:没有了')).toBe(0)
    expect(highlightedIndex([], 'command:没有了')).toBe(-1)
  })
})
