import { ariaKey } from '../../src-renderer/keys/press.ts'

/** A shortcut written as on screen (Alt+↑, Ctrl+空格), as Playwright presses it. */
export function pressable(shortcut: string): string {
  return ariaKey(shortcut)
}
