import { idsOf, type FieldValue, type RecordValues } from '../../src-shared/fields/field.ts'
import { followValue } from '../../src-shared/fields/follow-references.ts'
import { areEqualValues } from '../../src-shared/fields/merge.ts'
import type { LastChange } from '../../src-shared/sync/op.ts'
import { mergeEdit, STATUS_FIELD, type MergeResult, type MergeState } from '../../src-shared/sync/merge.ts'
import { addConflict, followId, followValues, type Batch, type Held } from './batch.ts'
import type { CheckedEdit } from './decide-ops.ts'
import { listReferenceFields } from './references.ts'

/** Merges an edit of one record; references are compared by what they are followed to, and stored as they were sent. */
export function mergeInto(
  batch: Batch,
  held: Held,
  edit: CheckedEdit,
  seq: number,
  how: { readonly isRedirected?: true } = {},
): MergeResult {
  const followed = followValues(batch, held.register, edit.fields)
  const state = followState(batch, held)
  return mergeEdit(
    held.register,
    held.before === undefined && !held.isChanged ? undefined : state,
    followed === edit.fields ? edit : { ...edit, fields: followed },
    batch.replica.number,
    seq,
    how,
  )
}

/** The state as it is compared: every reference followed. */
export function followState(batch: Batch, held: Held): MergeState {
  const values = followValues(batch, held.register, held.state.values)
  return values === held.state.values ? held.state : { ...held.state, values }
}

/** Puts what merging made of a record into the batch. */
export function takeResult(
  batch: Batch,
  held: Held,
  edit: CheckedEdit,
  seq: number,
  result: MergeResult,
  originId: string | null,
): void {
  held.state = restoreReferences(batch, held, edit.fields, result)
  for (const conflict of result.conflicts) addConflict(batch, held, edit, seq, conflict, originId)
  const isNew = held.before === undefined && !held.isChanged
  if (isNew || result.applied.length > 0) {
    const { account } = batch.session
    held.row.declaration_version = Math.max(held.row.declaration_version, edit.declarationVersion)
    held.row.updated_at = edit.at
    held.row.updated_by = edit.accountName || account.accountName
    held.row.updated_station = edit.stationCode || account.stationCode
    held.row.updated_as = wordOf(edit, result)
  }
}

/** The columns `updated_as`: what an edit says of itself. A new record has nothing to say: it is all its maker's. */
function wordOf(edit: CheckedEdit, result: MergeResult): string | null {
  if (edit.isCreation) return null
  const fields = result.applied.filter((name) => name !== STATUS_FIELD)
  return JSON.stringify({ ...edit.word, fields } satisfies LastChange)
}

/** References that were followed for comparing stay stored as they were written: an unmerging brings their record back. */
function restoreReferences(batch: Batch, held: Held, sent: RecordValues, result: MergeResult): MergeState {
  const { state } = result
  let values: Record<string, FieldValue> | undefined
  for (const [field, register] of listReferenceFields(held.register)) {
    const merged = state.values[field]
    if (merged === undefined || merged === null) continue
    const before = held.state.values[field]
    const follow = (id: string): string => followId(batch, register, id)
    const isWritten = state.versions[field]?.seq !== held.state.versions[field]?.seq
    const raw = isWritten
      ? writtenAs(merged, sent[field], before, follow)
      : agreedAs(merged, sent[field], before, follow)
    if (raw === undefined || raw === merged) continue
    values ??= { ...state.values }
    values[field] = raw
  }
  return values === undefined ? state : { ...state, values }
}

/** A merged value as its writers wrote it: what was sent, unless several records named on both sides have come together. */
function writtenAs(
  merged: FieldValue,
  sent: FieldValue | undefined,
  before: FieldValue | undefined,
  follow: (id: string) => string,
): FieldValue {
  if (!Array.isArray(merged)) return sent ?? merged
  if (sent !== undefined && areEqualValues(followValue(sent, follow), merged)) return sent
  return namedAs(merged, [...idsOf(before), ...idsOf(sent)], follow)
}

/** A value that was there already, as it was written. Of several records those that only a merge has made the same stand under both names. */
function agreedAs(
  merged: FieldValue,
  sent: FieldValue | undefined,
  before: FieldValue | undefined,
  follow: (id: string) => string,
): FieldValue | undefined {
  if (!Array.isArray(merged) || sent === undefined || areEqualValues(sent, before)) return before
  return areEqualValues(followValue(sent, follow), merged)
    ? namedAs(merged, [...idsOf(before), ...idsOf(sent)], follow)
    : before
}

/** The merged list with every record under the names it was given. */
function namedAs(
  merged: FieldValue,
  written: readonly string[],
  follow: (id: string) => string,
): readonly string[] {
  const names = idsOf(merged).flatMap((id) => {
    const own = written.filter((each) => follow(each) === id)
    return own.length > 0 ? own : [id]
  })
  return [...new Set(names)]
}

/** Whether a conflict's value is what the record says now: nothing is left to decide. */
export function isFulfilled(state: MergeState, field: string, lost: string): boolean {
  const value = JSON.parse(lost) as FieldValue
  if (field !== STATUS_FIELD) return areEqualValues(state.values[field], value)
  const { status, cancellation, mergedInto } = value as unknown as Pick<
    MergeState,
    'status' | 'cancellation' | 'mergedInto'
  >
  return (
    status === state.status &&
    mergedInto === state.mergedInto &&
    areEqualValues(
      cancellation === null ? null : [cancellation],
      state.cancellation === null ? null : [state.cancellation],
    )
  )
}
