import type { QueuePage, QueueRow, QueueState } from '../../../src-shared/contract/sync-types.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { OpAct, OpBody } from '../../../src-shared/sync/op.ts'
import type { ReadDatabase } from '../database/database.ts'
import type { Page } from './conflicts.ts'
import type { Context } from './context.ts'
import { nameRecords, titleOfValues } from './shown-records.ts'

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
  const rows = lines.map(({ row, register, recordId, body }): QueueRow => {
    const state = row['state'] === 'setAside' ? 'setAside' : row['is_held'] === 1 ? 'held' : 'pending'
    return {
      n: Number(row['n']),
      register,
      recordId,
      title:
        records.find(register, recordId)?.title ??
        titleOfValues(context, read, getRegister(register), body.fields),
      act: ACT_LABELS[body.act],
      state,
      attempts: Number(row['attempts']),
      reason: String((state === 'setAside' ? row['refusal'] : row['last_error']) ?? ''),
      createdAt: Number(row['created_at']),
      by: body.accountName,
    }
  })
  const counts = countQueue(read)
  const total = input.state === null ? counts.pending + counts.held + counts.setAside : counts[input.state]
  return { rows, total, counts }
}
