import type { RefreshAnswer } from '../../src-shared/contract/enrolment-messages.ts'
import type { SignInAnswer } from '../../src-shared/contract/server-messages.ts'
import type { Account } from '../../src-shared/contract/types.ts'
import { refusal } from '../refusal.ts'
import type { ServerDatabase } from '../storage/database.ts'
import { writeAudit } from './audit.ts'
import { isPasswordRight } from './password.ts'
import type { ReplicaAccess } from './replica-access.ts'
import { findRefreshAccount, notSignedIn, openRefresh, openSession } from './session.ts'

/** Wrong passwords in a row before an account name is locked, and for how long (ms). */
export const FAILURES_BEFORE_LOCK = 5
export const LOCK_MS = 5 * 60_000

/**
 * Signs an account in by its password and opens a session, of a store where one is named.
 * @param access what is known of the store
 * @throws Refusal 401 wrong name or password (not saying which), 403 a store of another scope, 429 locked
 */
export async function signIn(
  database: ServerDatabase,
  accountName: string,
  password: string,
  now: number,
  replica?: string,
  access?: ReplicaAccess,
): Promise<SignInAnswer> {
  const failure = await database
    .selectFrom('sign_in_failure')
    .selectAll()
    .where('account_name', '=', accountName)
    .executeTakeFirst()
  const lockedForMs = failure ? failure.failed_at + LOCK_MS - now : 0
  const isLocked = failure !== undefined && failure.failures >= FAILURES_BEFORE_LOCK && lockedForMs > 0
  if (isLocked) {
    const minutes = Math.ceil(lockedForMs / 60_000)
    throw refusal(429, 'locked', `连续输错密码,账号已锁定,请${minutes}分钟后再试,或请管理员重设密码。`, {
      retryAfter: Math.ceil(lockedForMs / 1_000),
    })
  }
  const account = await findAccountWithHash(database, accountName)
  if (!(await isPasswordRight(account?.passwordHash, password)) || !account) {
    await noteFailure(database, accountName, now)
    throw refusal(401, 'wrongPassword', '账号或密码不对,请核对后重新输入。')
  }
  await database.deleteFrom('sign_in_failure').where('account_name', '=', accountName).execute()
  if (access && access.scope !== account.scope) {
    throw refusal(
      403,
      'notAllowed',
      '这台电脑是另一个管辖范围的站点入网的,不能用本账号登录。请用原来范围的账号登录,或与管理员联系。',
    )
  }
  const session = await openSession(database, accountName, replica ?? null, now)
  const refresh =
    replica === undefined ? {} : { refresh: await openRefresh(database, accountName, replica, now) }
  await writeAudit(database, account.account, 'signIn', {}, now)
  return { account: account.account, ...session, ...refresh }
}

/**
 * Opens a session for a store whose account has signed in before.
 * @throws Refusal 401 where that no longer holds
 */
export async function signInAgain(
  database: ServerDatabase,
  replica: string,
  refresh: string,
  now: number,
): Promise<RefreshAnswer> {
  const accountName = await findRefreshAccount(database, refresh, replica, now)
  const found = accountName === undefined ? undefined : await findAccountWithHash(database, accountName)
  if (!found) throw notSignedIn()
  return { account: found.account, ...(await openSession(database, found.account.accountName, replica, now)) }
}

async function noteFailure(database: ServerDatabase, accountName: string, now: number): Promise<void> {
  // Old lines go: names that nobody has are not kept for ever, and a lock that ended starts a new count.
  await database
    .deleteFrom('sign_in_failure')
    .where('failed_at', '<=', now - LOCK_MS)
    .execute()
  await database
    .insertInto('sign_in_failure')
    .values({ account_name: accountName, failures: 1, failed_at: now })
    .onConflict((conflict) =>
      conflict.column('account_name').doUpdateSet((expression) => ({
        failures: expression('sign_in_failure.failures', '+', 1),
        failed_at: now,
      })),
    )
    .execute()
}

async function findAccountWithHash(
  database: ServerDatabase,
  name: string,
): Promise<{ readonly account: Account; readonly scope: string; readonly passwordHash: string } | undefined> {
  const row = await database
    .selectFrom('account')
    .innerJoin('station', 'station.code', 'account.station_code')
    .select([
      'account.name as accountName',
      'account.display_name as displayName',
      'account.role as role',
      'account.station_code as stationCode',
      'station.name as stationName',
      'station.scope as scope',
      'account.password_hash as passwordHash',
    ])
    .where('account.name', '=', name)
    .executeTakeFirst()
  if (!row) return undefined
  const { passwordHash, scope, ...account } = row
  return { account, scope, passwordHash }
}
