import type { RequestResult } from './errors.ts'
import type { EventMessage } from './events.ts'

/** The one object that the preload gives to the page, as `window.jufutong`. */
export type PageDoor = {
  /** Asks for one act of `requests`. Never rejects: whatever goes wrong is a result with `ok: false`. */
  readonly call: (name: string, input: unknown) => Promise<RequestResult<unknown>>
  /**
   * Hears every event until the returned function is called. Who starts listening late is told once more what still
   * holds (`startup.failed`, `backend.stopped`).
   */
  readonly on: (listener: (message: EventMessage) => void) => () => void
}
