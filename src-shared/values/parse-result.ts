/** What every parser in this folder returns: the stored value, or one Chinese sentence that names the broken rule. */
export type ParseResult<Value> = { readonly ok: true; readonly value: Value } | Refusal

/** The typed text breaks a rule; `message` says which one and what to do. */
export interface Refusal {
  readonly ok: false
  readonly message: string
}

/** Accepts a value. */
export function accept<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

/** Refuses the typed text with a Chinese sentence. */
export function refuse(message: string): Refusal {
  return { ok: false, message }
}
