import { closeSync, cpSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Backend } from '../../src-main/backend/create-backend.ts'
import { RequestRefusal } from '../../src-main/backend/services/request-failure.ts'
import { runStorageCommand } from '../../src-server/commands/storage-commands.ts'
import { openServerDatabase } from '../../src-server/storage/database.ts'
import { checkDatabase } from '../../src-server/storage/check-database.ts'
import {
  makeFolder,
  projectFolder,
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
import { expectNothingLost, registerOne } from '../support/chaos/chaos-world.ts'
import { mountSmallDisk } from '../support/chaos/small-disk.ts'

const probe = mountSmallDisk(1)
if (typeof probe === 'string') console.log(`tests of a full disk are left out: ${probe}`)
else probe.remove()
const needsMount = typeof probe === 'string'

let template: Template
let folder: ReturnType<typeof makeFolder>
let server: TestServer
let station: string
let backend: Backend | undefined

beforeEach(async () => {
  template = await makeTemplate()
  folder = makeFolder()
  copyStore(join(template.folder, SERVER_FOLDER), join(folder.path, SERVER_FOLDER))
  station = join(folder.path, 'station')
  copyStore(join(template.folder, stationName(0)), station)
  server = await startTestServer(join(folder.path, SERVER_FOLDER))
  template.proxy.setTarget(server.port)
})

afterEach(async () => {
  await backend?.stop()
  backend = undefined
  await server.close().catch(() => undefined)
  await template.remove()
  folder.remove()
})

/** Registers people until it is refused; the ids of those that were answered as saved. */
async function fill(
  opened: Backend,
): Promise<{ readonly saved: readonly string[]; readonly refusal: RequestRefusal }> {
  const saved: string[] = []
  for (;;) {
    try {
      saved.push(await registerOne(opened, template, { remarks: '长'.repeat(200) }))
    } catch (error) {
      if (error instanceof RequestRefusal) return { saved, refusal: error }
      const text = String((error as { readonly code?: unknown }).code)
      expect(text).toMatch(/SQLITE_FULL|SQLITE_IOERR/)
      return { saved, refusal: new RequestRefusal('storage', text) }
    }
  }
}

test.skipIf(needsMount)(
  'a full disk under the client: what was answered is there, and goes up when there is room',
  async () => {
    // An empty store is about a megabyte, most of it indexes; some saves are to fit in.
    const disk = mountSmallDisk(3)
    if (typeof disk === 'string') throw new Error(disk)
    try {
      cpSync(station, join(disk.path, 'station'), { recursive: true })
      backend = await openStation(join(disk.path, 'station'), template.resourcesFolder)
      const { saved } = await fill(backend)
      expect(saved.length).toBeGreaterThan(3)
      // A receipt is smaller than a person and may fit into the log once it begins anew. Where one does not, the round says so;
      // a round that says it was good has stored them all.
      const full = await backend.call('sync.run', {}).catch((error: unknown) => String(error))
      if (JSON.stringify(full).includes('"lastError":null')) {
        expect(full).toMatchObject({ pendingCount: 0 })
        await expectNothingLost(template, server.database, [backend])
      }
      disk.resize(24)
      for (const id of saved) {
        const { values } = await backend.call('record.get', { register: 'resident', id, purpose: 'show' })
        expect(values['remarks']).toBe('长'.repeat(200))
      }
      await registerOne(backend, template)
      await expectNothingLost(template, server.database, [backend])
      await backend.stop()
      backend = undefined
    } finally {
      disk.remove()
    }
  },
)

test.skipIf(needsMount)(
  'a full disk under the server: no receipt without room for the op, and all of them later',
  async () => {
    const disk = mountSmallDisk(2)
    if (typeof disk === 'string') throw new Error(disk)
    try {
      await server.close()
      cpSync(join(folder.path, SERVER_FOLDER), join(disk.path, SERVER_FOLDER), { recursive: true })
      server = await startTestServer(join(disk.path, SERVER_FOLDER))
      template.proxy.setTarget(server.port)
      backend = await openStation(station, template.resourcesFolder)
      let lastError: string | null = null
      for (let batch = 0; batch < 60 && lastError === null; batch += 1) {
        for (let made = 0; made < 20; made += 1)
          await registerOne(backend, template, { remarks: '长'.repeat(200) })
        ;({ lastError } = await backend.call('sync.run', {}))
      }
      expect(lastError).toMatch(/\p{Script=Han}/u)
      const acked = backend.context.store.read.pluck<string>("SELECT op_id FROM outbox WHERE state = 'acked'")
      const log = await server.database.selectFrom('op_log').select('op_id').execute()
      const stored = new Set(log.map((row) => row.op_id))
      expect(acked.length).toBeGreaterThan(0)
      expect(acked.filter((opId) => !stored.has(opId))).toEqual([])
      disk.resize(64)
      await expectNothingLost(template, server.database, [backend])
      expect((await checkDatabase(server.database)).problems).toEqual([])
      await server.close()
    } finally {
      disk.remove()
    }
  },
)

test.skipIf(needsMount)(
  'a folder that cannot be written: client and server say so, and nothing in it changes',
  async () => {
    const disk = mountSmallDisk(16)
    if (typeof disk === 'string') throw new Error(disk)
    try {
      const here = join(disk.path, 'station')
      cpSync(station, here, { recursive: true })
      backend = await openStation(here, template.resourcesFolder)
      const id = await registerOne(backend, template)
      await backend.stop()
      backend = undefined
      await server.close()
      cpSync(join(folder.path, SERVER_FOLDER), join(disk.path, SERVER_FOLDER), { recursive: true })
      disk.setReadOnly(true)
      await expect(openStation(here, template.resourcesFolder)).rejects.toMatchObject({ kind: 'readOnly' })
      await expect(startTestServer(join(disk.path, SERVER_FOLDER))).rejects.toThrow(/\p{Script=Han}{4}/u)
      disk.setReadOnly(false)
      server = await startTestServer(join(disk.path, SERVER_FOLDER))
      template.proxy.setTarget(server.port)
      backend = await openStation(here, template.resourcesFolder)
      expect(
        (await backend.call('record.get', { register: 'resident', id, purpose: 'show' })).values['name'],
      ).toBe('张伟')
      await expectNothingLost(template, server.database, [backend])
      await backend.stop()
      backend = undefined
      await server.close()
    } finally {
      disk.remove()
    }
  },
)

/** Turns one bit in each of these pages. */
function corrupt(file: string, pages: readonly number[]): void {
  const bytes = readFileSync(file)
  const handle = openSync(file, 'r+')
  for (const page of pages) {
    const at = page * 4_096 + 1_000
    if (at >= statSync(file).size) continue
    writeSync(handle, Buffer.from([(bytes[at] ?? 0) ^ 4]), 0, 1, at)
  }
  closeSync(handle)
}

test('corrupted pages of the client: reported, never shown as data; another store gets everything that was uploaded', async () => {
  backend = await openStation(station, template.resourcesFolder)
  const ids: string[] = []
  for (let made = 0; made < 40; made += 1) ids.push(await registerOne(backend, template))
  expect(await backend.call('sync.run', {})).toMatchObject({ lastError: null, pendingCount: 0 })
  await backend.stop()
  backend = undefined
  const pages = Math.floor(statSync(join(station, 'store.db')).size / 4_096)
  let reported = 0
  for (let page = 1; page < pages; page += 7) {
    const damaged = join(folder.path, `damaged${page}`)
    copyStore(station, damaged)
    corrupt(join(damaged, 'store.db'), [page])
    let opened: Backend | undefined
    try {
      opened = await openStation(damaged, template.resourcesFolder)
      for (const id of ids) {
        const shown = await opened.call('record.get', { register: 'resident', id, purpose: 'show' })
        expect(shown.values['name']).toBe('张伟')
      }
      if (opened.context.store.read.pluck<string>('PRAGMA integrity_check').join() !== 'ok') reported += 1
    } catch (error) {
      // A refusal with a sentence, or SQLite's own report; never a record that is something else.
      const { code, kind } = error as { readonly code?: unknown; readonly kind?: unknown }
      expect(`${String(code)} ${String(kind)}`).toMatch(/SQLITE_|corrupt|wrongKey|storage/)
      reported += 1
    } finally {
      await opened?.stop().catch(() => undefined)
    }
  }
  expect(reported).toBeGreaterThan(pages / 7 / 2)
  const fresh = join(folder.path, 'fresh')
  copyStore(join(template.folder, stationName(1)), fresh)
  backend = await openStation(fresh, template.resourcesFolder)
  await expectNothingLost(template, server.database, [backend])
  for (const id of ids) await backend.call('record.get', { register: 'resident', id, purpose: 'show' })
})

test('corrupted pages of the server: check says so, no false receipt; its backup and the stations bring everything back', async () => {
  backend = await openStation(station, template.resourcesFolder)
  for (let made = 0; made < 30; made += 1) await registerOne(backend, template)
  await backend.call('sync.run', {})
  const file = join(folder.path, SERVER_FOLDER, 'server.db')
  const place = {
    location: file,
    keyFile: `${file}.key`,
    migrationsFolder: join(projectFolder, 'migrations', 'server'),
  }
  const backup = join(folder.path, 'backup.db')
  await runStorageCommand(place, 'backup', ['--file', backup], Date.now())
  for (let made = 0; made < 10; made += 1) await registerOne(backend, template)
  await backend.call('sync.run', {})
  await server.close()
  const pages = Math.floor(statSync(file).size / 4_096)
  corrupt(
    file,
    Array.from({ length: pages - 3 }, (_, index) => index + 3),
  )

  const database = await openServerDatabase(file, place.migrationsFolder).catch((error: unknown) =>
    String(error),
  )
  if (typeof database === 'string') expect(database).toMatch(/\p{Script=Han}{4}/u)
  else {
    expect((await checkDatabase(database)).problems.length).toBeGreaterThan(0)
    await database.destroy()
    server = await startTestServer(join(folder.path, SERVER_FOLDER))
    template.proxy.setTarget(server.port)
    await registerOne(backend, template)
    expect((await backend.call('sync.run', {})).lastError).toMatch(/\p{Script=Han}/u)
    expect(
      backend.context.store.read.pluck<number>("SELECT count(*) FROM outbox WHERE state = 'pending'"),
    ).toEqual([1])
    await server.close()
  }
  await runStorageCommand(place, 'restore', ['--file', backup], Date.now())
  server = await startTestServer(join(folder.path, SERVER_FOLDER))
  template.proxy.setTarget(server.port)
  await backend.call('account.signIn', { accountName: 'clerk001', password: 'correct horse 1' })
  await expectNothingLost(template, server.database, [backend])
})
