/** The part of a key event that a binding is compared with. */
export type KeyPress = {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  readonly metaKey: boolean
  readonly isComposing?: boolean
}

/** What a handler listens to: keys that do the same, each written as on screen, and what they do, as the clerk is told. */
export type Binding = {
  readonly keys: readonly string[]
  readonly does: string
  /** How many keys are written together on screen: Shift+移动键 instead of eighteen keys. */
  readonly shown?: string
  /**
   * Keys that something around it listens to as well (a menu's shortcut): the inner one has them first, and the outer one
   * hears what the inner does not want. A test looks for keys that are shared without this word.
   */
  readonly isInner?: true
}

/** The bindings of one place by what they ask for. */
export type Bindings = Readonly<Record<string, Binding>>

/** How the keys that have a sign or a Chinese name on screen are called by the browser. */
const namedKeys: Readonly<Record<string, string>> = {
  '↑': 'ArrowUp',
  '↓': 'ArrowDown',
  '←': 'ArrowLeft',
  '→': 'ArrowRight',
  Esc: 'Escape',
  PgUp: 'PageUp',
  PgDn: 'PageDown',
  空格: ' ',
  菜单键: 'ContextMenu',
}

const punctuationCodes: Readonly<Record<string, string>> = { ',': 'Comma', '/': 'Slash' }

/** The key of a shortcut without those that are held with it, as the browser calls it. */
export function domKeyOf(keys: string): string {
  const last = keys.split('+').at(-1) ?? ''
  return namedKeys[last] ?? last
}

/**
 * Whether a key press is a shortcut written as on screen: `Ctrl+Shift+Tab`, `Alt+1`, `F9`, `Alt+↑`. Letters, digits and
 * punctuation are compared by key position, so that a Chinese input method cannot take them away; all others by what the
 * key means, so that one an input method has taken is none.
 */
export function isShortcut(press: KeyPress, shortcut: string): boolean {
  if (press.isComposing || press.metaKey) return false
  const parts = shortcut.split('+')
  const key = domKeyOf(shortcut)
  if (press.ctrlKey !== parts.includes('Ctrl')) return false
  if (press.altKey !== parts.includes('Alt')) return false
  if (press.shiftKey !== parts.includes('Shift')) return false
  if (/^[A-Z]$/.test(key)) return press.code === `Key${key}`
  if (/^\d$/.test(key)) return press.code === `Digit${key}` || press.code === `Numpad${key}`
  return press.key === key || (punctuationCodes[key] !== undefined && press.code === punctuationCodes[key])
}

/** Whether a key press is one of a binding's. */
export function isPressed(press: KeyPress, binding: Binding): boolean {
  return binding.keys.some((keys) => isShortcut(press, keys))
}

/** The name of the binding that a key press belongs to, or undefined. */
export function findPressed<All extends Bindings>(press: KeyPress, all: All): keyof All | undefined {
  return (Object.keys(all) as (keyof All)[]).find((name) => {
    const binding = all[name]
    return binding !== undefined && isPressed(press, binding)
  })
}

/** What the keys of a binding are called on screen. */
export function keysText(binding: Binding): string {
  return binding.shown ?? binding.keys.join('、')
}

/** The first key of a binding as `aria-keyshortcuts` wants it. */
export function ariaKeys(binding: Binding): string {
  return ariaKey(binding.keys[0] ?? '')
}

/** A shortcut written as on screen, as `aria-keyshortcuts` wants it. */
export function ariaKey(keys: string): string {
  const key = domKeyOf(keys)
  const held = keys.split('+').slice(0, -1)
  return [...held.map((each) => (each === 'Ctrl' ? 'Control' : each)), key === ' ' ? 'Space' : key].join('+')
}

/** The tab number that Ctrl+1 … Ctrl+9 asks for, counted from 0; undefined for any other key. */
export function askedTabIndex(press: KeyPress): number | undefined {
  for (let digit = 1; digit <= 9; digit += 1) if (isShortcut(press, `Ctrl+${digit}`)) return digit - 1
  return undefined
}

/** How far and where a moving key goes in a list. */
export type ListMove = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last'

const listMoves: Readonly<Record<string, ListMove>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'pageUp',
  PageDown: 'pageDown',
  Home: 'first',
  End: 'last',
}

/** The move of a moving key, whatever is held with it; undefined for any other key. */
export function moveOf(press: Pick<KeyPress, 'key'>): ListMove | undefined {
  return listMoves[press.key]
}

/** −1 for ← and ↑, 1 for → and ↓, 0 for any other key. */
export function stepOf(press: Pick<KeyPress, 'key'>): -1 | 0 | 1 {
  if (press.key === 'ArrowLeft' || press.key === 'ArrowUp') return -1
  return press.key === 'ArrowRight' || press.key === 'ArrowDown' ? 1 : 0
}

/** Alt pressed with nothing else held: let go again, it enters the menu bar. */
export function isAltAlone(press: KeyPress): boolean {
  return press.key === 'Alt' && !press.ctrlKey && !press.shiftKey
}

/** Whether this is the end of a press of Alt. */
export function isAlt(press: Pick<KeyPress, 'key'>): boolean {
  return press.key === 'Alt'
}

/** Enter, whatever is held with it: a button that has the focus takes it by itself. */
export function isEnter(press: Pick<KeyPress, 'key'>): boolean {
  return press.key === 'Enter'
}

/** A letter or digit without anything held: typing into something that is no box opens it. */
export function isCharacter(press: KeyPress): boolean {
  return !press.ctrlKey && !press.altKey && !press.metaKey && /^[\p{L}\p{N}]$/u.test(press.key)
}

/** The digit, letter or dash of a room number that is typed without anything held; undefined for any other key. */
export function roomCharacterOf(press: KeyPress): string | undefined {
  return !press.ctrlKey && !press.altKey && !press.metaKey && /^[0-9A-Za-z-]$/u.test(press.key)
    ? press.key
    : undefined
}

/** Keys that do not belong to a line of the page even while it has the focus: Tab, function keys, anything held. */
export function isForTheWindow(press: KeyPress): boolean {
  return press.ctrlKey || press.altKey || press.key === 'Tab' || /^F\d+$/.test(press.key)
}
