import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { PopupMenu } from '../components/popup-menu.tsx'
import { menus, menuShortcut, type Command } from './commands.ts'
import { menuBarKeys, menuTitleKeys } from '../keys/bindings.ts'
import { findPressed, isAlt, isAltAlone, isPressed, isShortcut, stepOf } from '../keys/press.ts'

/**
 * The menu bar. Alt or F10 enters it, Alt with a menu's letter opens that menu; ← → ↑ ↓, Enter and Esc do the rest.
 * Focus goes back to where it was before the act of an entry runs.
 */
export function MenuBar(props: {
  readonly onCommand: (command: Command) => void
  /** The focus has nowhere to go back to. */
  readonly onLost: () => void
}): ReactNode {
  const [openIndex, setOpenIndex] = useState<number>()
  const [focusIndex, setFocusIndex] = useState(0)
  const bar = useRef<HTMLDivElement>(null)
  const before = useRef<Element>(null)

  const enter = (index: number, isOpen: boolean): void => {
    if (!bar.current?.contains(document.activeElement)) before.current = document.activeElement
    // An open menu keeps the focus in it.
    if (isOpen && openIndex === index) {
      bar.current?.querySelector<HTMLElement>('[role=menu] [role=menuitem]')?.focus()
      return
    }
    setFocusIndex(index)
    setOpenIndex(isOpen ? index : undefined)
    titles(bar.current)[index]?.focus()
  }
  const leave = (): void => {
    setOpenIndex(undefined)
    if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus()
    // The body takes none, and what is hidden by now neither.
    if (document.activeElement !== before.current || before.current === document.body) props.onLost()
  }

  const newest = useRef({ enter, leave })
  useEffect(() => {
    newest.current = { enter, leave }
  })
  useEffect(() => {
    let isAltHeld = false
    const onKeyDown = (event: globalThis.KeyboardEvent): void => {
      // A dialog is answered first.
      if (document.querySelector('[aria-modal=true]')) return
      isAltHeld = isAltAlone(event)
      const asked = menus.findIndex((menu) => isShortcut(event, menuShortcut(menu)))
      if (asked >= 0) {
        event.preventDefault()
        // Nor does a form that is still loading keep it for later: it has been heard.
        event.stopImmediatePropagation()
        newest.current.enter(asked, true)
      } else if (isPressed(event, menuBarKeys.enter)) {
        event.preventDefault()
        event.stopImmediatePropagation()
        newest.current.enter(0, false)
      }
    }
    const onKeyUp = (event: globalThis.KeyboardEvent): void => {
      if (!isAlt(event) || !isAltHeld) return
      isAltHeld = false
      event.preventDefault()
      if (bar.current?.contains(document.activeElement)) newest.current.leave()
      else newest.current.enter(0, false)
    }
    const forget = (): void => {
      isAltHeld = false
    }
    // Before the page hears it: Alt+letter is never a letter of a field.
    window.addEventListener('keydown', onKeyDown, true)
    window.addEventListener('keyup', onKeyUp, true)
    window.addEventListener('pointerdown', forget, true)
    window.addEventListener('blur', forget)
    return () => {
      window.removeEventListener('keydown', onKeyDown, true)
      window.removeEventListener('keyup', onKeyUp, true)
      window.removeEventListener('pointerdown', forget, true)
      window.removeEventListener('blur', forget)
    }
  }, [])

  const sideways = (index: number, step: 1 | -1, isOpen: boolean): void => {
    enter((index + step + menus.length) % menus.length, isOpen)
  }
  const onTitleKeyDown = (event: KeyboardEvent, index: number): void => {
    switch (findPressed(event.nativeEvent, menuTitleKeys)) {
      case 'sideways':
        sideways(index, stepOf(event) === 1 ? 1 : -1, false)
        break
      case 'first':
        enter(0, false)
        break
      case 'last':
        enter(menus.length - 1, false)
        break
      case 'open':
        enter(index, true)
        break
      case 'leave':
        leave()
        break
      case undefined:
        return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div ref={bar} role="menubar" aria-label="主菜单" className="menu-bar">
      {menus.map((menu, index) => (
        <div key={menu.label} className="menu-bar-place" role="none">
          <div
            role="menuitem"
            className={openIndex === index ? 'menu-bar-title menu-bar-title-open' : 'menu-bar-title'}
            aria-label={menu.label}
            aria-haspopup="menu"
            aria-expanded={openIndex === index}
            aria-keyshortcuts={menuShortcut(menu)}
            tabIndex={index === focusIndex ? 0 : -1}
            onKeyDown={(event) => onTitleKeyDown(event, index)}
            onPointerDown={(event) => {
              event.preventDefault()
              if (openIndex === index) leave()
              else enter(index, true)
            }}
            onPointerEnter={() => {
              if (openIndex !== undefined && openIndex !== index) enter(index, true)
            }}
          >
            <span>{menu.label}</span>
            <span aria-hidden="true">
              (<u>{menu.mnemonic}</u>)
            </span>
          </div>
          {openIndex === index ? (
            <PopupMenu
              label={menu.label}
              items={menu.commands.map((command) => ({
                label: command.label,
                shortcut: command.shortcut,
                onSelect: () => props.onCommand(command),
              }))}
              onClose={leave}
              onSideways={(step) => sideways(index, step, true)}
            />
          ) : null}
        </div>
      ))}
    </div>
  )
}

function titles(bar: HTMLElement | null): HTMLElement[] {
  return [...(bar?.querySelectorAll<HTMLElement>('.menu-bar-title') ?? [])]
}
