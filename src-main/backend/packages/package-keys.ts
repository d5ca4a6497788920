import { packageKeys, type PackageKeys } from '../../../src-shared/contract/package-messages.ts'
import type { KeyPair } from '../../../src-shared/packages/sealed-package.ts'
import { hostname } from 'node:os'
import { z } from 'zod'
import type { StationFile } from '../../../src-shared/contract/enrolment-messages.ts'
import type { PhotoLine } from '../blobs/transfer-photo.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { makeKeys } from './sealing.ts'

const pair = z.object({ publicKey: z.string(), privateKey: z.string() })
/** What was exchanged: the server's keys, and with whom and for which of our keys. */
const exchanged = z.object({ server: packageKeys, epoch: z.string(), replica: z.string(), own: z.string() })

/** What a station file said when no server answered: an exported package carries the code. */
const enrolment = z.object({ code: z.string(), label: z.string(), stationCode: z.string() })

function readValue(database: ReadDatabase, name: string): unknown {
  const row = database.firstOf('SELECT value FROM setting WHERE name = ?', name)
  return row === undefined ? undefined : JSON.parse(String(row['value']))
}

function writeValue(database: WriteDatabase, name: string, value: unknown): void {
  database.runOf('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)', name, JSON.stringify(value))
}

/** The key this store signs packages by: that of its enrolment, else one of its own. Undefined before the first exchange. */
function findSigningKey(database: ReadDatabase): KeyPair | undefined {
  const key = database.firstOf('SELECT public_key, private_key, enrolled_at FROM replica_key')
  if (key && (key['enrolled_at'] !== null || findEnrolment(database)))
    return { publicKey: String(key['public_key']), privateKey: String(key['private_key']) }
  const own = pair.safeParse(readValue(database, 'package.ownKey'))
  return own.success ? own.data : undefined
}

/** The keys of the server this store last synced with, or that its station file named; undefined without either. */
export function findServerKeys(database: ReadDatabase): PackageKeys | undefined {
  return findExchanged(database)?.server
}

function findExchanged(database: ReadDatabase): z.infer<typeof exchanged> | undefined {
  const known = exchanged.safeParse(readValue(database, 'package.keys'))
  return known.success ? known.data : undefined
}

function findEnrolment(database: ReadDatabase): z.infer<typeof enrolment> | undefined {
  const kept = enrolment.safeParse(readValue(database, 'package.enrolment'))
  return kept.success ? kept.data : undefined
}

/** With whom this store exchanges packages. */
export type PackageParty = {
  readonly server: PackageKeys
  /** The server database they are of. */
  readonly epoch: string
  readonly signer: KeyPair
  /** Of a store whose station file was read and that has not met its server over a line. */
  readonly enrolment:
    { readonly code: string; readonly label: string; readonly stationCode: string } | undefined
}

/** With whom this store can exchange packages, or undefined while it knows nobody. */
export function findPackageParty(database: ReadDatabase): PackageParty | undefined {
  const known = findExchanged(database)
  const signer = findSigningKey(database)
  return known && signer && { ...known, signer, enrolment: findEnrolment(database) }
}

/**
 * Keeps what a station file says for packages, so that a store can export one that no server has ever answered; the caller
 * holds the transaction. What was exchanged over a line stands.
 */
export function keepStationKeys(database: WriteDatabase, file: StationFile, replica: string): void {
  const known = findExchanged(database)
  // Our own key is not known to that server: it is exchanged as soon as there is a line.
  if (known && known.own !== '') return
  writeValue(database, 'package.keys', { server: file.packageKeys, epoch: file.epoch, replica, own: '' })
  writeValue(database, 'package.enrolment', {
    code: file.code,
    label: hostname().slice(0, 60),
    stationCode: file.stationCode,
  })
}

/**
 * Makes our key known to the server and keeps the server's, while there is a line; nothing is asked where that was done.
 * @throws ServerFailure
 */
export async function exchangeKeys(line: PhotoLine): Promise<void> {
  const { store, replica, epoch } = line
  let own = findSigningKey(store.read)
  const known = findExchanged(store.read)
  const isDone =
    known !== undefined && known.epoch === epoch && known.replica === replica && known.own === own?.publicKey
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
