// Our client ⇄ our server (SQLite) and, in the same run, PouchDB 9 ⇄ express-pouchdb on leveldb, with the same records. Each client and
// each server is a process of its own. Ours with everything on: encrypted stores, fsync, TLS, enrolled machines with keys, sign-in, digests, checks;
// PouchDB without any of these.
//
// JUFUTONG_BENCH_RECORDS=20000,100000 chooses the sizes (these by default, about 4 minutes).
import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  peakMemoryOf,
  processorTimeOf,
  startClientProcess,
  startWireMeter,
  type ClientProcess,
} from './bench-process.ts'
import { benchRecord } from './bench-records.ts'
import { startBenchServer, stopProcess } from './bench-server.ts'
import { percentile } from './bench-store.ts'
import { ensurePeers } from './division-rows.ts'
import { printTable } from './print-table.ts'

const SIZES = (process.env['JUFUTONG_BENCH_RECORDS'] ?? '20000,100000').split(',').map(Number)
const PASSWORD = 'bench password 1'
const REPEATS = 7
const CHANGES = 100

/** A running server and how to start clients of it. */
type System = {
  readonly name: string
  readonly serverProcess: ChildProcess
  readonly port: number
  /** Starts a client on a folder of its own. */
  readonly startClient: (folder: string) => Promise<ClientProcess>
  readonly stop: () => Promise<void>
}

type Figures = {
  readonly name: string
  readonly pushPerSecond: number
  readonly roundPerSecond: number
  readonly pullPerSecond: number
  readonly pushUp: number
  readonly pushDown: number
  readonly pullUp: number
  readonly pullDown: number
  readonly changesMs: number
  readonly changesBytes: number
  readonly emptyMs: number
  readonly emptyBytes: number
  /** Microseconds of processor time a record, by act and side. */
  readonly pushWork: { readonly client: number; readonly server: number }
  readonly pullWork: { readonly client: number; readonly server: number }
  readonly clientMemory: number
  readonly serverMemory: number
}

async function startOurs(folder: string, meterPort: number): Promise<System> {
  const stationFile = (name: string): string => join(folder, `${name}.jufutong-station`)
  const server = await startBenchServer(
    folder,
    join(folder, 'server.db'),
    [
      ['init-tls', '--ip', '127.0.0.1'],
      ['add-station', '--code', 'BENCH01', '--name', '测试站'],
      ['add-account', '--name', 'bench01', '--station', 'BENCH01', '--password', PASSWORD],
      ...['first', 'second'].map((name) => [
        'add-replica',
        ...['--station', 'BENCH01', '--file', stationFile(name), '--address', `127.0.0.1:${meterPort}`],
      ]),
    ],
    { JUFUTONG_SERVER_ENROLMENT: 'required' },
  )
  return {
    name: 'ours',
    serverProcess: server.process,
    port: server.port,
    startClient: (clientFolder) =>
      startClientProcess(
        join(import.meta.dirname, 'sync-client-child.ts'),
        [clientFolder, stationFile(basename(clientFolder)), 'bench01', PASSWORD],
        ['--max-semi-space-size=2'],
      ),
    stop: server.stop,
  }
}

async function startPouch(folder: string, meterPort: number, batchSize: number): Promise<System> {
  const peers = join(import.meta.dirname, 'peers')
  mkdirSync(join(folder, 'server'), { recursive: true })
  const server = fork(join(peers, 'pouchdb-server-child.ts'), [join(folder, 'server')], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.once('message', (message) => resolve((message as { readonly port: number }).port))
    server.once('exit', () => reject(new Error('express-pouchdb ended')))
  })
  return {
    name: `PouchDB, batches of ${batchSize}`,
    serverProcess: server,
    port,
    startClient: (clientFolder) =>
      startClientProcess(join(peers, 'pouchdb-client-child.ts'), [
        clientFolder,
        `http://127.0.0.1:${meterPort}/people`,
        String(batchSize),
      ]),
    stop: () => stopProcess(server),
  }
}

async function measure(
  start: (folder: string, meterPort: number) => Promise<System>,
  records: number,
): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-sync-bench-'))
  console.log(`${new Date().toISOString()} ${records} records in ${folder}`)
  const meter = await startWireMeter()
  const system = await start(folder, meter.port)
  meter.connectTo(system.port)
  const open = (name: string): Promise<ClientProcess> => system.startClient(join(folder, name))
  try {
    // Filling is not part of what is measured, nor is its memory.
    const filler = await open('first')
    await filler.perform({ name: 'fill', from: 0, count: records })
    await filler.end()

    // Signing in begins a round, so the second store signs in while there is nothing to get.
    await (await open('second')).end()

    const first = await open('first')
    meter.take()
    const serverUsed = (): number => processorTimeOf(system.serverProcess.pid)
    const usedBeforePush = serverUsed()
    const pushed = await first.perform({ name: 'push' })
    const push = meter.take()
    const usedByPush = serverUsed() - usedBeforePush

    const second = await open('second')
    meter.take()
    const usedBeforePull = serverUsed()
    const pulled = await second.perform({ name: 'pull' })
    const pull = meter.take()
    const usedByPull = serverUsed() - usedBeforePull
    if (pulled.records !== records)
      throw new Error(`${system.name}: ${pulled.records} of ${records} records arrived`)
    await second.end()

    const changes: { readonly ms: number; readonly bytes: number }[] = []
    const empties: { readonly ms: number; readonly bytes: number }[] = []
    for (let repeat = 1; repeat <= REPEATS; repeat += 1) {
      await first.perform({ name: 'edit', from: repeat * CHANGES, count: CHANGES, edit: repeat })
      meter.take()
      const changed = await first.perform({ name: 'push' })
      const changedBytes = meter.take()
      changes.push({
        ms: changed.confirmedAfter ?? changed.milliseconds,
        bytes: changedBytes.up + changedBytes.down,
      })
      const empty = await first.perform({ name: 'round' })
      const emptyBytes = meter.take()
      empties.push({ ms: empty.milliseconds, bytes: emptyBytes.up + emptyBytes.down })
    }
    const last = await first.perform({ name: 'round' })
    const figures = {
      name: system.name,
      pushPerSecond: (records / (pushed.confirmedAfter ?? pushed.milliseconds)) * 1_000,
      roundPerSecond: (records / pushed.milliseconds) * 1_000,
      pullPerSecond: (records / pulled.milliseconds) * 1_000,
      pushUp: push.up / records,
      pushDown: push.down / records,
      pullUp: pull.up / records,
      pullDown: pull.down / records,
      changesMs: median(changes.map((each) => each.ms)),
      changesBytes: median(changes.map((each) => each.bytes)),
      emptyMs: median(empties.map((each) => each.ms)),
      emptyBytes: median(empties.map((each) => each.bytes)),
      pushWork: {
        client: (pushed.processor / records) * 1_000,
        server: (usedByPush / records) * 1_000,
      },
      pullWork: {
        client: (pulled.processor / records) * 1_000,
        server: (usedByPull / records) * 1_000,
      },
      clientMemory: Math.max(pushed.peakMemory, pulled.peakMemory, last.peakMemory),
      serverMemory: peakMemoryOf(system.serverProcess.pid),
    }
    await first.end()
    return figures
  } finally {
    meter.close()
    await system.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function median(figures: readonly number[]): number {
  return percentile(figures, 0.5)
}

function rowsOf(columns: readonly Figures[]): readonly (readonly string[])[] {
  const ours = columns[0]
  const row = (
    label: string,
    value: (figures: Figures) => number,
    digits: number,
    better: 'more' | 'less',
  ): readonly string[] => [
    label,
    ...columns.map((figures) =>
      value(figures).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    ),
    ...columns.slice(1).map((figures) => {
      if (!ours) return ''
      const ratio = better === 'more' ? value(ours) / value(figures) : value(figures) / value(ours)
      return `${ratio.toFixed(ratio < 10 ? 2 : 0)}×`
    }),
  ]
  return [
    ['', ...columns.map((each) => each.name), ...columns.slice(1).map((each) => `ours : ${each.name}`)],
    row('push, records/s (until confirmed)', (each) => each.pushPerSecond, 0, 'more'),
    row('push with the rest of its round, records/s', (each) => each.roundPerSecond, 0, 'more'),
    row('pull into a new store, records/s', (each) => each.pullPerSecond, 0, 'more'),
    row('bytes a record, push: up', (each) => each.pushUp, 0, 'less'),
    row('bytes a record, push: down', (each) => each.pushDown, 0, 'less'),
    row('bytes a record, pull: up', (each) => each.pullUp, 0, 'less'),
    row('bytes a record, pull: down', (each) => each.pullDown, 0, 'less'),
    row(`${CHANGES} changes, ms (median of ${REPEATS})`, (each) => each.changesMs, 1, 'less'),
    row(`${CHANGES} changes, kB both ways`, (each) => each.changesBytes / 1_000, 1, 'less'),
    row('empty round, ms', (each) => each.emptyMs, 1, 'less'),
    row('empty round, bytes both ways', (each) => each.emptyBytes, 0, 'less'),
    row('processor time a record, push: client, µs', (each) => each.pushWork.client, 0, 'less'),
    row('processor time a record, push: server, µs', (each) => each.pushWork.server, 0, 'less'),
    row('processor time a record, pull: client, µs', (each) => each.pullWork.client, 0, 'less'),
    row('processor time a record, pull: server, µs', (each) => each.pullWork.server, 0, 'less'),
    row('peak memory of a client, MB', (each) => each.clientMemory / 1e6, 0, 'less'),
    row('peak memory of the server, MB', (each) => each.serverMemory / 1e6, 0, 'less'),
  ]
}

function meanRecordBytes(): number {
  const samples = 2_000
  let bytes = 0
  for (let index = 0; index < samples; index += 1)
    bytes += Buffer.byteLength(JSON.stringify(benchRecord(index).values))
  return bytes / samples
}

const hasPeers = ensurePeers()
for (const records of SIZES) {
  const columns = [await measure(startOurs, records)]
  if (hasPeers) {
    // 100 is what PouchDB does unless told otherwise, 500 is its fastest here.
    for (const batchSize of [100, 500])
      columns.push(await measure((folder, port) => startPouch(folder, port, batchSize), records))
  }
  printTable(
    `${records.toLocaleString('en')} records of ${meanRecordBytes().toFixed(0)} bytes of JSON on the average, loopback`,
    rowsOf(columns),
  )
}
console.log(
  'Goals: push ≥ 5,000/s and ≥ 1.5 × PouchDB, pull ≥ 10,000/s and ≥ 2.5 ×, ≤ 100 bytes a record, 100 changes ≤ 50 ms, empty ≤ 1,000 bytes.',
)
