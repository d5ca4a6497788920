import { describeFault } from '../../../src-shared/contract/describe-fault.ts'
import { findDuplicatesAnswer, signInAnswer } from '../../../src-shared/contract/server-messages.ts'
import type { Account, SyncStatus } from '../../../src-shared/contract/types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { findNaturalKey } from '../../../src-shared/sync/natural-key.ts'
import { countConflicts } from '../services/conflicts.ts'
import { countDuplicates } from '../services/duplicates.ts'
import { RequestRefusal } from '../services/request-failure.ts'
import { countQueue } from '../services/sync-queue.ts'
import type { Actor } from '../services/context.ts'
import { writeAudit } from '../services/write-audit.ts'
import { OtherServer } from './hello.ts'
import { describeRound, runRound, type RoundReport, type RoundWish } from './round.ts'
import { beginRound, endRound, type RoundEnd } from './round-history.ts'
import type { Round } from './round-line.ts'
import { createLine } from './line.ts'
import { ServerFailure, type ServerClient } from './server-client.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'
import type { Sync, SyncOptions } from './sync-types.ts'
import { CLOCK_TOLERANCE_MS, describeClock, testServer } from './test-server.ts'

const START_SPREAD_MS = 60_000
const IDLE_MS = 5_000
/** Full-jitter back-off: between nothing and 5 s × 2^failures, at most 15 minutes. */
const BACK_OFF_MS = 5_000
const LONGEST_BACK_OFF_MS = 15 * 60_000
/** A question while the clerk types must not make the form wait. */
const QUESTION_TIMEOUT = 3_000

const EVERYTHING: RoundWish = { kind: 'everything', isCheckAsked: false }
const PROGRAM_FAULT = '同步时程序出现意外错误,已记入日志。本机录入的内容都在,稍后会自动再试。'
const OTHER_SERVER =
  '服务器的数据库不是本机一直使用的那一个,没有上传也没有下载任何内容。请到「数据同步」中确认。'
const OTHER_SERVER_QUESTION: SyncStatus['question'] = {
  title: '服务器已更换',
  text: '这个地址上的服务器不是本机一直使用的那一个:可能换成了新的服务器,也可能地址填错了。本机录入的内容都在,还没有发送任何内容。请先向管理员问清;确认后,本机的全部记录都会上传到这台服务器。',
  accept: '确认已更换,全部上传到这台服务器',
}

type Running = {
  readonly promise: Promise<SyncStatus>
  readonly abort: AbortController
  /** The round asked for while this one runs. */
  next: Promise<SyncStatus> | undefined
}

/**
 * The sync of a store with its server. Nothing is sent in 单机模式 (server not enabled) or without a signed-in account;
 * everything is uploaded later.
 */
export function createSync(options: SyncOptions): Sync {
  const { store, settings, emit } = options
  let account: Account | null = readSyncState(store.read).account
  let isOnline: boolean | null = null
  let progress: SyncStatus['progress'] = null
  let notice: string | null = null
  let running: Running | undefined
  let failures = 0
  /** The last round left photos that can go at once. */
  let isMoreWaiting = false
  /** The server that stands where the known one was: a person has to agree before anything is sent. */
  let otherEpoch: string | null = null
  let lastReport: RoundReport | null = null
  let toldAt = 0
  let timer: NodeJS.Timeout | undefined
  /** When `timer` is due, by the device's clock; null while none is set. */
  let nextRoundAt: number | null = null
  let idleTimer: NodeJS.Timeout | undefined
  let isStarted = false

  const line = createLine(options)
  options.clock.setServerOffset(readSyncState(store.read).clockOffset)

  function status(): SyncStatus {
    const state = readSyncState(store.read)
    const counts = countQueue(store.read)
    return {
      isOnline: settings().server.isEnabled ? isOnline : null,
      pendingCount: counts.pending,
      setAsideCount: counts.setAside,
      heldCount: counts.held,
      conflictCount: countConflicts(store.read),
      duplicateCount: countDuplicates(store.read),
      question: line.question() ?? (otherEpoch === null ? null : OTHER_SERVER_QUESTION),
      lastRoundAt: state.lastRoundAt,
      nextRoundAt: running === undefined ? nextRoundAt : null,
      isRunning: running !== undefined,
      progress,
      lastError: state.lastError,
      notice,
    }
  }

  function tell(): void {
    emit({ event: 'sync.changed', payload: status() })
  }

  async function withClient<Result>(act: (client: ServerClient) => Promise<Result>): Promise<Result> {
    const client = line.open()
    try {
      return await act(client)
    } finally {
      client.close()
    }
  }

  /** Why no round can begin, or undefined. */
  function findObstacle(): string | undefined {
    if (!settings().server.isEnabled) {
      return '当前为单机模式,没有上传。要上传请在「系统设置—系统初始化」中勾选「使用IP地址」并填写服务器。'
    }
    const state = readSyncState(store.read)
    if (state.account === null) return '还没有登录,没有上传。请先登录站点账号;本机录入的内容都在。'
    if (state.token === null) return '登录已过期,请重新登录;本机录入的内容都在,登录后会继续上传。'
    return undefined
  }

  async function round(abort: AbortController, wish: RoundWish): Promise<SyncStatus> {
    let retryAfterMs: number | undefined
    lastReport = null
    try {
      const obstacle = findObstacle()
      if (obstacle !== undefined) {
        await store.write((database) => writeSyncState(database, { lastError: obstacle }))
        return finish()
      }
      const report = await withClient((client) => keepHistory(client, abort.signal, wish))
      if (wish.kind === 'everything') await options.roundCompleted?.()
      otherEpoch = null
      isOnline = true
      failures = 0
      lastReport = report
      account = readSyncState(store.read).account
      isMoreWaiting = report.photos.isMore
      return finish()
    } catch (error) {
      if (error instanceof OtherServer) {
        isOnline = true
        otherEpoch = error.epoch
        await noteError(OTHER_SERVER)
        return finish()
      }
      if (!(error instanceof ServerFailure)) {
        options.log(`sync: round failed: ${describeFault(error)}`)
        await noteError(PROGRAM_FAULT)
        failures += 1
        return finish()
      }
      options.log(`sync: round stopped: ${error.kind} ${error.code ?? ''}`)
      if (error.kind !== 'cancelled') {
        isOnline = error.kind === 'refusal'
        failures += 1
        retryAfterMs = error.retryAfterMs
      }
      if (error.code === 'notSignedIn')
        await store.write((database) => writeSyncState(database, { token: null }))
      await noteError(error.message)
      return finish()
    }

    function finish(): SyncStatus {
      progress = null
      running = undefined
      // Before the pages are told: they show when it goes on.
      schedule(retryAfterMs)
      tell()
      return status()
    }
  }

  /** Runs a round with its row in the history, whatever becomes of it. */
  async function keepHistory(
    client: ServerClient,
    signal: AbortSignal,
    wish: RoundWish,
  ): Promise<RoundReport> {
    const now = (): number => options.clock.deviceNow() + readSyncState(store.read).clockOffset
    const current: Round = {
      options,
      client,
      signal,
      roundId: await store.write((database) => beginRound(database, now())),
      tally: { pushed: 0, pulled: 0, conflicts: 0, alarms: [] },
      onProgress: (reached) => {
        isOnline = true
        progress = reached
        tellProgress()
      },
    }
    const end = (outcome: RoundEnd['outcome'], error: string | null): RoundEnd => {
      const { sent, received } = client.bytes()
      return {
        endedAt: now(),
        outcome,
        pulled: current.tally.pulled,
        bytesSent: sent,
        bytesReceived: received,
        error,
      }
    }
    try {
      const report = await runRound(current, wish)
      const { clockOffset } = report
      notice = describeRound(
        current,
        report,
        Math.abs(clockOffset) > CLOCK_TOLERANCE_MS ? describeClock(clockOffset) : null,
      )
      await store.write((database) => {
        endRound(database, current.roundId, end('complete', null))
        writeSyncState(database, { lastError: null, lastRoundAt: now() })
      })
      return report
    } catch (error) {
      const isCancelled = error instanceof ServerFailure && error.kind === 'cancelled'
      const message =
        error instanceof OtherServer
          ? OTHER_SERVER
          : error instanceof ServerFailure
            ? error.message
            : PROGRAM_FAULT
      await store
        .write((database) =>
          endRound(database, current.roundId, end(isCancelled ? 'cancelled' : 'failed', message)),
        )
        .catch((fault: unknown) => options.log(`sync: history not stored: ${String(fault)}`))
      throw error
    }
  }

  /** A bar that moves ten times a second is enough; each word to the pages costs some counting. */
  function tellProgress(): void {
    const at = performance.now()
    if (at - toldAt < 100) return
    toldAt = at
    tell()
  }

  async function noteError(message: string): Promise<void> {
    await store
      .write((database) => writeSyncState(database, { lastError: message }))
      .catch((error: unknown) => options.log(`sync: error not stored: ${String(error)}`))
  }

  function run(wish: RoundWish = EVERYTHING): Promise<SyncStatus> {
    if (running) {
      // What was saved after this round had pushed goes with the next one, which begins at its end.
      const { promise, abort } = running
      const next = (): Promise<SyncStatus> =>
        promise.then((reached) => (abort.signal.aborted ? reached : run(wish)))
      if (wish !== EVERYTHING) return next()
      running.next ??= next()
      return running.next
    }
    clearTimeout(timer)
    clearTimeout(idleTimer)
    const abort = new AbortController()
    // The first step waits for a turn, so that `running` is set before a round can end.
    const promise = Promise.resolve().then(() => {
      tell()
      return round(abort, wish)
    })
    running = { promise, abort, next: undefined }
    return promise
  }

  function beginIn(wait: number): void {
    nextRoundAt = options.clock.deviceNow() + wait
    timer = setTimeout(() => void run(), wait)
    timer.unref()
  }

  /** Sets the timer for the next automatic round. */
  function schedule(retryAfterMs?: number): void {
    clearTimeout(timer)
    nextRoundAt = null
    if (!isStarted || findObstacle() !== undefined) return
    const periodMs = settings().syncPeriodMinutes * 60_000
    if (periodMs === 0) return
    const backOff = Math.random() * Math.min(LONGEST_BACK_OFF_MS, BACK_OFF_MS * 2 ** failures)
    const regular = periodMs * (0.8 + 0.4 * Math.random())
    if (isMoreWaiting && failures === 0) {
      isMoreWaiting = false
      beginIn(1_000)
      return
    }
    beginIn(retryAfterMs ?? (failures > 0 ? Math.min(1_000 + backOff, regular) : regular))
  }

  /** Who does what is noted, at this moment. */
  function actorFor(by: Account | null): Actor {
    return {
      accountName: by?.accountName ?? '',
      stationCode: by?.stationCode ?? '',
      at: options.clock.deviceNow() + readSyncState(store.read).clockOffset,
    }
  }

  return {
    async start() {
      isStarted = true
      if (findObstacle() !== undefined || settings().syncPeriodMinutes === 0) return
      beginIn(Math.random() * (options.startSpreadMs ?? START_SPREAD_MS))
    },
    async stop() {
      isStarted = false
      clearTimeout(timer)
      clearTimeout(idleTimer)
      running?.abort.abort()
      await running?.promise
      clearTimeout(timer)
    },
    run: () => run(),
    async sendOne(n) {
      const op = store.read.firstOf('SELECT state FROM outbox WHERE n = ?', n)
      if (op?.['state'] !== 'pending' && op?.['state'] !== 'setAside')
        throw new RequestRefusal('notPossible', '这一项不在等待上传,请刷新。')
      return run({ kind: 'one', n })
    },
    async check() {
      const reached = await run({ kind: 'everything', isCheckAsked: true })
      const report = lastReport?.check
      if (report) return report
      throw reached.lastError === null
        ? new RequestRefusal('notPossible', '其他站点正在不断上传,这次没有核对完。请过一会儿再核对。')
        : new RequestRefusal('serverUnreachable', reached.lastError)
    },
    cancel: () => running?.abort.abort(),
    status: async () => status(),
    testServer: (address) => testServer(address, options.clock.deviceNow),
    async signIn(accountName, password) {
      if (!settings().server.isEnabled) {
        throw new RequestRefusal(
          'notPossible',
          '当前为单机模式,没有服务器可以登录。请先在「系统设置—系统初始化」中勾选「使用IP地址」并填写服务器。',
        )
      }
      try {
        const answer = await withClient((client) =>
          client.ask('/account/1/sign-in', { accountName, password }, signInAnswer, { timeoutMs: 15_000 }),
        )
        await store.write((database) => {
          writeSyncState(database, { account: answer.account, token: answer.token, lastError: null })
          writeAudit(database, actorFor(answer.account), 'account.signedIn', '', '', {})
        })
        isOnline = true
        failures = 0
        account = answer.account
        tell()
        void run()
        return answer.account
      } catch (error) {
        if (!(error instanceof ServerFailure)) throw error
        isOnline = error.kind === 'refusal'
        tell()
        throw new RequestRefusal(
          error.kind === 'refusal' ? 'serverRefused' : 'serverUnreachable',
          error.message,
        )
      }
    },
    async signOut() {
      running?.abort.abort()
      await running?.promise
      const { token } = readSyncState(store.read)
      await store.write((database) => {
        if (account !== null) writeAudit(database, actorFor(account), 'account.signedOut', '', '', {})
        writeSyncState(database, { account: null, token: null })
      })
      account = null
      tell()
      if (settings().server.isEnabled) {
        // The server forgets the token too where it can be reached; here it is forgotten either way.
        await withClient((client) =>
          client.ask('/account/1/sign-out', {}, signInAnswer.partial(), {
            token,
            timeoutMs: QUESTION_TIMEOUT,
          }),
        ).catch(() => undefined)
      }
    },
    async answer(isAccepted) {
      if (line.question() !== null) await line.answer(isAccepted)
      else if (otherEpoch !== null) {
        const acceptedEpoch = isAccepted ? otherEpoch : null
        otherEpoch = null
        await store.write((database) => {
          writeSyncState(database, { acceptedEpoch })
          writeAudit(database, actorFor(account), 'sync.answered', '', '', { isAccepted })
        })
      }
      tell()
      return isAccepted ? run() : status()
    },
    account: () => account,
    async findRemoteDuplicates(registerName, values, exceptId) {
      const register = getRegister(registerName)
      const { token } = readSyncState(store.read)
      if (findObstacle() !== undefined || isOnline === false) return []
      if (findNaturalKey(register, values) === undefined) return []
      try {
        const key = Object.fromEntries(register.naturalKey.map((name) => [name, values[name] ?? null]))
        const answer = await withClient((client) =>
          client.ask(
            '/sync/1/find-duplicates',
            { register: registerName, values: key, exceptId },
            findDuplicatesAnswer,
            { token, timeoutMs: QUESTION_TIMEOUT },
          ),
        )
        return answer.duplicates.map((each) => ({
          id: each.id,
          title: each.title,
          detail: `${each.stationName} 已登记`,
          status: each.status,
        }))
      } catch (error) {
        if (error instanceof ServerFailure) return []
        throw error
      }
    },
    async onLine(act) {
      const obstacle = findObstacle()
      const { token, replica, epoch } = readSyncState(store.read)
      if (obstacle !== undefined || replica === null || epoch === null)
        throw new RequestRefusal('notPossible', obstacle ?? '还没有同步过,请先同步一次。')
      return withClient((client) =>
        act({
          store,
          client,
          token: () => token,
          signal: new AbortController().signal,
          replica,
          epoch,
          now: () => options.clock.deviceNow() + readSyncState(store.read).clockOffset,
        }),
      )
    },
    settingsChanged() {
      failures = 0
      if (running === undefined) schedule()
      tell()
    },
    noteSaved() {
      tell()
      if (!isStarted || findObstacle() !== undefined || settings().syncPeriodMinutes === 0) return
      // While failures last the back-off decides, not the saves.
      if (failures > 0) return
      clearTimeout(idleTimer)
      idleTimer = setTimeout(() => void run(), options.idleMs ?? IDLE_MS)
      idleTimer.unref()
    },
  }
}
