import { z } from 'zod'
import { packageKeys } from './package-messages.ts'
import { accountAnswer } from './server-messages.ts'

/**
 * How a store becomes known to a server, and how it proves in later requests that it is that store. Each store has an
 * Ed25519 key whose private part never leaves it; docs/line-protocol.md describes it all.
 */

/** The file with which a station's machine is enrolled (`.jufutong-station`): JSON. */
export const STATION_FILE_FORMAT = 'jufutong-station'
export const STATION_FILE_EXTENSION = 'jufutong-station'
/** Proves that the request comes from the store that holds the key: `at.nonce.signature`. */
export const PROOF_HEADER = 'x-jufutong-proof'
/** A proof counts so long before and after the server's clock (ms); within it each nonce counts once. */
export const PROOF_WINDOW_MS = 5 * 60_000

/** SHA-256 (base64url) of a certificate's SubjectPublicKeyInfo. */
const pin = z.string().regex(/^[\w-]{43}$/)
export const stationFile = z.object({
  format: z.literal(STATION_FILE_FORMAT),
  version: z.literal(1),
  stationCode: z.string().min(1).max(40),
  stationName: z.string().max(60),
  /** Tried in this order. */
  addresses: z
    .array(
      z.object({
        host: z.string().min(1).max(253),
        port: z.int().min(1).max(65_535),
        usesTls: z.boolean(),
      }),
    )
    .min(1)
    .max(10),
  /** PEM of the authority that vouches for the server; null for a server without TLS. */
  authority: z.string().max(20_000).nullable(),
  /** Of the authority's key: a file in which the certificate was exchanged does not fit itself. */
  pins: z.array(pin).max(10),
  /** Works once. */
  code: z.string().regex(/^[\w-]{20,100}$/),
  /** UTC milliseconds. */
  validUntil: z.number(),
  /** The server's keys for packages: a station that never has a line exchanges packages by them. */
  packageKeys,
  /** The server database that these keys are of. */
  epoch: z.uuid(),
})

/** Ed25519 public key: 32 bytes in base64url. */
export const publicKeyText = z.string().regex(/^[\w-]{43}$/)

/** `POST /account/1/enrol`, with a proof by the key that is to be known from now on. */
export const enrolRequest = z.object({
  code: z.string().min(20).max(100),
  replica: z.uuid(),
  publicKey: publicKeyText,
  /** Name of the machine, for the operator's list. */
  label: z.string().max(60),
})
export const enrolAnswer = z.object({
  stationCode: z.string(),
  stationName: z.string(),
  serverTime: z.number(),
})

/** `POST /account/1/refresh`: a new token for a store whose clerk has signed in before. */
export const refreshRequest = z.object({ replica: z.uuid(), refresh: z.string().min(20).max(100) })
export const refreshAnswer = z.object({
  account: accountAnswer,
  token: z.string().min(20),
  expiresAt: z.number(),
})

export type StationFile = z.infer<typeof stationFile>
export type EnrolAnswer = z.infer<typeof enrolAnswer>
export type RefreshAnswer = z.infer<typeof refreshAnswer>

/** The text that a proof signs. `bodyHash` is the digest header's value: SHA-256 of the JSON before compression. */
export function proofText(proof: {
  readonly method: string
  readonly path: string
  readonly replica: string
  readonly at: number
  readonly nonce: string
  readonly bodyHash: string
}): string {
  const { method, path, replica, at, nonce, bodyHash } = proof
  return ['jufutong-proof-1', method, path, replica, String(at), nonce, bodyHash].join('\n')
}
