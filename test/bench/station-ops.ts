import { createHash } from 'node:crypto'
import { v7 as makeUuid } from 'uuid'
import type { OpEnvelope } from '../../src-shared/contract/server-messages.ts'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { opHashText, type OpBody } from '../../src-shared/sync/op.ts'

/** A real op with its hash, as a client's outbox holds it. */
export function makeOp(op: {
  readonly n: number
  readonly register: RegisterName
  readonly recordId: string
  readonly baseSeq: number
  readonly fields: RecordValues
  readonly act: 'created' | 'changed'
  readonly stationCode?: string
}): OpEnvelope {
  const declaration = getRegister(op.register)
  const body: OpBody = {
    // A save writes every field of a new record, the empty ones as well.
    fields:
      op.act === 'created'
        ? Object.fromEntries(Object.keys(declaration.fields).map((name) => [name, op.fields[name] ?? null]))
        : op.fields,
    cancellation: null,
    reason: '',
    act: op.act,
    declarationVersion: declaration.version,
    accountName: '',
    stationCode: op.stationCode ?? '',
    at: Date.now(),
  }
  const envelope = {
    opId: makeUuid(),
    register: op.register,
    recordId: op.recordId,
    kind: 'set' as const,
    baseSeq: op.baseSeq,
    body,
  }
  return {
    n: op.n,
    ...envelope,
    body: { ...body },
    hash: createHash('sha256').update(opHashText(envelope), 'utf8').digest('hex'),
  }
}
