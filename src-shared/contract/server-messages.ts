import { z } from 'zod'
import type { FieldValue, RecordValues } from '../fields/field.ts'
import { REGISTER_NAMES } from '../registers/register.ts'
import { CHANGE_KINDS } from '../sync/change-kind.ts'
import { OP_ACTS, OP_KINDS } from '../sync/op.ts'

/**
 * Messages between a client's sync and the server: JSON over HTTP, gzip both ways. The written protocol is
 * docs/sync-protocol.md. Both sides check what they get by these schemas; unknown fields are let through.
 */

/** The one protocol this program speaks; also the path's major: `/sync/1/…`. */
export const PROTOCOL_VERSION = 1
/** What `GET /about` calls our server. */
export const SERVER_PRODUCT = 'jufutong-server'
/** SHA-256 (hexadecimal) of the JSON text before compression, both ways: a body cut short or altered is thrown away whole. */
export const DIGEST_HEADER = 'x-jufutong-sha256'
/** The most ops and bytes (of JSON before compression) of one push. */
export const MAX_PUSH_OPS = 500
export const MAX_PUSH_BYTES = 1_048_576
/** The most rows of one pull and entries of one dictionary page. */
export const MAX_PULL_ROWS = 1_000
/** About how long (of JSON before compression) one pull is at most; a single larger row goes alone. */
export const MAX_PULL_BYTES = 2_097_152
export const MAX_DICTIONARY_ROWS = 5_000
/** The most ops that one op takes back. */
export const MAX_WITHDRAWN_OPS = 100

const scalar = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()])
const fieldValue: z.ZodType<FieldValue> = z.union([
  scalar,
  z.array(z.string().max(200)).max(200),
  z.array(z.record(z.string().max(60), scalar)).max(200),
])
const recordValues: z.ZodType<RecordValues> = z.record(z.string().max(60), fieldValue)
const id = z.uuid()
const seq = z.int().min(0)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const instant = z.number()
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** `GET /about`: who answers, without an account. */
export const aboutAnswer = z.object({
  product: z.string(),
  version: z.string(),
  protocols: z.array(z.int()),
  serverTime: instant,
})

/** `POST /account/1/sign-in`. */
export const signInRequest = z.object({
  accountName: z.string().min(1).max(60),
  password: z.string().min(1).max(200),
  /** The store the session is for; a session opened without one belongs to the first that uses it. */
  replica: id.exactOptional(),
})
export const accountAnswer = z.object({
  accountName: z.string(),
  displayName: z.string(),
  role: z.enum(['clerk', 'viewer', 'administrator']),
  stationCode: z.string(),
  stationName: z.string(),
})
export const signInAnswer = z.object({
  account: accountAnswer,
  /** Sent as `Authorization: Bearer …`; the server stores only its hash. */
  token: z.string().min(20),
  expiresAt: instant,
  /** Gets new tokens without the password (`/account/1/refresh`), for this replica only; the server stores its hash. */
  refresh: z.string().min(20).exactOptional(),
})

/** `POST /sync/1/hello` begins every round. */
export const helloRequest = z.object({
  replica: id,
  /** The id this store had until now: its session and its key vouch for the new one. */
  formerly: id.exactOptional(),
  /** Program version, for the server's log. */
  app: z.string().max(40),
  /** The epoch this replica knows; null before its first hello. */
  epoch: z.uuid().nullable(),
  cursor: seq,
  now: instant,
  /** Version of the names of stations and people that the replica has; empty for none, absent where it does not ask. */
  namesVersion: z.string().max(40).exactOptional(),
})
export const helloAnswer = z.object({
  epoch: z.uuid(),
  /**
   * How far the database the replica knows (`epoch` of the question) is contained in this one: numbers up to here mean the
   * same in both. Null: it is not contained at all, this is another server. Absent knowledge (a null epoch) is 0.
   */
  knownUpTo: seq.nullable(),
  serverTime: instant,
  /** The newest op number of this replica the server holds; 0 for none. */
  lastN: z.int().min(0),
  /** The newest change number given out. */
  head: seq,
  limits: z.object({
    pushOps: z.int().min(1),
    pushBytes: z.int().min(1),
    pullRows: z.int().min(1),
  }),
  pollAfterMs: z.int().min(0).nullable(),
  /** Version by name of the dictionaries the server gives out. */
  dictionaries: z.record(z.string(), z.int()),
  /** Where they are others than the asker's: names of the scope's stations by code, and of its people by account. */
  names: z
    .object({
      version: z.string().max(40),
      stations: z.record(z.string(), z.string()),
      people: z.record(z.string(), z.string()),
    })
    .exactOptional(),
  account: accountAnswer,
  /** A new token where the old one has passed half its life. */
  renewed: z.object({ token: z.string().min(20), expiresAt: instant }).nullable(),
})

/** The outside of an op: what the server needs to number, store and answer it whatever it says. */
export const opEnvelope = z.object({
  n: z.int().min(1),
  opId: id,
  register: z.string().max(60),
  recordId: z.string().max(60),
  kind: z.string().max(20),
  baseSeq: seq,
  body: z.record(z.string().max(60), z.unknown()),
  hash,
})
/**
 * The same as {@link recordValues} for what a server reads five thousand times a second: looked through once, not copied. Text is bounded by
 * the declaration's own check.
 */
const opValues = z.custom<RecordValues>(isRecordValues, 'not the values of a record')

function isRecordValues(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  for (const [name, each] of Object.entries(value)) {
    if (name.length > 60) return false
    if (isScalar(each)) continue
    if (!Array.isArray(each) || each.length > 200) return false
    const items = each as readonly unknown[]
    if (items.every((item) => typeof item === 'string' && item.length <= 200)) continue
    if (!items.every(isRow)) return false
  }
  return true
}

function isRow(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, each]) => name.length <= 60 && isScalar(each))
  )
}

function isScalar(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.length <= 10_000
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
      return true
    default:
      return value === null
  }
}

/** The inside: an op that does not fit is set aside with a reason, the others go on. */
export const opContent = z.object({
  register: z.enum(REGISTER_NAMES),
  recordId: id,
  kind: z.enum(OP_KINDS),
  body: z.object({
    fields: opValues,
    cancellation: opValues.nullable(),
    reason: z.string().max(2_000),
    act: z.enum(OP_ACTS),
    /** Names of ways this program does not know yet are let through: they are kept, not judged. */
    provenance: z.record(z.string().max(60), z.string().max(20)).exactOptional(),
    changeKind: z.enum(CHANGE_KINDS).exactOptional(),
    effectiveDate: z.string().regex(DAY).exactOptional(),
    resolves: z.array(z.string().max(200)).max(100).exactOptional(),
    status: z.enum(['active', 'cancelled']).exactOptional(),
    distinctFrom: z.array(id).max(20).exactOptional(),
    withdraws: z.array(id).max(MAX_WITHDRAWN_OPS).exactOptional(),
    merge: z.object({ loserId: id, loserBaseSeq: seq }).exactOptional(),
    isRescue: z.literal(true).exactOptional(),
    declarationVersion: z.int().min(1),
    accountName: z.string().max(60),
    stationCode: z.string().max(40),
    at: instant,
  }),
})

/** `POST /sync/1/push`. */
export const pushRequest = z.object({
  replica: id,
  epoch: z.uuid(),
  batchId: id,
  /** The op number this batch follows on: greater than the server's lastN means a batch is missing (409). */
  afterN: z.int().min(0),
  ops: z.array(opEnvelope).min(1).max(MAX_PUSH_OPS),
})
export const pushAnswer = z.object({
  /** Every op up to here is stored, accepted or set aside. */
  ackedN: z.int().min(0),
  /** Receipts of accepted ops: [n, change number]. Also earlier ops of this replica that a later one repaired. */
  receipts: z.array(z.tuple([z.int(), seq])),
  /** Only those that are not simply accepted. */
  results: z.array(
    z.discriminatedUnion('outcome', [
      /** Accepted, but the current values of these fields stay; a person decides. */
      z.object({ n: z.int(), outcome: z.literal('conflict'), fields: z.array(z.string()) }),
      z.object({ n: z.int(), outcome: z.literal('setAside'), reason: z.string() }),
    ]),
  ),
  serverTime: instant,
})

/** `POST /sync/1/pull`: records of the station's scope that changed after the cursor, oldest change first. */
export const pullRequest = z.object({
  replica: id,
  epoch: z.uuid(),
  cursor: seq,
  limit: z.int().min(1).max(MAX_PULL_ROWS),
})
const serverStatus = z.enum(['active', 'cancelled', 'merged', 'deleted'])
const lostStatus = z.strictObject({
  status: serverStatus,
  cancellation: recordValues.nullable(),
  mergedInto: id.nullable(),
})
const recordConflict = z.object({
  id: z.string().max(200),
  field: z.string().max(60),
  lost: z.union([lostStatus, fieldValue]),
  by: z.string(),
  station: z.string(),
  at: instant,
  keptBy: z.string(),
  keptStation: z.string(),
  keptAt: instant,
})
export const serverRecord = z.object({
  register: z.enum(REGISTER_NAMES),
  recordId: id,
  seq,
  status: serverStatus,
  mergedInto: id.nullable(),
  cancellation: recordValues.nullable(),
  declarationVersion: z.int(),
  stationCode: z.string(),
  values: recordValues,
  createdAt: instant,
  updatedAt: instant,
  updatedBy: z.string(),
  updatedStation: z.string(),
  updatedAs: z
    .object({
      act: z.string().max(20),
      fields: z.array(z.string().max(60)).max(200),
      reason: z.string().max(2_000).exactOptional(),
      changeKind: z.string().max(20).exactOptional(),
      effectiveDate: z.string().regex(DAY).exactOptional(),
    })
    .exactOptional(),
  conflicts: z.array(recordConflict),
  duplicates: z.array(id),
})
/**
 * Stands for a record that only this replica's own ops have changed since its cursor, each taken exactly as sent: the replica knows the
 * content, and only lacks the number.
 */
export const ownEcho = z.object({
  register: z.enum(REGISTER_NAMES),
  recordId: id,
  seq,
  echo: z.literal(true),
  /** The change number up to which the record was not its own: whoever has an older one needs the content. 0 where absent. */
  after: seq.exactOptional(),
})
export const pullAnswer = z.object({
  /** Each a {@link serverRecord} or an {@link ownEcho}; rows of registers this program does not know are for a later version of it. */
  rows: z.array(z.looseObject({ register: z.string(), seq })),
  /** The cursor after these rows; stored with them in one transaction. */
  next: seq,
  more: z.boolean(),
  /** Count of rows and sum of their numbers: an answer that does not add up is thrown away whole. */
  end: z.object({ rows: z.int().min(0), sum: z.int().min(0) }),
  /** The newest change number: how far the cursor has to go, for the progress bar. */
  head: seq,
})

/** `POST /sync/1/dictionary`: entries changed after a version, in the order of their codes. */
export const dictionaryRequest = z.object({
  name: z.string().min(1).max(60),
  afterVersion: z.int().min(0),
  afterCode: z.string().max(60),
  limit: z.int().min(1).max(MAX_DICTIONARY_ROWS),
  /** Whether the answer is to say how many there are in all. */
  wantsTotal: z.boolean().exactOptional(),
})
export const dictionaryAnswer = z.object({
  version: z.int(),
  entries: z.array(
    z.object({
      code: z.string(),
      name: z.string(),
      parent: z.string().nullable(),
      mnemonic: z.string().nullable(),
      validFrom: z.string().nullable(),
      validTo: z.string().nullable(),
    }),
  ),
  more: z.boolean(),
  /** How many entries there are from here on, for the progress bar. */
  total: z.int().min(0).exactOptional(),
})

/** `POST /sync/1/find-duplicates`: records of the scope with the same natural key. */
export const findDuplicatesRequest = z.object({
  register: z.enum(REGISTER_NAMES),
  /** The fields of the natural key. */
  values: recordValues,
  exceptId: id.nullable(),
})
export const findDuplicatesAnswer = z.object({
  duplicates: z.array(
    z.object({
      id,
      title: z.string(),
      stationCode: z.string(),
      stationName: z.string(),
      status: z.enum(['active', 'cancelled']),
    }),
  ),
})

/** `POST /sync/1/own-ops`: ops of this replica that the server holds and the store has lost (a removed -wal, a restored copy). */
export const ownOpsRequest = z.object({
  replica: id,
  epoch: z.uuid(),
  afterN: z.int().min(0),
  limit: z.int().min(1).max(MAX_PUSH_OPS),
})
export const ownOpsAnswer = z.object({
  ops: z.array(
    z.object({
      ...opEnvelope.shape,
      seq: seq.nullable(),
      receivedAt: instant,
      reason: z.string().nullable(),
    }),
  ),
  more: z.boolean(),
})

/** The daily check compares so many buckets; a record's is the value of the last two hexadecimal digits of its id. */
export const BUCKETS = 256
/** Sums of change numbers are taken modulo 2^40: they stay exact however many records and numbers there are. */
export const BUCKET_MODULUS = 1_099_511_627_776
/** `POST /sync/1/check`: per bucket how many records the scope has and the sum of their change numbers ({@link BUCKET_MODULUS}). */
export const checkRequest = z.object({ replica: id, epoch: z.uuid() })
export const checkAnswer = z.object({
  /** The buckets hold for exactly this cursor. */
  head: seq,
  counts: z.array(z.int().min(0)).length(BUCKETS),
  sums: z.array(z.int().min(0)).length(BUCKETS),
})
/** `POST /sync/1/bucket`: the records of one bucket, to find which differ. */
export const bucketRequest = z.object({
  replica: id,
  epoch: z.uuid(),
  bucket: z
    .int()
    .min(0)
    .max(BUCKETS - 1),
})
export const bucketAnswer = z.object({ head: seq, records: z.array(z.tuple([z.string(), id, seq])) })
/** `POST /sync/1/records`: records of the scope by id, as a pull would give them; unknown ids are left out. */
export const recordsRequest = z.object({
  replica: id,
  epoch: z.uuid(),
  records: z
    .array(z.tuple([z.string().max(60), id]))
    .min(1)
    .max(200),
})
export const recordsAnswer = z.object({ rows: z.array(z.looseObject({ register: z.string(), seq })) })

/** Every refusal. `message` is a Chinese sentence for the clerk; `retry` says whether the same request may succeed later. */
export const serverErrorCodes = [
  'badRequest',
  'damaged',
  'notSignedIn',
  /** The replica has no key and the server wants one; or its key does not fit. */
  'notEnrolled',
  /** The replica's key was revoked. */
  'revoked',
  /** The signature is too old or too new by the server's clock (`serverTime`): to be made anew. */
  'proofStale',
  'wrongPassword',
  'locked',
  'notAllowed',
  'notFound',
  'gap',
  'epochChanged',
  'tooLarge',
  'hashDiffers',
  /** A carried package that cannot be taken; the message says why. */
  'badPackage',
  'tooMany',
  'busy',
  'internal',
] as const
export const errorAnswer = z.object({
  code: z.enum(serverErrorCodes),
  message: z.string(),
  retry: z.boolean(),
  /** With `gap`: the number the next batch must follow on, plus one. */
  expectN: z.int().exactOptional(),
  /** With `tooLarge`: bytes. */
  max: z.int().exactOptional(),
  /** With `proofStale`: the server's clock. */
  serverTime: instant.exactOptional(),
})

export type ServerErrorCode = (typeof serverErrorCodes)[number]
export type AboutAnswer = z.infer<typeof aboutAnswer>
export type SignInAnswer = z.infer<typeof signInAnswer>
export type HelloRequest = z.infer<typeof helloRequest>
export type HelloAnswer = z.infer<typeof helloAnswer>
export type OpEnvelope = z.infer<typeof opEnvelope>
export type PushRequest = z.infer<typeof pushRequest>
export type PushAnswer = z.infer<typeof pushAnswer>
export type PullRequest = z.infer<typeof pullRequest>
export type PullAnswer = z.infer<typeof pullAnswer>
export type OwnOpsRequest = z.infer<typeof ownOpsRequest>
export type CheckRequest = z.infer<typeof checkRequest>
export type CheckAnswer = z.infer<typeof checkAnswer>
export type BucketRequest = z.infer<typeof bucketRequest>
export type RecordsRequest = z.infer<typeof recordsRequest>
export type DictionaryRequest = z.infer<typeof dictionaryRequest>
export type DictionaryAnswer = z.infer<typeof dictionaryAnswer>
export type FindDuplicatesAnswer = z.infer<typeof findDuplicatesAnswer>
export type ErrorAnswer = z.infer<typeof errorAnswer>
