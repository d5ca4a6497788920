import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes renames in a folder survive a power cut. Windows does so by itself and cannot open folders. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Flushes a file's content to the disk. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r+')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/**
 * Writes a file so that after a power cut either the old or the new content is there, whole; readable and writable by the
 * owner alone.
 */
export function writeFileSafely(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`
  const handle = openSync(temporary, 'w', 0o600)
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
    let written = 0
    while (written < bytes.length) written += writeSync(handle, bytes, written)
    fsyncSync(handle)
  } catch (error) {
    closeSync(handle)
    rmSync(temporary, { force: true })
    throw error
  }
  closeSync(handle)
  renameSync(temporary, path)
  syncFolder(dirname(path))
}
