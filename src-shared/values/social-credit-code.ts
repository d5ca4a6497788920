import { accept, refuse } from './parse-result.ts'
import type { ParseResult } from './parse-result.ts'
import { compactCode } from './text.ts'

/**
 * 统一社会信用代码 (GB 32100-2015): 18 characters out of 31 (digits and letters without I, O, S, V, Z); the last is a check
 * character. Characters 3–8 are the division of registration, 9–17 the body.
 */
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const

/** The 18th character for the first 17. @throws {RangeError} when one of them is not of the alphabet. */
export function computeSocialCreditCheckCharacter(first17: string): string {
  let sum = 0
  for (const [index, weight] of weights.entries()) {
    const value = alphabet.indexOf(first17.charAt(index))
    if (value < 0 || first17.charAt(index) === '') throw new RangeError('not 17 characters of GB 32100')
    sum += value * weight
  }
  return alphabet.charAt((31 - (sum % 31)) % 31)
}

/** Reads a code as typed or pasted; full-width signs, spaces, hyphens and lower case are put right. */
export function parseSocialCreditCode(raw: string): ParseResult<string> {
  const code = compactCode(raw).replaceAll(/[-–—]/g, '').toUpperCase()
  if (code.length !== 18) return refuse(`统一社会信用代码应为18位,现有${code.length}位,请核对!`)
  for (const sign of code) {
    if (!alphabet.includes(sign)) {
      return refuse(`统一社会信用代码中不能有「${sign}」,只用数字和除I、O、S、V、Z以外的大写字母,请核对!`)
    }
  }
  if (computeSocialCreditCheckCharacter(code.slice(0, 17)) !== code.charAt(17)) {
    return refuse('统一社会信用代码的校验码不对,代码中有一位或几位输错,请与证照逐位核对!')
  }
  return accept(code)
}
