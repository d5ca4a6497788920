import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { findBaseSeq } from '../../../src-shared/sync/base-seq.ts'
import type { OverlaidEdit } from '../../../src-shared/sync/merge.ts'
import type { OpBody, OpKind } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase, SqlRow } from '../database/database.ts'

/** An own op that is laid over the server's state of a record. */
export type OverlaidOp = OverlaidEdit & {
  readonly n: number
  readonly state: 'pending' | 'acked' | 'setAside'
  /** Whether it is an op of this record; else it is one of the record's winner or loser. */
  readonly isOwn: boolean
  readonly body: OpBody
}

const COLUMNS = 'n, record_id, loser_id, kind, base_seq, body, state'

/**
 * SQL: an op shows on its record until the server's state contains it. One that the server has set aside goes on showing where it
 * is an edit that the clerk corrects; a decision about several records that the server refused is as if it had not been made.
 */
const SHOWS = `(
  state = 'pending' OR (state = 'acked' AND seq > ?)
  OR (state = 'setAside' AND kind IN ('set', 'cancel', 'restore')))`

/** Own edits that the server's state of number `seq` does not contain, in their order. */
export function listOverlaid(
  database: ReadDatabase,
  register: RegisterName,
  recordId: string,
  seq: number,
): readonly OverlaidOp[] {
  const rows = database.allOf(
    `SELECT ${COLUMNS} FROM outbox WHERE register = ? AND record_id = ? AND ${SHOWS} ORDER BY n`,
    register,
    recordId,
    seq,
  )
  const asLoser = database.allOf(
    `SELECT ${COLUMNS} FROM outbox WHERE register = ? AND loser_id = ? AND ${SHOWS} ORDER BY n`,
    register,
    recordId,
    seq,
  )
  if (rows.length === 0 && asLoser.length === 0) return []
  const own = withoutCorrected(
    database,
    register,
    recordId,
    rows.map((row) => toOverlaidOp(row, recordId)),
  )
  const takenBack = own.flatMap((op) => (op.kind === 'merge' ? listUnmergings(database, register, op) : []))
  return [...own, ...asLoser.map((row) => toOverlaidOp(row, recordId)), ...takenBack].sort(
    (left, right) => left.n - right.n,
  )
}

/**
 * What a later own op has written again, and the server has taken, a refused one has no say in any more: else the wrong value
 * would stand on the page again as soon as its correction is pulled.
 */
function withoutCorrected(
  database: ReadDatabase,
  register: RegisterName,
  recordId: string,
  ops: readonly OverlaidOp[],
): readonly OverlaidOp[] {
  const first = ops.find((op) => op.state === 'setAside')
  if (first === undefined) return ops
  const taken = database
    .allOf(
      "SELECT n, body FROM outbox WHERE register = ? AND record_id = ? AND state = 'acked' AND n > ?",
      register,
      recordId,
      first.n,
    )
    .map((row) => ({ n: Number(row['n']), body: JSON.parse(String(row['body'])) as OpBody }))
    .filter(({ body }) => body.isRescue !== true)
  return ops.map((op) => {
    if (op.state !== 'setAside') return op
    const corrected = taken.filter(({ n }) => n > op.n)
    const fields = Object.fromEntries(
      Object.entries(op.fields).filter(
        ([name]) => !corrected.some(({ body }) => Object.hasOwn(body.fields, name)),
      ),
    )
    return { ...op, fields }
  })
}

/** Takes back ops that were set aside; it shows nothing and hides nothing. */
export function isWithdrawal(op: { readonly body: OpBody }): boolean {
  return op.body.withdraws !== undefined
}

/**
 * Up to which change number the page has shown the server's state of a record: own ops laid over it hide what came in beneath.
 *
 * @param fields names of the fields an edit writes; null: it is about the whole record
 */
export function findSeenSeq(
  database: ReadDatabase,
  register: Register,
  record: { readonly id: string; readonly serverSeq: number },
  fields: readonly string[] | null,
): number {
  const overlaid = listOverlaid(database, register.name, record.id, record.serverSeq)
    .filter((op) => !isWithdrawal(op))
    .map((op) => ({
      fields: op.fields,
      baseSeq: op.pair?.side === 'loser' ? (op.body.merge?.loserBaseSeq ?? op.baseSeq) : op.baseSeq,
    }))
  return findBaseSeq(register, record.serverSeq, overlaid, fields)
}

/** Own ops that take a merge of this record back: the picks of the merge are not shown then. */
function listUnmergings(
  database: ReadDatabase,
  register: RegisterName,
  merge: OverlaidOp,
): readonly OverlaidOp[] {
  const loserId = merge.body.merge?.loserId ?? ''
  return database
    .allOf(
      `SELECT ${COLUMNS} FROM outbox WHERE register = ? AND record_id = ? AND kind = 'unmerge' AND n > ? AND ${SHOWS}`,
      register,
      loserId,
      merge.n,
      0,
    )
    .map((row) => ({
      ...toOverlaidOp(row, ''),
      isOwn: false,
      pair: { side: 'winner' as const, otherId: loserId },
    }))
}

function toOverlaidOp(row: SqlRow, recordId: string): OverlaidOp {
  const body = JSON.parse(String(row['body'])) as OpBody
  const kind = row['kind'] as OpKind
  const isOwn = row['record_id'] === recordId
  return {
    n: Number(row['n']),
    kind,
    baseSeq: Number(row['base_seq']),
    fields: body.fields,
    cancellation: body.cancellation,
    ...(body.status === undefined ? {} : { status: body.status }),
    ...(kind === 'merge'
      ? {
          pair: isOwn
            ? { side: 'winner' as const, otherId: body.merge?.loserId ?? '' }
            : { side: 'loser' as const, otherId: String(row['record_id']) },
        }
      : {}),
    ...(kind === 'unmerge' ? { pair: { side: 'loser' as const, otherId: '' } } : {}),
    state: row['state'] as OverlaidOp['state'],
    isOwn,
    body,
  }
}
