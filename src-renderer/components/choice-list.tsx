import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { choiceListKeys } from '../keys/bindings.ts'
import { findPressed } from '../keys/press.ts'

export type ChoiceEntry = { readonly key: string; readonly text: string; readonly detail: string }

/**
 * A list in a dialog, one tab stop: ↑ ↓ Home End move. With `chosen` space ticks entries in or out, and Enter goes on; without
 * it Enter (or a double click) opens the entry.
 */
export function ChoiceList(props: {
  /** The accessible name. */
  readonly label: string
  readonly entries: readonly ChoiceEntry[]
  readonly chosen?: ReadonlySet<string>
  readonly onTurn?: (key: string) => void
  readonly onOpen?: (key: string) => void
  /** Enter in a list that is ticked. */
  readonly onGoOn?: () => void
}): ReactNode {
  const { entries, chosen } = props
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()

  const goTo = (index: number): void => {
    const next = Math.min(Math.max(index, 0), entries.length - 1)
    setActive(next)
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const pressed = findPressed(event.nativeEvent, choiceListKeys)
    const key = entries[active]?.key
    if (pressed === 'down') goTo(active + 1)
    else if (pressed === 'up') goTo(active - 1)
    else if (pressed === 'first') goTo(0)
    else if (pressed === 'last') goTo(entries.length - 1)
    else if (pressed === 'turn' && props.onTurn && key !== undefined) props.onTurn(key)
    else if (pressed === 'take' && props.onGoOn) props.onGoOn()
    else if (pressed === 'take' && props.onOpen && key !== undefined) props.onOpen(key)
    else return
    event.preventDefault()
  }

  return (
    <div
      ref={list}
      role="listbox"
      aria-label={props.label}
      aria-multiselectable={chosen === undefined ? undefined : true}
      aria-activedescendant={`${id}-${active}`}
      tabIndex={0}
      className="choice-list"
      onKeyDown={onKeyDown}
    >
      {entries.map((entry, index) => (
        <div
          key={entry.key}
          id={`${id}-${index}`}
          role="option"
          aria-selected={chosen === undefined ? index === active : chosen.has(entry.key)}
          className={index === active ? 'choice-entry choice-entry-active' : 'choice-entry'}
          onClick={() => {
            setActive(index)
            props.onTurn?.(entry.key)
          }}
          onDoubleClick={() => props.onOpen?.(entry.key)}
        >
          {chosen === undefined ? null : (
            <span className="choice-tick" aria-hidden="true">
              {chosen.has(entry.key) ? '✓' : ''}
            </span>
          )}
          <span className="choice-text">{entry.text}</span>
          <span className="hint">{entry.detail}</span>
        </div>
      ))}
    </div>
  )
}
