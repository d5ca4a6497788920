import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { LookupSource } from '../../../src-shared/contract/types.ts'
import { parentDictionaryOf } from '../../../src-shared/dictionaries/tables.ts'
import type { Store } from '../database/open-store.ts'
import type { Dictionaries } from './dictionaries.ts'
import { buildLookupIndex, loadLookupIndex, type LookupIndex } from './lookup-index.ts'
import { listDictionaryRows, listRegisterRows } from './lookup-rows.ts'

export type LookupBuildStart = {
  readonly file: string
  readonly key: Uint8Array
  readonly dictionariesFolder: string
}

export type LookupBuildQuestion =
  { readonly kind: 'build'; readonly id: number; readonly source: LookupSource } | { readonly kind: 'stop' }

export type LookupBuildAnswer =
  { readonly id: number; readonly bytes: Uint8Array } | { readonly id: number; readonly error: string }

/** Builds look-ups from what is in the store and the files. */
export type LookupBuilder = {
  readonly build: (source: LookupSource) => Promise<LookupIndex>
  readonly stop: () => Promise<void>
}

/** Builds on the caller's thread: for tests and small stores. */
export function createLocalLookupBuilder(
  store: Pick<Store, 'read'>,
  dictionaries: Dictionaries,
): LookupBuilder {
  return {
    build: (source) =>
      Promise.resolve(
        source.kind === 'dictionary'
          ? buildLookupIndex(listDictionaryRows(dictionaries, source.name))
          : buildLookupIndex(listRegisterRows(store.read, dictionaries, source.name), {
              areCodesTyped: false,
            }),
      ),
    stop: () => Promise.resolve(),
  }
}

/** Tables up to this size are built here in a few milliseconds; starting a thread would take longer. */
const SMALL = 400
/** The thread ends when it had nothing to do for this long: it holds memory that a clerk's PC can use. */
const IDLE = 5_000

/**
 * Megabytes of a thread's heap. What a thread has taken goes back to the process, not to the system, so it takes little
 * unless there is much to build.
 */
const YOUNG_MEGABYTES = 2
const MEGABYTES = 64
const MEGABYTES_FOR_MUCH = 1_024
const MUCH = 100_000

type ThreadedOptions = {
  readonly script: URL
  readonly store: Pick<Store, 'read' | 'file' | 'key'>
  readonly dictionaries: Dictionaries
  readonly dictionariesFolder: string
  /** Prebuilt look-ups of dictionaries are kept here; registers never are, their rows are personal. */
  readonly cacheFolder: string
  /** Part of the cache's names: stamps count within one store. */
  readonly replicaId: string
  readonly log: (line: string) => void
}

/** Builds on a thread of its own and keeps what was built of dictionaries for the next start. */
export function createThreadedLookupBuilder(options: ThreadedOptions): LookupBuilder {
  const { dictionaries, log } = options
  const local = createLocalLookupBuilder(options.store, dictionaries)
  let thread: ReturnType<typeof startThread> | undefined
  let timer: NodeJS.Timeout | undefined
  /** One after the other: each may need much memory for a moment. */
  let last: Promise<unknown> = Promise.resolve()

  async function buildOnThread(source: LookupSource): Promise<Uint8Array> {
    clearTimeout(timer)
    const megabytes = countRows(source, MUCH) > MUCH ? MEGABYTES_FOR_MUCH : MEGABYTES
    if (thread && thread.megabytes < megabytes) await endThread()
    thread ??= startThread(
      options.script,
      {
        file: options.store.file,
        key: options.store.key,
        dictionariesFolder: options.dictionariesFolder,
      },
      megabytes,
    )
    try {
      return await thread.build(source)
    } finally {
      timer = setTimeout(() => void endThread(), IDLE)
      timer.unref()
    }
  }

  /** How many rows there will be; counts above `limit` only say that. */
  function countRows(source: LookupSource, limit: number): number {
    if (source.kind === 'dictionary') return dictionaries.countUpTo(source.name, limit)
    const row = options.store.read.firstOf(
      'SELECT active FROM register_count WHERE register = ?',
      source.name,
    )
    return Number(row?.['active'] ?? 0)
  }

  async function endThread(): Promise<void> {
    clearTimeout(timer)
    const ending = thread
    thread = undefined
    await ending?.stop()
  }

  async function buildDictionary(name: string): Promise<LookupIndex> {
    const prefix = `${name}-`
    const file = `${prefix}${options.replicaId.slice(-12)}-${versionWithParents(dictionaries, name)}.lookup`
    const path = join(options.cacheFolder, file)
    const cached = await readFile(path).catch(() => undefined)
    if (cached) {
      try {
        return loadLookupIndex(cached)
      } catch (error) {
        log(`look-up file ${file}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    const bytes = await buildOnThread({ kind: 'dictionary', name })
    await keep(prefix, file, bytes)
    return loadLookupIndex(bytes)
  }

  /** A look-up that cannot be kept is built again at the next start. No key waits for the disk. */
  async function keep(prefix: string, file: string, bytes: Uint8Array): Promise<void> {
    const path = join(options.cacheFolder, file)
    try {
      await mkdir(options.cacheFolder, { recursive: true })
      for (const old of await readdir(options.cacheFolder))
        if (old.startsWith(prefix) && /^[0-9a-f]{12}-/.test(old.slice(prefix.length)))
          await rm(join(options.cacheFolder, old), { force: true })
      // What was cut short by a power cut is not loaded: its sum does not fit.
      await writeFile(`${path}.part`, bytes, { mode: 0o600 })
      await rename(`${path}.part`, path)
    } catch (error) {
      log(`look-up file ${file} not kept: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  return {
    build: (source) => {
      if (countRows(source, SMALL) <= SMALL) return local.build(source)
      const mine = last.then(async () =>
        source.kind === 'dictionary'
          ? await buildDictionary(source.name)
          : loadLookupIndex(await buildOnThread(source)),
      )
      last = mine.catch(() => undefined)
      return mine
    },
    stop: endThread,
  }
}

/** Rows name what stands above them: where that is another table, its version counts as well. */
function versionWithParents(dictionaries: Dictionaries, name: string): string {
  const parent = parentDictionaryOf(name)
  const own = dictionaries.versionOf(name)
  return parent === name ? own : `${own}-${versionWithParents(dictionaries, parent)}`
}

function startThread(
  script: URL,
  start: LookupBuildStart,
  megabytes: number,
): {
  readonly megabytes: number
  readonly build: (source: LookupSource) => Promise<Uint8Array>
  readonly stop: () => Promise<void>
} {
  const worker = new Worker(script, {
    workerData: start,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES, maxOldGenerationSizeMb: megabytes },
  })
  const waiting = new Map<
    number,
    { readonly resolve: (bytes: Uint8Array) => void; readonly reject: (error: Error) => void }
  >()
  let nextId = 1
  let failure: Error | undefined
  worker.unref()
  worker.on('message', (answer: LookupBuildAnswer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('bytes' in answer) asked?.resolve(answer.bytes)
    else asked?.reject(new Error(answer.error))
  })
  worker.on('error', (error) => {
    failure = error instanceof Error ? error : new Error(String(error))
  })
  worker.once('exit', () => {
    for (const asked of waiting.values()) asked.reject(failure ?? new Error('the look-up thread ended'))
    waiting.clear()
  })
  return {
    megabytes,
    build: (source) =>
      new Promise((resolve, reject) => {
        const id = nextId
        nextId += 1
        waiting.set(id, { resolve, reject })
        const question: LookupBuildQuestion = { kind: 'build', id, source }
        worker.postMessage(question)
      }),
    stop: async () => {
      worker.ref()
      await worker.terminate()
    },
  }
}
