/**
 * Keeps keys that come while the form waits for an answer which decides where they belong (a list's entry that was
 * taken before the list had answered, a save). They are replayed in order when the wait ends, so that a clerk who
 * types ahead never loses a key and none lands in the wrong field.
 */
export type KeyQueue = {
  /** Keys are kept from now on. May be called again before `release`: each hold needs its own release. */
  readonly hold: () => void
  /** Ends one hold; with the last one the kept keys are played into whatever has the focus then. */
  readonly release: () => void
  readonly isHeld: () => boolean
}

/** What the queue needs of the page, so that its order can be tested without one. */
export type KeyTarget = {
  /** Calls the listener for each key before anyone else sees it, until the returned function is called. */
  readonly capture: (listener: (key: HeldKey) => void) => () => void
  /** Plays one key into the element that has the focus. */
  readonly play: (key: HeldKey) => void
}

export type HeldKey = {
  readonly key: string
  readonly code: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly altKey: boolean
}

export function createKeyQueue(target: KeyTarget): KeyQueue {
  let holds = 0
  let kept: HeldKey[] = []
  let endCapture: (() => void) | undefined

  function hold(): void {
    holds += 1
    endCapture ??= target.capture((key) => kept.push(key))
  }

  function release(): void {
    if (holds === 0) return
    holds -= 1
    if (holds > 0) return
    endCapture?.()
    endCapture = undefined
    const playing = kept
    kept = []
    for (const [index, key] of playing.entries()) {
      target.play(key)
      // The key just played began a wait of its own: the rest belongs after it, before anything typed since.
      if (holds > 0) {
        kept = [...playing.slice(index + 1), ...kept]
        return
      }
    }
  }

  return { hold, release, isHeld: () => holds > 0 }
}

/** The queue's view of a real page. */
export const pageKeys: KeyTarget = {
  capture(listener) {
    function onKeyDown(event: KeyboardEvent): void {
      // A key alone that only changes others, and a key an input method has taken, cannot be kept.
      if (event.isComposing || event.keyCode === 229 || MODIFIER_KEYS.has(event.key)) return
      event.preventDefault()
      event.stopImmediatePropagation()
      // A key held down repeats what was asked for once: a second save of the next, empty form is not meant.
      if (event.repeat && (event.ctrlKey || event.key === 'Enter')) return
      const { key, code, shiftKey, ctrlKey, altKey } = event
      listener({ key, code, shiftKey, ctrlKey, altKey })
    }
    window.addEventListener('keydown', onKeyDown, true)
    return () => window.removeEventListener('keydown', onKeyDown, true)
  },
  play(held) {
    const element = document.activeElement ?? document.body
    const isUnhandled = element.dispatchEvent(
      new KeyboardEvent('keydown', { ...held, bubbles: true, cancelable: true, composed: true }),
    )
    if (!isUnhandled || held.ctrlKey || held.altKey) return
    // execCommand is the one way that keeps the undo history and fires the events of real typing.
    if ([...held.key].length === 1) document.execCommand('insertText', false, held.key)
    else if (held.key === 'Backspace') document.execCommand('delete')
    else if (held.key === 'Delete') document.execCommand('forwardDelete')
  },
}

const MODIFIER_KEYS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'Meta', 'CapsLock'])
