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
