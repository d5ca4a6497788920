/** What a key asks of a form, besides typing and the keys of an open list. */
export type FormCommand =
  | 'next'
  | 'previous'
  | 'save'
  | 'saveAndNew'
  | 'leave'
  | 'explain'
  | 'repeatField'
  | 'copyPrevious'
  | 'openDuplicate'
  | 'nextMark'
  | 'togglePin'
  | 'create'
  | 'undoLast'
  | 'changeKind'
  | 'openBatch'
  | 'deferSheet'
  | 'voidSheet'

type KeyFacts = {
  readonly key: string
  readonly ctrlKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
}

/** The command of a key that no input method has taken, or undefined. */
export function findFormCommand(event: KeyFacts): FormCommand | undefined {
  if (event.metaKey || event.altKey) return undefined
  if (event.ctrlKey) {
    if (event.shiftKey) return undefined
    if (event.key === 'Enter') return 'saveAndNew'
    return CONTROL_COMMANDS[event.key.toLowerCase()]
  }
  if (event.key === 'Enter' || event.key === 'Tab') return event.shiftKey ? 'previous' : 'next'
  return event.shiftKey ? undefined : PLAIN_COMMANDS[event.key]
}

const CONTROL_COMMANDS: Readonly<Record<string, FormCommand>> = {
  s: 'save',
  d: 'copyPrevious',
  n: 'create',
  p: 'togglePin',
  u: 'undoLast',
  g: 'changeKind',
  b: 'openBatch',
  f7: 'voidSheet',
}
const PLAIN_COMMANDS: Readonly<Record<string, FormCommand>> = {
  Escape: 'leave',
  F1: 'explain',
  F4: 'repeatField',
  F6: 'openDuplicate',
  F7: 'deferSheet',
  F8: 'nextMark',
}
