import type { PushAnswer } from '../../../src-shared/contract/server-messages.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { reshowRecord } from '../services/show-record.ts'
import { IS_HELD } from '../services/sync-queue.ts'
import { touch, type TouchedRecords } from '../services/touched-records.ts'

/** Acknowledged ops are kept so long, to be sent again should the server lose them. */
const KEEP_ACKED_MS = 35 * 86_400_000

/** The newest number the outbox has ever given out. */
export function readNewestNumber(database: ReadDatabase): number {
  const row = database.firstOf("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
  return Number(row?.['seq'] ?? 0)
}

/** An op as it goes over the line: its JSON, made without reading the body. */
export type OutgoingOp = { readonly n: number; readonly text: string }

const COLUMNS = 'n, op_id, register, record_id, kind, base_seq, body, hash'

/**
 * The next ops to send, in their order: those without a receipt, and those the server should have but says it has not
 * (numbers after its `lastN`). What the clerk has put aside or withdrawn stays here.
 *
 * @param after only numbers after this one
 * @param upTo and none after this one: what is saved meanwhile goes with the next round
 */
export function listOpsToSend(
  database: ReadDatabase,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  lastN: number,
  limits: { readonly ops: number; readonly bytes: number },
): readonly OutgoingOp[] {
  // Two searches by index: a walk over all acknowledged ops of 35 days would cost every round.
  const rows = database.allOf(
    `SELECT ${COLUMNS} FROM outbox WHERE n IN (
       SELECT n FROM (
         SELECT n FROM outbox INDEXED BY outbox_state
         WHERE state = 'pending' AND n > ? AND n <= ? AND NOT ${IS_HELD} ORDER BY n LIMIT ?)
       UNION
       SELECT n FROM (
         SELECT n FROM outbox WHERE n > ? AND n <= ? AND (state = 'acked' OR state = 'setAside')
         ORDER BY n LIMIT ?)
     ) ORDER BY n LIMIT ?`,
    after,
    upTo,
    limits.ops,
    Math.max(after, lastN),
    upTo,
    limits.ops,
    limits.ops,
  )
  return toOutgoing(rows, limits.bytes)
}

/**
 * One op, and those of the same record (or the two records of a merge) before it that have no receipt either. One that the
 * server has refused is sent again as it is: the server decides anew, for what it lacked may have come (a code of a dictionary).
 */
export function listOpsUpTo(database: ReadDatabase, n: number): readonly OutgoingOp[] {
  const rows = database.allOf(
    `WITH RECURSIVE wanted(n) AS (
       SELECT n FROM outbox WHERE n = ? AND state IN ('pending', 'setAside')
       UNION
       SELECT earlier.n FROM wanted JOIN outbox AS later ON later.n = wanted.n
       JOIN outbox AS earlier ON earlier.register = later.register AND earlier.n < later.n
         AND (earlier.record_id IN (later.record_id, later.loser_id)
           OR earlier.loser_id IN (later.record_id, later.loser_id))
       WHERE earlier.state = 'pending' OR (earlier.state = 'setAside' AND later.state = 'setAside')
     )
     SELECT ${COLUMNS} FROM outbox WHERE n IN (SELECT n FROM wanted) ORDER BY n`,
    n,
  )
  return toOutgoing(rows, Number.MAX_SAFE_INTEGER)
}

function toOutgoing(
  rows: readonly Readonly<Record<string, unknown>>[],
  limit: number,
): readonly OutgoingOp[] {
  const ops: OutgoingOp[] = []
  let bytes = 0
  for (const row of rows) {
    // Ids, names and hashes need no escaping; the body stands in the table as JSON.
    const text = `{"n":${Number(row['n'])},"opId":"${String(row['op_id'])}","register":"${String(row['register'])}","recordId":"${String(row['record_id'])}","kind":"${String(row['kind'])}","baseSeq":${Number(row['base_seq'])},"body":${String(row['body'])},"hash":"${String(row['hash'])}"}`
    bytes += Buffer.byteLength(text) + 1
    // One op goes out whatever its size: alone, the server can say that it is too large.
    if (ops.length > 0 && bytes > limit) break
    ops.push({ n: Number(row['n']), text })
  }
  return ops
}

/** How many ops {@link listOpsToSend} will give in all. */
export function countOpsToSend(database: ReadDatabase, lastN: number): number {
  const row = database.firstOf(
    `SELECT
       (SELECT count(*) FROM outbox INDEXED BY outbox_state WHERE state = 'pending' AND NOT ${IS_HELD}) +
       (SELECT count(*) FROM outbox WHERE n > ? AND (state = 'acked' OR state = 'setAside')) AS count`,
    lastN,
  )
  return Number(row?.['count'] ?? 0)
}

/**
 * Stores the server's receipts and refusals of a push, in the caller's transaction. Only what stands here makes a record
 * 已上传.
 *
 * @param marked filled with the records of which no more than the mark has changed
 */
export function storePushAnswer(
  database: WriteDatabase,
  answer: PushAnswer,
  touched: TouchedRecords,
  marked: TouchedRecords = touched,
): void {
  const receipts = JSON.stringify(answer.receipts)
  database.runOf(
    `UPDATE outbox SET state = 'acked', seq = got.seq, acked_at = ?, refusal = NULL, last_error = NULL,
       attempts = attempts + 1, receipt = '{"seq":' || got.seq || ',"at":' || ? || ',"conflicts":[]}'
     FROM (SELECT value ->> 0 AS n, value ->> 1 AS seq FROM json_each(?)) AS got WHERE outbox.n = got.n`,
    answer.serverTime,
    answer.serverTime,
    receipts,
  )
  for (const result of answer.results) {
    if (result.outcome === 'setAside') setAside(database, result.n, result.reason)
    else
      database.runOf(
        "UPDATE outbox SET receipt = json_set(receipt, '$.conflicts', json(?)) WHERE n = ?",
        JSON.stringify(result.fields),
        result.n,
      )
  }
  const numbers = JSON.stringify([
    ...answer.receipts.map(([n]) => n),
    ...answer.results.map((result) => result.n),
  ])
  recountPending(database, numbers, marked)
  settleOverlay(database, numbers, touched)
}

/**
 * Records that the answer shows differently: a receipt may come after the pull that already contains its op (the answer
 * was lost, then an account that may not push pulled); a record that others have merged or deleted goes out of sight with the receipt
 * of its last own op; a refused decision is as if it had not been made.
 */
function settleOverlay(database: WriteDatabase, numbers: string, touched: TouchedRecords): void {
  const rows = database.allOf(
    `SELECT DISTINCT register, record_id FROM (
       SELECT outbox.register, outbox.record_id FROM outbox JOIN server_record AS kept
         ON kept.register = outbox.register AND kept.record_id = outbox.record_id
       WHERE outbox.n IN (SELECT value FROM json_each(?)) AND (
         kept.seq >= outbox.seq OR json_extract(kept.body, '$.status') IN ('merged', 'deleted'))
       UNION ALL
       SELECT register, record_id FROM outbox
       WHERE n IN (SELECT value FROM json_each(?)) AND kind NOT IN ('set', 'cancel', 'restore') AND state = 'setAside'
       UNION ALL
       SELECT register, loser_id FROM outbox
       WHERE n IN (SELECT value FROM json_each(?)) AND loser_id IS NOT NULL AND state = 'setAside'
     )`,
    numbers,
    numbers,
    numbers,
  )
  for (const row of rows)
    reshowRecord(database, row['register'] as RegisterName, String(row['record_id']), touched)
}

/** Takes one op out of the way of the others, with the reason the clerk is shown. */
export function setAsideOp(
  database: WriteDatabase,
  n: number,
  reason: string,
  touched: TouchedRecords,
): void {
  setAside(database, n, reason)
  recountPending(database, JSON.stringify([n]), touched)
  settleOverlay(database, JSON.stringify([n]), touched)
}

function setAside(database: WriteDatabase, n: number, reason: string): void {
  database.runOf(
    `UPDATE outbox SET state = 'setAside', refusal = ?, last_error = NULL, attempts = attempts + 1
     WHERE n = ? AND state IN ('pending', 'setAside')`,
    reason,
    n,
  )
}

/** Counts a failed attempt on every op that was sent, with why it failed. */
export function noteAttempt(
  database: WriteDatabase,
  ops: readonly OutgoingOp[],
  reason: string | null,
): void {
  database.runOf(
    `UPDATE outbox SET attempts = attempts + 1, last_error = coalesce(?, last_error)
     WHERE n IN (SELECT value FROM json_each(?))`,
    reason,
    JSON.stringify(ops.map((op) => op.n)),
  )
}

/** Counts anew the ops without a receipt of the records of these ops. */
export function recountPending(database: WriteDatabase, numbers: string, touched: TouchedRecords): void {
  for (const name of REGISTER_NAMES) {
    const ids = database.pluck<string>(
      `SELECT DISTINCT record_id FROM outbox
       WHERE n IN (SELECT value FROM json_each(?)) AND register = ?`,
      numbers,
      name,
    )
    if (ids.length === 0) continue
    const { table } = getRegister(name)
    database.runOf(
      `UPDATE ${table} SET pending_ops = (
         SELECT count(*) FROM outbox INDEXED BY outbox_record
         WHERE register = ? AND record_id = ${table}.id AND state IN ('pending', 'setAside')
       ) WHERE id IN (SELECT value FROM json_each(?))`,
      name,
      JSON.stringify(ids),
    )
    touch(touched, name, ...ids)
  }
}

/** Lets go of old acknowledged ops whose result the pull has brought back. `now` is the server's time. */
export function pruneOutbox(database: WriteDatabase, cursor: number, now: number): void {
  // Numbers grow with time: while the first is young there is nothing to look for among the others.
  const first = database.firstOf(
    "SELECT acked_at FROM outbox INDEXED BY outbox_state WHERE state = 'acked' ORDER BY n LIMIT 1",
  )
  if (first === undefined || Number(first['acked_at']) >= now - KEEP_ACKED_MS) return
  // What corrects an older op that is set aside stays as long as that one.
  database.runOf(
    `DELETE FROM outbox WHERE state = 'acked' AND acked_at < ? AND seq <= ? AND NOT EXISTS (
       SELECT 1 FROM outbox AS older
       WHERE older.register = outbox.register AND older.record_id = outbox.record_id
         AND older.state = 'setAside' AND older.n < outbox.n)`,
    now - KEEP_ACKED_MS,
    cursor,
  )
}
