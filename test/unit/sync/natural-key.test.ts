import { expect, it } from 'vitest'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { findNaturalKey } from '../../../src-shared/sync/natural-key.ts'

it('names a person by document type and number, whatever the case of its letter', () => {
  const key = findNaturalKey(getRegister('resident'), {
    documentTypeCode: '01',
    documentNumber: '11010519491231002X',
  })
  expect(key).toBe('["01","11010519491231002X"]')
  expect(
    findNaturalKey(getRegister('resident'), { documentTypeCode: '01', documentNumber: '11010519491231002x' }),
  ).toBe(key)
})

it('names nothing where a required part is empty', () => {
  expect(
    findNaturalKey(getRegister('resident'), { documentTypeCode: '01', documentNumber: null }),
  ).toBeUndefined()
  expect(findNaturalKey(getRegister('employer'), { socialCreditCode: null })).toBeUndefined()
})

it('names a dwelling without building and entrance', () => {
  const values = { communityCode: '1', streetCode: '2', doorNumber: '3', roomNumber: '4' }
  expect(findNaturalKey(getRegister('dwelling'), values)).toBe('["1","2","3","","","4"]')
  expect(findNaturalKey(getRegister('dwelling'), { ...values, roomNumber: null })).toBeUndefined()
})
