import {
  dictionaryAnswer,
  MAX_DICTIONARY_ROWS,
  type HelloAnswer,
} from '../../../src-shared/contract/server-messages.ts'
import { ask, letOthersGo, type Round } from './round-line.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'

/** A dictionary page is stored at once; entries are small. */
const DICTIONARY_ROWS = Math.min(1_000, MAX_DICTIONARY_ROWS)

/**
 * Entries of dictionaries that changed at the server, in pages; a page is one act.
 * @throws ServerFailure
 */
export async function pullDictionaries(round: Round, offered: HelloAnswer['dictionaries']): Promise<void> {
  const { store } = round.options
  const changed: string[] = []
  for (const [name, version] of Object.entries(offered)) {
    const afterVersion = readSyncState(store.read).dictionaries[name] ?? 0
    if (version <= afterVersion) continue
    let afterCode = ''
    // The version of the first page counts: what is added while pages are read comes with the next round.
    let reached: number | undefined
    for (;;) {
      const page = await ask(
        round,
        '/sync/1/dictionary',
        { name, afterVersion, afterCode, limit: DICTIONARY_ROWS },
        dictionaryAnswer,
      )
      reached = Math.min(reached ?? page.version, page.version)
      const isLast = !page.more
      await store.write((database) => {
        for (const entry of page.entries) {
          database.runOf(
            `INSERT OR REPLACE INTO dictionary_entry
               (dictionary, code, name, parent, mnemonic, valid_from, valid_to, origin)
             VALUES (?, ?, ?, ?, ?, ?, ?, 'server')`,
            name,
            entry.code,
            entry.name,
            entry.parent,
            entry.mnemonic,
            entry.validFrom,
            entry.validTo,
          )
        }
        if (isLast) {
          const { dictionaries } = readSyncState(database)
          writeSyncState(database, { dictionaries: { ...dictionaries, [name]: reached ?? 0 } })
        }
      })
      if (isLast) break
      await letOthersGo(round)
      afterCode = page.entries.at(-1)?.code ?? afterCode
    }
    changed.push(name)
  }
  if (changed.length > 0) round.options.dictionariesStored(changed)
}
