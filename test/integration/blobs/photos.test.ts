import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runStorageCommand } from '../../../src-server/commands/storage-commands.ts'
import { checkDatabase } from '../../../src-server/storage/check-database.ts'
import { prunePhotos, storePhoto } from '../../../src-main/backend/blobs/photo-uses.ts'
import { fetchPhoto, sendPhoto } from '../../../src-main/backend/blobs/transfer-photo.ts'
import { syncBlobs } from '../../../src-main/backend/blobs/sync-blobs.ts'
import { makeBackend, type BackendFixture } from '../../support/backend-fixture.ts'
import { hashOf, makeJpeg, seededRandom } from '../../support/photos.ts'
import { startProxy } from '../../support/proxy/start-proxy.ts'
import {
  isOnPostgres,
  makeFolder,
  openTestClient,
  PASSWORD,
  projectFolder,
  startTestServer,
  validValues,
  type TestClient,
  type TestServer,
} from '../sync/sync-world.ts'

const DAY_MS = 86_400_000
let folder: ReturnType<typeof makeFolder>
let server: TestServer
const clients: TestClient[] = []
const backends: BackendFixture[] = []

async function openClient(name: string, accountName = 'clerk001', port = server.port): Promise<TestClient> {
  const client = await openTestClient(join(folder.path, name), port)
  clients.push(client)
  await client.sync.signIn(accountName, PASSWORD)
  await client.sync.run()
  return client
}

/** Takes a photo in as `photo.put` does. */
async function take(client: TestClient, photo: Buffer): Promise<string> {
  await client.store.write((database) => storePhoto(database, hashOf(photo), photo, Date.now()))
  return hashOf(photo)
}

async function createWith(client: TestClient, number: number, photo: Buffer): Promise<string> {
  const hash = await take(client, photo)
  return client.create('resident', { ...validValues('resident', number), photo: hash })
}

function photosOf(client: TestClient): readonly string[] {
  return client.store.read.pluck<string>('SELECT hash FROM photo ORDER BY hash')
}

async function storedAtServer(): Promise<readonly string[]> {
  const rows = await server.database.selectFrom('blob').selectAll().orderBy('hash').execute()
  for (const row of rows) expect(hashOf(row.bytes)).toBe(row.hash)
  return rows.map((row) => row.hash)
}

async function quiet(client: TestClient): Promise<void> {
  const status = await client.sync.run()
  expect(status.lastError).toBeNull()
}

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const fixture of backends.splice(0)) await fixture.remove()
  await server.close()
  folder.remove()
})

describe('two stations', () => {
  test('a photo follows its record, and no record points to one that is not stored', async () => {
    const one = await openClient('one')
    const two = await openClient('two', 'clerk002')
    const photos = [1, 2, 3].map((number) => makeJpeg(number, 50_000 * number))
    const ids = await Promise.all(photos.map((photo, index) => createWith(one, index + 1, photo)))
    await quiet(one)
    const hashes = photos.map(hashOf).sort()
    expect(await storedAtServer()).toEqual(hashes)
    await quiet(two)
    expect(photosOf(two)).toEqual(hashes)
    expect(two.find('resident', ids[0] ?? '')?.values['photo']).toBe(hashOf(photos[0] ?? Buffer.of()))
    expect(await checkDatabase(server.database)).toMatchObject({ missingPhotos: 0, problems: [] })
  })

  test('a photo that was replaced before the round goes too: a conflict may bring it back', async () => {
    const one = await openClient('one')
    const [first, second] = [makeJpeg(1, 1_000), makeJpeg(2, 1_000)]
    const id = await createWith(one, 1, first)
    await one.edit('resident', id, { photo: await take(one, second) })
    await quiet(one)
    expect(await storedAtServer()).toEqual([hashOf(first), hashOf(second)].sort())
  })

  test('a round with nothing open asks nothing about photos', async () => {
    const one = await openClient('one')
    await createWith(one, 1, makeJpeg(1, 1_000))
    await quiet(one)
    const before = one.events.length
    await quiet(one)
    const asked = one.events
      .slice(before)
      .some((each) => each.event === 'sync.changed' && each.payload.progress?.phase === 'photos')
    expect(asked).toBe(false)
  })

  test('who registered it is offline: another station with the photo brings it to a server that lost it', async () => {
    const one = await openClient('one')
    const two = await openClient('two', 'clerk002')
    const photo = makeJpeg(1, 30_000)
    await createWith(one, 1, photo)
    await quiet(one)
    await quiet(two)
    await server.database.deleteFrom('blob').execute()
    await server.database.updateTable('blob_use').set({ is_stored: 0 }).execute()
    // Something new of its own makes the second station ask, and the server says what it lacks.
    await createWith(two, 2, makeJpeg(2, 1_000))
    await quiet(two)
    expect(await storedAtServer()).toContain(hashOf(photo))
  })
})

describe('a bad line', () => {
  test.each([11, 12, 13])(
    'cut at any byte, both ways, nothing is lost or half stored (seed %i)',
    async (seed) => {
      const proxy = await startProxy({ target: server.port, seed, protocol: 'bytes', withinBytes: 120_000 })
      try {
        const one = await openClient('one', 'clerk001', proxy.port)
        const two = await openClient('two', 'clerk002', proxy.port)
        const photos = Array.from({ length: 16 }, (_, index) =>
          makeJpeg(seed * 100 + index, 25_000 + 2_500 * index),
        )
        for (const [index, photo] of photos.entries()) await createWith(one, index + 1, photo)
        const hashes = photos.map(hashOf).sort()
        const random = seededRandom(seed)
        const harmLine = (way: 'up' | 'down'): void => {
          // The connection and the one that is tried at once in its place.
          for (let connection = 0; connection < 2; connection += 1) {
            proxy.harmNext({
              kind: (['cut', 'reset', 'flipped'] as const)[Math.floor(random() * 3)] ?? 'cut',
              // Where the photos go, or the other way.
              direction: random() < 0.85 ? way : way === 'up' ? 'down' : 'up',
              afterBytes: Math.floor(random() * 90_000),
            })
          }
        }
        for (let round = 0; round < 80 && photosOf(two).length < photos.length; round += 1) {
          harmLine('up')
          await one.sync.run()
          // Whatever stands at the server stands whole, at any moment.
          await storedAtServer()
          proxy.forgetHarms()
          harmLine('down')
          await two.sync.run()
          proxy.forgetHarms()
        }
        const counts = proxy.counts()
        expect(counts.cut + counts.reset + counts.flipped).toBeGreaterThan(3)
        await quiet(one)
        await quiet(two)
        expect(await storedAtServer()).toEqual(hashes)
        expect(photosOf(two)).toEqual(hashes)
      } finally {
        await proxy.close()
      }
    },
  )

  test('goes on from where it was: what was there is not sent or fetched again', async () => {
    const one = await openClient('one')
    const two = await openClient('two', 'clerk002')
    const photo = makeJpeg(1, 180_000)
    const id = await one.create('resident', { ...validValues('resident', 1), photo: hashOf(photo) })
    await quiet(one)
    await quiet(two)
    expect(two.find('resident', id)?.values['photo']).toBe(hashOf(photo))
    for (const [client, act, way] of [
      [one, sendPhoto, 'PATCH'],
      [two, fetchPhoto, 'GET'],
    ] as const) {
      const moved: number[] = []
      let allowed = 2
      const attempt = (): Promise<void> =>
        client.sync.onLine((line) =>
          act(
            {
              ...line,
              chunkBytes: 50_000,
              client: {
                ask: line.client.ask,
                exchange: async (request, options) => {
                  if (request.method !== way) return line.client.exchange(request, options)
                  allowed -= 1
                  if (allowed < 0) throw new Error('the program ended here')
                  const answer = await line.client.exchange(request, options)
                  moved.push(way === 'PATCH' ? (request.bytes?.length ?? 0) : answer.bytes.length)
                  return answer
                },
              },
            },
            hashOf(photo),
            photo,
          ),
        )
      await expect(attempt()).rejects.toThrow('the program ended here')
      allowed = 10
      await attempt()
      expect(moved).toEqual([50_000, 50_000, 50_000, 30_000])
    }
    expect(await storedAtServer()).toEqual([hashOf(photo)])
    expect(photosOf(two)).toEqual([hashOf(photo)])
  })

  test('a server that gives other bytes than asked for is not believed', async () => {
    const one = await openClient('one')
    const photo = makeJpeg(1, 20_000)
    await createWith(one, 1, photo)
    await quiet(one)
    const two = await openTestClient(join(folder.path, 'two'), server.port)
    clients.push(two)
    await two.sync.signIn('clerk002', PASSWORD)
    await server.database
      .updateTable('blob')
      .set({ bytes: makeJpeg(2, 20_000) })
      .execute()
    await quiet(two)
    expect(photosOf(two)).toEqual([])
    expect(two.store.read.pluck('SELECT last_error FROM photo_use')).toEqual([
      '收到的照片内容不对,没有采用,将重新下载。',
    ])
    await server.database.updateTable('blob').set({ bytes: photo }).execute()
    await quiet(two)
    expect(photosOf(two)).toEqual([hashOf(photo)])
  })

  test('one that the server refuses does not hold up the others', async () => {
    const one = await openClient('one')
    const bad = Buffer.from('no picture')
    await createWith(one, 1, bad)
    await createWith(one, 2, makeJpeg(2, 1_000))
    await quiet(one)
    expect(await storedAtServer()).toEqual([hashOf(makeJpeg(2, 1_000))])
    const [row] = one.store.read.allOf(
      'SELECT attempts, last_error FROM photo_use WHERE hash = ?',
      hashOf(bad),
    )
    expect(row?.['attempts']).toBe(1)
    expect(String(row?.['last_error'])).toContain('JPEG')
    // It is known to be missing, at both ends.
    expect(await checkDatabase(server.database)).toMatchObject({ missingPhotos: 1 })
  })

  test('takes a bounded time of a round and says that there is more', async () => {
    const one = await openClient('one')
    for (let number = 1; number <= 5; number += 1) await createWith(one, number, makeJpeg(number, 2_000))
    one.useServer({ isEnabled: false })
    one.useServer({ isEnabled: true })
    // Records first, photos not at all.
    const report = await one.sync.onLine(async (line) => {
      await one.sync.run()
      return syncBlobs({
        ...line,
        mayUpload: true,
        asksAnyway: false,
        timeMs: -1,
        onProgress: () => undefined,
        log: () => undefined,
      })
    })
    expect(report).toMatchObject({ sent: 0, isMore: false, left: 0 })
    for (let number = 6; number <= 9; number += 1) await take(one, makeJpeg(number, 2_000))
    await one.createMany(
      'resident',
      [6, 7, 8, 9].map((number) => ({
        ...validValues('resident', number),
        photo: hashOf(makeJpeg(number, 2_000)),
      })),
    )
    await server.database.deleteFrom('blob').execute()
    await server.database.updateTable('blob_use').set({ is_stored: 0 }).execute()
    one.store.read.pluck('SELECT count(*) FROM photo_use')
    await one.store.write((database) => database.runOf('UPDATE photo_use SET stored_epoch = NULL'))
    const bounded = await one.sync.onLine((line) =>
      syncBlobs({
        ...line,
        mayUpload: true,
        asksAnyway: false,
        timeMs: -1,
        onProgress: () => undefined,
        log: () => undefined,
      }),
    )
    expect(bounded).toMatchObject({ sent: 0, isMore: true, left: 9 })
    await quiet(one)
    expect(await storedAtServer()).toHaveLength(9)
  })
})

describe('the server of an older backup', () => {
  test.skipIf(isOnPostgres())('gets the photos again that came after it', async () => {
    const one = await openClient('one')
    const [before, after] = [makeJpeg(1, 10_000), makeJpeg(2, 20_000)]
    await createWith(one, 1, before)
    await quiet(one)
    const place = {
      location: server.databaseFile,
      keyFile: `${server.databaseFile}.key`,
      migrationsFolder: join(projectFolder, 'migrations', 'server'),
    }
    const backup = join(folder.path, 'backup.db')
    await runStorageCommand(place, 'backup', ['--file', backup], Date.now())
    await createWith(one, 2, after)
    await quiet(one)
    await server.close()
    const lines = await runStorageCommand(place, 'restore', ['--file', backup], Date.now())
    expect(lines.join('')).not.toContain('没有上传')
    server = await startTestServer(folder.path)
    expect(await storedAtServer()).toEqual([hashOf(before)])
    one.useServer({ port: server.port })
    await one.sync.signIn('clerk001', PASSWORD)
    for (let round = 0; round < 3; round += 1) await one.sync.run()
    expect(await storedAtServer()).toEqual([hashOf(before), hashOf(after)].sort())
  })
})

describe('photos that nobody named', () => {
  test('are let go of after 35 days; those of an open form, an op or a record stay', async () => {
    const one = await openClient('one')
    const [orphan, drafted, named] = [makeJpeg(1, 100), makeJpeg(2, 100), makeJpeg(3, 100)]
    await take(one, orphan)
    await take(one, drafted)
    await createWith(one, 1, named)
    await one.store.write((database) => {
      database.runOf("INSERT INTO draft (id, register, head, updated_at) VALUES ('d', 'resident', '{}', 0)")
      database.runOf(
        "INSERT INTO draft_input (draft_id, field, input) VALUES ('d', 'photo', ?)",
        JSON.stringify({ text: '', value: hashOf(drafted) }),
      )
    })
    await one.store.write((database) => prunePhotos(database, Date.now() + 34 * DAY_MS))
    expect(photosOf(one)).toHaveLength(3)
    await one.store.write((database) => prunePhotos(database, Date.now() + 36 * DAY_MS))
    expect(photosOf(one)).toEqual([hashOf(drafted), hashOf(named)].sort())
  })
})

describe('a photo that somebody looks at', () => {
  async function openStation(accountName: string): Promise<BackendFixture['backend']> {
    const fixture = await makeBackend()
    backends.push(fixture)
    const { backend } = fixture
    const { settings } = await backend.call('app.state', {})
    await backend.call('settings.save', {
      settings: {
        ...settings,
        server: { ...settings.server, isEnabled: true, host: '127.0.0.1', port: server.port },
      },
    })
    await backend.call('account.signIn', { accountName, password: PASSWORD })
    await backend.call('sync.run', {})
    return backend
  }
  const sentenceOf = async (backend: BackendFixture['backend'], hash: string): Promise<string> => {
    const answer = await backend.request('photo.get', { hash })
    return answer.ok ? 'shown' : answer.error.message
  }

  test('is fetched at once; where that is not possible a sentence says why', async () => {
    const one = await openClient('one')
    const photo = makeJpeg(1, 90_000)
    // The record goes, the photo does not yet: this station has no line when its turn would come.
    await one.create('resident', { ...validValues('resident', 1), photo: hashOf(photo) })
    await quiet(one)
    const backend = await openStation('clerk002')
    expect(await sentenceOf(backend, hashOf(photo))).toContain('还没有上传到服务器')
    await take(one, photo)
    await quiet(one)
    const both = await Promise.all([
      backend.call('photo.get', { hash: hashOf(photo) }),
      backend.call('photo.get', { hash: hashOf(photo) }),
    ])
    expect(both.map(({ base64 }) => hashOf(Buffer.from(base64, 'base64')))).toEqual([
      hashOf(photo),
      hashOf(photo),
    ])
    await server.close()
    expect(await sentenceOf(backend, hashOf(makeJpeg(2, 10)))).toContain('还没有下载到本机')
    expect(await sentenceOf(backend, hashOf(photo))).toBe('shown')
    server = await startTestServer(folder.path)
  })

  test('in 单机模式 a sentence says that it is not here', async () => {
    const fixture = await makeBackend()
    backends.push(fixture)
    expect(await sentenceOf(fixture.backend, hashOf(makeJpeg(1, 10)))).toContain('单机模式')
  })
})
