import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { columnName } from '../../../src-shared/fields/columns.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { WriteDatabase } from '../database/database.ts'
import { followMerges } from '../queries/gone-record.ts'
import { listReferencesTo } from '../queries/references.ts'
import { touch, type TouchedRecords } from './touched-records.ts'

/**
 * References follow a merge: what points to the loser points to the winner from now on. Where it came from is noted,
 * so that it goes back with the loser.
 */
export function moveReferences(
  database: WriteDatabase,
  register: RegisterName,
  loserId: string,
  touched: TouchedRecords,
): void {
  const winnerId = followMerges(database, register, loserId)
  if (winnerId === loserId) return
  for (const { register: name, table, field, column } of listReferencesTo(register)) {
    const ids = database.pluck<string>(`SELECT id FROM ${table} WHERE ${column} = ?`, loserId)
    if (ids.length === 0) continue
    for (const id of ids) noteMoved(database, name, id, field, loserId)
    database.runOf(
      `UPDATE ${table} SET ${column} = ?, revision = revision + 1 WHERE ${column} = ?`,
      winnerId,
      loserId,
    )
    touch(touched, name, ...ids)
  }
}

/** References that were moved away from a record that stands by itself again go back to it, where nobody has changed them since. */
export function returnReferences(
  database: WriteDatabase,
  loserId: string,
  winnerId: string,
  touched: TouchedRecords,
): void {
  const rows = database.allOf(
    'SELECT register, record_id, field FROM moved_reference WHERE loser_id = ?',
    loserId,
  )
  for (const row of rows) {
    const name = row['register'] as RegisterName
    const id = String(row['record_id'])
    const field = String(row['field'])
    const column = columnName(field)
    const { changes } = database.runOf(
      `UPDATE ${getRegister(name).table} SET ${column} = ?, revision = revision + 1 WHERE id = ? AND ${column} = ?`,
      loserId,
      id,
      winnerId,
    )
    if (changes > 0) touch(touched, name, id)
    database.runOf(
      `UPDATE server_record SET body = json_set(body, '$.values.' || ?, ?)
       WHERE register = ? AND record_id = ? AND json_extract(body, '$.values.' || ?) = ?`,
      field,
      loserId,
      name,
      id,
      field,
      winnerId,
    )
  }
  database.runOf('DELETE FROM moved_reference WHERE loser_id = ?', loserId)
}

/** The values with every reference to a merged record replaced by the record it was merged into. */
export function followReferences(
  database: WriteDatabase,
  register: Register,
  recordId: string,
  values: RecordValues,
): RecordValues {
  let followed: Record<string, FieldValue> | undefined
  for (const [name, field] of Object.entries(register.fields)) {
    const id = values[name]
    if (field.kind !== 'reference' || typeof id !== 'string') continue
    const winnerId = followMerges(database, field.register, id)
    if (winnerId === id) continue
    followed ??= { ...values }
    followed[name] = winnerId
    noteMoved(database, register.name, recordId, name, id)
  }
  return followed ?? values
}

function noteMoved(
  database: WriteDatabase,
  register: RegisterName,
  recordId: string,
  field: string,
  loserId: string,
): void {
  database.runOf(
    'INSERT OR IGNORE INTO moved_reference (register, record_id, field, loser_id) VALUES (?, ?, ?, ?)',
    register,
    recordId,
    field,
    loserId,
  )
}
