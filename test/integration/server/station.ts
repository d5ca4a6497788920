import type { PullAnswer, PushAnswer } from '../../../src-shared/contract/server-messages.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { Op, OpBody, OpKind, ServerRecord } from '../../../src-shared/sync/op.ts'
import { addAccount } from '../../../src-server/commands/accounts.ts'
import { PASSWORD, type TestServer } from '../sync/sync-world.ts'
import { makeOp, push, sayHello, signInCaller, type Answer, type Replica } from './server-caller.ts'

export type Row = ServerRecord & { readonly echo?: true }

type OpParts = {
  readonly recordId: string
  readonly baseSeq?: number
  readonly register?: RegisterName
  readonly fields?: RecordValues
  readonly body?: Partial<OpBody>
}

/** A program that speaks the protocol by hand: it sends what it is told to, and keeps nothing but its numbers. */
export type Station = {
  readonly caller: Awaited<ReturnType<typeof signInCaller>>
  readonly replica: Replica
  readonly makeOp: (kind: OpKind, parts: OpParts) => Op
  /** Sends one op and answers what became of it. */
  readonly send: (
    kind: OpKind,
    parts: OpParts,
  ) => Promise<{
    readonly opId: string
    readonly n: number
    readonly seq: number
    readonly fields: readonly string[]
    readonly reason?: string
  }>
  readonly push: (ops: readonly Op[]) => Promise<Answer & { readonly push: PushAnswer }>
  /** A new record with all its fields; answers its id and number. */
  readonly create: (
    recordId: string,
    fields: RecordValues,
    register?: RegisterName,
  ) => Promise<{ readonly opId: string; readonly seq: number }>
  /** Everything after the cursor, page by page. */
  readonly pull: (
    cursor?: number,
    limit?: number,
  ) => Promise<{ readonly rows: readonly Row[]; readonly head: number }>
  /** One record as a pull gives it to somebody who has nothing; undefined where the scope has none. */
  readonly see: (recordId: string, register?: RegisterName) => Promise<Row | undefined>
  readonly ask: (path: string, question?: Readonly<Record<string, unknown>>) => Promise<Answer>
}

/** Adds the account `boss001` of station 001, an administrator. */
export async function addAdministrator(server: TestServer): Promise<void> {
  await addAccount(
    server.database,
    { name: 'boss001', displayName: '管理员', stationCode: '001', role: 'administrator', password: PASSWORD },
    0,
  )
}

export async function openStation(port: number, accountName: string, replicaId?: string): Promise<Station> {
  const caller = await signInCaller(port, accountName)
  const { replica } = await sayHello(caller, replicaId)
  const stationCode = accountName.replace(/\D/g, '')
  let n = 0
  const make: Station['makeOp'] = (
    kind,
    { recordId, baseSeq = 0, register = 'employer', fields = {}, body },
  ) => {
    n += 1
    return makeOp(n, fields, {
      recordId,
      register,
      kind,
      baseSeq,
      body: { act: 'changed', accountName, stationCode, at: 1_700_000_000_000 + n, ...body },
    })
  }
  const ask: Station['ask'] = (path, question = {}) =>
    caller.post(`/sync/1/${path}`, { replica: replica.id, epoch: replica.epoch, ...question })
  const send: Station['send'] = async (kind, parts) => {
    const op = make(kind, parts)
    const answer = await push(caller, replica, [op])
    if (answer.status !== 200) throw new Error(`push ${answer.status} ${JSON.stringify(answer.body)}`)
    const result = answer.push.results.find((each) => each.n === op.n)
    return {
      opId: op.opId,
      n: op.n,
      seq: answer.push.receipts.find(([each]) => each === op.n)?.[1] ?? 0,
      fields: result?.outcome === 'conflict' ? result.fields : [],
      ...(result?.outcome === 'setAside' ? { reason: result.reason } : {}),
    }
  }
  const see: Station['see'] = async (recordId, register = 'employer') => {
    const { body } = await ask('records', { records: [[register, recordId]] })
    return (body['rows'] as Row[])[0]
  }
  return {
    caller,
    replica,
    makeOp: make,
    send,
    push: (ops) => push(caller, replica, ops),
    create: async (recordId, fields, register = 'employer') => {
      const made = await send('set', { recordId, register, fields, body: { act: 'created' } })
      if (made.reason !== undefined) throw new Error(made.reason)
      return made
    },
    pull: async (cursor = 0, limit = 1_000) => {
      const rows: Row[] = []
      let next = cursor
      for (;;) {
        const answer = await ask('pull', { cursor: next, limit })
        if (answer.status !== 200) throw new Error(`pull ${answer.status} ${JSON.stringify(answer.body)}`)
        const page = answer.body as unknown as PullAnswer
        rows.push(...(page.rows as unknown as Row[]))
        next = page.next
        if (!page.more) return { rows, head: page.head }
      }
    },
    see,
    ask,
  }
}
