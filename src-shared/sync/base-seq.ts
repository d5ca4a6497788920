import type { RecordValues } from '../fields/field.ts'
import type { Register } from '../registers/register.ts'

/** An own op that is laid over the server's state of a record. */
export type HidingOp = { readonly baseSeq: number; readonly fields: RecordValues }

/**
 * The change number up to which an editor has seen a record: that of the server's state, or, where own edits laid over it
 * hide what came in beneath, what those had seen. Without it a correction of a refused value would overwrite, as if seen, what
 * another station wrote meanwhile and no page here ever showed.
 *
 * @param serverSeq change number of the server's state under the page; 0 for none
 * @param overlaid own ops laid over it, each with the base it has for this record (of a merge's loser: `loserBaseSeq`)
 * @param fields names of the fields the edit writes; null: it is about the whole record (status, merge)
 */
export function findBaseSeq(
  register: Register,
  serverSeq: number,
  overlaid: readonly HidingOp[],
  fields: readonly string[] | null,
): number {
  if (overlaid.length === 0) return serverSeq
  const concerned =
    fields &&
    new Set(fields.flatMap((name) => register.mergeGroups?.find((group) => group.includes(name)) ?? [name]))
  let base = serverSeq
  for (const op of overlaid) {
    const isHiding = concerned === null || Object.keys(op.fields).some((name) => concerned.has(name))
    if (isHiding && op.baseSeq < base) base = op.baseSeq
  }
  return base
}
