import { MAX_CARRIED_BYTES } from '../../../src-shared/contract/package-messages.ts'
import { PackageFault } from '../../../src-shared/packages/sealed-package.ts'
import type { PhotoLine } from '../blobs/transfer-photo.ts'
import type { Context } from '../services/context.ts'
import { RequestRefusal } from '../services/request-failure.ts'
import { ServerFailure } from '../sync/server-client.ts'
import type { Sync } from '../sync/sync-types.ts'
import { exchangeKeys } from './package-keys.ts'

/** A large package over a slow line. */
const TIMEOUT = 110_000
/** Packages of others kept here, answered ones first to go. */
const KEPT = 20

/**
 * Brings another store's package to the server now, or keeps it for the next round.
 * @returns the answer package, or undefined while there is no line
 * @throws PackageFault where the server does not take it, or it is too large for the line
 */
export async function carryNow(
  context: Context,
  sync: Pick<Sync, 'onLine'>,
  packageId: string,
  bytes: Buffer,
): Promise<Buffer | undefined> {
  const { store } = context
  if (bytes.length > MAX_CARRIED_BYTES)
    throw new PackageFault('这个同步包太大,不能经本机带到服务器。请直接拿到服务器上导入。')
  const known = store.read.firstOf('SELECT answer FROM carried_package WHERE package_id = ?', packageId)
  if (known?.['answer'] instanceof Uint8Array) return Buffer.from(known['answer'])
  await store.write((database) => {
    database.runOf(
      'INSERT INTO carried_package (package_id, content, taken_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      packageId,
      bytes,
      context.clock.now(),
    )
    database.runOf(
      `DELETE FROM carried_package WHERE package_id IN (
         SELECT package_id FROM carried_package ORDER BY answer IS NULL DESC, taken_at DESC LIMIT -1 OFFSET ${KEPT}
       )`,
    )
  })
  try {
    return await sync.onLine((line) => bring(line, packageId, bytes))
  } catch (error) {
    if (error instanceof RequestRefusal || (error instanceof ServerFailure && !isRefused(error)))
      return undefined
    throw error instanceof ServerFailure ? new PackageFault(error.message) : error
  }
}

/**
 * The part of a round that is about packages: our key is made known, and what is kept for other stores is brought.
 * @throws ServerFailure
 */
export async function syncPackages(line: PhotoLine, log: (text: string) => void): Promise<void> {
  await exchangeKeys(line)
  const waiting = line.store.read.pluck<string>(
    'SELECT package_id FROM carried_package WHERE answer IS NULL ORDER BY taken_at',
  )
  for (const packageId of waiting) {
    const content = line.store.read.firstOf(
      'SELECT content FROM carried_package WHERE package_id = ?',
      packageId,
    )?.['content']
    if (!(content instanceof Uint8Array)) continue
    try {
      await bring(line, packageId, content)
    } catch (error) {
      if (!(error instanceof ServerFailure) || !isRefused(error)) throw error
      // Importing it again says why.
      log(`sync: package ${packageId} not taken: ${error.code ?? ''}`)
    }
  }
}

async function bring(line: PhotoLine, packageId: string, content: Uint8Array): Promise<Buffer> {
  try {
    const { bytes } = await line.client.exchange(
      { method: 'POST', path: '/sync/1/package', bytes: content },
      { token: line.token(), signal: line.signal, timeoutMs: TIMEOUT },
    )
    await line.store.write((database) =>
      // The content is not needed any more.
      database.runOf(
        "UPDATE carried_package SET answer = ?, content = x'' WHERE package_id = ?",
        bytes,
        packageId,
      ),
    )
    return bytes
  } catch (error) {
    if (error instanceof ServerFailure && isRefused(error)) {
      await line.store.write((database) =>
        database.runOf('DELETE FROM carried_package WHERE package_id = ?', packageId),
      )
    }
    throw error
  }
}

function isRefused(error: ServerFailure): boolean {
  return error.code === 'badPackage' || error.code === 'tooLarge' || error.code === 'badRequest'
}
