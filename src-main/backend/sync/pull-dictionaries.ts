import {
  dictionaryAnswer,
  type DictionaryAnswer,
  type HelloAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import { addDays } from '../../../src-shared/values/calendar-date.ts'
import type { WriteDatabase } from '../database/database.ts'
import { countOwnEntries, retireLocalEntries } from '../queries/dictionary-entries.ts'
import { localDayOf } from '../services/clock.ts'
import { writeAudit } from '../services/write-audit.ts'
import { ask, letOthersGo, type Round } from './round-line.ts'
import { readSyncState, writeSyncState, type SyncState } from './sync-state.ts'

/** Entries of one question: reading the answer takes a few milliseconds. */
const DICTIONARY_ROWS = 2_000
/** Milliseconds one act of storing takes: a key never waits longer for its turn. */
const ACT_MS = 8

type Progress = NonNullable<SyncState['dictionaryProgress'][string]>

/**
 * Entries of dictionaries that changed at the server since the version that is here, in the order of their codes. How far
 * it came is stored with the entries themselves: after a cut the rest is enough. What a later version changes meanwhile
 * comes with the next round, for the version reached is the one the pull began with. An earlier index answers look-ups until all is here.
 * @throws ServerFailure
 */
export async function pullDictionaries(round: Round, offered: HelloAnswer['dictionaries']): Promise<void> {
  const { store } = round.options
  await beginEpoch(round)
  const state = readSyncState(store.read)
  const open = Object.entries(offered).filter(([name, version]) => state.dictionaries[name] !== version)
  const changed: string[] = []
  try {
    for (const [name, version] of open) {
      await pullDictionary(round, name, version)
      changed.push(name)
    }
    const retired = await retireOwnEntries(round, offered)
    changed.push(...retired.filter((name) => !changed.includes(name)))
  } finally {
    // Also where the line is cut after some of them.
    if (changed.length > 0) round.options.dictionariesStored(changed)
  }
}

/**
 * What was added here in 单机模式 and the server does not have is offered no more from now on: a record with it would be
 * refused. Records that hold it keep it readable.
 * @returns the dictionaries in which there was any
 */
async function retireOwnEntries(
  round: Round,
  offered: HelloAnswer['dictionaries'],
): Promise<readonly string[]> {
  const { store, clock } = round.options
  const own = countOwnEntries(store.read)
  const names = Object.entries(offered).flatMap(([name, version]) =>
    version > 0 && (own.get(name)?.local ?? 0) > 0 ? [name] : [],
  )
  if (names.length === 0) return []
  return store.write((database) => {
    const { account, clockOffset } = readSyncState(database)
    const at = clock.deviceNow() + clockOffset
    return names.filter((dictionary) => {
      const codes = retireLocalEntries(database, dictionary, addDays(localDayOf(at), -1))
      if (codes.length === 0) return false
      writeAudit(
        database,
        { accountName: account?.accountName ?? '', stationCode: account?.stationCode ?? '', at },
        'dictionary.entryRetired',
        '',
        '',
        { dictionary, count: codes.length, reason: 'server' },
      )
      return true
    })
  })
}

/** Versions count within one server database: another one's, or one that was restored, is compared from its first. */
async function beginEpoch(round: Round): Promise<void> {
  const { store } = round.options
  const { epoch, dictionaryEpoch } = readSyncState(store.read)
  if (epoch === dictionaryEpoch) return
  await store.write((database) =>
    writeSyncState(database, { dictionaryEpoch: epoch, dictionaries: {}, dictionaryProgress: {} }),
  )
}

async function pullDictionary(round: Round, name: string, version: number): Promise<void> {
  const { store } = round.options
  const state = readSyncState(store.read)
  const here = state.dictionaries[name] ?? 0
  const begun = state.dictionaryProgress[name]
  // A number that went back: what stands here under it may be another content.
  const afterVersion = here > version ? 0 : here
  let progress: Progress =
    begun !== undefined && begun.afterVersion === afterVersion && begun.reached <= version
      ? begun
      : { afterVersion, afterCode: '', reached: version, done: 0 }
  let total: number | undefined
  for (;;) {
    const { afterCode } = progress
    const page = await ask(
      round,
      '/sync/1/dictionary',
      // Counting costs the server more than a page: it is asked once.
      { name, afterVersion, afterCode, limit: DICTIONARY_ROWS, wantsTotal: total === undefined },
      dictionaryAnswer,
    )
    total ??= progress.done + (page.total ?? 0)
    progress = await storePage(round, name, page, {
      ...progress,
      reached: Math.min(progress.reached, page.version),
    })
    if (page.entries.length > 0)
      round.onProgress({ phase: 'dictionaries', done: progress.done, total: Math.max(total, progress.done) })
    if (!page.more) return
  }
}

async function storePage(
  round: Round,
  name: string,
  page: DictionaryAnswer,
  from: Progress,
): Promise<Progress> {
  let index = 0
  let progress = from
  await round.options.store.writeInActs((database) => {
    const deadline = performance.now() + ACT_MS
    for (let entry = page.entries[index]; entry !== undefined; entry = page.entries[index]) {
      storeEntry(database, name, entry)
      index += 1
      progress = { ...from, afterCode: entry.code, done: from.done + index }
      if (performance.now() > deadline) break
    }
    const isDone = index >= page.entries.length
    const state = readSyncState(database)
    const { [name]: _, ...others } = state.dictionaryProgress
    // Entries and how far they go stand in one transaction, wherever it ends.
    if (isDone && !page.more) {
      writeSyncState(database, {
        dictionaries: { ...state.dictionaries, [name]: progress.reached },
        dictionaryFetchedAt: {
          ...state.dictionaryFetchedAt,
          [name]: round.options.clock.deviceNow() + state.clockOffset,
        },
        dictionaryProgress: others,
      })
    } else writeSyncState(database, { dictionaryProgress: { ...others, [name]: progress } })
    return isDone ? 'done' : 'more'
  })
  await letOthersGo(round)
  return progress
}

/** An entry that is here as it is does not count as changed: its look-up stays good. */
function storeEntry(
  database: WriteDatabase,
  dictionary: string,
  entry: DictionaryAnswer['entries'][number],
): void {
  database.runOf(
    `INSERT INTO dictionary_entry (dictionary, code, name, parent, mnemonic, valid_from, valid_to, origin)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'server')
     ON CONFLICT (dictionary, code) DO UPDATE SET name = excluded.name, parent = excluded.parent,
       mnemonic = excluded.mnemonic, valid_from = excluded.valid_from, valid_to = excluded.valid_to, origin = 'server'
     WHERE (name, parent, mnemonic, valid_from, valid_to, origin) IS NOT
       (excluded.name, excluded.parent, excluded.mnemonic, excluded.valid_from, excluded.valid_to, 'server')`,
    dictionary,
    entry.code,
    entry.name,
    entry.parent,
    entry.mnemonic,
    entry.validFrom,
    entry.validTo,
  )
}
