import type { EventMessage, EventName, Events } from '../../src-shared/contract/events.ts'
import type { RequestError, RequestResult } from '../../src-shared/contract/errors.ts'
import type { RequestInput, RequestName, RequestOutput } from '../../src-shared/contract/requests.ts'

/** What the preload script puts on the window: the only way out of the page. */
type Door = {
  readonly call: (name: string, input: unknown) => Promise<RequestResult<unknown>>
  /** Calls `listener` for every event; returns what ends that. */
  readonly on: (listener: (message: EventMessage) => void) => () => void
}

declare global {
  interface Window {
    readonly jufutong: Door
  }
}

/** A request that was refused; `message` is a Chinese sentence for the clerk. */
export class RequestFailure extends Error {
  readonly detail: RequestError
  constructor(detail: RequestError) {
    super(detail.message)
    this.name = 'RequestFailure'
    this.detail = detail
  }
}

/** Asks the backend (or main). @throws RequestFailure when it refuses. */
export async function call<Name extends RequestName>(
  name: Name,
  input: RequestInput<Name>,
): Promise<RequestOutput<Name>> {
  const result = await window.jufutong.call(name, input)
  if (!result.ok) throw new RequestFailure(result.error)
  // The output's type is the contract's word: the backend is part of the same build.
  return result.output as RequestOutput<Name>
}

/** Calls `listener` for every event of that name until the returned function is called. */
export function onEvent<Name extends EventName>(
  name: Name,
  listener: (payload: Events[Name]) => void,
): () => void {
  return window.jufutong.on((message) => {
    if (message.event === name) listener(message.payload as Events[Name])
  })
}

/** The sentence to show for anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof RequestFailure) return error.message
  return `程序出现意外错误:${error instanceof Error ? error.message : String(error)}。已录入的内容仍在,请重试或查看日志。`
}
