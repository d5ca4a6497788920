import type { OwnOpsRequest } from '../../src-shared/contract/server-messages.ts'
import { writeAudit } from '../accounts/audit.ts'
import type { Session } from '../accounts/session.ts'
import type { ServerDatabase } from '../storage/database.ts'
import { checkEpoch, findReplica } from './replica.ts'

/**
 * A replica's own ops that the server holds, after a number: the JSON text of an `OwnOpsAnswer`. A store that was put back
 * to an earlier day gets back what it had already sent.
 *
 * @throws Refusal 403 a replica of another scope, 412 epoch
 */
export async function listOwnOps(
  database: ServerDatabase,
  session: Session,
  request: OwnOpsRequest,
  now: number,
): Promise<string> {
  const { count, text } = await database.transaction().execute(async (transaction) => {
    await checkEpoch(transaction, request.epoch)
    const replica = await findReplica(transaction, session, request.replica)
    const rows =
      replica === undefined
        ? []
        : await transaction
            .selectFrom('op_log')
            .leftJoin('set_aside', (join) =>
              join.onRef('set_aside.replica', '=', 'op_log.replica').onRef('set_aside.n', '=', 'op_log.n'),
            )
            .select([
              'op_log.n as n',
              'op_log.op_id as opId',
              'op_log.register as register',
              'op_log.record_id as recordId',
              'op_log.kind as kind',
              'op_log.base_seq as baseSeq',
              'op_log.body as body',
              'op_log.hash as hash',
              'op_log.seq as seq',
              'op_log.received_at as receivedAt',
              'set_aside.seq as repairedSeq',
              'set_aside.reason as reason',
            ])
            .where('op_log.replica', '=', replica.number)
            .where('op_log.n', '>', request.afterN)
            .orderBy('op_log.n')
            .limit(request.limit + 1)
            .execute()
    const lines = rows.slice(0, request.limit).map(({ body, repairedSeq, ...row }) => {
      const seq = row.seq ?? repairedSeq
      const rest = JSON.stringify({ ...row, seq, reason: seq === null ? (row.reason ?? '') : null })
      return `${rest.slice(0, -1)},"body":${body}}`
    })
    const more = rows.length > request.limit
    return { count: lines.length, text: `{"ops":[${lines.join(',')}],"more":${String(more)}}` }
  })
  if (count > 0) await writeAudit(database, session.account, 'ownOps', { ops: count }, now)
  return text
}
