import { parentPort, workerData } from 'node:worker_threads'
import { BackupFault } from './backup-fault.ts'
import { runBackupJob } from './backup-jobs.ts'
import type { BackupAnswer, BackupStart } from './backup-runner.ts'

/** A thread for one backup or one check of one: it ends with it. */
function serve({ job, cancelled }: BackupStart): void {
  const port = parentPort
  if (!port) throw new Error('backup-worker runs as a thread only')
  const flag = new Int32Array(cancelled)
  const tell = (answer: BackupAnswer): void => port.postMessage(answer)
  try {
    const result = runBackupJob(job, {
      onProgress: (phase, done, total) => tell({ kind: 'progress', phase, done, total }),
      assertGoesOn: () => {
        if (Atomics.load(flag, 0) !== 0) throw new BackupFault('cancelled')
      },
    })
    tell({ kind: 'done', result })
  } catch (error) {
    const fault = error instanceof BackupFault ? error : new BackupFault('other', String(error))
    tell({ kind: 'failed', fault: { kind: fault.kind, detail: fault.detail, addition: fault.addition } })
  }
}

serve(workerData as BackupStart)
