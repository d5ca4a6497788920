import { useEffect, type RefObject } from 'react'

/**
 * A page that is opened before it knows what it shows takes the focus itself (its root, `tabIndex` -1); once that is there the
 * focus goes on to the place marked `data-initial-focus` in it. A focus that has moved meanwhile stays.
 */
export function useArrivalFocus(root: RefObject<HTMLElement | null>, isThere: boolean): void {
  useEffect(() => {
    const element = root.current
    if (!isThere || !element || document.activeElement !== element) return
    element.querySelector<HTMLElement>('[data-initial-focus]')?.focus()
  }, [root, isThere])
}
