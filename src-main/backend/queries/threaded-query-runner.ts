import { Worker } from 'node:worker_threads'
import type { SqlParameter, SqlRow } from '../database/database.ts'
import type { QueryLane, QueryRunner } from './query-runner.ts'

export type WorkerStart = { readonly file: string; readonly key: Uint8Array }

export type WorkerQuestion =
  | {
      readonly kind: 'numbers'
      readonly id: number
      readonly sql: string
      readonly parameters: readonly SqlParameter[]
    }
  | { readonly kind: 'tables'; readonly id: number; readonly statements: readonly Statement[] }
  | { readonly kind: 'checkpoint'; readonly id: number }
  | { readonly kind: 'stop' }

type Statement = { readonly sql: string; readonly parameters: readonly SqlParameter[] }

export type WorkerAnswer =
  | { readonly id: number; readonly rows: Int32Array }
  | { readonly id: number; readonly tables: readonly (readonly SqlRow[])[] }
  | { readonly id: number; readonly error: string; readonly code: string }

/** Commits after which the write-ahead log is moved into the file, and the pause after the last one. */
const COMMITS_PER_CHECKPOINT = 128
const CHECKPOINT_PAUSE = 3_000

/** A thread must end within this time when the program does. */
const STOP_LIMIT = 1_000

/** Garbage of a whole result is collected early: the machine of a clerk has little memory. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 }

type Waiting = { readonly resolve: (answer: Answered) => void; readonly reject: (error: Error) => void }
/** What a thread has found: numbers of one statement, or the rows of several. */
type Answered = Extract<WorkerAnswer, { readonly rows: Int32Array } | { readonly tables: unknown }>

type Thread = {
  readonly ask: (question: Question) => Promise<Answered>
  readonly stop: () => Promise<void>
}
type Question =
  | { readonly kind: 'numbers'; readonly sql: string; readonly parameters: readonly SqlParameter[] }
  | { readonly kind: 'tables'; readonly statements: readonly Statement[] }
  | { readonly kind: 'checkpoint' }

/**
 * Runs statements on threads, one a lane, each started when it is first needed. A thread that died is started anew
 * by the next question.
 *
 * @param script the thread's program: query-worker
 */
export function createThreadedQueryRunner(script: URL, start: WorkerStart): ThreadedQueryRunner {
  const threads: Partial<Record<QueryLane, Thread>> = {}
  let commits = 0
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  function threadOf(lane: QueryLane): Thread {
    const known = threads[lane]
    if (known) return known
    const thread = startThread(script, start, () => {
      if (threads[lane] === thread) delete threads[lane]
    })
    threads[lane] = thread
    return thread
  }

  function checkpoint(): void {
    clearTimeout(timer)
    timer = undefined
    commits = 0
    if (isStopped) return
    // A checkpoint that fails is tried again after the next commits; nothing is lost by a longer log.
    threadOf('scan')
      .ask({ kind: 'checkpoint' })
      .catch(() => undefined)
  }

  return {
    numbers: async (query, lane) => {
      const answer = await threadOf(lane).ask({
        kind: 'numbers',
        sql: query.sql,
        parameters: query.parameters as readonly SqlParameter[],
      })
      return 'rows' in answer ? answer.rows : new Int32Array(0)
    },
    tables: async (queries) => {
      const answer = await threadOf('figures').ask({
        kind: 'tables',
        statements: queries.map(({ sql, parameters }) => ({
          sql,
          parameters: parameters as readonly SqlParameter[],
        })),
      })
      return 'tables' in answer ? answer.tables : []
    },
    noteCommit: () => {
      commits += 1
      if (commits >= COMMITS_PER_CHECKPOINT) checkpoint()
      else {
        timer ??= setTimeout(checkpoint, CHECKPOINT_PAUSE)
        timer.unref()
      }
    },
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await Promise.all(Object.values(threads).map((thread) => thread.stop()))
    },
  }
}

export type ThreadedQueryRunner = QueryRunner & {
  /** Told after every commit: the log is moved into the file from time to time. */
  readonly noteCommit: () => void
}

function startThread(script: URL, start: WorkerStart, onExit: () => void): Thread {
  const worker = new Worker(script, { workerData: start, resourceLimits: THREAD_LIMITS })
  const waiting = new Map<number, Waiting>()
  let nextId = 1
  let failure: Error | undefined
  // The backend ends when its line closes; a thread must not keep it.
  worker.unref()
  worker.on('message', (answer: WorkerAnswer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (!asked) return
    if (!('error' in answer)) asked.resolve(answer)
    else asked.reject(Object.assign(new Error(answer.error), { code: answer.code }))
  })
  worker.on('error', (error) => {
    failure = error instanceof Error ? error : new Error(String(error))
  })
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      onExit()
      for (const asked of waiting.values()) asked.reject(failure ?? new Error('the query thread ended'))
      waiting.clear()
      resolve()
    })
  })
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const id = nextId
        nextId += 1
        waiting.set(id, { resolve, reject })
        worker.postMessage({ ...question, id })
      }),
    stop: async () => {
      worker.ref()
      worker.postMessage({ kind: 'stop' })
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, STOP_LIMIT).unref())])
      await worker.terminate()
    },
  }
}
