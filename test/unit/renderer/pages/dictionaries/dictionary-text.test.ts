import { describe, expect, it } from 'vitest'
import {
  countText,
  findDictionaries,
  hasWork,
  previewText,
  shortSource,
  sourceText,
  usesText,
} from '../../../../../src-renderer/pages/dictionaries/dictionary-text.ts'
import type { DictionarySummary, ImportPreview } from '../../../../../src-shared/contract/dictionary-types.ts'
import { initialsOf } from '../../../../../src-shared/pinyin/initials.ts'

const today = '2026-11-28'
const make = (label: string, change: Partial<DictionarySummary> = {}): DictionarySummary => ({
  name: 'street',
  label,
  initials: initialsOf(label),
  entryCount: 0,
  retiredCount: 0,
  file: null,
  server: null,
  localCount: 0,
  demoCount: 0,
  uses: '',
  parentLabel: null,
  refusal: null,
  ...change,
})

describe('the source of a dictionary', () => {
  const at = new Date(2026, 10, 28, 9, 30).getTime()
  it.each([
    [{ file: { standard: 'GB/T 3304', edition: '1991' } }, 'GB/T 3304', '随程序,GB/T 3304(1991)'],
    [{ file: { standard: null, edition: '1' } }, '随程序', '随程序,居服通编制,第1版'],
    [{ localCount: 2 }, '本机', '本机新增 2 条'],
    [{ demoCount: 1_200 }, '演示', '演示数据 1,200 条'],
    [{ server: { version: 3, fetchedAt: null } }, '服务器 第3版', '服务器下发,第3版'],
    [{}, '—', '还没有条目'],
  ])('of %j', (change, short, long) => {
    expect(shortSource(make('街', change))).toBe(short)
    expect(sourceText(make('街', change), today)).toBe(long)
  })

  it('says when the server’s came, and what stands beside it', () => {
    const text = sourceText(make('街', { server: { version: 3, fetchedAt: at }, localCount: 1 }), today)
    expect(text).toMatch(/^服务器下发,第3版,.*09:30.* 取得;本机新增 1 条$/)
  })
})

it('the number of entries says how many are retired', () => {
  expect(countText(make('区划', { entryCount: 7_817, retiredCount: 3_704 }))).toBe(
    '7,817 条,其中停用 3,704 条',
  )
  expect(countText(make('民族', { entryCount: 58 }))).toBe('58 条')
})

it('dictionaries are found by their name and initials', () => {
  const all = [make('民族', { name: 'ethnicity' }), make('街(路巷)'), make('重点', { name: 'x' })]
  const found = (text: string): readonly string[] => findDictionaries(all, text).map(({ label }) => label)
  expect(found('')).toHaveLength(3)
  expect(found(' MZ ')).toEqual(['民族'])
  expect(found('路')).toEqual(['街(路巷)'])
  expect(found('cd')).toEqual(['重点'])
  expect(found('eth')).toEqual(['民族'])
  expect(found('没有')).toEqual([])
})

it('uses are counted by field, and what is not counted is said', () => {
  expect(
    usesText([
      { register: '房屋', label: '社区', count: 1_200 },
      { register: '小区', label: '社区', count: 0 },
      { register: '流动人员', label: '注销原因', count: null },
    ]),
  ).toBe('房屋—社区 1,200 条、小区—社区 0 条;未统计:流动人员—注销原因')
  expect(usesText([])).toBe('不在登记的各项中使用')
})

it('a preview says what a file does', () => {
  const preview: ImportPreview = {
    hash: '',
    encoding: 'GBK',
    counts: { added: 1, changed: 0, retired: 2, refused: 3, same: 4 },
    lines: [],
  }
  expect(previewText(preview)).toBe('新增 1 条、修改 0 条、停用 2 条、相同 4 条、不能导入 3 行')
  expect(hasWork(preview)).toBe(true)
  expect(hasWork({ ...preview, counts: { ...preview.counts, added: 0, retired: 0 } })).toBe(false)
})
