import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { blobPatchAnswer, blobsAnswer, blobsRequest } from '../../../src-shared/contract/blob-messages.ts'
import {
  enrolAnswer,
  enrolRequest,
  refreshAnswer,
  refreshRequest,
} from '../../../src-shared/contract/enrolment-messages.ts'
import { packageKeys, packageKeysRequest } from '../../../src-shared/contract/package-messages.ts'
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
import { getRegister } from '../../../src-shared/registers/registers.ts'
import {
  mergeEdit,
  mergeRecords,
  mergeRedirected,
  overlayEdits,
  unmergeRecords,
} from '../../../src-shared/sync/merge.ts'
import { OP_KINDS, opHashText, type Op } from '../../../src-shared/sync/op.ts'

/**
 * The protocol in examples, from which another client or server can be tried. A message that changes its shape, an op that gets
 * another hash, and a merge that decides otherwise break it: then the protocol has changed, and docs/sync-protocol.md with it.
 */

const folder = join(import.meta.dirname, '../../golden')

function readGolden(name: string): readonly Golden[] {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as readonly Golden[]
}

type Golden = Readonly<Record<string, unknown>> & { readonly name?: string }
type Shapes = { readonly request: z.ZodType | null; readonly answer: z.ZodType }

const MESSAGES: Readonly<Record<string, Shapes>> = {
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
}

describe('golden messages', () => {
  const messages = readGolden('messages.json')

  it('name every message there is', () => {
    expect(new Set(messages.map((each) => each['path']))).toEqual(new Set(Object.keys(MESSAGES)))
  })

  it.each(messages)('$path is read as it is written', ({ path, request, answer }) => {
    const shapes = MESSAGES[String(path)]
    // What a schema does not know it drops: a field that was renamed or taken away shows as a difference.
    if (shapes?.request) expect(shapes.request.parse(request)).toEqual(request)
    expect(shapes?.answer.parse(answer)).toEqual(answer)
  })

  it('hold rows of a pull that are records or own echoes, and add up', () => {
    const page = messages.find((each) => each['path'] === 'POST /sync/1/pull')
    const { rows, end } = pullAnswer.parse(page?.['answer'])
    for (const row of rows)
      expect('echo' in row ? ownEcho.strict().parse(row) : serverRecord.strict().parse(row)).toEqual(row)
    expect(end).toEqual({ rows: rows.length, sum: rows.reduce((sum, row) => sum + row.seq, 0) })
  })
})

describe('golden ops', () => {
  const ops = readGolden('ops.json') as readonly { readonly name: string; readonly op: Op }[]

  it('show every kind', () => {
    expect(new Set(ops.map(({ op }) => op.kind))).toEqual(new Set(OP_KINDS))
  })

  it.each(ops)('$name: its hash and its shape', ({ op }) => {
    expect(createHash('sha256').update(opHashText(op), 'utf8').digest('hex')).toBe(op.hash)
    expect(opEnvelope.parse(op)).toEqual(op)
    const { n: _n, opId: _opId, baseSeq: _baseSeq, hash: _hash, ...content } = op
    expect(opContent.parse(op)).toEqual(content)
  })
})

describe('golden merges', () => {
  const resident = getRegister('resident')
  const cases = readGolden('merge.json') as unknown as readonly MergeCase[]

  it.each(cases)('$call: $name', ({ call, input, output }) => {
    const before = JSON.stringify(input)
    expect(toJson(runMerge(call, input))).toEqual(output)
    // The merge changes nothing it was given.
    expect(JSON.stringify(input)).toBe(before)
  })

  type MergeCase = {
    readonly name: string
    readonly call: string
    readonly input: never
    readonly output: unknown
  }

  function runMerge(call: string, input: never): unknown {
    switch (call) {
      case 'mergeEdit': {
        const { state, edit, writer, seq, how } = input as MergeInput
        return mergeEdit(resident, (state ?? undefined) as never, edit, writer, seq, how)
      }
      case 'mergeRecords': {
        const { pair, edit, writer, seq, how } = input as MergeInput
        return mergeRecords(resident, pair, edit, writer, seq, how)
      }
      case 'mergeRedirected': {
        const { pair, edit, writer, seq } = input as MergeInput
        return mergeRedirected(resident, pair, edit, writer, seq)
      }
      case 'unmergeRecords': {
        const { pair, edit, writer, seq } = input as MergeInput
        return unmergeRecords(pair, edit, writer, seq)
      }
      case 'overlayEdits': {
        const { server, edits } = input as { readonly server: never; readonly edits: never }
        return overlayEdits(server, edits)
      }
      default:
        throw new Error(`no such call: ${call}`)
    }
  }

  type MergeInput = {
    readonly state: unknown
    readonly pair: never
    readonly edit: never
    readonly writer: number
    readonly seq: number
    readonly how: object
  }
})

function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
