import { describe, expect, test } from 'vitest'
import { formatDictionaryCsv, parseDictionaryCsv } from '../../../src-shared/dictionaries/parse-csv.ts'

const header = 'code,name,parent,mnemonic,validFrom,validTo'
const parse = (...lines: string[]) => parseDictionaryCsv([header, ...lines].join('\n'))

test('reads the columns, empty cells as null', () => {
  expect(parse('01,汉族,,hz,2000-01-01,2020-12-31').entries).toEqual([
    {
      code: '01',
      name: '汉族',
      parent: null,
      mnemonic: 'hz',
      validFrom: '2000-01-01',
      validTo: '2020-12-31',
    },
  ])
})

test('takes a byte order mark, CRLF, quotes, commas in quotes, empty lines and another order of columns', () => {
  const text = '\uFEFFname,"code"\r\n"甲,乙""丙""",1\r\n\r\n丁,2\r\n'
  expect(parseDictionaryCsv(text)).toEqual({
    entries: [
      { code: '1', name: '甲,乙"丙"', parent: null, mnemonic: null, validFrom: null, validTo: null },
      { code: '2', name: '丁', parent: null, mnemonic: null, validFrom: null, validTo: null },
    ],
    lines: [2, 4],
    problems: [],
  })
})

test('takes the Chinese words for the columns', () => {
  const { entries, problems } = parseDictionaryCsv('名称,代码,停用日期,说明\n东风路,1,2026-01-31,旧\n')
  expect(problems).toEqual([])
  expect(entries).toMatchObject([{ code: '1', name: '东风路', parent: null, validTo: '2026-01-31' }])
})

test.each([
  ['1,"甲,,,,', '第3行引号没有成对,未载入!'],
  ['1,甲"乙,,,,', '第3行引号没有成对,未载入!'],
  ['1,"甲"乙,,,,', '第3行引号后面应为逗号,未载入!'],
  ['1,甲,,,,,,', '第3行有8列,表头只有6列,未载入!'],
  [',甲,,,,', '第3行没有代码,未载入!'],
  ['1,,,,,', '第3行(代码「1」)没有名称,未载入!'],
  ['1,\uFFFD\uFFFD,,,,', '第3行(代码「1」)名称有乱码,请把文件存为UTF-8编码,未载入!'],
  ['1,甲,,,2026-02-31,', '第3行(代码「1」)的日期「2026-02-31」不存在,应写成2026-01-31的样子,未载入!'],
  ['1,甲,,,2026-02-03,2026-02-02', '第3行(代码「1」)停用日期早于启用日期,未载入!'],
  ['1,甲,1,,,', '第3行(代码「1」)的上级是它自己,未载入!'],
  ['0,甲,,,,', '第3行代码「0」与第2行重复,未载入!'],
])('names the broken line %s and loads the rest', (line, message) => {
  const { entries, problems } = parse('0,零,,,,', line, '9,九,,,,')
  expect(problems).toEqual([{ line: 3, message }])
  expect(entries.map((entry) => entry.code)).toEqual(['0', '9'])
})

describe('a missing header', () => {
  test.each(['', '01,汉族', 'code,parent'])('is named: %s', (text) => {
    const { entries, problems } = parseDictionaryCsv(text)
    expect(entries).toEqual([])
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toMatch(/^第1行应为表头,缺少「(code|name)」列/)
  })
})

test('writing and reading again changes nothing', () => {
  const entries = parse('1,"甲,""乙",,,,', '2,丙,1,b,2020-01-01,').entries
  expect(entries).toHaveLength(2)
  expect(parseDictionaryCsv(formatDictionaryCsv(entries)).entries).toEqual(entries)
})
