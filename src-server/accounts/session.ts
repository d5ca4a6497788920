import { createHash, randomBytes } from 'node:crypto'
import type { Account } from '../../src-shared/contract/types.ts'
import { refusal } from '../refusal.ts'
import type { ServerDatabase } from '../storage/database.ts'

/** A token lives a working day and the night after it; a hello in its second half renews it. */
export const TOKEN_LIFE_MS = 24 * 3_600_000

export type Session = {
  readonly account: Account
  /** What the account may read and write. */
  readonly scope: string
  readonly expiresAt: number
}

/** Opens a session and answers its token; only the token's hash is stored. */
export async function openSession(
  database: ServerDatabase,
  accountName: string,
  now: number,
): Promise<{ readonly token: string; readonly expiresAt: number }> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = now + TOKEN_LIFE_MS
  await database.deleteFrom('session').where('expires_at', '<=', now).execute()
  await database
    .insertInto('session')
    .values({
      token_hash: hashToken(token),
      account_name: accountName,
      created_at: now,
      expires_at: expiresAt,
    })
    .execute()
  return { token, expiresAt }
}

/**
 * The session of a request's `Authorization: Bearer …`.
 * @throws Refusal 401 where there is none, or it has expired
 */
export async function getSession(
  database: ServerDatabase,
  authorization: string | undefined,
  now: number,
): Promise<Session> {
  const token = /^Bearer ([\w-]{20,100})$/.exec(authorization ?? '')?.[1]
  const row =
    token === undefined
      ? undefined
      : await database
          .selectFrom('session')
          .innerJoin('account', 'account.name', 'session.account_name')
          .innerJoin('station', 'station.code', 'account.station_code')
          .select([
            'account.name as accountName',
            'account.display_name as displayName',
            'account.role as role',
            'account.station_code as stationCode',
            'station.name as stationName',
            'station.scope as scope',
            'session.expires_at as expiresAt',
          ])
          .where('session.token_hash', '=', hashToken(token))
          .executeTakeFirst()
  if (!row || row.expiresAt <= now) {
    throw refusal(401, 'notSignedIn', '登录已过期,请重新登录;本机录入的内容都在,登录后会继续上传。')
  }
  const { scope, expiresAt, ...account } = row
  return { account, scope, expiresAt }
}

/** Ends the session of a request, if there is one. */
export async function closeSession(
  database: ServerDatabase,
  authorization: string | undefined,
): Promise<void> {
  const token = /^Bearer ([\w-]{20,100})$/.exec(authorization ?? '')?.[1]
  if (token !== undefined)
    await database.deleteFrom('session').where('token_hash', '=', hashToken(token)).execute()
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
