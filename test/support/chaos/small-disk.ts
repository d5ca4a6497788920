import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small file system in memory, mounted where nothing else is. */
export type SmallDisk = {
  readonly path: string
  readonly resize: (mebibytes: number) => void
  /** Everything open on it has to be closed. */
  readonly setReadOnly: (isReadOnly: boolean) => void
  readonly remove: () => void
}

/** A tmpfs of so many MiB, or a sentence why there is none: only root may mount, and not in every container. */
export function mountSmallDisk(mebibytes: number): SmallDisk | string {
  if (process.platform !== 'linux') return 'there is no tmpfs on this system'
  const path = mkdtempSync(join(tmpdir(), 'jufutong-disk-'))
  const run = (...all: readonly string[]): string => {
    const [program = '', ...rest] = all
    const done = spawnSync(program, rest, { encoding: 'utf8' })
    return done.status === 0 ? '' : `${all.join(' ')}: ${done.stderr || String(done.error)}`
  }
  const must = (problem: string): void => {
    if (problem !== '') throw new Error(problem)
  }
  mkdirSync(path, { recursive: true })
  const problem = run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path)
  if (problem !== '') {
    rmSync(path, { recursive: true, force: true })
    return `no tmpfs can be mounted here (${problem.trim()})`
  }
  return {
    path,
    resize: (next) => must(run('mount', '-o', `remount,size=${next}m`, path)),
    setReadOnly: (isReadOnly) => must(run('mount', '-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, path)),
    remove: () => {
      must(run('umount', path))
      rmSync(path, { recursive: true, force: true })
    },
  }
}
