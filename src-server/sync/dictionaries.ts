import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyDictionaryVersion } from '../../src-shared/dictionaries/apply-version.ts'
import { listDemoDictionaries } from '../../src-shared/demo/district.ts'
import { parseDictionaryCsv } from '../../src-shared/dictionaries/parse-csv.ts'
import type { DictionaryEntry, DictionaryProblem } from '../../src-shared/dictionaries/types.ts'
import type { DictionaryAnswer, DictionaryRequest } from '../../src-shared/contract/server-messages.ts'
import type { ServerDatabase, ServerTransaction } from '../storage/database.ts'
import { insertRows, readSnapshot } from '../storage/engine.ts'
import { ServerSetupError } from '../storage/setup-error.ts'

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
      stored.set(name, { version, names: await readNames(database, name) })
    }
    return known
  }
}

/** Rows read in one step: others are answered between two. */
const STEP = 5_000

async function readNames(database: ServerDatabase, name: string): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  let last = ''
  for (;;) {
    const rows = await database
      .selectFrom('dictionary_entry')
      .select(['code', 'name'])
      .where('dictionary', '=', name)
      .where('code', '>', last)
      .orderBy('code')
      .limit(STEP)
      .execute()
    for (const row of rows) names.set(row.code, row.name)
    const newest = rows.at(-1)
    if (!newest) return names
    last = newest.code
    await new Promise((resolve) => setImmediate(resolve))
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
  return readSnapshot(database, async (transaction) => {
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
      ...(request.wantsTotal === true ? { total: await countChanges(transaction, request) } : {}),
    }
  })
}

async function countChanges(transaction: ServerTransaction, request: DictionaryRequest): Promise<number> {
  const { total } = await transaction
    .selectFrom('dictionary_entry')
    .select((expression) => expression.fn.countAll().as('total'))
    .where('dictionary', '=', request.name)
    .where('version', '>', request.afterVersion)
    .where('code', '>', request.afterCode)
    .executeTakeFirstOrThrow()
  return Number(total)
}

export type DictionaryImport = {
  readonly version: number
  readonly added: number
  readonly changed: number
  readonly retired: number
  readonly problems: readonly DictionaryProblem[]
}

/** Entries written in one transaction: a station that pushes meanwhile waits for one of them at most. */
const ENTRIES_PER_WRITE = 2_000

/**
 * Lays a CSV table over what the server holds: codes are added, changed and retired as of `versionDate`, never removed.
 * Broken lines are named and left out. The new version is told to the stations
 * only when all of it is written; an import that was broken off is run again and writes what is missing.
 *
 * @throws ServerSetupError where no line is good, and where another import of the table was faster
 */
export async function importDictionary(
  database: ServerDatabase,
  name: string,
  csv: string,
  versionDate: string,
): Promise<DictionaryImport> {
  const { entries, problems } = parseDictionaryCsv(csv)
  if (entries.length === 0)
    throw new ServerSetupError(
      [...problems.map((problem) => problem.message), `没有一行可以载入,字典 ${name} 没有改动。`].join('\n'),
    )
  await database
    .insertInto('dictionary')
    .values({ name, version: 0 })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  const { version } = await database
    .selectFrom('dictionary')
    .select('version')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  const rows = await database
    .selectFrom('dictionary_entry')
    .selectAll()
    .where('dictionary', '=', name)
    .execute()
  const { added, changed, retired } = applyDictionaryVersion(rows.map(readEntry), entries, versionDate)
  const written = [...added, ...changed.map((each) => each.after), ...retired.map((each) => each.after)]
  // What an import that was broken off has written already.
  const isBegun = rows.some((row) => row.version > version)
  const next = written.length === 0 && !isBegun ? version : version + 1
  for (let start = 0; start < written.length; start += ENTRIES_PER_WRITE) {
    const chunk = written.slice(start, start + ENTRIES_PER_WRITE)
    await database.transaction().execute((transaction) => writeEntries(transaction, name, chunk, next))
  }
  const { numUpdatedRows } = await database
    .updateTable('dictionary')
    .set({ version: next })
    .where('name', '=', name)
    .where('version', '=', version)
    .executeTakeFirst()
  if (numUpdatedRows === 0n)
    throw new ServerSetupError(`字典 ${name} 同时有另一个导入在进行,结果可能混在一起。请再导入一次。`)
  return {
    version: next,
    added: added.length,
    changed: changed.length,
    retired: retired.length,
    problems,
  }
}

const ENTRY_COLUMNS = [
  'dictionary',
  'code',
  'name',
  'parent',
  'mnemonic',
  'valid_from',
  'valid_to',
  'version',
] as const

function writeEntries(
  transaction: ServerTransaction,
  dictionary: string,
  entries: readonly DictionaryEntry[],
  version: number,
): Promise<void> {
  return insertRows(
    transaction,
    'dictionary_entry',
    ENTRY_COLUMNS,
    entries.map((entry) => [
      dictionary,
      entry.code,
      entry.name,
      entry.parent,
      entry.mnemonic,
      entry.validFrom,
      entry.validTo,
      version,
    ]),
    `ON CONFLICT (dictionary, code) DO UPDATE SET ${ENTRY_COLUMNS.slice(2)
      .map((column) => `${column} = excluded.${column}`)
      .join(', ')}`,
  )
}

/** Lines of text: the tables the server gives out, with their versions. */
export async function listDictionaries(database: ServerDatabase): Promise<readonly string[]> {
  const rows = await database
    .selectFrom('dictionary')
    .leftJoin('dictionary_entry', 'dictionary_entry.dictionary', 'dictionary.name')
    .select((expression) => [
      'dictionary.name as name',
      'dictionary.version as version',
      expression.fn.count('dictionary_entry.code').as('entries'),
      expression.fn.count('dictionary_entry.valid_to').as('limited'),
    ])
    .groupBy(['dictionary.name', 'dictionary.version'])
    .orderBy('dictionary.name')
    .execute()
  return rows.map(
    (row) =>
      `字典 ${row.name} 第${row.version}版 ${Number(row.entries)}条,其中${Number(row.limited)}条有停用日期`,
  )
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
