import { LOOKUP_REGISTER_NAMES, type RecordValues } from '../../src-shared/fields/field.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import type { ServerTransaction } from '../storage/database.ts'
import { isAmong } from '../storage/engine.ts'
import type { ConflictRow, RecordRow } from '../storage/tables.ts'
import { keyOf, type RecordKey } from './batch.ts'
import { listDuplicates } from './duplicates.ts'
import { followReferences, listReferences } from './references.ts'

/** The columns of a record that go out; `versions` stays here. */
export const LINE_COLUMNS = [
  'register',
  'id',
  'scope',
  'station_code',
  'seq',
  'status',
  'merged_into',
  'cancellation',
  'declaration_version',
  'data',
  'created_at',
  'updated_at',
  'updated_by',
  'updated_station',
  'updated_as',
  'echo_replica',
  'echo_after',
  'open_conflicts',
  'duplicates',
  'has_alias',
] as const
export type LineRow = Pick<RecordRow, (typeof LINE_COLUMNS)[number]>

/** Who asks, where a record that it has made what it is needs no content. */
export type EchoReader = {
  /** The number the server gave the replica. */
  readonly replica: number
  readonly cursor: number
  /** The greatest cursor it ever named: it has been here before and may have lost what it knew. */
  readonly pulledTo: number
}

/**
 * The JSON text of each row as a pull gives it out: a `ServerRecord`, or an own echo. Stored JSON goes through as text;
 * conflicts, duplicates and merged references are looked up for the rows that have any.
 */
export async function writeRecordLines(
  transaction: ServerTransaction,
  rows: readonly LineRow[],
  reader?: EchoReader,
): Promise<readonly string[]> {
  const conflicts = await listOpenConflicts(
    transaction,
    rows.filter((row) => row.open_conflicts > 0),
  )
  const duplicates = await listDuplicates(
    transaction,
    rows.filter((row) => row.duplicates > 0).map((row) => row.id),
  )
  const followed = await followData(
    transaction,
    rows.filter((row) => row.has_alias > 0),
  )
  return rows.map((row) => {
    if (reader !== undefined && isOwnEcho(row, reader))
      return `{"register":"${row.register}","recordId":"${row.id}","seq":${row.seq},"echo":true${
        row.echo_after > 0 ? `,"after":${row.echo_after}` : ''
      }}`
    const key = keyOf(row.register, row.id)
    return writeLine(row, followed.get(key) ?? row.data, conflicts.get(key) ?? [], duplicates.get(key) ?? [])
  })
}

function isOwnEcho(row: LineRow, reader: EchoReader): boolean {
  return (
    row.echo_replica === reader.replica &&
    row.echo_after <= reader.cursor &&
    row.seq > reader.pulledTo &&
    row.open_conflicts === 0
  )
}

function writeLine(
  row: LineRow,
  data: string,
  conflicts: readonly string[],
  duplicates: readonly string[],
): string {
  return (
    `{"register":"${row.register}","recordId":"${row.id}","seq":${row.seq},"status":"${row.status}",` +
    `"mergedInto":${row.merged_into === null ? 'null' : `"${row.merged_into}"`},"cancellation":${row.cancellation ?? 'null'},` +
    `"declarationVersion":${row.declaration_version},"stationCode":${JSON.stringify(row.station_code)},"values":${data},` +
    `"createdAt":${row.created_at},"updatedAt":${row.updated_at},"updatedBy":${JSON.stringify(row.updated_by)},` +
    `"updatedStation":${JSON.stringify(row.updated_station)},` +
    (row.updated_as === null ? '' : `"updatedAs":${row.updated_as},`) +
    `"conflicts":[${conflicts.join(',')}],` +
    `"duplicates":${JSON.stringify(duplicates)}}`
  )
}

async function listOpenConflicts(
  transaction: ServerTransaction,
  rows: readonly LineRow[],
): Promise<ReadonlyMap<RecordKey, string[]>> {
  const lines = new Map<RecordKey, string[]>()
  if (rows.length === 0) return lines
  const found = await transaction
    .selectFrom('conflict')
    .selectAll()
    .where(
      isAmong(
        transaction,
        'record_id',
        rows.map((row) => row.id),
      ),
    )
    .where('state', '=', 'open')
    .orderBy('seq')
    .orderBy('id')
    .execute()
  for (const row of found) {
    const key = keyOf(row.register, row.record_id)
    lines.set(key, [...(lines.get(key) ?? []), writeConflict(row)])
  }
  return lines
}

function writeConflict(row: ConflictRow): string {
  return (
    `{"id":${JSON.stringify(row.id)},"field":${JSON.stringify(row.field)},"lost":${row.lost},` +
    `"by":${JSON.stringify(row.account_name)},"station":${JSON.stringify(row.station_code)},"at":${row.at},` +
    `"keptBy":${JSON.stringify(row.kept_by)},"keptStation":${JSON.stringify(row.kept_station)},"keptAt":${row.kept_at}}`
  )
}

/** The data of rows some of whose references name merged records, with the records they were merged into. */
async function followData(
  transaction: ServerTransaction,
  rows: readonly LineRow[],
): Promise<ReadonlyMap<RecordKey, string>> {
  const data = new Map<RecordKey, string>()
  if (rows.length === 0) return data
  const parsed = rows.map((row) => ({ row, values: JSON.parse(row.data) as RecordValues }))
  const references = parsed.flatMap(({ row, values }) =>
    listReferences(getRegister(row.register as RegisterName), values),
  )
  const aliases = await transaction
    .selectFrom('alias')
    .select(['register', 'loser', 'scope', 'target'])
    .where('register', 'in', LOOKUP_REGISTER_NAMES)
    .where(isAmong(transaction, 'loser', [...new Set(references.map((each) => each.target))]))
    .execute()
  const targets = new Map(
    aliases.map((each) => [`${each.scope}/${each.register}/${each.loser}`, each.target]),
  )
  for (const { row, values } of parsed) {
    const next = followReferences(
      getRegister(row.register as RegisterName),
      values,
      (register, id) => targets.get(`${row.scope}/${register}/${id}`) ?? id,
    )
    data.set(keyOf(row.register, row.id), JSON.stringify(next))
  }
  return data
}
