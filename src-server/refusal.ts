import type { ErrorAnswer, ServerErrorCode } from '../src-shared/contract/server-messages.ts'

/** A request that is answered by a status and an {@link ErrorAnswer}; nothing was stored. */
export class Refusal extends Error {
  readonly statusCode: number
  readonly answer: ErrorAnswer
  /** Seconds for the header Retry-After. */
  readonly retryAfter: number | undefined

  constructor(statusCode: number, answer: ErrorAnswer, retryAfter?: number) {
    super(answer.message)
    this.statusCode = statusCode
    this.answer = answer
    this.retryAfter = retryAfter
  }
}

/** Makes a refusal; `more` are the fields that go with some codes. */
export function refusal(
  statusCode: number,
  code: ServerErrorCode,
  message: string,
  more: {
    readonly expectN?: number
    readonly max?: number
    readonly serverTime?: number
    readonly retryAfter?: number
  } = {},
): Refusal {
  const { retryAfter, ...fields } = more
  return new Refusal(
    statusCode,
    { code, message, retry: statusCode === 429 || statusCode >= 500, ...fields },
    retryAfter,
  )
}
