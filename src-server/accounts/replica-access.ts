import { createPublicKey, verify } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import {
  PROOF_HEADER,
  PROOF_WINDOW_MS,
  proofText,
  publicKeyText,
  type EnrolAnswer,
} from '../../src-shared/contract/enrolment-messages.ts'
import { DIGEST_HEADER } from '../../src-shared/contract/server-messages.ts'
import type { ServerContext } from '../context.ts'
import { refusal } from '../refusal.ts'
import type { ServerDatabase } from '../storage/database.ts'
import { hashSecret, revoked } from './session.ts'

/** What the server knows of a store. */
export type ReplicaAccess = {
  readonly publicKey: string | null
  readonly stationCode: string
  /** Of the station; null where that is gone. */
  readonly scope: string | null
  readonly revokedAt: number | null
}

/** What the server knows of a store, or undefined. */
export async function findAccess(
  database: ServerDatabase,
  replica: string,
): Promise<ReplicaAccess | undefined> {
  return database
    .selectFrom('replica_access')
    .leftJoin('station', 'station.code', 'replica_access.station_code')
    .select([
      'replica_access.public_key as publicKey',
      'replica_access.station_code as stationCode',
      'station.scope as scope',
      'replica_access.revoked_at as revokedAt',
    ])
    .where('replica_access.replica', '=', replica)
    .executeTakeFirst()
}

/**
 * Lets a request of a store pass that shows it holds the store's key, or that needs none.
 * @param replica the store that the request says it is; undefined where it says nothing
 * @param signedAs the id in the signature where that is a new one of the store
 * @returns what is known of the store
 * @throws Refusal 403 revoked, or without the key it should have; 401 where the proof is too old or was shown before
 */
export async function requireReplica(
  context: Pick<ServerContext, 'database' | 'isEnrolmentRequired' | 'now'>,
  request: FastifyRequest,
  replica: string | undefined,
  signedAs = replica,
): Promise<ReplicaAccess | undefined> {
  const access = replica === undefined ? undefined : await findAccess(context.database, replica)
  if (access && access.revokedAt !== null) throw revoked()
  if (signedAs !== undefined && access && access.publicKey !== null)
    await checkProof(context, request, signedAs, access.publicKey)
  else if (context.isEnrolmentRequired === true) throw notEnrolled()
  return access
}

/** The refusal of a store without a key, where the server wants one. */
export function notEnrolled(): Error {
  return refusal(
    403,
    'notEnrolled',
    '这台电脑还没有入网,服务器不接收。请向管理员要入网文件,在「系统设置—系统初始化」中导入;本机录入的内容都在。',
  )
}

/**
 * Checks that a request was signed by a key, just now, and is shown for the first time.
 * @throws Refusal 403 no proof or another key, 401 too old, too new or shown before
 */
async function checkProof(
  { database, now }: Pick<ServerContext, 'database' | 'now'>,
  request: FastifyRequest,
  replica: string,
  publicKey: string,
): Promise<void> {
  const header = request.headers[PROOF_HEADER]
  const bodyHash = request.headers[DIGEST_HEADER]
  const [at = '', nonce = '', signature = ''] = typeof header === 'string' ? header.split('.') : []
  const isWhole =
    typeof bodyHash === 'string' &&
    /^\d{1,15}$/.test(at) &&
    /^[\w-]{22}$/.test(nonce) &&
    /^[\w-]{86}$/.test(signature) &&
    isSigned(
      publicKey,
      proofText({
        method: request.method,
        path: request.url,
        replica,
        at: Number(at),
        nonce,
        bodyHash,
      }),
      signature,
    )
  if (!isWhole) {
    throw refusal(
      403,
      'notEnrolled',
      '这台电脑的入网密钥与服务器登记的不符,服务器不接收。请与管理员联系,重新导入入网文件;本机录入的内容都在。',
    )
  }
  const serverTime = now()
  const isInTime = Math.abs(Number(at) - serverTime) <= PROOF_WINDOW_MS
  if (!isInTime || !(await isFirstShown(database, nonce, serverTime))) {
    throw refusal(401, 'proofStale', '请求的签名已过时或已用过,将自动重新签名。', { serverTime })
  }
}

function isSigned(publicKey: string, text: string, signature: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
}

async function isFirstShown(database: ServerDatabase, nonce: string, now: number): Promise<boolean> {
  await database.deleteFrom('used_proof').where('expires_at', '<', now).execute()
  const stored = await database
    .insertInto('used_proof')
    // A clock at one end of the window may show it until the other.
    .values({ nonce, expires_at: now + 2 * PROOF_WINDOW_MS })
    .onConflict((conflict) => conflict.column('nonce').doNothing())
    .returning('nonce')
    .executeTakeFirst()
  return stored !== undefined
}

/** What a store shows to become known. */
type Enrolment = {
  readonly code: string
  readonly replica: string
  readonly publicKey: string
  readonly label: string
}

/**
 * Makes a store known by a one-time code and a proof by its key. The same store may ask again with the same key: its answer
 * may have been lost.
 * @throws Refusal 403 where the code is not (or no longer) good, or the store has another key already
 */
export async function enrolReplica(
  context: Pick<ServerContext, 'database' | 'now'>,
  request: FastifyRequest,
  asked: Enrolment,
): Promise<EnrolAnswer> {
  await checkProof(context, request, asked.replica, publicKeyText.parse(asked.publicKey))
  return enrolByCode(context.database, asked, context.now())
}

/**
 * Makes a store known by a one-time code; the caller has seen that the store holds the key.
 * @throws Refusal 403 as {@link enrolReplica}
 */
export async function enrolByCode(
  database: ServerDatabase,
  asked: Enrolment,
  now: number,
): Promise<EnrolAnswer> {
  const { replica, publicKey } = asked
  return database.transaction().execute(async (transaction) => {
    // Written first: two stores that show one code at once are one after the other.
    const code = await transaction
      .updateTable('enrolment')
      .set((expression) => ({ used_at: expression.fn.coalesce('used_at', expression.val(now)) }))
      .where('code_hash', '=', hashSecret(asked.code))
      .returning(['station_code as stationCode', 'label', 'expires_at as expiresAt', 'replica as usedBy'])
      .executeTakeFirst()
    const isSameStore = code?.usedBy === replica
    if (!code || (code.usedBy !== null && !isSameStore) || (!isSameStore && code.expiresAt <= now)) {
      throw refusal(
        403,
        'notAllowed',
        code === undefined || code.usedBy === null
          ? '入网文件不对或已过期,没有入网。请向管理员要一份新的。'
          : '这份入网文件已经用过(每份只能用一次),没有入网。请向管理员要一份新的。',
      )
    }
    const station = await transaction
      .selectFrom('station')
      .select(['name', 'scope'])
      .where('code', '=', code.stationCode)
      .executeTakeFirstOrThrow()
    const sameKey = await transaction
      .selectFrom('replica_access')
      .select('revoked_at')
      .where('public_key', '=', publicKey)
      .where('revoked_at', 'is not', null)
      .executeTakeFirst()
    // A key that was revoked may be known to others: the store makes a new one.
    if (sameKey) throw revoked()
    const known = await findAccess(transaction, replica)
    if (known && known.publicKey !== null && known.publicKey !== publicKey && known.revokedAt === null) {
      throw refusal(403, 'notAllowed', '这台电脑已用另一把密钥入网,没有改动。请管理员先停用它,再重新入网。')
    }
    const stored = await transaction
      .selectFrom('replica')
      .select('scope')
      .where('id', '=', replica)
      .executeTakeFirst()
    if (stored !== undefined && stored.scope !== station.scope) {
      throw refusal(
        403,
        'notAllowed',
        '这台电脑上的数据属于另一个管辖范围,不能用这份入网文件。请向管理员要原来站点的入网文件。',
      )
    }
    const row = {
      public_key: publicKey,
      station_code: code.stationCode,
      label: asked.label === '' ? code.label : asked.label,
      enrolled_at: now,
      revoked_at: null,
    }
    await transaction
      .insertInto('replica_access')
      .values({ replica, formerly: null, ...row })
      .onConflict((conflict) => conflict.column('replica').doUpdateSet(row))
      .execute()
    await transaction
      .updateTable('enrolment')
      .set({ replica })
      .where('code_hash', '=', hashSecret(asked.code))
      .execute()
    return { stationCode: code.stationCode, stationName: station.name, serverTime: now }
  })
}

/** A store goes on under a new id: what was known of the old one holds for it. The sessions of the old one go with it. */
export async function renameReplica(
  database: ServerDatabase,
  formerly: string,
  replica: string,
  now: number,
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const known = await transaction
      .selectFrom('replica_access')
      .selectAll()
      .where('replica', '=', formerly)
      .executeTakeFirst()
    if (known) {
      await transaction
        .insertInto('replica_access')
        .values({ ...known, replica, formerly, enrolled_at: now })
        .execute()
    }
    for (const table of ['session', 'refresh_token'] as const)
      await transaction.updateTable(table).set({ replica }).where('replica', '=', formerly).execute()
  })
}
