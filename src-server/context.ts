import type { HelloAnswer } from '../src-shared/contract/server-messages.ts'
import type { LineLimits } from './plugins/line-limits.ts'
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
  /** How much of the line one client may hold; LINE_LIMITS where absent. */
  readonly line?: LineLimits
  /** Addresses of reverse proxies, whose X-Forwarded-For is believed. */
  readonly proxies?: readonly string[]
  /** Only stores with a key may sign in and sync. */
  readonly isEnrolmentRequired?: boolean
  /** Certificate chain and private key (PEM): the line is TLS. */
  readonly tls?: { readonly certificate: string; readonly privateKey: string }
  /** Opens /metrics to others than this machine. */
  readonly metricsToken?: string | undefined
}
