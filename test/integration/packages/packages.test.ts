import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { addReplica } from '../../../src-server/commands/replica-commands.ts'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import { ServerSetupError } from '../../../src-server/storage/setup-error.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import { PACKAGE_MAGIC } from '../../../src-shared/contract/package-messages.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import {
  addStreets,
  coordinatorValues,
  employerValues,
  inventNumber,
  makeBackend,
  refusalOf,
  type BackendFixture,
} from '../../support/backend-fixture.ts'
import { hashOf, makeJpeg } from '../../support/photos.ts'
import {
  listServerRecords,
  makeFolder,
  PASSWORD,
  startTestServer,
  type TestServer,
} from '../sync/sync-world.ts'

type Backend = BackendFixture['backend']

let folder: ReturnType<typeof makeFolder>
let server: TestServer
const fixtures: BackendFixture[] = []

async function setServer(backend: Backend, isEnabled: boolean): Promise<void> {
  const { settings } = await backend.call('app.state', {})
  await backend.call('settings.save', {
    settings: {
      ...settings,
      syncPeriodMinutes: 0,
      server: { ...settings.server, isEnabled, host: '127.0.0.1', port: server.port },
    },
  })
}

/** A station that has met the server once and, unless it is online, stands without a line since then. */
async function openStation(accountName: string, isOnline = false): Promise<Backend> {
  const fixture = await makeBackend({ clock: createClock() })
  fixtures.push(fixture)
  const { backend } = fixture
  await setServer(backend, true)
  await backend.call('account.signIn', { accountName, password: PASSWORD })
  expect((await backend.call('sync.run', {})).lastError).toBeNull()
  if (!isOnline) await setServer(backend, false)
  return backend
}

const file = (name: string): string => join(folder.path, name)

async function create(backend: Backend, name: string, id = makeUuid()): Promise<string> {
  await backend.call('employer.save', {
    id,
    revision: 0,
    values: employerValues({ name }),
    draftId: null,
  })
  return id
}

async function change(backend: Backend, id: string, values: RecordValues): Promise<void> {
  const record = await backend.call('record.get', { register: 'employer', id, purpose: 'modify' })
  await backend.call('employer.save', {
    id,
    revision: record.revision,
    values: { ...record.values, ...values },
    draftId: null,
  })
}

const stateOf = async (backend: Backend, id: string): Promise<string> =>
  (await backend.call('record.get', { register: 'employer', id, purpose: 'show' })).uploadState

const importAtServer = (from: string, answer: string): Promise<readonly string[]> =>
  runCommand(
    server.database,
    'import-package',
    ['--file', from, '--answer', answer],
    async () => '',
    Date.now(),
  )

/** Everything of the server that a package may change. */
async function snapshot(): Promise<string> {
  const tables = await Promise.all([
    server.database.selectFrom('op_log').selectAll().orderBy('n').orderBy('replica').execute(),
    server.database.selectFrom('record').selectAll().orderBy('id').execute(),
    server.database.selectFrom('blob').select('hash').orderBy('hash').execute(),
    server.database.selectFrom('counter').selectAll().execute(),
  ])
  return JSON.stringify(tables)
}

async function exportAll(backend: Backend, name = 'ops.jufutong-package'): Promise<string> {
  await backend.call('package.export', { path: file(name), numbers: null })
  return file(name)
}

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
})
afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.remove()
  await server.close()
  folder.remove()
})

describe('a station without a line', () => {
  test('gets its receipts and the changes of others by two files', async () => {
    const lonely = await openStation('clerk001')
    const other = await openStation('clerk002', true)
    const theirs = await create(other, '乙厂')
    await other.call('sync.run', {})
    const mine = await create(lonely, '甲厂')
    await change(lonely, mine, { name: '甲厂改' })
    expect(await stateOf(lonely, mine)).toBe('pending')

    const exported = await lonely.call('package.export', { path: file('a.jufutong-package'), numbers: null })
    expect(exported).toMatchObject({ path: file('a.jufutong-package'), count: 2 })
    // Exporting confirms nothing.
    expect(await stateOf(lonely, mine)).toBe('pending')
    const lines = await importAtServer(file('a.jufutong-package'), file('answer.jufutong-package'))
    expect(lines[0]).toContain('修改2项,接收2项')
    expect((await listServerRecords(server.database)).get(mine)?.values['name']).toBe('甲厂改')

    const imported = await lonely.call('package.import', { path: file('answer.jufutong-package') })
    expect(imported.message).toContain('服务器接收了2项修改')
    expect(await stateOf(lonely, mine)).toBe('uploaded')
    expect(await stateOf(lonely, theirs)).toBe('uploaded')
    expect((await lonely.call('sync.status', {})).pendingCount).toBe(0)
    await other.call('sync.run', {})
    const seen = await other.call('record.get', { register: 'employer', id: mine, purpose: 'show' })
    expect(seen.values['name']).toBe('甲厂改')
  })

  test('a package and its answer may come twice, in any order, and after the line came back', async () => {
    const station = await openStation('clerk001')
    const id = await create(station, '甲厂')
    const first = await exportAll(station, 'first.jufutong-package')
    await change(station, id, { name: '甲厂二' })
    const second = await exportAll(station, 'second.jufutong-package')
    // The later one holds what the earlier one holds.
    await importAtServer(second, file('second-answer.jufutong-package'))
    await importAtServer(first, file('first-answer.jufutong-package'))
    const before = await snapshot()
    await importAtServer(first, file('again.jufutong-package'))
    expect(await snapshot()).toBe(before)
    expect((await listServerRecords(server.database)).get(id)?.values['name']).toBe('甲厂二')

    await setServer(station, true)
    await change(station, id, { name: '甲厂三' })
    expect((await station.call('sync.run', {})).lastError).toBeNull()
    for (const name of ['second-answer', 'first-answer', 'again', 'second-answer'])
      await station.call('package.import', { path: file(`${name}.jufutong-package`) })
    expect(await stateOf(station, id)).toBe('uploaded')
    const record = await station.call('record.get', { register: 'employer', id, purpose: 'show' })
    expect(record.values['name']).toBe('甲厂三')
    const status = await station.call('sync.run', {})
    expect(status).toMatchObject({ lastError: null, pendingCount: 0, setAsideCount: 0, conflictCount: 0 })
    expect(await server.database.selectFrom('op_log').select('n').execute()).toHaveLength(3)
  })

  test('conflicts come back as over the line', async () => {
    const station = await openStation('clerk001', true)
    const other = await openStation('clerk002', true)
    const id = await create(station, '甲厂')
    await station.call('sync.run', {})
    await other.call('sync.run', {})
    await setServer(station, false)
    await change(other, id, { name: '乙改' })
    await other.call('sync.run', {})
    await change(station, id, { name: '甲改' })
    const lines = await importAtServer(await exportAll(station), file('answer.jufutong-package'))
    expect(lines[0]).toContain('其中与别站不一致1项')
    await station.call('package.import', { path: file('answer.jufutong-package') })
    expect((await station.call('sync.status', {})).conflictCount).toBe(1)
    const { rows } = await station.call('conflict.list', { offset: 0, limit: 10 })
    expect(rows[0]).toMatchObject({ recordId: id, field: 'name' })
    expect([rows[0]?.kept.text, rows[0]?.lost.text]).toEqual(['乙改', '甲改'])
  })

  test('photos go along, and count as stored only with the answer', async () => {
    const station = await openStation('clerk001')
    await addStreets(station)
    const photo = makeJpeg(1, 60_000)
    const { hash } = await station.call('photo.put', { base64: photo.toString('base64') })
    await station.call('coordinator.save', {
      id: makeUuid(),
      revision: 0,
      values: coordinatorValues({ photo: hash }),
      draftId: null,
    })
    const result = await station.call('package.export', { path: file('a.jufutong-package'), numbers: null })
    expect(result.message).toContain('1张照片')
    await importAtServer(file('a.jufutong-package'), file('answer.jufutong-package'))
    const [stored] = await server.database.selectFrom('blob').selectAll().execute()
    expect([stored?.hash, hashOf(stored?.bytes ?? Buffer.of())]).toEqual([hash, hash])
    const listOpen = (): readonly unknown[] =>
      station.context.store.read.pluck('SELECT hash FROM photo_use WHERE stored_epoch IS NULL')
    expect(listOpen()).toEqual([hash])
    await station.call('package.import', { path: file('answer.jufutong-package') })
    expect(listOpen()).toEqual([])
  })

  test('photos the server would refuse over the line do not come in by a file', async () => {
    const station = await openStation('clerk001')
    await addStreets(station)
    const good = makeJpeg(1, 1_000)
    const large = makeJpeg(2, 200 * 1_024 + 1)
    const text = Buffer.from('no picture')
    // As if a store had been tampered with: the page makes no such photos.
    await station.context.store.write((database) => {
      for (const bytes of [good, large, text])
        database.runOf('INSERT INTO photo (hash, bytes) VALUES (?, ?)', hashOf(bytes), bytes)
    })
    for (const [index, bytes] of [good, large, text].entries()) {
      await station.call('coordinator.save', {
        id: makeUuid(),
        revision: 0,
        values: coordinatorValues({ photo: hashOf(bytes), citizenIdNumber: inventNumber(index + 40) }),
        draftId: null,
      })
    }
    await importAtServer(await exportAll(station), file('answer.jufutong-package'))
    const stored = await server.database.selectFrom('blob').select('hash').execute()
    expect(stored.map((row) => row.hash)).toEqual([hashOf(good)])
    expect(await server.database.selectFrom('op_log').select('n').execute()).toHaveLength(3)
  })

  test('chosen ops take what their records need before them, and nothing else', async () => {
    const station = await openStation('clerk001')
    const id = await create(station, '甲厂')
    const other = await create(station, '乙厂')
    await change(station, id, { name: '甲厂二' })
    const { rows } = await station.call('sync.queue', { state: null, offset: 0, limit: 10 })
    const newest = rows.at(-1)?.n ?? 0
    const result = await station.call('package.export', {
      path: file('a.jufutong-package'),
      numbers: [newest],
    })
    expect(result.count).toBe(2)
    await importAtServer(file('a.jufutong-package'), file('answer.jufutong-package'))
    await station.call('package.import', { path: file('answer.jufutong-package') })
    expect(await stateOf(station, id)).toBe('uploaded')
    expect(await stateOf(station, other)).toBe('pending')
    // The rest follows over the line, later than its numbers say.
    await setServer(station, true)
    expect((await station.call('sync.run', {})).lastError).toBeNull()
    expect(await stateOf(station, other)).toBe('uploaded')
  })

  test('that never met its server cannot export, and is told why', async () => {
    const fixture = await makeBackend()
    fixtures.push(fixture)
    const refused = await refusalOf(fixture.backend, 'package.export', {
      path: file('a.jufutong-package'),
      numbers: null,
    })
    expect(refused.message).toContain('请先连网同步一次')
    expect(existsSync(file('a.jufutong-package'))).toBe(false)
  })
})

describe('a station that never had a line', () => {
  const addFile = async (name: string): Promise<string> => {
    await addReplica(
      server.database,
      { tls: { folder: file('no-tls'), authorityKeyFile: '' }, host: '127.0.0.1', port: server.port },
      // Nobody listens there.
      { stationCode: '001', file: file(name), label: '山里', days: undefined, addresses: '127.0.0.1:9' },
      Date.now(),
    )
    return file(name)
  }
  const openUnmet = async (stationFile: string): Promise<Backend> => {
    const fixture = await makeBackend({ clock: createClock() })
    fixtures.push(fixture)
    const refused = await refusalOf(fixture.backend, 'enrolment.apply', { path: stationFile })
    expect(refused.message).toContain('没有网络也可以')
    expect((await fixture.backend.call('app.state', {})).settings.server.isEnabled).toBe(false)
    return fixture.backend
  }

  test('is enrolled by its first package, and lives by packages until there is one', async () => {
    const path = await addFile('001.jufutong-station')
    const station = await openUnmet(path)
    const other = await openStation('clerk002', true)
    const theirs = await create(other, '乙厂')
    await other.call('sync.run', {})
    const mine = await create(station, '甲厂')
    await exportAll(station, 'first.jufutong-package')
    // The code is for the server alone.
    const { code } = JSON.parse(readFileSync(path, 'utf8')) as { code: string }
    expect(readFileSync(file('first.jufutong-package')).includes(Buffer.from(code))).toBe(false)
    // Another package of the same station may be there first, and each may come twice.
    await change(station, mine, { name: '甲厂二' })
    await exportAll(station, 'second.jufutong-package')
    await importAtServer(file('second.jufutong-package'), file('second-answer.jufutong-package'))
    await importAtServer(file('first.jufutong-package'), file('first-answer.jufutong-package'))
    expect((await listServerRecords(server.database)).get(mine)?.values['name']).toBe('甲厂二')
    const stored = await server.database.selectFrom('replica_access').selectAll().execute()
    expect(stored.map((row) => [row.station_code, row.revoked_at])).toEqual([['001', null]])

    await station.call('package.import', { path: file('second-answer.jufutong-package') })
    await station.call('package.import', { path: file('first-answer.jufutong-package') })
    expect(await stateOf(station, mine)).toBe('uploaded')
    expect(await stateOf(station, theirs)).toBe('uploaded')
    // The next change knows what the answer brought.
    await change(station, theirs, { name: '乙厂二' })
    const third = await exportAll(station, 'third.jufutong-package')
    const lines = await importAtServer(third, file('third-answer.jufutong-package'))
    expect(lines[0]).toContain('修改1项,接收1项')
    await station.call('package.import', { path: file('third-answer.jufutong-package') })

    // A line at last: the same store goes on, and nothing comes twice.
    await setServer(station, true)
    await station.call('account.signIn', { accountName: 'clerk001', password: PASSWORD })
    await change(station, mine, { name: '甲厂三' })
    expect(await station.call('sync.run', {})).toMatchObject({
      lastError: null,
      pendingCount: 0,
      setAsideCount: 0,
      conflictCount: 0,
    })
    expect(await server.database.selectFrom('op_log').select('n').execute()).toHaveLength(5)
    const records = await listServerRecords(server.database)
    expect([mine, theirs].map((id) => records.get(id)?.values['name'])).toEqual(['甲厂三', '乙厂二'])
  })

  test('whose code another one has used, or that has ended, is refused whole', async () => {
    const path = await addFile('001.jufutong-station')
    const [first, second] = [await openUnmet(path), await openUnmet(path)]
    await create(first, '甲厂')
    await create(second, '乙厂')
    await exportAll(first, 'first.jufutong-package')
    await exportAll(second, 'second.jufutong-package')
    await importAtServer(file('first.jufutong-package'), file('first-answer.jufutong-package'))
    const before = await snapshot()
    await expect(
      importAtServer(file('second.jufutong-package'), file('second-answer.jufutong-package')),
    ).rejects.toThrow('已经用过')
    const late = await openUnmet(await addFile('late.jufutong-station'))
    await create(late, '丙厂')
    await exportAll(late, 'late.jufutong-package')
    await server.database.updateTable('enrolment').set({ expires_at: 1 }).execute()
    await expect(
      importAtServer(file('late.jufutong-package'), file('late-answer.jufutong-package')),
    ).rejects.toThrow('已过期')
    expect(await snapshot()).toBe(before)
    expect(await server.database.selectFrom('replica_access').select('replica').execute()).toHaveLength(1)
    // A file of its own mends it; nothing typed is lost.
    const again = await refusalOf(second, 'enrolment.apply', { path: await addFile('new.jufutong-station') })
    expect(again.message).toContain('没有网络也可以')
    await exportAll(second, 'again.jufutong-package')
    await importAtServer(file('again.jufutong-package'), file('again-answer.jufutong-package'))
    expect((await second.call('sync.status', {})).pendingCount).toBe(1)
    await second.call('package.import', { path: file('again-answer.jufutong-package') })
    expect((await second.call('sync.status', {})).pendingCount).toBe(0)
  })

  test('writes for its station, as a clerk and by no account; not any more once it is revoked', async () => {
    const station = await openUnmet(await addFile('001.jufutong-station'))
    const id = await create(station, '甲厂')
    await importAtServer(await exportAll(station), file('answer.jufutong-package'))
    const ops = await server.database.selectFrom('op_log').select(['record_id', 'account_name']).execute()
    expect(ops).toEqual([{ record_id: id, account_name: '' }])
    const records = await server.database
      .selectFrom('record')
      .select(['id', 'scope', 'station_code'])
      .execute()
    expect(records).toEqual([{ id, scope: 'district', station_code: '001' }])
    await server.database.updateTable('replica_access').set({ revoked_at: 1 }).execute()
    await create(station, '乙厂')
    const next = await exportAll(station, 'next.jufutong-package')
    await expect(importAtServer(next, file('next-answer.jufutong-package'))).rejects.toThrow('已停用')
    expect(await listServerRecords(server.database)).toHaveProperty('size', 1)
  })
})

describe('another PC with a line', () => {
  test('carries a package and brings the answer back', async () => {
    const lonely = await openStation('clerk001')
    const carrier = await openStation('clerk002', true)
    const id = await create(lonely, '甲厂')
    const path = await exportAll(lonely)
    const carried = await carrier.call('package.import', { path })
    expect(carried.path).toBe(file('ops-回执.jufutong-package'))
    expect((await listServerRecords(server.database)).has(id)).toBe(true)
    // It cannot be read on the way.
    expect(readFileSync(path).includes(Buffer.from('甲厂'))).toBe(false)
    await lonely.call('package.import', { path: carried.path })
    expect(await stateOf(lonely, id)).toBe('uploaded')
  })

  test('keeps it while there is no line, and takes it along with the next round', async () => {
    const lonely = await openStation('clerk001')
    const carrier = await openStation('clerk002')
    const id = await create(lonely, '甲厂')
    const path = await exportAll(lonely)
    expect((await carrier.call('package.import', { path })).message).toContain('联网后自动带到服务器')
    await setServer(carrier, true)
    expect((await carrier.call('sync.run', {})).lastError).toBeNull()
    expect((await listServerRecords(server.database)).has(id)).toBe(true)
    const again = await carrier.call('package.import', { path })
    await lonely.call('package.import', { path: again.path })
    expect(await stateOf(lonely, id)).toBe('uploaded')
  })
})

describe('files that are not taken', () => {
  let station: Backend
  let path: string
  let answer: string

  beforeEach(async () => {
    station = await openStation('clerk001')
    await create(station, '甲厂')
    path = await exportAll(station)
    answer = file('answer.jufutong-package')
    await importAtServer(path, answer)
    await create(station, '乙厂')
    path = await exportAll(station, 'next.jufutong-package')
  })

  async function expectNothingChanged(act: () => Promise<string>, sentence: string | RegExp): Promise<void> {
    const before = await snapshot()
    const own = (): string =>
      JSON.stringify([
        station.context.store.read.allOf('SELECT n, state, seq FROM outbox ORDER BY n'),
        station.context.store.read.allOf("SELECT value FROM setting WHERE name = 'sync.cursor'"),
      ])
    const ownBefore = own()
    expect(await act()).toMatch(sentence)
    expect(await snapshot()).toBe(before)
    expect(own()).toBe(ownBefore)
  }
  const serverSays = async (from: string, to = file(`${makeUuid()}.jufutong-package`)): Promise<string> => {
    try {
      await importAtServer(from, to)
      return 'taken'
    } catch (error) {
      if (error instanceof ServerSetupError) return error.message
      throw error
    }
  }
  const stationSays = async (from: string): Promise<string> =>
    (await refusalOf(station, 'package.import', { path: from })).message

  test('cut anywhere', async () => {
    for (const [source, say] of [
      [path, serverSays],
      [answer, stationSays],
    ] as const) {
      const whole = readFileSync(source)
      for (const length of [0, 3, 12, 300, whole.length - 65, whole.length - 1]) {
        writeFileSync(file('cut'), whole.subarray(0, length))
        await expectNothingChanged(() => say(file('cut')), /没有导入/)
      }
    }
  })

  test('with any bit turned', async () => {
    for (const [source, say] of [
      [path, serverSays],
      [answer, stationSays],
    ] as const) {
      const whole = readFileSync(source)
      for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 40)) {
        const flipped = Buffer.from(whole)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
        writeFileSync(file('flipped'), flipped)
        await expectNothingChanged(() => say(file('flipped')), /没有导入/)
      }
    }
  })

  test('that are something else', async () => {
    writeFileSync(file('other'), 'name,code\n甲,1\n')
    await expectNothingChanged(() => serverSays(file('other')), '不是居服通的同步包')
    await expectNothingChanged(() => stationSays(file('other')), '不是居服通的同步包')
    await expectNothingChanged(() => stationSays(file('missing')), '找不到这个位置')
  })

  test('of a newer or an older program', async () => {
    const whole = readFileSync(path)
    for (const [version, sentence] of [
      ['"version":9', '更新版本的程序'],
      ['"version":0', '太旧的程序'],
    ] as const) {
      const text = Buffer.from(whole.toString('latin1').replace('"version":1', version), 'latin1')
      writeFileSync(file('version'), text)
      await expectNothingChanged(() => serverSays(file('version')), sentence)
      await expectNothingChanged(() => stationSays(file('version')), sentence)
    }
    expect(whole.subarray(0, PACKAGE_MAGIC.length).toString()).toBe(PACKAGE_MAGIC)
  })

  test('answers of another station, or at the wrong place', async () => {
    const other = await openStation('clerk002')
    await expectNothingChanged(
      async () => (await refusalOf(other, 'package.import', { path: answer })).message,
      '不是给本机的',
    )
    await expectNothingChanged(() => serverSays(answer), '回执包')
    await expectNothingChanged(() => stationSays(path), '本机自己导出')
  })

  test('of a station whose key the server does not know, or has revoked', async () => {
    await server.database
      .updateTable('package_key')
      .set({ public_key: 'A'.repeat(43) })
      .execute()
    await expectNothingChanged(() => serverSays(path), '不是由所说的那台电脑签名')
    await server.database.deleteFrom('package_key').execute()
    await expectNothingChanged(() => serverSays(path), '服务器不认识')
    const { replica } = JSON.parse(headerOf(path)) as { replica: string }
    await server.database
      .insertInto('replica_access')
      .values({
        replica,
        public_key: null,
        station_code: '001',
        label: '',
        enrolled_at: 0,
        formerly: null,
        revoked_at: 1,
      })
      .execute()
    await expectNothingChanged(() => serverSays(path), '已停用')
  })

  test('for another server', async () => {
    await server.database.deleteFrom('meta').where('name', '=', 'packageKeys').execute()
    await expectNothingChanged(() => serverSays(path), '另一个服务器')
  })

  test('of an account that may only look, or is of another scope', async () => {
    const account = server.database.updateTable('account').where('name', '=', 'clerk001')
    await account.set({ role: 'viewer' }).execute()
    await expectNothingChanged(() => serverSays(path), '只能查看')
    await account.set({ role: 'clerk', station_code: '900' }).execute()
    await expectNothingChanged(() => serverSays(path), '没有这个账号')
  })

  test('where the answer would be written over a file', async () => {
    copyFileSync(answer, file('there.jufutong-package'))
    await expectNothingChanged(() => serverSays(path, file('there.jufutong-package')), '没有覆盖')
  })

  test('are not kept by the PC that carries them', async () => {
    const carrier = await openStation('clerk002', true)
    await server.database.deleteFrom('package_key').execute()
    const refused = await refusalOf(carrier, 'package.import', { path })
    expect(refused.message).toContain('服务器不认识')
    expect(carrier.context.store.read.pluck('SELECT count(*) FROM carried_package')).toEqual([0])
  })

  test('to a place that is not there', async () => {
    const refused = await refusalOf(station, 'package.export', {
      path: join(folder.path, 'missing', 'a.jufutong-package'),
      numbers: null,
    })
    expect(refused.message).toContain('找不到这个位置')
  })
})

function headerOf(path: string): string {
  const bytes = readFileSync(path)
  const at = PACKAGE_MAGIC.length
  return bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)).toString('utf8')
}
