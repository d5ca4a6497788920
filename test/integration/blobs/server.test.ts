import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkDatabase } from '../../../src-server/storage/check-database.ts'
import { pruneBlobs } from '../../../src-server/blobs/prune-blobs.ts'
import { makeJpeg, hashOf } from '../../support/photos.ts'
import { makeOp, push, sayHello, signInCaller, type Replica } from '../server/server-caller.ts'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'

const DAY_MS = 86_400_000
let folder: ReturnType<typeof makeFolder>
let server: TestServer
let caller: Awaited<ReturnType<typeof signInCaller>>
let replica: Replica

const photo = makeJpeg(1, 100_000)
const hash = hashOf(photo)

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  caller = await signInCaller(server.port, 'clerk001')
  replica = (await sayHello(caller)).replica
})
afterEach(async () => {
  await server.close()
  folder.remove()
})

type Sent = { readonly status: number; readonly body: Record<string, unknown> }

async function patch(
  bytes: Buffer,
  more: {
    readonly offset?: number
    readonly size?: number
    readonly name?: string
    readonly digest?: string
    readonly token?: string
    readonly replica?: string
  } = {},
): Promise<Sent> {
  const response = await fetch(`http://127.0.0.1:${server.port}/sync/1/blob/${more.name ?? hash}`, {
    method: 'PATCH',
    body: new Uint8Array(bytes),
    headers: {
      'content-type': 'application/octet-stream',
      authorization: `Bearer ${more.token ?? caller.token}`,
      'x-jufutong-replica': more.replica ?? replica.id,
      'x-jufutong-offset': String(more.offset ?? 0),
      'x-jufutong-size': String(more.size ?? photo.length),
      'x-jufutong-sha256': more.digest ?? hashOf(bytes),
    },
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function ask(
  method: 'HEAD' | 'GET',
  more: { readonly name?: string; readonly token?: string; readonly range?: string } = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly bytes: Buffer }> {
  const response = await fetch(`http://127.0.0.1:${server.port}/sync/1/blob/${more.name ?? hash}`, {
    method,
    headers: {
      ...(more.token === '' ? {} : { authorization: `Bearer ${more.token ?? caller.token}` }),
      // A session is one store's: that of another caller does not speak for ours.
      ...(more.token === undefined ? { 'x-jufutong-replica': replica.id } : {}),
      ...(more.range === undefined ? {} : { range: more.range }),
    },
  })
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}

/** A record of station 001 that names a photo. */
async function pushPhoto(n = 1, name = hash, more: Parameters<typeof makeOp>[2] = {}): Promise<void> {
  const op = makeOp(n, { ...validValues('resident', n), photo: name }, { register: 'resident', ...more })
  const answer = await push(caller, replica, [op])
  expect(answer.status).toBe(200)
}

describe('sending a photo', () => {
  test('in pieces: each answered with how much is there, the last with that it is stored', async () => {
    await pushPhoto()
    expect(await patch(photo.subarray(0, 40_000))).toEqual({
      status: 200,
      body: { offset: 40_000, isStored: false },
    })
    const head = await ask('HEAD')
    expect(head.status).toBe(200)
    expect(head.headers.get('x-jufutong-offset')).toBe('40000')
    expect(head.headers.get('x-jufutong-size')).toBeNull()
    // The answer was lost and the piece comes again.
    expect((await patch(photo.subarray(0, 40_000))).body).toEqual({ offset: 40_000, isStored: false })
    expect(await patch(photo.subarray(40_000), { offset: 40_000 })).toEqual({
      status: 200,
      body: { offset: 100_000, isStored: true },
    })
    expect((await patch(photo.subarray(40_000), { offset: 40_000 })).body).toEqual({
      offset: 100_000,
      isStored: true,
    })
    expect((await ask('GET')).bytes.equals(photo)).toBe(true)
    expect((await ask('HEAD')).headers.get('x-jufutong-size')).toBe('100000')
    expect(await server.database.selectFrom('blob_part').selectAll().execute()).toEqual([])
  })

  test('from another place than where it stopped is answered with that place', async () => {
    await pushPhoto()
    await patch(photo.subarray(0, 10_000))
    const ahead = await patch(photo.subarray(20_000, 30_000), { offset: 20_000 })
    expect(ahead.status).toBe(409)
    expect(ahead.body).toMatchObject({ code: 'gap', expectN: 10_000 })
    // Other bytes at a place that is there already.
    expect((await patch(Buffer.alloc(5_000, 7))).status).toBe(409)
  })

  test('that is not what its name says is thrown away whole, and can be sent again', async () => {
    await pushPhoto()
    const wrong = Buffer.from(photo)
    wrong[500] = (wrong[500] ?? 0) ^ 1
    await patch(wrong.subarray(0, 40_000))
    const answer = await patch(wrong.subarray(40_000), { offset: 40_000 })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 'damaged' })
    expect((await ask('GET')).status).toBe(404)
    expect((await ask('HEAD')).headers.get('x-jufutong-offset')).toBe('0')
    expect((await patch(photo)).body).toEqual({ offset: 100_000, isStored: true })
  })

  test('with a piece that was altered on the line is refused', async () => {
    await pushPhoto()
    expect((await patch(photo.subarray(0, 100), { digest: hashOf(photo) })).body).toMatchObject({
      code: 'damaged',
    })
    expect((await ask('HEAD')).headers.get('x-jufutong-offset')).toBe('0')
  })

  test('that is no whole JPEG, or larger than 200 KiB, is refused with a sentence', async () => {
    const text = Buffer.from('no picture at all')
    await pushPhoto(1, hashOf(text))
    const answer = await patch(text, { name: hashOf(text), size: text.length })
    expect(answer.status).toBe(400)
    expect(answer.body['message']).toContain('JPEG')
    const large = makeJpeg(2, 200 * 1_024 + 1)
    await pushPhoto(2, hashOf(large))
    const refused = await patch(large.subarray(0, 1_000), { name: hashOf(large), size: large.length })
    expect(refused.status).toBe(413)
    expect(refused.body).toMatchObject({ code: 'tooLarge', max: 200 * 1_024 })
    expect((await patch(makeJpeg(3, 300_000), { size: 1_000 })).status).toBe(413)
    expect(await server.database.selectFrom('blob').selectAll().execute()).toEqual([])
  })

  test.each([
    ['more than the whole', { size: 50 }],
    ['beyond its end', { offset: 99_999 }],
  ])('%s is refused', async (_, more) => {
    await pushPhoto()
    expect((await patch(photo.subarray(0, 100), more)).status).toBe(400)
  })

  test('nobody may fill the server with unfinished photos: the oldest make room', async () => {
    const photos = Array.from({ length: 14 }, (_, index) => makeJpeg(100 + index, 200_000))
    for (const [index, each] of photos.entries()) {
      await pushPhoto(index + 1, hashOf(each))
      server.advance(1_000)
      await patch(each.subarray(0, 150_000), { name: hashOf(each), size: each.length })
    }
    const parts = await server.database
      .selectFrom('blob_part')
      .select(['hash', 'size'])
      .orderBy('touched_at')
      .execute()
    expect(parts.reduce((sum, part) => sum + part.size, 0)).toBeLessThanOrEqual(2 * 1_048_576 + 200_000)
    expect(parts.length).toBeGreaterThan(5)
    expect(parts.map((part) => part.hash)).toEqual(photos.slice(-parts.length).map(hashOf))
  })
})

describe('reading a photo', () => {
  beforeEach(async () => {
    await pushPhoto()
    await patch(photo)
  })

  test.each([
    ['bytes=0-9', 206, 0, 10],
    ['bytes=99990-', 206, 99_990, 100_000],
    ['bytes=99990-200000', 206, 99_990, 100_000],
    ['bytes=-5', 200, 0, 100_000],
    ['nonsense', 200, 0, 100_000],
  ])('the range %s', async (range, status, from, to) => {
    const answer = await ask('GET', { range })
    expect(answer.status).toBe(status)
    expect(answer.bytes.equals(photo.subarray(from, to))).toBe(true)
    expect(answer.headers.get('x-jufutong-sha256')).toBe(hashOf(photo.subarray(from, to)))
    expect(answer.headers.get('content-range')).toBe(status === 206 ? `bytes ${from}-${to - 1}/100000` : null)
  })

  test('a range after its end', async () => {
    expect((await ask('GET', { range: 'bytes=100000-' })).status).toBe(416)
  })
})

describe('who may', () => {
  test('nobody without a session', async () => {
    await pushPhoto()
    expect((await ask('GET', { token: '' })).status).toBe(401)
    expect((await ask('HEAD', { token: '' })).status).toBe(401)
    expect((await patch(photo, { token: 'x'.repeat(43) })).status).toBe(401)
    const question = { replica: replica.id, epoch: replica.epoch, hashes: [hash] }
    expect((await caller.post('/sync/1/blobs', question, { authorization: '' })).status).toBe(401)
  })

  test('a viewer reads and sends nothing', async () => {
    await pushPhoto()
    const viewer = await signInCaller(server.port, 'viewer001')
    const own = (await sayHello(viewer)).replica
    expect((await patch(photo, { token: viewer.token, replica: own.id })).status).toBe(403)
    await patch(photo)
    expect((await ask('GET', { token: viewer.token })).bytes.equals(photo)).toBe(true)
  })

  test('a station of the same scope reads, one of another scope learns nothing', async () => {
    await pushPhoto()
    await patch(photo)
    const neighbour = await signInCaller(server.port, 'clerk002')
    expect((await ask('GET', { token: neighbour.token })).bytes.equals(photo)).toBe(true)
    const stranger = await signInCaller(server.port, 'clerk900')
    const own = (await sayHello(stranger)).replica
    expect((await ask('GET', { token: stranger.token })).status).toBe(404)
    expect((await ask('HEAD', { token: stranger.token })).status).toBe(404)
    const answer = await stranger.post('/sync/1/blobs', {
      replica: own.id,
      epoch: own.epoch,
      hashes: [hash],
    })
    expect(answer.body).toEqual({ stored: [], missing: [], wanted: [] })
    // Naming it by a record of one's own does not open it either: the content has to be brought.
    await push(stranger, own, [
      makeOp(1, { ...validValues('resident', 1), photo: hash }, { register: 'resident' }),
    ])
    expect((await ask('GET', { token: stranger.token })).status).toBe(404)
    const named = await stranger.post('/sync/1/blobs', {
      replica: own.id,
      epoch: own.epoch,
      hashes: [hash],
    })
    expect(named.body).toEqual({ stored: [], missing: [hash], wanted: [] })
  })

  test('a replica of another scope is not taken for one of ours', async () => {
    await pushPhoto()
    const stranger = await signInCaller(server.port, 'clerk900')
    const own = (await sayHello(stranger)).replica
    expect((await patch(photo, { replica: own.id })).status).toBe(401)
    expect((await patch(photo, { token: stranger.token })).status).toBe(401)
  })

  test('a photo that no record names is neither taken nor given', async () => {
    expect((await patch(photo)).status).toBe(404)
    expect((await ask('GET')).status).toBe(404)
    expect(await server.database.selectFrom('blob_part').selectAll().execute()).toEqual([])
  })

  test('pieces of one station do not spoil those of another', async () => {
    await pushPhoto()
    const neighbour = await signInCaller(server.port, 'clerk002')
    const other = (await sayHello(neighbour)).replica
    await patch(Buffer.alloc(50_000, 9), { token: neighbour.token, replica: other.id })
    await patch(photo.subarray(0, 50_000))
    expect((await patch(photo.subarray(50_000), { offset: 50_000 })).body).toEqual({
      offset: 100_000,
      isStored: true,
    })
  })
})

describe('which photos are here', () => {
  test('names what is stored, what is missing, and what else the scope lacks', async () => {
    const [second, third] = [makeJpeg(2, 1_000), makeJpeg(3, 1_000)]
    await pushPhoto(1)
    await pushPhoto(2, hashOf(second))
    await pushPhoto(3, hashOf(third))
    await patch(photo)
    const question = (hashes: readonly string[], epoch = replica.epoch) =>
      caller.post('/sync/1/blobs', { replica: replica.id, epoch, hashes })
    expect((await question([hash, hashOf(second), hashOf(Buffer.from('x'))])).body).toEqual({
      stored: [hash],
      missing: [hashOf(second)],
      wanted: [hashOf(third)],
    })
    expect((await question([], randomUUID())).status).toBe(412)
    expect((await question(['../../etc/passwd'])).status).toBe(400)
  })

  test('an op that is set aside names its photo too: it may be repaired', async () => {
    const values = { ...validValues('resident', 1), name: null, photo: hash }
    const answer = await push(caller, replica, [makeOp(1, values, { register: 'resident' })])
    expect(answer.push.results[0]).toMatchObject({ outcome: 'setAside' })
    expect((await patch(photo)).body).toMatchObject({ isStored: true })
  })

  test('check counts those that are to come, and finds one whose content is gone', async () => {
    await pushPhoto(1)
    expect(await checkDatabase(server.database)).toMatchObject({ missingPhotos: 1, problems: [] })
    await patch(photo)
    expect(await checkDatabase(server.database)).toMatchObject({ missingPhotos: 0, problems: [] })
    await server.database.deleteFrom('blob').execute()
    expect((await checkDatabase(server.database)).problems).toEqual(['有1张照片标为已上传,内容却不在。'])
  })

  test('what nothing names, and what was never finished, is let go of after 35 days', async () => {
    await pushPhoto(1)
    await patch(photo)
    const second = makeJpeg(2, 100_000)
    await pushPhoto(2, hashOf(second))
    await patch(second.subarray(0, 10), { name: hashOf(second) })
    const count = async () => [
      (await server.database.selectFrom('blob').selectAll().execute()).length,
      (await server.database.selectFrom('blob_part').selectAll().execute()).length,
    ]
    await pruneBlobs(server.database, Date.now() + 34 * DAY_MS)
    expect(await count()).toEqual([1, 1])
    await pruneBlobs(server.database, Date.now() + 36 * DAY_MS)
    expect(await count()).toEqual([1, 0])
    await server.database.deleteFrom('blob_use').execute()
    await pruneBlobs(server.database, Date.now() + 34 * DAY_MS)
    expect(await count()).toEqual([1, 0])
    await pruneBlobs(server.database, Date.now() + 36 * DAY_MS)
    expect(await count()).toEqual([0, 0])
  })
})
