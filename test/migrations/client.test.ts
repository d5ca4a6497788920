import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openConnection } from '../../src-main/backend/database/connection.ts'
import { listMigrations, migrateStore, schemaVersionOf } from '../../src-main/backend/database/migrate.ts'
import { columnsOf } from '../../src-shared/fields/columns.ts'
import { listPhotoFields } from '../../src-shared/registers/photo-hashes.ts'
import { REGISTER_NAMES } from '../../src-shared/registers/register.ts'
import { getRegister } from '../../src-shared/registers/registers.ts'
import { INDEXED_FIELDS, SELDOM_INDEXES } from '../../src-main/backend/queries/build-query.ts'
import { linkTable } from '../../src-main/backend/queries/references.ts'
import { columnName } from '../../src-shared/fields/columns.ts'
import { makeFolder, RESOURCES } from '../support/backend-fixture.ts'
import { migrateTo, shapeOf, TEST_KEY } from '../support/schema-shape.ts'

const migrationsFolder = join(RESOURCES, 'migrations', 'client')
const snapshotFile = join(RESOURCES, 'migrations', 'schema-snapshot.client.json')

let folder: ReturnType<typeof makeFolder>
let file: string

beforeEach(() => {
  folder = makeFolder()
  file = join(folder.path, 'store.db')
})
afterEach(() => folder.remove())

function newestNumber(): number {
  return listMigrations(migrationsFolder).at(-1)?.number ?? 0
}

describe('the client migrations together', () => {
  it('make exactly the shape of the snapshot', () => {
    const connection = migrateTo(file, migrationsFolder)
    const shape = shapeOf(connection)
    connection.close()
    // UPDATE_SNAPSHOT=1 writes it anew; the difference is then seen in review.
    if (process.env['UPDATE_SNAPSHOT'] === '1')
      writeFileSync(snapshotFile, `${JSON.stringify(shape, null, 2)}\n`)
    expect(shape).toEqual(JSON.parse(readFileSync(snapshotFile, 'utf8')))
  })

  it('make STRICT tables only', () => {
    const connection = migrateTo(file, migrationsFolder)
    const names = Object.keys(shapeOf(connection)).filter((name) => name.startsWith('table '))
    connection.close()
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => name.includes('not STRICT'))).toEqual([])
  })

  it.each(REGISTER_NAMES)('give %s the columns of its declaration', (name) => {
    const connection = migrateTo(file, migrationsFolder)
    const columns = connection.pragma(`table_info(${getRegister(name).table})`) as readonly {
      readonly name: string
      readonly type: string
      readonly notnull: number
    }[]
    connection.close()
    // A field that came later stands at the end of the table, wherever it stands on paper.
    const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
      a.name < b.name ? -1 : 1
    expect(
      columns
        .map((column) => ({ name: column.name, type: column.type, notNull: column.notnull === 1 }))
        .toSorted(byName),
    ).toEqual(columnsOf(getRegister(name)).toSorted(byName))
  })

  it.each(REGISTER_NAMES)('index the fields of %s that queries count on', (name) => {
    const connection = migrateTo(file, migrationsFolder)
    const { table } = getRegister(name)
    const first = (connection.pragma(`index_list(${table})`) as readonly { readonly name: string }[]).map(
      (index) =>
        (connection.pragma(`index_info(${index.name})`) as readonly { readonly name: string }[]).map(
          (column) => column.name,
        ),
    )
    connection.close()
    const { inOrder, scanned } = INDEXED_FIELDS[name]
    for (const field of [...inOrder, ...scanned])
      // What a result may also look at stands behind: the day that makes another stage of a stored one.
      expect(first.map((columns) => columns.slice(0, 3))).toContainEqual([
        columnName(field),
        'updated_at',
        'status',
      ])
    for (const together of Object.values(SELDOM_INDEXES[name] ?? {}))
      expect(first).toContainEqual(['updated_at', 'status', 'station_code', ...together.map(columnName)])
  })

  it('use no retired name', () => {
    const retired = JSON.parse(readFileSync(join(RESOURCES, 'migrations', 'retired-names.json'), 'utf8')) as {
      readonly client: { readonly tables: readonly string[]; readonly columns: readonly string[] }
    }
    const connection = migrateTo(file, migrationsFolder)
    const shape = shapeOf(connection)
    connection.close()
    expect(findRetired(shape, retired.client)).toEqual([])
    // The check itself sees one that is used again.
    expect(findRetired(shape, { tables: ['resident'], columns: ['dwelling.floor'] })).toEqual([
      'resident',
      'dwelling.floor',
    ])
  })

  it('are numbered in steps of ten, each number once', () => {
    const numbers = listMigrations(migrationsFolder).map((migration) => migration.number)
    expect(numbers.every((number) => number % 10 === 0)).toBe(true)
    expect(new Set(numbers).size).toBe(numbers.length)
  })
})

/** Every migration has a `describe` here that is called as its file; a released one is never changed untested. */
it.each(['client', 'server'] as const)('no migration of the %s went untested', (side) => {
  const source = readFileSync(join(import.meta.dirname, `${side}.test.ts`), 'utf8')
  const names = readdirSync(join(RESOURCES, 'migrations', side)).map((each) =>
    each.replace(/\.(sql|ts)$/, ''),
  )
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name) => !source.includes(`describe('${name}'`))).toEqual([])
})

function findRetired(
  shape: ReturnType<typeof shapeOf>,
  retired: { readonly tables: readonly string[]; readonly columns: readonly string[] },
): readonly string[] {
  const tables = Object.entries(shape).flatMap(([name, columns]) =>
    name.startsWith('table ') ? [{ name: name.split(' ')[1] ?? '', columns: Object.keys(columns) }] : [],
  )
  return [
    ...retired.tables.filter((name) => tables.some((table) => table.name === name)),
    ...retired.columns.filter((name) =>
      tables.some((table) => table.columns.some((column) => `${table.name}.${column}` === name)),
    ),
  ]
}

describe('0010-registers', () => {
  it('counts records by status and drops name keys with their record', () => {
    const connection = migrateTo(file, migrationsFolder, 10)
    const insert = connection.prepare(
      `INSERT INTO employer (id, declaration_version, status, created_at, updated_at, revision, station_code, server_seq, pending_ops)
       VALUES (?, 1, ?, 1, 1, 1, '', 0, 0)`,
    )
    insert.run('a', 'active')
    insert.run('b', 'active')
    insert.run('c', 'cancelled')
    connection.exec("UPDATE employer SET status = 'cancelled' WHERE id = 'a'")
    connection.exec(
      "INSERT INTO name_key (register, key, row, updated_at, status) SELECT 'employer', 'dxjl', row, 1, status FROM employer WHERE id = 'b'",
    )
    connection.exec("UPDATE employer SET updated_at = 7 WHERE id = 'b'")
    expect(connection.prepare('SELECT updated_at FROM name_key').pluck().all()).toEqual([7])
    connection.exec("DELETE FROM employer WHERE id = 'b'")
    expect(
      connection.prepare("SELECT active, cancelled FROM register_count WHERE register = 'employer'").get(),
    ).toEqual({ active: 0, cancelled: 2 })
    expect(connection.prepare('SELECT count(*) FROM name_key').pluck().get()).toBe(0)
    expect(() => insert.run('d', 'deleted')).toThrow(/CHECK/)
    connection.close()
  })
})

describe('the statements that every save runs', () => {
  it.each([
    // The triggers' own text, with a value for what only a trigger knows.
    "UPDATE name_key SET updated_at = 1, status = 'active' WHERE row = 1 AND +register = 'resident'",
    "DELETE FROM name_key WHERE row = 1 AND +register = 'resident'",
  ])('find the name keys of one record: %s', (sql) => {
    const connection = migrateTo(file, migrationsFolder)
    const plan = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as readonly {
      readonly detail: string
    }[]
    const triggers = connection
      .prepare("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%name_key%'")
      .pluck()
      .all() as readonly string[]
    connection.close()
    expect(plan.map((row) => row.detail)).toEqual([expect.stringMatching(/INDEX name_key_row \(row=\?/)])
    expect(triggers).toHaveLength(2 * REGISTER_NAMES.length)
    for (const trigger of triggers)
      expect(trigger).toMatch(/WHERE row = (new|old)\.row AND \+register = '\w+'/)
  })
})

describe('0020-journals', () => {
  it('never gives an op number twice', () => {
    const connection = migrateTo(file, migrationsFolder, 20)
    const insert = connection.prepare(
      `INSERT INTO outbox (op_id, register, record_id, kind, base_seq, body, hash, created_at, state)
       VALUES (?, 'resident', 'r', 'set', 0, '{}', '', 0, 'pending')`,
    )
    insert.run('1')
    insert.run('2')
    connection.exec('DELETE FROM outbox')
    expect(insert.run('3').lastInsertRowid).toBe(3)
    connection.close()
  })

  it('ends the inputs with their draft', () => {
    const connection = migrateTo(file, migrationsFolder, 20)
    connection.exec("INSERT INTO draft VALUES ('d', 'resident', '{}', 0)")
    connection.exec("INSERT INTO draft_input VALUES ('d', 'name', '{}')")
    connection.exec("DELETE FROM draft WHERE id = 'd'")
    expect(connection.prepare('SELECT count(*) FROM draft_input').pluck().get()).toBe(0)
    expect(() => connection.exec("INSERT INTO draft_input VALUES ('x', 'name', '{}')")).toThrow(/FOREIGN KEY/)
    connection.close()
  })
})

describe('0030-query-indexes', () => {
  it('is built over records that are there already and loses none', () => {
    let connection = migrateTo(file, migrationsFolder, 20)
    connection.exec(
      `INSERT INTO resident (id, declaration_version, status, created_at, updated_at, revision, station_code, server_seq, pending_ops, name)
       SELECT value, 1, 'active', value, value, 1, '', 0, 0, '张伟' FROM generate_series_of_100`.replace(
        'generate_series_of_100',
        '(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 100) SELECT value FROM n)',
      ),
    )
    connection.close()
    connection = migrateTo(file, migrationsFolder)
    expect(connection.prepare('SELECT count(*) FROM resident').pluck().get()).toBe(100)
    const plan = connection
      .prepare(
        "EXPLAIN QUERY PLAN SELECT row FROM resident WHERE name >= '张' AND name < '强' ORDER BY +updated_at",
      )
      .all() as readonly { readonly detail: string }[]
    expect(plan[0]?.detail).toContain('COVERING INDEX resident_name')
    connection.close()
  })
})

describe('0060-replica-key', () => {
  it('holds one key, and none at first', () => {
    const connection = migrateTo(file, migrationsFolder, 60)
    expect(connection.prepare('SELECT count(*) FROM replica_key').pluck().get()).toBe(0)
    const add = (id: number): unknown =>
      connection.prepare('INSERT INTO replica_key VALUES (?, ?, ?, 0, NULL)').run(id, 'private', 'public')
    add(1)
    expect(() => add(2)).toThrow(/CHECK/)
    connection.close()
  })
})

describe('0070-packages', () => {
  it('keeps a package and its answer once', () => {
    const connection = migrateTo(file, migrationsFolder)
    connection.exec("INSERT INTO sent_package (package_id, reply_key, made_at, ops) VALUES ('a', 'k', 1, 2)")
    expect(() =>
      connection.exec(
        "INSERT INTO sent_package (package_id, reply_key, made_at, ops) VALUES ('a', 'l', 1, 2)",
      ),
    ).toThrow(/UNIQUE/)
    connection.exec("INSERT INTO carried_package (package_id, content, taken_at) VALUES ('b', x'01', 1)")
    expect(() =>
      connection.exec("INSERT INTO carried_package (package_id, content, taken_at) VALUES ('b', x'02', 1)"),
    ).toThrow(/UNIQUE/)
    connection.close()
  })
})

describe('0080-all-registers', () => {
  it('keeps the dwellings there are, without an estate', () => {
    const connection = migrateTo(file, migrationsFolder, 70)
    connection.exec(
      `INSERT INTO dwelling (id, declaration_version, status, created_at, updated_at, revision, station_code, server_seq,
         pending_ops, room_number) VALUES ('a', 1, 'active', 0, 0, 1, '', 0, 0, '501')`,
    )
    connection.close()
    const migrated = migrateTo(file, migrationsFolder, 80)
    expect(migrated.prepare('SELECT id, room_number, estate_id FROM dwelling').all()).toEqual([
      { id: 'a', room_number: '501', estate_id: null },
    ])
    migrated.close()
  })

  it.each(REGISTER_NAMES)('counts the records of %s', (name) => {
    const connection = migrateTo(file, migrationsFolder)
    const { table } = getRegister(name)
    connection.exec(
      `INSERT INTO ${table} (id, declaration_version, status, created_at, updated_at, revision, station_code, server_seq,
         pending_ops) VALUES ('a', 1, 'active', 0, 0, 1, '', 0, 0), ('b', 1, 'cancelled', 0, 0, 1, '', 0, 0)`,
    )
    connection.exec(`UPDATE ${table} SET status = 'cancelled' WHERE id = 'a'`)
    connection.exec(`DELETE FROM ${table} WHERE id = 'b'`)
    expect(
      connection.prepare('SELECT active, cancelled FROM register_count WHERE register = ?').get(name),
    ).toEqual({ active: 0, cancelled: 1 })
    connection.close()
  })
})

describe('0120-batches', () => {
  it('holds a record once, keeps batch and sheets together, and wants a reason where a day does not balance', () => {
    const connection = migrateTo(file, migrationsFolder, 120)
    connection.pragma('foreign_keys = ON')
    const addSheet = (batchId: string | null, state: string, recordId: string | null): unknown =>
      connection
        .prepare(
          "INSERT INTO batch_sheet (batch_id, account_name, register, state, record_id, reason, day, at) VALUES (?, '', 'resident', ?, ?, '', '2026-03-16', 1)",
        )
        .run(batchId, state, recordId)
    connection.exec(
      "INSERT INTO batch VALUES ('b', '', 'resident', NULL, NULL, '2026-03-16', 5, '2026-03-16', NULL, 1)",
    )
    addSheet('b', 'saved', 'r1')
    addSheet(null, 'saved', 'r2')
    addSheet('b', 'void', null)
    expect(() => addSheet('b', 'saved', 'r1')).toThrow(/UNIQUE/)
    expect(() => addSheet('b', 'saved', null)).toThrow(/CHECK/)
    expect(() => addSheet('b', 'void', 'r3')).toThrow(/CHECK/)
    expect(() => addSheet('nobody', 'saved', 'r3')).toThrow(/FOREIGN KEY/)
    const confirm = (isBalanced: number, reason: string): unknown =>
      connection
        .prepare(
          "INSERT INTO day_end (account_name, day, confirmed_at, is_balanced, reason, body) VALUES ('', '2026-03-16', 1, ?, ?, '[]')",
        )
        .run(isBalanced, reason)
    confirm(1, '')
    confirm(0, '差一份')
    expect(() => confirm(0, '')).toThrow(/CHECK/)
    connection.close()
  })

  it('empties the pins that stood on disk', () => {
    let connection = migrateTo(file, migrationsFolder, 70)
    connection.exec(
      `INSERT INTO setting VALUES ('preference.entry.pins.resident', '["telephone"]'), ('preference.other', '1')`,
    )
    connection.close()
    connection = migrateTo(file, migrationsFolder)
    expect(
      connection
        .prepare("SELECT name, value FROM setting WHERE name LIKE 'preference.%' ORDER BY name")
        .all(),
    ).toEqual([
      { name: 'preference.entry.pins.resident', value: '[]' },
      { name: 'preference.other', value: '1' },
    ])
    connection.close()
  })

  it('finds the sheets of a batch and of a day, and the open batches, by their indexes', () => {
    const connection = migrateTo(file, migrationsFolder)
    const plan = (sql: string): string =>
      (connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as readonly { readonly detail: string }[])
        .map(({ detail }) => detail)
        .join('\n')
    expect(plan("SELECT * FROM batch_sheet WHERE batch_id = 'b' ORDER BY id")).toContain('batch_sheet_batch')
    expect(
      plan("SELECT * FROM batch_sheet WHERE account_name = 'a' AND day = '2026-03-16' AND batch_id IS NULL"),
    ).toContain('batch_sheet_day')
    expect(
      plan("UPDATE batch_sheet SET undone_at = 1 WHERE record_id = 'r' AND undone_at IS NULL"),
    ).toContain('batch_sheet_record')
    expect(
      plan(
        "SELECT * FROM batch WHERE account_name = 'a' AND register = 'resident' AND closed_date IS NULL ORDER BY turn DESC LIMIT 1",
      ),
    ).toContain('batch_open')
    expect(
      plan("SELECT * FROM day_end WHERE account_name = 'a' AND day = '2026-03-16' ORDER BY id DESC LIMIT 1"),
    ).toContain('day_end_day')
    connection.close()
  })
})

describe('0130-own-meter', () => {
  it('sums a day of an account and a register in one row', () => {
    const connection = migrateTo(file, migrationsFolder, 130)
    const add = (account: string): unknown =>
      connection
        .prepare("INSERT INTO own_meter VALUES (?, '2026-03-16', 'resident', 1, 90, 1, 2, 3)")
        .run(account)
    add('a')
    add('b')
    expect(() => add('a')).toThrow(/UNIQUE/)
    connection.close()
  })
})

describe('0170-todo-indexes', () => {
  it('keeps the permits there are, and indexes only those that can become due', () => {
    const connection = migrateTo(file, migrationsFolder, 80)
    connection.exec(
      `INSERT INTO residence_permit (id, declaration_version, status, created_at, updated_at, revision, station_code,
         server_seq, pending_ops, stage_code, valid_until_date)
       VALUES ('a', 1, 'active', 0, 0, 1, '', 0, 0, '40', '2026-04-01'), ('b', 1, 'active', 0, 0, 1, '', 0, 0, '90', '2026-04-02')`,
    )
    connection.close()
    const migrated = migrateTo(file, migrationsFolder, 170)
    const due = migrated
      .prepare(
        "SELECT id FROM residence_permit INDEXED BY residence_permit_ending WHERE status = 'active' AND stage_code = '40' AND valid_until_date < '2027'",
      )
      .pluck()
      .all()
    expect(due).toEqual(['a'])
    migrated.close()
  })
})

describe('0150-lessees-and-stages', () => {
  const fields =
    'id, declaration_version, status, created_at, updated_at, revision, station_code, server_seq, pending_ops, lessee_ids'
  const links = (connection: ReturnType<typeof migrateTo>): unknown =>
    connection
      .prepare(
        'SELECT lease.id, target_id FROM lease_lessee JOIN lease USING (row) ORDER BY lease.id, target_id',
      )
      .raw()
      .all()

  it('knows who leases, of the leases there are and of what becomes of them', () => {
    const before = migrateTo(file, migrationsFolder, 80)
    before.exec(
      `INSERT INTO lease (${fields}) VALUES ('a', 1, 'active', 0, 0, 1, '', 0, 0, '["x","y"]'),
         ('b', 1, 'active', 0, 0, 1, '', 0, 0, NULL)`,
    )
    before.close()
    const connection = migrateTo(file, migrationsFolder, 150)
    expect(links(connection)).toEqual([
      ['a', 'x'],
      ['a', 'y'],
    ])
    connection.exec(
      `INSERT INTO lease (${fields}) VALUES ('c', 1, 'active', 0, 0, 1, '', 0, 0, '["x"]');
       UPDATE lease SET lessee_ids = '["y","z"]' WHERE id = 'a';
       UPDATE lease SET revision = 2`,
    )
    expect(links(connection)).toEqual([
      ['a', 'y'],
      ['a', 'z'],
      ['c', 'x'],
    ])
    connection.exec("DELETE FROM lease WHERE id = 'a'")
    expect(links(connection)).toEqual([['c', 'x']])
    connection.exec('UPDATE lease SET lessee_ids = NULL')
    expect(links(connection)).toEqual([])
    connection.close()
  })

  it('has a table for every field that names several records', () => {
    const connection = migrateTo(file, migrationsFolder)
    for (const name of REGISTER_NAMES) {
      const register = getRegister(name)
      for (const [field, { kind }] of Object.entries(register.fields)) {
        if (kind !== 'references') continue
        const columns = connection.pragma(`table_info(${linkTable(register, field)})`) as readonly {
          readonly name: string
        }[]
        expect(columns.map((column) => column.name)).toEqual(['target_id', 'row'])
      }
    }
    connection.close()
  })
})

describe('0050-blobs', () => {
  const hash = (letter: string): string => letter.repeat(64)
  const uses = (connection: ReturnType<typeof migrateTo>): unknown =>
    connection.prepare('SELECT hash FROM photo_use ORDER BY hash').pluck().all()
  const insertResident = (
    connection: ReturnType<typeof migrateTo>,
    id: string,
    photo: string | null,
  ): void => {
    connection
      .prepare(
        `INSERT INTO resident (id, declaration_version, status, created_at, updated_at, revision, station_code, server_seq, pending_ops, photo)
         VALUES (?, 1, 'active', 0, 0, 1, '', 0, 0, ?)`,
      )
      .run(id, photo)
  }

  it('notes the photos that records name already, and keeps those that are here', () => {
    let connection = migrateTo(file, migrationsFolder, 40)
    insertResident(connection, 'a', hash('a'))
    insertResident(connection, 'b', hash('a'))
    insertResident(connection, 'c', null)
    connection.prepare('INSERT INTO photo (hash, bytes) VALUES (?, ?)').run(hash('a'), Buffer.from([1]))
    connection.close()
    connection = migrateTo(file, migrationsFolder)
    expect(uses(connection)).toEqual([hash('a')])
    // Not from the beginning of time: it would be let go of at once.
    expect(connection.prepare('SELECT stored_at FROM photo').pluck().get()).toBeGreaterThan(1_700_000_000_000)
    connection.close()
  })

  it.each(
    REGISTER_NAMES.flatMap((name) =>
      listPhotoFields(name).map((field) => [name, columnName(field)] as const),
    ),
  )('notes what a record of %s names as %s, when it is made and when it is changed', (name, column) => {
    const connection = migrateTo(file, migrationsFolder)
    const { table } = getRegister(name)
    connection
      .prepare(
        `INSERT INTO ${table} (id, declaration_version, status, created_at, updated_at, revision, station_code, server_seq, pending_ops, ${column})
         VALUES ('a', 1, 'active', 0, 0, 1, '', 0, 0, ?)`,
      )
      .run(hash('a'))
    expect(uses(connection)).toEqual([hash('a')])
    connection.prepare(`UPDATE ${table} SET ${column} = ?, revision = 2`).run(hash('b'))
    connection.prepare(`UPDATE ${table} SET ${column} = NULL, revision = 3`).run()
    // The one before may stand in an op that waits, or in a conflict.
    expect(uses(connection)).toEqual([hash('a'), hash('b')])
    connection.close()
  })
})

describe('0040-sync', () => {
  it('keeps what waits, and goes on with its numbers where they were', () => {
    let connection = migrateTo(file, migrationsFolder, 30)
    const insert = connection.prepare(
      `INSERT INTO outbox (op_id, register, record_id, kind, base_seq, body, hash, created_at, state, attempts, seq, receipt, acked_at, refusal)
       VALUES (?, 'resident', 'r', 'set', 3, '{"fields":{}}', 'h', 5, ?, 2, ?, ?, ?, ?)`,
    )
    insert.run('a', 'acked', 9, '{"seq":9}', 7, null)
    insert.run('b', 'setAside', null, null, null, '姓名:必填')
    insert.run('c', 'pending', null, null, null, null)
    insert.run('d', 'acked', 10, null, 8, null)
    connection.exec("DELETE FROM outbox WHERE op_id = 'd'")
    connection.exec(
      `INSERT INTO change_log (register, record_id, act, changes, reason, account_name, station_code, at, op_n, server_seq)
       VALUES ('resident', 'r', 'changed', '{}', '', 'clerk', '001', 5, 1, NULL)`,
    )
    const before = connection.prepare('SELECT * FROM outbox ORDER BY n').all() as readonly object[]
    connection.close()
    connection = migrateTo(file, migrationsFolder)
    expect(connection.prepare('SELECT * FROM outbox ORDER BY n').all()).toEqual(
      before.map((row) => ({ ...row, loser_id: null, last_error: null, withdrawn_at: null })),
    )
    const next = connection
      .prepare(
        `INSERT INTO outbox (op_id, register, record_id, kind, base_seq, body, hash, created_at, state)
         VALUES ('e', 'resident', 'r', 'merge', 0, '{}', 'h', 6, 'pending')`,
      )
      .run()
    expect(next.lastInsertRowid).toBe(5)
    connection.exec("UPDATE change_log SET act = 'merged'")
    expect(() => connection.exec("UPDATE change_log SET act = 'invented'")).toThrow(/CHECK/)
    expect(() => connection.exec("UPDATE outbox SET state = 'lost'")).toThrow(/CHECK/)
    expect(connection.prepare('SELECT act, op_n FROM change_log').all()).toEqual([{ act: 'merged', op_n: 1 }])
    connection.close()
  })

  it('goes on with the numbers also where no op is left', () => {
    let connection = migrateTo(file, migrationsFolder, 30)
    connection.exec(
      `INSERT INTO outbox (n, op_id, register, record_id, kind, base_seq, body, hash, created_at, state)
       VALUES (41, 'a', 'resident', 'r', 'set', 0, '{}', 'h', 5, 'acked')`,
    )
    connection.exec('DELETE FROM outbox')
    connection.close()
    connection = migrateTo(file, migrationsFolder)
    expect(connection.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").pluck().all()).toEqual(
      [41],
    )
    connection.close()
  })
})

describe('a migration of an existing store', () => {
  it('keeps the previous file as it was', () => {
    migrateTo(file, migrationsFolder, 10).close()
    const result = migrateStore(file, TEST_KEY, listMigrations(migrationsFolder))
    expect(result).toEqual({ from: 10, to: newestNumber() })
    const backup = openConnection(`${file}.before-0010`, TEST_KEY, 'read')
    expect(schemaVersionOf(backup)).toBe(10)
    backup.close()
    expect(existsSync(`${file}.migrating`)).toBe(false)
  })

  it('brings along what stood only in the write-ahead log', () => {
    const connection = migrateTo(file, migrationsFolder, 20)
    connection.pragma('wal_autocheckpoint = 0')
    connection.exec("INSERT INTO setting VALUES ('late', '1')")
    // As after kill -9: the connection is not closed, the log is not moved.
    migrateStore(file, TEST_KEY, listMigrations(migrationsFolder))
    const migrated = openConnection(file, TEST_KEY, 'read')
    expect(migrated.prepare('SELECT name FROM setting').pluck().all()).toEqual(['late'])
    migrated.close()
    connection.close()
  })

  it('is refused while another program reads the store, so that nothing of its log is left behind', () => {
    const connection = migrateTo(file, migrationsFolder, 20)
    const reader = openConnection(file, TEST_KEY, 'read')
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM setting').get()
    connection.exec("INSERT INTO setting VALUES ('late', '1')")
    connection.close()
    const migrate = (): unknown => migrateStore(file, TEST_KEY, listMigrations(migrationsFolder))
    expect(migrate).toThrow(/正被另一个程序读取/)
    reader.close()
    expect(migrate()).toEqual({ from: 20, to: newestNumber() })
    const migrated = openConnection(file, TEST_KEY, 'read')
    expect(migrated.prepare('SELECT name FROM setting').pluck().all()).toEqual(['late'])
    migrated.close()
  })

  it('that loses rows is refused and the old store stays', () => {
    migrateTo(file, migrationsFolder, 20).close()
    const connection = openConnection(file, TEST_KEY, 'save')
    connection.exec("INSERT INTO setting VALUES ('mine', '1')")
    connection.close()
    const losing = [
      ...listMigrations(migrationsFolder),
      { number: 900, name: '0900-losing', sql: 'DELETE FROM setting;' },
    ]
    expect(() => migrateStore(file, TEST_KEY, losing)).toThrow(/升级前 1 行,升级后 0 行/)
    const old = openConnection(file, TEST_KEY, 'read')
    expect(schemaVersionOf(old)).toBe(20)
    expect(old.prepare('SELECT name FROM setting').pluck().all()).toEqual(['mine'])
    old.close()
  })

  it('that breaks a reference between tables is refused', () => {
    migrateTo(file, migrationsFolder, 20).close()
    const breaking = [
      ...listMigrations(migrationsFolder),
      { number: 900, name: '0900-breaking', sql: "INSERT INTO draft_input VALUES ('nobody', 'name', '{}');" },
    ]
    expect(() => migrateStore(file, TEST_KEY, breaking)).toThrow(/外键检查/)
  })

  it('whose copy has an index that lost a row is refused', () => {
    migrateTo(file, migrationsFolder, 20).close()
    // The index is taken away and comes back after the table has changed, as no statement could do it.
    const dodge = (sql: string): void => {
      const before = openConnection(file, TEST_KEY, 'save')
      before.unsafeMode(true)
      const kept = before.prepare("SELECT * FROM sqlite_master WHERE name = 'change_log_record'").raw().get()
      before.pragma('writable_schema = ON')
      before.exec("DELETE FROM sqlite_master WHERE name = 'change_log_record'")
      before.close()
      const between = openConnection(file, TEST_KEY, 'save')
      between.unsafeMode(true)
      between.exec(sql)
      between.pragma('writable_schema = ON')
      between.prepare('INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)').run(...(kept as unknown[]))
      between.close()
    }
    const line = (id: number): string =>
      `INSERT INTO change_log (id, register, record_id, act, changes, reason, account_name, station_code, at, op_n, server_seq)
       VALUES (${id}, 'employer', 'a', 'changed', '{}', '', '', '', 1, ${id}, NULL);`
    dodge(line(1))
    // The table that a migration makes anew gets new indexes: this one is checked where it stays.
    const staying = listMigrations(migrationsFolder).filter(({ number }) => number <= 30)
    expect(() => migrateStore(file, TEST_KEY, staying)).toThrow(
      /wrong # of entries in index change_log_record/,
    )
  })

  it('tells its steps, and a new store none', () => {
    const steps: string[] = []
    const tell = (step: string): void => void steps.push(step)
    const some = listMigrations(migrationsFolder).filter(({ number }) => number <= 20)
    migrateStore(file, TEST_KEY, some, tell)
    expect(steps).toEqual([])
    migrateStore(file, TEST_KEY, listMigrations(migrationsFolder), tell)
    expect(steps).toEqual(['copy', 'alter', 'check'])
    migrateStore(file, TEST_KEY, listMigrations(migrationsFolder), tell)
    expect(steps).toHaveLength(3)
  })
})

describe('0100-provenance', () => {
  it('leaves lines from before without a word, and knows two kinds of change', () => {
    const connection = migrateTo(file, migrationsFolder, 70)
    connection.exec(
      `INSERT INTO change_log (register, record_id, act, changes, reason, account_name, station_code, at, op_n, server_seq)
       VALUES ('employer', 'a', 'changed', '{}', '', '', '', 1, 1, NULL)`,
    )
    connection.close()
    migrateTo(file, migrationsFolder).close()
    const after = openConnection(file, TEST_KEY, 'save')
    expect(after.prepare('SELECT provenance, change_kind, effective_date FROM change_log').all()).toEqual([
      { provenance: null, change_kind: null, effective_date: null },
    ])
    after.exec('UPDATE change_log SET change_kind = \'correction\', provenance = \'{"name":"card"}\'')
    expect(() => after.exec("UPDATE change_log SET change_kind = 'invented'")).toThrow(/CHECK/)
    after.close()
  })
})

describe('0210-building-map', () => {
  /** The sums as a recount says them: what the triggers keep must always be this. */
  function recount(connection: ReturnType<typeof migrateTo>, table: string, keys: string): unknown {
    const counts = [
      'dwellings',
      'vacant',
      'rented',
      'cancelled',
      'residents',
      'minors',
      'requests',
      'hazards',
    ]
    const sums = counts.map((name) => `sum(${name}) AS ${name}`).join(', ')
    // Not from dwelling_share: a tally of its own, made of the registers.
    const share = `SELECT *, active AND coalesce(occupancy_use_code, '') IN ('30', '60') AND residents + minors = 0 AS vacant
      FROM (SELECT
        coalesce(community_code, '') AS community_code,
        coalesce(estate_id, '') AS estate_id,
        CASE WHEN coalesce(estate_id, '') = '' THEN coalesce(street_code, '') ELSE '' END AS street_code,
        CASE WHEN coalesce(estate_id, '') = '' THEN coalesce(door_number, '') ELSE '' END AS door_number,
        coalesce(building, '') AS building, station_code, occupancy_use_code,
        status = 'active' AS active, status = 'active' AS dwellings, status = 'cancelled' AS cancelled,
        status = 'active' AND coalesce(occupancy_use_code, '') = '20' AS rented,
        (SELECT count(*) FROM resident r WHERE r.dwelling_id = d.id AND r.status = 'active') AS residents,
        (SELECT count(*) FROM minor m WHERE m.dwelling_id = d.id AND m.status = 'active') AS minors,
        (SELECT count(*) FROM service_request s JOIN resident r ON r.id = s.applicant_id
          WHERE r.dwelling_id = d.id AND r.status = 'active' AND s.status = 'active' AND s.stage_code IN ('10', '20')) AS requests,
        (SELECT count(*) FROM inspection i
          WHERE i.dwelling_id = d.id AND i.status = 'active' AND i.stage_code = '20') AS hazards
      FROM dwelling d)`
    const wanted = connection
      .prepare(`SELECT ${keys}, ${sums} FROM (${share}) GROUP BY ${keys} ORDER BY ${keys}`)
      .all()
    const kept = connection
      .prepare(
        `SELECT ${keys}, ${counts.join(', ')} FROM ${table} WHERE dwellings + cancelled > 0 ORDER BY ${keys}`,
      )
      .all()
    expect(kept).toEqual(wanted)
    // A sum that everybody has left is nothing, not a remainder.
    expect(
      connection
        .prepare(
          `SELECT count(*) FROM ${table} WHERE dwellings + cancelled = 0 AND (residents | minors | requests | hazards | vacant | rented) <> 0`,
        )
        .pluck()
        .get(),
    ).toBe(0)
    return kept
  }
  const buildingKeys = 'community_code, estate_id, street_code, door_number, building, station_code'
  const check = (connection: ReturnType<typeof migrateTo>): void => {
    recount(connection, 'building_count', buildingKeys)
    recount(connection, 'community_count', 'community_code, station_code')
  }

  /** Writes of every kind in any order, by a seeded generator, as SQL: whoever writes, the sums follow. */
  function writeAtRandom(connection: ReturnType<typeof migrateTo>, seed: number, steps: number): void {
    let state = seed
    const below = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return Math.floor((state / 0x80000000) * limit)
    }
    const pick = (list: readonly (string | null)[]): string | null => list[below(list.length)] ?? null
    const dwellings = ['d1', 'd2', 'd3', 'd4', 'd5', null]
    const residents = ['r1', 'r2', 'r3', 'r4', null]
    const columns: Readonly<Record<string, Readonly<Record<string, () => string | null>>>> = {
      dwelling: {
        community_code: () => pick(['A', 'B', null]),
        estate_id: () => pick(['e1', null, null]),
        street_code: () => pick(['s1', 's2', null]),
        door_number: () => pick(['1', '2']),
        building: () => pick(['1', '2', null]),
        occupancy_use_code: () => pick(['10', '20', '30', '60', null]),
      },
      resident: { dwelling_id: () => pick(dwellings) },
      minor: { dwelling_id: () => pick(dwellings) },
      service_request: {
        applicant_id: () => pick(residents),
        stage_code: () => pick(['10', '20', '30', null]),
      },
      inspection: { dwelling_id: () => pick(dwellings), stage_code: () => pick(['10', '20', '30', null]) },
    }
    const tables = Object.keys(columns)
    for (let step = 0; step < steps; step += 1) {
      const table = tables[below(tables.length)] ?? 'dwelling'
      const id = `${table[0]}${below(5) + 1}`
      const own = Object.entries(columns[table] ?? {})
      const values = [
        pick(['active', 'active', 'cancelled']),
        pick(['', 'S1']),
        ...own.map(([, make]) => make()),
      ]
      const names = ['status', 'station_code', ...own.map(([name]) => name)]
      const exists = connection.prepare(`SELECT 1 FROM ${table} WHERE id = ?`).get(id) !== undefined
      if (!exists)
        connection
          .prepare(
            `INSERT INTO ${table} (id, ${names.join(', ')}, declaration_version, created_at, updated_at, revision, server_seq, pending_ops)
             VALUES (?, ${names.map(() => '?').join(', ')}, 1, 1, 1, 1, 0, 0)`,
          )
          .run(id, ...values)
      else if (below(4) === 0) connection.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id)
      else
        connection
          .prepare(`UPDATE ${table} SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`)
          .run(...values, id)
    }
  }

  it('keeps the sums of every building and community through any writes', () => {
    const connection = migrateTo(file, migrationsFolder, 210)
    connection.pragma('synchronous = OFF')
    for (let seed = 1; seed <= 40; seed += 1) {
      writeAtRandom(connection, seed, 40)
      check(connection)
    }
    connection.close()
  })

  it('counts what a store held before', () => {
    const before = migrateTo(file, migrationsFolder, 80)
    before.pragma('synchronous = OFF')
    writeAtRandom(before, 7, 300)
    before.close()
    const connection = migrateTo(file, migrationsFolder, 210)
    connection.pragma('synchronous = OFF')
    expect(connection.prepare('SELECT count(*) FROM building_count').pluck().get()).not.toBe(0)
    check(connection)
    writeAtRandom(connection, 11, 200)
    check(connection)
    connection.close()
  })
})

describe('0230-card-choices', () => {
  it('leaves lines from before without a word', () => {
    const connection = migrateTo(file, migrationsFolder, 130)
    connection.exec(
      `INSERT INTO change_log (register, record_id, act, changes, reason, account_name, station_code, at, op_n, server_seq)
       VALUES ('employer', 'a', 'changed', '{}', '', '', '', 1, 1, NULL)`,
    )
    connection.close()
    migrateTo(file, migrationsFolder).close()
    const after = openConnection(file, TEST_KEY, 'save')
    expect(after.prepare('SELECT card_choices FROM change_log').all()).toEqual([{ card_choices: null }])
    after.close()
  })
})

describe('0250-audit-log', () => {
  it('keeps the lines there are and finds those of one record', () => {
    const connection = migrateTo(file, migrationsFolder, 240)
    connection.exec(
      `INSERT INTO audit (at, account_name, station_code, act, register, record_id, detail)
       VALUES (1, '', '', 'record.viewed', 'resident', 'a', '{}'), (2, '', '', 'settings.saved', '', '', '{}')`,
    )
    connection.close()
    const migrated = migrateTo(file, migrationsFolder, 250)
    const ofRecord = "SELECT id FROM audit INDEXED BY audit_record WHERE record_id = 'a' AND record_id <> ''"
    expect(migrated.prepare(ofRecord).pluck().all()).toEqual([1])
    expect(migrated.prepare('SELECT count(*) FROM audit INDEXED BY audit_at').pluck().get()).toBe(2)
    migrated.close()
  })
})

describe('0270-own-dictionary-entries', () => {
  it('keeps the entries there are, and indexes those that no server has sent', () => {
    const before = migrateTo(file, migrationsFolder, 230)
    before.exec(
      `INSERT INTO dictionary_entry (dictionary, code, name, origin) VALUES
         ('street', 'a', '东风路', 'server'), ('street', 'b', '西风路', 'demo'), ('community', 'c', '丹心社区', 'demo')`,
    )
    before.close()
    const connection = migrateTo(file, migrationsFolder, 270)
    expect(connection.prepare('SELECT count(*) FROM dictionary_entry').pluck().get()).toBe(3)
    const own = connection
      .prepare(
        "SELECT code FROM dictionary_entry INDEXED BY dictionary_entry_own WHERE origin <> 'server' ORDER BY code",
      )
      .pluck()
      .all()
    expect(own).toEqual(['b', 'c'])
    connection.close()
  })
})

describe('0280-residence', () => {
  it('indexes who lives here, and by which day others have left', () => {
    const connection = migrateTo(file, migrationsFolder, 270)
    connection.exec(
      `INSERT INTO resident (id, declaration_version, status, cancellation, created_at, updated_at, revision, station_code,
         server_seq, pending_ops, dwelling_id)
       VALUES ('a', 1, 'active', NULL, 0, 0, 1, '', 0, 0, 'd'),
         ('b', 1, 'cancelled', '{"cancelDate":"2026-03-01"}', 0, 0, 1, '', 0, 0, 'd'),
         ('c', 1, 'cancelled', NULL, 0, 0, 1, '', 0, 0, 'd')`,
    )
    connection.close()
    const migrated = migrateTo(file, migrationsFolder, 280)
    const pluck = (sql: string): unknown => migrated.prepare(sql).pluck().all()
    expect(pluck("SELECT count(*) FROM resident INDEXED BY resident_living WHERE status = 'active'")).toEqual(
      [1],
    )
    expect(
      pluck(
        `SELECT id FROM resident INDEXED BY resident_cancel_date WHERE status = 'cancelled'
         AND json_extract(cancellation, '$.cancelDate') BETWEEN '2026-03-01' AND '2026-03-31'`,
      ),
    ).toEqual(['b'])
    migrated.close()
  })
})

describe('0300-sort-indexes', () => {
  it('finds the residents there are by the narrow index, as the table has them', () => {
    const connection = migrateTo(file, migrationsFolder, 230)
    connection.exec(
      `INSERT INTO resident (id, declaration_version, status, created_at, updated_at, revision, station_code,
         server_seq, pending_ops, marital_status_code, former_name)
       VALUES ('a', 1, 'active', 0, 0, 1, '', 0, 0, '20', NULL), ('b', 1, 'active', 0, 1, 1, '', 0, 0, '10', '旧名')`,
    )
    connection.close()
    const migrated = migrateTo(file, migrationsFolder, 300)
    const sortedBy = (column: string, index: string): readonly unknown[] =>
      migrated.prepare(`SELECT id FROM resident INDEXED BY ${index} ORDER BY ${column}`).pluck().all()
    expect(sortedBy('marital_status_code', 'resident_seldom_codes')).toEqual(['b', 'a'])
    expect(sortedBy('former_name', 'resident_seldom_values')).toEqual(['a', 'b'])
    migrated.close()
  })
})
