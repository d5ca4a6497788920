import { existsSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SET_ASIDE_MARK } from '../../../src-shared/contract/backup-types.ts'
import { dropReinstatement } from './reinstate-store.ts'
import type { StoreFailureKind } from './store-failure.ts'
import { syncFolder } from './write-file-safely.ts'

/** Failures of the store itself; a full disk, a missing right or another program are mended otherwise. */
export function canSetAside(kind: StoreFailureKind): boolean {
  return kind === 'keyMissing' || kind === 'wrongKey' || kind === 'corrupt'
}

/** Whether the clerk has asked for it. */
export function isSetAsideAsked(dataFolder: string): boolean {
  return existsSync(join(dataFolder, SET_ASIDE_MARK))
}

/** Nothing is set aside: the store opens, or what ails it is not its own. */
export function dropSetAside(dataFolder: string): void {
  rmSync(join(dataFolder, SET_ASIDE_MARK), { force: true })
}

/**
 * Keeps a store that cannot be opened, with its log and its key, under names of this moment; nothing is deleted. The next
 * opening makes an empty one with a key of its own. The caller holds the store's lock.
 *
 * @returns what the store is called now
 */
export function setStoreAside(file: string, keyFile: string, at: Date): string {
  const stamp = at
    .toISOString()
    .replaceAll(/[-:]|\.\d+Z$/g, '')
    .replace('T', '-')
  const kept = `${file}.before-empty-${stamp}`
  for (const suffix of ['-wal', '-shm', ''])
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${kept}${suffix}`)
  // Last: killed before this, the store's own key is still there for what stands under its name.
  if (existsSync(keyFile)) renameSync(keyFile, `${keyFile}.before-empty-${stamp}`)
  dropReinstatement(file)
  dropSetAside(dirname(file))
  syncFolder(dirname(file))
  return basename(kept)
}
