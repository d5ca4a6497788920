import type { Draft } from '../../src-shared/contract/types.ts'

/** Longest time between a key and its journal entry, in milliseconds. */
const DELAY = 80
/** Pause before a refused write is tried again, in milliseconds. */
const RETRY_DELAY = 1_000

/**
 * Writes what is typed to the local database as it is typed, without any key waiting for it. Changes that come close
 * together are one write; a refused write is tried again with everything that changed since.
 */
export type DraftJournal = {
  /** A field changed. The first change of a form writes the whole form. */
  readonly touch: (field: string) => void
  /** The focus or the caret moved: noted with the next write, and by a write of its own once the form has a draft. */
  readonly touchPlace: () => void
  /** Writes at once what is not written yet: the window is hidden or closed, the field was left. */
  readonly flush: () => void
  /** Nothing more is written to the present draft: it ends with a save. What was not written is forgotten. */
  readonly end: () => void
  /** Writes the whole form with the next change: a save was refused, or the draft belongs to a new form. */
  readonly restart: () => void
  /** Whether a draft of the present form is on disk (or on its way). */
  readonly hasDraft: () => boolean
  /** The present form came from a draft. */
  readonly resume: () => void
}

export function createDraftJournal(options: {
  /** The draft as it stands, with the inputs of these fields; null: of all fields. */
  readonly build: (fields: ReadonlySet<string> | null) => Draft
  readonly write: (draft: Draft) => Promise<unknown>
  /** Told why the last write failed, and null when writing works again. */
  readonly onProblem: (error: unknown) => void
}): DraftJournal {
  let changed = new Set<string>()
  let isPlaceChanged = false
  let isWhole = true
  let hasDraft = false
  let hadProblem = false
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Counts forms: an answer for an earlier one changes nothing. */
  let form = 0

  function schedule(delay: number): void {
    timer ??= setTimeout(flush, delay)
  }
  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (changed.size === 0 && !(isPlaceChanged && hasDraft)) return
    const asOf = form
    const wasWhole = isWhole
    const written = changed
    const draft = options.build(wasWhole ? null : written)
    changed = new Set()
    isPlaceChanged = false
    isWhole = false
    hasDraft = true
    options.write(draft).then(
      () => {
        if (hadProblem) options.onProblem(null)
        hadProblem = false
      },
      (error: unknown) => {
        if (asOf !== form) return
        hadProblem = true
        isWhole ||= wasWhole
        for (const name of written) changed.add(name)
        isPlaceChanged = true
        options.onProblem(error)
        schedule(RETRY_DELAY)
      },
    )
  }
  function forget(): void {
    clearTimeout(timer)
    timer = undefined
    form += 1
    changed = new Set()
    isPlaceChanged = false
    isWhole = true
    hasDraft = false
  }

  return {
    touch(field) {
      changed.add(field)
      schedule(DELAY)
    },
    touchPlace() {
      isPlaceChanged = true
      if (hasDraft) schedule(DELAY)
    },
    flush,
    end: forget,
    restart() {
      isWhole = true
    },
    hasDraft: () => hasDraft,
    resume() {
      hasDraft = true
      isWhole = false
    },
  }
}
