import type { Draft } from '../../src-shared/contract/types.ts'

/**
 * The drafts that open as forms of their own. One that 新增… opened over another form comes back over that form, unless that
 * form is gone: nothing typed may be left where nobody finds it.
 */
export function listRootDrafts(drafts: readonly Draft[]): readonly Draft[] {
  return drafts.filter(
    ({ openedFrom }) => openedFrom === null || !drafts.some((each) => each.id === openedFrom.draftId),
  )
}

/** A form's draft and those of the forms that 新增… had opened over it, from the lowest upwards. */
export function listDraftsAbove(drafts: readonly Draft[], root: Draft): readonly Draft[] {
  const chain = [root]
  for (;;) {
    const top = chain.at(-1)
    const above = drafts.find((each) => each.openedFrom?.draftId === top?.id && !chain.includes(each))
    if (!above) return chain
    chain.push(above)
  }
}

const openDraftIds = new Set<string>()

/** A form writes to this draft from now on. */
export function noteDraftOpen(id: string): void {
  openDraftIds.add(id)
}

/** The form that wrote to this draft is gone from the page. */
export function noteDraftClosed(id: string): void {
  openDraftIds.delete(id)
}

/** Whether a form on the page writes to the draft: it is neither to be continued nor to be discarded elsewhere. */
export function isDraftOpen(id: string): boolean {
  return openDraftIds.has(id)
}
