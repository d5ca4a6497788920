import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { randomOf } from '../../src-shared/demo/random.ts'
import { openServerDatabase } from '../../src-server/storage/database.ts'
import { checkDatabase } from '../../src-server/storage/check-database.ts'
import { makeFolder, projectFolder } from '../integration/sync/sync-world.ts'
import {
  copyStore,
  makeTemplate,
  openStation,
  SERVER_FOLDER,
  stationName,
  type Template,
} from '../property/sync/histories/template.ts'
import { coordinatorValues, inventNumber, residentValues } from '../support/backend-fixture.ts'
import { KILLS, SEED } from '../support/chaos/chaos-runs.ts'
import { startChild, type Child, type KillPoint } from '../support/chaos/start-child.ts'

const program = join(projectFolder, 'src-server', 'server.ts')
const migrations = join(projectFolder, 'migrations', 'server')

const POINTS: readonly {
  readonly name: string
  readonly at: Omit<KillPoint, 'nth'> | null
  readonly within: number
}[] = [
  { name: 'at random', at: null, within: 0 },
  { name: 'before a commit', at: { sql: '^commit', when: 'before' }, within: 4 },
  { name: 'after a commit, before the answer', at: { sql: '^commit', when: 'after' }, within: 4 },
  { name: 'while storing ops', at: { sql: 'insert into "op_log"', when: 'after' }, within: 2 },
  { name: 'while storing records', at: { sql: 'insert into "record"', when: 'before' }, within: 2 },
  { name: 'while giving numbers', at: { sql: 'update "counter"', when: 'after' }, within: 2 },
  { name: 'during a check', at: { sql: '"bucket"', when: 'after' }, within: 3 },
  { name: 'during a photo', at: { sql: '"blob', when: 'after' }, within: 3 },
]

let template: Template
let folder: ReturnType<typeof makeFolder>

beforeAll(async () => {
  template = await makeTemplate()
  folder = makeFolder()
  copyStore(join(template.folder, SERVER_FOLDER), join(folder.path, SERVER_FOLDER))
  copyStore(join(template.folder, stationName(0)), join(folder.path, 'station'))
})

afterAll(async () => {
  await template.remove()
  folder.remove()
})

async function startServer(file: string, killAt?: KillPoint): Promise<Child> {
  const child = startChild(program, [], {
    killAt,
    env: {
      JUFUTONG_SERVER_DATABASE: file,
      JUFUTONG_SERVER_HOST: '127.0.0.1',
      JUFUTONG_SERVER_PORT: '0',
    },
  })
  const line = await child.waitFor(/listening at/)
  const port = /127\.0\.0\.1:(\d+)/.exec(line ?? '')?.[1]
  if (port !== undefined) template.proxy.setTarget(Number(port))
  return child
}

test(
  'kill -9 of the server, at random and at named points: every receipt is true, nothing is lost or taken twice',
  { timeout: 600_000 },
  async () => {
    const random = randomOf(SEED, 1)
    const file = join(folder.path, SERVER_FOLDER, 'server.db')
    const rounds = Math.ceil(KILLS / 2)
    console.log(`kills of the server: ${rounds} rounds, seed ${SEED}`)
    const backend = await openStation(join(folder.path, 'station'), template.resourcesFolder)
    const killed: Record<string, number> = {}
    let broken = 0
    const log = async (): Promise<readonly string[]> => {
      const database = await openServerDatabase(file, migrations)
      const rows = await database.selectFrom('op_log').select('op_id').orderBy('op_id').execute()
      await database.destroy()
      return rows.map((row) => row.op_id)
    }
    try {
      for (let round = 0; round < rounds; round += 1) {
        const point = POINTS[round % POINTS.length] ?? POINTS[0]
        if (!point) throw new Error('no point')
        const child = await startServer(
          file,
          point.at ? { ...point.at, nth: 1 + random.below(point.within) } : undefined,
        )
        for (let made = 0; made < 2; made += 1) {
          const id = makeUuid()
          await backend.call('resident.save', {
            id,
            revision: 0,
            values: residentValues(template.ground, {
              documentTypeCode: '03',
              documentNumber: `E${id.slice(-8)}`.toUpperCase(),
            }),
            draftId: null,
          })
        }
        if (point.name === 'during a photo') {
          const picture = Buffer.concat([
            Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
            Buffer.from(makeUuid()),
            Buffer.from([0xff, 0xd9]),
          ])
          const { hash } = await backend.call('photo.put', { base64: picture.toString('base64') })
          await backend.call('coordinator.save', {
            id: makeUuid(),
            revision: 0,
            values: coordinatorValues({ citizenIdNumber: inventNumber(round, '1979-08-09'), photo: hash }),
            draftId: null,
          })
        }
        if (point.at === null) setTimeout(child.kill, random.below(60))
        const status = await backend.call('sync.run', {})
        if (status.lastError !== null) broken += 1
        if (point.name === 'during a check') await backend.request('sync.check', {})
        // Where this round never came to the point, the end comes now.
        child.kill()
        const { signal } = await child.ended
        if (signal !== 'SIGKILL')
          throw new Error(`${point.name}: the server ended by itself:\n${child.errors()}`)
        killed[point.name] = (killed[point.name] ?? 0) + 1
        if (round % 5 !== 4) continue
        // An acknowledgement leaves only after a durable commit.
        const stored = new Set(await log())
        const acked = backend.context.store.read.pluck<string>(
          "SELECT op_id FROM outbox WHERE state = 'acked'",
        )
        expect(acked.filter((opId) => !stored.has(opId))).toEqual([])
      }
      console.log(`kills of the server: ${JSON.stringify(killed)}, ${broken} rounds broken off`)
      expect(broken).toBeGreaterThan(rounds / 4)
      const last = await startServer(file)
      for (let pass = 0; pass < 2; pass += 1)
        expect(await backend.call('sync.run', {})).toMatchObject({
          lastError: null,
          pendingCount: 0,
          setAsideCount: 0,
        })
      last.kill('SIGTERM')
      expect(await last.ended).toEqual({ code: 0, signal: null })
      const made = backend.context.store.read.pluck<string>('SELECT op_id FROM outbox ORDER BY op_id')
      const stored = await log()
      expect(new Set(stored).size).toBe(stored.length)
      expect(made.filter((opId) => !stored.includes(opId))).toEqual([])
      const database = await openServerDatabase(file, migrations)
      expect((await checkDatabase(database)).problems).toEqual([])
      await database.destroy()
    } finally {
      await backend.stop()
    }
  },
)

test(
  'kill -9 of the server while its database is brought to a newer shape: it opens again',
  { timeout: 120_000 },
  async () => {
    const rounds = Math.min(12, Math.ceil(KILLS / 16))
    for (let round = 0; round < rounds; round += 1) {
      const file = join(folder.path, `migrated${round}`, 'server.db')
      const child = await startServer(file, {
        sql: 'CREATE TABLE|user_version|insert into "meta"',
        when: round % 2 === 0 ? 'before' : 'after',
        nth: 1 + Math.floor(round / 2),
      })
      child.kill()
      await child.ended
      const database = await openServerDatabase(file, migrations)
      expect((await checkDatabase(database)).problems).toEqual([])
      await database.destroy()
    }
  },
)
