import { describe, expect, it } from 'vitest'
import { areEqualValues, canonicalJson } from '../../../src-shared/fields/merge.ts'

describe('areEqualValues', () => {
  it('takes absent and null for the same and compares lists by content', () => {
    expect(areEqualValues(undefined, null)).toBe(true)
    expect(areEqualValues(['1', '2'], ['1', '2'])).toBe(true)
    expect(areEqualValues(['1', '2'], ['2', '1'])).toBe(false)
    expect(areEqualValues([{ a: '1', b: null }], [{ b: null, a: '1' }])).toBe(true)
    expect(areEqualValues('1', 1)).toBe(false)
    expect(areEqualValues('', null)).toBe(false)
  })
})

describe('canonicalJson', () => {
  it('does not depend on the order in which keys were written', () => {
    expect(canonicalJson({ b: [{ d: 1, c: '𠮷' }], a: undefined })).toBe('{"b":[{"c":"𠮷","d":1}]}')
  })
})
