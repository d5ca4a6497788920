import { z } from 'zod'
import { accountAnswer } from '../../../src-shared/contract/server-messages.ts'
import type { ReadDatabase, WriteDatabase } from '../database/database.ts'

/** What sync remembers between rounds, in the table `setting` under `sync.<name>`. */
const stateSchema = z.object({
  /** Id of this store as the server numbers it; a new one when its numbers no longer fit the server's. */
  replica: z.uuid().nullable(),
  /** The server database this store belongs to. */
  epoch: z.uuid().nullable(),
  /** Every change up to this number is stored here. Moves only in the transaction that stores the rows. */
  cursor: z.int().min(0),
  /** The declarations that stored what was pulled; others may understand more of it. */
  declarations: z.string(),
  /** The account signed in here; stays while offline. */
  account: accountAnswer.nullable(),
  token: z.string().nullable(),
  /** Milliseconds to add to the device's clock. */
  clockOffset: z.number(),
  lastRoundAt: z.number().nullable(),
  lastError: z.string().nullable(),
  /** Version by name of the dictionaries stored here. */
  dictionaries: z.record(z.string(), z.int()),
  /** When each of them was complete here, UTC milliseconds. */
  dictionaryFetchedAt: z.record(z.string(), z.number()),
  /** The server database whose versions these are. */
  dictionaryEpoch: z.uuid().nullable(),
  /** Dictionaries of which a part has come: entries up to `afterCode`, on the way from one version to `reached`. */
  dictionaryProgress: z.record(
    z.string(),
    z.object({
      afterVersion: z.int().min(0),
      afterCode: z.string(),
      reached: z.int().min(0),
      done: z.int().min(0),
    }),
  ),
  /**
   * The server was restored from a backup: numbers in (above, upTo] were given by what it has lost. What stands here
   * under such a number is offered anew once a whole pull has shown that nobody else has brought it back.
   */
  lost: z.object({ above: z.int().min(0), upTo: z.int().min(0) }).nullable(),
  /** The epoch of another server that the clerk has accepted in place of the known one. */
  acceptedEpoch: z.uuid().nullable(),
  /** Everything here is being offered to another server: nothing is sent or pulled before that is prepared. */
  isAdopting: z.boolean(),
  /**
   * A backup was put in this store's place, whose newest number was this one: what the server has of this replica after it is
   * fetched, and the numbers go on under a new id.
   */
  reinstatedFrom: z.int().min(0).nullable(),
  /** When the last daily check was complete, UTC milliseconds by the device's clock. */
  lastCheckAt: z.number().nullable(),
})

export type SyncState = z.infer<typeof stateSchema>

const initial: SyncState = {
  replica: null,
  epoch: null,
  cursor: 0,
  declarations: '',
  account: null,
  token: null,
  clockOffset: 0,
  lastRoundAt: null,
  lastError: null,
  dictionaries: {},
  dictionaryFetchedAt: {},
  dictionaryEpoch: null,
  dictionaryProgress: {},
  lost: null,
  acceptedEpoch: null,
  isAdopting: false,
  reinstatedFrom: null,
  lastCheckAt: null,
}

/** Reads the state; a value that does not fit (written by another version) counts as absent. */
export function readSyncState(database: ReadDatabase): SyncState {
  const stored: Record<string, unknown> = { ...initial }
  for (const row of database.allOf("SELECT name, value FROM setting WHERE name LIKE 'sync.%'")) {
    const name = String(row['name']).slice('sync.'.length)
    if (!Object.hasOwn(stateSchema.shape, name)) continue
    const schema = stateSchema.shape[name as keyof SyncState]
    const parsed = schema.safeParse(JSON.parse(String(row['value'])))
    if (parsed.success) stored[name] = parsed.data
  }
  return stored as SyncState
}

/** Writes some of the state; the caller holds the transaction. */
export function writeSyncState(database: WriteDatabase, changes: Partial<SyncState>): void {
  for (const [name, value] of Object.entries(changes)) {
    database.runOf(
      'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      `sync.${name}`,
      JSON.stringify(value),
    )
  }
}
