import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { assertSqliteVersion, openConnection, setCacheSize, type Connection } from './connection.ts'
import { databaseOn, type ReadDatabase, type WriteDatabase } from './database.ts'
import { listMigrations, migrateStore, type UpgradeStep } from './migrate.ts'
import { rebuildStore } from './rebuild-store.ts'
import { reinstateStore, type ReinstateResult } from './reinstate-store.ts'
import { canSetAside, dropSetAside, isSetAsideAsked, setStoreAside } from './set-store-aside.ts'
import { StoreFailure, toStoreFailure } from './store-failure.ts'
import { readOrMakeKey, type KeyStore } from './store-key.ts'
import { lockStore } from './store-lock.ts'

/** Names inside the data folder. */
const STORE_FILE = 'store.db'
const KEY_FILE = 'store-key.json'
const LOCK_FILE = 'store.lock'
/** Milliseconds between two acts where the next has nothing to do yet. */
const WAIT_MS = 2

/** What an act of a long transaction answers: `wait` for what is on its way, a moment only. */
export type ActResult = 'more' | 'wait' | 'done'

/** An open local store. */
export type Store = {
  /** Never changes anything; sees what is committed. */
  readonly read: ReadDatabase
  /**
   * Runs `act` as one transaction on the connection that fsyncs: all of it is on disk when the promise resolves, or none
   * of it when it rejects. `act` is synchronous, so no other act can get between its statements.
   */
  readonly write: <Result>(act: (database: WriteDatabase) => Result) => Promise<Result>
  readonly keyProtection: 'operatingSystem' | 'keyFile'
  readonly file: string
  /** What became of a rebuild that was asked for before this opening. */
  readonly rebuild: ReturnType<typeof rebuildStore>
  /** What became of a backup that was to be put in this store's place at this opening. */
  readonly reinstatement: ReinstateResult
  /** What the store is called now that could not be opened and was set aside for this one, or null. */
  readonly setAsideAs: string | null
  /** For the threads that read beside this one. */
  readonly key: Buffer
  /**
   * The same without waiting for the disk: whole, but a power cut may take the newest of it. For what can be made again
   * (演示数据); a `write` after it brings it to the disk as well.
   */
  readonly writeUnsynced: <Result>(act: (database: WriteDatabase) => Result) => Promise<Result>
  /**
   * The same as one transaction in many short acts: reads and questions of pages come between two of them, and see what was
   * before. It is committed when an act answers that nothing is left, or as soon as another write waits for its turn.
   */
  readonly writeInActs: (act: (database: WriteDatabase) => ActResult) => Promise<void>
  /** More pages are kept at hand while very much is written (演示数据); it goes back to little afterwards. */
  readonly setCache: (size: 'usual' | 'large') => void
  /** Calls `listener` after every commit until the store closes. */
  readonly onCommit: (listener: () => void) => void
  /** Waits for an open transaction, moves the log into the file and lets go of the folder. */
  readonly close: () => Promise<void>
}

export type OpenStoreOptions = {
  readonly dataFolder: string
  /** Folder of the client's migrations. */
  readonly migrationsFolder: string
  readonly keyStore: KeyStore
  /** Milliseconds to wait for another process to let go; the default suits a restart. */
  readonly lockWait?: number
  /** Hears the steps of an upgrade of the store. */
  readonly onUpgrade?: (step: UpgradeStep) => void
}

/**
 * Opens the store of a data folder, makes it when there is none, and brings it to the newest shape.
 *
 * @throws StoreFailure with what to tell the clerk; nothing is deleted or overwritten then
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  assertSqliteVersion()
  const file = join(options.dataFolder, STORE_FILE)
  try {
    mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw toStoreFailure(error, options.dataFolder)
  }
  const unlock = lockStore(join(options.dataFolder, LOCK_FILE), options.lockWait)
  try {
    const found = await openFound(options, file, unlock)
    dropSetAside(options.dataFolder)
    return { ...found, setAsideAs: null }
  } catch (error) {
    const failure = toStoreFailure(error, file)
    try {
      if (!isSetAsideAsked(options.dataFolder)) throw failure
      dropSetAside(options.dataFolder)
      if (!canSetAside(failure.kind)) throw failure
      const setAsideAs = setStoreAside(file, join(options.dataFolder, KEY_FILE), new Date())
      return { ...(await openFound(options, file, unlock)), setAsideAs }
    } catch (again) {
      unlock()
      throw toStoreFailure(again, file)
    }
  }
}

async function openFound(
  options: OpenStoreOptions,
  file: string,
  unlock: () => void,
): Promise<Omit<Store, 'setAsideAs'>> {
  const { key, protection } = await readOrMakeKey(join(options.dataFolder, KEY_FILE), file, options.keyStore)
  const migrations = listMigrations(options.migrationsFolder)
  // Before the migration: the copy is brought to the newest shape itself, and one that fails leaves the present store.
  const reinstatement = reinstateStore(file, key, migrations)
  migrateStore(file, key, migrations, options.onUpgrade)
  const rebuild = rebuildStore(file, key, migrations)
  const [saving, reading] = openBoth(file, key)
  return { ...serve(saving, reading, unlock), keyProtection: protection, file, key, rebuild, reinstatement }
}

function openBoth(file: string, key: Buffer): readonly [Connection, Connection] {
  const saving = openConnection(file, key, 'save')
  try {
    // Proves that the folder takes writes before the clerk types anything.
    saving.exec('BEGIN IMMEDIATE')
    saving.exec('CREATE TABLE write_probe (a)')
    saving.exec('ROLLBACK')
    return [saving, openConnection(file, key, 'read')]
  } catch (error) {
    saving.close()
    throw error
  }
}

function serve(
  saving: Connection,
  reading: Connection,
  unlock: () => void,
): Pick<Store, 'read' | 'write' | 'writeUnsynced' | 'writeInActs' | 'setCache' | 'onCommit' | 'close'> {
  const database = databaseOn(saving)
  /** The end of the write that is open or queued last. */
  let last: Promise<unknown> = Promise.resolve()
  /** Writes that wait for their turn. */
  let waiting = 0
  let isClosed = false
  const listeners: (() => void)[] = []

  /** One write at a time, in the order asked for; a failed one does not stop the next. */
  function inTurn<Result>(act: () => Result | Promise<Result>): Promise<Result> {
    waiting += 1
    const mine = last.then(() => {
      waiting -= 1
      if (isClosed) throw new StoreFailure('other', '数据库已关闭')
      return act()
    })
    last = mine.catch(() => undefined)
    return mine
  }

  function rollBack(): void {
    // After some errors (full disk) SQLite has rolled back by itself.
    if (saving.inTransaction) saving.exec('ROLLBACK')
  }

  function commit(): void {
    saving.exec('COMMIT')
    for (const listener of listeners) listener()
  }

  function inTransaction<Result>(act: (writing: WriteDatabase) => Result): Result {
    saving.exec('BEGIN IMMEDIATE')
    try {
      const result = act(database)
      commit()
      return result
    } catch (error) {
      rollBack()
      throw error
    }
  }

  async function inActs(act: (writing: WriteDatabase) => ActResult): Promise<void> {
    saving.exec('BEGIN IMMEDIATE')
    try {
      for (;;) {
        const result = act(database)
        if (result === 'done' || waiting > 0) break
        await new Promise((resolve) => {
          if (result === 'wait') setTimeout(resolve, WAIT_MS)
          else setImmediate(resolve)
        })
      }
      commit()
    } catch (error) {
      rollBack()
      throw error
    }
  }

  return {
    read: databaseOn(reading),
    write: (act) => inTurn(() => inTransaction(act)),
    writeUnsynced: (act) =>
      inTurn(() => {
        saving.pragma('synchronous = NORMAL')
        try {
          return inTransaction(act)
        } finally {
          saving.pragma('synchronous = FULL')
        }
      }),
    writeInActs: (act) =>
      inTurn(async () => {
        saving.pragma('synchronous = NORMAL')
        try {
          await inActs(act)
        } finally {
          saving.pragma('synchronous = FULL')
        }
      }),
    setCache: (size) => {
      setCacheSize(saving, size)
    },
    onCommit: (listener) => {
      listeners.push(listener)
    },
    close: async () => {
      await last
      if (isClosed) return
      isClosed = true
      reading.close()
      try {
        saving.pragma('wal_checkpoint(TRUNCATE)')
      } catch {
        // A disk that is full or gone: everything committed stands in the log, which the next opening reads.
      } finally {
        saving.close()
        unlock()
      }
    },
  }
}
