import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  chmodSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runStorageCommand, type ServerPlace } from '../../../src-server/commands/storage-commands.ts'
import { COPIED_TABLES, TRANSIENT_TABLES } from '../../../src-server/storage/copy-database.ts'
import { readLineage } from '../../../src-server/storage/epochs.ts'
import { openServerDatabase, type ServerDatabase } from '../../../src-server/storage/database.ts'
import { startPostgres, type TestPostgres } from '../../support/postgres.ts'
import {
  addTestAccounts,
  listServerRecords,
  makeFolder,
  openTestClient,
  PASSWORD,
  projectFolder,
  startTestServer,
  validValues,
  type TestServer,
} from '../sync/sync-world.ts'

const migrationsFolder = join(projectFolder, 'migrations', 'server')

let folder: ReturnType<typeof makeFolder>
let place: ServerPlace
let backup: string

beforeEach(() => {
  folder = makeFolder()
  const location = join(folder.path, 'server.db')
  place = { location, keyFile: `${location}.key`, migrationsFolder }
  backup = join(folder.path, 'copies', 'backup.db')
})
afterEach(() => folder.remove())

const run = (command: 'check' | 'backup' | 'restore', ...words: readonly string[]) =>
  runStorageCommand(place, command, words, Date.UTC(2026, 4, 1, 8, 30))

/** Opens the place, acts, closes it. */
async function inDatabase<Result>(
  act: (database: ServerDatabase) => Promise<Result>,
  location = place.location,
): Promise<Result> {
  const database = await openServerDatabase(location, migrationsFolder, place.keyFile)
  try {
    return await act(database)
  } finally {
    await database.destroy()
  }
}

/** A server with a station that has saved some records. */
async function fill(records: number): Promise<void> {
  const server = await startTestServer(folder.path)
  const client = await openTestClient(join(folder.path, 'client'), server.port)
  await client.sync.signIn('clerk001', PASSWORD)
  await client.createMany(
    'employer',
    Array.from({ length: records }, (_, index) => validValues('employer', index)),
  )
  expect(await client.sync.run()).toMatchObject({ pendingCount: 0, lastError: null })
  await client.close()
  await server.close()
}

describe('the file', () => {
  test('is encrypted: neither names nor the words of the schema stand in it', async () => {
    await fill(20)
    const name = String(validValues('employer', 1)['name'])
    for (const file of readdirSync(folder.path).filter((each) => each.startsWith('server.db'))) {
      const content = readFileSync(join(folder.path, file))
      for (const text of [name, 'CREATE TABLE', 'SQLite format 3', 'employer'])
        expect([file, text, content.includes(text)]).toEqual([file, text, false])
    }
    expect(readFileSync(place.keyFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  })

  test('without its key, with another, or with a key that others can read, it is not opened and stays as it is', async () => {
    await fill(1)
    const before = readFileSync(place.location)
    const key = readFileSync(place.keyFile)
    rmSync(place.keyFile)
    await expect(run('check')).rejects.toThrow('密钥文件读不了')
    writeFileSync(place.keyFile, 'f'.repeat(64), { mode: 0o600 })
    await expect(run('check')).rejects.toThrow('不配')
    writeFileSync(place.keyFile, key)
    chmodSync(place.keyFile, 0o644)
    await expect(run('check')).rejects.toThrow('chmod 600')
    chmodSync(place.keyFile, 0o600)
    expect(readFileSync(place.location).equals(before)).toBe(true)
    expect(await run('check')).toEqual(['检查通过:记录1条,修改1次,编号到1。'])
  })
})

describe('check', () => {
  const faults: readonly (readonly [statement: string, sentence: string])[] = [
    ['UPDATE counter SET seq = 9', '修改编号缺4个(计数器9,有5个)'],
    ['UPDATE counter SET seq = 3', '有编号5的修改,但计数器只到3'],
    ['UPDATE op_log SET seq = 4 WHERE seq = 5', '有1个修改编号用了两次'],
    ['UPDATE record SET seq = 77 WHERE seq = 2', '有1条记录的编号不属于任何一次修改'],
    ['UPDATE replica SET last_n = 4', '有1台电脑的内容比服务器回执的少'],
    ['UPDATE op_log SET seq = NULL WHERE seq = 5', '有1处未接收的内容没有说明原因'],
  ]
  test.each(faults)('%s is found', async (statement, sentence) => {
    await fill(5)
    expect(await run('check')).toEqual(['检查通过:记录5条,修改5次,编号到5。'])
    await inDatabase((database) => sql.raw(statement).execute(database))
    await expect(run('check')).rejects.toThrow(sentence)
  })

  test('pages that changed on the disk are found', async () => {
    await fill(200)
    const content = readFileSync(place.location)
    // Behind the first pages, so that it still opens.
    content[content.length - 5_000] = (content[content.length - 5_000] ?? 0) ^ 1
    writeFileSync(place.location, content)
    await expect(run('check')).rejects.toThrow('数据库文件有损坏')
  })
})

test('where there is no database, check and backup say so: a new, empty one would pass for good', async () => {
  await expect(run('check')).rejects.toThrow('数据库文件不存在')
  await expect(run('backup', '--file', backup)).rejects.toThrow('数据库文件不存在')
  expect([place.location, backup].filter((file) => existsSync(file))).toEqual([])
})

describe('backup and restore', () => {
  test('every table is either copied or left behind on purpose', async () => {
    const rows = await inDatabase((database) =>
      sql<{
        name: string
      }>`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`.execute(database),
    )
    expect(rows.rows.map((row) => row.name).sort()).toEqual([...COPIED_TABLES, ...TRANSIENT_TABLES].sort())
  })

  test('a backup made while stations write is one moment, encrypted, and nothing is overwritten', async () => {
    await fill(300)
    const server = await startTestServer(folder.path)
    const client = await openTestClient(join(folder.path, 'client'), server.port)
    await client.sync.signIn('clerk001', PASSWORD)
    let isOver = false
    const writing = (async () => {
      for (let count = 1_000; !isOver; count += 10) {
        await client.createMany(
          'employer',
          Array.from({ length: 10 }, (_, index) => validValues('employer', count + index)),
        )
        await client.sync.run()
      }
    })()
    const lines = await run('backup', '--file', backup)
    isOver = true
    await writing
    await client.close()
    await server.close()
    expect(lines[0]).toContain('检查通过')
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    expect(readFileSync(backup).includes('CREATE TABLE')).toBe(false)
    expect(readdirSync(join(folder.path, 'copies'))).toEqual(['backup.db'])
    await expect(run('backup', '--file', backup)).rejects.toThrow('没有覆盖')
  })

  test('restored, the server has what the backup had; the old file is kept; stations bring the rest and lose nothing', async () => {
    await fill(3)
    await run('backup', '--file', backup)
    let server: TestServer = await startTestServer(folder.path)
    const one = await openTestClient(join(folder.path, 'client'), server.port)
    const two = await openTestClient(join(folder.path, 'two'), server.port)
    for (const [client, account] of [
      [one, 'clerk001'],
      [two, 'clerk002'],
    ] as const) {
      await client.sync.signIn(account, PASSWORD)
      await client.sync.run()
    }
    const id = await one.create('employer', { ...validValues('employer', 50), remarks: '一' })
    await one.sync.run()
    await two.sync.run()
    await two.edit('employer', id, { remarks: '二' })
    await two.create('employer', validValues('employer', 51))
    await two.sync.run()
    await one.sync.run()
    await server.close()

    const lines = await run('restore', '--file', backup)
    expect(lines).toEqual([
      '已恢复。检查通过:记录3条,修改3次,编号到103987000006。',
      '原来的数据库没有删除,改名为 server.db.before-restore-20260501083000。',
      '请启动服务器。各站会自动重新上传备份之后的内容。',
    ])
    const kept = await inDatabase(
      async (database) => (await listServerRecords(database)).size,
      `${place.location}.before-restore-20260501083000`,
    )
    expect(kept).toBe(5)

    server = await startTestServer(folder.path)
    expect((await listServerRecords(server.database)).size).toBe(3)
    // Everyone signs in again: sessions are not part of a backup.
    for (const [client, account] of [
      [one, 'clerk001'],
      [two, 'clerk002'],
    ] as const) {
      client.useServer({ port: server.port })
      await client.sync.signIn(account, PASSWORD)
    }
    for (const client of [one, two, one, two]) expect((await client.sync.run()).lastError).toBeNull()
    const records = await listServerRecords(server.database)
    expect(records.size).toBe(5)
    // The edit was made on a state the server had lost: it does not overwrite, it waits for a person. (The first station, which
    // had pulled it, offers it again only when nobody else has brought it back within a day.)
    expect(records.get(id)?.values['remarks']).toBe('一')
    const conflicts = await server.database
      .selectFrom('conflict')
      .select(['record_id', 'lost', 'state'])
      .execute()
    expect(conflicts).toEqual([{ record_id: id, lost: '"二"', state: 'open' }])
    for (const client of [one, two]) {
      for (const [recordId, record] of records) {
        expect(client.find('employer', recordId)?.values).toEqual(record.values)
        expect(client.find('employer', recordId)?.pendingOps).toBe(0)
      }
    }
    expect((await run('check'))[0]).toContain('检查通过:记录5条')
    await one.close()
    await two.close()
    await server.close()
  })

  test('a restore leaves a server that runs alone, and a broken backup changes nothing', async () => {
    await fill(5)
    await run('backup', '--file', backup)
    const server = await startTestServer(folder.path)
    await expect(run('restore', '--file', backup)).rejects.toThrow('正在使用')
    await server.close()
    const broken = join(folder.path, 'broken.db')
    const content = readFileSync(backup)
    content.fill(0, content.length / 2)
    writeFileSync(broken, content)
    await expect(run('restore', '--file', broken)).rejects.toThrow('不配,或数据库文件已损坏')
    await expect(run('restore', '--file', join(folder.path, 'none.db'))).rejects.toThrow('备份文件不存在')
    expect(existsSync(`${place.location}.restoring`)).toBe(false)
    expect(await run('check')).toEqual(['检查通过:记录5条,修改5次,编号到5。'])
  })

  test('a database that can no longer be opened is put aside and replaced', async () => {
    await fill(4)
    await run('backup', '--file', backup)
    writeFileSync(place.location, Buffer.alloc(100_000, 7))
    expect((await run('restore', '--file', backup))[1]).toContain('before-restore')
    expect((await run('check'))[0]).toContain('记录4条')
  })

  test('on another machine, with another key', async () => {
    await fill(2)
    await run('backup', '--file', backup)
    const oldKey = join(folder.path, 'old.key')
    copyFileSync(place.keyFile, oldKey)
    const other = join(folder.path, 'other', 'server.db')
    place = { ...place, location: other, keyFile: `${other}.key` }
    await run('restore', '--file', backup, '--key', oldKey)
    expect((await run('check'))[0]).toContain('记录2条')
    expect(readFileSync(place.keyFile, 'utf8')).not.toBe(readFileSync(oldKey, 'utf8'))
  })
})

describe('with PostgreSQL', () => {
  let postgres: TestPostgres | undefined
  afterAll(() => postgres?.remove())

  test('a backup of SQLite is restored into PostgreSQL and back, and the numbers go on', async () => {
    postgres = await startPostgres()
    await fill(700)
    await run('backup', '--file', backup)
    const epochOf = (database: ServerDatabase) =>
      database.selectFrom('meta').select('value').where('name', '=', 'epoch').executeTakeFirstOrThrow()
    const epoch = await inDatabase(epochOf)
    const sqlitePlace = place
    place = { ...place, location: await postgres.makeDatabase() }
    await run('restore', '--file', backup)
    expect(await run('check')).toEqual(['检查通过:记录700条,修改700次,编号到103987000700。'])
    expect(await inDatabase(epochOf)).not.toEqual(epoch)
    // Stations that knew the old one are told how far they can go on.
    expect((await inDatabase(readLineage)).map((each) => each.upTo)).toEqual([700, 103_987_000_700])
    // What the engine numbers by itself goes on behind what was copied.
    await inDatabase((database) =>
      database
        .insertInto('replica')
        .values({
          id: 'x',
          scope: 's',
          station_code: '001',
          last_n: 0,
          cursor: 0,
          app: '',
          created_at: 0,
          seen_at: 0,
        })
        .execute(),
    )
    await expect(run('restore', '--file', backup)).rejects.toThrow('已有内容')
    const second = join(folder.path, 'second.db')
    await run('backup', '--file', second)
    place = sqlitePlace
    await run('restore', '--file', second)
    expect((await run('check'))[0]).toContain('记录700条')
  })

  test('two programs that start at once on an empty database make it once', async () => {
    postgres ??= await startPostgres()
    const address = await postgres.makeDatabase()
    const both = await Promise.all([1, 2, 3].map(() => openServerDatabase(address, migrationsFolder)))
    const [first] = both
    if (!first) throw new Error('none')
    await addTestAccounts(first)
    for (const database of both) {
      expect(await database.selectFrom('station').select('code').execute()).toHaveLength(3)
      await database.destroy()
    }
  })
})
