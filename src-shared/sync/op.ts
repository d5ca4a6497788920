import type { FieldValue, RecordValues } from '../fields/field.ts'
import { canonicalJson } from '../fields/merge.ts'
import type { RecordStatus, RegisterName } from '../registers/register.ts'
import type { RecordProvenance } from '../values/provenance.ts'
import type { ChangeKind } from './change-kind.ts'

/**
 * What an op does to its record. `resolve` decides conflicts (or says that two records are not the same thing), `merge`
 * makes another record (`body.merge.loserId`) another name of this one, `unmerge` takes it (its own id) out again, `delete` takes out what should
 * never have been made, `restore` undoes `cancel` and `delete`.
 */
export type OpKind = (typeof OP_KINDS)[number]
export const OP_KINDS = ['set', 'cancel', 'restore', 'resolve', 'merge', 'unmerge', 'delete'] as const

/** What the history calls an op. */
export const OP_ACTS = [
  'created',
  'changed',
  'cancelled',
  'restored',
  'assigned',
  'resolved',
  'merged',
  'unmerged',
  'deleted',
] as const
export type OpAct = (typeof OP_ACTS)[number]

/**
 * One edit of one record by one operator, numbered `n` per replica. Applying the same op twice is applying it once:
 * the server knows it by replica and n, and compares `hash`.
 */
export type Op = {
  /** Number in the replica's outbox; never used again. */
  readonly n: number
  /** UUIDv7 of the op itself. */
  readonly opId: string
  readonly register: RegisterName
  readonly recordId: string
  readonly kind: OpKind
  /** Server change number of the version the edit was made on; 0 for a record the server has not confirmed. */
  readonly baseSeq: number
  readonly body: OpBody
  /** SHA-256 (hexadecimal) of the canonical JSON of everything above but `n`. */
  readonly hash: string
}

export type OpBody = {
  /**
   * The fields this edit wrote (kinds `set`, `resolve`, and of a `merge` those taken from the loser), else empty. A new
   * record's first op carries all its fields.
   */
  readonly fields: RecordValues
  /** Values of the cancellation's fields (kind `cancel`, and `resolve` to cancelled), else null. */
  readonly cancellation: RecordValues | null
  /** Reason of a correction, restoration, assignment, undo, unmerging or deletion, or the name of a flow's step; else empty. */
  readonly reason: string
  readonly act: OpAct
  /** How the values of {@link fields} came into the form, as far as it is known. */
  readonly provenance?: RecordProvenance
  /** Whether a modification is a new fact or puts right what was never so; absent: nobody was asked, a plain change. */
  readonly changeKind?: ChangeKind
  /** With `change`: `YYYY-MM-DD`, since when the new fact holds. */
  readonly effectiveDate?: string
  /** Kind `resolve`: ids of the conflicts it decides. */
  readonly resolves?: readonly string[]
  /** Kind `resolve` of a conflict about the status: what it is to be. */
  readonly status?: RecordStatus
  /** Kind `resolve`: ids of records that have the same natural key and are not the same thing. */
  readonly distinctFrom?: readonly string[]
  /** Kind `resolve`, and nothing else in it: ids of ops that the server has set aside and the clerk has taken back. */
  readonly withdraws?: readonly string[]
  /** Kind `merge`: the other record, and the change number of its state that was seen. */
  readonly merge?: { readonly loserId: string; readonly loserBaseSeq: number }
  /** Offered by the program because a server that was put back may have lost it; nobody typed it anew. */
  readonly isRescue?: true
  readonly declarationVersion: number
  readonly accountName: string
  readonly stationCode: string
  /** UTC milliseconds from the learnt server offset; shown, never used to order. */
  readonly at: number
}

/**
 * What the server says of a record. `merged`: another name of a record it was merged into; `deleted`: should never have
 * been made. Neither is in a register's table of a client; both can come back.
 */
export type ServerStatus = RecordStatus | 'merged' | 'deleted'

/** The server's view of one record. */
export type ServerRecord = {
  readonly register: RegisterName
  readonly recordId: string
  readonly seq: number
  readonly status: ServerStatus
  /** With `merged`: the record it is another name of. */
  readonly mergedInto: string | null
  readonly cancellation: RecordValues | null
  readonly declarationVersion: number
  readonly stationCode: string
  readonly values: RecordValues
  readonly createdAt: number
  readonly updatedAt: number
  /** Who made the newest change, at which station: for the history of other replicas. */
  readonly updatedBy: string
  readonly updatedStation: string
  /** What the newest change said of itself; absent where it said nothing, or the server does not tell. */
  readonly updatedAs?: LastChange
  /** Open conflicts of this record. */
  readonly conflicts: readonly RecordConflict[]
  /** Ids of other records of the scope with the same natural key that nobody has said to be another thing. */
  readonly duplicates: readonly string[]
}

/** The newest change of a record in its writer's words: of the fields it wrote only, not of what changed before. */
export type LastChange = {
  /** An {@link OpAct}, or one of a later version. */
  readonly act: string
  /** The fields whose value it set. */
  readonly fields: readonly string[]
  readonly reason?: string
  /** A {@link ChangeKind}, or one of a later version. */
  readonly changeKind?: string
  readonly effectiveDate?: string
}

/** A value that was written without knowledge of the current one and waits for a person. */
export type RecordConflict = {
  /** `<opId of the op that lost>/<field>`: the same on every replica and after a restore. */
  readonly id: string
  /** A field, or `@status`. */
  readonly field: string
  /** The value that lost; for `@status` a {@link LostStatus}. */
  readonly lost: FieldValue | LostStatus
  readonly by: string
  readonly station: string
  /** UTC milliseconds. */
  readonly at: number
  /** Who had written the value that was kept; empty where the log does not say. */
  readonly keptBy: string
  readonly keptStation: string
  readonly keptAt: number
}

export type LostStatus = {
  readonly status: ServerStatus
  readonly cancellation: RecordValues | null
  readonly mergedInto: string | null
}

/**
 * The text whose SHA-256 (UTF-8, hexadecimal) is the op's `hash`: everything of the op but `n`, so that an op keeps its
 * hash when a restored store numbers it anew. The outbox stores `canonicalJson(body)` in its column `body`.
 */
export function opHashText(op: Omit<Op, 'n' | 'hash'>): string {
  return canonicalJson({
    opId: op.opId,
    register: op.register,
    recordId: op.recordId,
    kind: op.kind,
    baseSeq: op.baseSeq,
    body: op.body,
  })
}
