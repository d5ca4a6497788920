import type { Events, EventName } from '../../../src-shared/contract/events.ts'
import type { Account } from '../../../src-shared/contract/types.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { Store } from '../database/open-store.ts'
import type { Dictionaries } from '../lookup/dictionaries.ts'
import type { Clock } from './clock.ts'
import type { Regions } from './regions.ts'

/** What every use case is given: the open store and what it needs to know about the moment. */
export type Context = {
  readonly store: Store
  readonly clock: Clock
  readonly dictionaries: Dictionaries
  readonly regions: Regions
  /** The signed-in account, or null in 单机 use. */
  readonly account: () => Account | null
  /** Id of this store among all stores of all stations. */
  readonly replicaId: string
  readonly emit: <Name extends EventName>(event: Name, payload: Events[Name]) => void
  /** After a commit: pages, look-ups and query results learn of it. An empty list means many. */
  readonly recordsStored: (register: RegisterName, ids: readonly string[], source: 'local' | 'server') => void
  /** One line for the log, without personal data. */
  readonly log: (line: string) => void
}

/** Who does an act, where and when: stored with everything the act writes. */
export type Actor = { readonly accountName: string; readonly stationCode: string; readonly at: number }

/** The present actor. */
export function actorOf(context: Context): Actor {
  const account = context.account()
  return {
    accountName: account?.accountName ?? '',
    stationCode: account?.stationCode ?? '',
    at: context.clock.now(),
  }
}
