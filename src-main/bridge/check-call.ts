import type { RequestError } from '../../src-shared/contract/errors.ts'
import { isRequestName, requests } from '../../src-shared/contract/requests.ts'
import type { RequestName } from '../../src-shared/contract/requests.ts'

/** A frame that says something to us; the part of Electron's `WebFrameMain` that is looked at. */
export type Sender = { readonly url: string; readonly parent: unknown }

export type CheckedCall =
  | { readonly ok: true; readonly name: RequestName; readonly input: unknown }
  | { readonly ok: false; readonly error: RequestError }

/**
 * Whether a frame is our own page: the outermost frame of a window, showing an address of the program's own origin.
 * Anything else (an embedded frame, a page that was navigated elsewhere, a frame that is gone) is refused.
 */
export function isOwnPage(sender: Sender | null, ownOrigin: string): boolean {
  return sender !== null && sender.parent === null && sender.url.startsWith(`${ownOrigin}/`)
}

/** Checks what a page asks for: the request must exist and its input fit the request's schema. */
export function checkCall(name: unknown, input: unknown): CheckedCall {
  if (typeof name !== 'string' || !isRequestName(name)) {
    return { ok: false, error: { code: 'invalidInput', message: '程序内部错误:没有这个操作。' } }
  }
  const parsed = requests[name].input.safeParse(input)
  if (parsed.success) return { ok: true, name, input: parsed.data }
  // Paths only: the values may be personal data.
  const places = parsed.error.issues.map((issue) => issue.path.join('.') || '(input)').join(', ')
  return {
    ok: false,
    error: { code: 'invalidInput', message: `程序内部错误:操作 ${name} 的参数不正确(${places})。` },
  }
}
