import { createHash, randomBytes } from 'node:crypto'
import type { Account } from '../../src-shared/contract/types.ts'
import { refusal } from '../refusal.ts'
import type { ServerDatabase } from '../storage/database.ts'

/** A token lives an hour; a hello in its second half renews it. */
export const TOKEN_LIFE_MS = 3_600_000
/** So long a store may stay away and still open a session without the password; every use begins it anew. */
export const REFRESH_LIFE_MS = 30 * 86_400_000

export type Session = {
  readonly account: Account
  /** What the account may read and write. */
  readonly scope: string
  readonly expiresAt: number
  /** The store it belongs to; null until its first use where it was opened without one. */
  readonly replica: string | null
  /** Whether that store has a key. */
  readonly hasKey: boolean
  readonly tokenHash: string
}

/** Opens a session of a store and answers its token; only the token's hash is stored. */
export async function openSession(
  database: ServerDatabase,
  accountName: string,
  replica: string | null,
  now: number,
): Promise<{ readonly token: string; readonly expiresAt: number }> {
  const token = makeSecret()
  const expiresAt = now + TOKEN_LIFE_MS
  await database.deleteFrom('session').where('expires_at', '<=', now).execute()
  await database
    .insertInto('session')
    .values({
      token_hash: hashSecret(token),
      account_name: accountName,
      created_at: now,
      expires_at: expiresAt,
      replica,
    })
    .execute()
  return { token, expiresAt }
}

/** Makes what opens later sessions of this account on this store; one that the store had for the account before ends. */
export async function openRefresh(
  database: ServerDatabase,
  accountName: string,
  replica: string,
  now: number,
): Promise<string> {
  const refresh = makeSecret()
  await database
    .deleteFrom('refresh_token')
    .where((where) => where.or([where('replica', '=', replica), where('expires_at', '<=', now)]))
    .execute()
  await database
    .insertInto('refresh_token')
    .values({
      token_hash: hashSecret(refresh),
      account_name: accountName,
      replica,
      created_at: now,
      expires_at: now + REFRESH_LIFE_MS,
    })
    .execute()
  return refresh
}

/** The account whose sessions a store may open by this, begun anew; undefined where it is not (or no longer) good. */
export async function findRefreshAccount(
  database: ServerDatabase,
  refresh: string,
  replica: string,
  now: number,
): Promise<string | undefined> {
  const row = await database
    .updateTable('refresh_token')
    .set({ expires_at: now + REFRESH_LIFE_MS })
    .where('token_hash', '=', hashSecret(refresh))
    .where('replica', '=', replica)
    .where('expires_at', '>', now)
    .returning('account_name as accountName')
    .executeTakeFirst()
  return row?.accountName
}

/**
 * The session of a request's `Authorization: Bearer …`.
 * @throws Refusal 401 where there is none, or it has expired; 403 where its store was revoked
 */
export async function getSession(
  database: ServerDatabase,
  authorization: string | undefined,
  now: number,
): Promise<Session> {
  const token = readToken(authorization)
  const tokenHash = token === undefined ? undefined : hashSecret(token)
  const row =
    tokenHash === undefined
      ? undefined
      : await database
          .selectFrom('session')
          .innerJoin('account', 'account.name', 'session.account_name')
          .innerJoin('station', 'station.code', 'account.station_code')
          .leftJoin('replica_access', 'replica_access.replica', 'session.replica')
          .select([
            'account.name as accountName',
            'account.display_name as displayName',
            'account.role as role',
            'account.station_code as stationCode',
            'station.name as stationName',
            'station.scope as scope',
            'session.expires_at as expiresAt',
            'session.replica as replica',
            'replica_access.public_key as publicKey',
            'replica_access.revoked_at as revokedAt',
          ])
          .where('session.token_hash', '=', tokenHash)
          .executeTakeFirst()
  if (!row || tokenHash === undefined || row.expiresAt <= now) throw notSignedIn()
  const { scope, expiresAt, replica, publicKey, revokedAt, ...account } = row
  if (revokedAt !== null) throw revoked()
  return { account, scope, expiresAt, replica, hasKey: publicKey !== null, tokenHash }
}

/** The refusal of a request without a good session. */
export function notSignedIn(): Error {
  return refusal(401, 'notSignedIn', '登录已过期,请重新登录;本机录入的内容都在,登录后会继续上传。')
}

/** The refusal of a store that was revoked. */
export function revoked(): Error {
  return refusal(
    403,
    'revoked',
    '管理员已停用这台电脑的入网资格,不再同步。本机录入的内容都在;要继续使用,请与管理员联系,重新导入入网文件。',
  )
}

/** Ends the session of a request, if there is one, and what opens others of that account on that store. */
export async function closeSession(
  database: ServerDatabase,
  authorization: string | undefined,
  refresh: string | undefined,
): Promise<void> {
  const token = readToken(authorization)
  if (refresh !== undefined)
    await database.deleteFrom('refresh_token').where('token_hash', '=', hashSecret(refresh)).execute()
  if (token === undefined) return
  const row = await database
    .deleteFrom('session')
    .where('token_hash', '=', hashSecret(token))
    .returning(['account_name as accountName', 'replica'])
    .executeTakeFirst()
  if (!row?.replica) return
  await database
    .deleteFrom('refresh_token')
    .where('account_name', '=', row.accountName)
    .where('replica', '=', row.replica)
    .execute()
}

function readToken(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w-]{20,100})$/.exec(authorization ?? '')?.[1]
}

/** 256 random bits, of which the server keeps only {@link hashSecret}. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** SHA-256 (hexadecimal) of a secret: it is random, so that nothing slower is needed. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
