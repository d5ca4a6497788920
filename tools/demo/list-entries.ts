import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listDemoDictionaries } from '../../src-shared/demo/district.ts'
import { parseDictionaryCsv } from '../../src-shared/dictionaries/parse-csv.ts'
import type { DictionaryEntry } from '../../src-shared/dictionaries/types.ts'

const folder = join(import.meta.dirname, '..', '..', 'dictionaries')
const known = new Map<string, readonly DictionaryEntry[]>()

/** The entries of a dictionary as they are once the demo data is loaded. @throws when there is no such table. */
export function listEntriesWithDemo(dictionary: string): readonly DictionaryEntry[] {
  const kept = known.get(dictionary)
  if (kept !== undefined) return kept
  const demo: Readonly<Record<string, readonly DictionaryEntry[] | undefined>> = { ...listDemoDictionaries() }
  const isFromServer = dictionary === 'community' || dictionary === 'street'
  const shipped = isFromServer
    ? []
    : parseDictionaryCsv(readFileSync(join(folder, `${dictionary}.csv`), 'utf8')).entries
  const entries = [...shipped, ...(demo[dictionary] ?? [])]
  known.set(dictionary, entries)
  return entries
}
