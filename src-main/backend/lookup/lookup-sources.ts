import type { LookupEntry, LookupPage, LookupSource } from '../../../src-shared/contract/types.ts'
import { RECENCY_LIMIT, touchRecent } from '../../../src-shared/pinyin/recency.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { LOOKUP_REGISTER_NAMES, type LookupRegisterName } from '../../../src-shared/fields/field.ts'
import { build } from '../database/database.ts'
import { listRecords } from '../queries/record-row.ts'
import type { Context } from '../services/context.ts'
import type { LookupBuilder } from './lookup-builder.ts'
import type { LookupIndex, LookupOptions, LookupResult, LookupRow } from './lookup-index.ts'
import { rowMaker, rowsOfRecords } from './lookup-rows.ts'
import { isSearchedInStore, searchRecords } from './search-records.ts'

/** Additions after which an index is built anew in a quiet moment. */
const REBUILD_AFTER = 2_000
/** A code table with more entries is built anew while the previous index answers. */
const SMALL = 2_000

/** The look-ups of all dictionaries and look-up registers. */
export type LookupSources = {
  readonly search: (input: {
    readonly source: LookupSource
    readonly query: string
    readonly offset: number
    readonly limit: number
    readonly parent?: string | undefined
    readonly orWithoutParent?: boolean | undefined
    readonly preferredParent?: string | undefined
    readonly onDate?: string | undefined
  }) => Promise<LookupPage>
  readonly entries: (source: LookupSource, codes: readonly string[]) => Promise<readonly LookupEntry[]>
  readonly taken: (source: LookupSource, code: string) => Promise<void>
  /** Records were stored: those of look-up registers are added, renamed or taken out. An empty list means many. */
  readonly recordsStored: (register: RegisterName, ids: readonly string[]) => void
  /** Entries of these dictionaries changed. */
  readonly dictionariesStored: (names: readonly string[]) => void
  /** A few entries of one were added or changed: resolved when a look-up finds them so. `isNew`: no record holds them yet. */
  readonly entriesStored: (name: string, codes: readonly string[], isNew: boolean) => Promise<void>
  /** The codes of a table in their order, or those that fit a text, best first; retired ones only where asked for. */
  readonly listCodes: (input: {
    readonly name: string
    readonly query: string
    readonly offset: number
    readonly limit: number
    readonly showsRetired: boolean
  }) => Promise<CodePage>
  readonly countEntries: (name: string) => Promise<number>
  /** Builds, one after the other and in steps, what will be asked for. */
  readonly warmUp: () => Promise<void>
}

/** `isCut`: very many fit the text, and only the best of them are listed. */
export type CodePage = {
  readonly codes: readonly string[]
  readonly total: number
  readonly isCut: boolean
}

/** So many rows are looked at one by one (40 ms) to know all that fit a text; of more the best are listed. */
const COUNTED_ROWS = 10_000
const BEST_ROWS = 200

function isLookupRegister(name: RegisterName): name is LookupRegisterName {
  return LOOKUP_REGISTER_NAMES.some((each) => each === name)
}

function nameOfSource(source: LookupSource): string {
  return `${source.kind}:${source.name}`
}

/** The look-up of one source. */
type Entry = {
  /** What answers; while it is built anew the previous one goes on answering. */
  index: Promise<LookupIndex>
  /** Records stored while a build runs, which it may have missed; undefined when none runs. */
  missed: Set<string> | undefined
}

export function createLookupSources(context: Context, builder: LookupBuilder): LookupSources {
  const entries = new Map<string, Entry>()
  /** Recency scores by account and source; read from the store once. */
  const recents = new Map<string, Map<string, number>>()

  function indexOf(source: LookupSource): Promise<LookupIndex> {
    const name = nameOfSource(source)
    const known = entries.get(name)
    if (known) return known.index
    const missed = new Set<string>()
    const entry: Entry = { index: buildWith(source, missed), missed }
    entries.set(name, entry)
    entry.index.then(
      () => {
        entry.missed = undefined
      },
      () => {
        // The next look-up tries again.
        if (entries.get(name) === entry) entries.delete(name)
      },
    )
    return entry.index
  }

  /** A million people in memory would cost more than they are looked up; an index that stands goes on answering. */
  function isInStore(source: LookupSource): source is Extract<LookupSource, { readonly kind: 'register' }> {
    return (
      source.kind === 'register' &&
      !entries.has(nameOfSource(source)) &&
      isSearchedInStore(context, source.name)
    )
  }

  async function buildWith(source: LookupSource, missed: ReadonlySet<string>): Promise<LookupIndex> {
    const index = await builder.build(source)
    if (source.kind === 'register') update(index, source.name, [...missed])
    else addEntries(index, source.name, [...missed])
    return index
  }

  function addEntries(index: LookupIndex, name: string, codes: readonly string[]): void {
    const toRow = rowMaker(context.dictionaries, name)
    for (const code of codes) {
      const entry = context.dictionaries.find(name, code)
      if (entry) index.addRow(toRow(entry))
    }
  }

  /** The same question has the same function, by which the index knows a result that it has found already. */
  const accepted = new Map<string, { readonly key: string; readonly accept: LookupOptions['accept'] }>()
  function acceptOf(name: string): LookupOptions['accept'] {
    const day = context.clock.today()
    const key = `${day} ${context.dictionaries.versionOf(name)}`
    const known = accepted.get(name)
    if (known?.key === key) return known.accept
    const accept = context.dictionaries.acceptOn(name, day)
    accepted.set(name, { key, accept })
    return accept
  }

  /** What is made of the entries of a table: paths of those below them, addresses of dwellings. */
  function renewWhatNames(names: readonly string[]): void {
    if (names.includes('community') && !names.includes('street'))
      renewSource({ kind: 'dictionary', name: 'street' })
    if (names.some((name) => name === 'street' || name === 'community'))
      renewSource({ kind: 'register', name: 'dwelling' })
  }

  function recentsOf(source: string): Map<string, number> {
    const accountName = context.account()?.accountName ?? ''
    const key = `${accountName}\n${source}`
    const known = recents.get(key)
    if (known) return known
    const rows = context.store.read.all(
      build
        .selectFrom('lookupRecent')
        .select(['code', 'score'])
        .where('accountName', '=', accountName)
        .where('source', '=', source),
    )
    const scores = new Map(rows.map((row) => [row.code, row.score]))
    recents.set(key, scores)
    return scores
  }

  /** Adds, renames or takes out the rows of records as they stand now. */
  function update(index: LookupIndex, register: LookupRegisterName, ids: readonly string[]): void {
    const active = listRecords(context.store.read, register, ids).filter(
      (record) => record.status === 'active',
    )
    const activeIds = new Set(active.map((record) => record.id))
    for (const id of ids) if (!activeIds.has(id)) index.removeRow(id)
    for (const row of rowsOfRecords(context.store.read, context.dictionaries, register, active))
      index.addRow(row)
  }

  async function refresh(register: LookupRegisterName, ids: readonly string[]): Promise<void> {
    const source: LookupSource = { kind: 'register', name: register }
    const entry = entries.get(nameOfSource(source))
    if (!entry) return
    for (const id of ids) entry.missed?.add(id)
    const index = await entry.index
    update(index, register, ids)
    if (index.changeCount > REBUILD_AFTER && !entry.missed) await rebuild(source, entry)
    context.emit('lookup.changed', { source })
  }

  /** Very many records were stored: reading all of them anew on the builder's thread is less than adding each here. */
  async function renew(register: LookupRegisterName): Promise<void> {
    const source: LookupSource = { kind: 'register', name: register }
    const entry = entries.get(nameOfSource(source))
    if (!entry) return
    // A build that runs may have begun before them.
    await entry.index
    await rebuild(source, entry)
    context.emit('lookup.changed', { source })
  }

  async function rebuild(source: LookupSource, entry: Entry): Promise<void> {
    const missed = new Set<string>()
    entry.missed = missed
    try {
      const next = await buildWith(source, missed)
      entry.index = Promise.resolve(next)
    } finally {
      entry.missed = undefined
    }
  }

  /** Builds a look-up anew where there is one; until it stands the previous one answers. */
  function renewSource(source: LookupSource): void {
    const name = nameOfSource(source)
    const entry = entries.get(name)
    if (!entry) {
      context.emit('lookup.changed', { source })
      return
    }
    entry.index
      .then(() => rebuild(source, entry))
      .catch((error: unknown) => {
        // The next look-up builds it.
        if (entries.get(name) === entry) entries.delete(name)
        context.log(`look-up of ${name}: ${error instanceof Error ? error.message : String(error)}`)
      })
      .finally(() => context.emit('lookup.changed', { source }))
  }

  return {
    search: async ({ source, query, offset, limit, parent, orWithoutParent, preferredParent, onDate }) => {
      if (isInStore(source))
        return searchRecords(context, source.name, {
          query,
          offset,
          limit,
          recents: recentsOf(nameOfSource(source)),
        })
      const index = await indexOf(source)
      const day = onDate ?? context.clock.today()
      // Retired codes stay known but are not offered.
      const accept =
        source.kind === 'dictionary' ? context.dictionaries.acceptOn(source.name, day) : undefined
      const result = index.search(query, {
        limit,
        offset,
        recents: recentsOf(nameOfSource(source)),
        ...(accept ? { accept } : {}),
        ...(parent === undefined ? {} : { parentPrefix: parent }),
        ...(orWithoutParent === true ? { orWithoutParent } : {}),
        ...(preferredParent === undefined ? {} : { preferredPrefix: preferredParent }),
      })
      return {
        entries: result.matches.map((match) => ({
          code: match.code,
          name: match.name,
          parentPath: match.parentPath,
          ranges: match.ranges,
        })),
        total: result.total,
        isTotalExact: result.isTotalExact,
      }
    },
    entries: async (source, codes) => {
      if (source.kind === 'register') {
        // Also of cancelled records: a form shows what a record refers to, whatever became of it.
        const records = listRecords(context.store.read, source.name, codes)
        const rows = new Map(
          rowsOfRecords(context.store.read, context.dictionaries, source.name, records).map((row) => [
            row.code,
            row,
          ]),
        )
        return codes.flatMap((code) => entryOf(rows.get(code)))
      }
      const index = await indexOf(source)
      return codes.flatMap((code) => entryOf(index.find(code)))
    },
    taken: async (source, code) => {
      const name = nameOfSource(source)
      const at = context.clock.now()
      const accountName = context.account()?.accountName ?? ''
      const before = recentsOf(name)
      const scores = touchRecent(before, code, at)
      recents.set(`${accountName}\n${name}`, scores)
      const dropped = [...before.keys()].filter((each) => !scores.has(each))
      await context.store.write((database) => {
        database.runOf(
          'INSERT OR REPLACE INTO lookup_recent (account_name, source, code, score, at) VALUES (?, ?, ?, ?, ?)',
          accountName,
          name,
          code,
          scores.get(code) ?? 0,
          at,
        )
        for (const each of dropped.slice(0, RECENCY_LIMIT)) {
          database.runOf(
            'DELETE FROM lookup_recent WHERE account_name = ? AND source = ? AND code = ?',
            accountName,
            name,
            each,
          )
        }
      })
    },
    recordsStored: (register, ids) => {
      if (!isLookupRegister(register)) return
      if (ids.length === 0) {
        entries.delete(nameOfSource({ kind: 'register', name: register }))
        context.emit('lookup.changed', { source: { kind: 'register', name: register } })
        return
      }
      const work = ids.length > REBUILD_AFTER ? renew(register) : refresh(register, ids)
      work.catch((error: unknown) => {
        // The next look-up reads the register anew.
        entries.delete(nameOfSource({ kind: 'register', name: register }))
        context.log(`look-up of ${register}: ${error instanceof Error ? error.message : String(error)}`)
      })
    },
    dictionariesStored: (names) => {
      for (const name of names) {
        const source: LookupSource = { kind: 'dictionary', name }
        if (context.dictionaries.countUpTo(name, SMALL) > SMALL) renewSource(source)
        else {
          // Built in a few milliseconds by the next look-up.
          entries.delete(nameOfSource(source))
          context.emit('lookup.changed', { source })
        }
      }
      renewWhatNames(names)
    },
    entriesStored: async (name, codes, isNew) => {
      const source: LookupSource = { kind: 'dictionary', name }
      const entry = entries.get(nameOfSource(source))
      if (entry) {
        for (const code of codes) entry.missed?.add(code)
        const index = await entry.index
        addEntries(index, name, codes)
        if (index.changeCount > REBUILD_AFTER && !entry.missed) renewSource(source)
      }
      context.emit('lookup.changed', { source })
      if (!isNew) renewWhatNames([name])
    },
    listCodes: async ({ name, query, offset, limit, showsRetired }) => {
      const index = await indexOf({ kind: 'dictionary', name })
      const accept = showsRetired ? undefined : acceptOf(name)
      const find = (from: number, most: number, exactTotal: boolean): LookupResult =>
        index.search(query, { offset: from, limit: most, exactTotal, ...(accept ? { accept } : {}) })
      // The first page says cheaply how many there may be.
      const first = query.trim() === '' || index.size <= COUNTED_ROWS ? undefined : find(0, limit, false)
      if (first === undefined || first.isTotalExact || first.total <= COUNTED_ROWS) {
        const { matches, total } = find(offset, limit, true)
        return { codes: matches.map(({ code }) => code), total, isCut: false }
      }
      const most = Math.min(limit, BEST_ROWS - offset)
      const matches = most <= 0 ? [] : find(offset, most, false).matches
      return { codes: matches.map(({ code }) => code), total: BEST_ROWS, isCut: true }
    },
    countEntries: async (name) => (await indexOf({ kind: 'dictionary', name })).size,
    warmUp: async () => {
      for (const name of LOOKUP_REGISTER_NAMES) {
        const source: LookupSource = { kind: 'register', name }
        if (!isInStore(source)) await indexOf(source)
      }
      for (const name of context.dictionaries.names()) {
        await indexOf({ kind: 'dictionary', name })
        // A few milliseconds each: a save in between does not wait for all of them.
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

function entryOf(row: LookupRow | undefined): readonly LookupEntry[] {
  if (!row) return []
  return [{ code: row.code, name: row.name, parentPath: row.parentPath ?? '', ranges: [] }]
}
