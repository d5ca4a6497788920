import type { RegisterName } from '../registers/register.ts'
import type { CardReading } from '../readers/card-reading.ts'
import type { ReaderStatus } from '../readers/reader-types.ts'
import type { BackupProgress } from './backup-types.ts'
import type { LookupSource, SyncStatus } from './types.ts'

/** What the backend (or main) tells pages without being asked. A page that misses one can ask again. */
export type Events = {
  /** Records were stored, by this page or by sync. At most 1,000 ids; an empty list means "many: ask again". */
  'records.changed': {
    readonly register: RegisterName
    readonly ids: readonly string[]
    readonly source: 'local' | 'server'
  }
  'lookup.changed': { readonly source: LookupSource }
  'sync.changed': SyncStatus
  /** Long work that is no sync: demo data, rebuild of an index, migration. `total` null while unknown. */
  'work.progress': {
    readonly label: string
    readonly done: number
    readonly total: number | null
    readonly isFinished: boolean
  }
  /** How far a backup or the check of one is; null when it has ended, or its settings have changed. */
  'backup.changed': { readonly progress: BackupProgress | null }
  'reader.status': ReaderStatus
  /** A card was put on a reader: once for each time. */
  'reader.card': CardReading
  /** The picture of an earlier `reader.card`, stored as a photo; or the sentence that says why there is none. */
  'reader.photo': {
    readonly readingId: string
    readonly hash: string | null
    readonly message: string | null
  }
  'backend.stopped': { readonly willRestart: boolean; readonly logPath: string }
  'backend.started': Record<string, never>
  /** The store could not be opened: the page shows only this. Nothing was deleted or overwritten. */
  'startup.failed': {
    readonly title: string
    readonly detail: string
    readonly advice: string
    /** The store itself is what cannot be used: it may be set aside, and a backup reinstated into an empty one. */
    readonly canSetAside?: true
  }
}

export type EventName = keyof Events
export type EventMessage = {
  readonly [Name in EventName]: { readonly event: Name; readonly payload: Events[Name] }
}[EventName]
