import type { z } from 'zod'
import { opContent, type OpEnvelope } from '../../src-shared/contract/server-messages.ts'
import type { CheckContext } from '../../src-shared/fields/check.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { RecordStatus, RegisterName } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import type { LastChange, OpKind } from '../../src-shared/sync/op.ts'
import type { Session } from '../accounts/session.ts'
import type { ServerTransaction } from '../storage/database.ts'
import { isAmong } from '../storage/engine.ts'
import { holdRecords, keyOf, type Batch } from './batch.ts'
import { findNewRecordProblem, findOpProblem } from './check-op.ts'
import type { KnownCodes } from './dictionaries.ts'
import type { Replica } from './replica.ts'

export type OpContent = z.infer<typeof opContent>

/** One edit to be merged: an op's, or what is left of an earlier one that was set aside. */
export type CheckedEdit = {
  readonly n: number
  readonly opId: string
  readonly register: RegisterName
  readonly recordId: string
  readonly kind: OpKind
  readonly baseSeq: number
  readonly fields: RecordValues
  readonly cancellation: RecordValues | null
  /** Kind `resolve`. */
  readonly status?: RecordStatus
  readonly resolves: readonly string[]
  readonly distinctFrom: readonly string[]
  /** Kind `resolve`: ids of ops that were set aside and are taken back; it does nothing else then. */
  readonly withdraws: readonly string[]
  /** Kind `merge`. */
  readonly merge: { readonly loserId: string; readonly loserBaseSeq: number } | null
  /** Puts back what a restored server had lost; see `OpBody`. */
  readonly isRescue?: true
  /** Carries all fields of a new record. */
  readonly isCreation: boolean
  /** What the op says of itself, for the history of other stations. */
  readonly word: Omit<LastChange, 'fields'>
  readonly declarationVersion: number
  readonly accountName: string
  readonly stationCode: string
  readonly at: number
}

/** What becomes of one new op: the edits to merge (its own last, repaired ones before it), or the reason it is set aside. */
export type Decision = {
  readonly op: OpEnvelope
  readonly accepted: readonly CheckedEdit[]
  /** Just what was sent is accepted: nothing was repaired, nothing taken from it. */
  readonly isAsSent: boolean
  readonly reason?: string
}

type Question = {
  /** New ops in the order of their numbers, each with its inside or the reason why that cannot be read. */
  readonly ops: readonly { readonly op: OpEnvelope; readonly content: OpContent | string }[]
  /** Numbers of those that were set aside before and are sent again: they are decided anew. */
  readonly again: ReadonlySet<number>
  readonly codes: KnownCodes
}

/** Kinds that a later op on the same record may repair: it writes their fields again. The others are asked anew by a person. */
const REPAIRABLE: readonly OpKind[] = ['set']

/** Milliseconds from UTC to the place of work (no daylight saving): only used to name the day. */
const PLACE_OFFSET_MS = 8 * 3_600_000
const DAY_MS = 86_400_000

/**
 * Decides op by op, before any number is given out. An op that was set aside waits for a later op of the same replica on
 * the same record: what the later one writes again is taken from it, and if the rest is good then, both are accepted. So a clerk who
 * corrects a refused new record loses nothing and has nothing to send again.
 */
export async function decideOps(batch: Batch, { ops, again, codes }: Question): Promise<readonly Decision[]> {
  if (ops.length === 0) return []
  const { transaction, session, replica, now } = batch
  // The server's day, or the next one: a station's clock may be somewhat ahead.
  const today = new Date(now + PLACE_OFFSET_MS + DAY_MS).toISOString().slice(0, 10)
  const context: CheckContext = { today, hasCode: codes.hasCode, describeUnknownCode }
  await holdRecords(
    batch,
    ops.flatMap(({ content }) => namedIdsOf(content)),
  )
  const stations = await findStations(transaction, session)
  const waiting = await findWaiting(
    transaction,
    replica,
    [...new Set(ops.map(({ op }) => op.recordId))],
    stations,
  )
  // What later ops of its replica have written meanwhile is taken from one that is sent again.
  const leftOf = new Map<number, CheckedEdit>()
  for (const [key, edits] of waiting) {
    for (const each of edits) if (again.has(each.n)) leftOf.set(each.n, each)
    waiting.set(
      key,
      edits.filter((each) => !again.has(each.n)),
    )
  }
  const scopes = new Map<string, string>(batch.scopes)

  const decisions: Decision[] = []
  for (const { op, content } of ops) {
    if (typeof content === 'string') {
      decisions.push({ op, accepted: [], isAsSent: false, reason: content })
      continue
    }
    const key = keyOf(op.register, op.recordId)
    const read = leftOf.get(op.n) ?? readEdit(op, content, stations)
    const edit = again.has(op.n) && (await isOvertaken(batch, op, read)) ? withoutEffect(read) : read
    if (edit.withdraws.length > 0) {
      const decision = decideWithdrawal(op, edit)
      decisions.push(decision)
      const withdrawn = new Set(decision.accepted.flatMap((each) => each.withdraws))
      for (const [each, edits] of waiting)
        waiting.set(
          each,
          edits.filter(({ opId }) => !withdrawn.has(opId)),
        )
      continue
    }
    const all = waiting.get(key) ?? []
    // An older op that is asked again repairs nothing that was typed after it.
    const earlier = all.filter((each) => each.n < edit.n)
    const decision =
      findRefusal(edit, session, scopes) ??
      decideEdit(edit, earlier, scopes.get(key) === session.scope, context)
    if (typeof decision === 'string') {
      decisions.push({ op, accepted: [], isAsSent: false, reason: decision })
      if (REPAIRABLE.includes(edit.kind))
        waiting.set(
          key,
          [...all, edit].sort((left, right) => left.n - right.n),
        )
      continue
    }
    decisions.push({ op, accepted: decision, isAsSent: decision.length === 1 && !again.has(op.n) })
    scopes.set(key, session.scope)
    if (all.length === 0) continue
    const done = new Set(decision.map((each) => each.n))
    waiting.set(
      key,
      all
        .filter((each) => !done.has(each.n))
        .map((each) => decision.filter((later) => later.n > each.n).reduce(withoutFieldsOf, each)),
    )
  }
  return decisions
}

/** A clerk chose from a list, so the entry is one that was made at the station before it joined: it is no typing error. */
function describeUnknownCode(code: string): string {
  return `服务器的字典中没有代码「${code}」。记录仍在本机,没有丢失:请打开记录,从列表中另选后保存;或请管理员把该代码导入服务器字典,再单独上传。`
}

/**
 * Whether the same replica has since decided otherwise about the record as a whole: an old refused cancellation must not come in
 * after a later restoration, nor a merge after its loser was taken out again.
 */
async function isOvertaken(batch: Batch, op: OpEnvelope, edit: CheckedEdit): Promise<boolean> {
  if (edit.kind === 'set' || edit.kind === 'resolve') return false
  const ids = edit.merge === null ? [edit.recordId] : [edit.recordId, edit.merge.loserId]
  const rows = await batch.transaction
    .selectFrom('op_log')
    .leftJoin('set_aside', (join) =>
      join.onRef('set_aside.replica', '=', 'op_log.replica').onRef('set_aside.n', '=', 'op_log.n'),
    )
    .select(['op_log.record_id as recordId', 'op_log.kind as kind'])
    .where('op_log.register', '=', edit.register)
    .where(isAmong(batch.transaction, 'op_log.record_id', ids))
    .where((expression) =>
      expression.or([
        expression.and([
          expression('op_log.replica', '=', batch.replica.number),
          expression('op_log.n', '>', op.n),
        ]),
        // Where it stands in the log under the store's former id, what came after it there counts as well.
        expression.exists(
          expression
            .selectFrom('op_log as first')
            .select('first.n')
            .where('first.op_id', '=', op.opId)
            .whereRef('first.replica', '=', 'op_log.replica')
            .whereRef('first.n', '<', 'op_log.n'),
        ),
      ]),
    )
    .where((expression) =>
      expression.or([expression('op_log.seq', 'is not', null), expression('set_aside.seq', 'is not', null)]),
    )
    .execute()
  return rows.some((row) =>
    edit.merge === null
      ? row.kind !== 'set' && row.kind !== 'resolve'
      : row.kind === 'unmerge' && row.recordId === edit.merge.loserId,
  )
}

/**
 * What the clerk has taken back is taken back, whatever became of its record: that may be unknown here, or another
 * scope's. Whoever takes something back says nothing else by the same op: it would be lost unseen.
 */
function decideWithdrawal(op: OpEnvelope, edit: CheckedEdit): Decision {
  const saysMore =
    Object.keys(edit.fields).length > 0 ||
    edit.status !== undefined ||
    edit.resolves.length > 0 ||
    edit.distinctFrom.length > 0
  return saysMore
    ? {
        op,
        accepted: [],
        isAsSent: false,
        reason: '撤回不能与别的内容写在同一项里,服务器没有采用。请分开提交。',
      }
    : { op, accepted: [edit], isAsSent: true }
}

/** Taken, and nothing else: its sender gets a receipt, and what it names moves on. */
function withoutEffect(edit: CheckedEdit): CheckedEdit {
  return { ...edit, kind: 'set', fields: {}, cancellation: null, isCreation: false }
}

/** The records an op names. */
function namedIdsOf(content: OpContent | string): readonly string[] {
  if (typeof content === 'string') return []
  const { merge, distinctFrom = [] } = content.body
  return [content.recordId, ...(merge ? [merge.loserId] : []), ...distinctFrom]
}

/** Why this account may not do that to these records, or undefined. */
function findRefusal(
  edit: CheckedEdit,
  session: Session,
  scopes: ReadonlyMap<string, string>,
): string | undefined {
  const scope = scopes.get(keyOf(edit.register, edit.recordId))
  if (scope !== undefined && scope !== session.scope)
    return '这条记录属于另一个管辖范围,本站不能修改。请与管理员联系。'
  if (edit.kind === 'delete' && session.account.role !== 'administrator')
    return '只有管理员账号能删除记录,服务器没有采用。不再有效的记录请用注销。'
  if (edit.kind !== 'merge') return undefined
  if (edit.merge === null) return '没有说明与哪条记录合并,服务器没有采用。请重新合并。'
  if (edit.merge.loserId === edit.recordId) return '一条记录不能与自己合并,服务器没有采用。'
  const loserScope = scopes.get(keyOf(edit.register, edit.merge.loserId))
  if (loserScope === undefined)
    return '服务器上还没有要并入的那条记录:它的登记没有被接收。请先打开该记录按提示更正并保存,再合并。'
  if (loserScope !== session.scope) return '要并入的记录属于另一个管辖范围,本站不能合并。请与管理员联系。'
  return undefined
}

function decideEdit(
  edit: CheckedEdit,
  waiting: readonly CheckedEdit[],
  exists: boolean,
  context: CheckContext,
): readonly CheckedEdit[] | string {
  const register = getRegister(edit.register)
  // Most ops make a record and are good: judged as a whole, its values need no second look one by one.
  const isPlainCreation =
    !exists &&
    waiting.length === 0 &&
    edit.isCreation &&
    edit.cancellation === null &&
    edit.declarationVersion === register.version
  if (
    isPlainCreation &&
    findNewRecordProblem(register, edit.fields, edit.declarationVersion, context) === undefined
  )
    return [edit]
  const problem = findOpProblem(register, edit, context)
  if (problem !== undefined) return problem
  const repaired = waiting
    .map((each, index) => [...waiting.slice(index + 1), edit].reduce(withoutFieldsOf, each))
    .filter((each) => findOpProblem(register, each, context) === undefined)
  if (exists) return [...repaired, edit]
  // A record begins with the op that made it; without that one nothing is known of its other fields.
  // A rescue carries the whole record as the server had it: what was refused before goes on waiting.
  const isWhole = repaired.length === waiting.length || (edit.isRescue === true && edit.isCreation)
  if (!isWhole || ![...repaired, edit].some((each) => each.isCreation))
    return '服务器上还没有这条记录:它的登记没有被接收。请先打开该记录按提示更正并保存。'
  const values: Record<string, RecordValues[string]> = {}
  for (const each of [...repaired, edit]) Object.assign(values, each.fields)
  return findNewRecordProblem(register, values, edit.declarationVersion, context) ?? [...repaired, edit]
}

/** An earlier edit without the fields a later one has written again. A rescue writes nothing new: it takes nothing from it. */
function withoutFieldsOf(
  edit: CheckedEdit,
  later: { readonly fields: RecordValues; readonly isRescue?: boolean },
): CheckedEdit {
  if (later.isRescue === true) return edit
  const fields = Object.fromEntries(
    Object.entries(edit.fields).filter(([name]) => !Object.hasOwn(later.fields, name)),
  )
  return { ...edit, fields }
}

function readEdit(op: OpEnvelope, content: OpContent, stations: ReadonlySet<string>): CheckedEdit {
  const { body, kind } = content
  const isWriting = kind === 'set' || kind === 'resolve' || kind === 'merge'
  const isCancelling = kind === 'cancel' || (kind === 'resolve' && body.status === 'cancelled')
  return {
    n: op.n,
    opId: op.opId,
    register: content.register,
    recordId: content.recordId,
    kind,
    baseSeq: op.baseSeq,
    fields: isWriting ? body.fields : {},
    cancellation: isCancelling ? (body.cancellation ?? {}) : null,
    ...(kind === 'resolve' && body.status !== undefined ? { status: body.status } : {}),
    ...(body.isRescue === true ? { isRescue: true } : {}),
    resolves: kind === 'resolve' ? (body.resolves ?? []) : [],
    distinctFrom: kind === 'resolve' ? (body.distinctFrom ?? []) : [],
    withdraws: kind === 'resolve' ? (body.withdraws ?? []) : [],
    merge: kind === 'merge' ? (body.merge ?? null) : null,
    isCreation: kind === 'set' && body.act === 'created',
    word: {
      act: body.act,
      ...(body.reason === '' ? {} : { reason: body.reason }),
      ...(body.changeKind === undefined ? {} : { changeKind: body.changeKind }),
      ...(body.effectiveDate === undefined ? {} : { effectiveDate: body.effectiveDate }),
    },
    declarationVersion: body.declarationVersion,
    accountName: body.accountName,
    // A station of another scope, or one that is not known, would put the record out of everyone's sight.
    stationCode: stations.has(body.stationCode) ? body.stationCode : '',
    at: toInstant(body.at),
  }
}

/** Whole milliseconds within the dates there are: the columns hold nothing else, and a broken clock must hold nothing up. */
function toInstant(at: number): number {
  return Math.min(Math.max(Math.round(at), 0), 8_640_000_000_000_000)
}

async function findStations(transaction: ServerTransaction, session: Session): Promise<ReadonlySet<string>> {
  const rows = await transaction
    .selectFrom('station')
    .select('code')
    .where('scope', '=', session.scope)
    .execute()
  return new Set(rows.map((row) => row.code))
}

/** This replica's ops on these records that are set aside, without the fields its later accepted ops have written. */
async function findWaiting(
  transaction: ServerTransaction,
  replica: Replica,
  ids: readonly string[],
  stations: ReadonlySet<string>,
): Promise<Map<string, CheckedEdit[]>> {
  const waiting = new Map<string, CheckedEdit[]>()
  const rows = await transaction
    .selectFrom('set_aside')
    .innerJoin('op_log', (join) =>
      join.onRef('op_log.replica', '=', 'set_aside.replica').onRef('op_log.n', '=', 'set_aside.n'),
    )
    .selectAll('op_log')
    .select('set_aside.sender_n as sentN')
    .where(isAmong(transaction, 'set_aside.record_id', ids))
    .where('set_aside.sender', '=', replica.number)
    .where('set_aside.seq', 'is', null)
    .where('set_aside.withdrawn_at', 'is', null)
    .orderBy('set_aside.sender_n')
    .execute()
  for (const row of rows) {
    const op = toEnvelope(row)
    const content = opContent.safeParse(op)
    if (!content.success || !REPAIRABLE.includes(content.data.kind)) continue
    const later = await transaction
      .selectFrom('op_log')
      .leftJoin('set_aside', (join) =>
        join.onRef('set_aside.replica', '=', 'op_log.replica').onRef('set_aside.n', '=', 'op_log.n'),
      )
      .select('op_log.body as body')
      .where('op_log.register', '=', row.register)
      .where('op_log.record_id', '=', row.record_id)
      .where((expression) =>
        expression.or([
          expression.and([
            expression('op_log.replica', '=', row.replica),
            expression('op_log.n', '>', row.n),
          ]),
          expression.and([
            expression('op_log.replica', '=', replica.number),
            expression('op_log.n', '>', row.sentN),
          ]),
        ]),
      )
      .where((expression) =>
        expression.or([
          expression('op_log.seq', 'is not', null),
          expression('set_aside.seq', 'is not', null),
        ]),
      )
      .execute()
    const edit = later
      .map((each) => JSON.parse(each.body) as OpContent['body'])
      .reduce(withoutFieldsOf, readEdit({ ...op, n: row.sentN }, content.data, stations))
    const key = keyOf(row.register, row.record_id)
    waiting.set(key, [...(waiting.get(key) ?? []), edit])
  }
  return waiting
}

function toEnvelope(row: {
  readonly n: number
  readonly op_id: string
  readonly register: string
  readonly record_id: string
  readonly kind: string
  readonly base_seq: number
  readonly body: string
  readonly hash: string
}): OpEnvelope {
  return {
    n: row.n,
    opId: row.op_id,
    register: row.register,
    recordId: row.record_id,
    kind: row.kind,
    baseSeq: row.base_seq,
    body: JSON.parse(row.body) as OpEnvelope['body'],
    hash: row.hash,
  }
}
