import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'
import { sectionTabKeys } from '../keys/bindings.ts'
import { findPressed, stepOf } from '../keys/press.ts'

export type Section<Name extends string> = {
  readonly name: Name
  readonly label: string
  /** Shown behind the label where something waits. */
  readonly count?: number
}

/** The id of a section's panel. */
export function sectionPanelId(idPrefix: string): string {
  return `${idPrefix}-section`
}

/** The section beside another one, round the end: Ctrl+PgDn and Ctrl+PgUp. */
export function nextSection<Name extends string>(
  sections: readonly Section<Name>[],
  current: Name,
  step: 1 | -1,
): Name {
  const index = sections.findIndex(({ name }) => name === current)
  return sections[(index + step + sections.length) % sections.length]?.name ?? current
}

/**
 * Carries the focus from a section's panel, which a page gets when it opens, into the section's list once that is there;
 * and to the section itself (`data-section`), which hears the keys, when the list is gone with the focus in it.
 */
export function useListFocus(panelId: string, isActive: boolean, hasList: boolean): void {
  const hadList = useRef(false)
  useEffect(() => {
    const panel = document.getElementById(panelId)
    if (!panel || !isActive) return
    const section = panel.querySelector<HTMLElement>('[data-section]')
    const { activeElement } = document
    const isInPanel = activeElement === panel || activeElement === section
    const isLost = hadList.current && activeElement === document.body
    if (hasList && isInPanel) panel.querySelector<HTMLElement>('[role=grid]')?.focus()
    else if (!hasList && (activeElement === panel || isLost)) section?.focus()
    hadList.current = hasList
  }, [panelId, isActive, hasList])
}

/** The sections of one page: ← → along them, Enter or ↓ into the one that is shown. */
export function SectionTabs<Name extends string>(props: {
  readonly label: string
  readonly sections: readonly Section<Name>[]
  readonly current: Name
  readonly idPrefix: string
  readonly onChange: (name: Name) => void
  /** Gives focus to the section. */
  readonly onEnter: () => void
}): ReactNode {
  const { sections, current } = props
  const strip = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent): void => {
    const pressed = findPressed(event.nativeEvent, sectionTabKeys)
    if (pressed === 'sideways') {
      const next = nextSection(sections, current, stepOf(event) === 1 ? 1 : -1)
      props.onChange(next)
      strip.current
        ?.querySelectorAll<HTMLElement>('[role=tab]')
        [sections.findIndex(({ name }) => name === next)]?.focus()
    } else if (pressed === 'enter') props.onEnter()
    else return
    event.preventDefault()
  }
  return (
    <div ref={strip} role="tablist" aria-label={props.label} className="section-tabs" onKeyDown={onKeyDown}>
      {sections.map(({ name, label, count }) => (
        <div
          key={name}
          id={`${props.idPrefix}-${name}`}
          role="tab"
          aria-selected={name === current}
          aria-controls={sectionPanelId(props.idPrefix)}
          tabIndex={name === current ? 0 : -1}
          className={name === current ? 'section-tab section-tab-active' : 'section-tab'}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            props.onChange(name)
            if (name === current) props.onEnter()
          }}
        >
          {count === undefined || count === 0 ? label : `${label} ${count.toLocaleString('zh-CN')}`}
        </div>
      ))}
      <span className="section-keys" aria-hidden="true">
        Ctrl+PgUp / PgDn 切换栏目
      </span>
    </div>
  )
}
