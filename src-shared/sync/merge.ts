import type { FieldValue, RecordValues } from '../fields/field.ts'
import { areEqualValues, mergeWayOf } from '../fields/merge.ts'
import type { RecordStatus, Register } from '../registers/register.ts'
import type { LostStatus, OpKind, ServerStatus } from './op.ts'

/**
 * Who wrote one field last and when, in server change numbers. `foreignSeq` is the newest number at which anyone but
 * `writer` wrote it: with it, "did only this replica write since base?" is answered for every replica and every base.
 */
export type FieldVersion = {
  readonly seq: number
  readonly writer: number
  readonly foreignSeq: number
}

/**
 * A record as the merge sees it. A field without a version was never written. A merged record keeps its cancellation, values
 * and versions: it comes back with them when it is taken out of the other again.
 */
export type MergeState = {
  readonly status: ServerStatus
  /** With `merged`: the record it is another name of. */
  readonly mergedInto: string | null
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
  /** Kind `resolve` of a conflict about the status. */
  readonly status?: RecordStatus
  /** Offered by a program after a server was put back: nobody typed it anew, so it continues no own chain. */
  readonly isRescue?: true
}

/** The name under which a conflict about the status is kept; no field can have it. */
export const STATUS_FIELD = '@status'

/** A value that was written without knowledge of the current one: the current one stays, the other waits for a person. */
export type FieldConflict = {
  /** A field, or {@link STATUS_FIELD}. */
  readonly field: string
  /** `own`: the op's value lost. `loser`: a value of the record that a merge took in, unseen by who merged. */
  readonly variant: ConflictVariant
  readonly kept: FieldValue | LostStatus
  readonly lost: FieldValue | LostStatus
  /** Who wrote the value that stays; seq 0 where nobody did. */
  readonly keptVersion: FieldVersion
  /** Variant `loser`: who wrote the value that lost; else null, it is the op's own. */
  readonly lostVersion: FieldVersion | null
}

export type ConflictVariant = 'own' | 'loser'

export type MergeResult = {
  readonly state: MergeState
  /** Names of the fields (or {@link STATUS_FIELD}) whose value is now the edit's. */
  readonly applied: readonly string[]
  readonly conflicts: readonly FieldConflict[]
  /** Every value was applied as sent or was there already: the sender knows the result without being told. */
  readonly isExact: boolean
}

/** What {@link mergeRecords} has to remember so that {@link unmergeRecords} can take it back. Plain JSON. */
export type MergeUndo = {
  /** The change number of the merge. */
  readonly seq: number
  /** What the loser was before. */
  readonly loserStatus: ServerStatus
  /** The winner's fields that the merge wrote, as they were before. */
  readonly fields: RecordValues
}

/** A record's id was followed to the one it was merged into: its editor had seen nothing of that one. */
export type Redirection = { readonly isRedirected?: true }

const NEVER: FieldVersion = { seq: 0, writer: 0, foreignSeq: 0 }
const UNWRITTEN: MergeState = {
  status: 'active',
  mergedInto: null,
  cancellation: null,
  statusVersion: NEVER,
  values: {},
  versions: {},
}

/** The id of a conflict: the same on every replica, and again after a restored server has taken the op anew. */
export function conflictId(opId: string, field: string, variant: ConflictVariant): string {
  return variant === 'own' ? `${opId}/${field}` : `${opId}/${field}/loser`
}

/**
 * Merges one edit into the server's state. Per field or field group: the writer had seen the current value (base), or
 * only its own earlier edits came since (own chain) → it applies; the same value → agreed; several codes → union; else the
 * current value stays and the other is a conflict. Never last-writer-wins; nothing depends on a clock.
 *
 * @param state the record, or undefined where the edit makes it; a merged one only for the kind `unmerge` (see {@link mergeRedirected})
 * @param writer the number the server gave the replica (≥ 1)
 * @param seq the change number of this edit, greater than all before
 * @throws Error for a kind that needs two records, and for a merged state
 */
export function mergeEdit(
  register: Register,
  state: MergeState | undefined,
  edit: Edit,
  writer: number,
  seq: number,
  how: Redirection = {},
): MergeResult {
  const current = state ?? UNWRITTEN
  if (current.status === 'merged') throw new Error('an edit of a merged record goes to mergeRedirected')
  const author = authorOf(edit, writer, seq, how.isRedirected === true)
  switch (edit.kind) {
    case 'set':
    case 'resolve':
      return mergeSet(register, current, edit, author)
    case 'cancel':
    case 'restore':
    case 'delete':
      return mergeStatus(current, statusOf(edit), author, 'status and fields')
    case 'unmerge':
      // It is out already; only one who deleted it since disagrees.
      return current.status === 'deleted'
        ? refuseStatus(current, { status: 'active', cancellation: null, mergedInto: null })
        : unchanged(current)
    case 'merge':
      throw new Error('merge concerns two records')
  }
}

/**
 * A late edit of a record that someone has merged meanwhile. On the winner nothing of it was seen: what differs becomes a
 * conflict there. Beneath, the merged record takes it by the usual rule, so that it comes back with it when it is unmerged; a
 * conflict beneath counts only where the winner agreed by chance.
 *
 * @param edit `set`, `resolve`, `cancel`, `restore` or `delete`
 */
export function mergeRedirected(
  register: Register,
  pair: { readonly winner: MergeState; readonly loser: MergeState },
  edit: Edit,
  writer: number,
  seq: number,
): { readonly winner: MergeResult; readonly loser: MergeResult } {
  const winner = mergeEdit(register, pair.winner, edit, writer, seq, { isRedirected: true })
  const author = authorOf(edit, writer, seq, false)
  const told = new Set(winner.conflicts.map((conflict) => conflict.field))
  const beneath = mergeFields(register, pair.loser, edit, author)
  const conflicts = beneath.conflicts.filter((conflict) => !told.has(conflict.field))
  const isAboutStatus = edit.kind === 'resolve' ? edit.status !== undefined : edit.kind !== 'set'
  if (isAboutStatus && !told.has(STATUS_FIELD))
    conflicts.push(...refuseStatus(pair.loser, statusOf(edit)).conflicts)
  return { winner: { ...winner, isExact: false }, loser: { ...beneath, conflicts, isExact: false } }
}

/**
 * Makes the loser another name of the winner. Picks apply to the winner like a `set`; a value of the loser that others wrote
 * after `loserBaseSeq` and that differs from the winner's becomes a conflict of the winner (variant `loser`). The loser keeps
 * its values beneath. Where one of the two was closed unseen (cancelled or deleted), or both were declared different things, nothing is
 * merged: the loser gets a conflict about its status, and picks that differ wait as conflicts of the winner.
 *
 * @param how which ids were followed to another record, and whether someone has declared them different things unseen
 */
export function mergeRecords(
  register: Register,
  pair: {
    readonly winner: MergeState
    readonly loser: MergeState
    readonly winnerId: string
    readonly loserId: string
  },
  edit: { readonly baseSeq: number; readonly loserBaseSeq: number; readonly fields: RecordValues },
  writer: number,
  seq: number,
  how: {
    readonly isWinnerRedirected?: true
    readonly isLoserRedirected?: true
    readonly isDeclaredDistinct?: true
  } = {},
):
  | {
      readonly isMerged: true
      readonly winner: MergeResult
      readonly loser: MergeResult
      readonly undo: MergeUndo
    }
  | { readonly isMerged: false; readonly winner: MergeResult; readonly loser: MergeResult } {
  const { winner, loser, winnerId, loserId } = pair
  if (winnerId === loserId || winner.status === 'merged' || loser.status === 'merged')
    throw new Error('both ids are to be followed first, and be two')
  const isWinnerRedirected = how.isWinnerRedirected === true
  const isLoserRedirected = how.isLoserRedirected === true
  const ofWinner = authorOf(edit, writer, seq, isWinnerRedirected)
  const ofLoser = authorOf({ baseSeq: edit.loserBaseSeq }, writer, seq, isLoserRedirected)
  if (how.isDeclaredDistinct || isClosedUnseen(winner, ofWinner) || isClosedUnseen(loser, ofLoser)) {
    const picks = Object.entries(edit.fields).filter(
      ([name, value]) => !areEqualValues(winner.values[name], value),
    )
    return {
      isMerged: false,
      winner: {
        ...unchanged(winner),
        conflicts: picks.map(([name, value]) => conflictOf(winner, name, value)),
        isExact: false,
      },
      loser: refuseStatus(loser, { status: 'merged', cancellation: null, mergedInto: winnerId }),
    }
  }
  const picked = mergeFields(register, winner, edit, ofWinner)
  const values: Record<string, FieldValue> = { ...picked.state.values }
  const versions: Record<string, FieldVersion> = { ...picked.state.versions }
  const applied = [...picked.applied]
  const conflicts = [...picked.conflicts]
  for (const [name, version] of Object.entries(loser.versions)) {
    if (!isLoserRedirected && foreignSeqOf(version, writer) <= edit.loserBaseSeq) continue
    const lost = loser.values[name] ?? null
    const kept = values[name] ?? null
    if (areEqualValues(kept, lost)) continue
    const keptVersion = versions[name] ?? NEVER
    if (isUnion(register, name)) {
      values[name] = unionOf(kept, lost)
      versions[name] = nextVersion(keptVersion, ofWinner)
      applied.push(name)
    } else conflicts.push({ field: name, variant: 'loser', kept, lost, keptVersion, lostVersion: version })
  }
  const fields: Record<string, FieldValue> = {}
  for (const name of applied) fields[name] = winner.values[name] ?? null
  // Whoever closes the winner without knowing that it stands for two records now would take both out of sight.
  const statusVersion = nextVersion(winner.statusVersion, ofWinner)
  return {
    isMerged: true,
    winner: { state: { ...winner, statusVersion, values, versions }, applied, conflicts, isExact: false },
    loser: {
      state: {
        ...loser,
        status: 'merged',
        mergedInto: winnerId,
        statusVersion: nextVersion(loser.statusVersion, ofLoser),
      },
      applied: [STATUS_FIELD],
      conflicts: [],
      isExact: false,
    },
    undo: { seq, loserStatus: loser.status, fields },
  }
}

/**
 * Takes a merged record out again: it gets its status back, and the winner the values that the merge replaced and nobody has
 * written since.
 *
 * @param pair the merged record, the record it was merged into (whatever became of that one), and what the merge left
 */
export function unmergeRecords(
  pair: { readonly winner: MergeState; readonly loser: MergeState; readonly undo: MergeUndo },
  edit: { readonly baseSeq: number },
  writer: number,
  seq: number,
): { readonly isUnmerged: boolean; readonly winner: MergeResult; readonly loser: MergeResult } {
  const { winner, loser, undo } = pair
  if (loser.status !== 'merged') throw new Error('the record is not merged')
  const author = authorOf(edit, writer, seq, false)
  const next: LostStatus = { status: undo.loserStatus, cancellation: loser.cancellation, mergedInto: null }
  if (foreignSeqOf(loser.statusVersion, writer) > edit.baseSeq)
    return { isUnmerged: false, winner: unchanged(winner), loser: refuseStatus(loser, next) }
  const values: Record<string, FieldValue> = { ...winner.values }
  const versions: Record<string, FieldVersion> = { ...winner.versions }
  const applied: string[] = []
  for (const [name, before] of Object.entries(undo.fields)) {
    const version = versions[name]
    if (version?.seq !== undo.seq) continue
    values[name] = before
    versions[name] = nextVersion(version, author)
    applied.push(name)
  }
  return {
    isUnmerged: true,
    winner: { state: { ...winner, values, versions }, applied, conflicts: [], isExact: false },
    loser: {
      state: { ...loser, ...next, statusVersion: nextVersion(loser.statusVersion, author) },
      applied: [STATUS_FIELD],
      conflicts: [],
      isExact: false,
    },
  }
}

/** Who writes, under which number, and what he had seen. */
type Author = {
  readonly writer: number
  readonly seq: number
  readonly baseSeq: number
  /** He wrote about another record: he has seen nothing of this one, not even what he wrote himself. */
  readonly isRedirected: boolean
  /** Whether what the writer itself wrote counts as seen, however old the base. */
  readonly hasOwnChain: boolean
}

function authorOf(
  edit: { readonly baseSeq: number; readonly isRescue?: true },
  writer: number,
  seq: number,
  isRedirected: boolean,
): Author {
  return { writer, seq, baseSeq: edit.baseSeq, isRedirected, hasOwnChain: edit.isRescue !== true }
}

/** The status first: whoever brings a closed record back may decide about its values in the same breath. */
function mergeSet(register: Register, state: MergeState, edit: Edit, author: Author): MergeResult {
  if (edit.status === undefined) return mergeFields(register, state, edit, author)
  const decided = mergeStatus(state, statusOf(edit), author, 'status')
  const merged = mergeFields(register, decided.state, edit, author)
  return {
    state: merged.state,
    applied: [...decided.applied, ...merged.applied],
    conflicts: [...decided.conflicts, ...merged.conflicts],
    isExact: decided.isExact && merged.isExact,
  }
}

function mergeFields(
  register: Register,
  state: MergeState,
  edit: { readonly kind?: OpKind; readonly fields: RecordValues },
  author: Author,
): MergeResult {
  const values: Record<string, FieldValue> = { ...state.values }
  const versions: Record<string, FieldVersion> = { ...state.versions }
  const applied: string[] = []
  const conflicts: FieldConflict[] = []
  let isExact = true
  const isClosed = isClosedUnseen(state, author)
  for (const [name, value] of Object.entries(edit.fields)) {
    const currentValue = state.values[name] ?? null
    if (areEqualValues(currentValue, value)) {
      // A first value counts as written even where it is empty; an agreed one keeps its version. A decision between two
      // values is a new one even when it keeps the old: whoever decides otherwise without knowing it must not undo it.
      if (edit.kind === 'resolve' || !Object.hasOwn(versions, name)) {
        values[name] = value
        versions[name] = nextVersion(versions[name] ?? NEVER, author)
      }
      continue
    }
    const hasSeen = !isClosed && isGroupSeen(register, state, name, author)
    if (hasSeen) values[name] = value
    else {
      isExact = false
      if (isClosed || !isUnion(register, name)) {
        conflicts.push(conflictOf(state, name, value))
        continue
      }
      values[name] = unionOf(currentValue, value)
    }
    versions[name] = nextVersion(state.versions[name] ?? NEVER, author)
    applied.push(name)
  }
  // The record exists from its first edit on: that edit is also the first word about its status.
  const statusVersion = state.statusVersion.seq === 0 ? nextVersion(NEVER, author) : state.statusVersion
  return { state: { ...state, statusVersion, values, versions }, applied, conflicts, isExact }
}

/** @param needs what must have been seen: a resolution decides about the status alone */
function mergeStatus(
  state: MergeState,
  next: LostStatus,
  author: Author,
  needs: 'status' | 'status and fields',
): MergeResult {
  const isSame =
    state.status === next.status && areEqualRecords(state.cancellation ?? {}, next.cancellation ?? {})
  if (isSame) {
    if (needs === 'status and fields') return unchanged(state)
    return {
      ...unchanged(state),
      state: { ...state, statusVersion: nextVersion(state.statusVersion, author) },
    }
  }
  const isStatusSeen = isVersionSeen(state.statusVersion, author)
  // Closing a record that someone has worked on meanwhile is a decision for a person.
  const isEveryFieldSeen =
    needs === 'status' ||
    next.status === 'active' ||
    Object.values(state.versions).every((version) => isVersionSeen(version, author))
  // Another's deletion is undone by saying so, not by cancelling what one happens to have on screen still.
  const isStillDeleted = next.status === 'cancelled' && isDeletedByOther(state, author)
  if (!isStatusSeen || !isEveryFieldSeen || isStillDeleted) return refuseStatus(state, next)
  return {
    state: { ...state, ...next, statusVersion: nextVersion(state.statusVersion, author) },
    applied: [STATUS_FIELD],
    conflicts: [],
    isExact: true,
  }
}

function statusOf(edit: Edit): LostStatus {
  const cancelled: LostStatus = { status: 'cancelled', cancellation: edit.cancellation, mergedInto: null }
  if (edit.kind === 'cancel' || edit.status === 'cancelled') return cancelled
  return { status: edit.kind === 'delete' ? 'deleted' : 'active', cancellation: null, mergedInto: null }
}

function refuseStatus(state: MergeState, lost: LostStatus): MergeResult {
  const { status, cancellation, mergedInto } = state
  const conflict: FieldConflict = {
    field: STATUS_FIELD,
    variant: 'own',
    kept: { status, cancellation, mergedInto },
    lost,
    keptVersion: state.statusVersion,
    lostVersion: null,
  }
  return { state, applied: [], conflicts: [conflict], isExact: false }
}

function conflictOf(state: MergeState, field: string, lost: FieldValue): FieldConflict {
  return {
    field,
    variant: 'own',
    kept: state.values[field] ?? null,
    lost,
    keptVersion: state.versions[field] ?? NEVER,
    lostVersion: null,
  }
}

function unchanged(state: MergeState): MergeResult {
  return { state, applied: [], conflicts: [], isExact: true }
}

/**
 * An edit of a record that someone else has closed meanwhile would quietly change a closed record. A deleted record is on
 * nobody's screen but of those who were editing it: another's deletion is never edited through.
 */
function isClosedUnseen(state: MergeState, author: Author): boolean {
  if (state.status !== 'cancelled' && state.status !== 'deleted') return false
  return !isVersionSeen(state.statusVersion, author) || isDeletedByOther(state, author)
}

function isDeletedByOther(state: MergeState, author: Author): boolean {
  return state.status === 'deleted' && state.statusVersion.writer !== author.writer
}

/** The newest change number at which anyone but `writer` wrote. */
function foreignSeqOf(version: FieldVersion, writer: number): number {
  return version.writer === writer ? version.foreignSeq : version.seq
}

function isVersionSeen(version: FieldVersion, author: Author): boolean {
  if (author.isRedirected) return false
  // What this very op has just decided (a resolution's status) is known to it.
  if (author.hasOwnChain || version.seq === author.seq)
    return foreignSeqOf(version, author.writer) <= author.baseSeq
  return version.seq <= author.baseSeq
}

/** The same over the field's group: a type and its number belong together, so one unseen half makes both unseen. */
function isGroupSeen(register: Register, state: MergeState, field: string, author: Author): boolean {
  const group = register.mergeGroups?.find((names) => names.includes(field))
  if (!group) return isVersionSeen(state.versions[field] ?? NEVER, author)
  return group.every((name) => isVersionSeen(state.versions[name] ?? NEVER, author))
}

function nextVersion(before: FieldVersion, { writer, seq }: Author): FieldVersion {
  return { seq, writer, foreignSeq: foreignSeqOf(before, writer) }
}

function isUnion(register: Register, name: string): boolean {
  const field = register.fields[name]
  return field !== undefined && mergeWayOf(field) === 'union'
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

/** An own edit as a page's record takes it. */
export type OverlaidEdit = Edit & {
  /** Kinds `merge` and `unmerge`: which of the two this record is, and the other one. */
  readonly pair?: { readonly side: 'winner' | 'loser'; readonly otherId: string }
}

/** A record as a page sees it; it shows those that are active or cancelled. */
export type ShownState = LostStatus & { readonly values: RecordValues }

/**
 * What a page shows: the server's state with the replica's own unconfirmed edits laid over it, in their order.
 * Own edits always win here: what was typed stays visible until the server has decided.
 *
 * @param edits of this record, and the merges and unmergings that have it as their other side
 */
export function overlayEdits(server: ShownState, edits: readonly OverlaidEdit[]): ShownState {
  let { status, cancellation, mergedInto } = server
  const values: Record<string, FieldValue> = { ...server.values }
  edits.forEach((edit, index) => {
    switch (edit.kind) {
      case 'set':
        Object.assign(values, edit.fields)
        break
      case 'resolve':
        Object.assign(values, edit.fields)
        if (edit.status !== undefined) ({ status, cancellation, mergedInto } = statusOf(edit))
        break
      case 'cancel':
      case 'restore':
      case 'delete':
        ;({ status, cancellation, mergedInto } = statusOf(edit))
        break
      case 'merge':
        if (edit.pair?.side === 'loser') {
          status = 'merged'
          mergedInto = edit.pair.otherId
        } else if (!edits.slice(index + 1).some((later) => isUnmergingOf(later, edit)))
          Object.assign(values, edit.fields)
        break
      case 'unmerge':
        if (edit.pair?.side === 'loser' && status === 'merged') {
          // What it was before the merge: a cancellation is kept through it.
          status = cancellation === null ? 'active' : 'cancelled'
          mergedInto = null
        }
        break
    }
  })
  return { status, cancellation, mergedInto, values }
}

/** Whether `later` takes back the merge `edit` of this winner: its picks are not shown then. */
function isUnmergingOf(later: OverlaidEdit, edit: OverlaidEdit): boolean {
  return (
    later.kind === 'unmerge' && later.pair?.side === 'winner' && later.pair.otherId === edit.pair?.otherId
  )
}
