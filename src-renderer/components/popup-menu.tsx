import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import { popupMenuKeys } from '../keys/bindings.ts'
import { ariaKey, findPressed, stepOf } from '../keys/press.ts'

export type PopupMenuItem = {
  readonly label: string
  readonly shortcut?: string
  /** A rule is drawn above the entry. */
  readonly startsGroup?: boolean
  readonly onSelect: () => void
}

type PopupMenuProps = {
  readonly label: string
  readonly items: readonly PopupMenuItem[]
  /** Where it opens, in window pixels; it moves inward where the window ends. Absent: where the parent puts it. */
  readonly at?: { readonly x: number; readonly y: number }
  /** Asked before an entry's act runs, and on Esc, Tab or a press outside: the owner removes the menu and gives focus back. */
  readonly onClose: () => void
  /** ← and → in a menu bar go to the neighbour. */
  readonly onSideways?: (step: 1 | -1) => void
}

/** A menu that keys alone can use: ↑ ↓ Home End move, Enter takes, Esc closes. The first entry has focus when it opens. */
export function PopupMenu(props: PopupMenuProps): ReactNode {
  const { at, items, onClose } = props
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState<CSSProperties>(at ? { left: at.x, top: at.y } : {})
  const isFree = at !== undefined
  const newestClose = useRef(onClose)
  useEffect(() => {
    newestClose.current = onClose
  })

  useLayoutEffect(() => {
    const menu = box.current
    if (!menu) return
    if (at) {
      const left = Math.max(0, Math.min(at.x, window.innerWidth - menu.offsetWidth - 4))
      const top = Math.max(0, Math.min(at.y, window.innerHeight - menu.offsetHeight - 4))
      setPlace({ left, top })
    }
    entries(menu)[0]?.focus()
  }, [at])

  useEffect(() => {
    const closeOutside = (event: PointerEvent): void => {
      // A menu below a title counts its title as inside: the title closes it by itself.
      const owner = isFree ? box.current : box.current?.parentElement
      if (!(event.target instanceof Node) || owner?.contains(event.target)) return
      newestClose.current()
    }
    document.addEventListener('pointerdown', closeOutside, true)
    return () => document.removeEventListener('pointerdown', closeOutside, true)
  }, [isFree])

  const onKeyDown = (event: KeyboardEvent): void => {
    const menu = box.current
    if (!menu || event.nativeEvent.isComposing) return
    const all = entries(menu)
    const index = all.findIndex((entry) => entry === document.activeElement)
    const goTo = (next: number): void => all[(next + all.length) % all.length]?.focus()
    switch (findPressed(event.nativeEvent, popupMenuKeys)) {
      case 'down':
        goTo(index + 1)
        break
      case 'up':
        goTo(index - 1)
        break
      case 'first':
        goTo(0)
        break
      case 'last':
        goTo(-1)
        break
      case 'sideways':
        props.onSideways?.(stepOf(event) === 1 ? 1 : -1)
        break
      case 'take':
        all[index]?.click()
        break
      case 'leave':
        onClose()
        break
      case undefined:
        // Anything else is not for the page beneath while the menu is open.
        if (event.altKey || event.ctrlKey) return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={box}
      role="menu"
      tabIndex={-1}
      aria-label={props.label}
      className={at ? 'popup-menu popup-menu-free' : 'popup-menu'}
      style={place}
      onKeyDown={onKeyDown}
      onContextMenu={(event) => event.preventDefault()}
    >
      {items.map((item) => (
        <div
          key={item.label}
          role="menuitem"
          tabIndex={-1}
          aria-keyshortcuts={item.shortcut === undefined ? undefined : ariaKey(item.shortcut)}
          className={item.startsGroup ? 'popup-menu-item popup-menu-group' : 'popup-menu-item'}
          onPointerMove={(event) => {
            if (document.activeElement !== event.currentTarget) event.currentTarget.focus()
          }}
          onClick={() => {
            onClose()
            item.onSelect()
          }}
        >
          <span>{item.label}</span>
          {item.shortcut === undefined ? null : <kbd aria-hidden="true">{item.shortcut}</kbd>}
        </div>
      ))}
    </div>
  )
}

function entries(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')]
}
