import { Button, Input } from 'antd'
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { messageOf } from '../client/call.ts'
import { BusyButton } from './busy-button.tsx'
import { askLineKeys } from '../keys/bindings.ts'
import { findPressed, isForTheWindow, keysText } from '../keys/press.ts'

/**
 * A question that stands in a line of the page instead of a dialog over it: the fact, a reason where one is wanted, and two
 * answers. Enter accepts from the reason; Esc is the safe answer. A refusal stays beside it with what was typed.
 */
export function AskLine(props: {
  /** The accessible name. */
  readonly label: string
  readonly children: ReactNode
  /** What the reason is called; without it nothing is typed, and the safe answer has the focus. */
  readonly reasonLabel?: string
  readonly acceptLabel: string
  readonly declineLabel?: string
  /** Rejects with what is shown. Whoever asks takes the line away after success. */
  readonly onAccept: (reason: string) => Promise<void>
  readonly onDecline: () => void
}): ReactNode {
  const { reasonLabel } = props
  const id = useId()
  const line = useRef<HTMLDivElement>(null)
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const isUnderWay = useRef(false)

  useEffect(() => {
    line.current?.querySelector<HTMLElement>(reasonLabel === undefined ? '[data-safe]' : 'input')?.focus()
  }, [reasonLabel])

  const accept = async (): Promise<void> => {
    if (isUnderWay.current) return
    if (reasonLabel !== undefined && reason.trim() === '') {
      setProblem(`${reasonLabel},必须录入,不能为空!`)
      line.current?.querySelector('input')?.focus()
      return
    }
    isUnderWay.current = true
    setIsBusy(true)
    setProblem('')
    try {
      await props.onAccept(reason.trim())
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      isUnderWay.current = false
      setIsBusy(false)
    }
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
    const pressed = findPressed(event.nativeEvent, askLineKeys)
    if (pressed === 'decline') props.onDecline()
    else if (pressed === 'accept' && event.target instanceof HTMLInputElement) void accept()
    else if (pressed === 'sideways') {
      if (event.target instanceof HTMLInputElement) {
        event.stopPropagation()
        return
      }
      const acts = [...(line.current?.querySelectorAll<HTMLElement>('.ask-line-acts button') ?? [])]
      acts[acts.indexOf(document.activeElement as HTMLElement) === 0 ? 1 : 0]?.focus()
    } else if (isForTheWindow(event.nativeEvent)) return
    else {
      // Letters are for the line, not for the page beneath it.
      event.stopPropagation()
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div ref={line} role="group" aria-label={props.label} className="ask-line" onKeyDown={onKeyDown}>
      <div className="ask-line-text">{props.children}</div>
      <div className="ask-line-row">
        {reasonLabel === undefined ? null : (
          <>
            <label htmlFor={id}>{reasonLabel}</label>
            <Input
              id={id}
              value={reason}
              maxLength={200}
              autoComplete="off"
              onChange={(event) => {
                setReason(event.target.value)
                setProblem('')
              }}
            />
          </>
        )}
        <span className="button-row ask-line-acts">
          <BusyButton type="primary" isBusy={isBusy} onClick={() => void accept()}>
            {props.acceptLabel}
            {reasonLabel === undefined ? null : <kbd aria-hidden="true">{keysText(askLineKeys.accept)}</kbd>}
          </BusyButton>
          <Button autoInsertSpace={false} data-safe="" onClick={props.onDecline}>
            {props.declineLabel ?? '返回'}
            <kbd aria-hidden="true">{keysText(askLineKeys.decline)}</kbd>
          </Button>
        </span>
        <span className="problem" role="status">
          {problem}
        </span>
      </div>
    </div>
  )
}
