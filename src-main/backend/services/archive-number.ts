import type { RecordValues } from '../../../src-shared/fields/field.ts'
import type { WriteDatabase } from '../database/database.ts'
import { readSetting, writeSetting } from '../queries/settings.ts'

/** Letters and digits that are not taken for one another on paper. */
const TAG_LETTERS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const TAG_LENGTH = 5

/** A short mark of one store: 28 million different ones, so that two stations without a line do not give one number twice. */
export function replicaTagOf(replicaId: string): string {
  // The last twelve digits of a UUIDv7 are random.
  let rest = BigInt(`0x${replicaId.replaceAll('-', '').slice(-12)}`)
  let tag = ''
  for (let index = 0; index < TAG_LENGTH; index += 1) {
    tag += TAG_LETTERS.charAt(Number(rest % BigInt(TAG_LETTERS.length)))
    rest /= BigInt(TAG_LETTERS.length)
  }
  return tag
}

/**
 * The number of a new dwelling's file: community, mark of this store, running number. Unique also among stations that
 * have not seen each other; part of the save's transaction, so no number is given twice or lost by a refusal.
 */
export function takeArchiveNumber(database: WriteDatabase, replicaId: string, values: RecordValues): string {
  const next = Number(readSetting(database, 'archiveNumber') ?? 0) + 1
  writeSetting(database, 'archiveNumber', next)
  const community = typeof values['communityCode'] === 'string' ? values['communityCode'] : ''
  return `${community}-${replicaTagOf(replicaId)}${String(next).padStart(6, '0')}`
}
