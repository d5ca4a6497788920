import { formKeys } from '../keys/bindings.ts'
import { findPressed, type KeyPress } from '../keys/press.ts'

/** What a key asks of a form, besides typing and the keys of an open list. */
export type FormCommand = keyof typeof formKeys

/** The command of a key that no input method has taken, or undefined. */
export function findFormCommand(press: KeyPress): FormCommand | undefined {
  return findPressed(press, formKeys)
}
