import type { DictionaryEntry } from './types.ts'

/**
 * The entry that a code meant on a day. Codes are unique and never removed, so a code whose validity does not cover the day is still
 * found: an old paper form keeps its meaning. Use {@link isValidAt} to know whether the code may be given on that day.
 * Several rows of one code (versions joined by an import) are resolved to the one valid on the day, else the latest that
 * began before it, else the first.
 */
export function findEntryAt(
  entries: readonly DictionaryEntry[],
  code: string,
  date: string,
): DictionaryEntry | undefined {
  let best: DictionaryEntry | undefined
  for (const entry of entries) {
    if (entry.code !== code) continue
    if (isValidAt(entry, date)) return entry
    if (best === undefined || isBetterFallback(entry, best, date)) best = entry
  }
  return best
}

/** Whether the code may be given on a day (`YYYY-MM-DD`, both ends inclusive). */
export function isValidAt(entry: DictionaryEntry, date: string): boolean {
  return (
    (entry.validFrom === null || entry.validFrom <= date) && (entry.validTo === null || date <= entry.validTo)
  )
}

function isBetterFallback(entry: DictionaryEntry, best: DictionaryEntry, date: string): boolean {
  const start = entry.validFrom ?? ''
  const bestStart = best.validFrom ?? ''
  if (start > date) return bestStart > date && start < bestStart
  return bestStart > date || start > bestStart
}

/** The entries that may be given on a day, in file order. */
export function listEntriesAt(entries: readonly DictionaryEntry[], date: string): readonly DictionaryEntry[] {
  return entries.filter((entry) => isValidAt(entry, date))
}

/**
 * The names from the top of the tree down to the entry (新疆维吾尔自治区, 和田地区, 和安县). A missing parent or a circle ends
 * the path. `byCode` maps a code to its entry.
 */
export function listPathNames(byCode: ReadonlyMap<string, DictionaryEntry>, code: string): readonly string[] {
  const names: string[] = []
  const seen = new Set<string>()
  let entry = byCode.get(code)
  while (entry !== undefined && !seen.has(entry.code)) {
    seen.add(entry.code)
    names.unshift(entry.name)
    entry = entry.parent === null ? undefined : byCode.get(entry.parent)
  }
  return names
}
