import { expect, it } from 'vitest'
import { measureDepth } from '../../../src-server/plugins/json-body.ts'

it('counts brackets outside strings', () => {
  expect(measureDepth('1')).toBe(0)
  expect(measureDepth('{"a":[1,{"b":2}],"c":{}}')).toBe(3)
  expect(measureDepth(String.raw`{"a":"[[[[\"[[["}`)).toBe(1)
  expect(measureDepth('['.repeat(100_000))).toBe(100_000)
})
