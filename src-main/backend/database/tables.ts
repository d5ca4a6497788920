import type { ColumnType, Generated } from 'kysely'
import type { SheetState } from '../../../src-shared/batches/balance.ts'
import type { ColumnValue } from '../../../src-shared/fields/columns.ts'
import type { ChangeKind } from '../../../src-shared/sync/change-kind.ts'
import type { OpKind, OpBody } from '../../../src-shared/sync/op.ts'
import type { RoundRow } from '../../../src-shared/contract/sync-types.ts'
import type { RecordStatus, RegisterName } from '../../../src-shared/registers/register.ts'

/**
 * Columns of the client's tables, in camelCase (kysely's CamelCasePlugin writes them in snake_case). The migrations are
 * the truth; a test compares.
 */
type RecordColumns = {
  /** SQLite row number: small, stable, used inside the store only. */
  row: Generated<number>
  id: string
  declarationVersion: number
  status: RecordStatus
  cancellation: string | null
  createdAt: number
  updatedAt: number
  revision: number
  stationCode: string
  serverSeq: number
  pendingOps: number
}

/** A register's table: the common columns and one column a declared field. */
export type RegisterTable = RecordColumns & Record<string, ColumnValue | Generated<number>>

export type ChangeLogTable = {
  id: Generated<number>
  register: RegisterName
  recordId: string
  act: OpBody['act']
  changes: string
  reason: string
  accountName: string
  stationCode: string
  at: number
  opN: number | null
  serverSeq: number | null
  provenance: ColumnType<string | null, string | null | undefined, string | null>
  changeKind: ColumnType<ChangeKind | null, ChangeKind | null | undefined, ChangeKind | null>
  effectiveDate: ColumnType<string | null, string | null | undefined, string | null>
  cardChoices: ColumnType<string | null, string | null | undefined, string | null>
}

export type OutboxTable = {
  n: Generated<number>
  opId: string
  register: RegisterName
  recordId: string
  kind: OpKind
  loserId: string | null
  baseSeq: number
  body: string
  hash: string
  createdAt: number
  state: OpState
  attempts: ColumnType<number, number | undefined, number>
  lastError: ColumnType<string | null, string | null | undefined, string | null>
  seq: number | null
  receipt: string | null
  ackedAt: number | null
  refusal: string | null
  withdrawnAt: ColumnType<number | null, number | null | undefined, number | null>
}

/** What has become of an op: see the migration 0040. */
export type OpState = 'pending' | 'acked' | 'setAside' | 'withdrawn'

export type Tables = Readonly<Record<RegisterName, RegisterTable>> & {
  nameKey: { register: RegisterName; key: string; row: number; updatedAt: number; status: RecordStatus }
  registerCount: { register: RegisterName; active: number; cancelled: number }
  changeLog: ChangeLogTable
  outbox: OutboxTable
  serverRecord: { register: RegisterName; recordId: string; seq: number; body: string }
  audit: {
    id: Generated<number>
    at: number
    accountName: string
    stationCode: string
    act: string
    register: string
    recordId: string
    detail: string
  }
  draft: { id: string; register: RegisterName; head: string; updatedAt: number }
  draftInput: { draftId: string; field: string; input: string }
  setting: { name: string; value: string }
  dictionaryEntry: {
    dictionary: string
    code: string
    name: string
    parent: string | null
    mnemonic: string | null
    validFrom: string | null
    validTo: string | null
    origin: 'server' | 'demo'
  }
  lookupRecent: { accountName: string; source: string; code: string; score: number; at: number }
  photo: { hash: string; bytes: Uint8Array }
  heldRecord: { register: RegisterName; recordId: string; heldBy: string; at: number }
  conflict: {
    id: string
    register: RegisterName
    recordId: string
    field: string
    at: number
    body: string
    isDecided: number
  }
  duplicate: { register: RegisterName; recordId: string; otherId: string; isDecided: number }
  goneRecord: {
    register: RegisterName
    recordId: string
    seq: number
    status: 'merged' | 'deleted'
    mergedInto: string | null
    at: number
    body: string
  }
  movedReference: { register: RegisterName; recordId: string; field: string; loserId: string }
  batch: {
    id: string
    accountName: string
    register: RegisterName
    communityCode: string | null
    collectorId: string | null
    collectionDate: string
    expectedCount: number
    openedDate: string
    closedDate: string | null
    turn: number
  }
  batchSheet: {
    id: Generated<number>
    batchId: string | null
    accountName: string
    register: RegisterName
    state: SheetState
    recordId: string | null
    reason: string
    draft: string | null
    day: string
    at: number
    undoneAt: ColumnType<number | null, number | null | undefined, number | null>
  }
  dayEnd: {
    id: Generated<number>
    accountName: string
    day: string
    confirmedAt: number
    isBalanced: number
    reason: string
    body: string
  }
  ownMeter: {
    accountName: string
    day: string
    register: RegisterName
    recordCount: number
    keyCount: number
    openingMs: number
    savingMs: number
    listMs: number
  }
  syncRound: {
    id: Generated<number>
    startedAt: number
    endedAt: number | null
    outcome: RoundRow['outcome']
    pushed: number
    pulled: number
    conflicts: number
    setAside: number
    bytesSent: number
    bytesReceived: number
    error: string | null
  }
  syncBatch: {
    batchId: string
    roundId: number
    sentAt: number
    sent: number
    accepted: number
    conflicts: number
    setAside: number
    unanswered: number
  }
}
