import { randomUUID } from 'node:crypto'
import { closeSync, copyFileSync, fsyncSync, openSync, statfsSync, statSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { BackupComparison } from '../../../src-shared/contract/backup-types.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { openConnection, type Connection } from '../database/connection.ts'
import { removeStoreFile } from '../database/migrate.ts'
import { reinstateCopyOf } from '../database/reinstate-store.ts'
import { factsOf, rekeyStore, withStoreCopy } from '../database/snapshot-store.ts'
import { storeFailureKindOf } from '../database/store-failure.ts'
import { findUnsent, typedMarkOf } from '../database/unsent-content.ts'
import { syncFile } from '../database/write-file-safely.ts'
import { readBackupHeader, verifyBackupFile } from './backup-file.ts'
import { BackupFault } from './backup-fault.ts'
import type { BackupWork } from './backup-work.ts'

export type VerifyJob = { readonly kind: 'verify'; readonly path: string }
export type InspectJob = {
  readonly kind: 'inspect'
  readonly path: string
  /** The key inside a backup; null for a store that was kept here, which has the key of this machine. */
  readonly backupKey: Uint8Array | null
  readonly storeFile: string
  readonly storeKey: Uint8Array
  /** When a kept store was replaced. */
  readonly keptAt: number
}
export type InspectResult = {
  readonly comparison: BackupComparison
  /** See {@link typedMarkOf}. */
  readonly typed: string
}
export type CompareJob = {
  readonly kind: 'compare'
  readonly storeFile: string
  readonly storeKey: Uint8Array
}
export type CompareResult = Pick<InspectResult, 'typed'> & Pick<BackupComparison, 'unsent'>

/**
 * Checks a backup whole and makes of it a store file beside the store, with this machine's key; compares it with the store.
 *
 * @throws BackupFault; no copy is left then
 */
export function inspectBackup(job: InspectJob, work: BackupWork): InspectResult {
  const storeKey = Buffer.from(job.storeKey)
  const copy = reinstateCopyOf(job.storeFile)
  try {
    removeStoreFile(copy)
    const source = job.backupKey
      ? extract(job.path, Buffer.from(job.backupKey), storeKey, copy, work)
      : copyKept(job.path, copy, job.keptAt)
    work.assertGoesOn()
    work.onProgress('check', 0, null)
    const here = openConnection(job.storeFile, storeKey, 'read')
    try {
      return withStoreCopy(copy, storeKey, 'whole', (there) => {
        work.assertGoesOn()
        work.onProgress('compare', 0, null)
        return compare(here, there, basename(job.path), source)
      })
    } finally {
      here.close()
    }
  } catch (error) {
    removeStoreFile(copy)
    throw faultOf(error)
  }
}

/** What is typed here and is not in the prepared copy, anew: time has gone by since the clerk was shown it. */
export function compareAgain(job: CompareJob): CompareResult {
  const storeKey = Buffer.from(job.storeKey)
  const here = openConnection(job.storeFile, storeKey, 'read')
  try {
    const there = openConnection(reinstateCopyOf(job.storeFile), storeKey, 'read')
    try {
      return { unsent: unsentOf(here, there), typed: typedMarkOf(here) }
    } finally {
      there.close()
    }
  } catch (error) {
    throw faultOf(error)
  } finally {
    here.close()
  }
}

type Source = {
  readonly madeAt: number
  readonly stationName: string | null
  readonly isOtherMachine: boolean
}

function extract(path: string, backupKey: Buffer, storeKey: Buffer, copy: string, work: BackupWork): Source {
  const { header } = readBackupHeader(path)
  assertRoomHere(copy, header.storeBytes)
  const target = openSync(copy, 'wx', 0o600)
  try {
    verifyBackupFile(
      path,
      backupKey,
      (done, total) => {
        work.onProgress('verify', done, total)
        work.assertGoesOn()
      },
      (bytes) => writeHere(target, bytes),
    )
    fsyncSync(target)
  } finally {
    closeSync(target)
  }
  const isOtherMachine = !backupKey.equals(storeKey)
  if (isOtherMachine) rekeyStore(copy, backupKey, storeKey)
  return { madeAt: header.madeAt, stationName: header.station?.name ?? null, isOtherMachine }
}

function copyKept(path: string, copy: string, keptAt: number): Source {
  assertRoomHere(copy, statSync(path).size)
  copyFileSync(path, copy)
  syncFile(copy)
  return { madeAt: keptAt, stationName: null, isOtherMachine: false }
}

function assertRoomHere(copy: string, needed: number): void {
  const { bavail, bsize } = statfsSync(dirname(copy))
  if (bavail * bsize < needed + 64 * 1_048_576) throw new BackupFault('noRoomHere', 'statfs')
}

function writeHere(target: number, bytes: Buffer): void {
  try {
    let written = 0
    while (written < bytes.length) written += writeSync(target, bytes, written)
  } catch (error) {
    throw new BackupFault('noRoomHere', error instanceof Error ? error.message : String(error))
  }
}

function compare(here: Connection, there: Connection, sourceName: string, source: Source): InspectResult {
  const ours = factsOf(here)
  const theirs = factsOf(there)
  if (theirs.schema > ours.schema) throw new BackupFault('newerSchema', `${theirs.schema} > ${ours.schema}`)
  if (theirs.schema === 0) throw new BackupFault('damaged', 'no store inside')
  return {
    typed: typedMarkOf(here),
    comparison: {
      id: randomUUID(),
      sourceName,
      ...source,
      schema: theirs.schema,
      ownSchema: ours.schema,
      records: REGISTER_NAMES.map((register) => {
        const { table } = getRegister(register)
        return { register, there: theirs.count(table), here: ours.count(table) }
      }),
      photos: { there: theirs.count('photo'), here: ours.count('photo') },
      unsent: unsentOf(here, there),
    },
  }
}

function unsentOf(here: Connection, there: Connection): BackupComparison['unsent'] {
  const { ops, drafts, dayEnds } = findUnsent(here, there)
  const byRegister = REGISTER_NAMES.flatMap((register) => {
    const count = ops.get(register)
    return count === undefined ? [] : [{ register, ops: count }]
  })
  return { ops: byRegister.reduce((sum, each) => sum + each.ops, 0), byRegister, drafts, dayEnds }
}

/** A fault of the copy is one of the backup; one of the disk is this machine's. */
function faultOf(error: unknown): BackupFault {
  if (error instanceof BackupFault) return error
  const detail = error instanceof Error ? error.message : String(error)
  switch (storeFailureKindOf(error)) {
    case 'fullDisk':
      return new BackupFault('noRoomHere', detail)
    case 'corrupt':
    case 'wrongKey':
      return new BackupFault('damaged', detail)
    default:
      return new BackupFault('other', detail)
  }
}
