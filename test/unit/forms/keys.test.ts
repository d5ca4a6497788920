import { describe, expect, it } from 'vitest'
import { findNextField, findNextMarked } from '../../../src-renderer/forms/focus-order.ts'
import { findFormCommand } from '../../../src-renderer/forms/form-keys.ts'
import { createImeGuard, filterTextOf } from '../../../src-renderer/forms/ime.ts'
import { createKeyQueue, type HeldKey } from '../../../src-renderer/forms/key-queue.ts'
import { characterOnKey, createRawKeys, takesRawKeys } from '../../../src-renderer/forms/raw-keys.ts'
import { getField } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

function press(
  key: string,
  modifiers: Partial<Record<'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey', boolean>> = {},
) {
  const code = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key
  return { key, code, ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, ...modifiers }
}

describe('commands of keys', () => {
  it.each([
    [press('Enter'), 'next'],
    [press('Tab'), 'next'],
    [press('Enter', { shiftKey: true }), 'previous'],
    [press('Tab', { shiftKey: true }), 'previous'],
    [press('Enter', { ctrlKey: true }), 'saveAndNew'],
    [press('s', { ctrlKey: true }), 'save'],
    [press('S', { ctrlKey: true }), 'save'],
    [press('d', { ctrlKey: true }), 'copyPrevious'],
    [press('Escape'), 'leave'],
    [press('F4'), 'repeatField'],
    [press('F8'), 'nextMark'],
    [press('a'), undefined],
    [press('F2'), undefined],
    [press('s'), undefined],
    [press('F4', { altKey: true }), undefined],
    [press('Enter', { altKey: true }), undefined],
  ] as const)('%o is %s', (event, command) => {
    expect(findFormCommand(event)).toBe(command)
  })
})

describe('the order of the focus', () => {
  const order = ['a', 'b', 'c', 'd']
  it('leaves out what may not have it, and ends at both ends', () => {
    const mayHave = (name: string) => name !== 'b'
    expect(findNextField(order, 'a', 'next', mayHave)).toBe('c')
    expect(findNextField(order, 'c', 'previous', mayHave)).toBe('a')
    expect(findNextField(order, 'd', 'next', mayHave)).toBeUndefined()
    expect(findNextField(order, 'a', 'previous', mayHave)).toBeUndefined()
    expect(findNextField(order, undefined, 'next', mayHave)).toBe('a')
  })
  it('goes round from mark to mark, and comes back to the only one', () => {
    expect(findNextMarked(order, 'c', (name) => name === 'a')).toBe('a')
    expect(findNextMarked(order, 'a', (name) => name === 'a')).toBe('a')
    expect(findNextMarked(order, undefined, () => false)).toBeUndefined()
  })
})

describe('keys kept during a wait', () => {
  function setUp() {
    let listener: ((key: HeldKey) => void) | undefined
    const played: string[] = []
    const during = new Map<string, () => void>()
    const queue = createKeyQueue({
      capture(next) {
        listener = next
        return () => {
          listener = undefined
        }
      },
      play(key) {
        played.push(key.key)
        during.get(key.key)?.()
      },
    })
    const type = (keys: string) => {
      for (const key of keys) {
        const held = { key, code: '', shiftKey: false, ctrlKey: false, altKey: false }
        if (listener) listener(held)
        else played.push(`straight ${key}`)
      }
    }
    return { queue, played, during, type }
  }

  it('are played in order when the wait is over', () => {
    const { queue, played, type } = setUp()
    queue.hold()
    type('ab')
    expect(played).toEqual([])
    queue.release()
    type('c')
    expect(played).toEqual(['a', 'b', 'straight c'])
  })
  it('wait again when one of them begins a new wait', () => {
    const { queue, played, during, type } = setUp()
    during.set('b', queue.hold)
    queue.hold()
    type('abcd')
    queue.release()
    expect(played).toEqual(['a', 'b'])
    type('e')
    queue.release()
    expect(played).toEqual(['a', 'b', 'c', 'd', 'e'])
  })
  it('wait for the last of two waits', () => {
    const { queue, played, type } = setUp()
    queue.hold()
    queue.hold()
    type('a')
    queue.release()
    expect(played).toEqual([])
    queue.release()
    expect(played).toEqual(['a'])
  })
})

describe('keys of an input method', () => {
  const plain = { isComposing: false, repeat: false }
  it('are those in a composition and those with code 229', () => {
    const guard = createImeGuard()
    expect(guard.isTaken({ ...plain, key: 'a', code: 'KeyA', keyCode: 65, timeStamp: 0 })).toBe(false)
    expect(guard.isTaken({ ...plain, key: 'Process', code: 'KeyA', keyCode: 229, timeStamp: 1 })).toBe(true)
    guard.compositionStart()
    expect(
      guard.isTaken({ ...plain, isComposing: true, key: 'Enter', code: 'Enter', keyCode: 13, timeStamp: 2 }),
    ).toBe(true)
  })
  it('include the press that ended the composition, when it comes once more as an ordinary key', () => {
    const guard = createImeGuard()
    guard.compositionStart()
    guard.isTaken({ ...plain, key: 'Process', code: 'Enter', keyCode: 229, timeStamp: 10 })
    guard.compositionEnd({ timeStamp: 11 })
    expect(guard.isTaken({ ...plain, key: 'Enter', code: 'Enter', keyCode: 13, timeStamp: 12 })).toBe(true)
    expect(guard.isTaken({ ...plain, key: 'Enter', code: 'Enter', keyCode: 13, timeStamp: 13 })).toBe(false)
  })
  it('do not include a new press of the same key', () => {
    const guard = createImeGuard()
    guard.compositionStart()
    guard.isTaken({ ...plain, key: 'Process', code: 'Enter', keyCode: 229, timeStamp: 10 })
    guard.compositionEnd({ timeStamp: 11 })
    guard.keyUp({ code: 'Enter' })
    expect(guard.isTaken({ ...plain, key: 'Enter', code: 'Enter', keyCode: 13, timeStamp: 20 })).toBe(false)
  })
  it('leave their separators out of the filter text only while they compose', () => {
    expect(filterTextOf("dan'xin", true)).toBe('danxin')
    expect(filterTextOf(' 丹心 酒楼 ', false)).toBe('丹心 酒楼')
  })
})

describe('raw keys', () => {
  it('are taken by numbers, days, telephones and documents, not by names', () => {
    const resident = getRegister('resident')
    const takes = (name: string, values = {}) => takesRawKeys(getField(resident, name), values)
    expect(['documentNumber', 'telephone', 'birthDate', 'yearsWorked'].map((name) => takes(name))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['name', 'householdAddress', 'remarks', 'sexCode'].map((name) => takes(name))).toEqual([
      false,
      false,
      false,
      false,
    ])
    // 军官证 numbers begin with Chinese characters.
    expect(takes('documentNumber', { documentTypeCode: '04' })).toBe(false)
  })
  it('give the characters on the keys', () => {
    expect(characterOnKey('Digit7', false)).toBe('7')
    expect(characterOnKey('Numpad7', true)).toBe('7')
    expect(characterOnKey('KeyX', false)).toBe('x')
    expect(characterOnKey('KeyX', true)).toBe('X')
    expect(characterOnKey('Equal', true)).toBe('+')
    expect(characterOnKey('Space', false)).toBeUndefined()
    expect(characterOnKey('Digit7', true)).toBeUndefined()
  })
  it('replace what the input method composed, at the caret', () => {
    const raw = createRawKeys()
    raw.key('KeyX', false)
    raw.compositionStart({ text: '4201038', start: 6, end: 7 })
    raw.key('Digit1', false)
    raw.key('Backspace', false)
    raw.key('Space', false)
    expect(raw.read()).toEqual({ text: '420103x', start: 7, end: 7 })
    expect(raw.compositionEnd()).toEqual({ text: '420103x', start: 7, end: 7 })
    expect(raw.read()).toBeUndefined()
  })
  it('leave the composed text where no key was seen', () => {
    const raw = createRawKeys()
    raw.compositionStart({ text: '', start: 0, end: 0 })
    expect(raw.compositionEnd()).toBeUndefined()
  })
})
