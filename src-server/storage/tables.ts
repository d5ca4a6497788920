import type { Generated, GeneratedAlways } from 'kysely'
import type { ServerStatus } from '../../src-shared/sync/op.ts'

/** The tables of migrations/server as kysely sees them. JSON columns are text here; callers parse them. */
export type ServerTables = {
  meta: { name: string; value: string }
  counter: { id: number; seq: number }
  station: { code: string; name: string; scope: string; created_at: number }
  account: {
    name: string
    display_name: string
    station_code: string
    role: 'clerk' | 'viewer' | 'administrator'
    password_hash: string
    created_at: number
  }
  sign_in_failure: { account_name: string; failures: number; failed_at: number }
  session: {
    token_hash: string
    account_name: string
    created_at: number
    expires_at: number
    replica: string | null
  }
  refresh_token: {
    token_hash: string
    account_name: string
    replica: string
    created_at: number
    expires_at: number
  }
  enrolment: {
    code_hash: string
    station_code: string
    label: string
    created_at: number
    expires_at: number
    used_at: number | null
    replica: string | null
  }
  replica_access: {
    replica: string
    public_key: string | null
    station_code: string
    label: string
    enrolled_at: number
    formerly: string | null
    revoked_at: number | null
  }
  used_proof: { nonce: string; expires_at: number }
  replica: {
    number: GeneratedAlways<number>
    id: string
    scope: string
    station_code: string
    last_n: number
    cursor: number
    /** Has a default. */
    pulled_to: Generated<number>
    app: string
    created_at: number
    seen_at: number
  }
  record: RecordRow
  op_log: {
    replica: number
    n: number
    op_id: string
    seq: number | null
    hash: string
    register: string
    record_id: string
    kind: string
    base_seq: number
    body: string
    result: string
    account_name: string
    received_at: number
  }
  set_aside: {
    replica: number
    n: number
    register: string
    record_id: string
    reason: string
    seq: number | null
    sender: number
    sender_n: number
    batches: string
    withdrawn_at: Generated<number | null>
  }
  conflict: ConflictRow
  touch: { seq: number; register: string; record_id: string }
  alias: AliasRow
  dismissed: { register: string; record_id: string; other_id: string; replica: number; seq: number }
  reference: { target: string; register: string; id: string; field: string }
  bucket: { scope: string; bucket: number; count: number; sum: number }
  natural_key: { register: string; record_id: string; scope: string; key: string }
  dictionary: { name: string; version: number }
  dictionary_entry: {
    dictionary: string
    code: string
    name: string
    parent: string | null
    mnemonic: string | null
    valid_from: string | null
    valid_to: string | null
    version: number
  }
  package_key: { replica: string; public_key: string; account_name: string; registered_at: number }
  blob_use: { scope: string; hash: string; named_at: number; is_stored: number }
  blob: { scope: string; hash: string; bytes: Buffer; stored_at: number }
  blob_part: { replica: number; hash: string; size: number; bytes: Buffer; touched_at: number }
  audit: {
    id: GeneratedAlways<number>
    at: number
    account_name: string
    station_code: string
    act: string
    detail: string
  }
}

export type RecordRow = {
  register: string
  id: string
  scope: string
  station_code: string
  seq: number
  status: ServerStatus
  merged_into: string | null
  cancellation: string | null
  declaration_version: number
  data: string
  versions: string
  created_at: number
  updated_at: number
  updated_by: string
  updated_station: string
  updated_as: string | null
  bucket: number
  echo_replica: number
  echo_after: number
  open_conflicts: number
  duplicates: number
  has_alias: number
}

export type ConflictRow = {
  id: string
  register: string
  record_id: string
  origin_id: string | null
  scope: string
  field: string
  base_seq: number
  kept: string
  kept_by: string
  kept_station: string
  kept_at: number
  lost: string
  replica: number
  n: number
  seq: number
  account_name: string
  station_code: string
  at: number
  state: 'open' | 'resolved'
  resolved_seq: number | null
  resolved_by: string | null
  resolved_station: string | null
  resolved_at: number | null
}

export type AliasRow = {
  register: string
  loser: string
  scope: string
  winner: string
  target: string
  undo: string
  seq: number
}
