import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 as makeUuid } from 'uuid'
import { buildApp } from '../../../src-server/app.ts'
import type { ServerContext } from '../../../src-server/context.ts'
import { addAccount, addStation } from '../../../src-server/commands/accounts.ts'
import { openServerDatabase, type ServerDatabase } from '../../../src-server/storage/database.ts'
import { createCodeReader, readDictionaryFiles } from '../../../src-server/sync/dictionaries.ts'
import { openStore, type Store } from '../../../src-main/backend/database/open-store.ts'
import { findRecord, type RecordRow } from '../../../src-main/backend/queries/record-row.ts'
import { DEFAULT_SETTINGS } from '../../../src-main/backend/services/settings.ts'
import { writeEdit, type Edit } from '../../../src-main/backend/services/write-edit.ts'
import { createSync } from '../../../src-main/backend/sync/sync.ts'
import type { Sync } from '../../../src-main/backend/sync/sync-types.ts'
import type { TestPostgres } from '../../support/postgres.ts'
import type { EventMessage } from '../../../src-shared/contract/events.ts'
import type { Settings } from '../../../src-shared/contract/types.ts'
import { getDemoRecord } from '../../../src-shared/demo/generate-demo.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

export const projectFolder = join(import.meta.dirname, '..', '..', '..')
export const PASSWORD = 'correct horse 1'

export type TestServer = {
  readonly database: ServerDatabase
  readonly port: number
  /** Where it is SQLite. */
  readonly databaseFile: string
  /** As JUFUTONG_SERVER_DATABASE names it. */
  readonly location: string
  /** Moves the server's clock (ms). */
  readonly advance: (milliseconds: number) => void
  readonly close: () => Promise<void>
}

/** A folder of its own; in memory where the system has such a place, for every save waits for its disk. */
export function makeFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'jufutong-sync-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Adds stations 001 and 002 of one scope and 900 of another, each with a clerk, and a viewer of 001. */
export async function addTestAccounts(database: ServerDatabase): Promise<void> {
  for (const [code, scope] of [
    ['001', 'district'],
    ['002', 'district'],
    ['900', 'elsewhere'],
  ] as const) {
    await addStation(database, { code, name: `测试站${code}`, scope }, 0)
    await addAccount(
      database,
      {
        name: `clerk${code}`,
        displayName: `操作员${code}`,
        stationCode: code,
        role: 'clerk',
        password: PASSWORD,
      },
      0,
    )
  }
  await addAccount(
    database,
    { name: 'viewer001', displayName: '查看员', stationCode: '001', role: 'viewer', password: PASSWORD },
    0,
  )
}

let files: ReturnType<typeof readDictionaryFiles> | undefined

/** Read once: some tests start many servers. */
function programDictionaries(): ReturnType<typeof readDictionaryFiles> {
  files ??= readDictionaryFiles(join(projectFolder, 'dictionaries'))
  return files
}

let databaseOf = async (file: string): Promise<string> => file
let isPostgresUsed = false
let copyDatabase = async (_from: string | null, to: string): Promise<string> => to

/**
 * On PostgreSQL: makes what will be the database of the file `to`, a copy of that of `from` (nobody is connected to it) or an
 * empty one; answers its address. On SQLite files are copied by those who own them.
 */
export function makeTestDatabase(from: string | null, to: string): Promise<string> {
  return copyDatabase(from, to)
}

/**
 * From here on the servers of this test file stand on PostgreSQL instead of SQLite: what would be one SQLite file is one
 * database. Their accounts are made once and copied.
 */
export function standOnPostgres(postgres: TestPostgres): void {
  isPostgresUsed = true
  const addresses = new Map<string, Promise<string>>()
  let template: Promise<string> | undefined
  const makeTemplate = async (): Promise<string> => {
    const address = await postgres.makeDatabase()
    const database = await openServerDatabase(address, join(projectFolder, 'migrations', 'server'))
    await addTestAccounts(database)
    await database.destroy()
    return address
  }
  copyDatabase = async (from, to) => {
    const address = postgres.makeDatabase(from === null ? undefined : await databaseOf(from))
    addresses.set(to, address)
    return address
  }
  databaseOf = (file) => {
    template ??= makeTemplate()
    const address = addresses.get(file) ?? template.then(postgres.makeDatabase)
    addresses.set(file, address)
    return address
  }
}

/** Whether {@link standOnPostgres} was called: some tests are about the file. */
export function isOnPostgres(): boolean {
  return isPostgresUsed
}

/** The real server on an ephemeral loopback port, over a real file. */
export async function startTestServer(
  folder: string,
  options: Partial<
    Pick<
      ServerContext,
      'signInsPerMinute' | 'limits' | 'line' | 'proxies' | 'metricsToken' | 'tls' | 'isEnrolmentRequired'
    > & { readonly port: number }
  > = {},
): Promise<TestServer> {
  const databaseFile = join(folder, 'server.db')
  const location = await databaseOf(databaseFile)
  const database = await openServerDatabase(location, join(projectFolder, 'migrations', 'server'))
  const stations = await database.selectFrom('station').select('code').execute()
  if (stations.length === 0) await addTestAccounts(database)
  let offset = 0
  const app = await buildApp(
    {
      database,
      now: () => Date.now() + offset,
      knownCodes: createCodeReader(database, programDictionaries()),
      version: '0.0.0-test',
      ...options,
      signInsPerMinute: options.signInsPerMinute ?? 1_000,
      limits: options.limits ?? { pushOps: 500, pushBytes: 1_048_576, pullRows: 1_000 },
    },
    false,
  )
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    database,
    port: address.port,
    databaseFile,
    location,
    advance: (milliseconds) => {
      offset += milliseconds
    },
    close: async () => {
      await app.close()
      await database.destroy()
    },
  }
}

type EditWord = Partial<Pick<Edit, 'provenance' | 'changeKind' | 'effectiveDate' | 'reason'>>

export type TestClient = {
  readonly store: Store
  readonly sync: Sync
  readonly events: EventMessage[]
  readonly stored: { readonly register: RegisterName; readonly ids: readonly string[] }[]
  readonly useServer: (server: Partial<Settings['server']>) => void
  /** Minutes between automatic rounds; 0 (by hand) at first. */
  readonly usePeriod: (minutes: number) => void
  readonly create: (register: RegisterName, values: RecordValues, id?: string) => Promise<string>
  /** Many new records in one transaction. */
  readonly createMany: (register: RegisterName, all: readonly RecordValues[]) => Promise<void>
  /** `word`: what the edit says of itself. */
  readonly edit: (register: RegisterName, id: string, fields: RecordValues, word?: EditWord) => Promise<void>
  readonly cancel: (register: RegisterName, id: string, cancellation: RecordValues) => Promise<void>
  readonly restore: (register: RegisterName, id: string) => Promise<void>
  readonly find: (register: RegisterName, id: string) => RecordRow | undefined
  readonly close: () => Promise<void>
}

/** A real client store with the real sync, and edits written as the services write them. */
export async function openTestClient(
  folder: string,
  port: number,
  deviceNow: () => number = Date.now,
): Promise<TestClient> {
  const store = await openStore({
    dataFolder: folder,
    migrationsFolder: join(projectFolder, 'migrations', 'client'),
    keyStore: { wrap: async () => null, unwrap: async () => null },
  })
  let server: Settings['server'] = { ...DEFAULT_SETTINGS.server, isEnabled: true, host: '127.0.0.1', port }
  let offset = 0
  let syncPeriodMinutes = 0
  const events: EventMessage[] = []
  const stored: { readonly register: RegisterName; readonly ids: readonly string[] }[] = []
  const sync = createSync({
    store,
    settings: () => ({ ...DEFAULT_SETTINGS, server, syncPeriodMinutes, isFirstRunDone: true }),
    startSpreadMs: 20,
    idleMs: 20,
    clock: {
      deviceNow,
      setServerOffset: (next) => {
        offset = next
      },
    },
    emit: (message) => events.push(message),
    recordsStored: (register, ids) => stored.push({ register, ids }),
    dictionariesStored: () => undefined,
    version: '0.0.0-test',
    log: () => undefined,
  })
  const actor = () => ({
    accountName: sync.account()?.accountName ?? '',
    stationCode: sync.account()?.stationCode ?? '',
    at: deviceNow() + offset,
  })
  const write = async (
    registerName: RegisterName,
    recordId: string,
    edit: {
      readonly kind: 'set' | 'cancel' | 'restore'
      readonly act: 'created' | 'changed' | 'cancelled' | 'restored'
      readonly fields?: RecordValues
      readonly cancellation?: RecordValues
      readonly word?: EditWord
    },
  ): Promise<void> => {
    const register = getRegister(registerName)
    await store.write((database) =>
      writeEdit(database, actor(), {
        register,
        recordId,
        current: findRecord(database, registerName, recordId),
        kind: edit.kind,
        act: edit.act,
        fields: edit.fields ?? {},
        cancellation: edit.cancellation ?? null,
        reason: '',
        ...edit.word,
      }),
    )
  }
  return {
    store,
    sync,
    events,
    stored,
    useServer: (change) => {
      server = { ...server, ...change }
    },
    usePeriod: (minutes) => {
      syncPeriodMinutes = minutes
    },
    create: async (register, values, id = makeUuid()) => {
      await write(register, id, { kind: 'set', act: 'created', fields: values })
      return id
    },
    createMany: (register, all) =>
      store.write((database) => {
        for (const fields of all) {
          writeEdit(database, actor(), {
            register: getRegister(register),
            recordId: makeUuid(),
            current: undefined,
            kind: 'set',
            act: 'created',
            fields,
            cancellation: null,
            reason: '',
          })
        }
      }),
    edit: (register, id, fields, word = {}) =>
      write(register, id, { kind: 'set', act: 'changed', fields, word }),
    cancel: (register, id, cancellation) =>
      write(register, id, { kind: 'cancel', act: 'cancelled', cancellation }),
    restore: (register, id) => write(register, id, { kind: 'restore', act: 'restored' }),
    find: (register, id) => findRecord(store.read, register, id),
    close: async () => {
      await sync.stop()
      await store.close()
    },
  }
}

/** Complete, valid, invented values of a record, by a number. */
export function validValues(register: RegisterName, number: number): RecordValues {
  const { values } = getDemoRecord(register, number)
  const fields = getRegister(register).fields
  return Object.fromEntries(Object.keys(fields).map((name) => [name, values[name] ?? null]))
}

/** The server's rows by record id. */
export async function listServerRecords(database: ServerDatabase): Promise<
  ReadonlyMap<
    string,
    {
      readonly register: string
      readonly seq: number
      readonly status: string
      readonly values: RecordValues
    }
  >
> {
  const rows = await database.selectFrom('record').selectAll().execute()
  return new Map(
    rows.map((row) => [
      row.id,
      {
        register: row.register,
        seq: row.seq,
        status: row.status,
        values: JSON.parse(row.data) as RecordValues,
      },
    ]),
  )
}

/** Ops of a client by state. */
export function listOutbox(store: Store): readonly {
  readonly n: number
  readonly opId: string
  readonly state: string
  readonly refusal: string
}[] {
  return store.read.allOf('SELECT n, op_id, state, refusal FROM outbox ORDER BY n').map((row) => ({
    n: Number(row['n']),
    opId: String(row['op_id']),
    state: String(row['state']),
    refusal: String(row['refusal'] ?? ''),
  }))
}
