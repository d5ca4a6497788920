import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyDictionaryVersion } from '../../src-shared/dictionaries/apply-version.ts'
import { listDemoDictionaries } from '../../src-shared/demo/district.ts'
import { parseDictionaryCsv } from '../../src-shared/dictionaries/parse-csv.ts'
import type { DictionaryEntry, DictionaryProblem } from '../../src-shared/dictionaries/types.ts'
import type { DictionaryAnswer, DictionaryRequest } from '../../src-shared/contract/server-messages.ts'
import type { ServerDatabase, ServerTransaction } from '../storage/database.ts'

/** Code → name of the tables that come with the program (`dictionaries/*.csv`). */
export type DictionaryFiles = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Reads the tables that come with the program. A missing folder is no table. */
export function readDictionaryFiles(folder: string): DictionaryFiles {
  const tables = new Map<string, ReadonlyMap<string, string>>()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.csv'))) {
    const { entries } = parseDictionaryCsv(readFileSync(join(folder, file), 'utf8'))
    tables.set(file.slice(0, -'.csv'.length), new Map(entries.map((entry) => [entry.code, entry.name])))
  }
  return tables
}

/** The codes the server knows, at the moment they were asked for. */
export type KnownCodes = {
  /** Whether the code may stand in a record. A dictionary of which the server holds nothing cannot be judged by it. */
  readonly hasCode: (dictionary: string, code: string) => boolean
  readonly findName: (dictionary: string, code: string) => string | undefined
}

/** Answers the known codes; what the database holds is read again only when a dictionary's version has changed. */
export function createCodeReader(
  database: ServerDatabase,
  files: DictionaryFiles,
): () => Promise<KnownCodes> {
  const stored = new Map<string, { version: number; names: ReadonlyMap<string, string> }>()
  // A new server is tried out with the demo district; its invented codes meet no real one.
  const { division, community, street } = listDemoDictionaries()
  const demo = new Map(
    Object.entries({ division, community, street }).map(([name, entries]) => [
      name,
      new Map(entries.map((entry) => [entry.code, entry.name])),
    ]),
  )
  const findName = (dictionary: string, code: string): string | undefined =>
    stored.get(dictionary)?.names.get(code) ??
    files.get(dictionary)?.get(code) ??
    demo.get(dictionary)?.get(code)
  const known: KnownCodes = {
    hasCode: (dictionary, code) =>
      findName(dictionary, code) !== undefined || (!stored.has(dictionary) && !files.has(dictionary)),
    findName,
  }
  return async () => {
    for (const [name, version] of Object.entries(await listDictionaryVersions(database))) {
      if (stored.get(name)?.version === version || version === 0) continue
      const rows = await database
        .selectFrom('dictionary_entry')
        .select(['code', 'name'])
        .where('dictionary', '=', name)
        .execute()
      stored.set(name, { version, names: new Map(rows.map((row) => [row.code, row.name])) })
    }
    return known
  }
}

/** Version by name of what the server gives out. */
export async function listDictionaryVersions(
  database: ServerDatabase,
): Promise<Readonly<Record<string, number>>> {
  const rows = await database.selectFrom('dictionary').selectAll().execute()
  return Object.fromEntries(rows.map((row) => [row.name, row.version]))
}

/** One page of the entries that changed after a version. */
export async function listDictionaryChanges(
  database: ServerDatabase,
  request: DictionaryRequest,
): Promise<DictionaryAnswer> {
  // A code that is added while pages are read belongs to a later version: the caller asks again with the version of the first page.
  return database.transaction().execute(async (transaction) => {
    const dictionary = await transaction
      .selectFrom('dictionary')
      .select('version')
      .where('name', '=', request.name)
      .executeTakeFirst()
    const rows = await transaction
      .selectFrom('dictionary_entry')
      .selectAll()
      .where('dictionary', '=', request.name)
      .where('version', '>', request.afterVersion)
      .where('code', '>', request.afterCode)
      .orderBy('code')
      .limit(request.limit + 1)
      .execute()
    return {
      version: dictionary?.version ?? 0,
      entries: rows.slice(0, request.limit).map(readEntry),
      more: rows.length > request.limit,
    }
  })
}

export type DictionaryImport = {
  readonly version: number
  readonly added: number
  readonly changed: number
  readonly retired: number
  readonly problems: readonly DictionaryProblem[]
}

/**
 * Lays a CSV table over what the server holds: codes are added, changed and retired as of `versionDate`, never removed.
 * Broken lines are named and left out; a table without any good line changes nothing.
 */
export async function importDictionary(
  database: ServerDatabase,
  name: string,
  csv: string,
  versionDate: string,
): Promise<DictionaryImport> {
  const { entries, problems } = parseDictionaryCsv(csv)
  return database.transaction().execute(async (transaction) => {
    // Written even where it is there: two imports of one table at once follow each other.
    const { version } = await transaction
      .insertInto('dictionary')
      .values({ name, version: 0 })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ name }))
      .returning('version')
      .executeTakeFirstOrThrow()
    const rows = await transaction
      .selectFrom('dictionary_entry')
      .selectAll()
      .where('dictionary', '=', name)
      .execute()
    if (entries.length === 0) return { version, added: 0, changed: 0, retired: 0, problems }
    const { added, changed, retired } = applyDictionaryVersion(rows.map(readEntry), entries, versionDate)
    const written = [...added, ...changed.map((each) => each.after), ...retired.map((each) => each.after)]
    const next = written.length === 0 ? version : version + 1
    await writeEntries(transaction, name, written, next)
    await transaction.updateTable('dictionary').set({ version: next }).where('name', '=', name).execute()
    return {
      version: next,
      added: added.length,
      changed: changed.length,
      retired: retired.length,
      problems,
    }
  })
}

async function writeEntries(
  transaction: ServerTransaction,
  dictionary: string,
  entries: readonly DictionaryEntry[],
  version: number,
): Promise<void> {
  for (let start = 0; start < entries.length; start += 500) {
    await transaction
      .insertInto('dictionary_entry')
      .values(
        entries.slice(start, start + 500).map((entry) => ({
          dictionary,
          code: entry.code,
          name: entry.name,
          parent: entry.parent,
          mnemonic: entry.mnemonic,
          valid_from: entry.validFrom,
          valid_to: entry.validTo,
          version,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['dictionary', 'code']).doUpdateSet((expression) => ({
          name: expression.ref('excluded.name'),
          parent: expression.ref('excluded.parent'),
          mnemonic: expression.ref('excluded.mnemonic'),
          valid_from: expression.ref('excluded.valid_from'),
          valid_to: expression.ref('excluded.valid_to'),
          version: expression.ref('excluded.version'),
        })),
      )
      .execute()
  }
}

function readEntry(row: {
  readonly code: string
  readonly name: string
  readonly parent: string | null
  readonly mnemonic: string | null
  readonly valid_from: string | null
  readonly valid_to: string | null
}): DictionaryEntry {
  return {
    code: row.code,
    name: row.name,
    parent: row.parent,
    mnemonic: row.mnemonic,
    validFrom: row.valid_from,
    validTo: row.valid_to,
  }
}
