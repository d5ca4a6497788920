import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  type KeyObject,
} from 'node:crypto'
import { z } from 'zod'
import { proofText } from '../../../src-shared/contract/enrolment-messages.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'

/** The key of this store. The private part is used here and goes nowhere else. */
export type ReplicaKey = {
  readonly publicKey: string
  /** False while a server has not answered that it knows it. */
  readonly isEnrolled: boolean
  readonly privateKey: KeyObject
}

/** The key of this store, or undefined where it has none. */
export function findReplicaKey(database: ReadDatabase): ReplicaKey | undefined {
  const row = database.firstOf('SELECT private_key, public_key, enrolled_at FROM replica_key')
  if (row === undefined) return undefined
  return {
    publicKey: String(row['public_key']),
    isEnrolled: row['enrolled_at'] !== null,
    privateKey: createPrivateKey({
      key: Buffer.from(String(row['private_key']), 'base64url'),
      format: 'der',
      type: 'pkcs8',
    }),
  }
}

/** The id of this store as servers number it, made where it has none yet; the caller holds the transaction. */
export function ensureReplica(database: WriteDatabase): string {
  const { replica } = readSyncState(database)
  if (replica !== null) return replica
  const made = randomUUID()
  writeSyncState(database, { replica: made })
  return made
}

/** Makes a key in place of the one there is, if any; the caller holds the transaction. */
export function makeReplicaKey(database: WriteDatabase, now: number): void {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  database.runOf(
    'INSERT OR REPLACE INTO replica_key (id, private_key, public_key, made_at, enrolled_at) VALUES (1, ?, ?, ?, NULL)',
    privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url'),
    x,
    now,
  )
}

/** A server has taken the key down. */
export function noteEnrolled(database: WriteDatabase, now: number): void {
  database.runOf('UPDATE replica_key SET enrolled_at = ?', now)
}

/** The proof of one request: `at.nonce.signature`. */
export function makeProof(
  key: ReplicaKey,
  request: {
    readonly method: string
    readonly path: string
    readonly replica: string
    readonly bodyHash: string
    readonly at: number
  },
): string {
  const nonce = randomBytes(16).toString('base64url')
  const signature = sign(null, Buffer.from(proofText({ ...request, nonce })), key.privateKey)
  return `${request.at}.${nonce}.${signature.toString('base64url')}`
}

/** What opens new sessions without the password, and the id under which the server knows this store. */
const lineSession = z.object({ replica: z.uuid(), refresh: z.string().nullable() })
export type LineSession = z.infer<typeof lineSession>

/** The session kept for later, or undefined. */
export function findLineSession(database: ReadDatabase): LineSession | undefined {
  const row = database.firstOf("SELECT value FROM setting WHERE name = 'line.session'")
  const parsed = row === undefined ? undefined : lineSession.safeParse(JSON.parse(String(row['value'])))
  return parsed?.success ? parsed.data : undefined
}

/** Keeps a session for later; the caller holds the transaction. */
export function writeLineSession(database: WriteDatabase, session: LineSession): void {
  database.runOf(
    "INSERT OR REPLACE INTO setting (name, value) VALUES ('line.session', ?)",
    JSON.stringify(session),
  )
}
