import type { PullAnswer, PullRequest } from '../../src-shared/contract/server-messages.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import type { ServerRecord } from '../../src-shared/sync/op.ts'
import type { Session } from '../accounts/session.ts'
import type { ServerDatabase } from '../storage/database.ts'
import type { RecordRow } from '../storage/tables.ts'
import { checkCursor, checkEpoch, getHead } from './replica.ts'

/**
 * The records of the session's scope that changed after the cursor, oldest change first. A record that changed twice is
 * sent once, as it now is.
 */
export async function listChanges(
  database: ServerDatabase,
  session: Session,
  request: PullRequest,
): Promise<PullAnswer> {
  return database.transaction().execute(async (transaction) => {
    await checkEpoch(transaction, request.epoch)
    const head = await getHead(transaction)
    checkCursor(request, head)
    const rows = await transaction
      .selectFrom('record')
      .selectAll()
      .where('scope', '=', session.scope)
      .where('seq', '>', request.cursor)
      .where('seq', '<=', head)
      .orderBy('seq')
      .limit(request.limit + 1)
      .execute()
    const page = rows.slice(0, request.limit)
    const last = page.at(-1)
    const more = rows.length > request.limit && last !== undefined
    // At the end the cursor moves past numbers whose records have changed again or lie in another scope.
    return {
      rows: page.map(readRecord),
      next: more ? last.seq : head,
      more,
      end: { rows: page.length, sum: page.reduce((sum, row) => sum + row.seq, 0) },
      head,
    }
  })
}

function readRecord(row: RecordRow): ServerRecord {
  return {
    register: row.register as RegisterName,
    recordId: row.id,
    seq: row.seq,
    status: row.status,
    cancellation: row.cancellation === null ? null : (JSON.parse(row.cancellation) as RecordValues),
    declarationVersion: row.declaration_version,
    stationCode: row.station_code,
    values: JSON.parse(row.data) as RecordValues,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    updatedStation: row.updated_station,
    mergedInto: null,
    conflicts: [],
    duplicates: [],
  }
}
