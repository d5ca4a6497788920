import { expect, test } from 'vitest'
import {
  ariaKey,
  askedTabIndex,
  findPressed,
  isShortcut,
  type KeyPress,
} from '../../../../src-renderer/keys/press.ts'

function press(key: string, code: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, code, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...held }
}

test('letters are compared by position, so that an input method cannot take them', () => {
  expect(isShortcut(press('Process', 'KeyW', { ctrlKey: true }), 'Ctrl+W')).toBe(true)
  expect(isShortcut(press('w', 'KeyW'), 'Ctrl+W')).toBe(false)
  expect(isShortcut(press('w', 'KeyW', { ctrlKey: true, shiftKey: true }), 'Ctrl+W')).toBe(false)
})

test('a key within a composition is no shortcut', () => {
  expect(isShortcut(press('F9', 'F9', { isComposing: true }), 'F9')).toBe(false)
})

test('Enter and Esc that an input method has taken are none', () => {
  expect(isShortcut(press('Enter', 'Enter'), 'Enter')).toBe(true)
  expect(isShortcut(press('Enter', 'NumpadEnter'), 'Enter')).toBe(true)
  expect(isShortcut(press('Process', 'Enter'), 'Enter')).toBe(false)
  expect(isShortcut(press('Process', 'Escape'), 'Esc')).toBe(false)
})

test('keys with a sign or a name on screen are written that way', () => {
  expect(isShortcut(press('ArrowUp', 'ArrowUp', { altKey: true }), 'Alt+↑')).toBe(true)
  expect(isShortcut(press(' ', 'Space', { ctrlKey: true }), 'Ctrl+空格')).toBe(true)
  expect(isShortcut(press('PageDown', 'PageDown', { ctrlKey: true }), 'Ctrl+PgDn')).toBe(true)
  expect(ariaKey('Ctrl+→')).toBe('Control+ArrowRight')
  expect(ariaKey('空格')).toBe('Space')
})

test('Ctrl with a digit asks for a tab, on the number pad as well', () => {
  expect(askedTabIndex(press('1', 'Digit1', { ctrlKey: true }))).toBe(0)
  expect(askedTabIndex(press('9', 'Numpad9', { ctrlKey: true }))).toBe(8)
  expect(askedTabIndex(press('1', 'Digit1', { altKey: true }))).toBeUndefined()
})

test('punctuation has its shortcut', () => {
  expect(isShortcut(press(',', 'Comma', { ctrlKey: true }), 'Ctrl+,')).toBe(true)
  expect(isShortcut(press('，', 'Comma', { ctrlKey: true }), 'Ctrl+,')).toBe(true)
})

test('a press is found among the bindings of a place', () => {
  const bindings = { go: { keys: ['Enter', '空格'], does: '做' }, leave: { keys: ['Esc'], does: '离开' } }
  expect(findPressed(press(' ', 'Space'), bindings)).toBe('go')
  expect(findPressed(press('Escape', 'Escape'), bindings)).toBe('leave')
  expect(findPressed(press('Enter', 'Enter', { ctrlKey: true }), bindings)).toBeUndefined()
})
