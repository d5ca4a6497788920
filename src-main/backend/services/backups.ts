import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { v4 as makeSeries } from 'uuid'
import { z } from 'zod'
import {
  BACKUP_EXTENSION,
  KEPT_BACKUPS,
  keyWrapSchema,
  SHORTEST_BACKUP_PASSWORD,
  type BackupComparison,
  type BackupFile,
  type BackupPhase,
  type BackupProgress,
  type BackupState,
  type KeyWrap,
  type MadeBackup,
  type ReinstateOutcome,
} from '../../../src-shared/contract/backup-types.ts'
import { findBackupHeader } from '../backups/backup-file.ts'
import { BackupFault, toBackupFault } from '../backups/backup-fault.ts'
import { macKeyOf, unwrapStoreKey, wrapStoreKey } from '../backups/backup-key.ts'
import type { BackupJob, ResultOf } from '../backups/backup-jobs.ts'
import type { BackupRunner } from '../backups/backup-runner.ts'
import { snapshotFileOf, type MakeResult } from '../backups/make-backup.ts'
import { removeStoreFile } from '../database/migrate.ts'
import {
  dropReinstatement,
  findReinstateMark,
  keptNameOf,
  listKeptStores,
  writeReinstateMark,
  type ReinstateResult,
} from '../database/reinstate-store.ts'
import { readSetting, writeSetting } from '../queries/settings.ts'
import { readSyncState } from '../sync/sync-state.ts'
import { actorOf, type Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeAudit } from './write-audit.ts'

const made = z.object({ at: z.number(), path: z.string(), size: z.number() })
/** What is remembered of backups on this machine; the password is not. */
const memorySchema = z.object({
  folder: z.string().nullable(),
  lastMade: made.nullable(),
  automatic: z.object({
    isOn: z.boolean(),
    folder: z.string().nullable(),
    keep: z.int().min(KEPT_BACKUPS.least).max(KEPT_BACKUPS.most),
    keyWrap: keyWrapSchema.nullable(),
    /** Of which store's key the wrap is: another machine's is of no use here. */
    keyMark: z.string().nullable(),
    series: z.uuid().nullable(),
    switchedOnAt: z.number().nullable(),
    lastSuccess: made.nullable(),
    lastFailure: z.object({ at: z.number(), message: z.string() }).nullable(),
  }),
})
type Memory = z.infer<typeof memorySchema>

const NOTHING_YET: Memory = {
  folder: null,
  lastMade: null,
  automatic: {
    isOn: false,
    folder: null,
    keep: KEPT_BACKUPS.usual,
    keyWrap: null,
    keyMark: null,
    series: null,
    switchedOnAt: null,
    lastSuccess: null,
    lastFailure: null,
  },
}

const DAY_MS = 86_400_000
/** Older than this, an automatic backup that is switched on is said to be late. */
const LATE_MS = 3 * DAY_MS
const RETRY_MS = 30 * 60_000
/** Nobody has typed for so long. */
const IDLE_MS = 60_000
const TICK_MS = 60_000
const PROGRESS_MS = 200
/** Files looked at in one folder. */
const MOST_FILES = 500

export type Backups = {
  readonly state: () => BackupState
  /** A line for the status bar where the automatic backup is not as it should be, else null. */
  readonly notice: () => string | null
  readonly make: (input: { readonly folder: string; readonly password: string }) => Promise<MadeBackup>
  readonly cancel: () => void
  readonly list: (folder: string | null) => Promise<readonly BackupFile[]>
  readonly inspect: (input: InspectInput) => Promise<BackupComparison>
  readonly reinstate: (input: { readonly id: string; readonly reason: string }) => Promise<BackupState>
  readonly drop: () => BackupState
  readonly setAutomatic: (input: AutomaticInput) => Promise<BackupState>
  /** Makes the day's automatic backup where it is due and nobody types. @returns whether one was tried */
  readonly makeIfDue: () => Promise<boolean>
  readonly start: () => void
  readonly stop: () => Promise<void>
}

type InspectInput =
  | { readonly kind: 'file'; readonly path: string; readonly password: string }
  | { readonly kind: 'kept'; readonly name: string }
type AutomaticInput = {
  readonly isOn: boolean
  readonly folder: string | null
  readonly keep: number
  readonly password: string | null
}

/** 备份与恢复: makes backups, checks them, and prepares that one takes the store's place at the next start. */
export function createBackups(
  context: Context,
  parts: {
    readonly runner: BackupRunner
    readonly version: string
    /** Milliseconds since somebody typed. */
    readonly idleFor: () => number
    /** What is typed and not stored yet belongs to this moment, too. */
    readonly flushDrafts: () => Promise<void>
  },
): Backups {
  const { store } = context
  const { runner } = parts
  const outcome = outcomeOf(store.reinstatement)
  let progress: BackupProgress | null = null
  let toldAt = 0
  /** Heard before the work had its thread. */
  let isCancelled = false
  /** The prepared copy, as it was shown. */
  let checked: { readonly comparison: BackupComparison; readonly typed: string } | undefined
  let timer: NodeJS.Timeout | undefined
  // Of a program that was killed in the middle of a backup.
  removeQuietly(snapshotFileOf(store.file))

  const memory = (): Memory => {
    const parsed = memorySchema.safeParse(readSetting(store.read, 'backup'))
    return parsed.success ? parsed.data : NOTHING_YET
  }
  const remember = (change: (known: Memory) => Memory): Promise<void> =>
    store.write((database) => writeSetting(database, 'backup', change(memory())))

  function tell(next: BackupProgress | null): void {
    const isStep = next?.phase !== progress?.phase || next === null
    progress = next
    if (!isStep && performance.now() - toldAt < PROGRESS_MS) return
    toldAt = performance.now()
    context.emit('backup.changed', { progress })
  }

  /** @throws RequestRefusal with the fault's sentence */
  async function run<Job extends BackupJob>(job: Job): Promise<ResultOf<Job>> {
    const act = job.kind === 'make' ? 'make' : 'inspect'
    await parts.flushDrafts()
    if (isCancelled) throw new BackupFault('cancelled')
    const onProgress = (phase: BackupPhase, done: number, total: number | null): void =>
      tell({ act, phase, done, total })
    return await runner.run(job, onProgress)
  }

  /** One at a time; whatever happens, the page hears when it is over. */
  async function exclusively<Result>(
    act: BackupProgress['act'],
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (progress !== null)
      throw new RequestRefusal('notPossible', '正在备份或核对另一份备份,请等它完成,或先取消。')
    isCancelled = false
    tell({ act, phase: act === 'make' ? 'snapshot' : 'verify', done: 0, total: null })
    try {
      return await work()
    } catch (error) {
      throw refusalOf(error)
    } finally {
      tell(null)
    }
  }

  function refusalOf(error: unknown): unknown {
    if (!(error instanceof BackupFault)) return error
    if (error.kind !== 'cancelled') context.log(`backup: ${error.kind} ${error.detail}`)
    return new RequestRefusal('notPossible', error.message)
  }

  function assertPassword(password: string): void {
    if ([...password].length < SHORTEST_BACKUP_PASSWORD)
      throw new RequestRefusal(
        'ruleBroken',
        `密码至少 ${SHORTEST_BACKUP_PASSWORD} 个字符。拿到备份文件的人只能靠猜密码打开它,密码越长越安全。`,
      )
  }

  async function make(folder: string, keyWrap: KeyWrap, series: string | null): Promise<MakeResult> {
    const account = context.account()
    const state = readSyncState(store.read)
    const madeAt = context.clock.now()
    const result = await run({
      kind: 'make',
      storeFile: store.file,
      storeKey: store.key,
      folder,
      name: backupNameOf(account?.stationName ?? null, new Date(madeAt)),
      header: {
        app: parts.version,
        madeAt,
        station: account ? { code: account.stationCode, name: account.stationName } : null,
        replica: state.replica,
        series,
        keyWrap,
      },
    })
    return result
  }

  async function noteMade(result: MakeResult, isAutomatic: boolean): Promise<void> {
    const { header } = result
    await store.write((database) => {
      const known = memory()
      const last = { at: header.madeAt, path: result.path, size: result.size }
      writeSetting(
        database,
        'backup',
        isAutomatic
          ? { ...known, automatic: { ...known.automatic, lastSuccess: last } }
          : { ...known, folder: dirname(result.path), lastMade: last },
      )
      writeAudit(database, actorOf(context), 'backup.made', '', '', {
        isAutomatic,
        records: recordCountOf(header.records),
        photos: header.photos,
        waitingOps: header.waitingOps,
        drafts: header.drafts,
        bytes: result.size,
      })
    })
  }

  async function noteFailed(error: unknown, isAutomatic: boolean): Promise<void> {
    if (!(error instanceof BackupFault) || error.kind === 'cancelled') return
    await store
      .write((database) =>
        writeAudit(database, actorOf(context), 'backup.failed', '', '', { isAutomatic, kind: error.kind }),
      )
      // A disk that takes no audit takes no backup either; the page says why.
      .catch(() => undefined)
  }

  async function inspect(input: InspectInput): Promise<BackupComparison> {
    if (findReinstateMark(store.file))
      throw new RequestRefusal('notPossible', '已有一份备份等待重新启动时恢复。要换一份,请先取消那一次恢复。')
    checked = undefined
    return exclusively('inspect', async () => {
      const result = await run({
        kind: 'inspect',
        storeFile: store.file,
        storeKey: store.key,
        ...(input.kind === 'file'
          ? { path: input.path, backupKey: await keyOf(input.path, input.password), keptAt: 0 }
          : keptOf(input.name)),
      })
      checked = result
      return result.comparison
    })
  }

  /** @throws BackupFault `wrongPassword` only of a file that is whole */
  async function keyOf(path: string, password: string): Promise<Buffer> {
    const { header } = await findBackupHeader(path)
    const key = await unwrapStoreKey(header.keyWrap, password)
    if (key) return key
    await run({ kind: 'verify', path })
    throw new BackupFault('wrongPassword')
  }

  function keptOf(name: string): {
    readonly path: string
    readonly backupKey: null
    readonly keptAt: number
  } {
    const kept = listKeptStores(store.file).find((each) => each.name === name)
    if (!kept) throw new BackupFault('notFound', 'kept store')
    return { path: join(dirname(store.file), kept.name), backupKey: null, keptAt: kept.keptAt }
  }

  async function reinstate(input: { readonly id: string; readonly reason: string }): Promise<BackupState> {
    const shown = checked
    if (shown?.comparison.id !== input.id) throw new RequestRefusal('notPossible', '请先核对要恢复的备份。')
    return exclusively('inspect', async () => {
      const now = await run({ kind: 'compare', storeFile: store.file, storeKey: store.key })
      if (JSON.stringify(now.unsent) !== JSON.stringify(shown.comparison.unsent)) {
        checked = { comparison: { ...shown.comparison, unsent: now.unsent }, typed: now.typed }
        throw new RequestRefusal(
          'notPossible',
          '核对之后,本机没有上传的内容又有变化。请看过下面新的数字,再决定是否恢复。',
        )
      }
      const { ops, drafts, dayEnds } = now.unsent
      const reason = input.reason.trim()
      if (ops + drafts + dayEnds > 0 && reason === '')
        throw new RequestRefusal(
          'ruleBroken',
          '本机有服务器没有收到、备份中也没有的内容。请先同步或导出同步包;仍要恢复的,请写明原因。',
        )
      const at = context.clock.deviceNow()
      const { accountName, stationCode } = actorOf(context)
      writeReinstateMark(store.file, {
        id: shown.comparison.id,
        sourceName: shown.comparison.sourceName,
        madeAt: shown.comparison.madeAt,
        preparedAt: context.clock.now(),
        typed: now.typed,
        keptName: keptNameOf(store.file, new Date(at)),
        reason,
        unsent: { ops, drafts, dayEnds },
        by: { accountName, stationCode },
      })
      checked = undefined
      return state()
    })
  }

  async function setAutomatic(input: AutomaticInput): Promise<BackupState> {
    if (input.isOn && input.folder === null)
      throw new RequestRefusal('ruleBroken', '自动备份的文件夹,必须录入,不能为空!')
    if (input.isOn && input.folder !== null && !(await isFolder(input.folder)))
      throw new RequestRefusal('ruleBroken', '找不到自动备份的文件夹,请检查磁盘(U盘)是否已插好,或另选一个。')
    const known = memory().automatic
    let { keyWrap, keyMark } = known
    if (input.password !== null) {
      assertPassword(input.password)
      keyWrap = await wrapStoreKey(store.key, input.password)
      keyMark = keyMarkOf(store.key)
    }
    if (input.isOn && (keyWrap === null || keyMark !== keyMarkOf(store.key)))
      throw new RequestRefusal('ruleBroken', '自动备份的密码,必须录入,不能为空!')
    await remember((before) => ({
      ...before,
      automatic: {
        ...before.automatic,
        isOn: input.isOn,
        folder: input.folder,
        keep: input.keep,
        keyWrap,
        keyMark,
        series: before.automatic.series ?? makeSeries(),
        switchedOnAt: input.isOn
          ? before.automatic.isOn
            ? before.automatic.switchedOnAt
            : context.clock.now()
          : null,
        // What failed in another folder says nothing about this one.
        lastFailure: input.folder === before.automatic.folder ? before.automatic.lastFailure : null,
      },
    }))
    context.emit('backup.changed', { progress })
    return state()
  }

  async function makeIfDue(): Promise<boolean> {
    const { automatic } = memory()
    const { isOn, folder, keyWrap, series, keep, lastSuccess, lastFailure } = automatic
    const now = context.clock.now()
    if (!isOn || folder === null || keyWrap === null || progress !== null) return false
    if (automatic.keyMark !== keyMarkOf(store.key)) return false
    if (lastSuccess && dayOf(lastSuccess.at) === dayOf(now)) return false
    if (lastFailure && now - lastFailure.at < RETRY_MS && now >= lastFailure.at) return false
    if (parts.idleFor() < IDLE_MS) return false
    isCancelled = false
    tell({ act: 'make', phase: 'snapshot', done: 0, total: null })
    try {
      const result = await make(folder, keyWrap, series)
      await noteMade(result, true)
      await removeOldOnes(folder, series, keep)
    } catch (error) {
      await noteFailed(error, true)
      if (!(error instanceof BackupFault)) throw error
      if (error.kind !== 'cancelled') {
        context.log(`backup: ${error.kind} ${error.detail}`)
        await remember((known) => ({
          ...known,
          automatic: { ...known.automatic, lastFailure: { at: now, message: error.message } },
        }))
      }
    } finally {
      tell(null)
    }
    return true
  }

  /** Only files whose header says that they are this store's automatic backups. */
  async function removeOldOnes(folder: string, series: string | null, keep: number): Promise<void> {
    if (series === null) return
    const own = (await listBackups(folder)).filter((file) => file.header?.series === series)
    for (const file of own.slice(keep)) await removeBackup(file.path)
  }

  function state(): BackupState {
    const { folder, lastMade, automatic } = memory()
    const mark = findReinstateMark(store.file)
    return {
      storeBytes: statSync(store.file).size,
      folder,
      lastMade,
      automatic: {
        isOn: automatic.isOn,
        folder: automatic.folder,
        hasPassword: automatic.keyWrap !== null && automatic.keyMark === keyMarkOf(store.key),
        keep: automatic.keep,
        lastSuccess: automatic.lastSuccess,
        lastFailure: automatic.lastFailure,
      },
      progress,
      checked: checked?.comparison ?? null,
      prepared: mark
        ? { sourceName: mark.sourceName, madeAt: mark.madeAt, preparedAt: mark.preparedAt }
        : null,
      outcome,
      kept: listKeptStores(store.file),
    }
  }

  return {
    state,
    notice: () => noticeOf(memory().automatic, context.clock.now()),
    make: async ({ folder, password }) => {
      assertPassword(password)
      const startedAt = performance.now()
      return exclusively('make', async () => {
        try {
          const result = await make(folder, await wrapStoreKey(store.key, password), null)
          // As the clerk will have it one day: from the file, with the password.
          const key = await unwrapStoreKey(result.header.keyWrap, password)
          if (key?.equals(store.key) !== true) {
            await removeBackup(result.path)
            throw new BackupFault('damaged', 'the key does not come back')
          }
          await noteMade(result, false)
          return {
            path: result.path,
            size: result.size,
            madeAt: result.header.madeAt,
            recordCount: recordCountOf(result.header.records),
            took: Math.round(performance.now() - startedAt),
          }
        } catch (error) {
          await noteFailed(error, false)
          throw error
        }
      })
    },
    cancel: () => {
      isCancelled = true
      runner.cancel()
    },
    list: async (folder) => {
      const known = memory()
      const folders = new Set(folder === null ? [known.folder, known.automatic.folder] : [folder])
      const files: BackupFile[] = []
      for (const each of folders) if (each !== null) files.push(...(await listBackups(each)))
      return files.toSorted((a, b) => (b.header?.madeAt ?? 0) - (a.header?.madeAt ?? 0))
    },
    inspect,
    reinstate,
    drop: () => {
      if (progress !== null) throw new RequestRefusal('notPossible', '正在备份或核对,请等它完成,或先取消。')
      checked = undefined
      dropReinstatement(store.file)
      return state()
    },
    setAutomatic,
    makeIfDue,
    start: () => {
      timer = setInterval(() => {
        makeIfDue().catch((error: unknown) => context.log(`backup: ${String(error)}`))
      }, TICK_MS)
      timer.unref()
    },
    stop: async () => {
      clearInterval(timer)
      await runner.stop()
    },
  }
}

/** Backups of a folder with what their headers say, the newest first; other files are passed over. */
async function listBackups(folder: string): Promise<readonly BackupFile[]> {
  // A stick that is not plugged in has no backups to show.
  const names = await readdir(folder).catch((): readonly string[] => [])
  const newest = names.filter((name) => name.endsWith(`.${BACKUP_EXTENSION}`)).toSorted()
  const files: BackupFile[] = []
  for (const name of newest.slice(-MOST_FILES)) {
    const path = join(folder, name)
    const size = await stat(path).then(
      (found) => found.size,
      () => undefined,
    )
    if (size === undefined) continue
    try {
      const { keyWrap: _, ...header } = (await findBackupHeader(path)).header
      files.push({ path, name, size, header, problem: null })
    } catch (error) {
      files.push({ path, name, size, header: null, problem: toBackupFault(error, 'read').message })
    }
  }
  return files.toSorted((a, b) => (b.header?.madeAt ?? 0) - (a.header?.madeAt ?? 0))
}

/** `居服通备份-<station>-YYYYMMDD-HHmmss`, in this machine's time. */
export function backupNameOf(stationName: string | null, at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const place = (stationName ?? '').replaceAll(/[\\/:*?"<>|.\s\p{Cc}]/gu, '').slice(0, 40) || '本机'
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
  return `居服通备份-${place}-${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
}

/** What the status bar says of an automatic backup that is switched on and not as it should be. */
export function noticeOf(
  automatic: Pick<Memory['automatic'], 'isOn' | 'switchedOnAt' | 'lastSuccess' | 'lastFailure'>,
  now: number,
): string | null {
  const { isOn, lastSuccess, lastFailure, switchedOnAt } = automatic
  if (!isOn) return null
  if (lastFailure && lastFailure.at > (lastSuccess?.at ?? 0)) return '自动备份没有成功'
  const since = lastSuccess?.at ?? switchedOnAt
  if (since === null || now - since <= LATE_MS) return null
  return `自动备份已 ${Math.floor((now - since) / DAY_MS)} 天没有做`
}

function outcomeOf(result: ReinstateResult): ReinstateOutcome {
  switch (result.kind) {
    case 'none':
    case 'done':
      return result
    case 'typedSince':
      return {
        kind: 'refused',
        message: '没有恢复:确认恢复之后本机又有新的录入。数据库保持原样;请重新核对备份,再恢复。',
      }
    case 'failed':
      return {
        kind: 'refused',
        message: `没有恢复,数据库保持原样:${result.failure.title}。${result.failure.advice}`,
      }
  }
}

function recordCountOf(records: Readonly<Record<string, number>>): number {
  return Object.values(records).reduce((sum, each) => sum + each, 0)
}

/** Tells whether a wrapped key is of this store, and nothing about the key. */
function keyMarkOf(storeKey: Buffer): string {
  return createHash('sha256').update(macKeyOf(storeKey)).digest('hex').slice(0, 16)
}

function dayOf(at: number): string {
  return new Date(at).toDateString()
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function removeBackup(path: string): Promise<void> {
  // Tried again with the next backup.
  await rm(path, { force: true }).catch(() => undefined)
}

function removeQuietly(file: string): void {
  try {
    removeStoreFile(file)
  } catch {
    // Tried again with the next backup.
  }
}
