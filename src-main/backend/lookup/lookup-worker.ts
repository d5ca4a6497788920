import { parentPort, workerData } from 'node:worker_threads'
import type { LookupSource } from '../../../src-shared/contract/types.ts'
import { openConnection } from '../database/connection.ts'
import { databaseOn } from '../database/database.ts'
import { loadDictionaries } from './dictionaries.ts'
import type { LookupBuildAnswer, LookupBuildQuestion, LookupBuildStart } from './lookup-builder.ts'
import { buildLookupIndex, serializeLookupIndex, type LookupRow } from './lookup-index.ts'
import { listDictionaryRows, listRegisterRows } from './lookup-rows.ts'

/** A thread that builds look-ups, so that neither a save nor a key waits for one; it ends when there is nothing to build. */
function serve(start: LookupBuildStart): void {
  const port = parentPort
  if (!port) throw new Error('lookup-worker runs as a thread only')
  const connection = openConnection(start.file, Buffer.from(start.key), 'read')
  const read = databaseOn(connection)
  const dictionaries = loadDictionaries(start.dictionariesFolder, read)

  function listRows(source: LookupSource): readonly LookupRow[] {
    return source.kind === 'dictionary'
      ? listDictionaryRows(dictionaries, source.name)
      : listRegisterRows(read, dictionaries, source.name)
  }

  port.on('message', (question: LookupBuildQuestion) => {
    if (question.kind === 'stop') {
      connection.close()
      port.close()
      return
    }
    try {
      // Another thread may have stored entries since this one started.
      if (question.source.kind === 'dictionary') dictionaries.reload(read, [question.source.name])
      else dictionaries.reload(read, ['community', 'street'])
      const rows = listRows(question.source)
      const bytes = serializeLookupIndex(
        // Nobody types the id of a record.
        buildLookupIndex(rows, { areCodesTyped: question.source.kind === 'dictionary' }),
      )
      const answer: LookupBuildAnswer = { id: question.id, bytes }
      port.postMessage(answer, [bytes.buffer as ArrayBuffer])
    } catch (error) {
      const answer: LookupBuildAnswer = {
        id: question.id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }
      port.postMessage(answer)
    }
  })
}

serve(workerData as LookupBuildStart)
