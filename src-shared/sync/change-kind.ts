/**
 * What a modification of a stored record says of itself. `change` 变更: a new fact, with the day since when it holds;
 * `correction` 更正: what stood there had never been so (an error on paper or in typing), with the reason.
 */
export const CHANGE_KINDS = ['change', 'correction'] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** The clerk's word at a save. No day: today by the clock of the store, which the server may have set right since the form was opened. */
export type ChangeWord =
  | { readonly kind: 'change'; readonly effectiveDate: string | null }
  | { readonly kind: 'correction'; readonly reason: string }

export const changeKindLabels: Readonly<Record<ChangeKind, string>> = { change: '变更', correction: '更正' }
