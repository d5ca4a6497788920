import type { RecordValues } from '../fields/field.ts'
import { canonicalJson } from '../fields/merge.ts'
import type { RecordStatus, RegisterName } from '../registers/register.ts'

/** What an op does to its record. */
export type OpKind = 'set' | 'cancel' | 'restore'

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
  /** The fields this edit wrote (kind `set`), else empty. A new record's first op carries all its fields. */
  readonly fields: RecordValues
  /** Values of the cancellation's fields (kind `cancel`), else null. */
  readonly cancellation: RecordValues | null
  /** Reason of a restoration, assignment or undo; else empty. */
  readonly reason: string
  /** What the history calls it. */
  readonly act: 'created' | 'changed' | 'cancelled' | 'restored' | 'assigned'
  readonly declarationVersion: number
  readonly accountName: string
  readonly stationCode: string
  /** UTC milliseconds from the learnt server offset; shown, never used to order. */
  readonly at: number
}

/** The server's view of one record. */
export type ServerRecord = {
  readonly register: RegisterName
  readonly recordId: string
  readonly seq: number
  readonly status: RecordStatus
  readonly cancellation: RecordValues | null
  readonly declarationVersion: number
  readonly stationCode: string
  readonly values: RecordValues
  readonly createdAt: number
  readonly updatedAt: number
  /** Who made the newest change, at which station: for the history of other replicas. */
  readonly updatedBy: string
  readonly updatedStation: string
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
