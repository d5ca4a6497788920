import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  computeSocialCreditCheckCharacter,
  parseSocialCreditCode,
} from '../../../src-shared/values/social-credit-code.ts'

const alphabet = [...'0123456789ABCDEFGHJKLMNPQRTUWXY']
const first17 = fc
  .array(fc.constantFrom(...alphabet), { minLength: 17, maxLength: 17 })
  .map((signs) => signs.join(''))

/** Independent of the printed weights: they are the powers of 3 modulo 31, and the sum over all 18 is divisible by 31. */
function isDivisible(code: string): boolean {
  let weight = 1
  let sum = 0
  for (const sign of code) {
    sum += alphabet.indexOf(sign) * weight
    weight = (weight * 3) % 31
  }
  const last = alphabet.indexOf(code.charAt(17))
  const lastWeight = [...Array(17)].reduce<number>((power) => (power * 3) % 31, 1)
  return (sum - last * lastWeight + last) % 31 === 0
}

test('the check character makes the sum divisible, and no other does', () => {
  fc.assert(
    fc.property(first17, (start) => {
      const expected = computeSocialCreditCheckCharacter(start)
      for (const sign of alphabet) {
        expect(isDivisible(start + sign)).toBe(sign === expected)
        expect(parseSocialCreditCode(start + sign).ok).toBe(sign === expected)
      }
    }),
  )
})

test('a single wrong character is always noticed', () => {
  fc.assert(
    fc.property(first17, fc.nat(16), fc.constantFrom(...alphabet), (start, place, sign) => {
      const code = start + computeSocialCreditCheckCharacter(start)
      const wrong = code.slice(0, place) + sign + code.slice(place + 1)
      expect(parseSocialCreditCode(wrong).ok).toBe(wrong === code)
    }),
  )
})
