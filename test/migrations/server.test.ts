import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServerDatabase, type ServerDatabase } from '../../src-server/storage/database.ts'
import { ServerSetupError } from '../../src-server/storage/setup-error.ts'
import { startPostgres } from '../support/postgres.ts'
import { makeFolder, RESOURCES } from '../support/backend-fixture.ts'

const migrationsFolder = join(RESOURCES, 'migrations', 'server')
const snapshotFile = join(RESOURCES, 'migrations', 'schema-snapshot.server.json')

let folder: ReturnType<typeof makeFolder>
let file: string

beforeEach(() => {
  folder = makeFolder()
  file = join(folder.path, 'server.db')
})
afterEach(() => folder.remove())

/** The statements that make the database, without comments and with single blanks. */
async function readShape(): Promise<Readonly<Record<string, string>>> {
  const database = await openServerDatabase(file, migrationsFolder)
  const { rows } = await sql<{ type: string; name: string; sql: string }>`
    SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name`.execute(database)
  await database.destroy()
  return Object.fromEntries(
    rows.map((row) => [
      `${row.type} ${row.name}`,
      row.sql
        .replace(/--[^\n]*/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ]),
  )
}

describe('the server migrations together', () => {
  it('make exactly the shape of the snapshot', async () => {
    const shape = await readShape()
    // UPDATE_SNAPSHOT=1 writes it anew; the difference is then seen in review.
    if (process.env['UPDATE_SNAPSHOT'] === '1')
      writeFileSync(snapshotFile, `${JSON.stringify(shape, null, 2)}\n`)
    expect(shape).toEqual(JSON.parse(readFileSync(snapshotFile, 'utf8')))
  })

  it('make STRICT tables only', async () => {
    const tables = Object.entries(await readShape()).filter(([name]) => name.startsWith('table '))
    expect(tables.length).toBeGreaterThan(10)
    expect(tables.filter(([, text]) => !text.includes(') STRICT'))).toEqual([])
  })

  it('run once: opening again changes nothing and keeps the epoch', async () => {
    const read = async (): Promise<unknown> => {
      const database = await openServerDatabase(file, migrationsFolder)
      const rows = await database.selectFrom('meta').selectAll().orderBy('name').execute()
      await database.destroy()
      return rows
    }
    expect(await read()).toEqual(await read())
  })

  it('leave the file as it was where one of them fails', async () => {
    const broken = join(folder.path, 'migrations')
    mkdirSync(broken)
    copyFileSync(join(migrationsFolder, '0010-core.sql'), join(broken, '0010-core.sql'))
    writeFileSync(
      join(broken, '9990-broken.sql'),
      'CREATE TABLE half (a INTEGER) STRICT; CREATE TABLE nonsense (;',
    )
    await expect(openServerDatabase(file, broken)).rejects.toThrow('syntax error')
    expect(Object.keys(await readShape())).not.toContain('table half')
  })
})

describe('0010-core', () => {
  it('has one counter, gives no number and no op twice, and keeps the ops of a replica that is known', async () => {
    const database = await openServerDatabase(file, migrationsFolder)
    const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(database)
    const insertRecord = (id: string, seq: number): Promise<unknown> =>
      run(
        `INSERT INTO record (register, id, scope, station_code, seq, status, declaration_version, data, versions, created_at, updated_at, updated_by, updated_station, bucket, echo_replica, echo_after, open_conflicts, duplicates, has_alias)
         VALUES ('employer', '${id}', 's', '001', ${seq}, 'active', 1, '{}', '{}', 0, 0, '', '', 0, 0, 0, 0, 0, 0)`,
      )
    const insertOp = (replica: number, n: number, opId: string): Promise<unknown> =>
      run(
        `INSERT INTO op_log (replica, n, op_id, hash, register, record_id, kind, base_seq, body, result, account_name, received_at)
         VALUES (${replica}, ${n}, '${opId}', '', 'employer', 'a', 'set', 0, '{}', '{}', '', 0)`,
      )
    await expect(run('INSERT INTO counter (id, seq) VALUES (2, 0)')).rejects.toThrow(/CHECK/)
    await insertRecord('a', 1)
    await expect(insertRecord('b', 1)).rejects.toThrow(/UNIQUE.*record\.seq/)
    await run(
      "INSERT INTO replica (number, id, scope, station_code, last_n, cursor, app, created_at, seen_at) VALUES (1, 'r', 's', '001', 0, 0, '', 0, 0)",
    )
    await insertOp(1, 1, 'x')
    await expect(insertOp(1, 1, 'y')).rejects.toThrow(/UNIQUE/)
    await expect(insertOp(1, 2, 'x')).rejects.toThrow(/UNIQUE.*op_id/)
    await expect(insertOp(2, 1, 'z')).rejects.toThrow(/FOREIGN KEY/)
    await database.destroy()
  })
})

it.runIf(process.platform !== 'win32')('a new database can be read by its owner alone', async () => {
  const place = join(folder.path, 'new', 'server.db')
  const database = await openServerDatabase(place, migrationsFolder)
  const rights = [join(folder.path, 'new'), place, `${place}-wal`, `${place}.key`].map(
    (each) => statSync(each).mode & 0o777,
  )
  await database.destroy()
  expect(rights).toEqual([0o700, 0o600, 0o600, 0o600])
})

describe('0020-sync', () => {
  /** Fills a database of the first shape; on both engines the same words do. */
  const fill = async (database: ServerDatabase): Promise<void> => {
    const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(database)
    const one = '0198f0c0-0000-7000-8000-0000000000fa'
    const two = '0198F0C0-0000-7000-8000-00000000000B'
    const columns =
      'register, id, scope, station_code, seq, status, declaration_version, data, versions, created_at, updated_at, updated_by, updated_station'
    await run(
      `INSERT INTO record (${columns}) VALUES
        ('resident', '${one}', 's', '001', 2, 'active', 1, '{"dwellingId":"d1","employerId":null,"collectorId":"k1","name":"\\"x"}', '{}', 0, 0, '', ''),
        ('resident', '${two}', 's', '001', 3, 'cancelled', 1, '{"dwellingId":null}', '{}', 0, 0, '', ''),
        ('dwelling', '${one}', 's', '001', 4, 'active', 1, '{"coordinatorId":"k2"}', '{}', 0, 0, '', ''),
        ('employer', '${one}', 't', '900', 5, 'active', 1, '{}', '{}', 0, 0, '', '')`,
    )
    await run(
      "INSERT INTO replica (number, id, scope, station_code, last_n, cursor, app, created_at, seen_at) VALUES (1, 'r', 's', '001', 1, 7, '', 0, 0)",
    )
    await run(
      `INSERT INTO op_log (replica, n, op_id, seq, hash, register, record_id, kind, base_seq, body, result, account_name, received_at)
       VALUES (1, 1, 'op-1', 2, '', 'resident', '${one}', 'cancel', 0, '{}', '{}', '', 0)`,
    )
    await run(
      `INSERT INTO conflict (register, record_id, scope, field, base_seq, kept, lost, replica, n, seq, account_name, station_code, at, state)
       VALUES ('resident', '${one}', 's', '@status', 0, '{"status":"active","cancellation":null}',
         '{"status":"cancelled","cancellation":{"reasonCode":"1"}}', 1, 1, 2, 'clerk', '001', 9, 'open')`,
    )
    await run(
      `INSERT INTO natural_key (register, record_id, scope, key) VALUES ('resident', '${one}', 's', 'k'), ('resident', '${two}', 's', 'k')`,
    )
  }

  const read = async (database: ServerDatabase): Promise<unknown> => ({
    records: await database
      .selectFrom('record')
      .select(['seq', 'bucket', 'echo_replica', 'echo_after', 'open_conflicts', 'duplicates', 'has_alias'])
      .orderBy('seq')
      .execute(),
    references: await database
      .selectFrom('reference')
      .select(['target', 'register', 'field'])
      .orderBy('target')
      .execute(),
    buckets: await database.selectFrom('bucket').selectAll().orderBy('scope').orderBy('bucket').execute(),
    conflicts: await database
      .selectFrom('conflict')
      .select(['id', 'kept', 'lost', 'kept_by', 'state', 'at'])
      .execute(),
    replicas: await database.selectFrom('replica').select(['cursor', 'pulled_to']).execute(),
  })

  const expected = {
    records: [
      [2, 0xfa, 1, 1],
      [3, 0x0b, 0, 1],
      [4, 0xfa, 0, 0],
      [5, 0xfa, 0, 0],
    ].map(([seq, bucket, open_conflicts, duplicates]) => ({
      seq,
      bucket,
      echo_replica: 0,
      echo_after: seq,
      open_conflicts,
      duplicates,
      has_alias: 0,
    })),
    references: [
      { target: 'd1', register: 'resident', field: 'dwellingId' },
      { target: 'k1', register: 'resident', field: 'collectorId' },
      { target: 'k2', register: 'dwelling', field: 'coordinatorId' },
    ],
    buckets: [
      { scope: 's', bucket: 0x0b, count: 1, sum: 3 },
      { scope: 's', bucket: 0xfa, count: 2, sum: 6 },
      { scope: 't', bucket: 0xfa, count: 1, sum: 5 },
    ],
    conflicts: [
      {
        id: 'op-1/@status',
        kept: '{"status":"active","cancellation":null,"mergedInto":null}',
        lost: '{"status":"cancelled","cancellation":{"reasonCode":"1"},"mergedInto":null}',
        kept_by: '',
        state: 'open',
        at: 9,
      },
    ],
    replicas: [{ cursor: 7, pulled_to: 7 }],
  }

  const copyFirst = (): string => {
    const old = join(folder.path, 'old')
    mkdirSync(old)
    copyFileSync(join(migrationsFolder, '0010-core.sql'), join(old, '0010-core.sql'))
    return old
  }

  it('fills buckets, references and the names of conflicts from what is there', async () => {
    const before = await openServerDatabase(file, copyFirst())
    await fill(before)
    await before.destroy()
    const database = await openServerDatabase(file, migrationsFolder)
    expect(await read(database)).toEqual(expected)
    await database.destroy()
  })

  it('does the same on PostgreSQL', async () => {
    const postgres = await startPostgres()
    try {
      const address = await postgres.makeDatabase()
      const before = await openServerDatabase(address, copyFirst())
      await fill(before)
      await before.destroy()
      const database = await openServerDatabase(address, migrationsFolder)
      expect(await read(database)).toEqual(expected)
      await database.destroy()
    } finally {
      await postgres.remove()
    }
  })
})

describe('0050-packages', () => {
  it('keeps one key of a store', async () => {
    const database = await openServerDatabase(file, migrationsFolder)
    const insert = (key: string): Promise<unknown> =>
      database
        .insertInto('package_key')
        .values({ replica: 'r', public_key: key, account_name: 'clerk', registered_at: 1 })
        .execute()
    await insert('a')
    await expect(insert('b')).rejects.toThrow(/UNIQUE/)
    await database.destroy()
  })
})

describe('0060-withdrawn', () => {
  it('leaves what was set aside before: nobody has taken it back', async () => {
    const earlier = join(folder.path, 'before-withdrawn')
    mkdirSync(earlier)
    for (const name of readdirSync(migrationsFolder).filter((each) => each < '0060'))
      copyFileSync(join(migrationsFolder, name), join(earlier, name))
    const before = await openServerDatabase(file, earlier)
    await sql`INSERT INTO replica (number, id, scope, station_code, last_n, cursor, app, created_at, seen_at)
      VALUES (1, 'r', 's', '001', 2, 0, '', 0, 0)`.execute(before)
    await sql`INSERT INTO op_log (replica, n, op_id, hash, register, record_id, kind, base_seq, body, result, account_name, received_at)
      VALUES (1, 2, 'op-2', '', 'employer', 'a', 'set', 0, '{}', '{}', '', 0)`.execute(before)
    await sql`INSERT INTO set_aside (replica, n, register, record_id, reason, seq, sender, sender_n, batches)
      VALUES (1, 2, 'employer', 'a', 'r', NULL, 1, 2, 'b')`.execute(before)
    await before.destroy()
    const after = await openServerDatabase(file, migrationsFolder)
    expect(
      await after.selectFrom('set_aside').select(['n', 'reason', 'sender_n', 'withdrawn_at']).execute(),
    ).toEqual([{ n: 2, reason: 'r', sender_n: 2, withdrawn_at: null }])
    await after.destroy()
  })
})

describe('0040-blobs', () => {
  it('notes the photos that records name already, once a scope', async () => {
    const old = join(folder.path, 'old')
    mkdirSync(old)
    for (const name of readdirSync(migrationsFolder).filter((each) => each < '0040'))
      copyFileSync(join(migrationsFolder, name), join(old, name))
    const before = await openServerDatabase(file, old)
    const photo = 'ab'.repeat(32)
    for (const [id, scope, data] of [
      ['a', 's', JSON.stringify({ name: '甲', photo })],
      ['b', 's', JSON.stringify({ photo, name: '"photo":"' })],
      ['c', 't', JSON.stringify({ name: '乙', photo })],
      ['d', 't', JSON.stringify({ name: '丙', photo: null, remarks: '"photo":"x"' })],
    ] as const) {
      await sql`INSERT INTO record (register, id, scope, station_code, seq, status, declaration_version, data, versions, created_at, updated_at, updated_by, updated_station, bucket, echo_replica, echo_after, open_conflicts, duplicates, has_alias)
        VALUES ('resident', ${id}, ${scope}, '001', ${id.charCodeAt(0)}, 'active', 1, ${data}, '{}', 5, 6, '', '', 0, 0, 0, 0, 0, 0)`.execute(
        before,
      )
    }
    await before.destroy()
    const database = await openServerDatabase(file, migrationsFolder)
    expect(await database.selectFrom('blob_use').selectAll().orderBy('scope').execute()).toEqual([
      { scope: 's', hash: photo, named_at: 5, is_stored: 0 },
      { scope: 't', hash: photo, named_at: 5, is_stored: 0 },
    ])
    await database.destroy()
  })
})

describe('a database that cannot be used', () => {
  it('of a newer program is left alone', async () => {
    const database = await openServerDatabase(file, migrationsFolder)
    await sql`PRAGMA user_version = 9999`.execute(database)
    await database.destroy()
    await expect(openServerDatabase(file, migrationsFolder)).rejects.toThrow('请升级服务器程序')
  })

  it('is named with what to do: an address of another engine, a folder that is a file', async () => {
    await expect(openServerDatabase('mysql://localhost/x', migrationsFolder)).rejects.toThrow(
      ServerSetupError,
    )
    writeFileSync(join(folder.path, 'file'), '')
    await expect(
      openServerDatabase(join(folder.path, 'file', 'server.db'), migrationsFolder),
    ).rejects.toThrow('数据库文件打不开')
  })
})

describe('0030-replica-keys', () => {
  it('leaves sessions as they are: each belongs to the first store that uses it', async () => {
    const earlier = join(folder.path, 'earlier')
    mkdirSync(earlier)
    for (const name of readdirSync(migrationsFolder).filter((each) => each < '0030'))
      copyFileSync(join(migrationsFolder, name), join(earlier, name))
    const before = await openServerDatabase(file, earlier)
    await sql`INSERT INTO station (code, name, scope, created_at) VALUES ('001', '站', 'x', 0)`.execute(
      before,
    )
    await sql`INSERT INTO account (name, display_name, station_code, role, password_hash, created_at)
      VALUES ('clerk', '甲', '001', 'clerk', '', 0)`.execute(before)
    await sql`INSERT INTO session (token_hash, account_name, created_at, expires_at)
      VALUES ('hash', 'clerk', 0, 1)`.execute(before)
    await before.destroy()
    const after = await openServerDatabase(file, migrationsFolder)
    expect(await after.selectFrom('session').selectAll().execute()).toEqual([
      { token_hash: 'hash', account_name: 'clerk', created_at: 0, expires_at: 1, replica: null },
    ])
    await after.destroy()
  })
})

describe('0100-last-change', () => {
  it('leaves records from before without a word of their newest change', async () => {
    const earlier = join(folder.path, 'before-last-change')
    mkdirSync(earlier)
    for (const name of readdirSync(migrationsFolder).filter((each) => each < '0100'))
      copyFileSync(join(migrationsFolder, name), join(earlier, name))
    const before = await openServerDatabase(file, earlier)
    await sql`INSERT INTO record (register, id, scope, station_code, seq, status, merged_into, cancellation, declaration_version,
        data, versions, created_at, updated_at, updated_by, updated_station, bucket, echo_replica, echo_after, open_conflicts,
        duplicates, has_alias)
      VALUES ('employer', 'a', 's', '001', 1, 'active', NULL, NULL, 1, '{}', '{}', 0, 0, 'clerk', '001', 0, 0, 0, 0, 0, 0)`.execute(
      before,
    )
    await before.destroy()
    const after = await openServerDatabase(file, migrationsFolder)
    expect(await after.selectFrom('record').select(['updated_by', 'updated_as']).execute()).toEqual([
      { updated_by: 'clerk', updated_as: null },
    ])
    await after.destroy()
  })
})
