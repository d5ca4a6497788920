import type { LookupEntry, LookupPage, LookupSource } from '../../../src-shared/contract/types.ts'
import { isValidAt } from '../../../src-shared/dictionaries/resolve.ts'
import { RECENCY_LIMIT, touchRecent } from '../../../src-shared/pinyin/recency.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import type { LookupRegisterName } from '../../../src-shared/fields/field.ts'
import { build } from '../database/database.ts'
import { listRecords, toRecordRow, type RecordRow } from '../queries/record-row.ts'
import type { Context } from '../services/context.ts'
import { labellerFor, titleOf } from '../services/record-labels.ts'
import { buildLookupIndex, rebuildLookupIndex, type LookupIndex, type LookupRow } from './lookup-index.ts'

/** Additions after which an index is built anew in a quiet moment. */
const REBUILD_AFTER = 2_000
/** Records read in one step while a register's rows are collected. */
const READ_STEP = 1_000

/** The look-ups of all dictionaries and look-up registers. */
export type LookupSources = {
  readonly search: (input: {
    readonly source: LookupSource
    readonly query: string
    readonly offset: number
    readonly limit: number
    readonly parent?: string | undefined
    readonly onDate?: string | undefined
  }) => Promise<LookupPage>
  readonly entries: (source: LookupSource, codes: readonly string[]) => Promise<readonly LookupEntry[]>
  readonly taken: (source: LookupSource, code: string) => Promise<void>
  /** Records were stored: those of look-up registers are added, renamed or taken out. An empty list means many. */
  readonly recordsStored: (register: RegisterName, ids: readonly string[]) => void
  /** Entries of these dictionaries changed. */
  readonly dictionariesStored: (names: readonly string[]) => void
  /** Builds, one after the other and in steps, what will be asked for. */
  readonly warmUp: () => Promise<void>
}

function isLookupRegister(name: RegisterName): name is LookupRegisterName {
  return name === 'dwelling' || name === 'employer' || name === 'coordinator'
}

function nameOfSource(source: LookupSource): string {
  return `${source.kind}:${source.name}`
}

/** Lets everything that waits (a save above all) go first. */
function letOthersGo(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export function createLookupSources(context: Context): LookupSources {
  const indexes = new Map<string, Promise<LookupIndex>>()
  /** Recency scores by account and source; read from the store once. */
  const recents = new Map<string, Map<string, number>>()

  function indexOf(source: LookupSource): Promise<LookupIndex> {
    const name = nameOfSource(source)
    const known = indexes.get(name)
    if (known) return known
    const made = source.kind === 'dictionary' ? buildDictionary(source.name) : buildRegister(source.name)
    indexes.set(name, made)
    made.catch(() => indexes.delete(name))
    return made
  }

  async function buildDictionary(name: string): Promise<LookupIndex> {
    await letOthersGo()
    const { dictionaries } = context
    return buildLookupIndex(
      dictionaries.list(name).map((entry) => ({
        code: entry.code,
        name: entry.name,
        parentPath: dictionaries.pathAbove(name, entry.code).join('/'),
        parent: entry.parent ?? undefined,
        mnemonic: entry.mnemonic ?? undefined,
      })),
    )
  }

  async function buildRegister(name: LookupRegisterName): Promise<LookupIndex> {
    const register = getRegister(name)
    const rows: LookupRow[] = []
    let last = 0
    for (;;) {
      const records = context.store.read
        .allOf(
          `SELECT * FROM ${register.table} WHERE row > ? AND status = 'active' ORDER BY row LIMIT ${READ_STEP}`,
          last,
        )
        .map((row) => toRecordRow(register, row))
      const newest = records.at(-1)
      if (!newest) break
      last = newest.row
      rows.push(...rowsOf(name, records))
      await letOthersGo()
    }
    return buildLookupIndex(rows, { areCodesTyped: false })
  }

  function rowsOf(name: LookupRegisterName, records: readonly RecordRow[]): readonly LookupRow[] {
    const register = getRegister(name)
    const { labelOf } = labellerFor(
      context.store.read,
      context.dictionaries,
      register,
      records.map((record) => record.values),
    )
    return records.map((record) => ({
      code: record.id,
      name: nameOf(record),
      parentPath: pathOf(record),
      parent: parentOf(record),
    }))

    function nameOf(record: RecordRow): string {
      const title = titleOf(register, record.values, labelOf)
      const common = record.values['commonAddress']
      // A dwelling is found by its address or by what people call it.
      return typeof common === 'string' && common !== '' ? `${title} ${common}` : title
    }
    function parentOf(record: RecordRow): string | undefined {
      const code = record.values['communityCode'] ?? record.values['divisionCode']
      return typeof code === 'string' ? code : undefined
    }
    function pathOf(record: RecordRow): string {
      if (name === 'employer') {
        const address = record.values['address']
        return typeof address === 'string' ? address : ''
      }
      const community = register.fields['communityCode']
      const code = record.values['communityCode']
      return community && typeof code === 'string' ? labelOf(community, code) : ''
    }
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

  /** Retired codes stay known but are not offered; nothing is filtered where no entry has an end. */
  function acceptOn(source: LookupSource, day: string): ((code: string) => boolean) | undefined {
    if (source.kind !== 'dictionary') return undefined
    const { name } = source
    return (code) => {
      const entry = context.dictionaries.find(name, code)
      return entry === undefined || isValidAt(entry, day)
    }
  }

  async function refresh(register: LookupRegisterName, ids: readonly string[]): Promise<void> {
    const source: LookupSource = { kind: 'register', name: register }
    const name = nameOfSource(source)
    const building = indexes.get(name)
    if (!building) return
    const index = await building
    const records = listRecords(context.store.read, register, ids)
    const active = records.filter((record) => record.status === 'active')
    const activeIds = new Set(active.map((record) => record.id))
    for (const id of ids) if (!activeIds.has(id)) index.removeRow(id)
    for (const row of rowsOf(register, active)) index.addRow(row)
    if (index.changeCount > REBUILD_AFTER)
      indexes.set(
        name,
        letOthersGo().then(() => rebuildLookupIndex(index)),
      )
    context.emit('lookup.changed', { source })
  }

  return {
    search: async ({ source, query, offset, limit, parent, onDate }) => {
      const index = await indexOf(source)
      const accept = acceptOn(source, onDate ?? context.clock.today())
      const result = index.search(query, {
        limit,
        offset,
        recents: recentsOf(nameOfSource(source)),
        ...(accept ? { accept } : {}),
        ...(parent === undefined ? {} : { parentPrefix: parent }),
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
        const rows = new Map(
          rowsOf(source.name, listRecords(context.store.read, source.name, codes)).map((row) => [
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
        indexes.delete(nameOfSource({ kind: 'register', name: register }))
        context.emit('lookup.changed', { source: { kind: 'register', name: register } })
        return
      }
      refresh(register, ids).catch((error: unknown) => {
        // The next look-up reads the register anew.
        indexes.delete(nameOfSource({ kind: 'register', name: register }))
        context.log(`look-up of ${register}: ${error instanceof Error ? error.message : String(error)}`)
      })
    },
    dictionariesStored: (names) => {
      for (const name of names) {
        indexes.delete(nameOfSource({ kind: 'dictionary', name }))
        context.emit('lookup.changed', { source: { kind: 'dictionary', name } })
      }
      // Addresses of dwellings are made of street names.
      if (names.some((name) => name === 'street' || name === 'community'))
        indexes.delete(nameOfSource({ kind: 'register', name: 'dwelling' }))
    },
    warmUp: async () => {
      for (const name of ['coordinator', 'employer', 'dwelling'] as const) {
        await indexOf({ kind: 'register', name })
        await letOthersGo()
      }
      for (const name of context.dictionaries.names()) {
        await indexOf({ kind: 'dictionary', name })
        await letOthersGo()
      }
    },
  }
}

function entryOf(row: LookupRow | undefined): readonly LookupEntry[] {
  if (!row) return []
  return [{ code: row.code, name: row.name, parentPath: row.parentPath ?? '', ranges: [] }]
}
