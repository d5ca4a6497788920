import { useRef, type KeyboardEvent, type ReactNode } from 'react'
import { CHANGE_KINDS, changeKindLabels, type ChangeKind } from '../../../src-shared/sync/change-kind.ts'
import { findFormCommand } from '../../forms/form-keys.ts'
import { fieldNameAt } from '../../forms/fields-form.tsx'
import { LabelledField } from '../../forms/labelled-field.tsx'
import { changeKeys, formKeys } from '../../keys/bindings.ts'
import { ariaKeys, isPressed } from '../../keys/press.ts'
import { useFieldState } from '../../forms/use-field.ts'
import type { EntrySession } from './entry-session.ts'
import { setChangeKind } from './change-word.ts'

const KIND_TITLES: Readonly<Record<ChangeKind, string>> = {
  change: '变更:情况确有变化,从变更日期起(Ctrl+G 换到更正)',
  correction: '更正:原来填错或录错,写明原因(Ctrl+G 换到变更)',
}

/**
 * What the next save of a stored record is: 变更 with its day, or 更正 with its reason. Behind the last field and before the save
 * button in the order of the focus; nothing has to be done for a change of today.
 */
export function ChangeChoice(props: { readonly session: EntrySession }): ReactNode {
  const { change, options } = props.session
  const kind = useFieldState(change, 'changeKind').value === 'correction' ? 'correction' : 'change'
  const radios = useRef<HTMLSpanElement>(null)

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const native = event.nativeEvent
    if (event.defaultPrevented || native.isComposing || native.keyCode === 229) return
    const isOnRadio = radios.current?.contains(event.target as Node) === true
    if (isOnRadio && isPressed(native, changeKeys.turn)) {
      event.preventDefault()
      setChangeKind(change, kind === 'change' ? 'correction' : 'change')
      return
    }
    const command = findFormCommand(native)
    if (command !== 'next' && command !== 'previous') return
    if (isOnRadio) {
      if (command === 'previous') return
      event.preventDefault()
      change.focusFirst()
      return
    }
    const name = fieldNameAt(event.target)
    if (name === undefined) return
    event.preventDefault()
    change.moveOn(name, command)
  }

  return (
    <span className="change-choice" onKeyDown={onKeyDown}>
      <span
        ref={radios}
        className="change-kinds"
        role="radiogroup"
        aria-label="本次修改是"
        aria-keyshortcuts={ariaKeys(formKeys.changeKind)}
      >
        {CHANGE_KINDS.map((each) => (
          <button
            key={each}
            type="button"
            role="radio"
            aria-checked={each === kind}
            tabIndex={each === kind ? 0 : -1}
            className="change-kind"
            title={KIND_TITLES[each]}
            data-change-kind={each === kind ? '' : undefined}
            onClick={() => setChangeKind(change, each)}
          >
            {changeKindLabels[each]}
          </button>
        ))}
        <kbd aria-hidden="true">Ctrl+G</kbd>
      </span>
      {(kind === 'change' ? CHANGE_BOXES : CORRECTION_BOXES).map((name) => (
        <LabelledField key={name} store={change} name={name} idPrefix={options.idPrefix} />
      ))}
    </span>
  )
}

const CHANGE_BOXES = ['changeDate'] as const
const CORRECTION_BOXES = ['changeReasonCode', 'changeNote'] as const
