import { createHash, randomUUID } from 'node:crypto'
import { v7 as makeUuid } from 'uuid'
import type { HelloAnswer, PushAnswer } from '../../../src-shared/contract/server-messages.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { opHashText, type Op, type OpBody } from '../../../src-shared/sync/op.ts'
import { PASSWORD } from '../sync/sync-world.ts'

export type Answer = {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

/** Calls a server as a program that is not our client would. */
export type Caller = {
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>
  readonly postRaw: (path: string, body: string | Buffer, headers?: Record<string, string>) => Promise<Answer>
  readonly get: (path: string) => Promise<Answer>
}

/** @param token sent as the session of every call */
export function callServer(port: number, token?: string): Caller {
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      headers: response.headers,
    }
  }
  const postRaw: Caller['postRaw'] = (path, body, headers = {}) =>
    send(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    })
  return {
    post: (path, body, headers) => postRaw(path, JSON.stringify(body), headers),
    postRaw,
    get: (path) => send(path, { method: 'GET' }),
  }
}

/**
 * A signed-in caller, for as many stores as it names: a session belongs to one, so each gets its own.
 * @returns with the token of the first store that is named
 */
export async function signInCaller(port: number, accountName: string): Promise<Caller & { token: string }> {
  const signIn = async (): Promise<string> => {
    const answer = await callServer(port).post('/account/1/sign-in', { accountName, password: PASSWORD })
    return String(answer.body['token'])
  }
  const token = await signIn()
  const tokens = new Map<string, string>()
  const callerFor = async (body: unknown): Promise<Caller> => {
    const replica = (body as { replica?: unknown } | null)?.replica
    if (typeof replica !== 'string') return callServer(port, token)
    const own = tokens.get(replica) ?? (tokens.size === 0 ? token : await signIn())
    tokens.set(replica, own)
    return callServer(port, own)
  }
  return {
    ...callServer(port, token),
    post: async (path, body, headers) => (await callerFor(body)).post(path, body, headers),
    token,
  }
}

export type Replica = { readonly id: string; readonly epoch: string }

/** Says hello as a new replica (or a known one). */
export async function sayHello(
  caller: Caller,
  id: string = randomUUID(),
): Promise<{ readonly replica: Replica; readonly hello: HelloAnswer }> {
  const answer = await caller.post('/sync/1/hello', {
    replica: id,
    app: 'test',
    epoch: null,
    cursor: 0,
    now: 0,
  })
  if (answer.status !== 200) throw new Error(`hello ${answer.status} ${JSON.stringify(answer.body)}`)
  const hello = answer.body as unknown as HelloAnswer
  return { replica: { id, epoch: hello.epoch }, hello }
}

/** An op as a client makes it, with a hash that fits. */
export function makeOp(
  n: number,
  fields: RecordValues,
  more: Partial<Omit<Op, 'n' | 'hash' | 'body'>> & { readonly body?: Partial<OpBody> } = {},
): Op {
  const { body, ...rest } = more
  const op: Omit<Op, 'n' | 'hash'> = {
    opId: makeUuid(),
    register: 'employer',
    recordId: makeUuid(),
    kind: 'set',
    baseSeq: 0,
    ...rest,
    body: {
      fields,
      cancellation: null,
      reason: '',
      act: 'created',
      declarationVersion: getRegister(rest.register ?? 'employer').version,
      accountName: 'clerk001',
      stationCode: '001',
      at: 1_700_000_000_000,
      ...body,
    },
  }
  return { ...op, n, hash: createHash('sha256').update(opHashText(op)).digest('hex') }
}

/** Pushes ops that follow on `afterN`. */
export async function push(
  caller: Caller,
  replica: Replica,
  ops: readonly Op[],
  afterN = (ops[0]?.n ?? 1) - 1,
): Promise<Answer & { readonly push: PushAnswer }> {
  const answer = await caller.post('/sync/1/push', {
    replica: replica.id,
    epoch: replica.epoch,
    batchId: randomUUID(),
    afterN,
    ops,
  })
  return { ...answer, push: answer.body as unknown as PushAnswer }
}
