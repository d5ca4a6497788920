import { isEmptyValue, type RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { RecordProvenance, ValueProvenance } from '../../../src-shared/values/provenance.ts'
import type { ReadDatabase } from '../database/database.ts'
import type { RecordRow } from '../queries/record-row.ts'
import { isPulled, listLogLines, type LogLine } from './change-lines.ts'
import { namerFor } from './names.ts'

/**
 * How the values of a record came, by field: the word of the newest line that wrote the value which stands there. A value whose line
 * says nothing, or that no line has written, has none; what came with a pull is of the server.
 */
export function findProvenance(
  database: ReadDatabase,
  row: Pick<RecordRow, 'register' | 'id' | 'values'>,
): Readonly<Record<string, ValueProvenance>> {
  return provenanceOf(database, row.values, listLogLines(database, row.register, row.id))
}

/** The same of other values and the lines up to them. */
export function provenanceOf(
  database: ReadDatabase,
  values: RecordValues,
  lines: readonly LogLine[],
): Readonly<Record<string, ValueProvenance>> {
  const found: Record<string, ValueProvenance> = {}
  if (lines.length === 0) return found
  const namer = namerFor(database)
  const first = lines.at(-1)
  for (const [name, value] of Object.entries(values)) {
    if (isEmptyValue(value)) continue
    const line = lines.find((each) => Object.hasOwn(each.changes, name))
    if (line === undefined) {
      // The values a record was pulled with stand in no line: the first one says who had written them.
      if (first && isPulled(first) && first.act === 'created') found[name] = ofServer(first)
      continue
    }
    if (!areEqualValues(line.changes[name]?.[1], value)) continue
    if (isPulled(line)) found[name] = ofServer(line)
    else {
      const from = line.provenance[name]
      if (from !== undefined) found[name] = { from, by: '', station: '' }
    }
  }
  return found

  function ofServer(line: LogLine): ValueProvenance {
    return {
      from: 'server',
      by: namer.person(line.accountName),
      station: namer.station(line.stationCode),
    }
  }
}

/**
 * How values had come that a line has replaced: they are put back by an undo.
 * @param before the line's number
 */
export function findProvenanceBefore(
  database: ReadDatabase,
  register: RegisterName,
  recordId: string,
  before: number,
  changes: LogLine['changes'],
): RecordProvenance {
  const old = Object.fromEntries(Object.entries(changes).map(([name, [value]]) => [name, value]))
  const lines = listLogLines(database, register, recordId).filter((line) => line.id < before)
  return Object.fromEntries(
    Object.entries(provenanceOf(database, old, lines)).map(([name, { from }]) => [name, from]),
  )
}
