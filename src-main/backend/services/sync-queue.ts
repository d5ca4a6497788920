import { MAX_WITHDRAWN_OPS } from '../../../src-shared/contract/server-messages.ts'
import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import type { QueuePage, QueueRow, QueueState } from '../../../src-shared/contract/sync-types.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { OpAct, OpBody } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import type { Page } from './conflicts.ts'
import { actorOf, type Actor, type Context } from './context.ts'
import { findRecord } from '../queries/record-row.ts'
import { namerFor } from './names.ts'
import { RequestRefusal } from './request-failure.ts'
import { reshowRecord } from './show-record.ts'
import { nameRecords, titleOfValues } from './shown-records.ts'
import { tellTouched, touch, type TouchedRecords } from './touched-records.ts'
import { writeAudit } from './write-audit.ts'
import { logOwnChange, writeOp } from './write-edit.ts'

/** What an op did, in words. */
const ACT_LABELS: Readonly<Record<OpAct, string>> = {
  created: '登记',
  changed: '修改',
  cancelled: '注销',
  restored: '恢复',
  assigned: '分配协管员',
  resolved: '冲突处理',
  merged: '合并',
  unmerged: '取消合并',
  deleted: '删除',
}

/** SQL: whether the clerk has put the op's record (or the other one of its merge) aside. */
export const IS_HELD = `EXISTS (
  SELECT 1 FROM held_record AS held
  WHERE held.register = outbox.register AND held.record_id IN (outbox.record_id, outbox.loser_id))`

const CONDITIONS: Readonly<Record<QueueState, string>> = {
  pending: `state = 'pending' AND NOT ${IS_HELD}`,
  held: `state = 'pending' AND ${IS_HELD}`,
  setAside: "state = 'setAside'",
}

export type QueueCounts = Readonly<Record<QueueState, number>>

/** Ops without a receipt, by what they wait for. What the clerk has withdrawn waits for nothing. */
export function countQueue(read: ReadDatabase): QueueCounts {
  const row = read.firstOf(
    `SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
            count(*) FILTER (WHERE state = 'setAside') AS set_aside
     FROM outbox INDEXED BY outbox_state WHERE state IN ('pending', 'setAside')`,
  )
  const hasHeld = read.firstOf('SELECT 1 AS found FROM held_record LIMIT 1') !== undefined
  const held = hasHeld
    ? Number(
        read.pluck<number>(
          `SELECT count(DISTINCT n) FROM held_record AS held JOIN outbox ON outbox.register = held.register
             AND (outbox.record_id = held.record_id OR outbox.loser_id = held.record_id)
           WHERE outbox.state = 'pending'`,
        )[0],
      )
    : 0
  return { pending: Number(row?.['pending'] ?? 0) - held, held, setAside: Number(row?.['set_aside'] ?? 0) }
}

/** 数据同步: the ops that have no receipt yet, the oldest first. */
export function listQueue(context: Context, input: Page & { readonly state: QueueState | null }): QueuePage {
  const { read } = context.store
  const condition = input.state === null ? "state IN ('pending', 'setAside')" : CONDITIONS[input.state]
  const lines = read
    .allOf(
      `SELECT n, register, record_id, state, attempts, last_error, refusal, body, created_at, ${IS_HELD} AS is_held
       FROM outbox WHERE ${condition} ORDER BY n LIMIT ? OFFSET ?`,
      input.limit,
      input.offset,
    )
    .map((row) => ({
      row,
      register: row['register'] as RegisterName,
      recordId: String(row['record_id']),
      body: JSON.parse(String(row['body'])) as OpBody,
    }))
  const records = nameRecords(context, read, lines)
  const namer = namerFor(read)
  const rows = lines.map(({ row, register, recordId, body }): QueueRow => {
    const state = row['state'] === 'setAside' ? 'setAside' : row['is_held'] === 1 ? 'held' : 'pending'
    return {
      n: Number(row['n']),
      register,
      recordId,
      title:
        records.find(register, recordId)?.title ??
        titleOfValues(context, read, getRegister(register), fieldsOf(read, body)),
      act: body.withdraws === undefined ? ACT_LABELS[body.act] : '撤回',
      state,
      attempts: Number(row['attempts']),
      reason: String((state === 'setAside' ? row['refusal'] : row['last_error']) ?? ''),
      createdAt: Number(row['created_at']),
      by: namer.person(body.accountName),
    }
  })
  const counts = countQueue(read)
  const total = input.state === null ? counts.pending + counts.held + counts.setAside : counts[input.state]
  return { rows, total, counts }
}

/** Of what was taken back, the values of that. */
function fieldsOf(read: ReadDatabase, body: OpBody): RecordValues {
  const [first] = body.withdraws ?? []
  if (first === undefined) return body.fields
  const row = read.firstOf('SELECT body FROM outbox WHERE op_id = ?', first)
  return row === undefined ? {} : (JSON.parse(String(row['body'])) as OpBody).fields
}

/**
 * 搁置 and its end: ops of the records of these ops wait until they are let go again.
 * @returns how many ops that concerns
 */
export async function holdOps(
  context: Context,
  input: { readonly numbers: readonly number[]; readonly isHeld: boolean },
): Promise<CountOutput> {
  const actor = actorOf(context)
  const numbers = JSON.stringify(input.numbers)
  const count = await context.store.write((database) => {
    const before = countQueue(database).held
    if (input.isHeld) {
      database.runOf(
        `INSERT OR IGNORE INTO held_record (register, record_id, held_by, at)
         SELECT DISTINCT register, record_id, ?, ? FROM outbox
         WHERE n IN (SELECT value FROM json_each(?)) AND state = 'pending'`,
        actor.accountName,
        actor.at,
        numbers,
      )
    } else {
      database.runOf(
        `DELETE FROM held_record WHERE (register, record_id) IN (
           SELECT register, record_id FROM outbox WHERE n IN (SELECT value FROM json_each(?))
           UNION SELECT register, loser_id FROM outbox WHERE n IN (SELECT value FROM json_each(?)))`,
        numbers,
        numbers,
      )
    }
    const changed = Math.abs(countQueue(database).held - before)
    if (changed > 0)
      writeAudit(database, actor, input.isHeld ? 'sync.held' : 'sync.released', '', '', { count: changed })
    return changed
  })
  return { count, savedAt: actor.at }
}

/**
 * 撤回 of ops that the server has set aside: they stay in the outbox and can be exported, but are neither sent nor shown any
 * more; an op of its own tells the server, so that no later edit of the record brings them in after all. With the op that made a record go its later ones: without it they mean nothing.
 *
 * @throws RequestRefusal `notPossible` when one of them was not set aside, or an op that was never sent would go with it
 */
export async function withdrawOps(
  context: Context,
  input: { readonly numbers: readonly number[]; readonly reason: string },
): Promise<CountOutput> {
  const actor = actorOf(context)
  const touched: TouchedRecords = new Map()
  const count = await context.store.write((database) => {
    const asked = [...new Set(input.numbers)]
    const found = database.allOf(
      `SELECT n, register, record_id, body FROM outbox
       WHERE n IN (SELECT value FROM json_each(?)) AND state = 'setAside' ORDER BY n`,
      JSON.stringify(asked),
    )
    if (found.length < asked.length)
      throw new RequestRefusal('notPossible', '只能撤回被服务器退回的内容。所选内容有变化,请刷新后再试。')
    let withdrawn = 0
    for (const row of found) {
      const register = row['register'] as RegisterName
      const recordId = String(row['record_id'])
      const isFirst = (JSON.parse(String(row['body'])) as OpBody).act === 'created'
      if (isFirst && hasWaiting(database, register, recordId)) {
        throw new RequestRefusal(
          'notPossible',
          '要撤回的是一条新登记,而该记录还有没有上传的修改。请先同步一次(搁置的先取消搁置),再撤回。',
        )
      }
      const ops = database.allOf(
        `SELECT n, op_id FROM outbox WHERE register = ? AND record_id = ? AND (n = ? OR (? AND n > ?))
           AND state = 'setAside' ORDER BY n`,
        register,
        recordId,
        Number(row['n']),
        isFirst ? 1 : 0,
        Number(row['n']),
      )
      const numbers = ops.map((op) => Number(op['n']))
      for (const n of numbers) {
        database.runOf("UPDATE outbox SET state = 'withdrawn', withdrawn_at = ? WHERE n = ?", actor.at, n)
        writeAudit(database, actor, 'sync.withdrawn', register, recordId, { n, reason: input.reason })
      }
      withdrawn += numbers.length
      if (numbers.length === 0) continue
      tellServer(
        database,
        actor,
        register,
        recordId,
        input.reason,
        ops.map((op) => String(op['op_id'])),
      )
      reshowRecord(database, register, recordId, touched)
      touch(touched, register, recordId)
      logOwnChange(database, actor, {
        register,
        recordId,
        act: 'changed',
        changes: {},
        reason: `撤回:${input.reason}`,
        opNumber: Number(row['n']),
        serverSeq: 0,
      })
    }
    return withdrawn
  })
  tellTouched(touched, (name, ids) => context.recordsStored(name, ids, 'local'))
  return { count, savedAt: actor.at }
}

function tellServer(
  database: WriteDatabase,
  actor: Actor,
  register: RegisterName,
  recordId: string,
  reason: string,
  withdrawn: readonly string[],
): void {
  const baseSeq = findRecord(database, register, recordId)?.serverSeq ?? 0
  for (let start = 0; start < withdrawn.length; start += MAX_WITHDRAWN_OPS) {
    writeOp(database, actor, {
      register: getRegister(register),
      recordId,
      kind: 'resolve',
      act: 'resolved',
      baseSeq,
      fields: {},
      cancellation: null,
      reason,
      withdraws: withdrawn.slice(start, start + MAX_WITHDRAWN_OPS),
    })
  }
}

/** Whether an edit of the record is still to go. Another withdrawal builds on nothing. */
function hasWaiting(read: ReadDatabase, register: RegisterName, recordId: string): boolean {
  return (
    read.firstOf(
      `SELECT 1 AS found FROM outbox
       WHERE register = ? AND (record_id = ? OR loser_id = ?) AND state = 'pending'
         AND json_type(body, '$.withdraws') IS NULL LIMIT 1`,
      register,
      recordId,
      recordId,
    ) !== undefined
  )
}
