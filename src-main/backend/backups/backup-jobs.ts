import { verifyBackupFile } from './backup-file.ts'
import type { BackupWork } from './backup-work.ts'
import {
  compareAgain,
  inspectBackup,
  type CompareJob,
  type CompareResult,
  type InspectJob,
  type InspectResult,
  type VerifyJob,
} from './inspect-backup.ts'
import { makeBackup, type MakeJob, type MakeResult } from './make-backup.ts'

export type BackupJob = MakeJob | InspectJob | CompareJob | VerifyJob
export type ResultOf<Job extends BackupJob> = Job extends MakeJob
  ? MakeResult
  : Job extends InspectJob
    ? InspectResult
    : Job extends CompareJob
      ? CompareResult
      : null

/** Does one piece of long work, on whatever thread this is. @throws BackupFault */
export function runBackupJob(job: BackupJob, work: BackupWork): ResultOf<BackupJob> {
  switch (job.kind) {
    case 'make':
      return makeBackup(job, work)
    case 'inspect':
      return inspectBackup(job, work)
    case 'compare':
      return compareAgain(job)
    case 'verify': {
      verifyBackupFile(job.path, undefined, (done, total) => {
        work.onProgress('verify', done, total)
        work.assertGoesOn()
      })
      return null
    }
  }
}
