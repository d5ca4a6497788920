import { hash } from 'node:crypto'
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { z } from 'zod'
import {
  opContent,
  type OpEnvelope,
  type PushAnswer,
  type PushRequest,
} from '../../src-shared/contract/server-messages.ts'
import { opHashText, type Op } from '../../src-shared/sync/op.ts'
import { writeAudit } from '../accounts/audit.ts'
import type { Session } from '../accounts/session.ts'
import { noteBlobUses } from '../blobs/blob-uses.ts'
import type { ServerContext } from '../context.ts'
import { refusal } from '../refusal.ts'
import type { ServerTransaction } from '../storage/database.ts'
import { insertRows, isAmong } from '../storage/engine.ts'
import { applyEdits, type Accepted } from './apply-edits.ts'
import { beginBatch, type Batch } from './batch.ts'
import { decideOps, type Decision, type OpContent } from './decide-ops.ts'
import { checkEpoch, touchReplica, type Replica } from './replica.ts'

/** An op as it came, with what was read of it before the database was asked. */
type ArrivedOp = {
  readonly op: OpEnvelope
  /** JSON of its body, as it is kept. */
  readonly bodyText: string
  /** The op's inside, or why it cannot be read. */
  readonly content: OpContent | string
}

/** How many ops of one push are new, by what became of them. */
export type PushCounts = { readonly accepted: number; readonly conflict: number; readonly setAside: number }

/**
 * Takes a batch of ops, in one transaction: an acknowledgement leaves only after a durable commit. Ops that were taken before are
 * answered as then. An op that cannot be accepted is set aside with its reason, the others go on.
 *
 * @throws Refusal 403 role or scope · 409 a batch is missing (`expectN`) · 412 epoch · 422 same number or id, other content
 */
export async function receiveOps(
  context: Pick<ServerContext, 'database' | 'knownCodes' | 'now'>,
  session: Session,
  request: PushRequest,
): Promise<{ readonly answer: PushAnswer; readonly counts: PushCounts }> {
  if (session.account.role === 'viewer') {
    throw refusal(403, 'notAllowed', '本账号只能查看,不能上传。请用操作员账号登录;本机录入的内容都在。')
  }
  checkOrder(request.ops)
  const codes = await context.knownCodes()
  const now = context.now()
  // Reading costs as much as storing: others are answered in between, and nobody waits for a lock meanwhile.
  const arrived = request.ops.map(readOp)
  await yieldToOthers()
  return context.database.transaction().execute(async (transaction) => {
    const replica = await touchReplica(transaction, session, request.replica, now)
    await checkEpoch(transaction, request.epoch)
    if (request.afterN > replica.lastN) {
      throw refusal(409, 'gap', '服务器缺少前面的一批内容,将从缺少处重新上传。', {
        expectN: replica.lastN + 1,
      })
    }
    const batch = await beginBatch(transaction, session, replica, now)
    const { answers: earlier, again } = await findEarlierAnswers(transaction, replica, request)
    const ops = arrived.filter(({ op }) => !earlier.has(op.n) && !again.has(op.n))
    await takeOver(transaction, replica, again, request.batchId)
    const decisions = await decideOps(batch, {
      ops: arrived.filter(({ op }) => !earlier.has(op.n)),
      again: new Set(again.keys()),
      codes,
    })
    const accepted = await applyEdits(batch, decisions)
    await storeOps(batch, request.batchId, ops, decisions, accepted)
    await storeRepairs(transaction, replica, new Set(ops.map(({ op }) => op.n)), decisions, accepted)
    await storeWithdrawals(batch, decisions)
    await noteBlobUses(
      transaction,
      session.scope,
      ops.map(({ op }) => op),
      now,
    )
    const lastN = Math.max(replica.lastN, ...request.ops.map((op) => op.n))
    if (lastN !== replica.lastN) {
      await transaction
        .updateTable('replica')
        .set({ last_n: lastN })
        .where('number', '=', replica.number)
        .execute()
    }
    if (ops.length > 0)
      await writeAudit(transaction, session.account, 'push', { ops: ops.length, lastN }, now)

    const receipts: [number, number][] = []
    const results: PushAnswer['results'] = []
    const own = answersOf(decisions, accepted)
    const answers = new Map([...(await findRepaired(transaction, replica, request.ops)), ...earlier, ...own])
    for (const [n, answer] of [...answers].sort(([left], [right]) => left - right)) {
      if (answer.seq !== null) receipts.push([n, answer.seq])
      if (answer.reason !== undefined) results.push({ n, outcome: 'setAside', reason: answer.reason })
      else if (answer.conflicts.length > 0)
        results.push({ n, outcome: 'conflict', fields: [...answer.conflicts] })
    }
    return { answer: { ackedN: lastN, receipts, results, serverTime: now }, counts: countAnswers(own) }
  })
}

/** @throws Refusal 400 where a number or an id stands twice in a batch, or the numbers do not rise */
function checkOrder(ops: readonly OpEnvelope[]): void {
  const isRising = ops.every((op, index) => index === 0 || op.n > (ops[index - 1]?.n ?? 0))
  if (isRising && new Set(ops.map((op) => op.opId)).size === ops.length) return
  throw refusal(400, 'badRequest', '一批内容里有重复的编号,服务器没有采用。请检查客户端版本。')
}

function countAnswers(answers: readonly (readonly [number, Answer])[]): PushCounts {
  const counts = { accepted: 0, conflict: 0, setAside: 0 }
  for (const [, answer] of answers) {
    if (answer.reason !== undefined) counts.setAside += 1
    else counts.accepted += 1
    if (answer.conflicts.length > 0) counts.conflict += 1
  }
  return counts
}

/** What one op is answered. `reason` stands exactly where it is set aside. */
type Answer = {
  readonly seq: number | null
  readonly conflicts: readonly string[]
  readonly reason?: string
}

type StoredAnswer = {
  readonly replica: number
  readonly n: number
  readonly opId: string
  readonly hash: string
  readonly seq: number | null
  readonly result: string
  readonly repairedSeq: number | null
  readonly reason: string | null
  readonly batches: string | null
  readonly withdrawnAt: number | null
}

const storedResult = z.object({ conflicts: z.array(z.string()) })

/**
 * The answers of ops that were taken before, by number. An op is known by (replica, n), and by its id where a restored
 * store numbered it anew. One that is still set aside is decided again instead: whoever sends it again has reason to. Not
 * so one that was taken back.
 */
async function findEarlierAnswers(
  transaction: ServerTransaction,
  replica: Replica,
  { ops, batchId }: PushRequest,
): Promise<{
  readonly answers: Map<number, Answer>
  /** Where those that are set aside stand in the log, by their number in this request. */
  readonly again: Map<number, { readonly replica: number; readonly n: number }>
}> {
  const byN = new Map<number, StoredAnswer>()
  const byId = new Map<string, StoredAnswer>()
  const query = transaction
    .selectFrom('op_log')
    .leftJoin('set_aside', (join) =>
      join.onRef('set_aside.replica', '=', 'op_log.replica').onRef('set_aside.n', '=', 'op_log.n'),
    )
    .select([
      'op_log.replica as replica',
      'op_log.n as n',
      'op_log.op_id as opId',
      'op_log.hash as hash',
      'op_log.seq as seq',
      'op_log.result as result',
      'set_aside.reason as reason',
      'set_aside.batches as batches',
      'set_aside.withdrawn_at as withdrawnAt',
      'set_aside.seq as repairedSeq',
    ])
  const oldNumbers = ops.map((op) => op.n).filter((n) => n <= replica.lastN)
  if (oldNumbers.length > 0) {
    const rows = await query
      .where('op_log.replica', '=', replica.number)
      .where(isAmong(transaction, 'op_log.n', oldNumbers))
      .execute()
    for (const row of rows) byN.set(row.n, row)
  }
  const ids = ops.filter((op) => !byN.has(op.n)).map((op) => op.opId)
  if (ids.length > 0) {
    for (const row of await query.where(isAmong(transaction, 'op_log.op_id', ids)).execute())
      byId.set(row.opId, row)
  }
  const answers = new Map<number, Answer>()
  const again = new Map<number, { readonly replica: number; readonly n: number }>()
  for (const op of ops) {
    const sameNumber = byN.get(op.n)
    const known = sameNumber ?? byId.get(op.opId)
    if (!known) continue
    if (known.hash !== op.hash || known.opId !== op.opId) {
      throw refusal(
        422,
        'hashDiffers',
        `服务器已有本机编号${op.n}的另一份内容:本机的数据库可能恢复过备份。本机录入的内容都在,将改用新的编号重新上传。`,
      )
    }
    const seq = known.seq ?? known.repairedSeq
    const asksNothingNew = known.withdrawnAt !== null || known.batches?.split(' ').includes(batchId) === true
    if (seq === null && asksNothingNew) answers.set(op.n, { seq, conflicts: [], reason: known.reason ?? '' })
    else if (seq === null) again.set(op.n, known)
    else answers.set(op.n, { seq, conflicts: storedResult.parse(JSON.parse(known.result)).conflicts })
  }
  return { answers, again }
}

/** From now on they wait for the replica that has sent them again, under its numbers. */
async function takeOver(
  transaction: ServerTransaction,
  replica: Replica,
  again: ReadonlyMap<number, { readonly replica: number; readonly n: number }>,
  batchId: string,
): Promise<void> {
  for (const [n, known] of again) {
    await transaction
      .updateTable('set_aside')
      .set((expression) => ({
        sender: replica.number,
        sender_n: n,
        batches: expression('batches', '||', ` ${batchId}`),
      }))
      .where('replica', '=', known.replica)
      .where('n', '=', known.n)
      .execute()
  }
}

/**
 * Ops that were set aside and that a later op on the same record has repaired. They are told with every push about that
 * record: the answer that told it first may have been lost, and the client does not send them again by itself.
 */
async function findRepaired(
  transaction: ServerTransaction,
  replica: Replica,
  ops: readonly OpEnvelope[],
): Promise<Map<number, Answer>> {
  const rows = await transaction
    .selectFrom('set_aside')
    .select(['sender_n as n', 'seq'])
    .where('sender', '=', replica.number)
    .where(isAmong(transaction, 'record_id', [...new Set(ops.map((op) => op.recordId))]))
    .where('seq', 'is not', null)
    .execute()
  return new Map(rows.map((row) => [row.n, { seq: row.seq, conflicts: [] }]))
}

function readOp(op: OpEnvelope): ArrivedOp {
  const bodyText = JSON.stringify(op.body)
  const content = opContent.safeParse(op)
  if (!content.success) {
    const where = content.error.issues[0]?.path.join('.') ?? ''
    return {
      op,
      bodyText,
      content: `内容的格式服务器不认识(${where}),已原样留存。请升级程序后重新保存。`,
    }
  }
  return {
    op,
    bodyText,
    content: hasGoodHash(op, bodyText)
      ? content.data
      : '内容与校验值不符,服务器没有采用。请打开该记录重新保存。',
  }
}

/** The hash covers what was sent, with every field a newer program may have put in. */
function hasGoodHash(op: OpEnvelope, bodyText: string): boolean {
  // Our client sends the keys in their order: the text is canonical as it is.
  const text = `{"baseSeq":${op.baseSeq},"body":${bodyText},"kind":${JSON.stringify(op.kind)},"opId":"${op.opId}","recordId":${JSON.stringify(op.recordId)},"register":${JSON.stringify(op.register)}}`
  return (
    hash('sha256', text) === op.hash ||
    hash('sha256', opHashText(op as unknown as Omit<Op, 'n' | 'hash'>)) === op.hash
  )
}

const OP_COLUMNS = [
  'replica',
  'n',
  'op_id',
  'seq',
  'hash',
  'register',
  'record_id',
  'kind',
  'base_seq',
  'body',
  'result',
  'account_name',
  'received_at',
] as const

/** Writes the ops as they came, and which of them (or of earlier ones) are set aside. */
async function storeOps(
  { transaction, session, replica, now }: Batch,
  batchId: string,
  ops: readonly ArrivedOp[],
  decisions: readonly Decision[],
  accepted: Accepted,
): Promise<void> {
  await insertRows(
    transaction,
    'op_log',
    OP_COLUMNS,
    ops.map(({ op, bodyText }) => {
      const { seq = null, conflicts = [] } = accepted.get(op.n) ?? {}
      return [
        replica.number,
        op.n,
        op.opId,
        seq,
        op.hash,
        op.register,
        op.recordId,
        op.kind,
        op.baseSeq,
        bodyText,
        JSON.stringify({ conflicts }),
        session.account.accountName,
        now,
      ]
    }),
  )
  const arrived = new Set(ops.map(({ op }) => op.n))
  // An op that was set aside and repaired within this one batch stands in op_log with its number already.
  await insertRows(
    transaction,
    'set_aside',
    ['replica', 'n', 'register', 'record_id', 'reason', 'seq', 'sender', 'sender_n', 'batches'],
    decisions.flatMap(({ op, reason }) =>
      reason === undefined || accepted.has(op.n) || !arrived.has(op.n)
        ? []
        : [[replica.number, op.n, op.register, op.recordId, reason, null, replica.number, op.n, batchId]],
    ),
  )
}

/** Notes what became of earlier ops that were set aside: repaired by one of this batch, or decided again. */
async function storeRepairs(
  transaction: ServerTransaction,
  replica: Replica,
  arrived: ReadonlySet<number>,
  decisions: readonly Decision[],
  accepted: Accepted,
): Promise<void> {
  for (const { op, reason } of decisions) {
    if (reason === undefined || arrived.has(op.n) || accepted.has(op.n)) continue
    await transaction
      .updateTable('set_aside')
      .set({ reason })
      .where('sender', '=', replica.number)
      .where('sender_n', '=', op.n)
      .execute()
  }
  for (const [n, { seq, conflicts }] of accepted) {
    if (arrived.has(n)) continue
    const { replica: first, n: firstN } = await transaction
      .updateTable('set_aside')
      .set({ seq })
      .where('sender', '=', replica.number)
      .where('sender_n', '=', n)
      .returning(['replica', 'n'])
      .executeTakeFirstOrThrow()
    if (conflicts.length === 0) continue
    await transaction
      .updateTable('op_log')
      .set({ result: JSON.stringify({ conflicts }) })
      .where('replica', '=', first)
      .where('n', '=', firstN)
      .execute()
  }
}

/**
 * Marks what this replica's clerk has taken back, of its own ops that are still set aside. What was repaired before stays as
 * it is, and ids that are not known here mean nothing.
 */
async function storeWithdrawals(
  { transaction, replica, now }: Batch,
  decisions: readonly Decision[],
): Promise<void> {
  const ids = decisions.flatMap(({ accepted }) => accepted.flatMap((edit) => edit.withdraws))
  if (ids.length === 0) return
  const rows = await transaction
    .selectFrom('op_log')
    .innerJoin('set_aside', (join) =>
      join.onRef('set_aside.replica', '=', 'op_log.replica').onRef('set_aside.n', '=', 'op_log.n'),
    )
    .select(['op_log.replica as replica', 'op_log.n as n'])
    .where(isAmong(transaction, 'op_log.op_id', ids))
    .where((expression) =>
      expression.or([
        expression('set_aside.sender', '=', replica.number),
        expression('op_log.replica', '=', replica.number),
      ]),
    )
    .where('set_aside.seq', 'is', null)
    .where('set_aside.withdrawn_at', 'is', null)
    .execute()
  for (const row of rows) {
    await transaction
      .updateTable('set_aside')
      .set({ withdrawn_at: now })
      .where('replica', '=', row.replica)
      .where('n', '=', row.n)
      .execute()
  }
}

function answersOf(decisions: readonly Decision[], accepted: Accepted): [number, Answer][] {
  const answers = new Map<number, Answer>()
  for (const { op, reason } of decisions) {
    if (reason !== undefined && !accepted.has(op.n)) answers.set(op.n, { seq: null, conflicts: [], reason })
  }
  for (const [n, { seq, conflicts }] of accepted) answers.set(n, { seq, conflicts })
  return [...answers]
}
