import type { FieldValue } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { readCardChoices, type CardChoices } from '../../../src-shared/readers/card-choice.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { ChangeKind } from '../../../src-shared/sync/change-kind.ts'
import { readProvenance, type RecordProvenance } from '../../../src-shared/values/provenance.ts'
import { build, type ReadDatabase } from '../database/database.ts'
import type { ChangeLogTable } from '../database/tables.ts'

/** One line of the change log as it is read. */
export type LogLine = Pick<
  ChangeLogTable,
  'act' | 'reason' | 'accountName' | 'stationCode' | 'at' | 'opN' | 'serverSeq'
> & {
  readonly id: number
  readonly changeKind: ChangeKind | null
  readonly effectiveDate: string | null
  /** Field → [old, new]; the cancellation's fields as `cancellation.<field>`. */
  readonly changes: Readonly<Record<string, readonly [FieldValue, FieldValue]>>
  readonly provenance: RecordProvenance
  readonly cardChoices: CardChoices
}

/** More lines than any record has; a runaway history must not fill the memory. */
const MOST_LINES = 5_000

/** The lines of a record's history, the newest first. */
export function listLogLines(
  database: ReadDatabase,
  register: RegisterName,
  recordId: string,
  limit = MOST_LINES,
): readonly LogLine[] {
  return database
    .all(
      build
        .selectFrom('changeLog')
        .selectAll()
        .where('register', '=', register)
        .where('recordId', '=', recordId)
        .orderBy('id', 'desc')
        .limit(limit),
    )
    .map((line) => {
      const changes = JSON.parse(line.changes) as LogLine['changes']
      return {
        ...line,
        changes,
        cardChoices:
          line.cardChoices === null
            ? {}
            : readCardChoices(
                JSON.parse(line.cardChoices) as unknown,
                Object.keys(getRegister(register).fields),
              ),
        provenance:
          line.provenance === null
            ? {}
            : readProvenance(JSON.parse(line.provenance) as unknown, Object.keys(changes)),
      }
    })
}

/** A line that a pull has written: nobody here did what it says. */
export function isPulled(line: Pick<LogLine, 'opN' | 'serverSeq'>): boolean {
  return line.serverSeq !== null && line.opN === null
}
