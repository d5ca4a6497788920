import type { RequestResult } from './errors.ts'
import type { EventMessage } from './events.ts'

/**
 * Messages between Electron's main process and the backend process: the same over `utilityProcess` and
 * `child_process.fork`.
 */
export type ToBackend =
  /** First message: where data and resources are. `migrations/` and `dictionaries/` stand in `resourcesFolder`. */
  | {
      readonly type: 'start'
      readonly dataFolder: string
      readonly resourcesFolder: string
      readonly version: string
    }
  | { readonly type: 'request'; readonly id: number; readonly name: string; readonly input: unknown }
  /** Answer to `askKeyStore`; `bytes` is base64, null where the OS offers no key store or refuses. */
  | {
      readonly type: 'keyStoreAnswer'
      readonly id: number
      readonly bytes: string | null
      readonly reason: string | null
    }
  /** Finish open transactions, flush drafts, close the database, exit with 0. */
  | { readonly type: 'stop' }

export type FromBackend =
  | { readonly type: 'response'; readonly id: number; readonly result: RequestResult<unknown> }
  | { readonly type: 'event'; readonly message: EventMessage }
  | {
      readonly type: 'askKeyStore'
      readonly id: number
      readonly act: 'wrap' | 'unwrap'
      readonly bytes: string
    }
  /** The store is open and requests are served. Requests sent earlier wait for this. */
  | { readonly type: 'ready' }
