import { existsSync, linkSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BACKUP_EXTENSION, type BackupHeader } from '../../../src-shared/contract/backup-types.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { removeStoreFile } from '../database/migrate.ts'
import { factsOf, snapshotStore, withStoreCopy } from '../database/snapshot-store.ts'
import { storeFailureKindOf } from '../database/store-failure.ts'
import { syncFolder } from '../database/write-file-safely.ts'
import { readBackupHeader, verifyBackupFile, writeBackupFile } from './backup-file.ts'
import { BackupFault, toBackupFault } from './backup-fault.ts'
import type { BackupWork } from './backup-work.ts'

export type MakeJob = {
  readonly kind: 'make'
  readonly storeFile: string
  readonly storeKey: Uint8Array
  /** The folder the clerk has chosen. */
  readonly folder: string
  /** Without its ending. */
  readonly name: string
  readonly header: Pick<BackupHeader, 'app' | 'madeAt' | 'station' | 'replica' | 'series' | 'keyWrap'>
}
export type MakeResult = { readonly path: string; readonly size: number; readonly header: BackupHeader }

/** Room that must be left after the snapshot, for the saves that go on. */
const SPARE_BYTES = 64 * 1_048_576
const UNFINISHED = '.part'

/** Beside the store: the moment that is being backed up. */
export function snapshotFileOf(storeFile: string): string {
  return `${storeFile}.backing-up`
}

/**
 * Makes a backup: one moment of the store is copied and checked beside it, packed into the folder under another name, flushed,
 * read back whole and compared; only then it takes its name. Whatever fails, nothing half is left.
 *
 * @throws BackupFault
 */
export function makeBackup(job: MakeJob, work: BackupWork): MakeResult {
  const storeKey = Buffer.from(job.storeKey)
  const snapshot = snapshotFileOf(job.storeFile)
  const unfinished = join(job.folder, `${job.name}.${BACKUP_EXTENSION}${UNFINISHED}`)
  try {
    assertFolder(job.folder)
    work.onProgress('snapshot', 0, null)
    takeSnapshot(job.storeFile, storeKey, snapshot)
    work.assertGoesOn()
    work.onProgress('check', 0, null)
    const header = checkSnapshot(job, storeKey, snapshot)
    work.assertGoesOn()
    assertRoom(job.folder, header.storeBytes + 1_048_576)
    removeUnfinished(job.folder)
    const digest = writeBackupFile(unfinished, header, snapshot, storeKey, (done, total) => {
      work.onProgress('write', done, total)
      work.assertGoesOn()
    })
    const back = verifyBackupFile(unfinished, storeKey, (done, total) => {
      work.onProgress('verify', done, total)
      work.assertGoesOn()
    })
    if (!back.equals(digest)) throw new BackupFault('damaged', 'what was read back is not what was written')
    const path = nameIt(unfinished, job.folder, job.name)
    return { path, size: statSync(path).size, header: readBackupHeader(path).header }
  } catch (error) {
    removeFile(unfinished)
    throw toBackupFault(error, 'write')
  } finally {
    removeFile(snapshot)
  }
}

function takeSnapshot(storeFile: string, storeKey: Buffer, snapshot: string): void {
  try {
    const size = sizeOf(storeFile) + sizeOf(`${storeFile}-wal`)
    const free = freeBytesOf(dirname(storeFile))
    if (free < size + SPARE_BYTES)
      throw new BackupFault('noRoomHere', 'snapshot', roomText(size + SPARE_BYTES, free))
    snapshotStore(storeFile, storeKey, snapshot)
  } catch (error) {
    throw atHome(error)
  }
}

function checkSnapshot(job: MakeJob, storeKey: Buffer, snapshot: string): BackupHeader {
  try {
    return withStoreCopy(snapshot, storeKey, 'quick', (connection) => {
      const { schema, count } = factsOf(connection)
      return {
        ...job.header,
        schema,
        records: Object.fromEntries(REGISTER_NAMES.map((name) => [name, count(getRegister(name).table)])),
        photos: count('photo'),
        waitingOps: count('outbox', "state IN ('pending', 'setAside')"),
        drafts: count('draft'),
        storeBytes: statSync(snapshot).size,
      }
    })
  } catch (error) {
    throw atHome(error)
  }
}

/** A fault at the snapshot is one of this machine, not of the folder. */
function atHome(error: unknown): BackupFault {
  if (error instanceof BackupFault) return error
  const detail = error instanceof Error ? error.message : String(error)
  switch (storeFailureKindOf(error)) {
    case 'fullDisk':
      return new BackupFault('noRoomHere', detail)
    case 'corrupt':
    case 'wrongKey':
      return new BackupFault('storeDamaged', detail)
    default:
      return new BackupFault('other', detail)
  }
}

function assertFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new BackupFault('folderGone', 'no folder')
}

function assertRoom(folder: string, needed: number): void {
  const free = freeBytesOf(folder)
  if (free < needed) throw new BackupFault('noRoom', 'statfs', roomText(needed, free))
}

/** Some shares do not tell: there the write itself finds out. */
function freeBytesOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

function roomText(needed: number, free: number): string {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_048_576).toLocaleString('zh-CN')} MB`
  return `需要约 ${megabytes(needed)},还有 ${megabytes(free)}`
}

/** What a program that was killed, or a stick that was pulled out, has left of earlier backups. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith('居服通备份-') && name.endsWith(`.${BACKUP_EXTENSION}${UNFINISHED}`))
      removeFile(join(folder, name))
}

/** A file of that name is never overwritten. */
function nameIt(unfinished: string, folder: string, name: string): string {
  for (let number = 1; ; number += 1) {
    const path = join(folder, `${name}${number === 1 ? '' : `-${number}`}.${BACKUP_EXTENSION}`)
    if (existsSync(path)) continue
    try {
      linkSync(unfinished, path)
      rmSync(unfinished)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue
      // No links on FAT; nobody else makes files of this name.
      renameSync(unfinished, path)
    }
    syncFolder(folder)
    return path
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function removeFile(file: string): void {
  try {
    removeStoreFile(file)
  } catch {
    // The stick is gone: what is on it is removed before the next backup there.
  }
}
