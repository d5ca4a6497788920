import type { ReadDatabase } from '../../src-main/backend/database/database.ts'
import { findRecord, toFieldValue } from '../../src-main/backend/queries/record-row.ts'
import type { FieldValue, RecordValues } from '../../src-shared/fields/field.ts'
import { areEqualValues } from '../../src-shared/fields/merge.ts'
import { nameInitialKeys } from '../../src-shared/pinyin/initials.ts'
import { REGISTER_NAMES } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { OP_ACTS, type OpBody } from '../../src-shared/sync/op.ts'

/**
 * Compares what stands beside each other in a store that only local acts have written: a record must be what its history
 * replays to and what its ops replay to; every act has one line of history, one op and one audit entry; counts and name keys agree.
 * Answers one sentence per disagreement.
 */
export function findDisagreements(read: ReadDatabase): readonly string[] {
  const found: string[] = []
  for (const name of REGISTER_NAMES) {
    const register = getRegister(name)
    const counts = { active: 0, cancelled: 0 }
    for (const id of read.pluck<string>(`SELECT id FROM ${register.table}`)) {
      const record = findRecord(read, name, id)
      if (!record) continue
      counts[record.status] += 1
      const lines = read.allOf(
        'SELECT act, changes, op_n FROM change_log WHERE register = ? AND record_id = ? ORDER BY id',
        name,
        id,
      )
      const ops = read.allOf(
        'SELECT n, kind, body FROM outbox WHERE register = ? AND record_id = ? ORDER BY n',
        name,
        id,
      )
      const audits = read.pluck<string>(
        `SELECT act FROM audit WHERE register = ? AND record_id = ? AND act IN (${OP_ACTS.map((act) => `'record.${act}'`).join()}) ORDER BY id`,
        name,
        id,
      )
      const acts = lines.map((line) => String(line['act']))
      if (record.revision !== lines.length)
        found.push(`${name} ${id}: revision ${record.revision}, ${lines.length} lines of history`)
      if (record.pendingOps !== ops.length)
        found.push(`${name} ${id}: ${record.pendingOps} pending, ${ops.length} ops`)
      if (acts.map((act) => `record.${act}`).join() !== audits.join())
        found.push(`${name} ${id}: audit ${audits.join()}, history ${acts.join()}`)
      if (lines.map((line) => line['op_n']).join() !== ops.map((op) => op['n']).join())
        found.push(`${name} ${id}: ops and history do not name each other`)
      if (acts[0] !== 'created' || acts.slice(1).includes('created'))
        found.push(`${name} ${id}: created ${acts.join()}`)
      const byHistory = replayHistory(lines.map((line) => String(line['changes'])))
      const byOps = replayOps(ops.map((op) => JSON.parse(String(op['body'])) as OpBody))
      for (const field of Object.keys(register.fields)) {
        const stored = record.values[field]
        if (!areEqualValues(stored, byHistory[field] ?? null))
          found.push(`${name} ${id}: ${field} differs from its history`)
        if (!areEqualValues(stored, byOps[field] ?? null))
          found.push(`${name} ${id}: ${field} differs from its ops`)
      }
      const lastKind = ops.filter((op) => op['kind'] !== 'set').at(-1)?.['kind']
      if ((lastKind === 'cancel') !== (record.status === 'cancelled'))
        found.push(`${name} ${id}: status ${record.status}, last op ${String(lastKind)}`)
      const keys = read.pluck<string>(
        'SELECT key FROM name_key WHERE register = ? AND row = ? ORDER BY key',
        name,
        record.row,
      )
      const nameField = register.fields[register.nameField]
      const stored = nameField ? toFieldValue(nameField, record.values[register.nameField]) : null
      const expected = typeof stored === 'string' ? nameInitialKeys(stored).toSorted() : []
      if (keys.join() !== expected.join()) found.push(`${name} ${id}: name keys ${keys.join()}`)
    }
    const row = read.firstOf('SELECT active, cancelled FROM register_count WHERE register = ?', name)
    if (row?.['active'] !== counts.active || row['cancelled'] !== counts.cancelled)
      found.push(`${name}: counts ${JSON.stringify(row)}, records ${JSON.stringify(counts)}`)
  }
  return found
}

function replayHistory(changes: readonly string[]): RecordValues {
  const values: Record<string, FieldValue> = {}
  for (const text of changes) {
    for (const [field, [, value]] of Object.entries(
      JSON.parse(text) as Readonly<Record<string, readonly [FieldValue, FieldValue]>>,
    ))
      values[field] = value
  }
  return values
}

function replayOps(bodies: readonly OpBody[]): RecordValues {
  const values: Record<string, FieldValue> = {}
  for (const body of bodies) Object.assign(values, body.fields)
  return values
}
