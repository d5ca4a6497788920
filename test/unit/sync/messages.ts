import { z } from 'zod'
import { blobPatchAnswer, blobsAnswer, blobsRequest } from '../../../src-shared/contract/blob-messages.ts'
import {
  enrolAnswer,
  enrolRequest,
  refreshAnswer,
  refreshRequest,
  stationFile,
} from '../../../src-shared/contract/enrolment-messages.ts'
import {
  answerManifest,
  opsManifest,
  packageHeader,
  packageKeys,
  packageKeysRequest,
} from '../../../src-shared/contract/package-messages.ts'
import {
  aboutAnswer,
  bucketAnswer,
  bucketRequest,
  checkAnswer,
  checkRequest,
  dictionaryAnswer,
  dictionaryRequest,
  errorAnswer,
  findDuplicatesAnswer,
  findDuplicatesRequest,
  helloAnswer,
  helloRequest,
  opContent,
  opEnvelope,
  ownEcho,
  ownOpsAnswer,
  ownOpsRequest,
  pullAnswer,
  pullRequest,
  pushAnswer,
  pushRequest,
  recordsAnswer,
  recordsRequest,
  serverRecord,
  signInAnswer,
  signInRequest,
} from '../../../src-shared/contract/server-messages.ts'

type Shapes = { readonly request: z.ZodType | null; readonly answer: z.ZodType }

/** Every message and file of the protocol with the schemas that read it. */
export const MESSAGES: Readonly<Record<string, Shapes>> = {
  'GET /about': { request: null, answer: aboutAnswer },
  'POST /account/1/sign-in': { request: signInRequest, answer: signInAnswer },
  'POST /account/1/enrol': { request: enrolRequest, answer: enrolAnswer },
  'POST /account/1/refresh': { request: refreshRequest, answer: refreshAnswer },
  'POST /sync/1/hello': { request: helloRequest, answer: helloAnswer },
  'POST /sync/1/push': { request: pushRequest, answer: pushAnswer },
  'POST /sync/1/pull': { request: pullRequest, answer: pullAnswer },
  'POST /sync/1/own-ops': { request: ownOpsRequest, answer: ownOpsAnswer },
  'POST /sync/1/check': { request: checkRequest, answer: checkAnswer },
  'POST /sync/1/bucket': { request: bucketRequest, answer: bucketAnswer },
  'POST /sync/1/records': { request: recordsRequest, answer: recordsAnswer },
  'POST /sync/1/dictionary': { request: dictionaryRequest, answer: dictionaryAnswer },
  'POST /sync/1/find-duplicates': { request: findDuplicatesRequest, answer: findDuplicatesAnswer },
  'POST /sync/1/blobs': { request: blobsRequest, answer: blobsAnswer },
  'PATCH /sync/1/blob/<hash>': { request: null, answer: blobPatchAnswer },
  'POST /sync/1/package-keys': { request: packageKeysRequest, answer: packageKeys },
  refusal: { request: null, answer: errorAnswer },
  'package: header': { request: null, answer: packageHeader },
  'package of ops: first line': { request: null, answer: opsManifest },
  'answer package: first line': { request: null, answer: answerManifest },
  'station file': { request: null, answer: stationFile },
}

/** What stands inside messages that let later fields and registers through. */
export const PARTS = { record: serverRecord, ownEcho, op: opEnvelope, 'inside of an op': opContent }

/** The fields a schema names, those of lists and of records inside it as well: `ops[].body`. */
export function listSchemaPaths(schema: z.ZodType): readonly string[] {
  const found = new Set<string>()
  const walk = (part: SchemaPart, path: string): void => {
    for (const [name, each] of Object.entries(part.properties ?? {})) {
      const inner = path === '' ? name : `${path}.${name}`
      found.add(inner)
      walk(each, inner)
    }
    for (const each of part.anyOf ?? part.oneOf ?? []) walk(each, path)
    if (part.items) walk(part.items, `${path}[]`)
  }
  walk(z.toJSONSchema(schema, { unrepresentable: 'any' }) as SchemaPart, '')
  return [...found]
}

type SchemaPart = {
  readonly properties?: Readonly<Record<string, SchemaPart>>
  readonly items?: SchemaPart
  readonly anyOf?: readonly SchemaPart[]
  readonly oneOf?: readonly SchemaPart[]
}
