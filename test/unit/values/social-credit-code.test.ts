import { expect, test } from 'vitest'
import { parseSocialCreditCode } from '../../../src-shared/values/social-credit-code.ts'

// 91350100M000100Y43 is the example printed in GB 32100-2015.
test.each([
  '91350100M000100Y43',
  ' 91350100m000100y43\n',
  '９１３５０１００Ｍ０００１００Ｙ４３',
  '91350100-M000100Y-43',
])('reads %j', (raw) => {
  expect(parseSocialCreditCode(raw)).toEqual({ ok: true, value: '91350100M000100Y43' })
})

test.each([
  ['', '统一社会信用代码应为18位,现有0位,请核对!'],
  ['91350100M000100Y4', '统一社会信用代码应为18位,现有17位,请核对!'],
  ['91350100M000100O43', '统一社会信用代码中不能有「O」,只用数字和除I、O、S、V、Z以外的大写字母,请核对!'],
  ['91350100M000100Y44', '统一社会信用代码的校验码不对,代码中有一位或几位输错,请与证照逐位核对!'],
])('refuses %j: %s', (raw, message) => {
  expect(parseSocialCreditCode(raw)).toEqual({ ok: false, message })
})
