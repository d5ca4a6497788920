import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServerDatabase, ServerSetupError } from '../../src-server/storage/database.ts'
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

describe('a database that cannot be used', () => {
  it('of a newer program is left alone', async () => {
    const database = await openServerDatabase(file, migrationsFolder)
    await sql`PRAGMA user_version = 9999`.execute(database)
    await database.destroy()
    await expect(openServerDatabase(file, migrationsFolder)).rejects.toThrow('请升级服务器程序')
  })

  it('is named with what to do: an address of another engine, a folder that is a file', async () => {
    await expect(openServerDatabase('postgres://localhost/x', migrationsFolder)).rejects.toThrow(
      ServerSetupError,
    )
    writeFileSync(join(folder.path, 'file'), '')
    await expect(
      openServerDatabase(join(folder.path, 'file', 'server.db'), migrationsFolder),
    ).rejects.toThrow('数据库文件打不开')
  })
})
