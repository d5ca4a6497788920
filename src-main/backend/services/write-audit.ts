import type { OpAct } from '../../../src-shared/sync/op.ts'
import { build, type WriteDatabase } from '../database/database.ts'
import type { Actor } from './context.ts'

/** Acts the audit knows beside those on records. */
export type AuditAct =
  | `record.${OpAct}`
  | 'account.signedIn'
  | 'account.signedOut'
  | 'record.listed'
  | 'record.viewed'
  | 'record.opened'
  | 'record.versionViewed'
  | 'record.copied'
  | 'audit.copied'
  | 'dayEnd.confirmed'
  | 'settings.saved'
  | 'enrolment.applied'
  | 'demo.loaded'
  | 'demo.removed'
  | 'sync.held'
  | 'sync.released'
  | 'sync.withdrawn'
  | 'sync.answered'
  | 'sync.rescued'
  | 'package.exported'
  | 'package.imported'
  | 'store.rebuild'
  | 'backup.made'
  | 'backup.failed'
  | 'backup.restored'
  | 'dictionary.entryAdded'
  | 'dictionary.entryCorrected'
  | 'dictionary.entryRetired'
  | 'dictionary.entryReinstated'
  | 'dictionary.imported'

/** Notes who did what. `detail` carries counts and names of fields, never personal data. */
export function writeAudit(
  database: WriteDatabase,
  actor: Actor,
  act: AuditAct,
  register: string,
  recordId: string,
  detail: Readonly<Record<string, unknown>>,
): void {
  database.run(
    build.insertInto('audit').values({
      at: actor.at,
      accountName: actor.accountName,
      stationCode: actor.stationCode,
      act,
      register,
      recordId,
      detail: JSON.stringify(detail),
    }),
  )
}
