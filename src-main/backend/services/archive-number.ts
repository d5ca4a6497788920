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
 * A number that is given once: prefix, mark of this store, running number. Unique also among stations that have not seen
 * each other; part of the save's transaction, so no number is given twice or lost by a refusal.
 */
function takeNumber(
  database: WriteDatabase,
  replicaId: string,
  series: { readonly setting: 'archiveNumber' | 'filingNumber'; readonly prefix: string },
): string {
  const next = Number(readSetting(database, series.setting) ?? 0) + 1
  writeSetting(database, series.setting, next)
  return `${series.prefix}-${replicaTagOf(replicaId)}${String(next).padStart(6, '0')}`
}

/** 房屋档案编号 of a new dwelling; its prefix is the community. */
export function takeArchiveNumber(database: WriteDatabase, replicaId: string, values: RecordValues): string {
  const community = typeof values['communityCode'] === 'string' ? values['communityCode'] : ''
  return takeNumber(database, replicaId, { setting: 'archiveNumber', prefix: community })
}

/** 备案编号 of a new lease; its prefix is the year in which it is filed. */
export function takeFilingNumber(database: WriteDatabase, replicaId: string, values: RecordValues): string {
  const filed = typeof values['filingDate'] === 'string' ? values['filingDate'].slice(0, 4) : ''
  return takeNumber(database, replicaId, { setting: 'filingNumber', prefix: `ZL${filed}` })
}
