import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  opContent,
  opEnvelope,
  ownEcho,
  pullAnswer,
  serverRecord,
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
import { listSchemaPaths, MESSAGES } from './messages.ts'

/**
 * The protocol in examples, from which another client or server can be tried. A message that changes its shape, an op that gets
 * another hash, and a merge that decides otherwise break it: then the protocol has changed, and docs/sync-protocol.md with it.
 */

const folder = join(import.meta.dirname, '../../golden')

function readGolden(name: string): readonly Golden[] {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as readonly Golden[]
}

type Golden = Readonly<Record<string, unknown>> & { readonly name?: string }
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

  it('show every field there is, also those that may be absent', () => {
    for (const [path, { request, answer }] of Object.entries(MESSAGES)) {
      const examples = messages.filter((each) => each['path'] === path)
      const shown = (side: string) => new Set(examples.flatMap((each) => listPaths(each[side])))
      if (request) expect(listSchemaPaths(request).filter((each) => !shown('request').has(each))).toEqual([])
      expect(listSchemaPaths(answer).filter((each) => !shown('answer').has(each))).toEqual([])
    }
    const rows = messages
      .filter((each) => each['path'] === 'POST /sync/1/pull')
      .flatMap((each) => pullAnswer.parse(each['answer']).rows)
    const shown = new Set(rows.flatMap((row) => listPaths(row)))
    for (const schema of [serverRecord, ownEcho])
      expect(listSchemaPaths(schema).filter((each) => !shown.has(each))).toEqual([])
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

  it('show every field there is, also those that only some kinds have', () => {
    const shown = new Set(ops.flatMap(({ op }) => listPaths(op)))
    for (const schema of [opEnvelope, opContent])
      expect(listSchemaPaths(schema).filter((each) => !shown.has(each))).toEqual([])
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

/** The fields an example names, as {@link listSchemaPaths} writes them. */
function listPaths(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => listPaths(each, `${path}[]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => {
    const inner = path === '' ? name : `${path}.${name}`
    return [inner, ...listPaths(each, inner)]
  })
}

function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
