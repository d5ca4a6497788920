import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openConnection } from '../../src-main/backend/database/connection.ts'
import { databaseOn } from '../../src-main/backend/database/database.ts'
import { openStore } from '../../src-main/backend/database/open-store.ts'
import { writeNameKeys } from '../../src-main/backend/queries/name-keys.ts'
import { insertRecord } from '../../src-main/backend/queries/record-row.ts'
import { listDemoDictionaries, type DemoSize } from '../../src-shared/demo/district.ts'
import { generateDemoRecords } from '../../src-shared/demo/generate-demo.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'

/** Root of the tree. */
export const ROOT = join(import.meta.dirname, '..', '..')
/** The station all invented records belong to. */
export const BENCH_STATION = 'BENCH01'

/** What goes with a million residents: 400,000 dwellings, and of the other registers what such a city has. */
export const MILLION = 1_000_000
/** The other registers beside a million residents. */
export const MILLION_MORE: Partial<DemoSize> = {
  dwellings: 400_000,
  coordinators: 1_000,
  employers: 50_000,
  estates: 2_000,
  schools: 600,
  minors: 120_000,
  residencePermits: 150_000,
  leases: 200_000,
  inspections: 150_000,
  serviceRequests: 40_000,
}

/** The numbers of records of a bench store: what its generator is asked for. */
export function benchSize(residents: number, more: Partial<DemoSize> = {}): DemoSize {
  return {
    communities: 60,
    streets: 1_200,
    coordinators: 300,
    employers: 20_000,
    dwellings: Math.max(20_000, Math.ceil(residents / 4)),
    residents,
    ...more,
  }
}

const noKeyStore = { wrap: () => Promise.resolve(null), unwrap: () => Promise.resolve(null) }

/**
 * A data folder with a store of that many invented residents, made once and kept outside the tree; it is made anew when
 * the migrations or the generator change. `more` has records of the other registers, or other numbers. Answers a copy that
 * the caller may change.
 */
export async function copyOfBenchStore(
  residents: number,
  copyName: string,
  more: Partial<DemoSize> = {},
): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'jufutong', 'bench')
  const folder = join(cache, `store-${residents}-${fingerprint(more)}`)
  if (!existsSync(join(folder, 'done'))) {
    // Two benchmarks at once make it twice rather than into each other's hands.
    const own = `${folder}.${process.pid}`
    await makeStore(own, residents, more)
    if (existsSync(join(folder, 'done'))) rmSync(own, { recursive: true, force: true })
    else renameSync(own, folder)
  }
  const copy = join(cache, copyName)
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  for (const file of ['store.db', 'store-key.json']) copyFileSync(join(folder, file), join(copy, file))
  return copy
}

function fingerprint(more: Partial<DemoSize>): string {
  const hash = createHash('sha256')
  if (Object.keys(more).length > 0) hash.update(JSON.stringify(more))
  const migrations = join(ROOT, 'migrations', 'client')
  for (const file of readdirSync(migrations).toSorted()) hash.update(readFileSync(join(migrations, file)))
  hash.update(readFileSync(join(ROOT, 'src-shared', 'demo', 'generate-demo.ts')))
  return hash.digest('hex').slice(0, 12)
}

async function makeStore(folder: string, residents: number, more: Partial<DemoSize>): Promise<void> {
  const startedAt = performance.now()
  console.log(`Making a store of ${residents} residents in ${folder} (once) …`)
  rmSync(folder, { recursive: true, force: true })
  const store = await openStore({
    dataFolder: folder,
    migrationsFolder: join(ROOT, 'migrations', 'client'),
    keyStore: noKeyStore,
  })
  await store.close()
  // Filled without indexes, which are then built sorted: minutes instead of hours.
  const connection = openConnection(store.file, store.key, 'save')
  connection.pragma('journal_mode = OFF')
  connection.pragma('synchronous = OFF')
  connection.pragma('cache_size = -400000')
  const indexes = connection
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    .all() as readonly { readonly name: string; readonly sql: string }[]
  for (const index of indexes) connection.exec(`DROP INDEX ${index.name}`)
  const database = databaseOn(connection)
  const size = benchSize(residents, more)
  connection.exec('BEGIN')
  for (const [dictionary, entries] of Object.entries(listDemoDictionaries(size))) {
    for (const entry of entries) {
      database.runOf(
        "INSERT INTO dictionary_entry (dictionary, code, name, parent, origin) VALUES (?, ?, ?, ?, 'demo')",
        dictionary,
        entry.code,
        entry.name,
        entry.parent,
      )
    }
  }
  let at = Date.UTC(2020, 0, 1)
  let count = 0
  for (const records of generateDemoRecords({ size, chunkSize: 10_000 })) {
    for (const record of records) {
      const register = getRegister(record.register)
      at += 1_000
      count += 1
      const status = record.cancellation === null ? 'active' : 'cancelled'
      const row = insertRecord(database, {
        register: record.register,
        id: record.id,
        declarationVersion: register.version,
        status,
        cancellation: record.cancellation,
        createdAt: at,
        updatedAt: at,
        revision: 1,
        stationCode: BENCH_STATION,
        serverSeq: count,
        pendingOps: 0,
        values: record.values,
      })
      const name = record.values[register.nameField]
      writeNameKeys(database, record.register, row, { name, updatedAt: at, status }, true)
    }
  }
  connection.exec('COMMIT')
  for (const index of indexes) connection.exec(index.sql)
  connection.pragma('journal_mode = DELETE')
  connection.close()
  writeFileSync(join(folder, 'done'), '')
  console.log(`Made in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s.`)
}

/** The value below which that share of the sorted-or-not figures lies. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** A small deterministic random number generator (mulberry32), 0 ≤ x < 1. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export { noKeyStore }
