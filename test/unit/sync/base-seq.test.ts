import { expect, it } from 'vitest'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { findBaseSeq } from '../../../src-shared/sync/base-seq.ts'

const resident = getRegister('resident')
const own = { baseSeq: 1, fields: { telephone: 'x', documentTypeCode: '03' } }

it('is the number of the state that the page shows', () => {
  expect(findBaseSeq(resident, 5, [], ['telephone'])).toBe(5)
  expect(findBaseSeq(resident, 5, [own], ['remarks'])).toBe(5)
})

it('is what an own edit had seen that hides the field, or one of its group', () => {
  expect(findBaseSeq(resident, 5, [own], ['telephone', 'remarks'])).toBe(1)
  expect(findBaseSeq(resident, 5, [own], ['documentNumber'])).toBe(1)
})

it('is what every own edit had seen where the edit is about the whole record', () => {
  expect(findBaseSeq(resident, 5, [own, { baseSeq: 3, fields: {} }], null)).toBe(1)
  expect(findBaseSeq(resident, 5, [{ baseSeq: 3, fields: {} }], null)).toBe(3)
})

it('never is later than the state', () => {
  expect(findBaseSeq(resident, 0, [own], ['telephone'])).toBe(0)
})
