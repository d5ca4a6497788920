/**
 * What a request may fail with. `code` is for programs, `message` is a Chinese sentence for the clerk that says the
 * fact and what to do. Nothing typed is lost by any of them.
 */
export type RequestErrorCode =
  /** Input does not fit the request's schema: a fault of the program, not of the clerk. */
  | 'invalidInput'
  /** The record breaks rules; `breaches` names them. */
  | 'ruleBroken'
  /** The record was changed (by sync or another tab) since the form was opened. */
  | 'changedMeanwhile'
  | 'notFound'
  /** The act is not possible in the record's present state. */
  | 'notPossible'
  | 'notSignedIn'
  | 'notAllowed'
  /** The server did not answer or answered nonsense; local work goes on. */
  | 'serverUnreachable'
  | 'serverRefused'
  /** The local store cannot be read or written. */
  | 'storage'
  | 'backendUnavailable'
  | 'internal'

export type RequestError = {
  readonly code: RequestErrorCode
  readonly message: string
  readonly breaches?: readonly { readonly field: string; readonly message: string }[]
}

/** What crosses the door for every request. */
export type RequestResult<Output> =
  { readonly ok: true; readonly output: Output } | { readonly ok: false; readonly error: RequestError }
