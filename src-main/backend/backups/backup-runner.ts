import { Worker } from 'node:worker_threads'
import type { BackupPhase } from '../../../src-shared/contract/backup-types.ts'
import { BackupFault, type BackupFaultKind } from './backup-fault.ts'
import { runBackupJob, type BackupJob, type ResultOf } from './backup-jobs.ts'

export type BackupStart = { readonly job: BackupJob; readonly cancelled: SharedArrayBuffer }
export type BackupAnswer =
  | {
      readonly kind: 'progress'
      readonly phase: BackupPhase
      readonly done: number
      readonly total: number | null
    }
  | { readonly kind: 'done'; readonly result: ResultOf<BackupJob> }
  | {
      readonly kind: 'failed'
      readonly fault: { readonly kind: BackupFaultKind; readonly detail: string; readonly addition: string }
    }

export type OnBackupProgress = (phase: BackupPhase, done: number, total: number | null) => void

/** Does long work on backups, one piece at a time. */
export type BackupRunner = {
  /** @throws BackupFault */
  readonly run: <Job extends BackupJob>(job: Job, onProgress: OnBackupProgress) => Promise<ResultOf<Job>>
  /** The work ends with the fault `cancelled` at its next step. */
  readonly cancel: () => void
  /** Cancels and waits until nothing half is left. */
  readonly stop: () => Promise<void>
}

/** Waits this long (ms) for a cancelled piece of work: a snapshot of a large store cannot be broken off. */
const STOP_LIMIT = 1_500
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 }

/**
 * @param script the thread's program: backup-worker; without it the work is done on this thread
 */
export function createBackupRunner(script: URL | undefined): BackupRunner {
  let present: { readonly flag: Int32Array; readonly done: Promise<unknown> } | undefined

  async function run<Job extends BackupJob>(job: Job, onProgress: OnBackupProgress): Promise<ResultOf<Job>> {
    if (present) throw new BackupFault('other', 'busy')
    const cancelled = new SharedArrayBuffer(4)
    const flag = new Int32Array(cancelled)
    const work = script
      ? inThread(script, { job, cancelled }, onProgress)
      : onThisThread(job, flag, onProgress)
    const done = work.catch(() => undefined)
    present = { flag, done }
    try {
      return (await work) as ResultOf<Job>
    } finally {
      present = undefined
    }
  }

  function cancel(): void {
    if (!present) return
    Atomics.store(present.flag, 0, 1)
    Atomics.notify(present.flag, 0)
  }

  return {
    run,
    cancel,
    stop: async () => {
      cancel()
      await Promise.race([present?.done, new Promise((resolve) => setTimeout(resolve, STOP_LIMIT).unref())])
    },
  }
}

async function onThisThread(
  job: BackupJob,
  flag: Int32Array,
  onProgress: OnBackupProgress,
): Promise<ResultOf<BackupJob>> {
  return runBackupJob(job, {
    onProgress,
    assertGoesOn: () => {
      if (Atomics.load(flag, 0) !== 0) throw new BackupFault('cancelled')
    },
  })
}

function inThread(
  script: URL,
  start: BackupStart,
  onProgress: OnBackupProgress,
): Promise<ResultOf<BackupJob>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData: start, resourceLimits: THREAD_LIMITS })
    worker.unref()
    worker.on('message', (answer: BackupAnswer) => {
      if (answer.kind === 'progress') onProgress(answer.phase, answer.done, answer.total)
      else if (answer.kind === 'done') resolve(answer.result)
      else reject(new BackupFault(answer.fault.kind, answer.fault.detail, answer.fault.addition))
    })
    worker.on('error', (error) => reject(new BackupFault('other', String(error))))
    worker.once('exit', () => reject(new BackupFault('other', 'the thread ended')))
  })
}
