import { randomUUID } from 'node:crypto'
import { helloAnswer, type HelloAnswer } from '../../../src-shared/contract/server-messages.ts'
import type { WriteDatabase } from '../database/database.ts'
import { readNamesVersion, storeNames } from '../services/names.ts'
import type { TouchedRecords } from '../services/touched-records.ts'
import { recountPending } from './outbox.ts'
import { ask, tellRound, type Round } from './round-line.ts'
import { readSyncState, writeSyncState, type SyncState } from './sync-state.ts'

/** The server behind the address is not the one this store belongs to: nothing is sent until a person has agreed. */
export class OtherServer extends Error {
  readonly epoch: string

  constructor(epoch: string) {
    super('another server')
    this.name = 'OtherServer'
    this.epoch = epoch
  }
}

export type Hello = { readonly answer: HelloAnswer; readonly clockOffset: number }

/**
 * Begins a round: makes the replica known, learns the clock, and finds out what the server has kept of what was
 * agreed before.
 * @throws OtherServer, ServerFailure
 */
export async function sayHello(round: Round): Promise<Hello> {
  const { store, clock, version, log } = round.options
  const state = readSyncState(store.read)
  const replica = state.replica ?? randomUUID()
  // Written before it is told: a crash in between must not make two replicas of one store.
  if (state.replica === null) await store.write((database) => writeSyncState(database, { replica }))
  const sentAt = clock.deviceNow()
  const answer = await ask(
    round,
    '/sync/1/hello',
    {
      replica,
      app: version,
      epoch: state.epoch,
      cursor: state.cursor,
      now: sentAt,
      namesVersion: readNamesVersion(store.read),
    },
    helloAnswer,
  )
  const receivedAt = clock.deviceNow()
  const clockOffset = Math.round(answer.serverTime - (sentAt + receivedAt) / 2)
  clock.setServerOffset(clockOffset)
  const touched: TouchedRecords = new Map()
  await store.write((database) => {
    const known = readSyncState(database)
    if (answer.names) storeNames(database, answer.names)
    writeSyncState(database, {
      clockOffset,
      account: answer.account,
      ...(answer.renewed ? { token: answer.renewed.token } : {}),
    })
    const change = judgeEpoch(known, answer)
    if (change === undefined) return
    writeSyncState(database, { ...change, epoch: answer.epoch })
    if (change.lost) {
      log(`sync: the server has lost what came after ${change.lost.above}`)
      reopenLostOps(database, change.lost.above, touched)
    }
  })
  tellRound(round, touched)
  if (readSyncState(store.read).epoch !== answer.epoch) throw new OtherServer(answer.epoch)
  return { answer, clockOffset }
}

/** Goes on under a new id: the server knows ops by their own ids too, so nothing is taken twice. */
export async function renewReplica(round: Round, why: string): Promise<Hello> {
  round.options.log(`sync: new replica id (${why})`)
  await round.options.store.write((database) =>
    writeSyncState(database, { replica: randomUUID(), reinstatedFrom: null }),
  )
  return sayHello(round)
}

/** What changes here by the server's epoch; undefined for nothing, also where a person has to agree first. */
function judgeEpoch(known: SyncState, answer: HelloAnswer): Partial<SyncState> | undefined {
  if (known.epoch === null) return {}
  if (known.epoch === answer.epoch) {
    if (answer.head >= known.cursor) return undefined
    // The file of the server was put back without its command: it still says the same name.
    return { cursor: 0, lost: lostRange(known, answer.head) }
  }
  if (answer.knownUpTo !== null)
    return { cursor: 0, lost: lostRange(known, answer.knownUpTo), acceptedEpoch: null }
  if (known.acceptedEpoch !== answer.epoch) return undefined
  return { cursor: 0, lost: null, isAdopting: true, acceptedEpoch: null, dictionaries: {} }
}

/** A second restore before the first was made good widens the range. */
function lostRange(known: SyncState, above: number): SyncState['lost'] {
  const from = Math.min(above, known.lost?.above ?? above)
  const upTo = Math.max(known.cursor, known.lost?.upTo ?? 0)
  return upTo > from ? { above: from, upTo } : null
}

/** Receipts for what the server does not have any more are none: those ops wait again. */
function reopenLostOps(database: WriteDatabase, above: number, touched: TouchedRecords): void {
  const numbers = database.pluck<number>("SELECT n FROM outbox WHERE state = 'acked' AND seq > ?", above)
  const list = JSON.stringify(numbers)
  database.runOf(
    `UPDATE outbox SET state = 'pending', seq = NULL, receipt = NULL, acked_at = NULL
     WHERE n IN (SELECT value FROM json_each(?))`,
    list,
  )
  recountPending(database, list, touched)
}
