import type { HelloAnswer } from '../src-shared/contract/server-messages.ts'
import type { KnownCodes } from './sync/dictionaries.ts'
import type { ServerDatabase } from './storage/database.ts'

/** What every route works with. */
export type ServerContext = {
  readonly database: ServerDatabase
  /** UTC milliseconds. */
  readonly now: () => number
  readonly knownCodes: () => Promise<KnownCodes>
  readonly version: string
  /** What one request may carry, told at hello. */
  readonly limits: HelloAnswer['limits']
  /** Rejects passwords' guessing per address: sign-ins a minute. */
  readonly signInsPerMinute: number
}
