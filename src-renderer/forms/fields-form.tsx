import { useRef, type KeyboardEvent, type ReactNode } from 'react'
import { findFormCommand, type FormCommand } from './form-keys.ts'
import type { FormStore } from './form-store.ts'
import { isEnter } from '../keys/press.ts'

export type FieldsFormProps = {
  readonly store: FormStore
  readonly className?: string
  /** The form's accessible name. */
  readonly label: string
  /**
   * Commands beside moving (保存, Esc …) with the field that has the focus. Answers whether the key was used; false leaves
   * it to whatever surrounds the form.
   */
  readonly onCommand?: (command: FormCommand, field: string | undefined) => boolean
  /** The fields are being filled from the store: keys typed now are kept until they are. */
  readonly isBusy?: boolean
  readonly onFocusField?: (field: string | undefined) => void
  readonly children: ReactNode
}

/** The name of the field an element stands in, or undefined. */
export function fieldNameAt(element: EventTarget | null): string | undefined {
  if (!(element instanceof Element)) return undefined
  return element.closest<HTMLElement>('[data-field]')?.dataset['field']
}

/** Carries the keys of a form: Enter and Tab move in the store's order, F8 goes to the next mark. */
export function FieldsForm(props: FieldsFormProps): ReactNode {
  const { store, onCommand, onFocusField } = props
  const focused = useRef<string | undefined>(undefined)

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>): void {
    const native = event.nativeEvent
    // An open list, or an input method, had the key.
    if (event.defaultPrevented || native.isComposing || native.keyCode === 229) return
    const command = findFormCommand(native)
    if (!command) return
    const name = fieldNameAt(event.target)
    const isOnButton = event.target instanceof HTMLButtonElement
    if (command === 'next' || command === 'previous') {
      if (isOnButton && isEnter(native)) return
      if (name === undefined || (isOnButton && !Object.hasOwn(store.fields, name))) return
      event.preventDefault()
      store.moveOn(name, command)
      return
    }
    if (command === 'nextMark') {
      event.preventDefault()
      // What is being typed into a look-up is taken first, as Enter would.
      store.keys.hold()
      void store
        .settle()
        .then(() => store.focusNextMark(name))
        .finally(() => store.keys.release())
      return
    }
    // A key held down asks for one act, not for many.
    if (native.repeat) event.preventDefault()
    else if (onCommand?.(command, name)) event.preventDefault()
  }

  function onFocus(target: EventTarget): void {
    const name = fieldNameAt(target)
    if (name === focused.current) return
    focused.current = name
    onFocusField?.(name)
  }

  return (
    <form
      className={props.className}
      aria-label={props.label}
      aria-busy={props.isBusy ?? false}
      autoComplete="off"
      noValidate
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={onKeyDown}
      onFocus={(event) => onFocus(event.target)}
    >
      {props.children}
    </form>
  )
}
