import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import type { TypedField } from '../../src-shared/fields/parse.ts'
import { isGoingAside } from './aside.ts'
import { fieldIds, useRenderCount, type FieldInputProps } from './field-input.tsx'
import { createImeGuard } from './ime.ts'
import { createRawKeys, takesRawKeys } from './raw-keys.ts'
import { useFieldState } from './use-field.ts'
import { textKeys } from '../keys/bindings.ts'
import { isPressed } from '../keys/press.ts'

type Box = HTMLInputElement | HTMLTextAreaElement

/** A box whose text is read into its value: text, days and numbers. The browser owns the text; a key waits for nothing. */
export function TypedInput(props: FieldInputProps & { readonly field: TypedField }): ReactNode {
  const { store, name, idPrefix, field } = props
  const state = useFieldState(store, name)
  const box = useRef<Box>(null)
  const [ime] = useState(createImeGuard)
  const [raw] = useState(createRawKeys)
  const hadNote = useRef(false)
  const ids = fieldIds(idPrefix, name)
  useRenderCount(box)

  useLayoutEffect(() => {
    const element = box.current
    if (element && element.value !== state.text && !ime.isComposing()) element.value = state.text
  })
  useEffect(
    () =>
      store.attach(name, {
        focus() {
          const element = box.current
          if (!element) return
          // The store knows that the field applies before the page does.
          element.disabled = false
          element.focus()
          element.select()
        },
      }),
    [store, name],
  )

  function onKeyDown(event: KeyboardEvent<Box>): void {
    const native = event.nativeEvent
    // A key struck while a note stands: it has been seen, also where it came while the field had the focus.
    hadNote.current = store.hasNote(name)
    if (ime.isTaken(native)) {
      if (takesRawKeys(field, store.values())) raw.key(native.code, native.shiftKey)
      // A press that confirmed a composition must not reach the form's keys.
      if (native.keyCode !== 229) event.preventDefault()
      event.stopPropagation()
      return
    }
    raw.forget()
    const isNewLine = field.kind === 'text' && field.isMultiline && isPressed(native, textKeys.newLine)
    if (isNewLine) {
      event.preventDefault()
      document.execCommand('insertText', false, '\n')
    }
  }
  function onInput(): void {
    const element = box.current
    if (!element) return
    const physical = ime.isComposing() ? raw.read() : undefined
    if (!ime.isComposing()) raw.forget()
    store.setText(name, physical?.text ?? element.value)
  }

  const common = {
    id: ids.control,
    className: `box${field.kind === 'text' && field.format === 'plain' ? '' : ' box-numbers'}`,
    'aria-required': state.isRequired,
    'aria-invalid': state.reason !== null,
    'aria-describedby': state.reason === null ? undefined : ids.reason,
    autoComplete: 'off',
    spellCheck: false,
    disabled: !state.applies,
    defaultValue: state.text,
    onKeyDown,
    onKeyUp: (event: KeyboardEvent<Box>) => ime.keyUp(event),
    onCompositionStart() {
      const element = box.current
      ime.compositionStart()
      if (!element || !takesRawKeys(field, store.values())) return
      raw.compositionStart({
        text: element.value,
        start: element.selectionStart ?? element.value.length,
        end: element.selectionEnd ?? element.value.length,
      })
    },
    onCompositionEnd(event: { readonly timeStamp: number }) {
      const element = box.current
      ime.compositionEnd(event)
      const physical = raw.compositionEnd()
      if (!element) return
      if (physical) {
        element.value = physical.text
        element.setSelectionRange(physical.start, physical.end)
      }
      store.setText(name, element.value)
    },
    onInput,
    onFocus() {
      hadNote.current = store.hasNote(name)
    },
    onBlur(event: FocusEvent<Box>) {
      if (isGoingAside(event.relatedTarget)) return
      // The window lost the focus, not the field: the clerk comes back to it as it was.
      if (document.activeElement === box.current) return
      // A note that stood when the focus came has been looked at.
      if (hadNote.current) store.setNote(name, null)
      store.leave(name)
    },
  }
  return field.kind === 'text' && field.isMultiline ? (
    <textarea {...common} ref={box as React.RefObject<HTMLTextAreaElement>} rows={1} />
  ) : (
    <input {...common} ref={box as React.RefObject<HTMLInputElement>} type="text" />
  )
}

/** A value the program makes (房屋档案编号): shown, never typed. */
export function AutomaticText(props: FieldInputProps): ReactNode {
  const state = useFieldState(props.store, props.name)
  return (
    <input
      id={fieldIds(props.idPrefix, props.name).control}
      className="box box-shown"
      readOnly
      tabIndex={-1}
      value={state.text}
      placeholder={props.emptyText ?? '保存后自动生成'}
    />
  )
}

/** A value of a referenced record beside its reference (单位电话): shown, never typed. */
export function ShownText(props: {
  readonly store: FieldInputProps['store']
  readonly reference: string
  readonly of: string
  readonly label: string
  readonly idPrefix: string
  readonly span?: number | undefined
}): ReactNode {
  const state = useFieldState(props.store, props.reference)
  const id = `${props.idPrefix}-${props.reference}-${props.of}`
  return (
    <div
      className="field"
      style={props.span === undefined ? undefined : { gridColumn: `span ${props.span}` }}
    >
      <span className="field-label">
        <label htmlFor={id}>{props.label}</label>
      </span>
      <span className="field-control">
        <input
          id={id}
          className="box box-shown"
          readOnly
          tabIndex={-1}
          value={state.shown[props.of] ?? ''}
          title={state.shown[props.of] ?? ''}
        />
      </span>
      <span className="field-gutter" />
    </div>
  )
}
