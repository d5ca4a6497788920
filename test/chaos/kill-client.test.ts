import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomOf } from '../../src-shared/demo/random.ts'
import { takeSnapshot } from '../property/sync/histories/snapshot.ts'
import {
  AUDITOR,
  copyStore,
  makeTemplate,
  openStation,
  SERVER_FOLDER,
  stationName,
  type Template,
} from '../property/sync/histories/template.ts'
import { makeFolder, startTestServer, type TestServer } from '../integration/sync/sync-world.ts'
import { KILLS, SEED } from '../support/chaos/chaos-runs.ts'
import { startChild, type KillPoint } from '../support/chaos/start-child.ts'

const program = join(import.meta.dirname, '..', 'support', 'chaos', 'station-child.ts')

/** Where the client's process is killed; null: at a random moment. */
const POINTS: readonly {
  readonly name: string
  readonly at: Omit<KillPoint, 'nth'> | null
  readonly within: number
}[] = [
  { name: 'at random', at: null, within: 0 },
  { name: 'before a commit', at: { sql: '^COMMIT', when: 'before' }, within: 12 },
  { name: 'after a commit', at: { sql: '^COMMIT', when: 'after' }, within: 12 },
  {
    name: 'while storing a receipt',
    at: { sql: "UPDATE outbox SET state = 'acked'", when: 'after' },
    within: 4,
  },
  {
    name: 'while storing a page',
    at: { sql: 'DELETE FROM server_record|INTO server_record', when: 'after' },
    within: 4,
  },
  { name: 'while writing an op', at: { sql: 'insert into "?outbox', when: 'after' }, within: 4 },
  { name: 'during a check', at: { sql: 'gone_record', when: 'before' }, within: 6 },
  { name: 'during a photo', at: { sql: 'photo', when: 'after' }, within: 4 },
]

let template: Template
let folder: ReturnType<typeof makeFolder>
let server: TestServer

beforeAll(async () => {
  template = await makeTemplate()
  folder = makeFolder()
  copyStore(join(template.folder, SERVER_FOLDER), join(folder.path, SERVER_FOLDER))
  copyStore(join(template.folder, stationName(0)), join(folder.path, 'station'))
  server = await startTestServer(join(folder.path, SERVER_FOLDER))
  template.proxy.setTarget(server.port)
})

afterAll(async () => {
  await server.close()
  await template.remove()
  folder.remove()
})

test(
  'kill -9 of the client, at random and at named points: everything answered as saved is there, once, and comes through',
  { timeout: 600_000 },
  async () => {
    const random = randomOf(SEED)
    const station = join(folder.path, 'station')
    const rounds = Math.ceil(KILLS / 2)
    console.log(`kills of the client: ${rounds} rounds, seed ${SEED}`)
    const saved = new Map<
      string,
      { readonly register: string; readonly id: string; readonly field: string; readonly value: string }
    >()
    /** Asked for after that, and never answered: it is there or not. */
    const unanswered = new Map<string, string>()
    const killed: Record<string, number> = {}
    for (let round = 0; round < rounds; round += 1) {
      const point = POINTS[round % POINTS.length] ?? POINTS[0]
      if (!point) throw new Error('no point')
      const child = startChild(
        program,
        [station, template.resourcesFolder, template.ground.dwellingId, template.ground.collectorId],
        { killAt: point.at ? { ...point.at, nth: 1 + random.below(point.within) } : undefined },
      )
      if (point.at === null) {
        await child.waitFor(/^open/)
        setTimeout(child.kill, random.below(120))
      } else {
        // A point that this child never comes to is not waited for.
        void child.waitFor(/^checked/).then(() => setTimeout(child.kill, 200))
      }
      const { signal } = await child.ended
      if (signal !== 'SIGKILL')
        throw new Error(`${point.name}: the station ended by itself:\n${child.errors()}`)
      killed[point.name] = (killed[point.name] ?? 0) + 1
      for (const line of child.lines) {
        const [what, register = '', id = '', field = '', value = ''] = line.split(' ')
        if (what === 'saving') unanswered.set(`${id}/${field}`, value)
        if (what !== 'saved') continue
        saved.set(`${id}/${field}`, { register, id, field, value })
        unanswered.delete(`${id}/${field}`)
      }
    }
    console.log(`kills of the client: ${JSON.stringify(killed)}, ${saved.size} values answered as saved`)
    expect(Object.keys(killed)).toHaveLength(Math.min(rounds, POINTS.length))
    expect(saved.size).toBeGreaterThan(rounds)

    const backend = await openStation(station, template.resourcesFolder)
    try {
      expect(backend.context.store.read.pluck('PRAGMA integrity_check')).toEqual(['ok'])
      for (let pass = 0; pass < 2; pass += 1)
        expect(await backend.call('sync.run', {})).toMatchObject({
          lastError: null,
          pendingCount: 0,
          setAsideCount: 0,
        })
      const here = takeSnapshot(backend)
      for (const { register, id, field, value } of saved.values()) {
        const shown = JSON.parse(here.records.get(`${register}/${id}`)?.content ?? '{"values":{}}') as {
          readonly values: Record<string, unknown>
        }
        if (shown.values[field] === unanswered.get(`${id}/${field}`)) continue
        expect({ register, id, field, value: shown.values[field] }).toEqual({ register, id, field, value })
      }
      const outbox = backend.context.store.read.pluck<string>('SELECT op_id FROM outbox ORDER BY op_id')
      const log = await server.database.selectFrom('op_log').select('op_id').orderBy('op_id').execute()
      const ground = new Set(
        await server.database
          .selectFrom('op_log')
          .select('op_id')
          .where('record_id', 'in', [template.ground.dwellingId, template.ground.collectorId])
          .execute()
          .then((rows) => rows.map((row) => row.op_id)),
      )
      expect(log.map((row) => row.op_id).filter((opId) => !ground.has(opId))).toEqual(
        outbox.filter((opId) => !ground.has(opId)),
      )
      // Another station is given the same.
      const auditor = await openStation(join(template.folder, AUDITOR), template.resourcesFolder)
      expect(await auditor.call('sync.run', {})).toMatchObject({ lastError: null })
      const there = takeSnapshot(auditor)
      await auditor.stop()
      expect(there.records).toEqual(here.records)
      expect(there.conflicts.size).toBe(0)
    } finally {
      await backend.stop()
    }
  },
)

test(
  'kill -9 of the client while its store is brought to a newer shape: it opens again with everything',
  { timeout: 120_000 },
  async () => {
    // Each step of the shape, and each number it leaves behind, is a place to die at.
    const rounds = Math.min(12, Math.ceil(KILLS / 16))
    let killed = 0
    for (let round = 0; round < rounds; round += 1) {
      const data = join(folder.path, `migrated${round}`)
      const child = startChild(
        program,
        [data, template.resourcesFolder, template.ground.dwellingId, template.ground.collectorId],
        {
          killAt: {
            sql: 'CREATE TABLE|CREATE INDEX|user_version',
            when: round % 2 === 0 ? 'before' : 'after',
            nth: 1 + Math.floor(round / 2),
          },
        },
      )
      // A store nobody is signed in to takes no record: where there is no such step, the station ends by itself.
      if ((await child.ended).signal === 'SIGKILL') killed += 1
      const backend = await openStation(data, template.resourcesFolder)
      expect(backend.context.store.read.pluck('PRAGMA integrity_check')).toEqual(['ok'])
      expect((await backend.call('app.state', {})).counts).toBeDefined()
      await backend.stop()
    }
    expect(killed).toBeGreaterThan(rounds / 3)
  },
)
