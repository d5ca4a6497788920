import { parentPort, workerData } from 'node:worker_threads'
import { BackupFault } from './backup-fault.ts'
import { runBackupJob } from './backup-jobs.ts'
import type { BackupAnswer, BackupStart } from './backup-runner.ts'

/** Some 3 s for a store of a gigabyte, each way. */
const PAUSE_MS = 3

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
        // Saves get their turn of processor and disk between two pieces; a cancel ends the pause.
        Atomics.wait(flag, 0, 0, PAUSE_MS)
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
