import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { createThreadedQueryRunner } from '../../../src-main/backend/queries/threaded-query-runner.ts'
import { loadDemo } from '../../../src-main/backend/services/demo-data.ts'
import {
  employerValues,
  makeBackend,
  makeFolder,
  saveNew,
  workers,
  type BackendFixture,
} from '../../support/backend-fixture.ts'

let folder: ReturnType<typeof makeFolder>
let fixture: BackendFixture

beforeEach(async () => {
  folder = makeFolder()
  fixture = await makeBackend({ dataFolder: folder.path, workers })
})
afterEach(async () => {
  await fixture.remove()
  folder.remove()
})

const division = { kind: 'dictionary', name: 'division' } as const
const search = async (
  query: string,
  source: Parameters<typeof fixture.backend.call<'lookup.search'>>[1]['source'] = division,
) =>
  (await fixture.backend.call('lookup.search', { source, query, offset: 0, limit: 5 })).entries.map(
    (entry) => entry.name,
  )
const cacheFiles = (): readonly string[] =>
  readdirSync(join(folder.path, 'lookup-cache')).filter((name) => name.startsWith('division-'))

/** More than are looked up without a thread. */
const manyEmployers = {
  communities: 4,
  streets: 12,
  coordinators: 8,
  employers: 900,
  dwellings: 10,
  residents: 0,
}

describe('the look-up thread', () => {
  it('builds once and the next start takes what was kept', async () => {
    expect(await search('whs')).toContain('武汉市')
    const [file = ''] = cacheFiles()
    const path = join(folder.path, 'lookup-cache', file)
    const written = statSync(path).mtimeMs
    await fixture.backend.stop()
    fixture = await makeBackend({ dataFolder: folder.path, workers })
    expect(await search('whs')).toContain('武汉市')
    expect(statSync(path).mtimeMs).toBe(written)
  })

  it('builds again what was damaged, and says so in the log', async () => {
    await search('whs')
    const [file = ''] = cacheFiles()
    const path = join(folder.path, 'lookup-cache', file)
    const bytes = readFileSync(path)
    bytes.fill(0x5a, 5_000, 5_100)
    writeFileSync(path, bytes)
    await fixture.backend.stop()
    fixture = await makeBackend({ dataFolder: folder.path, workers })
    expect(await search('whs')).toContain('武汉市')
    expect(readFileSync(join(folder.path, 'logs', 'backend.log'), 'utf8')).toContain(`look-up file ${file}`)
  })

  it('keeps one file a table, of the present entries', async () => {
    await search('whs')
    const before = cacheFiles()
    // As a new version from the server does.
    await fixture.backend.context.store.write((database) =>
      database.runOf(
        "INSERT INTO dictionary_entry (dictionary, code, name, origin) VALUES ('division', '999901', '青禾区', 'server')",
      ),
    )
    await fixture.backend.stop()
    fixture = await makeBackend({ dataFolder: folder.path, workers })
    expect(await search('青禾区')).toEqual(['青禾区'])
    expect(cacheFiles()).toHaveLength(1)
    expect(cacheFiles()).not.toEqual(before)
  })

  it('keeps no register on disk: its rows are personal', async () => {
    await loadDemo(fixture.backend.context, () => undefined, manyEmployers)
    expect(await search('cq', { kind: 'register', name: 'employer' })).not.toEqual([])
    await search('whs')
    expect(readdirSync(join(folder.path, 'lookup-cache'))).toEqual(cacheFiles())
  })

  it('does not miss what is saved while it builds', async () => {
    await loadDemo(fixture.backend.context, () => undefined, manyEmployers)
    const source = { kind: 'register', name: 'employer' } as const
    const building = search('cq', source)
    await saveNew(fixture.backend, 'employer', makeUuid(), employerValues({ name: '重庆老火锅' }))
    await building
    expect(await search('cqlhg', source)).toEqual(['重庆老火锅'])
  })
})

describe('a query thread', () => {
  const select = (sql: string) => ({ sql, parameters: [] }) as never

  it('answers the next question after one that failed', async () => {
    const { file, key } = fixture.backend.context.store
    const runner = createThreadedQueryRunner(workers.query, { file, key })
    await expect(runner.numbers(select('SELECT nothing FROM nowhere WHERE'), 'page')).rejects.toThrow(
      /syntax|no such/,
    )
    expect([...(await runner.numbers(select('SELECT 7 UNION ALL SELECT 9'), 'page'))]).toEqual([7, 9])
    await runner.stop()
  })

  it('cannot write', async () => {
    const { file, key } = fixture.backend.context.store
    const runner = createThreadedQueryRunner(workers.query, { file, key })
    await expect(
      runner.numbers(select("INSERT INTO setting VALUES ('x', '1') RETURNING 1"), 'scan'),
    ).rejects.toThrow(/readonly/)
    await runner.stop()
  })

  it('that cannot start refuses and does not hang', async () => {
    const { file } = fixture.backend.context.store
    const runner = createThreadedQueryRunner(workers.query, { file, key: Buffer.alloc(32, 9) })
    await expect(runner.numbers(select('SELECT 1'), 'page')).rejects.toThrow(/not a database/)
    await runner.stop()
  })

  it('moves the log into the file while saves go on', async () => {
    const log = `${fixture.backend.context.store.file}-wal`
    for (let index = 0; index < 150; index += 1)
      await fixture.backend.call('preference.write', { key: `k${index % 5}`, value: 'x'.repeat(4_000) })
    const afterMany = statSync(log).size
    // The log is begun anew once all of it stands in the file, so it does not grow with the saves.
    await expect
      .poll(
        async () => {
          await fixture.backend.call('preference.write', { key: 'k0', value: 'y'.repeat(4_000) })
          return fixture.backend.context.store.read.pluck<string>(
            "SELECT value FROM setting WHERE name = 'preference.k0'",
          ).length
        },
        { timeout: 2_000 },
      )
      .toBe(1)
    for (let index = 0; index < 300; index += 1)
      await fixture.backend.call('preference.write', { key: `k${index % 5}`, value: 'z'.repeat(4_000) })
    expect(statSync(log).size).toBeLessThan(afterMany * 2.5)
  })
})

describe('a table with so many entries that it stays in the store', () => {
  beforeEach(async () => {
    await fixture.backend.context.store.write((database) => {
      for (let index = 0; index < 6_000; index += 1)
        database.runOf(
          "INSERT INTO dictionary_entry (dictionary, code, name, parent, valid_to, origin) VALUES ('division', ?, ?, ?, ?, 'server')",
          `8${String(index).padStart(5, '0')}`,
          `甲${index}村`,
          index < 10 ? null : `8${String(index % 10).padStart(5, '0')}`,
          index === 4_444 ? '2020-01-01' : null,
        )
    })
    fixture.backend.context.dictionaries.reload(fixture.backend.context.store.read, ['division'])
  })

  it('answers like any other', () => {
    const { dictionaries } = fixture.backend.context
    expect(dictionaries.hasCode('division', '805999')).toBe(true)
    expect(dictionaries.hasCode('division', '806000')).toBe(false)
    expect(dictionaries.labelOf('division', '800011')).toBe('甲11村')
    // What only the file has is there as well.
    expect(dictionaries.labelOf('division', '110000')).toBe('北京市')
    expect(dictionaries.listWithin('division', '800003')).toHaveLength(600)
    expect(dictionaries.listWithin('division', '420000').length).toBeGreaterThan(100)
    const accept = dictionaries.acceptOn('division', '2026-01-01')
    expect(accept?.('804444')).toBe(false)
    expect(accept?.('804445')).toBe(true)
    const codes = [...dictionaries.list('division')].map((entry) => entry.code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes).toEqual(expect.arrayContaining(['110000', '805999']))
  })

  it('is looked up with its path, without what is retired', async () => {
    const page = await fixture.backend.call('lookup.search', {
      source: division,
      query: '甲4443',
      offset: 0,
      limit: 3,
    })
    expect(page.entries[0]).toMatchObject({ code: '804443', parentPath: '甲3村' })
    expect(await search('甲4444')).toEqual([])
    const entries = await fixture.backend.call('lookup.entries', { source: division, codes: ['804444'] })
    expect(entries[0]?.name).toBe('甲4444村')
  })
})
