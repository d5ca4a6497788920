import type { CountOutput, RequestInput } from '../../../src-shared/contract/requests.ts'
import { isDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import type { FieldValue } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { findGone, followMerges } from '../queries/gone-record.ts'
import { findRecord } from '../queries/record-row.ts'
import { countReferrers } from '../queries/references.ts'
import { getRecord } from './change-status.ts'
import { actorOf, type Context } from './context.ts'
import { findSeenSeq } from './overlaid-ops.ts'
import { RequestRefusal } from './request-failure.ts'
import { tellTouched, type TouchedRecords } from './touched-records.ts'
import { writeDecision } from './write-decision.ts'

/**
 * 合并: two records of the same thing become one. The loser becomes another name of the winner, references follow at
 * once, and what is picked from the loser is written into the winner.
 *
 * @throws RequestRefusal `notFound`, `notPossible`, `invalidInput` (an unknown field)
 */
export async function mergeRecords(
  context: Context,
  input: RequestInput<'record.merge'>,
): Promise<CountOutput> {
  const register = getRegister(input.register)
  const { winnerId, loserId } = input
  if (winnerId === loserId) throw new RequestRefusal('invalidInput', '一条记录不能与自己合并!')
  if (isDemoRecordId(winnerId) || isDemoRecordId(loserId))
    throw new RequestRefusal('notPossible', '演示数据不能合并。')
  const actor = actorOf(context)
  const touched: TouchedRecords = new Map()
  await context.store.write((database) => {
    const winner = getRecord(database, input.register, winnerId)
    const loser = getRecord(database, input.register, loserId)
    if (winner.status === 'cancelled' && loser.status === 'active') {
      throw new RequestRefusal(
        'notPossible',
        `要保留的${register.label}已注销,而另一条没有。请保留没有注销的那一条,或先恢复。`,
      )
    }
    const fields: Record<string, FieldValue> = {}
    for (const [name, side] of Object.entries(input.picks)) {
      if (!Object.hasOwn(register.fields, name))
        throw new RequestRefusal('invalidInput', `没有「${name}」这一项!`)
      const value = loser.values[name] ?? null
      if (side === 'loser' && !areEqualValues(winner.values[name], value)) fields[name] = value
    }
    writeDecision(
      database,
      actor,
      {
        register,
        recordId: winnerId,
        kind: 'merge',
        act: 'merged',
        baseSeq: findSeenSeq(database, register, winner, null),
        fields,
        cancellation: null,
        reason: '',
        merge: { loserId, loserBaseSeq: findSeenSeq(database, register, loser, null) },
        otherId: loserId,
      },
      touched,
    )
  })
  tellTouched(touched, (name, ids) => context.recordsStored(name, ids, 'local'))
  return { count: 1, savedAt: actor.at }
}

/**
 * 取消合并: the loser stands by itself again; the winner gets back what was picked from it, unless it was changed since.
 *
 * @throws RequestRefusal `notPossible` when it is not merged
 */
export async function unmergeRecord(
  context: Context,
  input: RequestInput<'record.unmerge'>,
): Promise<CountOutput> {
  const register = getRegister(input.register)
  const actor = actorOf(context)
  const touched: TouchedRecords = new Map()
  await context.store.write((database) => {
    const gone = findGone(database, input.register, input.loserId)
    if (gone?.status !== 'merged')
      throw new RequestRefusal('notPossible', `该${register.label}没有被合并,无需取消。`)
    writeDecision(
      database,
      actor,
      {
        register,
        recordId: input.loserId,
        kind: 'unmerge',
        act: 'unmerged',
        baseSeq: gone.seq,
        fields: {},
        cancellation: null,
        reason: input.reason,
        otherId: followMerges(database, input.register, input.loserId),
      },
      touched,
    )
  })
  tellTouched(touched, (name, ids) => context.recordsStored(name, ids, 'local'))
  return { count: 1, savedAt: actor.at }
}

/**
 * 不是同一个: two records with the same natural key are declared different things; the pair is not offered again.
 *
 * @throws RequestRefusal `notFound`
 */
export async function dismissDuplicate(
  context: Context,
  input: RequestInput<'duplicate.dismiss'>,
): Promise<CountOutput> {
  const register = getRegister(input.register)
  const [recordId, otherId] = input.ids
  const actor = actorOf(context)
  const touched: TouchedRecords = new Map()
  const isNew = await context.store.write((database) => {
    const record = getRecord(database, input.register, recordId)
    getRecord(database, input.register, otherId)
    const open = database.firstOf(
      `SELECT 1 AS found FROM duplicate
       WHERE register = ? AND is_decided = 0 AND ((record_id = ? AND other_id = ?) OR (record_id = ? AND other_id = ?))`,
      input.register,
      recordId,
      otherId,
      otherId,
      recordId,
    )
    if (!open) return false
    // The pair is noted on this record in any case: the server may have told it of the other one only.
    database.runOf(
      'INSERT OR IGNORE INTO duplicate (register, record_id, other_id, is_decided) VALUES (?, ?, ?, 0)',
      input.register,
      recordId,
      otherId,
    )
    writeDecision(
      database,
      actor,
      {
        register,
        recordId,
        kind: 'resolve',
        act: 'resolved',
        baseSeq: record.serverSeq,
        fields: {},
        cancellation: null,
        reason: '不是同一个',
        resolves: [],
        distinctFrom: [otherId],
      },
      touched,
    )
    return true
  })
  if (isNew) context.recordsStored(input.register, [...input.ids], 'local')
  return { count: isNew ? 1 : 0, savedAt: actor.at }
}

/**
 * 删除 of records that should never have been made, all or none. They can be brought back from the server's log.
 *
 * @throws RequestRefusal `notAllowed` (administrators only), `notFound`, `notPossible` while others refer to one
 */
export async function deleteRecords(
  context: Context,
  input: RequestInput<'record.delete'>,
): Promise<CountOutput> {
  if (context.account()?.role !== 'administrator')
    throw new RequestRefusal('notAllowed', '只有管理员可以删除记录。不再使用的记录请「注销」。')
  const register = getRegister(input.register)
  const actor = actorOf(context)
  const touched: TouchedRecords = new Map()
  const ids = [...new Set(input.ids)]
  const count = await context.store.write((database) => {
    let deleted = 0
    for (const id of ids) {
      if (isDemoRecordId(id)) throw new RequestRefusal('notPossible', '演示数据请在「关于」中一并移除。')
      if (isDeleted(id)) continue
      const record = getRecord(database, input.register, id)
      const referrers = countReferrers(database, input.register, id)
      if (referrers > 0) {
        throw new RequestRefusal(
          'notPossible',
          `所选${register.label}中有一条还被 ${referrers} 条记录引用,不能删除。请先改掉这些引用,或改用「合并」。`,
        )
      }
      writeDecision(
        database,
        actor,
        {
          register,
          recordId: id,
          kind: 'delete',
          act: 'deleted',
          baseSeq: findSeenSeq(database, register, record, null),
          fields: {},
          cancellation: null,
          reason: input.reason,
        },
        touched,
      )
      deleted += 1
    }
    return deleted

    function isDeleted(id: string): boolean {
      return (
        findRecord(database, input.register, id) === undefined &&
        findGone(database, input.register as RegisterName, id)?.status === 'deleted'
      )
    }
  })
  tellTouched(touched, (name, each) => context.recordsStored(name, each, 'local'))
  return { count, savedAt: actor.at }
}
