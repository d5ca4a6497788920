import type {
  DictionaryEntryDetail,
  DictionaryRow,
  DictionaryRows,
  DictionarySummary,
  EntryUse,
  LocalEntries,
} from '../../../src-shared/contract/dictionary-types.ts'
import { isValidAt } from '../../../src-shared/dictionaries/resolve.ts'
import {
  dictionaryLabelOf,
  KEPT_DICTIONARIES,
  listLabelledDictionaries,
  parentDictionaryOf,
} from '../../../src-shared/dictionaries/tables.ts'
import type { DictionaryEntry } from '../../../src-shared/dictionaries/types.ts'
import { describeUses, listDictionaryUses } from '../../../src-shared/dictionaries/uses.ts'
import { initialsOf } from '../../../src-shared/pinyin/initials.ts'
import type { DictionarySource } from '../lookup/dictionary-sources.ts'
import type { LookupSources } from '../lookup/lookup-sources.ts'
import { countOwnEntries, listOrigins } from '../queries/dictionary-entries.ts'
import { readSyncState } from '../sync/sync-state.ts'
import type { Context } from './context.ts'
import { findEntryRefusal, findKeepingRefusal } from './keep-dictionary.ts'
import type { RecordQueries } from './query-records.ts'
import { RequestRefusal } from './request-failure.ts'

type Lookups = Pick<LookupSources, 'listCodes' | 'countEntries'>
type EntryList = { readonly name: string; readonly query: string; readonly showsRetired: boolean }

const COPY_LIMIT = 100_000
/** Rows of a copy read in one step, so that a save comes in between. */
const COPY_STEP = 1_000
/** Most initials listed of one name; one entry's own facts have them all. */
const SHOWN_INITIALS = 2

/** Every dictionary with its size, its source and whom it serves, in the order of the Chinese names. */
export async function listDictionaries(
  context: Context,
  lookups: Lookups,
  sources: ReadonlyMap<string, DictionarySource>,
): Promise<readonly DictionarySummary[]> {
  const { dictionaries, store, clock } = context
  const state = readSyncState(store.read)
  const own = countOwnEntries(store.read)
  const today = clock.today()
  // A kept one is there before it has any entry.
  const names = new Set([...dictionaries.names(), ...KEPT_DICTIONARIES])
  const summaries: DictionarySummary[] = []
  for (const name of names) {
    const version = state.dictionaries[name]
    const parent = parentDictionaryOf(name)
    const label = dictionaryLabelOf(name)
    summaries.push({
      name,
      label,
      initials: initialsOf(label),
      entryCount: await lookups.countEntries(name),
      retiredCount: dictionaries.countRetired(name, today),
      file: sources.get(name) ?? null,
      server: version === undefined ? null : { version, fetchedAt: state.dictionaryFetchedAt[name] ?? null },
      localCount: own.get(name)?.local ?? 0,
      demoCount: own.get(name)?.demo ?? 0,
      uses: describeUses(name),
      parentLabel: parent === name ? null : dictionaryLabelOf(parent),
      refusal: findKeepingRefusal(context, name),
    })
  }
  return summaries.sort((left, right) => collator.compare(left.label, right.label))
}

const collator = new Intl.Collator('zh-CN')

/** A page of entries, found and ordered as the look-up does. */
export async function listDictionaryEntries(
  context: Context,
  lookups: Lookups,
  input: EntryList & { readonly offset: number; readonly limit: number },
): Promise<DictionaryRows> {
  assertKnown(context, input.name)
  const { codes, ...rest } = await lookups.listCodes(input)
  return { rows: rowsOf(context, input.name, codes), ...rest }
}

/** The selected entries as tab-separated text with a header line. @throws RequestRefusal `notPossible` above 100,000 */
export async function copyDictionaryEntries(
  context: Context,
  lookups: Lookups,
  input: EntryList & { readonly ranges: readonly (readonly [number, number])[] },
): Promise<{ readonly text: string; readonly count: number }> {
  assertKnown(context, input.name)
  const wanted = input.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  if (wanted > COPY_LIMIT)
    throw new RequestRefusal('notPossible', `一次最多复制 ${COPY_LIMIT} 条,现选了 ${wanted} 条,请缩小选择。`)
  const parent = parentDictionaryOf(input.name)
  const lines = [
    ['代码', '名称', '首字母', parent === input.name ? '上级' : dictionaryLabelOf(parent)]
      .concat('上级代码', '助记码', '启用日期', '停用日期', '来源')
      .join('\t'),
  ]
  for (const [first, last] of input.ranges) {
    for (let offset = first; offset <= last; offset += COPY_STEP) {
      const { codes } = await lookups.listCodes({
        ...input,
        offset,
        limit: Math.min(COPY_STEP, last - offset + 1),
      })
      for (const row of rowsOf(context, input.name, codes))
        lines.push(
          [row.code, row.name, row.initials, row.parentName, row.parentCode, row.mnemonic]
            .concat(row.validFrom, row.validTo, ORIGIN_LABELS[row.origin])
            .map((cell) => cell.replaceAll(/[\t\r\n]/g, ' '))
            .join('\t'),
        )
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { text: lines.join('\r\n'), count: lines.length - 1 }
}

const ORIGIN_LABELS: Readonly<Record<DictionaryRow['origin'], string>> = {
  program: '随程序',
  server: '服务器',
  local: '本机',
  demo: '演示',
}

/** One entry with what stands above it. @throws RequestRefusal `notFound` */
export function getDictionaryEntry(
  context: Context,
  input: { readonly name: string; readonly code: string },
): DictionaryEntryDetail {
  const { name, code } = input
  const entry = getEntry(context, name, code)
  const [row] = rowsOf(context, name, [code])
  if (!row) throw unknownEntry(name, code)
  return {
    row,
    path: listPath(context, name, entry),
    initials: initialsOf(entry.name),
    refusal: findKeepingRefusal(context, name) ?? findEntryRefusal(row.origin),
  }
}

/** Names from the top down to the entry; a missing parent or a circle ends the path. */
function listPath(context: Context, name: string, entry: DictionaryEntry): readonly string[] {
  const names = [entry.name]
  let dictionary = name
  let { parent } = entry
  while (parent !== null && names.length < 10) {
    dictionary = parentDictionaryOf(dictionary)
    const above = context.dictionaries.find(dictionary, parent)
    if (!above) break
    names.unshift(above.name)
    parent = above.parent
  }
  return names
}

/**
 * How many records hold a code, active and cancelled ones, field by field. The whole result of a query is counted, on the
 * thread of the queries; what no query can ask for is not counted.
 */
export async function countEntryUses(
  context: Context,
  queries: Pick<RecordQueries, 'count'>,
  input: { readonly name: string; readonly code: string },
): Promise<readonly EntryUse[]> {
  getEntry(context, input.name, input.code)
  const uses: EntryUse[] = []
  for (const { register, registerLabel, field, label, operator } of listDictionaryUses(input.name)) {
    const condition = operator && { field, operator, value: input.code }
    const counted = condition && {
      register,
      conditions: [condition],
      statuses: ['active', 'cancelled'] as const,
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' as const },
    }
    uses.push({
      register: registerLabel,
      label,
      count: counted ? (await queries.count(counted)).total : null,
    })
  }
  return uses
}

/** Entries made on this machine, by dictionary; empty where there are none. */
export function listLocalEntries(context: Context): LocalEntries {
  return [...countOwnEntries(context.store.read)].flatMap(([name, { local }]) =>
    local === 0 ? [] : [{ label: dictionaryLabelOf(name), count: local }],
  )
}

function rowsOf(context: Context, name: string, codes: readonly string[]): readonly DictionaryRow[] {
  const { dictionaries, store, clock } = context
  const today = clock.today()
  const origins = listOrigins(store.read, name, codes)
  const parent = parentDictionaryOf(name)
  return codes.flatMap((code): readonly DictionaryRow[] => {
    const entry = dictionaries.find(name, code)
    if (!entry) return []
    return [
      {
        code,
        name: entry.name,
        initials: initialsOf(entry.name).slice(0, SHOWN_INITIALS).join(' '),
        parentCode: entry.parent ?? '',
        parentName: entry.parent === null ? '' : dictionaries.labelOf(parent, entry.parent),
        mnemonic: entry.mnemonic ?? '',
        validFrom: entry.validFrom ?? '',
        validTo: entry.validTo ?? '',
        isInForce: isValidAt(entry, today),
        origin: origins.get(code) ?? 'program',
      },
    ]
  })
}

function getEntry(context: Context, name: string, code: string): DictionaryEntry {
  assertKnown(context, name)
  const entry = context.dictionaries.find(name, code)
  if (!entry) throw unknownEntry(name, code)
  return entry
}

function unknownEntry(name: string, code: string): RequestRefusal {
  return new RequestRefusal(
    'notFound',
    `字典「${dictionaryLabelOf(name)}」中没有代码「${code}」,请刷新后重试。`,
  )
}

function assertKnown(context: Context, name: string): void {
  if (!listLabelledDictionaries().includes(name) && !context.dictionaries.names().includes(name))
    throw new RequestRefusal('notFound', `没有字典「${name}」,请刷新后重试。`)
}
