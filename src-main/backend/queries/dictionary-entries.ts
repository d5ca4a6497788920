import type { EntryOrigin } from '../../../src-shared/contract/dictionary-types.ts'
import type { DictionaryEntry } from '../../../src-shared/dictionaries/types.ts'
import type { ReadDatabase, SqlRow, WriteDatabase } from '../database/database.ts'

/** Where entries of the store come from. */
type StoredOrigin = Exclude<EntryOrigin, 'program'>

const COLUMNS = 'code, name, parent, mnemonic, valid_from, valid_to, origin'

/** An entry of the store with where it comes from. */
export type StoredEntry = DictionaryEntry & { readonly origin: StoredOrigin }

/** Where each of these entries comes from; those that stand only in a file of the program are left out. */
export function listOrigins(
  read: ReadDatabase,
  dictionary: string,
  codes: readonly string[],
): ReadonlyMap<string, StoredOrigin> {
  const rows = read.allOf(
    `SELECT code, origin FROM dictionary_entry
     WHERE dictionary = ? AND code IN (SELECT value FROM json_each(?))`,
    dictionary,
    JSON.stringify(codes),
  )
  return new Map(rows.map((row) => [String(row['code']), originOf(row)]))
}

/** How many entries no server has sent, by dictionary. */
export function countOwnEntries(
  read: ReadDatabase,
): ReadonlyMap<string, { readonly local: number; readonly demo: number }> {
  const rows = read.allOf(
    `SELECT dictionary, count(*) FILTER (WHERE origin = 'local') AS local, count(*) FILTER (WHERE origin = 'demo') AS demo
     FROM dictionary_entry INDEXED BY dictionary_entry_own WHERE origin <> 'server' GROUP BY dictionary`,
  )
  return new Map(
    rows.map((row) => [
      String(row['dictionary']),
      { local: Number(row['local']), demo: Number(row['demo']) },
    ]),
  )
}

/** An entry of the store. */
export function findStoredEntry(
  read: ReadDatabase,
  dictionary: string,
  code: string,
): StoredEntry | undefined {
  const row = read.firstOf(
    `SELECT ${COLUMNS} FROM dictionary_entry WHERE dictionary = ? AND code = ?`,
    dictionary,
    code,
  )
  return row && toStoredEntry(row)
}

/** Every entry of the store; a kept dictionary has no others. */
export function listStoredEntries(read: ReadDatabase, dictionary: string): readonly StoredEntry[] {
  return read
    .allOf(`SELECT ${COLUMNS} FROM dictionary_entry WHERE dictionary = ? ORDER BY code`, dictionary)
    .map(toStoredEntry)
}

/** Entries of the same name, retired ones included. */
export function listNamesakes(read: ReadDatabase, dictionary: string, name: string): readonly StoredEntry[] {
  return read
    .allOf(`SELECT ${COLUMNS} FROM dictionary_entry WHERE dictionary = ? AND name = ?`, dictionary, name)
    .map(toStoredEntry)
}

/** The highest number behind a prefix among the codes of a dictionary; 0 where there is none. */
export function findLastNumber(read: ReadDatabase, dictionary: string, prefix: string): number {
  // ':' is the sign behind '9': one range of the primary key.
  const [last] = read.pluck<number>(
    `SELECT max(CAST(substr(code, ?) AS INTEGER)) FROM dictionary_entry
     WHERE dictionary = ? AND code >= ? AND code < ?`,
    prefix.length + 1,
    dictionary,
    prefix,
    `${prefix}:`,
  )
  return Number(last ?? 0)
}

/** Adds an entry of the clerk's, or writes it anew. */
export function writeLocalEntry(database: WriteDatabase, dictionary: string, entry: DictionaryEntry): void {
  database.runOf(
    `INSERT INTO dictionary_entry (dictionary, code, name, parent, mnemonic, valid_from, valid_to, origin)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'local')
     ON CONFLICT (dictionary, code) DO UPDATE SET name = excluded.name, parent = excluded.parent,
       mnemonic = excluded.mnemonic, valid_from = excluded.valid_from, valid_to = excluded.valid_to, origin = 'local'`,
    dictionary,
    entry.code,
    entry.name,
    entry.parent,
    entry.mnemonic,
    entry.validFrom,
    entry.validTo,
  )
}

/**
 * Ends the validity of the clerk's entries of a dictionary that the server keeps from now on and does not have: they stay
 * readable and are offered no more. An interval is never turned round.
 * @returns their codes
 */
export function retireLocalEntries(
  database: WriteDatabase,
  dictionary: string,
  lastDay: string,
): readonly string[] {
  const open = database.pluck<string>(
    `SELECT code FROM dictionary_entry INDEXED BY dictionary_entry_own
     WHERE dictionary = ? AND origin <> 'server' AND origin = 'local'
       AND (valid_to IS NULL OR valid_to > max(?, coalesce(valid_from, '')))`,
    dictionary,
    lastDay,
  )
  for (const code of open)
    database.runOf(
      "UPDATE dictionary_entry SET valid_to = max(?, coalesce(valid_from, '')) WHERE dictionary = ? AND code = ?",
      lastDay,
      dictionary,
      code,
    )
  return open
}

function originOf(row: SqlRow): StoredOrigin {
  const origin = row['origin']
  return origin === 'local' || origin === 'demo' ? origin : 'server'
}

function toStoredEntry(row: SqlRow): StoredEntry {
  const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    code: String(row['code']),
    name: String(row['name']),
    parent: textOf(row['parent']),
    mnemonic: textOf(row['mnemonic']),
    validFrom: textOf(row['valid_from']),
    validTo: textOf(row['valid_to']),
    origin: originOf(row),
  }
}
