import type { CheckReport } from '../../../src-shared/contract/sync-types.ts'
import type { HelloAnswer } from '../../../src-shared/contract/server-messages.ts'
import { syncBlobs, type BlobReport } from '../blobs/sync-blobs.ts'
import { syncPackages } from '../packages/carry-packages.ts'
import { countQueue } from '../services/sync-queue.ts'
import { checkWithServer, isCheckDue } from './check.ts'
import { renewReplica, sayHello } from './hello.ts'
import { pruneOutbox, readNewestNumber } from './outbox.ts'
import { recoverOwnOps } from './own-ops.ts'
import { pullAgainAfterUpdate, pullAll } from './pull.ts'
import { pullDictionaries } from './pull-dictionaries.ts'
import { pushAll } from './push.ts'
import { offerEverything, rescueLost } from './rescue.ts'
import { readSyncState } from './sync-state.ts'
import { ServerFailure } from './server-client.ts'
import type { Round } from './round-line.ts'

/** Rows asked for at once: a page of 2 MiB at most, stored in short acts. */
const PULL_ROWS = 1_000

/** What a round is to do. */
export type RoundWish =
  | { readonly kind: 'everything'; readonly isCheckAsked: boolean }
  /** 单独上传: this op, and the earlier ones of its record. */
  | { readonly kind: 'one'; readonly n: number }

export type RoundReport = {
  /** Milliseconds to add to the device's clock. */
  readonly clockOffset: number
  /** The account may only look: what waits here was not sent. */
  readonly isPushSkipped: boolean
  readonly photos: BlobReport
  /** The check, where one was due or asked for and could be made. */
  readonly check: CheckReport | null
}

const NO_PHOTOS: BlobReport = { sent: 0, fetched: 0, left: 0, isMore: false }

/**
 * One round: hello → push until nothing is left → dictionaries → pull until nothing is left → check → photos. What was
 * done before a failure stays done. A server that was restored in mid-round, or that lacks a batch, is greeted anew, once.
 * @throws ServerFailure why it stopped; OtherServer where a person has to agree first
 */
export async function runRound(round: Round, wish: RoundWish): Promise<RoundReport> {
  try {
    return await tryRound(round, wish)
  } catch (error) {
    const isToBeGreetedAnew =
      error instanceof ServerFailure && (error.code === 'epochChanged' || error.code === 'gap')
    if (!isToBeGreetedAnew) throw error
    round.options.log(`sync: round begins anew (${error.code})`)
    return tryRound(round, wish)
  }
}

async function tryRound(round: Round, wish: RoundWish): Promise<RoundReport> {
  const { store } = round.options
  const { answer: hello, clockOffset } = await greet(round)
  const isPushSkipped = hello.account.role === 'viewer'
  const mayPush = !isPushSkipped
  if (mayPush) await push(round, hello, wish.kind === 'one' ? wish.n : undefined)
  if (wish.kind === 'one') return { clockOffset, isPushSkipped, photos: NO_PHOTOS, check: null }
  await pullDictionaries(round, hello.dictionaries)
  await pullAgainAfterUpdate(round)
  const pull = (): Promise<void> => pullAll(round, Math.min(PULL_ROWS, hello.limits.pullRows))
  // Hello has said already that there is nothing new, unless this round has made it.
  const isNothingNew = round.tally.pushed === 0 && readSyncState(store.read).cursor === hello.head
  if (!isNothingNew) await pull()
  const rescued = await rescueLost(round)
  if (rescued > 0) round.tally.alarms.push(`服务器恢复过备份,缺少的 ${rescued} 条记录已由本机重新上传。`)
  // What was offered anew goes at once, and its result comes back.
  if (rescued > 0 && mayPush) {
    await pushAll(round, hello)
    await pull()
  }
  const check = wish.isCheckAsked || isCheckDue(round) ? ((await checkWithServer(round, pull)) ?? null) : null
  if (check !== null && check.differingBuckets > 0) round.tally.alarms.push(check.message)
  if (check !== null && check.onlyHere > 0 && mayPush) {
    await pushAll(round, hello)
    await pull()
  }
  const isBusy = round.tally.pushed > 0 || check !== null
  const photos = await exchangePhotos(round, mayPush, isBusy)
  await store.write((database) => pruneOutbox(database, readSyncState(database).cursor, hello.serverTime))
  return { clockOffset, isPushSkipped, photos, check }
}

type Hello = Awaited<ReturnType<typeof sayHello>>

/** Says hello, and brings both sides to the same footing before anything is sent. */
async function greet(round: Round): Promise<Hello> {
  const { store } = round.options
  const hello = await sayHello(round)
  if (readSyncState(store.read).isAdopting) await offerEverything(round)
  const isReinstated = readSyncState(store.read).reinstatedFrom !== null
  if (hello.answer.lastN <= readNewestNumber(store.read) && !isReinstated) return hello
  const count = await recoverOwnOps(round, hello.answer.lastN)
  if (isReinstated) {
    if (count > 0)
      round.tally.alarms.push(`本机恢复过备份;备份之后本机上传过的 ${count} 处修改已从服务器取回。`)
    return renewReplica(round, '恢复过备份')
  }
  round.tally.alarms.push(
    `本机数据库的末尾丢失过(可能是清理软件删除了数据库的日志文件,或恢复过旧的数据文件夹);已从服务器取回本机上传过的 ${count} 处修改。请不要清理居服通的数据文件夹。`,
  )
  return renewReplica(round, '本机编号落后于服务器')
}

/** A store that was restored from a copy has given out numbers a second time: under a new id no number is old. */
async function push(round: Round, hello: HelloAnswer, onlyUpTo: number | undefined): Promise<void> {
  try {
    await pushAll(round, hello, onlyUpTo)
  } catch (error) {
    if (!(error instanceof ServerFailure) || error.code !== 'hashDiffers') throw error
    const renewed = await renewReplica(round, '编号相同而内容不同')
    await pushAll(round, renewed.answer, onlyUpTo)
  }
}

/** After the records: a photo is taken by the server only where a record names it. */
async function exchangePhotos(round: Round, mayUpload: boolean, asksAnyway: boolean): Promise<BlobReport> {
  const { store, clock, log } = round.options
  const { replica, epoch, clockOffset } = readSyncState(store.read)
  if (replica === null || epoch === null) return NO_PHOTOS
  const line = {
    store,
    client: round.client,
    token: () => readSyncState(store.read).token,
    signal: round.signal,
    replica,
    epoch,
    now: () => clock.deviceNow() + clockOffset,
  }
  await syncPackages(line, log)
  return syncBlobs({
    ...line,
    mayUpload,
    asksAnyway,
    onProgress: (done, total) => round.onProgress({ phase: 'photos', done, total }),
    log,
  })
}

/** What the clerk is to know after a good round; null for nothing. */
export function describeRound(round: Round, report: RoundReport, clock: string | null): string | null {
  const { pending } = countQueue(round.options.store.read)
  const { conflicts, alarms } = round.tally
  const parts = [
    ...alarms,
    ...(report.isPushSkipped && pending > 0
      ? [`本账号只能查看:本机有${pending}处修改没有上传,请用操作员账号登录后上传。`]
      : []),
    ...(conflicts > 0
      ? [`有${conflicts}处修改与其他站点的修改不一致,两边的内容都已留存,请到「冲突处理」中选择。`]
      : []),
    ...(clock === null ? [] : [clock]),
  ]
  return parts.length === 0 ? null : parts.join('')
}
