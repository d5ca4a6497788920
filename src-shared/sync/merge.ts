import type { FieldValue, RecordValues } from '../fields/field.ts'
import { areEqualValues, mergeWayOf } from '../fields/merge.ts'
import type { RecordStatus, Register } from '../registers/register.ts'
import type { OpKind } from './op.ts'

/**
 * Who wrote one field last and when, in server change numbers. `foreignSeq` is the newest number at which anyone but
 * `writer` wrote it: with it, "did only this replica write since base?" is answered for every replica and every base.
 */
export type FieldVersion = {
  readonly seq: number
  readonly writer: number
  readonly foreignSeq: number
}

/** A record as the merge sees it. A field without a version was never written. */
export type MergeState = {
  readonly status: RecordStatus
  readonly cancellation: RecordValues | null
  readonly statusVersion: FieldVersion
  readonly values: RecordValues
  readonly versions: Readonly<Record<string, FieldVersion>>
}

/** The part of an op that merging reads. */
export type Edit = {
  readonly kind: OpKind
  readonly baseSeq: number
  readonly fields: RecordValues
  readonly cancellation: RecordValues | null
}

/** The name under which a conflict about active/cancelled is kept; no field can have it. */
export const STATUS_FIELD = '@status'

/** A value that was written without knowledge of the current one: the current one stays, the other waits for a person. */
export type FieldConflict = {
  readonly field: string
  readonly kept: FieldValue | StatusValue
  readonly lost: FieldValue | StatusValue
}

export type StatusValue = { readonly status: RecordStatus; readonly cancellation: RecordValues | null }

export type MergeResult = {
  readonly state: MergeState
  /** Names of the fields (or {@link STATUS_FIELD}) whose value is now the edit's. */
  readonly applied: readonly string[]
  readonly conflicts: readonly FieldConflict[]
}

const NEVER: FieldVersion = { seq: 0, writer: 0, foreignSeq: 0 }

/**
 * Merges one edit into the server's state. Per field or field group: the writer had seen the current value (base), or
 * only its own earlier edits came since (own chain) → it applies; the same value → agreed; several codes → union; else the current value
 * stays and the other is a conflict. Never last-writer-wins; nothing depends on a clock.
 *
 * @param state the record, or undefined where the edit makes it
 * @param writer the number the server gave the replica (≥ 1)
 * @param seq the change number of this edit, greater than all before
 */
export function mergeEdit(
  register: Register,
  state: MergeState | undefined,
  edit: Edit,
  writer: number,
  seq: number,
): MergeResult {
  const current = state ?? {
    status: 'active',
    cancellation: null,
    statusVersion: NEVER,
    values: {},
    versions: {},
  }
  switch (edit.kind) {
    case 'set':
      return mergeFields(register, current, edit, writer, seq)
    case 'cancel':
      return mergeStatus(
        current,
        { status: 'cancelled', cancellation: edit.cancellation },
        edit.baseSeq,
        writer,
        seq,
      )
    case 'restore':
      return mergeStatus(current, { status: 'active', cancellation: null }, edit.baseSeq, writer, seq)
    case 'resolve':
    case 'merge':
    case 'unmerge':
    case 'delete':
      throw new Error(`${edit.kind} is not merged yet`)
  }
}

function mergeFields(
  register: Register,
  state: MergeState,
  edit: Edit,
  writer: number,
  seq: number,
): MergeResult {
  const values: Record<string, FieldValue> = { ...state.values }
  const versions: Record<string, FieldVersion> = { ...state.versions }
  const applied: string[] = []
  const conflicts: FieldConflict[] = []
  // An edit of a record that someone else has cancelled meanwhile would quietly change a closed record.
  const isCancelledUnseen =
    state.status === 'cancelled' && foreignSeqOf(state.statusVersion, writer) > edit.baseSeq
  for (const [name, value] of Object.entries(edit.fields)) {
    const currentValue = state.values[name] ?? null
    const hasSeen = !isCancelledUnseen && unseenSeqOf(register, state, name, writer) <= edit.baseSeq
    if (areEqualValues(currentValue, value)) {
      // A first value counts as written even where it is empty; an agreed one keeps its version.
      if (!Object.hasOwn(versions, name)) {
        values[name] = value
        versions[name] = nextVersion(NEVER, writer, seq)
      }
      continue
    }
    const field = register.fields[name]
    if (hasSeen) values[name] = value
    else if (!isCancelledUnseen && field && mergeWayOf(field) === 'union')
      values[name] = unionOf(currentValue, value)
    else {
      conflicts.push({ field: name, kept: currentValue, lost: value })
      continue
    }
    versions[name] = nextVersion(state.versions[name] ?? NEVER, writer, seq)
    applied.push(name)
  }
  // The record exists from its first edit on: that edit is also the first word about its status.
  const statusVersion = state.statusVersion.seq === 0 ? nextVersion(NEVER, writer, seq) : state.statusVersion
  return { state: { ...state, statusVersion, values, versions }, applied, conflicts }
}

function mergeStatus(
  state: MergeState,
  next: StatusValue,
  baseSeq: number,
  writer: number,
  seq: number,
): MergeResult {
  const kept: StatusValue = { status: state.status, cancellation: state.cancellation }
  const isSame =
    kept.status === next.status && areEqualRecords(kept.cancellation ?? {}, next.cancellation ?? {})
  if (isSame) return { state, applied: [], conflicts: [] }
  const isStatusSeen = foreignSeqOf(state.statusVersion, writer) <= baseSeq
  // Closing a record that someone has worked on meanwhile is a decision for a person.
  const isEveryFieldSeen =
    next.status !== 'cancelled' ||
    Object.values(state.versions).every((version) => foreignSeqOf(version, writer) <= baseSeq)
  if (!isStatusSeen || !isEveryFieldSeen) {
    return { state, applied: [], conflicts: [{ field: STATUS_FIELD, kept, lost: next }] }
  }
  return {
    state: { ...state, ...next, statusVersion: nextVersion(state.statusVersion, writer, seq) },
    applied: [STATUS_FIELD],
    conflicts: [],
  }
}

/** The newest change number at which anyone but `writer` wrote. */
function foreignSeqOf(version: FieldVersion, writer: number): number {
  return version.writer === writer ? version.foreignSeq : version.seq
}

/** The same over the field's group: a type and its number belong together, so one unseen half makes both unseen. */
function unseenSeqOf(register: Register, state: MergeState, field: string, writer: number): number {
  const group = register.mergeGroups?.find((names) => names.includes(field)) ?? [field]
  return Math.max(...group.map((name) => foreignSeqOf(state.versions[name] ?? NEVER, writer)))
}

function nextVersion(before: FieldVersion, writer: number, seq: number): FieldVersion {
  return { seq, writer, foreignSeq: foreignSeqOf(before, writer) }
}

function unionOf(left: FieldValue, right: FieldValue): FieldValue {
  const codes = new Set<string>()
  for (const side of [left, right]) {
    if (Array.isArray(side)) for (const each of side as readonly unknown[]) codes.add(String(each))
  }
  return [...codes].sort()
}

function areEqualRecords(left: RecordValues, right: RecordValues): boolean {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) =>
    areEqualValues(left[name], right[name]),
  )
}

/**
 * What a page shows: the server's state with the replica's own unconfirmed edits laid over it, in their order.
 * Own edits always win here: what was typed stays visible until the server has decided.
 */
export function overlayEdits(
  server: StatusValue & { readonly values: RecordValues },
  edits: readonly Edit[],
): StatusValue & { readonly values: RecordValues } {
  let { status, cancellation } = server
  const values: Record<string, FieldValue> = { ...server.values }
  for (const edit of edits) {
    switch (edit.kind) {
      case 'set':
        Object.assign(values, edit.fields)
        break
      case 'cancel':
        status = 'cancelled'
        cancellation = edit.cancellation
        break
      case 'restore':
        status = 'active'
        cancellation = null
        break
    }
  }
  return { status, cancellation, values }
}
