/** Shapes of the pages 数据同步 and 冲突处理 and of what they ask for. Plain data only. */
import type { FieldValue } from '../fields/field.ts'
import type { RegisterName } from '../registers/register.ts'
import type { ServerStatus } from '../sync/op.ts'

/** `held`: the clerk has put it aside (搁置); `setAside`: the server has, with a reason. */
export type QueueState = 'pending' | 'held' | 'setAside'

/** One op without a receipt. */
export type QueueRow = {
  readonly n: number
  readonly register: RegisterName
  readonly recordId: string
  readonly title: string
  /** What was done, in words: 登记, 修改, 注销, 合并, … */
  readonly act: string
  readonly state: QueueState
  /** How often it was sent. */
  readonly attempts: number
  /** Why it is still here, in plain words; empty where it was not tried yet. */
  readonly reason: string
  readonly createdAt: number
  readonly by: string
}

export type QueuePage = {
  readonly rows: readonly QueueRow[]
  readonly total: number
  readonly counts: Readonly<Record<QueueState, number>>
}

/** One push of a round. Balanced when accepted + conflicts + setAside = sent. */
export type BatchRow = {
  readonly batchId: string
  readonly sentAt: number
  readonly sent: number
  readonly accepted: number
  readonly conflicts: number
  readonly setAside: number
  /** No answer came: sent again with the next round. */
  readonly unanswered: number
}

export type RoundRow = {
  readonly id: number
  readonly startedAt: number
  /** Null while it runs, and where the program ended in it. */
  readonly endedAt: number | null
  readonly outcome: 'running' | 'complete' | 'cancelled' | 'failed' | 'interrupted'
  readonly pushed: number
  readonly pulled: number
  readonly conflicts: number
  readonly setAside: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** In plain words; null where it ended well. */
  readonly error: string | null
  readonly batches: readonly BatchRow[]
}

export type RoundPage = { readonly rows: readonly RoundRow[]; readonly total: number }

/** A value with who wrote it. */
export type ConflictSide = {
  readonly value: FieldValue
  /** As the page shows it; for active/cancelled a word. */
  readonly text: string
  readonly by: string
  readonly station: string
  readonly at: number | null
}

export type ConflictRow = {
  readonly id: string
  readonly register: RegisterName
  readonly recordId: string
  readonly title: string
  readonly recordStatus: ServerStatus
  /** A field, or `@status`. */
  readonly field: string
  readonly label: string
  /** Conflicts of one record with the same group belong together and are decided together. */
  readonly group: string
  /** What the record shows now. */
  readonly kept: ConflictSide
  /** What the other wrote. */
  readonly lost: ConflictSide
  /** A decision made here waits for its receipt. */
  readonly isDecided: boolean
}

export type ConflictPage = { readonly rows: readonly ConflictRow[]; readonly total: number }

export type DuplicateSide = {
  readonly id: string
  readonly title: string
  readonly station: string
  readonly status: 'active' | 'cancelled'
  readonly createdAt: number
  readonly updatedAt: number
  /** Records that point to it. */
  readonly linkedCount: number
}

/** Two records with the same natural key. */
export type DuplicatePair = {
  readonly register: RegisterName
  readonly left: DuplicateSide
  readonly right: DuplicateSide
  /** Every field that either has, as text; `isDifferent` ones ask for a choice. */
  readonly fields: readonly {
    readonly field: string
    readonly label: string
    readonly left: string
    readonly right: string
    readonly isDifferent: boolean
  }[]
}

export type DuplicatePage = { readonly rows: readonly DuplicatePair[]; readonly total: number }

export type MergeLine = {
  readonly register: RegisterName
  readonly loserId: string
  readonly loserTitle: string
  readonly winnerId: string
  readonly winnerTitle: string
  readonly by: string
  readonly at: number
}

export type CheckReport = {
  readonly checkedAt: number
  /** Of 256. */
  readonly differingBuckets: number
  /** Records pulled again. */
  readonly repaired: number
  /** Records that only this machine has; they are offered to the server anew. */
  readonly onlyHere: number
  /** In plain words. */
  readonly message: string
}

export type PackageResult = {
  readonly path: string
  /** Ops written, or receipts and records taken in. */
  readonly count: number
  readonly message: string
}

export type EnrolmentPreview = {
  readonly stationCode: string
  readonly stationName: string
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** SHA-256 fingerprint of the authority's certificate, in groups, or null for a file without one. */
  readonly fingerprint: string | null
  readonly validUntil: number
}
