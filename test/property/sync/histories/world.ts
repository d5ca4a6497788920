import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runStorageCommand } from '../../../../src-server/commands/storage-commands.ts'
import type { Backend, BackendRequestName } from '../../../../src-main/backend/create-backend.ts'
import { findRecord } from '../../../../src-main/backend/queries/record-row.ts'
import { RequestRefusal } from '../../../../src-main/backend/services/request-failure.ts'
import type { RequestInput, RequestOutput } from '../../../../src-shared/contract/requests.ts'
import type { SyncStatus } from '../../../../src-shared/contract/types.ts'
import type { RecordValues } from '../../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../../src-shared/registers/register.ts'
import {
  isOnPostgres,
  makeFolder,
  makeTestDatabase,
  PASSWORD,
  projectFolder,
  startTestServer,
  type TestServer,
} from '../../../integration/sync/sync-world.ts'
import type { Harms, History } from './step.ts'
import { ACCOUNTS, copyStore, openStation, SERVER_FOLDER, stationName, type Template } from './template.ts'

/** Milliseconds after which a round is given up: far more than one takes, far less than its own patience. */
const ROUND_PATIENCE = 2_500

/** An op as its maker's outbox has it. */
export type MadeOp = {
  readonly opId: string
  readonly station: number
  /** Of its station, when it was made. */
  readonly memory: number
  readonly register: string
  readonly recordId: string
  readonly kind: string
  readonly fields: RecordValues
}

export type Station = {
  readonly index: number
  folder: string
  backend: Backend
  generation: number
  /** How often its store was put back to an older state. */
  memory: number
  accountName: string
  /** A copy of its folder that was put away, and whether there is one. */
  copy: string | undefined
}

/** What histories counted: a history without these would prove nothing. */
export type Tally = Record<string, number>

/** One history's server, stations and line, and what was typed where. */
export type World = {
  readonly template: Template
  readonly history: History
  readonly folder: string
  readonly stations: Station[]
  server: TestServer
  serverFolder: string
  serverGeneration: number
  /** How often five weeks have passed at the server. */
  weeksPassed: number
  backup: { readonly place: string } | undefined
  readonly tally: Tally
  /** Every op that ever stood in an outbox. */
  readonly made: Map<string, MadeOp>
  /** Ops that went with a disk before the server had them; they may turn up all the same. */
  readonly forfeited: Set<string>
  /** Ops whose server and whose maker's store were both lost: only their values can survive. */
  readonly orphaned: Set<string>
  /** Those of them that another station had pulled by then. */
  readonly pulled: Set<string>
  /** `station memory n` → op. */
  readonly numbers: Map<string, string>
  /** Stations that wrote to a record; a station that lost its memory counts once more. */
  readonly editors: Map<string, Set<string>>
  /** Values each record was last given, where only one station writes to it. */
  readonly typed: Map<string, Record<string, RecordValues[string]>>
  /** Records that someone has merged: edits of the other one come to them too. */
  readonly merged: Set<string>
  readonly createdIds: string[]
  /** Sentences of refusals that were not expected. */
  readonly log: string[]
}

export async function openWorld(template: Template, history: History, tally: Tally): Promise<World> {
  const { path: folder } = makeFolder()
  const serverFolder = join(folder, 'server0')
  copyStore(join(template.folder, SERVER_FOLDER), serverFolder)
  await makeTestDatabase(join(template.folder, SERVER_FOLDER, 'server.db'), join(serverFolder, 'server.db'))
  const world: World = {
    template,
    history,
    folder,
    stations: [],
    server: await startServer(serverFolder, history),
    serverFolder,
    serverGeneration: 0,
    backup: undefined,
    weeksPassed: 0,
    numbers: new Map(),
    tally,
    made: new Map(),
    forfeited: new Set(),
    orphaned: new Set(),
    pulled: new Set(),
    editors: new Map(),
    typed: new Map(),
    merged: new Set(),
    createdIds: [],
    log: [],
  }
  template.proxy.setTarget(world.server.port)
  template.proxy.setLine(history.latencyMs === 0 ? {} : { latencyMs: history.latencyMs, jitterMs: 2 })
  for (let index = 0; index < history.stations; index += 1) {
    const own = join(folder, stationName(index))
    copyStore(join(template.folder, stationName(index)), own)
    world.stations.push({
      index,
      folder: own,
      backend: await openStation(own, template.resourcesFolder),
      generation: 0,
      memory: 0,
      accountName: ACCOUNTS[index] ?? '',
      copy: undefined,
    })
  }
  return world
}

export async function closeWorld(world: World): Promise<void> {
  world.template.proxy.dropAll()
  for (const station of world.stations) await station.backend.stop()
  await world.server.close()
  rmSync(world.folder, { recursive: true, force: true })
}

function startServer(folder: string, history: History): Promise<TestServer> {
  return startTestServer(folder, {
    limits: { pushOps: history.pushOps, pushBytes: 1_048_576, pullRows: history.pullRows },
  })
}

export function count(world: World, what: string, by = 1): void {
  world.tally[what] = (world.tally[what] ?? 0) + by
}

/** A request that the program may refuse. Undefined where it did. @throws for any other failure: it is a fault */
export async function attempt<Name extends BackendRequestName>(
  world: World,
  station: Station,
  name: Name,
  input: RequestInput<Name>,
): Promise<RequestOutput<Name> | undefined> {
  try {
    return await station.backend.call(name, input)
  } catch (error) {
    if (!(error instanceof RequestRefusal)) throw error
    count(world, `refused ${name}`)
    world.log.push(`station ${station.index} ${name}: ${error.error.code} ${error.message}`)
    return undefined
  }
}

/**
 * Notes every op that stands in an outbox now, and that none has the number of another.
 * @throws where a number was given twice
 */
export function noteOps(world: World, station: Station): void {
  const rows = station.backend.context.store.read.allOf(
    'SELECT n, op_id, register, record_id, kind, body FROM outbox ORDER BY n',
  )
  for (const row of rows) {
    const opId = String(row['op_id'])
    if (world.made.has(opId)) continue
    // A store that lost its memory counts anew, under a new name.
    const numbered = `${station.index} ${station.memory} ${row['n']}`
    const before = world.numbers.get(numbered)
    if (before !== undefined)
      throw new Error(`number ${row['n']} of station ${station.index} was given to ${before} and to ${opId}`)
    world.numbers.set(numbered, opId)
    const body = JSON.parse(String(row['body'])) as { readonly fields: RecordValues }
    world.made.set(opId, {
      opId,
      station: station.index,
      memory: station.memory,
      register: String(row['register']),
      recordId: String(row['record_id']),
      kind: String(row['kind']),
      fields: body.fields,
    })
  }
}

/** One round, with harms to its requests; signs in again where it is asked to. */
export async function runRound(world: World, station: Station, harms: Harms = []): Promise<SyncStatus> {
  const { proxy } = world.template
  for (const harm of harms) proxy.harmNext(harm)
  const { backend } = station
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    void backend.call('sync.cancel', {})
  }, ROUND_PATIENCE)
  let status = await backend.call('sync.run', {})
  clearTimeout(timer)
  if (isLate) count(world, 'rounds given up')
  proxy.forgetHarms()
  count(world, 'rounds')
  if (status.lastError !== null) count(world, 'rounds broken off')
  if (status.question !== null) status = await backend.call('sync.answer', { isAccepted: true })
  if (status.lastError?.includes('登录') === true) {
    count(world, 'signed in again')
    await attempt(world, station, 'account.signIn', { accountName: station.accountName, password: PASSWORD })
    status = await backend.call('sync.run', {})
  }
  return status
}

/** The process is gone between two transactions, and another one starts on what it left. */
export async function reopenStation(
  world: World,
  station: Station,
  how: {
    /** From where; its own folder when absent. */
    readonly from?: string
    readonly withoutLog?: true
  } = {},
): Promise<void> {
  noteOps(world, station)
  const old = station.backend
  station.generation += 1
  const next = join(world.folder, `${stationName(station.index)}-${station.generation}`)
  copyStore(how.from ?? station.folder, next, how.withoutLog ? { withoutLog: true } : {})
  // What it still does, it does to files nobody looks at any more.
  old.sync.cancel()
  await old.stop()
  station.folder = next
  station.backend = await openStation(next, world.template.resourcesFolder)
}

/** After a store lost its newest part: what neither it nor the server has is gone with the disk. */
export async function noteForfeited(world: World, station: Station): Promise<void> {
  station.memory += 1
  const atServer = await listLog(world)
  const here = new Set(
    world.stations.flatMap((each) =>
      each.backend.context.store.read.pluck<string>('SELECT op_id FROM outbox'),
    ),
  )
  for (const op of world.made.values()) {
    if (op.station !== station.index || here.has(op.opId) || atServer.has(op.opId)) continue
    world.forfeited.add(op.opId)
    count(world, 'ops lost with a disk')
  }
  for (const editors of world.editors.values())
    if (editors.has(String(station.index))) editors.add(`${station.index} before`)
}

export async function listLog(world: World): Promise<ReadonlySet<string>> {
  const rows = await world.server.database.selectFrom('op_log').select('op_id').execute()
  return new Set(rows.map((row) => row.op_id))
}

/** The server's process is gone, and another one starts on what it left. */
export async function reopenServer(world: World): Promise<void> {
  world.serverGeneration += 1
  const next = join(world.folder, `server${world.serverGeneration}`)
  // A PostgreSQL goes on without the program; its own end is another test's.
  if (isOnPostgres()) {
    world.template.proxy.dropAll()
    await world.server.close()
    world.server = await startServer(world.serverFolder, world.history)
    passTime(world)
    world.template.proxy.setTarget(world.server.port)
    return
  }
  copyStore(world.serverFolder, next)
  const old = world.server
  world.template.proxy.dropAll()
  world.server = await startServer(next, world.history)
  passTime(world)
  world.serverFolder = next
  world.template.proxy.setTarget(world.server.port)
  await old.close()
}

/** A server that starts again has the time of the one before. */
function passTime(world: World): void {
  world.server.advance(world.weeksPassed * 36 * 86_400_000)
}

export async function backUpServer(world: World): Promise<void> {
  const place = join(world.folder, `backup${world.serverGeneration}-${Object.keys(world.tally).length}.db`)
  rmSync(place, { force: true })
  await runStorageCommand(placeOf(world), 'backup', ['--file', place], Date.now())
  world.backup = { place }
  count(world, 'server backed up')
}

function placeOf(world: World): Parameters<typeof runStorageCommand>[0] {
  return {
    location: world.server.location,
    keyFile: `${world.server.databaseFile}.key`,
    migrationsFolder: join(projectFolder, 'migrations', 'server'),
  }
}

/** As an administrator does it: stop, `restore`, start. */
export async function restoreServer(world: World): Promise<void> {
  if (!world.backup) return
  const before = await listLog(world)
  const pulled = await listPulled(world)
  world.template.proxy.dropAll()
  await world.server.close()
  let { location } = world.server
  if (isOnPostgres()) {
    // Only an empty database is filled.
    world.serverGeneration += 1
    world.serverFolder = join(world.folder, `server${world.serverGeneration}`)
    mkdirSync(world.serverFolder)
    location = await makeTestDatabase(null, join(world.serverFolder, 'server.db'))
  }
  await runStorageCommand(
    { ...placeOf(world), location },
    'restore',
    ['--file', world.backup.place],
    Date.now(),
  )
  world.server = await startServer(world.serverFolder, world.history)
  passTime(world)
  world.template.proxy.setTarget(world.server.port)
  const after = await listLog(world)
  const here = new Set(
    world.stations.flatMap((each) =>
      each.backend.context.store.read.pluck<string>('SELECT op_id FROM outbox'),
    ),
  )
  let lost = 0
  for (const opId of before) {
    if (after.has(opId)) continue
    lost += 1
    const op = world.made.get(opId)
    const isMakerWhole = op !== undefined && world.stations[op.station]?.memory === op.memory
    // A store that has lost nothing, and less than five weeks ago: it has to have it.
    if (here.has(opId) || (isMakerWhole && world.weeksPassed === 0)) continue
    world.orphaned.add(opId)
    if (pulled.has(opId)) world.pulled.add(opId)
  }
  // Whoever comes first offers again what he has seen of others: their own later edits meet it.
  if (lost > 0) for (const editors of world.editors.values()) editors.add('whoever rescues')
  count(world, 'server restored')
  count(world, 'ops lost by a restore', lost)
}

/** Ops whose record some station holds as new as the op or newer. */
async function listPulled(world: World): Promise<ReadonlySet<string>> {
  const rows = await world.server.database
    .selectFrom('op_log')
    .select(['op_id', 'register', 'record_id', 'seq'])
    .execute()
  return new Set(
    rows
      .filter(({ register, record_id: id, seq }) =>
        world.stations.some((station) => {
          const record =
            seq === null
              ? undefined
              : findRecord(station.backend.context.store.read, register as RegisterName, id)
          return record !== undefined && record.serverSeq >= Number(seq)
        }),
      )
      .map((row) => row.op_id),
  )
}
