/** What of a key event decides whether an input method has it. */
type KeyFacts = {
  readonly key: string
  readonly code: string
  readonly keyCode: number
  readonly isComposing: boolean
  readonly repeat: boolean
  readonly timeStamp: number
}

/** How long after the end of a composition the very press that ended it may still reach the page, in milliseconds. */
const SAME_PRESS = 100

/**
 * Tells keys that belong to an input method from keys for the form. A key that confirms, picks or cancels inside a
 * composition carries `isComposing` or code 229 in Chromium. Some input methods end the composition first and let the
 * same press through as an ordinary key: it is known by not having been released in between.
 */
export type ImeGuard = {
  /** Asks for every keydown, in order. True: the key is the input method's and must do nothing in the form. */
  readonly isTaken: (event: KeyFacts) => boolean
  readonly keyUp: (event: { readonly code: string }) => void
  readonly compositionStart: () => void
  readonly compositionEnd: (event: { readonly timeStamp: number }) => void
  readonly isComposing: () => boolean
}

export function createImeGuard(): ImeGuard {
  let isComposing = false
  let endedAt = Number.NEGATIVE_INFINITY
  /** The key the input method took last and that has not been released since. */
  let pressed = ''
  return {
    isTaken(event) {
      if (event.isComposing || event.keyCode === 229 || event.key === 'Process') {
        pressed = event.code
        return true
      }
      const isSamePress =
        pressed !== '' && event.code === pressed && event.timeStamp - endedAt < SAME_PRESS && !isComposing
      pressed = ''
      return isSamePress || isComposing
    },
    keyUp(event) {
      if (event.code === pressed) pressed = ''
    },
    compositionStart() {
      isComposing = true
    },
    compositionEnd(event) {
      isComposing = false
      endedAt = event.timeStamp
    },
    isComposing: () => isComposing,
  }
}

/** The filter text of a look-up while a composition runs: the input method's own separators are no part of it. */
export function filterTextOf(text: string, isComposing: boolean): string {
  return isComposing ? text.replaceAll(/['’\s]/g, '') : text.trim()
}
