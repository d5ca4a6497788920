import type { HelloAnswer, HelloRequest, PullRequest } from '../../src-shared/contract/server-messages.ts'
import { openSession, TOKEN_LIFE_MS, type Session } from '../accounts/session.ts'
import type { ServerContext } from '../context.ts'
import { refusal } from '../refusal.ts'
import { getMeta, type ServerDatabase, type ServerTransaction } from '../storage/database.ts'
import { listEpochs } from '../storage/epochs.ts'
import { listDictionaryVersions } from './dictionaries.ts'
import { listNames } from './names.ts'

export type Replica = { readonly number: number; readonly lastN: number }

/** @throws Refusal 412 where the client knows another database than this one, or this one before it was restored */
export async function checkEpoch(database: ServerDatabase | ServerTransaction, epoch: string): Promise<void> {
  if (epoch === (await getMeta(database, 'epoch'))) return
  throw refusal(
    412,
    'epochChanged',
    '服务器的数据库已更换或恢复过备份,与本机上次同步的不是同一个。本机录入的内容都在,将重新核对后继续同步。',
  )
}

/**
 * How far the numbers of another database (or of this one before a restore) mean the same here: up to the newest for this
 * one, null for one that is not known.
 */
async function findKnownUpTo(
  transaction: ServerTransaction,
  epoch: string | null,
  own: string,
  head: number,
): Promise<number | null> {
  if (epoch === null) return 0
  if (epoch === own) return head
  return (await listEpochs(transaction)).find((each) => each.epoch === epoch)?.upTo ?? null
}

/**
 * A replica that is known, for requests that only read. Undefined where it never said hello.
 * @throws Refusal 403 where it belongs to another scope
 */
export async function findReplica(
  transaction: ServerTransaction,
  session: Session,
  id: string,
): Promise<{ readonly number: number; readonly pulledTo: number } | undefined> {
  const row = await transaction
    .selectFrom('replica')
    .select(['number', 'scope', 'pulled_to as pulledTo'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row !== undefined) checkScope(row.scope, session)
  return row
}

function checkScope(scope: string, session: Session): void {
  if (scope === session.scope) return
  throw refusal(
    403,
    'notAllowed',
    '这台电脑上的数据属于另一个管辖范围,不能用本账号同步。请用原来范围的账号登录,或与管理员联系。',
  )
}

/**
 * Notes that a replica is here, making it known on its first hello. This is the first statement of a transaction: it
 * takes the write lock, so that what is read afterwards cannot change before the commit.
 * @throws Refusal 403 where the replica belongs to another scope
 */
export async function touchReplica(
  transaction: ServerTransaction,
  session: Session,
  replica: string,
  now: number,
  more: { readonly app?: string; readonly cursor?: number } = {},
): Promise<Replica> {
  // Writes before it reads: SQLite then holds its write lock, PostgreSQL the replica's row, to the end of the transaction.
  const row =
    (await transaction
      .updateTable('replica')
      .set({ seen_at: now, ...more })
      .where('id', '=', replica)
      .returning(['number', 'last_n as lastN', 'scope'])
      .executeTakeFirst()) ??
    (await transaction
      .insertInto('replica')
      .values({
        id: replica,
        scope: session.scope,
        station_code: session.account.stationCode,
        last_n: 0,
        cursor: more.cursor ?? 0,
        app: more.app ?? '',
        created_at: now,
        seen_at: now,
      })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: now, ...more }))
      .returning(['number', 'last_n as lastN', 'scope'])
      .executeTakeFirstOrThrow())
  checkScope(row.scope, session)
  return { number: row.number, lastN: row.lastN }
}

/** Begins a round: who we are, what we hold of this replica, the clock, and a new token where the old one grows old. */
export async function answerHello(
  { database, limits }: Pick<ServerContext, 'database' | 'limits'>,
  session: Session,
  request: HelloRequest,
  now: number,
): Promise<HelloAnswer> {
  const { epoch, replica, head, knownUpTo } = await database.transaction().execute(async (transaction) => {
    const touched = await touchReplica(transaction, session, request.replica, now, {
      app: request.app,
      cursor: request.cursor,
    })
    const own = await getMeta(transaction, 'epoch')
    const newest = await getHead(transaction)
    const known = await findKnownUpTo(transaction, request.epoch, own, newest)
    // What it had once it asks for again only because it has lost it.
    const pulledTo = Math.min(request.cursor, known ?? 0)
    await transaction
      .updateTable('replica')
      .set({ pulled_to: pulledTo })
      .where('number', '=', touched.number)
      .where('pulled_to', '<', pulledTo)
      .execute()
    return { replica: touched, epoch: own, head: newest, knownUpTo: known }
  })
  const names = await listNames(database, session.scope, request.namesVersion)
  const isOld = session.expiresAt - now < TOKEN_LIFE_MS / 2
  return {
    epoch,
    knownUpTo,
    serverTime: now,
    lastN: replica.lastN,
    head,
    limits,
    pollAfterMs: null,
    dictionaries: await listDictionaryVersions(database),
    ...(names === undefined ? {} : { names }),
    account: session.account,
    renewed: isOld ? await openSession(database, session.account.accountName, request.replica, now) : null,
  }
}

/** The newest change number that is committed. */
export async function getHead(database: ServerDatabase | ServerTransaction): Promise<number> {
  const row = await database.selectFrom('counter').select('seq').executeTakeFirstOrThrow()
  return row.seq
}

/** @throws Refusal 400 where the cursor lies after everything: it is from another database */
export function checkCursor(request: PullRequest, head: number): void {
  if (request.cursor > head) {
    throw refusal(400, 'badRequest', '本机的同步位置比服务器的还新,请与管理员联系;本机录入的内容都在。')
  }
}
