import type { BackupPhase } from '../../../src-shared/contract/backup-types.ts'

/** What long work on a backup tells while it runs, and how it hears that the clerk has cancelled. */
export type BackupWork = {
  readonly onProgress: (phase: BackupPhase, done: number, total: number | null) => void
  /** @throws BackupFault `cancelled` */
  readonly assertGoesOn: () => void
}
