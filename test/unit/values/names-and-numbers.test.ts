import { describe, expect, test } from 'vitest'
import { parseDocumentNumber } from '../../../src-shared/values/document-number.ts'
import { parsePersonName } from '../../../src-shared/values/person-name.ts'
import { parseTelephoneNumber } from '../../../src-shared/values/telephone-number.ts'
import {
  countCharacters,
  findEmoji,
  normaliseLine,
  normaliseParagraphs,
} from '../../../src-shared/values/text.ts'

const outcome = (parsed: { ok: true; value: string } | { ok: false; message: string }) =>
  parsed.ok ? parsed.value : parsed.message

describe('parsePersonName', () => {
  test.each([
    ['张三', '张三'],
    [' 张\u3000三 \n', '张三'],
    ['张\r\n三', '张三'],
    ['𠮷野家', '𠮷野家'],
    ['李㛃', '李㛃'],
    ['\uE863明', '\uE863明'],
    ['阿不都•热西提', '阿不都·热西提'],
    ['阿不都．热西提', '阿不都·热西提'],
    ['阿不都 · 热西提', '阿不都·热西提'],
    ['〇一', '〇一'],
    ['JOHN  SMITH', 'JOHN SMITH'],
    ['ＪＯＨＮ', 'JOHN'],
    ['O’Neil-Müller Jr.', "O'Neil-Müller Jr."],
    ['Đặng Thị Hoa', 'Đặng Thị Hoa'],
    ['張', '張'],
  ])('%j is %s', (raw, name) => {
    expect(outcome(parsePersonName(raw))).toBe(name)
  })

  test.each([
    ['', '姓名为空,请输入姓名!'],
    [' \n\u200B', '姓名为空,请输入姓名!'],
    ['张😀', '姓名中不能有表情符号「😀」,请删去!'],
    ['张3', '姓名中不能有数字,请核对!'],
    ["x'; DROP TABLE resident; --", '姓名中不能有「;」,只能用文字和间隔号「·」,请核对!'],
    ['··', '姓名中没有文字,请核对!'],
    ['𠮷'.repeat(200), '姓名最多50个字,现有200个字,请核对!'],
  ])('%j is refused: %s', (raw, message) => {
    expect(outcome(parsePersonName(raw))).toBe(message)
  })

  test('counts characters, not UTF-16 units', () => {
    expect(parsePersonName('𠮷'.repeat(50)).ok).toBe(true)
    expect(countCharacters('𠮷㛃')).toBe(2)
  })
})

describe('parseTelephoneNumber', () => {
  test.each([
    ['13800000000', '13800000000'],
    ['１３８ ０００００ ０００', '13800000000'],
    ['138-0000-0000', '13800000000'],
    ['+86 138 0000 0000', '13800000000'],
    ['008613800000000', '13800000000'],
    ['8613800000000', '13800000000'],
    ['01062345678', '010-62345678'],
    ['(0571)8234567', '0571-8234567'],
    ['+86-010-62345678', '010-62345678'],
    ['0571-82345678转123', '0571-82345678-123'],
    ['0571-82345678-801', '0571-82345678-801'],
    ['82345678', '82345678'],
    ['4001234567', '400-123-4567'],
    ['+44 20 7946 0958', '+442079460958'],
    ['0044 20 7946 0958', '+442079460958'],
    ['95588', '95588'],
  ])('%j is %s', (raw, stored) => {
    expect(outcome(parseTelephoneNumber(raw))).toBe(stored)
    expect(outcome(parseTelephoneNumber(stored))).toBe(stored)
  })

  test.each([
    ['', '电话号码为空,请输入手机号码或带区号的固定电话!'],
    ['1380000000', '手机号码应为11位,现有10位,请核对!'],
    ['12800000000', '手机号码第二位应为3至9,请核对!'],
    ['0571-123', '固定电话位数不对,应为区号加7位或8位号码,例如0571-12345678,请核对!'],
    ['abc', '电话号码「abc」中有不能识别的字符,只能用数字、「-」和「转」!'],
    ['+1', '国际电话应为「+」加国家代码和号码,共6至15位数字,请核对!'],
    ['999', '电话号码位数不对,手机为11位,固定电话为区号加7位或8位号码,请核对!'],
  ])('%j is refused: %s', (raw, message) => {
    expect(outcome(parseTelephoneNumber(raw))).toBe(message)
  })
})

test.each([
  [' e1234 5678\n', 'E12345678'],
  ['Ｅ１２３４５６７８', 'E12345678'],
  ['军字第0001号', '军字第0001号'],
  ['', '证件号码为空,请输入证件号码!'],
  ["1' OR '1'='1", "证件号码中不能有「'」,请核对!"],
  ['1'.repeat(31), '证件号码最多30位,现有31位,请核对!'],
])('document number %j gives %s', (raw, expected) => {
  expect(outcome(parseDocumentNumber(raw))).toBe(expected)
})

test('pasted text becomes one line, or paragraphs', () => {
  expect(normaliseLine('甲\r\n乙\t 丙\u00A0\u200B')).toBe('甲 乙 丙')
  expect(normaliseLine('Ａ座\uD800')).toBe('Ａ座')
  expect(normaliseParagraphs(' 甲 \r\n\r\n\r\n\r\n乙\u2028丙\n')).toBe('甲\n\n乙\n丙')
})

test.each([
  ['12#*', undefined],
  ['2024年©', undefined],
  ['好❤️', '❤'],
  ['🇨🇳', '🇨'],
  ['1️⃣', '\u{FE0F}'],
])('%j holds the emoji %s', (text, emoji) => {
  expect(findEmoji(text)).toBe(emoji)
})
