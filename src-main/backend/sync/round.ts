import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import {
  dictionaryAnswer,
  helloAnswer,
  MAX_DICTIONARY_ROWS,
  pullAnswer,
  pushAnswer,
  serverRecord,
  type HelloAnswer,
  type PullAnswer,
  type PushAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import type { SyncStatus } from '../../../src-shared/contract/types.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister, REGISTER_NAMES } from '../../../src-shared/registers/registers.ts'
import { syncBlobs, type BlobReport } from '../blobs/sync-blobs.ts'
import { applyServerRecord } from '../services/apply-server-record.ts'
import {
  countOpsToSend,
  listOpsToSend,
  noteAttempt,
  pruneOutbox,
  readNewestNumber,
  setAsideOp,
  storePushAnswer,
  type MarkedRecords,
} from './outbox.ts'
import { ServerFailure, type ServerClient } from './server-client.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'
import type { SyncOptions } from './sync-types.ts'

/** Rows of a pull are stored in one transaction; so few that a save never waits long for it. */
const PULL_ROWS = 150
/** A dictionary page is stored at once; entries are small. */
const DICTIONARY_ROWS = Math.min(1_000, MAX_DICTIONARY_ROWS)
/** Milliseconds a batch may take before it is halved: the next smaller one gets through a slow line. */
const PUSH_TIMEOUT = 60_000

export type RoundReport = {
  readonly pushed: number
  readonly pulled: number
  /** Milliseconds to add to the device's clock. */
  readonly clockOffset: number
  /** Values that wait in a conflict because of this round's ops. */
  readonly conflicts: number
  /** The account may only look: what waits here was not sent. */
  readonly isPushSkipped: boolean
  readonly photos: BlobReport
}

type Round = {
  readonly options: SyncOptions
  readonly client: ServerClient
  readonly signal: AbortSignal
  readonly onProgress: (progress: NonNullable<SyncStatus['progress']>) => void
  readonly token: () => string | null
}

/**
 * One round: hello → push until nothing is left → dictionaries → pull until nothing is left. What was done before a
 * failure stays done.
 * @throws ServerFailure why it stopped
 */
export async function runRound(
  options: SyncOptions,
  client: ServerClient,
  signal: AbortSignal,
  onProgress: Round['onProgress'],
): Promise<RoundReport> {
  const round: Round = {
    options,
    client,
    signal,
    onProgress,
    token: () => readSyncState(options.store.read).token,
  }
  let hello = await sayHello(round)
  const isBehindServer = hello.answer.lastN > readNewestNumber(options.store.read)
  if (isBehindServer) hello = await renewReplica(round, '本机编号落后于服务器')
  let pushed = { pushed: 0, conflicts: 0 }
  const isPushSkipped = hello.answer.account.role === 'viewer'
  try {
    if (!isPushSkipped) pushed = await pushAll(round, hello.answer)
  } catch (error) {
    // The store was restored from a copy and has given out numbers a second time: under a new id no number is old.
    if (!(error instanceof ServerFailure) || error.code !== 'hashDiffers' || isBehindServer) throw error
    hello = await renewReplica(round, '编号相同而内容不同')
    pushed = await pushAll(round, hello.answer)
  }
  await pullDictionaries(round, hello.answer.dictionaries)
  await pullAgainAfterUpdate(round)
  const pulled = await pullAll(round, Math.min(PULL_ROWS, hello.answer.limits.pullRows))
  const photos = await exchangePhotos(round, !isPushSkipped)
  await options.store.write((database) => {
    const state = readSyncState(database)
    pruneOutbox(database, state.cursor, hello.answer.serverTime)
  })
  return { ...pushed, isPushSkipped, pulled, photos, clockOffset: hello.clockOffset }
}

/** After the records: a photo is taken by the server only where a record names it. */
async function exchangePhotos(round: Round, mayUpload: boolean): Promise<BlobReport> {
  const { store, clock, log } = round.options
  const { replica, epoch, clockOffset } = readSyncState(store.read)
  if (replica === null || epoch === null) return { sent: 0, fetched: 0, left: 0, isMore: false }
  return syncBlobs({
    store,
    client: round.client,
    token: round.token,
    signal: round.signal,
    replica,
    epoch,
    now: () => clock.deviceNow() + clockOffset,
    mayUpload,
    onProgress: (done, total) => round.onProgress({ phase: 'photos', done, total }),
    log,
  })
}

type Hello = { readonly answer: HelloAnswer; readonly clockOffset: number }

async function sayHello(round: Round): Promise<Hello> {
  const { store, clock, version } = round.options
  const state = readSyncState(store.read)
  const replica = state.replica ?? randomUUID()
  // Written before it is told: a crash in between must not make two replicas of one store.
  if (state.replica === null) await store.write((database) => writeSyncState(database, { replica }))
  const sentAt = clock.deviceNow()
  const answer = await ask(
    round,
    '/sync/1/hello',
    { replica, app: version, epoch: state.epoch, cursor: state.cursor, now: sentAt },
    helloAnswer,
  )
  const receivedAt = clock.deviceNow()
  const clockOffset = Math.round(answer.serverTime - (sentAt + receivedAt) / 2)
  clock.setServerOffset(clockOffset)
  await store.write((database) => {
    writeSyncState(database, {
      epoch: answer.epoch,
      clockOffset,
      account: answer.account,
      ...(answer.renewed ? { token: answer.renewed.token } : {}),
    })
  })
  return { answer, clockOffset }
}

/** Goes on under a new id: the server knows ops by their own ids too, so nothing is taken twice. */
async function renewReplica(round: Round, why: string): Promise<Hello> {
  round.options.log(`sync: new replica id (${why})`)
  await round.options.store.write((database) => writeSyncState(database, { replica: randomUUID() }))
  return sayHello(round)
}

async function pushAll(
  round: Round,
  hello: HelloAnswer,
): Promise<{ readonly pushed: number; readonly conflicts: number }> {
  const { store } = round.options
  const limits = { ops: hello.limits.pushOps, bytes: hello.limits.pushBytes - 65_536 }
  let { lastN } = hello
  let sentUpTo = 0
  let size = limits.ops
  let pushed = 0
  let conflicts = 0
  const total = countOpsToSend(store.read, lastN)
  for (;;) {
    const ops = listOpsToSend(store.read, sentUpTo, hello.lastN, { ops: size, bytes: limits.bytes })
    const first = ops[0]
    const last = ops.at(-1)
    if (!first || !last) return { pushed, conflicts }
    round.onProgress({ phase: 'push', done: pushed, total: Math.max(total, pushed + ops.length) })
    let answer: PushAnswer
    try {
      const { replica, epoch } = readSyncState(store.read)
      answer = await ask(
        round,
        '/sync/1/push',
        { replica, epoch, batchId: randomUUID(), afterN: Math.min(first.n - 1, lastN), ops },
        pushAnswer,
        PUSH_TIMEOUT,
      )
    } catch (error) {
      await store.write((database) => noteAttempt(database, ops))
      const isTooLarge = error instanceof ServerFailure && error.code === 'tooLarge'
      const isSlow = error instanceof ServerFailure && error.kind === 'timeout'
      if ((isTooLarge || isSlow) && ops.length > 1) {
        size = Math.ceil(ops.length / 2)
        continue
      }
      if (isTooLarge) {
        const marked = await store.write((database) =>
          setAsideOp(database, first.n, '内容太大,服务器不接收。请打开该记录,删减后重新保存。'),
        )
        tellMarked(round, marked)
        sentUpTo = first.n
        continue
      }
      throw error
    }
    const marked = await store.write((database) => storePushAnswer(database, answer))
    tellMarked(round, marked)
    lastN = answer.ackedN
    sentUpTo = last.n
    pushed += ops.length
    conflicts += answer.results.filter((result) => result.outcome === 'conflict').length
  }
}

async function pullDictionaries(round: Round, offered: HelloAnswer['dictionaries']): Promise<void> {
  const { store } = round.options
  const changed: string[] = []
  for (const [name, version] of Object.entries(offered)) {
    const afterVersion = readSyncState(store.read).dictionaries[name] ?? 0
    if (version <= afterVersion) continue
    let afterCode = ''
    // The version of the first page counts: what is added while pages are read comes with the next round.
    let reached: number | undefined
    for (;;) {
      const page = await ask(
        round,
        '/sync/1/dictionary',
        { name, afterVersion, afterCode, limit: DICTIONARY_ROWS },
        dictionaryAnswer,
      )
      reached = Math.min(reached ?? page.version, page.version)
      const isLast = !page.more
      await store.write((database) => {
        for (const entry of page.entries) {
          database.runOf(
            `INSERT OR REPLACE INTO dictionary_entry
               (dictionary, code, name, parent, mnemonic, valid_from, valid_to, origin)
             VALUES (?, ?, ?, ?, ?, ?, ?, 'server')`,
            name,
            entry.code,
            entry.name,
            entry.parent,
            entry.mnemonic,
            entry.validFrom,
            entry.validTo,
          )
        }
        if (isLast) {
          const { dictionaries } = readSyncState(database)
          writeSyncState(database, { dictionaries: { ...dictionaries, [name]: reached ?? 0 } })
        }
      })
      if (isLast) break
      afterCode = page.entries.at(-1)?.code ?? afterCode
    }
    changed.push(name)
  }
  if (changed.length > 0) round.options.dictionariesStored(changed)
}

/**
 * A program that knows other fields or registers than the one that pulled begins again at the first change: what its predecessor
 * did not understand was left out, and storing a record a second time changes nothing.
 */
async function pullAgainAfterUpdate(round: Round): Promise<void> {
  const { store } = round.options
  const declarations = REGISTER_NAMES.map((name) => `${name} ${getRegister(name).version}`).join(', ')
  const state = readSyncState(store.read)
  if (state.declarations === declarations) return
  await store.write((database) => writeSyncState(database, { declarations, cursor: 0 }))
}

async function pullAll(round: Round, limit: number): Promise<number> {
  const { store } = round.options
  const start = readSyncState(store.read).cursor
  let pulled = 0
  for (;;) {
    const { replica, epoch, cursor } = readSyncState(store.read)
    const page: PullAnswer = await ask(round, '/sync/1/pull', { replica, epoch, cursor, limit }, pullAnswer)
    if (page.rows.length > 0 || page.next !== cursor) {
      const changed = await store.write((database) => {
        const ids = new Map<RegisterName, string[]>()
        for (const each of page.rows) {
          const parsed = serverRecord.safeParse(each)
          if (!parsed.success) {
            round.options.log(`sync: left out change ${each.seq} of ${each.register}: not known here`)
            continue
          }
          const row = parsed.data
          applyServerRecord(database, row, row.updatedAt)
          ids.set(row.register, [...(ids.get(row.register) ?? []), row.recordId])
        }
        writeSyncState(database, { cursor: page.next })
        return ids
      })
      tellMarked(round, changed)
      pulled += page.rows.length
    }
    if (page.rows.length > 0)
      round.onProgress({ phase: 'pull', done: page.next - start, total: page.head - start })
    if (!page.more) return pulled
  }
}

function tellMarked(round: Round, records: MarkedRecords): void {
  for (const [register, ids] of records) round.options.recordsStored(register, ids)
}

function ask<Schema extends z.ZodType>(
  round: Round,
  path: string,
  body: unknown,
  schema: Schema,
  timeoutMs?: number,
): Promise<z.output<Schema>> {
  return round.client.ask(path, body, schema, {
    token: round.token(),
    signal: round.signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
}
