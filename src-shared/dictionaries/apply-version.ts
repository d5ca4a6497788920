import { addDays } from '../values/calendar-date.ts'
import type { DictionaryEntry } from './types.ts'

/** One entry before and after a new version. */
export interface ChangedEntry {
  readonly before: DictionaryEntry
  readonly after: DictionaryEntry
}

/** What a new version of a dictionary does to the old one. */
export interface DictionaryDifference {
  /** Codes that are new. */
  readonly added: readonly DictionaryEntry[]
  /** Codes the new version lacks, as they now stand: kept, with `validTo` the day before the version. */
  readonly retired: readonly ChangedEntry[]
  /** Codes whose name, parent, mnemonic or validity is different, reinstated ones included. */
  readonly changed: readonly ChangedEntry[]
}

/** The dictionary after the version, old entries first, and what is different. */
export interface AppliedVersion extends DictionaryDifference {
  readonly entries: readonly DictionaryEntry[]
}

/**
 * Lays a new version (a complete table) over the old one. No code is ever removed: one that the new version lacks is retired as of
 * `versionDate` (the first day of the new version, `YYYY-MM-DD`), one that was already retired stays as it was.
 * @throws {RangeError} when `versionDate` is no day.
 */
export function applyDictionaryVersion(
  old: readonly DictionaryEntry[],
  next: readonly DictionaryEntry[],
  versionDate: string,
): AppliedVersion {
  const lastDay = addDays(versionDate, -1)
  const nextByCode = new Map(next.map((entry) => [entry.code, entry]))
  const known = new Set<string>()
  const entries: DictionaryEntry[] = []
  const retired: ChangedEntry[] = []
  const changed: ChangedEntry[] = []
  for (const before of old) {
    known.add(before.code)
    const given = nextByCode.get(before.code)
    if (given === undefined) {
      const after = retire(before, lastDay)
      if (after !== before) retired.push({ before, after })
      entries.push(after)
    } else {
      const after = isSameEntry(before, given) ? before : given
      if (after !== before) changed.push({ before, after })
      entries.push(after)
    }
  }
  const added: DictionaryEntry[] = []
  for (const entry of nextByCode.values()) {
    if (known.has(entry.code)) continue
    added.push(entry)
    entries.push(entry)
  }
  return { entries, added, retired, changed }
}

/** Ends an entry's validity; one that ended earlier, or never began before, keeps an interval that is not turned round. */
function retire(entry: DictionaryEntry, lastDay: string): DictionaryEntry {
  if (entry.validTo !== null && entry.validTo <= lastDay) return entry
  if (entry.validFrom === null || entry.validFrom <= lastDay) return { ...entry, validTo: lastDay }
  return entry.validTo === entry.validFrom ? entry : { ...entry, validTo: entry.validFrom }
}

/** Whether two rows say the same. */
export function isSameEntry(left: DictionaryEntry, right: DictionaryEntry): boolean {
  return (
    left.code === right.code &&
    left.name === right.name &&
    left.parent === right.parent &&
    left.mnemonic === right.mnemonic &&
    left.validFrom === right.validFrom &&
    left.validTo === right.validTo
  )
}
