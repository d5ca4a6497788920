import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomOf } from '../../src-shared/demo/random.ts'
import { checkDatabase } from '../../src-server/storage/check-database.ts'
import {
  makeFolder,
  standOnPostgres,
  startTestServer,
  type TestServer,
} from '../integration/sync/sync-world.ts'
import {
  copyStore,
  makeTemplate,
  openStation,
  SERVER_FOLDER,
  stationName,
  type Template,
} from '../property/sync/histories/template.ts'
import { SEED } from '../support/chaos/chaos-runs.ts'
import { expectNothingLost, registerOne } from '../support/chaos/chaos-world.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'

const CRASHES = 6

let postgres: TestPostgres
let template: Template
let folder: ReturnType<typeof makeFolder>
let server: TestServer

beforeAll(async () => {
  postgres = await startPostgres()
  standOnPostgres(postgres)
  template = await makeTemplate()
  folder = makeFolder()
  // The database of the template itself: its address goes with the name of the folder.
  server = await startTestServer(join(template.folder, SERVER_FOLDER))
  template.proxy.setTarget(server.port)
  copyStore(join(template.folder, stationName(0)), join(folder.path, 'station'))
}, 60_000)

afterAll(async () => {
  await server.close()
  await template.remove()
  folder.remove()
  await postgres.remove()
})

test('PostgreSQL stopped `immediate` in the middle of pushes: receipts are true, and everything comes through', async () => {
  const random = randomOf(SEED, 2)
  const backend = await openStation(join(folder.path, 'station'), template.resourcesFolder)
  let broken = 0
  try {
    for (let crash = 0; crash < CRASHES; crash += 1) {
      for (let made = 0; made < 150; made += 1) await registerOne(backend, template)
      const round = backend.call('sync.run', {})
      await new Promise((resolve) => setTimeout(resolve, 10 + random.below(120)))
      await postgres.stop('immediate')
      const { lastError } = await round
      if (lastError !== null) {
        broken += 1
        expect(lastError).toMatch(/\p{Script=Han}/u)
      }
      await postgres.start()
      const acked = backend.context.store.read.pluck<string>("SELECT op_id FROM outbox WHERE state = 'acked'")
      const log = await readLog()
      expect(acked.filter((opId) => !log.has(opId))).toEqual([])
    }
    expect(broken).toBeGreaterThan(0)
    await expectNothingLost(template, server.database, [backend])
    expect((await checkDatabase(server.database)).problems).toEqual([])
  } finally {
    await backend.stop()
  }
})

/** The pool's connections died with the engine: the first question may fail, the next makes new ones. */
async function readLog(): Promise<ReadonlySet<string>> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const rows = await server.database.selectFrom('op_log').select('op_id').execute()
      return new Set(rows.map((row) => row.op_id))
    } catch (error) {
      if (attempt === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
