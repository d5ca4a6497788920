import type { BatchRow, RoundPage, RoundRow } from '../../../src-shared/contract/sync-types.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'

/** Rounds kept: with one every five minutes, about a week. */
const KEEP_ROUNDS = 2_000

/**
 * Begins a round's row. Rows that still say `running` were broken off with the program.
 * @param at UTC milliseconds
 */
export function beginRound(database: WriteDatabase, at: number): number {
  database.runOf("UPDATE sync_round SET outcome = 'interrupted' WHERE outcome = 'running'")
  return database.runOf("INSERT INTO sync_round (started_at, outcome) VALUES (?, 'running')", at)
    .lastInsertRow
}

/** Notes a push with the round's sums, in the transaction that stores its answer. */
export function noteBatch(database: WriteDatabase, roundId: number, batch: BatchRow): void {
  database.runOf(
    `INSERT INTO sync_batch (batch_id, round_id, sent_at, sent, accepted, conflicts, set_aside, unanswered)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    batch.batchId,
    roundId,
    batch.sentAt,
    batch.sent,
    batch.accepted,
    batch.conflicts,
    batch.setAside,
    batch.unanswered,
  )
  database.runOf(
    'UPDATE sync_round SET pushed = pushed + ?, conflicts = conflicts + ?, set_aside = set_aside + ? WHERE id = ?',
    batch.accepted + batch.conflicts,
    batch.conflicts,
    batch.setAside,
    roundId,
  )
}

export type RoundEnd = {
  readonly endedAt: number
  readonly outcome: 'complete' | 'cancelled' | 'failed'
  readonly pulled: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly error: string | null
}

/** Ends a round's row and lets go of very old ones. */
export function endRound(database: WriteDatabase, roundId: number, end: RoundEnd): void {
  database.runOf(
    `UPDATE sync_round SET ended_at = ?, outcome = ?, pulled = ?, bytes_sent = ?, bytes_received = ?, error = ?
     WHERE id = ?`,
    end.endedAt,
    end.outcome,
    end.pulled,
    end.bytesSent,
    end.bytesReceived,
    end.error,
    roundId,
  )
  database.runOf('DELETE FROM sync_round WHERE id <= ?', roundId - KEEP_ROUNDS)
}

/**
 * Rounds, the newest first, each with its pushes.
 * @param isRunning whether a round runs now; else one that says so was broken off with the program
 */
export function listRounds(
  read: ReadDatabase,
  page: { readonly offset: number; readonly limit: number },
  isRunning: boolean,
): RoundPage {
  const rounds = read.allOf(
    'SELECT * FROM sync_round ORDER BY id DESC LIMIT ? OFFSET ?',
    page.limit,
    page.offset,
  )
  const batches = read.allOf(
    `SELECT * FROM sync_batch WHERE round_id IN (SELECT value FROM json_each(?)) ORDER BY sent_at, batch_id`,
    JSON.stringify(rounds.map((row) => row['id'])),
  )
  const rows = rounds.map((row): RoundRow => {
    const id = Number(row['id'])
    const stored = row['outcome'] as RoundRow['outcome']
    return {
      id,
      startedAt: Number(row['started_at']),
      endedAt: row['ended_at'] === null ? null : Number(row['ended_at']),
      outcome: stored === 'running' && !isRunning ? 'interrupted' : stored,
      pushed: Number(row['pushed']),
      pulled: Number(row['pulled']),
      conflicts: Number(row['conflicts']),
      setAside: Number(row['set_aside']),
      bytesSent: Number(row['bytes_sent']),
      bytesReceived: Number(row['bytes_received']),
      error: row['error'] === null ? null : String(row['error']),
      batches: batches
        .filter((batch) => batch['round_id'] === id)
        .map((batch) => ({
          batchId: String(batch['batch_id']),
          sentAt: Number(batch['sent_at']),
          sent: Number(batch['sent']),
          accepted: Number(batch['accepted']),
          conflicts: Number(batch['conflicts']),
          setAside: Number(batch['set_aside']),
          unanswered: Number(batch['unanswered']),
        })),
    }
  })
  return { rows, total: Number(read.pluck<number>('SELECT count(*) FROM sync_round')[0]) }
}
