import type { Draft } from '../../../src-shared/contract/types.ts'
import { deleteDraft, listDrafts, writeDraft } from '../queries/drafts.ts'
import type { Context } from './context.ts'

/** Writes that come within this many milliseconds share one transaction and one flush of the disk. */
const COALESCE = 30
/** Ended drafts remembered, so that a write on its way does not bring one back. */
const ENDED_LIMIT = 1_000

/** The open forms on disk. */
export type DraftJournal = {
  /** Resolves when the fields are on disk. A draft that has ended is not written again. */
  readonly write: (draft: Draft) => Promise<void>
  readonly list: () => Promise<readonly Draft[]>
  readonly discard: (id: string) => Promise<void>
  /** Told before the save that ends a draft: what waits for it is dropped, what comes late is not written. */
  readonly end: (id: string) => void
  /**
   * Told when that save is over, refused or not. A batch types its next form under the same draft id, so writes count
   * again from here on; what was on its way before is waited for and stays unwritten.
   */
  readonly reopen: (id: string, isRefused: boolean) => Promise<void>
  readonly flush: () => Promise<void>
}

export function createDraftJournal(context: Context): DraftJournal {
  const waiting = new Map<string, Draft>()
  const ended = new Set<string>()
  /** What waited for drafts whose save is being tried: written after all when the save is refused. */
  const heldBack = new Map<string, Draft>()
  let flushing: Promise<void> | undefined
  /** The transaction that writes drafts at present, if any. */
  let writing: Promise<void> = Promise.resolve()

  function writeWaiting(): Promise<void> {
    const drafts = [...waiting.values()]
    waiting.clear()
    if (drafts.length === 0) return writing
    const before = writing
    const write = async (): Promise<void> => {
      await before.catch(() => undefined)
      await context.store.write((database) => {
        for (const draft of drafts) if (!ended.has(draft.id)) writeDraft(database, draft)
      })
    }
    writing = write()
    return writing
  }

  function flushSoon(): Promise<void> {
    flushing ??= new Promise<void>((resolve) => setTimeout(resolve, COALESCE)).then(() => {
      flushing = undefined
      return writeWaiting()
    })
    return flushing
  }

  function end(id: string): void {
    if (ended.size >= ENDED_LIMIT) {
      const oldest = ended.values().next()
      if (oldest.done !== true) ended.delete(oldest.value)
    }
    ended.add(id)
  }

  return {
    write: async (draft) => {
      if (ended.has(draft.id)) return
      const before = waiting.get(draft.id)
      waiting.set(draft.id, { ...draft, inputs: { ...before?.inputs, ...draft.inputs } })
      await flushSoon()
    },
    list: async () => {
      await writeWaiting()
      return listDrafts(context.store.read)
    },
    discard: async (id) => {
      end(id)
      waiting.delete(id)
      await context.store.write((database) => deleteDraft(database, id))
    },
    end: (id) => {
      end(id)
      const draft = waiting.get(id)
      waiting.delete(id)
      if (draft) heldBack.set(id, draft)
    },
    reopen: async (id, isRefused) => {
      // A write that failed has told its own caller.
      await writing.catch(() => undefined)
      ended.delete(id)
      const draft = heldBack.get(id)
      heldBack.delete(id)
      if (!draft || !isRefused) return
      const since = waiting.get(id)
      waiting.set(id, { ...draft, ...since, inputs: { ...draft.inputs, ...since?.inputs } })
      await flushSoon()
    },
    flush: writeWaiting,
  }
}
