import { packageKeys, type PackageKeys } from '../../../src-shared/contract/package-messages.ts'
import type { KeyPair } from '../../../src-shared/packages/sealed-package.ts'
import { z } from 'zod'
import type { PhotoLine } from '../blobs/transfer-photo.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { makeKeys } from './sealing.ts'

const pair = z.object({ publicKey: z.string(), privateKey: z.string() })
/** What was exchanged: the server's keys, and with whom and for which of our keys. */
const exchanged = z.object({ server: packageKeys, epoch: z.string(), replica: z.string(), own: z.string() })

function readValue(database: ReadDatabase, name: string): unknown {
  const row = database.firstOf('SELECT value FROM setting WHERE name = ?', name)
  return row === undefined ? undefined : JSON.parse(String(row['value']))
}

function writeValue(database: WriteDatabase, name: string, value: unknown): void {
  database.runOf('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)', name, JSON.stringify(value))
}

/** The key this store signs packages by: that of its enrolment, else one of its own. Undefined before the first exchange. */
export function findSigningKey(database: ReadDatabase): KeyPair | undefined {
  const enrolled = database.firstOf(
    'SELECT public_key, private_key FROM replica_key WHERE enrolled_at IS NOT NULL',
  )
  if (enrolled)
    return { publicKey: String(enrolled['public_key']), privateKey: String(enrolled['private_key']) }
  const own = pair.safeParse(readValue(database, 'package.ownKey'))
  return own.success ? own.data : undefined
}

/** The keys of the server this store last synced with, or undefined. */
export function findServerKeys(database: ReadDatabase): PackageKeys | undefined {
  const known = exchanged.safeParse(readValue(database, 'package.keys'))
  return known.success ? known.data.server : undefined
}

/**
 * Makes our key known to the server and keeps the server's, while there is a line; nothing is asked where that was done.
 * @throws ServerFailure
 */
export async function exchangeKeys(line: PhotoLine): Promise<void> {
  const { store, replica, epoch } = line
  let own = findSigningKey(store.read)
  const known = exchanged.safeParse(readValue(store.read, 'package.keys'))
  const isDone =
    known.success &&
    known.data.epoch === epoch &&
    known.data.replica === replica &&
    known.data.own === own?.publicKey
  if (isDone) return
  if (!own) {
    const made = makeKeys('ed25519')
    await store.write((database) => writeValue(database, 'package.ownKey', made))
    own = made
  }
  const { publicKey } = own
  const server = await line.client.ask('/sync/1/package-keys', { replica, publicKey }, packageKeys, {
    token: line.token(),
    signal: line.signal,
  })
  await store.write((database) =>
    writeValue(database, 'package.keys', { server, epoch, replica, own: publicKey }),
  )
}
