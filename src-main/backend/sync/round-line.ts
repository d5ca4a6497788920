import type { z } from 'zod'
import type { SyncStatus } from '../../../src-shared/contract/types.ts'
import type { Actor } from '../services/context.ts'
import type { TouchedRecords } from '../services/touched-records.ts'
import { tellTouched } from '../services/touched-records.ts'
import { ServerFailure, type ServerClient } from './server-client.ts'
import { readSyncState } from './sync-state.ts'
import type { SyncOptions } from './sync-types.ts'

/** What every step of a round is given. */
export type Round = {
  readonly options: SyncOptions
  readonly client: ServerClient
  readonly signal: AbortSignal
  readonly onProgress: (progress: NonNullable<SyncStatus['progress']>) => void
  /** Its row in the history. */
  readonly roundId: number
  /** Grows as the round goes on: what was done before a failure counts too. */
  readonly tally: Tally
}

export type Tally = {
  pushed: number
  pulled: number
  /** Values that wait in a conflict because of this round's ops. */
  conflicts: number
  /** What the clerk is to know, in plain sentences. */
  readonly alarms: string[]
}

/** @throws ServerFailure */
export function ask<Schema extends z.ZodType>(
  round: Round,
  path: string,
  body: unknown,
  schema: Schema,
  timeoutMs?: number,
): Promise<z.output<Schema>> {
  return round.client.ask(path, body, schema, {
    token: readSyncState(round.options.store.read).token,
    signal: round.signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
}

/** Replica and epoch as every message names them; set since the round's hello. */
export function identityOf(round: Round): { readonly replica: string; readonly epoch: string } {
  const { replica, epoch } = readSyncState(round.options.store.read)
  if (replica === null || epoch === null) throw new Error('no hello was said yet')
  return { replica, epoch }
}

/** Who offers anew what a server has lost: the present account, now. */
export function actorOfRound(round: Round): Actor {
  const { account, clockOffset } = readSyncState(round.options.store.read)
  return {
    accountName: account?.accountName ?? '',
    stationCode: account?.stationCode ?? '',
    at: round.options.clock.deviceNow() + clockOffset,
  }
}

export function tellRound(round: Round, touched: TouchedRecords): void {
  tellTouched(touched, round.options.recordsStored)
}

/** Tells of records of which only the mark has changed (已上传): what they are found by is the same. */
export function tellMarked(round: Round, marked: TouchedRecords): void {
  const { recordsMarked = round.options.recordsStored } = round.options
  tellTouched(marked, recordsMarked)
}

/** Between two acts of long work: saves and questions of the page come first. @throws ServerFailure when cancelled */
export async function letOthersGo(round: Round): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (round.signal.aborted) throw new ServerFailure('cancelled', '已停止同步。')
}
