import {
  serverRecord,
  type OpEnvelope,
  type PushAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import { REGISTER_NAMES, getRegister } from '../../../src-shared/registers/registers.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { applyServerRecord } from '../services/apply-server-record.ts'

/** Acknowledged ops are kept so long, to be sent again should the server lose them. */
const KEEP_ACKED_MS = 35 * 86_400_000

/** The newest number the outbox has ever given out. */
export function readNewestNumber(database: ReadDatabase): number {
  const row = database.firstOf("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
  return Number(row?.['seq'] ?? 0)
}

/**
 * The next ops to send, in their order: those without a receipt, and those the server should have but says it has not
 * (numbers after its `lastN`).
 *
 * @param afterN only numbers after this one
 */
export function listOpsToSend(
  database: ReadDatabase,
  afterN: number,
  lastN: number,
  limits: { readonly ops: number; readonly bytes: number },
): readonly OpEnvelope[] {
  const rows = database.allOf(
    `SELECT n, op_id, register, record_id, kind, base_seq, body, hash FROM outbox
     WHERE n > ? AND (state = 'pending' OR n > ?) ORDER BY n LIMIT ?`,
    afterN,
    lastN,
    limits.ops,
  )
  const ops: OpEnvelope[] = []
  let bytes = 0
  for (const row of rows) {
    bytes += Buffer.byteLength(String(row['body'])) + 300
    // One op goes out whatever its size: alone, the server can say that it is too large.
    if (ops.length > 0 && bytes > limits.bytes) break
    ops.push({
      n: Number(row['n']),
      opId: String(row['op_id']),
      register: String(row['register']),
      recordId: String(row['record_id']),
      kind: String(row['kind']),
      baseSeq: Number(row['base_seq']),
      body: JSON.parse(String(row['body'])) as OpEnvelope['body'],
      hash: String(row['hash']),
    })
  }
  return ops
}

/** How many ops {@link listOpsToSend} will give in all. */
export function countOpsToSend(database: ReadDatabase, lastN: number): number {
  const row = database.firstOf("SELECT count(*) AS count FROM outbox WHERE state = 'pending' OR n > ?", lastN)
  return Number(row?.['count'] ?? 0)
}

/** Records whose mark has changed. */
export type MarkedRecords = ReadonlyMap<RegisterName, readonly string[]>

/**
 * Stores the server's receipts and refusals of a push, in the caller's transaction. Only what stands here makes a record
 * 已上传.
 */
export function storePushAnswer(database: WriteDatabase, answer: PushAnswer): MarkedRecords {
  const special = new Map(answer.results.map((result) => [result.n, result]))
  const marked = new Set<number>()
  for (const [n, seq] of answer.receipts) {
    const result = special.get(n)
    const conflicts = result?.outcome === 'conflict' ? result.fields : []
    const changes = database.runOf(
      `UPDATE outbox SET state = 'acked', seq = ?, receipt = ?, acked_at = ?, refusal = NULL,
         attempts = attempts + 1 WHERE n = ?`,
      seq,
      JSON.stringify({ seq, at: answer.serverTime, conflicts }),
      answer.serverTime,
      n,
    ).changes
    if (changes > 0) {
      marked.add(n)
      settleOverlay(database, n, seq)
    }
  }
  for (const result of answer.results) {
    if (result.outcome !== 'setAside') continue
    setAside(database, result.n, result.reason)
    marked.add(result.n)
  }
  return recountPending(database, [...marked])
}

/**
 * A receipt may come after the pull that already contains its op (the answer was lost, then an account that may not push pulled):
 * the record is shown anew without that op laid over it.
 */
function settleOverlay(database: WriteDatabase, n: number, seq: number): void {
  const kept = database.firstOf(
    `SELECT server_record.body AS body FROM outbox
     JOIN server_record USING (register, record_id)
     WHERE outbox.n = ? AND server_record.seq >= ?`,
    n,
    seq,
  )
  const state = kept && serverRecord.safeParse(JSON.parse(String(kept['body'])))
  if (state?.success) applyServerRecord(database, state.data, state.data.updatedAt)
}

/** Takes one op out of the way of the others, with the reason the clerk is shown. */
export function setAsideOp(database: WriteDatabase, n: number, reason: string): MarkedRecords {
  setAside(database, n, reason)
  return recountPending(database, [n])
}

function setAside(database: WriteDatabase, n: number, reason: string): void {
  database.runOf(
    "UPDATE outbox SET state = 'setAside', refusal = ?, attempts = attempts + 1 WHERE n = ? AND state <> 'acked'",
    reason,
    n,
  )
}

/** Counts a failed attempt on every op that was sent. */
export function noteAttempt(database: WriteDatabase, ops: readonly OpEnvelope[]): void {
  for (const op of ops) database.runOf('UPDATE outbox SET attempts = attempts + 1 WHERE n = ?', op.n)
}

function recountPending(database: WriteDatabase, numbers: readonly number[]): MarkedRecords {
  const marked = new Map<RegisterName, string[]>()
  const rows = database.allOf(
    'SELECT DISTINCT register, record_id FROM outbox WHERE n IN (SELECT value FROM json_each(?))',
    JSON.stringify(numbers),
  )
  for (const name of REGISTER_NAMES) {
    const ids = rows.filter((row) => row['register'] === name).map((row) => String(row['record_id']))
    if (ids.length === 0) continue
    const { table } = getRegister(name)
    for (const id of ids) {
      database.runOf(
        `UPDATE ${table} SET pending_ops = (
           SELECT count(*) FROM outbox WHERE register = ? AND record_id = ? AND state <> 'acked'
         ) WHERE id = ?`,
        name,
        id,
        id,
      )
    }
    marked.set(name, ids)
  }
  return marked
}

/** Lets go of old acknowledged ops whose result the pull has brought back. `now` is the server's time. */
export function pruneOutbox(database: WriteDatabase, cursor: number, now: number): void {
  database.runOf(
    "DELETE FROM outbox WHERE state = 'acked' AND acked_at < ? AND seq <= ?",
    now - KEEP_ACKED_MS,
    cursor,
  )
}
