import { describe, expect, it } from 'vitest'
import { date, decimal, integer, text, type TextField } from '../../../src-shared/fields/field.ts'
import { parseTyped, type TypedField } from '../../../src-shared/fields/parse.ts'

const today = '2026-11-21'
const read = (field: TypedField, raw: string) => parseTyped(field, raw, today)

describe('empty text', () => {
  it.each(['', '   ', '\u3000', '\n\t'])('%j is no value', (raw) => {
    expect(read(text('备注'), raw)).toEqual({ ok: true, value: null })
    expect(read(date('出生日期'), raw)).toEqual({ ok: true, value: null })
    expect(read(integer('房间数', { maximum: 9 }), raw)).toEqual({ ok: true, value: null })
  })
})

describe('dates', () => {
  it('reads digits', () => {
    expect(read(date('出生日期'), '930412')).toEqual({ ok: true, value: '1993-04-12' })
    expect(read(date('采集日期'), '今天-1')).toEqual({ ok: true, value: '2026-11-20' })
  })
  it('refuses 31 February with a sentence that names the month', () => {
    expect(read(date('出生日期'), '930231')).toMatchObject({
      ok: false,
      message: expect.stringContaining('2月没有31日'),
    })
  })
  it('refuses the future unless the field allows it', () => {
    expect(read(date('入住日期'), '20270101')).toMatchObject({
      ok: false,
      message: expect.stringContaining('晚于今天'),
    })
    expect(read(date('证件有效期止', { allowsFuture: true }), '440101')).toEqual({
      ok: true,
      value: '2044-01-01',
    })
  })
  it('takes 长期 only where it is a value', () => {
    expect(read(date('证件有效期止', { allowsLongTerm: true }), '长期')).toEqual({ ok: true, value: '长期' })
    expect(read(date('出生日期'), '长期').ok).toBe(false)
  })
})

describe('numbers', () => {
  const area = decimal('建筑面积', { scale: 2, maximum: 1000, unit: '㎡' })
  it('stores decimals as scaled integers', () => {
    expect(read(area, '88.5')).toEqual({ ok: true, value: 8850 })
    expect(read(area, '０．１')).toEqual({ ok: true, value: 10 })
    expect(read(area, '.5')).toEqual({ ok: true, value: 50 })
  })
  it.each(['88.555', '1e3', '八十', '.', '1001', '-1', 'NaN', "1'; DROP TABLE dwelling; --"])(
    'refuses %j as an area',
    (raw) => {
      expect(read(area, raw).ok).toBe(false)
    },
  )
  it('takes full-width digits and refuses what lies outside', () => {
    const rooms = integer('房间数', { minimum: 1, maximum: 999 })
    expect(read(rooms, '１２')).toEqual({ ok: true, value: 12 })
    expect(read(rooms, '0')).toMatchObject({ ok: false, message: '应在1至999之间,现为0,请核对!' })
  })
})

describe('texts', () => {
  const formats: readonly [TextField['format'], string, string][] = [
    ['plain', ' 东风路\r\n12号 ', '东风路 12号'],
    ['addressPart', '１２—Ａ 座', '12—A座'],
    ['personName', '张\n三', '张三'],
    ['personName', '𠮷㛃', '𠮷㛃'],
    ['citizenIdNumber', '１１０１０５１９４９１２３１００２ｘ', '11010519491231002X'],
    ['documentNumber', 'e 1234５678', 'E12345678'],
    ['telephone', '+86 138 0000 0000', '13800000000'],
  ]
  it.each(formats)('%s: %j becomes %j', (format, raw, value) => {
    expect(read(text('栏', { format }), raw)).toEqual({ ok: true, value })
  })
  it('counts code points and refuses what is too long without cutting it', () => {
    expect(read(text('备注', { maxLength: 200 }), '𠮷'.repeat(200)).ok).toBe(true)
    expect(read(text('备注', { maxLength: 200 }), '字'.repeat(201))).toMatchObject({
      ok: false,
      message: '最多200个字,现有201个字,请删减!',
    })
  })
  it('refuses emoji and keeps text that looks like SQL', () => {
    expect(read(text('备注'), '好😀').ok).toBe(false)
    const sql = "'); DROP TABLE resident; --"
    expect(read(text('备注'), sql)).toEqual({ ok: true, value: sql })
  })
  it('keeps line breaks only where the field has lines', () => {
    expect(read(text('备注', { isMultiline: true }), '一\r\n二')).toEqual({ ok: true, value: '一\n二' })
  })
})
