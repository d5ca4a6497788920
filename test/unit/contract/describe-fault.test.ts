import { expect, test } from 'vitest'
import { describeFault } from '../../../src-shared/contract/describe-fault.ts'

function faultOf(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

test('names what happened and where', () => {
  const text = describeFault(new TypeError('no such page'))
  expect(text).toContain('TypeError: no such page')
  expect(text).toContain('describe-fault.test.ts')
})

test('does not repeat the text that could not be read', () => {
  const fault = faultOf(() => JSON.parse('{"name":张三丰,"telephone":1}'))
  expect(String(fault)).toContain('张')
  const text = describeFault(fault)
  expect(text).toContain('SyntaxError')
  expect(text).toContain('describe-fault.test.ts')
  expect(text).not.toContain('张')
})

test('has a word for what is no error', () => {
  expect(describeFault('closed')).toBe('closed')
  expect(describeFault({ name: '张三丰' })).toBe('object')
})
