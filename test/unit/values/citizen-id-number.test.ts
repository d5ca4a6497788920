import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  findUpgradedCitizenIdNumber,
  isCitizenIdNumber,
  parseCitizenIdNumber,
} from '../../../src-shared/values/citizen-id-number.ts'

const vectors = z
  .object({
    ids: z.object({
      valid18: z.array(z.string()).min(1),
      invalid18: z.array(z.string()).min(1),
      upgrade15: z.record(z.string(), z.string()),
    }),
  })
  .parse(
    JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/id-numbers/vectors.json'), 'utf8')),
  )

describe('published numbers', () => {
  test.each(vectors.ids.valid18)('%s is valid', (number) => {
    expect(isCitizenIdNumber(number)).toBe(true)
    expect(parseCitizenIdNumber(number)).toMatchObject({ ok: true, value: { number } })
  })
  test.each(vectors.ids.invalid18)('%s is not valid as stored', (number) => {
    expect(isCitizenIdNumber(number)).toBe(false)
  })
  test.each(Object.entries(vectors.ids.upgrade15))('%s becomes %s', (old, number) => {
    expect(findUpgradedCitizenIdNumber(old)).toBe(number)
  })
})

test('says who it is', () => {
  expect(parseCitizenIdNumber('11010519491231002X')).toEqual({
    ok: true,
    value: { number: '11010519491231002X', divisionCode: '110105', birthDate: '1949-12-31', sexCode: '2' },
  })
  expect(parseCitizenIdNumber('932682198501010017')).toMatchObject({
    value: { divisionCode: null, sexCode: '1' },
  })
})

test.each([
  '１１０１０５１９４９１２３１００２ｘ',
  ' 110105 19491231 002x\n',
  '\uFEFF11010519491231002X\u200B',
])('puts %j right', (raw) => {
  expect(parseCitizenIdNumber(raw)).toMatchObject({ ok: true, value: { number: '11010519491231002X' } })
})

test.each([
  ['', 'empty', '公民身份号码为空,请输入18位号码!'],
  ['1101051949123100', 'length', '公民身份号码应为18位,现有16位,请核对!'],
  ['110105491231002', 'oldNumber', '这是15位的旧号码,应登记18位号码:11010519491231002X,请与证件核对!'],
  ['110105499931002', 'length', '公民身份号码应为18位,现有15位,请核对!'],
  ['11010519491231O02X', 'characters', '公民身份号码只能由数字组成,最后一位可以是X,请核对!'],
  ['1101051949X', 'characters', '公民身份号码只能由数字组成,最后一位可以是X,请核对!'],
  ["' OR 1=1; DROP --", 'characters', '公民身份号码只能由数字组成,最后一位可以是X,请核对!'],
  ['000000194912310025', 'province', '公民身份号码开头的地区代码「00」不存在,请核对!'],
  ['999682198501010017', 'province', '公民身份号码开头的地区代码「999」不存在,请核对!'],
  ['11010519490231002X', 'birthDate', '公民身份号码中的出生日期「19490231」不存在,请核对!'],
  [
    '110105194912310021',
    'checkCharacter',
    '公民身份号码的校验码不对,号码中有一位或几位输错,请与证件逐位核对!',
  ],
])('refuses %j: %s', (raw, kind, message) => {
  expect(parseCitizenIdNumber(raw)).toMatchObject({ ok: false, problem: { kind }, message })
})
