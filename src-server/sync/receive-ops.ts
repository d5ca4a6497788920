import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  opContent,
  type OpEnvelope,
  type PushAnswer,
  type PushRequest,
} from '../../src-shared/contract/server-messages.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { Register } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { mergeEdit, type FieldConflict } from '../../src-shared/sync/merge.ts'
import { opHashText, type Op } from '../../src-shared/sync/op.ts'
import { writeAudit } from '../accounts/audit.ts'
import type { Session } from '../accounts/session.ts'
import type { ServerContext } from '../context.ts'
import { noteBlobUses } from '../blobs/blob-uses.ts'
import { refusal } from '../refusal.ts'
import { getMeta, type ServerTransaction } from '../storage/database.ts'
import { lockRecords } from '../storage/engine.ts'
import type { RecordRow } from '../storage/tables.ts'
import { decideOps, type CheckedEdit, type Decision } from './decide-ops.ts'
import { hashNaturalKey } from './natural-keys.ts'
import { readMergeState, writeMergeState } from './record-state.ts'
import { checkEpoch, touchReplica, type Replica } from './replica.ts'

/** Rows of one INSERT: SQLite takes 32,766 parameters a statement. */
const ROWS_PER_INSERT = 500

/**
 * Takes a batch of ops, in one transaction: an acknowledgement leaves only after a durable commit. Ops that were taken before are
 * answered as then. An op that cannot be accepted is set aside with its reason, the others go on.
 *
 * @throws Refusal 403 role or scope · 409 a batch is missing (`expectN`) · 412 epoch · 422 same number or id, other content
 */
export async function receiveOps(
  context: ServerContext,
  session: Session,
  request: PushRequest,
): Promise<PushAnswer> {
  if (session.account.role === 'viewer') {
    throw refusal(403, 'notAllowed', '本账号只能查看,不能上传。请用操作员账号登录;本机录入的内容都在。')
  }
  const codes = await context.knownCodes()
  const now = context.now()
  return context.database.transaction().execute(async (transaction) => {
    const replica = await touchReplica(transaction, session, request.replica, now)
    await checkEpoch(transaction, request.epoch)
    if (request.afterN > replica.lastN) {
      throw refusal(409, 'gap', '服务器缺少前面的一批内容,将从缺少处重新上传。', {
        expectN: replica.lastN + 1,
      })
    }
    await lockRecords(
      transaction,
      request.ops.map((op) => op.recordId),
    )
    const earlier = await findEarlierAnswers(transaction, replica, request.ops)
    const newOps = request.ops.filter((op) => !earlier.has(op.n))
    const decisions = await decideOps(transaction, {
      session,
      replica,
      ops: newOps.map((op) => ({ op, content: readContent(op) })),
      codes,
      now,
    })
    const accepted = await mergeAccepted(transaction, session, replica, decisions, now)
    await storeOps(transaction, session, replica, newOps, decisions, accepted, now)
    await noteBlobUses(transaction, session.scope, newOps, now)
    const lastN = Math.max(replica.lastN, ...request.ops.map((op) => op.n))
    await transaction
      .updateTable('replica')
      .set({ last_n: lastN })
      .where('number', '=', replica.number)
      .execute()
    if (newOps.length > 0)
      await writeAudit(transaction, session.account, 'push', { ops: newOps.length, lastN }, now)

    const receipts: [number, number][] = []
    const results: PushAnswer['results'] = []
    const answers = new Map([
      ...(await findRepaired(transaction, replica, request.ops)),
      ...earlier,
      ...answersOf(decisions, accepted),
    ])
    for (const [n, answer] of [...answers].sort(([a], [b]) => a - b)) {
      if (answer.seq !== null) receipts.push([n, answer.seq])
      if (answer.reason !== undefined) results.push({ n, outcome: 'setAside', reason: answer.reason })
      else if (answer.conflicts.length > 0)
        results.push({ n, outcome: 'conflict', fields: [...answer.conflicts] })
    }
    return { ackedN: lastN, receipts, results, serverTime: now }
  })
}

/** What one op is answered. `reason` stands exactly where it is set aside. */
type Answer = {
  readonly seq: number | null
  readonly conflicts: readonly string[]
  readonly reason?: string
}

const storedResult = z.object({ conflicts: z.array(z.string()) })

/**
 * The answers of ops that were taken before, by number. An op is known by (replica, n), and by its id where a restored
 * store numbered it anew.
 */
async function findEarlierAnswers(
  transaction: ServerTransaction,
  replica: Replica,
  ops: readonly OpEnvelope[],
): Promise<Map<number, Answer>> {
  const rows = await transaction
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
      'set_aside.seq as repairedSeq',
    ])
    .where((expression) =>
      expression.or([
        expression.and([
          expression('op_log.replica', '=', replica.number),
          expression(
            'op_log.n',
            'in',
            ops.map((op) => op.n),
          ),
        ]),
        expression(
          'op_log.op_id',
          'in',
          ops.map((op) => op.opId),
        ),
      ]),
    )
    .execute()
  const byN = new Map(rows.filter((row) => row.replica === replica.number).map((row) => [row.n, row]))
  const byId = new Map(rows.map((row) => [row.opId, row]))
  const answers = new Map<number, Answer>()
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
    answers.set(op.n, {
      seq,
      conflicts: storedResult.parse(JSON.parse(known.result)).conflicts,
      ...(seq === null ? { reason: known.reason ?? '' } : {}),
    })
  }
  return answers
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
    .select(['n', 'seq'])
    .where('replica', '=', replica.number)
    .where('record_id', 'in', [...new Set(ops.map((op) => op.recordId))])
    .where('seq', 'is not', null)
    .execute()
  return new Map(rows.map((row) => [row.n, { seq: row.seq, conflicts: [] }]))
}

/** The op's inside, or why it cannot be read. */
function readContent(op: OpEnvelope): z.infer<typeof opContent> | string {
  const content = opContent.safeParse(op)
  if (!content.success) {
    return `内容的格式服务器不认识(${content.error.issues[0]?.path.join('.') ?? ''}),已原样留存。请升级程序后重新保存。`
  }
  // The hash covers what was sent, with every field a newer program may have put in.
  const text = opHashText(op as unknown as Omit<Op, 'n' | 'hash'>)
  if (createHash('sha256').update(text).digest('hex') !== op.hash) {
    return '内容与校验值不符,服务器没有采用。请打开该记录重新保存。'
  }
  return content.data
}

type Accepted = ReadonlyMap<number, { readonly seq: number; readonly conflicts: readonly string[] }>

/** Gives numbers to the accepted edits and merges them, in their order. */
async function mergeAccepted(
  transaction: ServerTransaction,
  session: Session,
  replica: Replica,
  decisions: readonly Decision[],
  now: number,
): Promise<Accepted> {
  const edits = decisions.flatMap((decision) => decision.accepted)
  const accepted = new Map<number, { readonly seq: number; readonly conflicts: readonly string[] }>()
  if (edits.length === 0) return accepted
  const rows = await findRows(transaction, edits)
  const { seq: newest } = await transaction
    .updateTable('counter')
    .set((expression) => ({ seq: expression('seq', '+', edits.length) }))
    .returning('seq')
    .executeTakeFirstOrThrow()
  let seq = newest - edits.length
  const changed = new Map<string, RecordRow>()
  const conflicts: { readonly edit: CheckedEdit; readonly seq: number; readonly of: FieldConflict }[] = []
  for (const edit of edits) {
    seq += 1
    const register = getRegister(edit.register)
    const row = rows.get(keyOf(edit))
    const merged = mergeEdit(register, row && readMergeState(row), edit, replica.number, seq)
    const next: RecordRow = {
      ...(row ?? newRow(session, edit)),
      ...writeMergeState(merged.state),
      // Every accepted op moves its record, also where nothing changed: the sender's own view is settled by pulling it.
      seq,
      ...(row && merged.applied.length === 0
        ? {}
        : {
            declaration_version: Math.max(row?.declaration_version ?? 0, edit.declarationVersion),
            updated_at: edit.at,
            updated_by: edit.accountName || session.account.accountName,
            updated_station: edit.stationCode || session.account.stationCode,
          }),
    }
    rows.set(keyOf(edit), next)
    changed.set(keyOf(edit), next)
    for (const conflict of merged.conflicts) conflicts.push({ edit, seq, of: conflict })
    accepted.set(edit.n, { seq, conflicts: merged.conflicts.map((conflict) => conflict.field) })
  }
  await storeRecords(transaction, [...changed.values()])
  for (const chunk of chunksOf(conflicts)) {
    await transaction
      .insertInto('conflict')
      .values(
        chunk.map(({ edit, seq: at, of }) => ({
          register: edit.register,
          record_id: edit.recordId,
          scope: session.scope,
          field: of.field,
          base_seq: edit.baseSeq,
          kept: JSON.stringify(of.kept),
          lost: JSON.stringify(of.lost),
          replica: replica.number,
          n: edit.n,
          seq: at,
          account_name: edit.accountName || session.account.accountName,
          station_code: edit.stationCode || session.account.stationCode,
          at: now,
          state: 'open' as const,
        })),
      )
      .execute()
  }
  return accepted
}

function newRow(session: Session, edit: CheckedEdit): RecordRow {
  return {
    register: edit.register,
    id: edit.recordId,
    scope: session.scope,
    station_code: edit.stationCode || session.account.stationCode,
    seq: 0,
    status: 'active',
    cancellation: null,
    declaration_version: edit.declarationVersion,
    data: '{}',
    versions: '{}',
    created_at: edit.at,
    updated_at: edit.at,
    updated_by: '',
    updated_station: '',
  }
}

async function findRows(
  transaction: ServerTransaction,
  edits: readonly CheckedEdit[],
): Promise<Map<string, RecordRow>> {
  const rows = await transaction
    .selectFrom('record')
    .selectAll()
    .where('register', 'in', [...new Set(edits.map((edit) => edit.register))])
    .where('id', 'in', [...new Set(edits.map((edit) => edit.recordId))])
    .execute()
  return new Map(rows.map((row) => [`${row.register}/${row.id}`, row]))
}

function keyOf(edit: { readonly register: string; readonly recordId: string }): string {
  return `${edit.register}/${edit.recordId}`
}

async function storeRecords(transaction: ServerTransaction, rows: readonly RecordRow[]): Promise<void> {
  const secret = await getMeta(transaction, 'naturalKeySecret')
  for (const chunk of chunksOf(rows)) {
    await transaction
      .insertInto('record')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['register', 'id']).doUpdateSet((expression) => ({
          seq: expression.ref('excluded.seq'),
          status: expression.ref('excluded.status'),
          cancellation: expression.ref('excluded.cancellation'),
          declaration_version: expression.ref('excluded.declaration_version'),
          data: expression.ref('excluded.data'),
          versions: expression.ref('excluded.versions'),
          updated_at: expression.ref('excluded.updated_at'),
          updated_by: expression.ref('excluded.updated_by'),
          updated_station: expression.ref('excluded.updated_station'),
        })),
      )
      .execute()
    const keys = chunk.map((row) => {
      const register: Register = getRegister(row.register as Register['name'])
      return { row, key: hashNaturalKey(secret, register, JSON.parse(row.data) as RecordValues) }
    })
    const without = keys.filter(({ key }) => key === undefined).map(({ row }) => row.id)
    if (without.length > 0)
      await transaction.deleteFrom('natural_key').where('record_id', 'in', without).execute()
    const withKey = keys.flatMap(({ row, key }) =>
      key === undefined ? [] : [{ register: row.register, record_id: row.id, scope: row.scope, key }],
    )
    if (withKey.length > 0) {
      await transaction
        .insertInto('natural_key')
        .values(withKey)
        .onConflict((conflict) =>
          conflict
            .columns(['register', 'record_id'])
            .doUpdateSet((expression) => ({ key: expression.ref('excluded.key') })),
        )
        .execute()
    }
  }
}

/** Writes the ops as they came, and which of them (or of earlier ones) are set aside. */
async function storeOps(
  transaction: ServerTransaction,
  session: Session,
  replica: Replica,
  ops: readonly OpEnvelope[],
  decisions: readonly Decision[],
  accepted: Accepted,
  now: number,
): Promise<void> {
  for (const chunk of chunksOf(ops)) {
    await transaction
      .insertInto('op_log')
      .values(
        chunk.map((op) => ({
          replica: replica.number,
          n: op.n,
          op_id: op.opId,
          seq: accepted.get(op.n)?.seq ?? null,
          hash: op.hash,
          register: op.register,
          record_id: op.recordId,
          kind: op.kind,
          base_seq: op.baseSeq,
          body: JSON.stringify(op.body),
          result: JSON.stringify({ conflicts: accepted.get(op.n)?.conflicts ?? [] }),
          account_name: session.account.accountName,
          received_at: now,
        })),
      )
      .execute()
  }
  const arrived = new Set(ops.map((op) => op.n))
  // An op that was set aside and repaired within this one batch stands in op_log with its number already.
  for (const { op, reason } of decisions) {
    if (reason === undefined || accepted.has(op.n)) continue
    await transaction
      .insertInto('set_aside')
      .values({
        replica: replica.number,
        n: op.n,
        register: op.register,
        record_id: op.recordId,
        reason,
        seq: null,
      })
      .execute()
  }
  for (const [n, { seq }] of accepted) {
    if (arrived.has(n)) continue
    await transaction
      .updateTable('set_aside')
      .set({ seq })
      .where('replica', '=', replica.number)
      .where('n', '=', n)
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

function* chunksOf<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT)
    yield rows.slice(start, start + ROWS_PER_INSERT)
}
