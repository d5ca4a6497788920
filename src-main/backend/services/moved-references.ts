import { idsOf, type FieldValue, type RecordValues } from '../../../src-shared/fields/field.ts'
import { followValue } from '../../../src-shared/fields/follow-references.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import type { WriteDatabase } from '../database/database.ts'
import { followMerges } from '../queries/gone-record.ts'
import { getReference, listReferencesTo, pointsTo, type Reference } from '../queries/references.ts'
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
  for (const reference of listReferencesTo(register)) {
    const ids =
      reference.link === null
        ? moveSingle(database, reference, loserId, winnerId)
        : moveInLists(database, reference, loserId, winnerId)
    if (ids.length > 0) touch(touched, reference.register, ...ids)
  }
}

function moveSingle(
  database: WriteDatabase,
  { register, table, field, column }: Reference,
  loserId: string,
  winnerId: string,
): readonly string[] {
  const ids = database.pluck<string>(`SELECT id FROM ${table} WHERE ${column} = ?`, loserId)
  if (ids.length === 0) return ids
  for (const id of ids) noteMoved(database, register, id, field, loserId)
  database.runOf(
    `UPDATE ${table} SET ${column} = ?, revision = revision + 1 WHERE ${column} = ?`,
    winnerId,
    loserId,
  )
  return ids
}

function moveInLists(
  database: WriteDatabase,
  reference: Reference,
  loserId: string,
  winnerId: string,
): readonly string[] {
  const { register, table, field, column, target } = reference
  const rows = database.allOf(
    `SELECT id, ${column} AS list FROM ${table} WHERE ${pointsTo(reference)}`,
    loserId,
  )
  return rows.map((row) => {
    const id = String(row['id'])
    const list = readList(row['list'])
    noteMoved(database, register, id, field, loserId, findWritten(database, reference, id, list) ?? list)
    writeList(
      database,
      reference,
      id,
      followList(database, target, list, (each) => (each === loserId ? winnerId : each)),
    )
    return id
  })
}

/** The list as it was written, where others of it were followed before and nobody has written it since. */
function findWritten(
  database: WriteDatabase,
  { register, field, target }: Reference,
  id: string,
  list: readonly string[],
): readonly string[] | undefined {
  const followed = followList(database, target, list)
  return database
    .pluck<string | null>(
      'SELECT list FROM moved_reference WHERE register = ? AND record_id = ? AND field = ?',
      register,
      id,
      field,
    )
    .map(readList)
    .find((written) => areEqualValues(followList(database, target, written), followed))
}

/** References that were moved away from a record that stands by itself again go back to it, where nobody has changed them since. */
export function returnReferences(
  database: WriteDatabase,
  loserId: string,
  winnerId: string,
  touched: TouchedRecords,
): void {
  const rows = database.allOf(
    'SELECT register, record_id, field, list FROM moved_reference WHERE loser_id = ?',
    loserId,
  )
  for (const row of rows) {
    const name = row['register'] as RegisterName
    const id = String(row['record_id'])
    const reference = getReference(name, String(row['field']))
    const isReturned =
      reference.link === null
        ? returnSingle(database, reference, id, loserId, winnerId)
        : returnList(database, reference, id, { written: readList(row['list']), loserId, winnerId })
    if (isReturned) touch(touched, name, id)
  }
  database.runOf('DELETE FROM moved_reference WHERE loser_id = ?', loserId)
}

function returnSingle(
  database: WriteDatabase,
  { register, table, field, column }: Reference,
  id: string,
  loserId: string,
  winnerId: string,
): boolean {
  const { changes } = database.runOf(
    `UPDATE ${table} SET ${column} = ?, revision = revision + 1 WHERE id = ? AND ${column} = ?`,
    loserId,
    id,
    winnerId,
  )
  database.runOf(
    `UPDATE server_record SET body = json_set(body, '$.values.' || ?, ?)
     WHERE register = ? AND record_id = ? AND json_extract(body, '$.values.' || ?) = ?`,
    field,
    loserId,
    register,
    id,
    field,
    winnerId,
  )
  return changes > 0
}

/** A list goes back as it was written, where it still is what following has made of it; what is merged still stays followed. */
function returnList(
  database: WriteDatabase,
  reference: Reference,
  id: string,
  moved: { readonly written: readonly string[]; readonly loserId: string; readonly winnerId: string },
): boolean {
  const { register, table, field, column, target } = reference
  const { written, loserId, winnerId } = moved
  const followBefore = (ids: readonly string[]): readonly string[] =>
    followList(database, target, ids, (each) => {
      const followed = followMerges(database, target, each)
      return followed === loserId ? winnerId : followed
    })
  const before = followBefore(written)
  const returned = followList(database, target, written)
  const kept = database.firstOf(
    'SELECT body FROM server_record WHERE register = ? AND record_id = ?',
    register,
    id,
  )
  if (kept) {
    const body = JSON.parse(String(kept['body'])) as { readonly values: RecordValues }
    if (areEqualValues(followBefore(idsOf(body.values[field])), before))
      database.runOf(
        'UPDATE server_record SET body = ? WHERE register = ? AND record_id = ?',
        JSON.stringify({ ...body, values: { ...body.values, [field]: returned } }),
        register,
        id,
      )
  }
  const shown = database.firstOf(`SELECT ${column} AS list FROM ${table} WHERE id = ?`, id)
  if (!shown || areEqualValues(before, returned) || !areEqualValues(readList(shown['list']), before))
    return false
  writeList(database, reference, id, returned)
  return true
}

/** Every id of a list replaced by what it is followed to, each once. */
function followList(
  database: WriteDatabase,
  target: RegisterName,
  ids: readonly string[],
  follow: (id: string) => string = (id) => followMerges(database, target, id),
): readonly string[] {
  return idsOf(followValue(ids, follow))
}

function readList(stored: unknown): readonly string[] {
  return typeof stored === 'string' ? idsOf(JSON.parse(stored) as FieldValue) : []
}

function writeList(
  database: WriteDatabase,
  { table, column }: Reference,
  id: string,
  ids: readonly string[],
): void {
  database.runOf(
    `UPDATE ${table} SET ${column} = ?, revision = revision + 1 WHERE id = ?`,
    JSON.stringify(ids),
    id,
  )
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
    const value = values[name]
    if ((field.kind !== 'reference' && field.kind !== 'references') || value === undefined) continue
    const next = followValue(value, (id) => followMerges(database, field.register, id))
    if (next === value) continue
    followed ??= { ...values }
    followed[name] = next
    for (const id of idsOf(value)) {
      if (followMerges(database, field.register, id) === id) continue
      noteMoved(
        database,
        register.name,
        recordId,
        name,
        id,
        field.kind === 'references' ? idsOf(value) : undefined,
      )
    }
  }
  return followed ?? values
}

function noteMoved(
  database: WriteDatabase,
  register: RegisterName,
  recordId: string,
  field: string,
  loserId: string,
  written?: readonly string[],
): void {
  // Of a list the newest note is the true one: it may have been written anew since.
  database.runOf(
    `INSERT OR ${written === undefined ? 'IGNORE' : 'REPLACE'} INTO moved_reference (register, record_id, field, loser_id, list)
     VALUES (?, ?, ?, ?, ?)`,
    register,
    recordId,
    field,
    loserId,
    written === undefined ? null : JSON.stringify(written),
  )
}
