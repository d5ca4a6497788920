// Many stations at one server: 200 and 2,000 simulated ones live a compressed working day over loopback, on SQLite and on PostgreSQL;
// then 20 send as fast as they are answered. The server is the program its operator starts, with TLS; the stations are one other process.
//
// JUFUTONG_BENCH_STATIONS=200,2000 and JUFUTONG_BENCH_SECONDS=40 choose how many and how long (these by default).
import { fork } from 'node:child_process'

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 as makeUuid } from 'uuid'
import { openSession } from '../../src-server/accounts/session.ts'
import { openServerDatabase, type ServerDatabase } from '../../src-server/storage/database.ts'
import { startPostgres } from '../support/postgres.ts'
import { peakMemoryOf, processorTimeOf } from './bench-process.ts'
import { startBenchServer } from './bench-server.ts'
import { percentile, ROOT } from './bench-store.ts'
import { printTable } from './print-table.ts'
import {
  REQUEST_NAMES,
  type CrowdOrder,
  type CrowdReport,
  type Day,
  type PreparedStation,
} from './station-acts.ts'

const STATIONS = (process.env['JUFUTONG_BENCH_STATIONS'] ?? '200,2000').split(',').map(Number)
const SECONDS = Number(process.env['JUFUTONG_BENCH_SECONDS'] ?? '40')
/** Rounds of all stations together: for 200 a third of a day with a round every five minutes, for 2,000 a few of each. */
const ROUNDS_A_SECOND = 150
/** Stations of one street office see each other's records. */
const STATIONS_A_SCOPE = 10

type Measured = {
  readonly name: string
  readonly report: CrowdReport
  readonly serverMemory: number
  /** Seconds of processor time of the server's process. */
  readonly serverProcessor: number
}

/** Stations, their accounts and their sessions, written directly: two thousand passwords would take minutes to hash. */
async function prepareStations(database: ServerDatabase, count: number): Promise<readonly PreparedStation[]> {
  const stations: PreparedStation[] = []
  const now = Date.now()
  for (let number = 0; number < count; number += 1) {
    const stationCode = `S${String(number).padStart(5, '0')}`
    const replica = makeUuid()
    await database
      .insertInto('station')
      .values({
        code: stationCode,
        name: `测试站${number}`,
        scope: `office${Math.floor(number / STATIONS_A_SCOPE)}`,
        created_at: now,
      })
      .execute()
    await database
      .insertInto('account')
      .values({
        name: `clerk${stationCode}`,
        display_name: `操作员${number}`,
        station_code: stationCode,
        role: 'clerk',
        password_hash: '',
        created_at: now,
      })
      .execute()
    const { token } = await openSession(database, `clerk${stationCode}`, replica, now)
    stations.push({ stationCode, replica, token })
  }
  return stations
}

async function runCrowd(order: CrowdOrder): Promise<CrowdReport> {
  const child = fork(join(import.meta.dirname, 'station-crowd-child.ts'), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as CrowdReport))
    child.once('exit', (code) => reject(new Error(`the stations ended: ${code}`)))
    child.send(order)
  })
}

async function measure(
  name: string,
  location: string,
  folder: string,
  count: number,
  day: Day,
): Promise<Measured> {
  const database = await openServerDatabase(
    location,
    join(ROOT, 'migrations', 'server'),
    join(folder, 'server.key'),
  )
  const stations = await prepareStations(database, count)
  await database.destroy()
  const server = await startBenchServer(folder, location, [['init-tls', '--ip', '127.0.0.1']], {
    JUFUTONG_SERVER_PROXIES: '127.0.0.1',
  })
  try {
    const report = await runCrowd({ port: server.port, usesTls: true, stations, seed: 7, day })
    return {
      name,
      report,
      serverMemory: peakMemoryOf(server.process.pid),
      serverProcessor: processorTimeOf(server.process.pid) / 1_000,
    }
  } finally {
    await server.stop()
  }
}

function dayRow({ name, report, serverMemory, serverProcessor }: Measured): readonly string[] {
  const errors = Object.values(report.errors).reduce((sum, each) => sum + each, 0)
  const requests = REQUEST_NAMES.reduce((sum, each) => sum + report.times[each].length, 0)
  return [
    name,
    `${report.rounds} (${report.emptyRounds} empty)`,
    (requests / report.seconds).toFixed(0),
    (report.ops / report.seconds).toFixed(0),
    ...REQUEST_NAMES.map((each) => {
      const times = report.times[each]
      return `${percentile(times, 0.5).toFixed(1)} / ${percentile(times, 0.99).toFixed(0)}`
    }),
    `${percentile(report.roundTimes, 0.5).toFixed(0)} / ${percentile(report.roundTimes, 0.99).toFixed(0)}`,
    `${report.rowsPulled}`,
    `${report.conflicts}`,
    `${errors}`,
    (serverMemory / 1e6).toFixed(0),
    `${((100 * serverProcessor) / report.seconds).toFixed(0)} %`,
    report.latestStart.toFixed(0),
  ]
}

function tell({ name, report }: Measured): void {
  for (const [error, count] of Object.entries(report.errors)) console.log(`${name}: ${count} × ${error}`)
}

const folder = mkdtempSync(join(tmpdir(), 'jufutong-server-bench-'))
// PostgreSQL runs as another user.
chmodSync(folder, 0o755)
const postgres = await startPostgres({ parentFolder: folder, settings: ['fsync=on'] })
const days: Measured[] = []
const full: Measured[] = []
try {
  let databases = 0
  const locations = {
    SQLite: async () => {
      databases += 1
      return join(folder, `${databases}`, 'server.db')
    },
    PostgreSQL: () => postgres.makeDatabase(),
  }
  for (const [engine, makeLocation] of Object.entries(locations)) {
    for (const count of STATIONS) {
      const measured = await measure(`${count} stations, ${engine}`, await makeLocation(), folder, count, {
        kind: 'compressed',
        rounds: SECONDS * ROUNDS_A_SECOND,
        seconds: SECONDS,
      })
      tell(measured)
      days.push(measured)
    }
    for (const batch of [10, 100, 500]) {
      const measured = await measure(`${engine}, batches of ${batch}`, await makeLocation(), folder, 20, {
        kind: 'saturated',
        batch,
        seconds: Math.min(8, SECONDS),
      })
      tell(measured)
      full.push(measured)
    }
  }
} finally {
  await postgres.remove()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
printTable(
  `A compressed day (${SECONDS} s), times in ms as p50 / p99; a round opens its own TLS connection, hello includes that`,
  [
    [
      '',
      'rounds',
      'requests/s',
      'ops/s',
      'hello',
      'push',
      'pull',
      'whole round',
      'rows pulled',
      'conflicts',
      'errors',
      'server MB',
      'processor',
      'latest start',
    ],
    ...days.map(dayRow),
  ],
)
printTable('20 stations send new records as fast as they are answered', [
  ['', 'ops/s', 'push p50 / p99, ms', 'errors', 'server MB', 'processor'],
  ...full.map(({ name, report, serverMemory, serverProcessor }) => [
    name,
    (report.ops / report.seconds).toFixed(0),
    `${percentile(report.times.push, 0.5).toFixed(0)} / ${percentile(report.times.push, 0.99).toFixed(0)}`,
    `${Object.values(report.errors).reduce((sum, each) => sum + each, 0)}`,
    (serverMemory / 1e6).toFixed(0),
    `${((100 * serverProcessor) / report.seconds).toFixed(0)} %`,
  ]),
])
