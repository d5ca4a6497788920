import { BUCKETS, MAX_PULL_BYTES } from '../../src-shared/contract/server-messages.ts'
import type {
  BucketRequest,
  CheckAnswer,
  CheckRequest,
  PullRequest,
  RecordsRequest,
} from '../../src-shared/contract/server-messages.ts'
import { REGISTER_NAMES } from '../../src-shared/registers/register.ts'
import { writeAudit } from '../accounts/audit.ts'
import type { Session } from '../accounts/session.ts'
import type { ServerDatabase, ServerTransaction } from '../storage/database.ts'
import { isAmong, readSnapshot } from '../storage/engine.ts'
import { writeRecordLines, LINE_COLUMNS, type EchoReader, type LineRow } from './record-lines.ts'
import { checkCursor, checkEpoch, findReplica, getHead } from './replica.ts'

/**
 * The records of the session's scope that changed after the cursor, oldest change first: the JSON text of a `PullAnswer`. A record
 * that changed twice is sent once, as it now is.
 *
 * @throws Refusal 400 cursor, 403 a replica of another scope, 412 epoch
 */
export async function listChanges(
  database: ServerDatabase,
  session: Session,
  request: PullRequest,
  now: number,
): Promise<string> {
  const { rows, text } = await database.transaction().execute(async (transaction) => {
    await checkEpoch(transaction, request.epoch)
    const replica = await findReplica(transaction, session, request.replica)
    const head = await getHead(transaction)
    checkCursor(request, head)
    const found = await transaction
      .selectFrom('record')
      .select(LINE_COLUMNS)
      .where('scope', '=', session.scope)
      .where('seq', '>', request.cursor)
      .where('seq', '<=', head)
      .orderBy('seq')
      .limit(request.limit + 1)
      .execute()
    const page = cutPage(found.slice(0, request.limit))
    const last = page.at(-1)
    const more = found.length > page.length && last !== undefined
    const reader = replica && { replica: replica.number, cursor: request.cursor, pulledTo: replica.pulledTo }
    const lines = await writeRecordLines(transaction, page, reader satisfies EchoReader | undefined)
    const end = { rows: page.length, sum: page.reduce((sum, row) => sum + row.seq, 0) }
    // At the end the cursor moves past numbers whose records have changed again or lie in another scope.
    return {
      rows: page.length,
      text: `{"rows":[${lines.join(',')}],"next":${more ? last.seq : head},"more":${String(more)},"end":${JSON.stringify(end)},"head":${head}}`,
    }
  })
  if (rows > 0) await writeAudit(database, session.account, 'pull', { rows }, now)
  return text
}

/** As many rows as an answer may be long, at least one. */
function cutPage(rows: readonly LineRow[]): readonly LineRow[] {
  let length = 0
  for (const [index, row] of rows.entries()) {
    length += row.data.length + 600
    if (length > MAX_PULL_BYTES && index > 0) return rows.slice(0, index)
  }
  return rows
}

/** Count and sum of the scope's records by bucket, and the change number they hold for. @throws Refusal 403, 412 */
export async function checkBuckets(
  database: ServerDatabase,
  session: Session,
  request: CheckRequest,
): Promise<CheckAnswer> {
  return readSnapshot(database, async (transaction) => {
    await admit(transaction, session, request)
    const head = await getHead(transaction)
    const counts = Array.from({ length: BUCKETS }, () => 0)
    const sums = Array.from({ length: BUCKETS }, () => 0)
    const rows = await transaction
      .selectFrom('bucket')
      .select(['bucket', 'count', 'sum'])
      .where('scope', '=', session.scope)
      .execute()
    for (const row of rows) {
      counts[row.bucket] = row.count
      sums[row.bucket] = row.sum
    }
    return { head, counts, sums }
  })
}

/** The numbers of one bucket's records: the JSON text of a `BucketAnswer`. @throws Refusal 403, 412 */
export async function listBucket(
  database: ServerDatabase,
  session: Session,
  request: BucketRequest,
): Promise<string> {
  return readSnapshot(database, async (transaction) => {
    await admit(transaction, session, request)
    const head = await getHead(transaction)
    const rows = await transaction
      .selectFrom('record')
      .select(['register', 'id', 'seq'])
      .where('scope', '=', session.scope)
      .where('bucket', '=', request.bucket)
      .orderBy('register')
      .orderBy('id')
      .execute()
    const records = rows.map((row) => [row.register, row.id, row.seq])
    return JSON.stringify({ head, records })
  })
}

/** Records by id, as a pull gives them out: the JSON text of a `RecordsAnswer`. @throws Refusal 403, 412 */
export async function listRecords(
  database: ServerDatabase,
  session: Session,
  request: RecordsRequest,
  now: number,
): Promise<string> {
  const { rows, text } = await readSnapshot(database, async (transaction) => {
    await admit(transaction, session, request)
    const asked = new Set(request.records.map(([register, id]) => `${register}/${id}`))
    const found = await transaction
      .selectFrom('record')
      .select(LINE_COLUMNS)
      .where('register', 'in', REGISTER_NAMES)
      .where(
        isAmong(
          transaction,
          'id',
          request.records.map(([, id]) => id),
        ),
      )
      .where('scope', '=', session.scope)
      .orderBy('seq')
      .execute()
    const page = found.filter((row) => asked.has(`${row.register}/${row.id}`))
    const lines = await writeRecordLines(transaction, page)
    return { rows: page.length, text: `{"rows":[${lines.join(',')}]}` }
  })
  await writeAudit(database, session.account, 'records', { asked: request.records.length, rows }, now)
  return text
}

async function admit(
  transaction: ServerTransaction,
  session: Session,
  request: { readonly replica: string; readonly epoch: string },
): Promise<void> {
  await checkEpoch(transaction, request.epoch)
  await findReplica(transaction, session, request.replica)
}
