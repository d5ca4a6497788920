/** Whether an input method composes anywhere in the window: nothing is put into that box then. */

let isUnderWay = false

/** Follows the window's input methods; called once, before any form hears them. */
export function watchComposition(): () => void {
  const begin = (): void => {
    isUnderWay = true
  }
  const end = (): void => {
    isUnderWay = false
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
