import { backupHeaderSchema, type BackupHeader } from '../../../src-shared/contract/backup-types.ts'
import { BackupFault } from './backup-fault.ts'

/**
 * A backup file: `JFBAK`, one byte of format version, CR LF (a transfer as text is noticed), the header's length (4 bytes, big
 * endian), the header (JSON), the encrypted store, SHA-256 of all that, HMAC-SHA256 of this hash under the store's key.
 */
const MAGIC = Buffer.from('JFBAK', 'latin1')
export const BACKUP_FORMAT = 1
/** Bytes before the header. */
export const PREFIX_BYTES = 12
/** The hash and the HMAC. */
export const TRAILER_BYTES = 64
const LARGEST_HEADER = 65_536

/** Everything that stands before the store. */
export function encodeHeader(header: BackupHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header), 'utf8')
  if (json.length > LARGEST_HEADER) throw new BackupFault('other', 'header too long')
  const prefix = Buffer.alloc(PREFIX_BYTES)
  MAGIC.copy(prefix)
  prefix[5] = BACKUP_FORMAT
  prefix.write('\r\n', 6, 'latin1')
  prefix.writeUInt32BE(json.length, 8)
  return Buffer.concat([prefix, json])
}

/**
 * How long the header is, by the first {@link PREFIX_BYTES} bytes of a file.
 * @throws BackupFault `foreign`, `newerFormat`, `truncated`
 */
export function readHeaderLength(prefix: Buffer): number {
  const known = Math.min(prefix.length, MAGIC.length)
  if (prefix.length === 0 || !prefix.subarray(0, known).equals(MAGIC.subarray(0, known)))
    throw new BackupFault('foreign', 'no magic')
  if (prefix.length < PREFIX_BYTES) throw new BackupFault('truncated', 'within the prefix')
  const version = prefix[5] ?? 0
  if (prefix.toString('latin1', 6, 8) !== '\r\n' || version === 0) throw new BackupFault('damaged', 'prefix')
  if (version > BACKUP_FORMAT) throw new BackupFault('newerFormat', `format ${version}`)
  const length = prefix.readUInt32BE(8)
  if (length === 0 || length > LARGEST_HEADER) throw new BackupFault('damaged', 'length of the header')
  return length
}

/**
 * Reads the header's JSON.
 * @throws BackupFault `damaged`
 */
export function decodeHeader(json: Buffer): BackupHeader {
  let value: unknown
  try {
    value = JSON.parse(json.toString('utf8'))
  } catch {
    throw new BackupFault('damaged', 'header is no JSON')
  }
  const parsed = backupHeaderSchema.safeParse(value)
  if (!parsed.success) throw new BackupFault('damaged', 'header does not fit')
  return parsed.data
}
