import { useId, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { BusyButton } from './busy-button.tsx'
import { answerKeys, dialogKeys } from '../keys/bindings.ts'
import { ariaKeys, findPressed, keysText, stepOf, type Binding } from '../keys/press.ts'

export type DialogAct = {
  readonly label: string
  readonly onSelect: () => void
  /** The safe act: it has focus when the dialog opens (unless a field has), and Esc does it. Exactly one act is safe. */
  readonly isSafe?: boolean
  readonly isPrimary?: boolean
  /** Its work runs: it cannot be started again meanwhile. */
  readonly isBusy?: boolean
  /** Where Enter goes after the last field of the dialog. */
  readonly isPerform?: boolean
  /** Also done by Ctrl+Enter from anywhere in the dialog. */
  readonly isByKey?: boolean
  /** Also done by this key, as long as no box has the focus. */
  readonly answer?: keyof typeof answerKeys
}

type DialogProps = {
  readonly title: string
  readonly children: ReactNode
  readonly acts: readonly DialogAct[]
  /** What happened to the last try, beside the buttons. */
  readonly message?: ReactNode
  readonly isWide?: boolean
  /** The element that has focus first; without it the safe act has. */
  readonly initialFocus?: string
}

const reachable =
  'button:not([disabled]):not([tabindex="-1"]), input:not([disabled]):not([tabindex="-1"]), textarea:not([disabled]), select, [tabindex="0"]'

/** A question that must be answered now. Focus stays inside, goes back where it was afterwards, and Esc is the safe answer. */
export function Dialog(props: DialogProps): ReactNode {
  const titleId = useId()
  const textId = useId()
  const box = useRef<HTMLDivElement>(null)
  const { initialFocus } = props

  useLayoutEffect(() => {
    const before = document.activeElement
    const dialog = box.current
    const first =
      (initialFocus === undefined ? null : dialog?.querySelector<HTMLElement>(initialFocus)) ??
      dialog?.querySelector<HTMLElement>('[data-safe]')
    first?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [initialFocus])

  const onKeyDown = (event: KeyboardEvent): void => {
    // Keys of a dialog are no keys of the page beneath it.
    event.stopPropagation()
    if (event.defaultPrevented || event.nativeEvent.isComposing) return
    const dialog = box.current
    const answer = isBox(event.target) ? undefined : findPressed(event.nativeEvent, answerKeys)
    const answered = answer && props.acts.find((each) => each.answer === answer && !each.isBusy)
    const pressed = findPressed(event.nativeEvent, dialogKeys)
    if (answered && !event.nativeEvent.repeat) {
      event.preventDefault()
      answered.onSelect()
    } else if (pressed === 'safe') {
      event.preventDefault()
      props.acts.find((act) => act.isSafe)?.onSelect()
    } else if (pressed === 'perform') {
      const act = props.acts.find((each) => each.isByKey && !each.isBusy)
      if (act) {
        event.preventDefault()
        act.onSelect()
      }
    } else if (pressed === 'sideways' && isAct(document.activeElement)) {
      event.preventDefault()
      const acts = [...(dialog?.querySelectorAll<HTMLElement>('.dialog-acts button:not([disabled])') ?? [])]
      const index = acts.findIndex((act) => act === document.activeElement)
      acts[(index + stepOf(event) + acts.length) % acts.length]?.focus()
    } else if ((pressed === 'nextStop' || pressed === 'previousStop') && dialog) {
      const stops = [...dialog.querySelectorAll<HTMLElement>(reachable)].filter(
        (stop) => stop.offsetParent !== null,
      )
      const last = pressed === 'previousStop' ? stops[0] : stops.at(-1)
      const next = pressed === 'previousStop' ? stops.at(-1) : stops[0]
      if (document.activeElement === last || !dialog.contains(document.activeElement)) {
        event.preventDefault()
        next?.focus()
      }
    }
  }

  return createPortal(
    <div className="dialog-backdrop">
      <div
        ref={box}
        role="dialog"
        aria-modal="true"
        aria-labelledby={titleId}
        aria-describedby={textId}
        tabIndex={-1}
        className={props.isWide ? 'dialog dialog-wide' : 'dialog'}
        onKeyDown={onKeyDown}
      >
        <h2 id={titleId}>{props.title}</h2>
        <div id={textId} className="dialog-text">
          {props.children}
        </div>
        <div className="dialog-foot">
          <div className="dialog-message" role="status">
            {props.message}
          </div>
          <div className="dialog-acts">
            {props.acts.map((act) => (
              <BusyButton
                key={act.label}
                type={act.isPrimary ? 'primary' : 'default'}
                isBusy={act.isBusy ?? false}
                aria-keyshortcuts={ariaOf(act)}
                {...(act.isSafe ? { 'data-safe': '' } : {})}
                {...(act.isPerform ? { 'data-perform': '' } : {})}
                onClick={act.onSelect}
              >
                {act.label}
                <ActKey binding={keyOf(act)} />
              </BusyButton>
            ))}
          </div>
        </div>
      </div>
    </div>,
    document.body,
  )
}

function isBox(target: EventTarget): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
}

function isAct(element: Element | null): boolean {
  return element?.closest('.dialog-acts') !== null
}

/** The key that does an act, if any does. */
function keyOf({ isByKey, answer }: DialogAct): Binding | undefined {
  return isByKey ? dialogKeys.perform : answer && answerKeys[answer]
}

function ariaOf(act: DialogAct): string | undefined {
  const binding = keyOf(act)
  return binding && ariaKeys(binding)
}

function ActKey(props: { readonly binding: Binding | undefined }): ReactNode {
  return props.binding ? <kbd aria-hidden="true">{keysText(props.binding)}</kbd> : null
}
