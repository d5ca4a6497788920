import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDictionaryCsv } from '../../../src-shared/dictionaries/parse-csv.ts'
import { listPathNames } from '../../../src-shared/dictionaries/resolve.ts'
import type { DictionaryEntry } from '../../../src-shared/dictionaries/types.ts'
import type { ReadDatabase } from '../database/database.ts'

/** The code tables as the backend knows them: files of the program, with the store's own entries laid over them. */
export type Dictionaries = {
  /** Whether a code stands in a table, also a retired one. */
  readonly hasCode: (dictionary: string, code: string) => boolean
  readonly find: (dictionary: string, code: string) => DictionaryEntry | undefined
  /** The name of a code; the code itself where it is unknown. */
  readonly labelOf: (dictionary: string, code: string) => string
  /** Names above a code, outermost first, without its own. */
  readonly pathAbove: (dictionary: string, code: string) => readonly string[]
  /** The code and all codes below it, in no particular order. */
  readonly listWithin: (dictionary: string, code: string) => readonly string[]
  readonly list: (dictionary: string) => readonly DictionaryEntry[]
  readonly names: () => readonly string[]
  /** Reads the store's own entries of these tables again. */
  readonly reload: (read: ReadDatabase, names: readonly string[]) => void
  /** Lines of files that could not be loaded, each as a sentence that names file and line. */
  readonly problems: readonly string[]
}

type Table = {
  /** Entries of the file; the store's entries lie over them. */
  readonly fromFile: readonly DictionaryEntry[]
  readonly byCode: Map<string, DictionaryEntry>
  children: Map<string, string[]> | undefined
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
      const parsed = parseDictionaryCsv(readFileSync(join(folder, file), 'utf8'))
      for (const problem of parsed.problems) problems.push(`字典 ${file} ${problem.message}`)
      tables.set(name, tableOf(parsed.entries))
    } catch (error) {
      problems.push(`字典 ${file} 无法读取:${error instanceof Error ? error.message : String(error)}`)
    }
  }
  function tableFor(name: string): Table {
    const known = tables.get(name)
    if (known) return known
    const table = tableOf([])
    tables.set(name, table)
    return table
  }
  function reload(database: ReadDatabase, names: readonly string[]): void {
    for (const name of names) {
      const table = tableOf(tableFor(name).fromFile)
      tables.set(name, table)
      const rows = database.allOf(
        'SELECT code, name, parent, mnemonic, valid_from, valid_to FROM dictionary_entry WHERE dictionary = ?',
        name,
      )
      for (const row of rows) table.byCode.set(String(row['code']), entryOf(row))
    }
  }
  reload(read, read.pluck<string>('SELECT DISTINCT dictionary FROM dictionary_entry'))

  function childrenOf(table: Table): Map<string, string[]> {
    if (table.children) return table.children
    const children = new Map<string, string[]>()
    for (const entry of table.byCode.values()) {
      if (entry.parent === null) continue
      const list = children.get(entry.parent)
      if (list) list.push(entry.code)
      else children.set(entry.parent, [entry.code])
    }
    table.children = children
    return children
  }

  return {
    problems,
    hasCode: (dictionary, code) => tables.get(dictionary)?.byCode.has(code) ?? false,
    find: (dictionary, code) => tables.get(dictionary)?.byCode.get(code),
    labelOf: (dictionary, code) => tables.get(dictionary)?.byCode.get(code)?.name ?? code,
    pathAbove: (dictionary, code) => {
      const table = tables.get(dictionary)
      return table ? listPathNames(table.byCode, code).slice(0, -1) : []
    },
    listWithin: (dictionary, code) => {
      const table = tables.get(dictionary)
      const found = new Set([code])
      if (!table) return [code]
      const children = childrenOf(table)
      for (const each of found) for (const child of children.get(each) ?? []) found.add(child)
      return [...found]
    },
    list: (dictionary) => [...(tables.get(dictionary)?.byCode.values() ?? [])],
    names: () => [...tables.keys()],
    reload,
  }
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

function tableOf(entries: readonly DictionaryEntry[]): Table {
  return {
    fromFile: entries,
    byCode: new Map(entries.map((entry) => [entry.code, entry])),
    children: undefined,
  }
}

function entryOf(row: Readonly<Record<string, unknown>>): DictionaryEntry {
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
