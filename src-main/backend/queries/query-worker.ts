import { parentPort, workerData } from 'node:worker_threads'
import { openConnection, type Connection } from '../database/connection.ts'
import { databaseOn, type ReadDatabase } from '../database/database.ts'
import type { WorkerAnswer, WorkerQuestion, WorkerStart } from './threaded-query-runner.ts'

/**
 * A thread that only runs statements on a connection of its own: what takes long here makes neither a save nor a key
 * wait. It also moves the write-ahead log into the file, which would otherwise cost every twenty-fifth save.
 */
function serve(start: WorkerStart): void {
  const port = parentPort
  if (!port) throw new Error('query-worker runs as a thread only')
  const key = Buffer.from(start.key)
  const reading = openConnection(start.file, key, 'read')
  const read: ReadDatabase = databaseOn(reading)
  let moving: Connection | undefined

  port.on('message', (question: WorkerQuestion) => {
    if (question.kind === 'stop') {
      reading.close()
      moving?.close()
      port.close()
      return
    }
    const answer = answerTo(question)
    port.postMessage(answer, 'rows' in answer ? [answer.rows.buffer as ArrayBuffer] : [])
  })

  function answerTo(question: Exclude<WorkerQuestion, { readonly kind: 'stop' }>): WorkerAnswer {
    try {
      if (question.kind === 'checkpoint') {
        moving ??= openConnection(start.file, key, 'checkpoint')
        moving.pragma('wal_checkpoint(PASSIVE)')
        return { id: question.id, rows: new Int32Array(0) }
      }
      if (question.kind === 'tables') {
        // One read transaction: what the statements count fits together.
        reading.exec('BEGIN')
        try {
          const tables = question.statements.map(({ sql, parameters }) => read.allOf(sql, ...parameters))
          return { id: question.id, tables }
        } finally {
          reading.exec('COMMIT')
        }
      }
      const rows = Int32Array.from(read.pluck<number>(question.sql, ...question.parameters))
      return { id: question.id, rows }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      return { id: question.id, error: error instanceof Error ? error.message : String(error), code }
    }
  }
}

serve(workerData as WorkerStart)
