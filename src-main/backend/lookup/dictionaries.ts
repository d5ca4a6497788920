import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDictionaryCsv } from '../../../src-shared/dictionaries/parse-csv.ts'
import { isValidAt } from '../../../src-shared/dictionaries/resolve.ts'
import type { DictionaryEntry } from '../../../src-shared/dictionaries/types.ts'
import type { ReadDatabase, SqlRow } from '../database/database.ts'

/** The code tables as the backend knows them: files of the program, with the store's own entries laid over them. */
export type Dictionaries = {
  /** Whether a code stands in a table, also a retired one. */
  readonly hasCode: (dictionary: string, code: string) => boolean
  readonly find: (dictionary: string, code: string) => DictionaryEntry | undefined
  /** The name of a code; the code itself where it is unknown. */
  readonly labelOf: (dictionary: string, code: string) => string
  /** The code and all codes below it, in no particular order. */
  readonly listWithin: (dictionary: string, code: string) => readonly string[]
  /** Every entry, also retired ones; a table of the store may have hundreds of thousands. */
  readonly list: (dictionary: string) => Iterable<DictionaryEntry>
  /** How many entries there are, or a number above `limit` without counting them all. */
  readonly countUpTo: (dictionary: string, limit: number) => number
  /** Tells which codes may be given on a day; undefined when all may. */
  readonly acceptOn: (dictionary: string, day: string) => ((code: string) => boolean) | undefined
  /** Entries that may not be given on a day. */
  readonly countRetired: (dictionary: string, day: string) => number
  /** Changes whenever an entry of the table does. */
  readonly versionOf: (dictionary: string) => string
  readonly names: () => readonly string[]
  /** Reads the store's own entries of these tables again. */
  readonly reload: (read: ReadDatabase, names: readonly string[]) => void
  /** Lines of files that could not be loaded, each as a sentence that names file and line. */
  readonly problems: readonly string[]
}

/** A table of the store with more entries than this stays there and is asked entry by entry. */
const KEPT_IN_MEMORY = 5_000
/** Entries and subtrees of such tables that are remembered. */
const REMEMBERED_ENTRIES = 4_000
const REMEMBERED_SUBTREES = 16

type Table = {
  readonly fromFile: readonly DictionaryEntry[]
  readonly fileHash: string
  /** Entries of the file and, where they are kept in memory, of the store over them. */
  readonly byCode: ReadonlyMap<string, DictionaryEntry>
  /** The store has so many entries that they stay there. */
  readonly isInStore: boolean
  /** Entries that are not always in force. */
  readonly limited: ReadonlyMap<string, DictionaryEntry>
  readonly children: ReadonlyMap<string, readonly string[]>
  readonly stamp: number
  /** What was asked of the store lately; null for a code it does not have. */
  readonly remembered: Map<string, DictionaryEntry | null>
  readonly subtrees: Map<string, readonly string[]>
}

/**
 * Loads every `<name>.csv` of a folder and the entries of the store. A broken row or file is reported in `problems`; the
 * rest loads.
 */
export function loadDictionaries(folder: string, read: ReadDatabase): Dictionaries {
  const tables = new Map<string, Table>()
  const problems: string[] = []
  for (const file of listFiles(folder, problems)) {
    const name = file.replace(/\.csv$/, '')
    try {
      const text = readFileSync(join(folder, file), 'utf8')
      const parsed = parseDictionaryCsv(text)
      for (const problem of parsed.problems) problems.push(`字典 ${file} ${problem.message}`)
      const fileHash = createHash('sha256').update(text).digest('hex').slice(0, 16)
      tables.set(name, tableOf({ fromFile: parsed.entries, fileHash }))
    } catch (error) {
      problems.push(`字典 ${file} 无法读取:${error instanceof Error ? error.message : String(error)}`)
    }
  }

  function reload(database: ReadDatabase, names: readonly string[]): void {
    for (const name of names) tables.set(name, withStoreEntries(database, name, tables.get(name)))
  }
  reload(read, read.pluck<string>('SELECT dictionary FROM dictionary_stamp'))

  function find(dictionary: string, code: string): DictionaryEntry | undefined {
    const table = tables.get(dictionary)
    if (!table?.isInStore) return table?.byCode.get(code)
    const known = table.remembered.get(code)
    if (known !== undefined) return known ?? table.byCode.get(code)
    const row = read.firstOf(`${SELECT_ENTRY} WHERE dictionary = ? AND code = ?`, dictionary, code)
    const entry = row === undefined ? null : entryOf(row)
    remember(table.remembered, REMEMBERED_ENTRIES, code, entry)
    return entry ?? table.byCode.get(code)
  }

  function listWithin(dictionary: string, code: string): readonly string[] {
    const table = tables.get(dictionary)
    if (!table) return [code]
    const known = table.subtrees.get(code)
    if (known) return known
    const found = new Set([code])
    for (const each of found) for (const child of table.children.get(each) ?? []) found.add(child)
    if (table.isInStore) {
      const below = read.pluck<string>(
        `WITH RECURSIVE below (code) AS (
           SELECT value FROM json_each(?)
           UNION
           SELECT entry.code FROM below JOIN dictionary_entry AS entry
             ON entry.dictionary = ? AND entry.parent = below.code
         ) SELECT code FROM below`,
        JSON.stringify([...found]),
        dictionary,
      )
      for (const each of below) found.add(each)
    }
    const list = [...found]
    remember(table.subtrees, REMEMBERED_SUBTREES, code, list)
    return list
  }

  function* list(dictionary: string): Iterable<DictionaryEntry> {
    const table = tables.get(dictionary)
    if (!table) return
    if (!table.isInStore) {
      yield* table.byCode.values()
      return
    }
    let last = ''
    for (;;) {
      const rows = read.allOf(
        `${SELECT_ENTRY} WHERE dictionary = ? AND code > ? ORDER BY code LIMIT 5000`,
        dictionary,
        last,
      )
      for (const row of rows) yield entryOf(row)
      const newest = rows.at(-1)
      if (!newest) break
      last = String(newest['code'])
    }
    // What stands only in the file.
    for (const entry of table.byCode.values())
      if (
        read.pluck('SELECT 1 FROM dictionary_entry WHERE dictionary = ? AND code = ?', dictionary, entry.code)
          .length === 0
      )
        yield entry
  }

  return {
    problems,
    find,
    listWithin,
    list,
    reload,
    hasCode: (dictionary, code) => find(dictionary, code) !== undefined,
    labelOf: (dictionary, code) => find(dictionary, code)?.name ?? code,
    countUpTo: (dictionary, limit) => {
      const table = tables.get(dictionary)
      if (!table) return 0
      return table.isInStore ? Math.max(table.byCode.size, limit + 1) : table.byCode.size
    },
    acceptOn: (dictionary, day) => {
      const limited = tables.get(dictionary)?.limited
      if (!limited || limited.size === 0) return undefined
      return (code) => {
        const entry = limited.get(code)
        return entry === undefined || isValidAt(entry, day)
      }
    },
    countRetired: (dictionary, day) => {
      let count = 0
      for (const entry of tables.get(dictionary)?.limited.values() ?? [])
        if (!isValidAt(entry, day)) count += 1
      return count
    },
    versionOf: (dictionary) => {
      const table = tables.get(dictionary)
      return table ? `${table.fileHash}-${table.stamp}` : 'none'
    },
    names: () => [...tables.keys()],
  }
}

const SELECT_ENTRY = 'SELECT code, name, parent, mnemonic, valid_from, valid_to FROM dictionary_entry'

function withStoreEntries(database: ReadDatabase, name: string, table: Table | undefined): Table {
  const count = Number(
    database.pluck<number>(
      'SELECT count(*) FROM (SELECT 1 FROM dictionary_entry WHERE dictionary = ? LIMIT ?)',
      name,
      KEPT_IN_MEMORY + 1,
    )[0],
  )
  const isInStore = count > KEPT_IN_MEMORY
  const condition = isInStore
    ? 'WHERE dictionary = ? AND (valid_from IS NOT NULL OR valid_to IS NOT NULL)'
    : 'WHERE dictionary = ?'
  const entries = database.allOf(`${SELECT_ENTRY} ${condition}`, name).map(entryOf)
  const stamp =
    database.pluck<number>('SELECT stamp FROM dictionary_stamp WHERE dictionary = ?', name)[0] ?? 0
  return tableOf({
    fromFile: table?.fromFile ?? [],
    fileHash: table?.fileHash ?? 'none',
    fromStore: isInStore ? [] : entries,
    limitedInStore: isInStore ? entries : [],
    isInStore,
    stamp,
  })
}

function tableOf(parts: {
  readonly fromFile: readonly DictionaryEntry[]
  readonly fileHash: string
  readonly fromStore?: readonly DictionaryEntry[]
  readonly limitedInStore?: readonly DictionaryEntry[]
  readonly isInStore?: boolean
  readonly stamp?: number
}): Table {
  const byCode = new Map(parts.fromFile.map((entry) => [entry.code, entry]))
  for (const entry of parts.fromStore ?? []) byCode.set(entry.code, entry)
  const children = new Map<string, string[]>()
  const limited = new Map<string, DictionaryEntry>()
  for (const entry of byCode.values()) {
    if (entry.validFrom !== null || entry.validTo !== null) limited.set(entry.code, entry)
    if (entry.parent === null) continue
    const list = children.get(entry.parent)
    if (list) list.push(entry.code)
    else children.set(entry.parent, [entry.code])
  }
  for (const entry of parts.limitedInStore ?? []) limited.set(entry.code, entry)
  return {
    fromFile: parts.fromFile,
    fileHash: parts.fileHash,
    byCode,
    isInStore: parts.isInStore ?? false,
    limited,
    children,
    stamp: parts.stamp ?? 0,
    remembered: new Map(),
    subtrees: new Map(),
  }
}

function remember<Value>(map: Map<string, Value>, limit: number, key: string, value: Value): void {
  if (map.size >= limit) map.clear()
  map.set(key, value)
}

function listFiles(folder: string, problems: string[]): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.csv'))
      .toSorted()
  } catch (error) {
    problems.push(`字典文件夹 ${folder} 无法读取:${error instanceof Error ? error.message : String(error)}`)
    return []
  }
}

function entryOf(row: SqlRow): DictionaryEntry {
  const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    code: String(row['code']),
    name: String(row['name']),
    parent: textOf(row['parent']),
    mnemonic: textOf(row['mnemonic']),
    validFrom: textOf(row['valid_from']),
    validTo: textOf(row['valid_to']),
  }
}
