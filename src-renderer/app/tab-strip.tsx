import CloseOutlined from '@ant-design/icons/es/icons/CloseOutlined'
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'
import type { TabsState } from './tabs.ts'
import { tabStripKeys } from '../keys/bindings.ts'
import { findPressed, stepOf } from '../keys/press.ts'

/** The open tabs. ← → go along them, Delete closes, Enter goes into the page. */
export function TabStrip(props: {
  readonly state: TabsState
  readonly onActivate: (key: string) => void
  readonly onClose: (key: string) => void
  /** Gives focus to the active page. */
  readonly onEnter: () => void
}): ReactNode {
  const { tabs, activeKey } = props.state
  const strip = useRef<HTMLDivElement>(null)

  useEffect(() => {
    strip.current
      ?.querySelector('[aria-selected=true]')
      ?.scrollIntoView({ inline: 'nearest', block: 'nearest' })
    // Also when a title grows: a page knows its record's name only after a moment.
  }, [activeKey, tabs])

  const onKeyDown = (event: KeyboardEvent): void => {
    const index = tabs.findIndex((tab) => tab.key === activeKey)
    const pressed = findPressed(event.nativeEvent, tabStripKeys)
    const next = tabs[(index + stepOf(event) + tabs.length) % tabs.length]
    if (pressed === 'sideways' && next) {
      props.onActivate(next.key)
      strip.current?.querySelectorAll<HTMLElement>('[role=tab]')[tabs.indexOf(next)]?.focus()
    } else if (pressed === 'close') props.onClose(activeKey)
    else if (pressed === 'enter') props.onEnter()
    else return
    event.preventDefault()
  }

  return (
    // A button inside a tab has no meaning to a screen reader: each stands beside the list, in sight next to its tab.
    <div ref={strip} className="tab-strip" onKeyDown={onKeyDown}>
      <div role="tablist" aria-label="标签页" className="tab-list">
        {tabs.map((tab, index) => {
          const isActive = tab.key === activeKey
          return (
            <div
              key={tab.key}
              id={`tab-${tab.key}`}
              role="tab"
              aria-selected={isActive}
              aria-controls={`panel-${tab.key}`}
              tabIndex={isActive ? 0 : -1}
              className={isActive ? 'tab tab-active' : 'tab'}
              style={{ order: 2 * index }}
              title={index < 9 ? `${tab.title}(Ctrl+${index + 1})` : tab.title}
              // A press leaves the focus where it is: the page that comes gets it.
              onMouseDown={(event) => event.preventDefault()}
              onAuxClick={(event) => {
                if (event.button === 1) props.onClose(tab.key)
              }}
              onClick={() => {
                props.onActivate(tab.key)
                if (isActive) props.onEnter()
              }}
            >
              <span className="tab-title">{tab.title}</span>
              {tab.isDirty ? (
                <span className="tab-mark" role="img" aria-label="未保存">
                  ●
                </span>
              ) : null}
            </div>
          )
        })}
      </div>
      {tabs.map((tab, index) => (
        <span
          key={tab.key}
          className={tab.key === activeKey ? 'tab-end tab-active' : 'tab-end'}
          style={{ order: 2 * index + 1 }}
        >
          {tab.page.kind === 'home' && tabs.length === 1 ? null : (
            <button
              type="button"
              tabIndex={-1}
              className="tab-close"
              aria-label={`关闭${tab.title}`}
              onMouseDown={(event) => event.preventDefault()}
              onAuxClick={(event) => {
                if (event.button === 1) props.onClose(tab.key)
              }}
              onClick={() => props.onClose(tab.key)}
            >
              <CloseOutlined />
            </button>
          )}
        </span>
      ))}
    </div>
  )
}
