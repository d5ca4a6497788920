import { z } from 'zod'
import type { PackageKeys } from '../../src-shared/contract/package-messages.ts'
import { PackageFault, type KeyPair } from '../../src-shared/packages/sealed-package.ts'
import type { Session } from '../accounts/session.ts'
import type { ServerDatabase } from '../storage/database.ts'
import { touchReplica } from '../sync/replica.ts'
import { makeKeys } from './sealing.ts'

const pair = z.object({ publicKey: z.string(), privateKey: z.string() })
const storedKeys = z.object({ sealing: pair, signing: pair })

export type ServerPackageKeys = { readonly sealing: KeyPair; readonly signing: KeyPair }

/** The keys of this server database; made when they are first asked for, kept in backups. */
export async function getPackageKeys(database: ServerDatabase): Promise<ServerPackageKeys> {
  const read = () =>
    database.selectFrom('meta').select('value').where('name', '=', 'packageKeys').executeTakeFirst()
  const known = await read()
  if (known) return storedKeys.parse(JSON.parse(known.value))
  const made = { sealing: makeKeys('x25519'), signing: makeKeys('ed25519') }
  await database
    .insertInto('meta')
    .values({ name: 'packageKeys', value: JSON.stringify(made) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  // Another process may have been first: its keys count.
  const stored = await read()
  return stored ? storedKeys.parse(JSON.parse(stored.value)) : made
}

/** Makes a store's key known, over its own session, and answers the server's. */
export async function exchangePackageKeys(
  database: ServerDatabase,
  session: Session,
  request: { readonly replica: string; readonly publicKey: string },
  now: number,
): Promise<PackageKeys> {
  await database.transaction().execute(async (transaction) => {
    // Refuses a store of another scope.
    await touchReplica(transaction, session, request.replica, now)
    const values = {
      public_key: request.publicKey,
      account_name: session.account.accountName,
      registered_at: now,
    }
    await transaction
      .insertInto('package_key')
      .values({ replica: request.replica, ...values })
      .onConflict((conflict) => conflict.column('replica').doUpdateSet(values))
      .execute()
  })
  const { sealing, signing } = await getPackageKeys(database)
  return { sealing: sealing.publicKey, signing: signing.publicKey }
}

/**
 * Checks that a signing key is that of the store that the package says it is from.
 * @returns false for a store that was never here
 * @throws PackageFault another key, or a revoked store
 */
export async function isReplicaKey(
  database: ServerDatabase,
  replica: string,
  signer: string,
): Promise<boolean> {
  const access = await database
    .selectFrom('replica_access')
    .select(['public_key as publicKey', 'revoked_at as revokedAt'])
    .where('replica', '=', replica)
    .executeTakeFirst()
  if (access && access.revokedAt !== null)
    throw new PackageFault('这台电脑的入网资格已停用,同步包没有导入。要接收其中的内容,请先由管理员重新入网。')
  const own = await database
    .selectFrom('package_key')
    .select('public_key as publicKey')
    .where('replica', '=', replica)
    .executeTakeFirst()
  if (access?.publicKey === signer || own?.publicKey === signer) return true
  if (!access && !own) return false
  throw new PackageFault('同步包不是由所说的那台电脑签名的,没有导入。请从原来的电脑重新导出。')
}
