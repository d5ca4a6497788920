/** Whether an input method composes anywhere in the window: nothing is put into that box then. */

let isUnderWay = false
const endings = new Set<() => void>()

/** Follows the window's input methods as long as a page wants that. */
export function watchComposition(): () => void {
  const begin = (): void => {
    isUnderWay = true
  }
  const end = (): void => {
    isUnderWay = false
    // The box takes its text with this very event: after that.
    setTimeout(() => {
      for (const listener of endings) listener()
    })
  }
  window.addEventListener('compositionstart', begin, true)
  window.addEventListener('compositionend', end, true)
  return () => {
    window.removeEventListener('compositionstart', begin, true)
    window.removeEventListener('compositionend', end, true)
  }
}

export function isComposing(): boolean {
  return isUnderWay
}

/** Calls the listener when a composition has ended and its text is in the box. Answers how to end that. */
export function onComposed(listener: () => void): () => void {
  endings.add(listener)
  return () => endings.delete(listener)
}
