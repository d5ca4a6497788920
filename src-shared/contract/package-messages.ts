import { z } from 'zod'
import { opEnvelope, pullAnswer, pushAnswer } from './server-messages.ts'

/**
 * 同步包: a file that carries ops to a server without a line, and its answer back. Outside: {@link PACKAGE_MAGIC}, the
 * length of the header (4 bytes, big-endian), the header (JSON), the sealed body, an Ed25519 signature (64 bytes) of the SHA-256 of
 * everything before it. The body is zstd of: the length of its lines (4 bytes), the lines (JSON, one a line), then the photos'
 * bytes one after the other. docs/sync-protocol.md describes how it is sealed.
 */
export const PACKAGE_MAGIC = 'JFTPKG\r\n'
export const PACKAGE_FORMAT = 'jufutong-package'
export const PACKAGE_EXTENSION = 'jufutong-package'
export const PACKAGE_VERSION = 1
/** The most bytes of a file, and of what it unfolds to: more is no package of ours. */
export const MAX_PACKAGE_BYTES = 96 * 1_048_576
export const MAX_PACKAGE_CONTENT = 256 * 1_048_576
/** The most bytes of a package that another station carries over its line. */
export const MAX_CARRIED_BYTES = 64 * 1_048_576
/** Bytes of photos in one package; further ones go with the next. */
export const MAX_PACKAGE_PHOTOS = 48 * 1_048_576
/** The most ops of one package. */
export const MAX_PACKAGE_OPS = 100_000
export const SIGNATURE_BYTES = 64

/** A public key of 32 bytes (Ed25519 or X25519), base64url. */
const publicKey = z.string().regex(/^[\w-]{43}$/)
const id = z.uuid()
const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** What can be read of a package without a key. It names no person. */
export const packageHeader = z.object({
  format: z.literal(PACKAGE_FORMAT),
  version: z.int().min(1),
  /** `ops` goes to the server, `answer` comes back. */
  kind: z.enum(['ops', 'answer']),
  /** Of an answer: the same as that of the package it answers. */
  packageId: id,
  /** The store that made it, or that it is for. */
  replica: id,
  stationCode: z.string().max(40),
  /** Who can open it: the server's key, or the key the package asked to be answered with. */
  recipient: publicKey,
  /** Who signed it: the store's key, or the server's. */
  signer: publicKey,
  /** Made for this one package. */
  ephemeral: publicKey,
  /** 12 bytes, base64url. */
  nonce: z.string().regex(/^[\w-]{16}$/),
  /** UTC milliseconds; shown, nothing is decided by it. */
  madeAt: z.number(),
})

/** The first line of a package of ops. */
export const opsManifest = z.object({
  replica: id,
  epoch: z.uuid(),
  app: z.string().max(40),
  /** Empty where no account has ever been signed in there: an enrolled station that never had a line. */
  accountName: z.string().max(60),
  /** Makes the store that signed known to the server, as `POST /account/1/enrol` does; ignored once it is. */
  enrolment: z.object({ code: z.string().min(20).max(100), label: z.string().max(60) }).exactOptional(),
  /** Changes up to this number are here: the answer brings later ones. */
  cursor: z.int().min(0),
  /** The answer is sealed for this key. */
  replyKey: publicKey,
  ops: z.int().min(0).max(MAX_PACKAGE_OPS),
  photos: z.array(z.object({ hash, size: z.int().min(1) })).max(20_000),
})
/** Every further line of it. */
export const packageOp = opEnvelope

/** The first line of an answer. */
export const answerManifest = z.object({
  epoch: z.uuid(),
  serverTime: z.number(),
  accepted: z.int().min(0),
  conflicts: z.int().min(0),
  setAside: z.int().min(0),
  /** Photos the server has stored. */
  photos: z.array(hash).max(20_000),
  receipts: z.int().min(0),
  pages: z.int().min(0),
  /** The first page follows on this number. */
  cursor: z.int().min(0),
  /** Later changes did not fit: they come with the next answer, or over the line. */
  isMore: z.boolean(),
})
/** Lines of it: first the answers to the ops, then the pages of changes. */
export const packageReceipts = pushAnswer
export const packagePage = pullAnswer

/** `POST /sync/1/package-keys`: the keys of the server, and the store's own made known to it. */
export const packageKeysRequest = z.object({ replica: id, publicKey })
export const packageKeys = z.object({
  /** X25519: packages are sealed for it. */
  sealing: publicKey,
  /** Ed25519: answers are signed by it. */
  signing: publicKey,
})

export type PackageHeader = z.infer<typeof packageHeader>
export type OpsManifest = z.infer<typeof opsManifest>
export type AnswerManifest = z.infer<typeof answerManifest>
export type PackageKeys = z.infer<typeof packageKeys>
