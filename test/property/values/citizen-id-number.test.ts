import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  computeCitizenIdCheckCharacter,
  findUpgradedCitizenIdNumber,
  isCitizenIdNumber,
  parseCitizenIdNumber,
} from '../../../src-shared/values/citizen-id-number.ts'

/** The check as the standard prints it: the weights one by one, and Σ aᵢ·Wᵢ ≡ 1 (mod 11) over all 18. */
const printedWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1]
function satisfiesStandard(number: string): boolean {
  const sum = printedWeights.reduce((total, weight, index) => {
    const sign = number.charAt(index)
    return total + weight * (sign === 'X' ? 10 : Number(sign))
  }, 0)
  return sum % 11 === 1
}

const day = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2026-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const person = fc.record({
  division: fc.constantFrom('110105', '440524', '513721', '653229', '810000', '911124'),
  birthDate: day,
  sequence: fc.integer({ min: 1, max: 999 }),
})
const number = person.map(({ division, birthDate, sequence }) => {
  const digits = division + birthDate.replaceAll('-', '') + String(sequence).padStart(3, '0')
  return digits + computeCitizenIdCheckCharacter(digits)
})

test('the check character satisfies the congruence of the standard, and no other does', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{17}$/), (digits) => {
      const expected = computeCitizenIdCheckCharacter(digits)
      for (const sign of '0123456789X') expect(satisfiesStandard(digits + sign)).toBe(sign === expected)
    }),
  )
})

test('a number gives back what it was made of', () => {
  fc.assert(
    fc.property(number, (valid) => {
      const parsed = parseCitizenIdNumber(valid)
      expect(parsed).toMatchObject({
        ok: true,
        value: {
          number: valid,
          birthDate: `${valid.slice(6, 10)}-${valid.slice(10, 12)}-${valid.slice(12, 14)}`,
          sexCode: Number(valid.charAt(16)) % 2 === 1 ? '1' : '2',
        },
      })
    }),
  )
})

test('every single wrong digit and every swap of neighbours is noticed', () => {
  fc.assert(
    fc.property(number, fc.nat(16), fc.integer({ min: 1, max: 9 }), (valid, place, step) => {
      const wrong = `${valid.slice(0, place)}${(Number(valid.charAt(place)) + step) % 10}${valid.slice(place + 1)}`
      expect(isCitizenIdNumber(wrong)).toBe(false)
      const next = Math.min(place, 15)
      const swapped = `${valid.slice(0, next)}${valid.charAt(next + 1)}${valid.charAt(next)}${valid.slice(next + 2)}`
      expect(isCitizenIdNumber(swapped)).toBe(swapped === valid)
    }),
  )
})

test('an old number is its new one without century and check character', () => {
  fc.assert(
    fc.property(
      number.filter((each) => each.slice(6, 8) === '19'),
      (valid) => {
        expect(findUpgradedCitizenIdNumber(valid.slice(0, 6) + valid.slice(8, 17))).toBe(valid)
      },
    ),
  )
})

test('no text makes it throw, and a refusal always carries a sentence', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9Xx]{0,19}$/)), (raw) => {
      const parsed = parseCitizenIdNumber(raw)
      if (!parsed.ok) expect(parsed.message).toMatch(/\p{Script=Han}.*!$/u)
      else expect(satisfiesStandard(parsed.value.number)).toBe(true)
    }),
  )
})
