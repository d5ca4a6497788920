import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { BackupHeader } from '../../../src-shared/contract/backup-types.ts'
import { BackupFault, toBackupFault } from './backup-fault.ts'
import { decodeHeader, encodeHeader, PREFIX_BYTES, readHeaderLength, TRAILER_BYTES } from './backup-header.ts'
import { macKeyOf } from './backup-key.ts'

const CHUNK = 1_048_576
/** The stick is given its bytes a little at a time, so that a save's own fsync never waits behind all of them. */
const CHUNKS_PER_SYNC = 2

/** Called between two chunks; throws BackupFault `cancelled` where the clerk has cancelled. */
export type OnBytes = (done: number, total: number) => void

/** A header and where the store begins. */
export type OpenedHeader = { readonly header: BackupHeader; readonly storeAt: number; readonly size: number }

/**
 * Reads what stands in the clear; the file is as long as it should be.
 * @throws BackupFault
 */
export function readBackupHeader(path: string): OpenedHeader {
  return withFile(path, headerOf)
}

/**
 * The same without keeping this thread: a stick or a share may take its time.
 * @throws BackupFault
 */
export async function findBackupHeader(path: string): Promise<OpenedHeader> {
  try {
    const handle = await open(path, 'r')
    try {
      const { size } = await handle.stat()
      const read = async (position: number, length: number): Promise<Buffer> => {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
        return buffer.subarray(0, bytesRead)
      }
      const length = readHeaderLength(await read(0, Math.min(PREFIX_BYTES, size)))
      return judgeHeader(size, length, await read(PREFIX_BYTES, length))
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw toBackupFault(error, 'read')
  }
}

function headerOf(handle: number): OpenedHeader {
  const { size } = fstatSync(handle)
  const length = readHeaderLength(readAt(handle, 0, Math.min(PREFIX_BYTES, size)))
  return judgeHeader(size, length, readAt(handle, PREFIX_BYTES, Math.min(length, size - PREFIX_BYTES)))
}

function judgeHeader(size: number, length: number, json: Buffer): OpenedHeader {
  if (json.length < length) throw new BackupFault('truncated', 'within the header')
  const header = decodeHeader(json)
  const storeAt = PREFIX_BYTES + length
  const whole = storeAt + header.storeBytes + TRAILER_BYTES
  if (size < whole) throw new BackupFault('truncated', `${size} of ${whole} bytes`)
  if (size > whole) throw new BackupFault('damaged', `${size} instead of ${whole} bytes`)
  return { header, storeAt, size }
}

/**
 * Writes a backup of a whole store file and flushes it. The file must not exist.
 * @returns the hash that ends it
 */
export function writeBackupFile(
  path: string,
  header: BackupHeader,
  storeFile: string,
  storeKey: Buffer,
  onBytes: OnBytes,
): Buffer {
  const source = openSync(storeFile, 'r')
  try {
    const target = openSync(path, 'wx', 0o600)
    try {
      const hash = createHash('sha256')
      const put = (bytes: Buffer): void => {
        hash.update(bytes)
        writeAll(target, bytes)
      }
      put(encodeHeader(header))
      let done = 0
      for (let chunk = 1; done < header.storeBytes; chunk += 1) {
        const bytes = readAt(source, done, Math.min(CHUNK, header.storeBytes - done))
        put(bytes)
        done += bytes.length
        if (chunk % CHUNKS_PER_SYNC === 0) fsyncSync(target)
        onBytes(done, header.storeBytes)
      }
      const digest = hash.digest()
      writeAll(target, Buffer.concat([digest, macOf(digest, storeKey)]))
      fsyncSync(target)
      return digest
    } finally {
      closeSync(target)
    }
  } finally {
    closeSync(source)
  }
}

/**
 * Reads a whole backup and compares it with its hash; with the store's key also with its HMAC.
 *
 * @param onStore is given the store's bytes as they come
 * @returns the hash
 * @throws BackupFault `truncated`, `damaged`
 */
export function verifyBackupFile(
  path: string,
  storeKey: Buffer | undefined,
  onBytes: OnBytes,
  onStore?: (bytes: Buffer) => void,
): Buffer {
  return withFile(path, (handle) => {
    const { header, storeAt, size } = headerOf(handle)
    const hash = createHash('sha256')
    hash.update(readAt(handle, 0, storeAt))
    for (let done = 0; done < header.storeBytes;) {
      const bytes = readAt(handle, storeAt + done, Math.min(CHUNK, header.storeBytes - done))
      hash.update(bytes)
      onStore?.(bytes)
      done += bytes.length
      onBytes(done, header.storeBytes)
    }
    const digest = hash.digest()
    const trailer = readAt(handle, size - TRAILER_BYTES, TRAILER_BYTES)
    if (!digest.equals(trailer.subarray(0, 32))) throw new BackupFault('damaged', 'hash differs')
    if (storeKey && !timingSafeEqual(macOf(digest, storeKey), trailer.subarray(32)))
      throw new BackupFault('damaged', 'HMAC differs')
    return digest
  })
}

function macOf(digest: Buffer, storeKey: Buffer): Buffer {
  return createHmac('sha256', macKeyOf(storeKey)).update(digest).digest()
}

function withFile<Result>(path: string, act: (handle: number) => Result): Result {
  let handle: number
  try {
    handle = openSync(path, 'r')
  } catch (error) {
    throw toBackupFault(error, 'read')
  }
  try {
    return act(handle)
  } catch (error) {
    throw toBackupFault(error, 'read')
  } finally {
    closeSync(handle)
  }
}

function readAt(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const got = readSync(handle, bytes, filled, length - filled, position + filled)
    if (got === 0) throw new BackupFault('truncated', `ends at ${position + filled}`)
    filled += got
  }
  return bytes
}

function writeAll(handle: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) written += writeSync(handle, bytes, written)
}
