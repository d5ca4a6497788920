import { canonicalJson } from '../../../src-shared/fields/merge.ts'
import { opContent, ownOpsAnswer, type OpEnvelope } from '../../../src-shared/contract/server-messages.ts'
import type { OpBody } from '../../../src-shared/sync/op.ts'
import type { WriteDatabase } from '../database/database.ts'
import { findRecord } from '../queries/record-row.ts'
import { reshowRecord } from '../services/show-record.ts'
import { touch, type TouchedRecords } from '../services/touched-records.ts'
import { logOwnChange, wordOf } from '../services/write-edit.ts'
import { ask, identityOf, letOthersGo, tellRound, type Round } from './round-line.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'

/** Ops asked for at once, and stored in one act. */
const OPS_PER_PAGE = 200

type OwnOp = OpEnvelope & {
  readonly seq: number | null
  readonly receivedAt: number
  readonly reason: string | null
}

/**
 * The store has lost its newest end (a cleaner removed the `-wal`, or the file was restored from a copy): the server
 * has ops of this replica with numbers that were not given out here yet. They are brought back into the outbox, the records and
 * the history. The caller takes a new replica id afterwards: no number is used twice.
 *
 * @returns how many ops came back
 * @throws ServerFailure
 */
export async function recoverOwnOps(round: Round, lastN: number): Promise<number> {
  const { store } = round.options
  let count = 0
  let afterN = firstUnsureNumber(round)
  for (;;) {
    const answer = await ask(
      round,
      '/sync/1/own-ops',
      { ...identityOf(round), afterN, limit: OPS_PER_PAGE },
      ownOpsAnswer,
    )
    const touched: TouchedRecords = new Map()
    count += await store.write((database) => {
      let stored = 0
      for (const op of answer.ops) if (storeOwnOp(database, op, touched)) stored += 1
      return stored
    })
    tellRound(round, touched)
    afterN = answer.ops.at(-1)?.n ?? afterN
    if (!answer.more || answer.ops.length === 0) break
    await letOthersGo(round)
  }
  await store.write((database) => {
    writeSyncState(database, { cursor: 0 })
    // No number that the server has seen is given out again, also under another replica id.
    database.runOf("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'outbox'", lastN)
  })
  return count
}

/** Up to here the server and this store agree: numbers that wait here may be others there. */
function firstUnsureNumber(round: Round): number {
  const { read } = round.options.store
  const { reinstatedFrom } = readSyncState(read)
  const waiting = read.pluck<number | null>("SELECT min(n) FROM outbox WHERE state <> 'acked'")[0]
  if (typeof waiting === 'number') return Math.min(waiting - 1, reinstatedFrom ?? waiting)
  if (reinstatedFrom !== null) return reinstatedFrom
  return Number(
    read.pluck<number>("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'")[0],
  )
}

/** @returns whether it was missing here */
function storeOwnOp(database: WriteDatabase, op: OwnOp, touched: TouchedRecords): boolean {
  const content = opContent.safeParse(op)
  // Of a newer program: its effect comes with the pull.
  if (!content.success) return false
  const known = database.firstOf('SELECT n FROM outbox WHERE op_id = ?', op.opId)
  if (known) {
    if (op.seq !== null)
      database.runOf(
        "UPDATE outbox SET state = 'acked', seq = ?, acked_at = ?, refusal = NULL WHERE n = ? AND state <> 'acked'",
        op.seq,
        op.receivedAt,
        Number(known['n']),
      )
    return false
  }
  const body = op.body as OpBody
  const shown = findRecord(database, content.data.register, op.recordId)?.values ?? {}
  const changes = Object.fromEntries(
    Object.entries(body.fields).map(([name, value]) => [name, [shown[name] ?? null, value] as const]),
  )
  const isTaken = database.firstOf('SELECT 1 AS found FROM outbox WHERE n = ?', op.n) !== undefined
  const { lastInsertRow } = database.runOf(
    `INSERT INTO outbox (n, op_id, register, record_id, kind, loser_id, base_seq, body, hash, created_at, state, attempts,
       seq, receipt, acked_at, refusal)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)`,
    isTaken ? null : op.n,
    op.opId,
    op.register,
    op.recordId,
    op.kind,
    body.merge?.loserId ?? null,
    op.baseSeq,
    canonicalJson(body),
    op.hash,
    body.at,
    op.seq === null ? 'setAside' : 'acked',
    op.seq,
    op.seq === null ? null : JSON.stringify({ seq: op.seq, at: op.receivedAt, conflicts: [] }),
    op.seq === null ? null : op.receivedAt,
    op.reason,
  )
  logOwnChange(
    database,
    { accountName: body.accountName, stationCode: body.stationCode, at: body.at },
    {
      register: content.data.register,
      recordId: op.recordId,
      act: body.act,
      changes,
      reason: body.reason,
      opNumber: lastInsertRow,
      ...wordOf(body),
    },
  )
  if (body.withdraws)
    database.runOf(
      `UPDATE outbox SET state = 'withdrawn', withdrawn_at = ?
       WHERE op_id IN (SELECT value FROM json_each(?)) AND state = 'setAside'`,
      body.at,
      JSON.stringify(body.withdraws),
    )
  reshowRecord(database, content.data.register, op.recordId, touched)
  if (body.merge) reshowRecord(database, content.data.register, body.merge.loserId, touched)
  touch(touched, content.data.register, op.recordId)
  return true
}
