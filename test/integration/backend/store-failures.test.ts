import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openConnection } from '../../../src-main/backend/database/connection.ts'
import { openStore, type Store } from '../../../src-main/backend/database/open-store.ts'
import { StoreFailure, type StoreFailureKind } from '../../../src-main/backend/database/store-failure.ts'
import type { KeyStore } from '../../../src-main/backend/database/store-key.ts'
import {
  invertingKeyStore,
  makeBackend,
  makeFolder,
  noKeyStore,
  refusalOf,
  RESOURCES,
  saveTown,
} from '../../support/backend-fixture.ts'

const migrationsFolder = join(RESOURCES, 'migrations', 'client')

let folder: ReturnType<typeof makeFolder>
let data: string

beforeEach(() => {
  folder = makeFolder()
  data = join(folder.path, 'data')
})
afterEach(() => folder.remove())

const open = (keyStore: KeyStore = noKeyStore, dataFolder = data): Promise<Store> =>
  openStore({ dataFolder, migrationsFolder, keyStore, lockWait: 0 })

const file = (name = 'store.db'): string => join(data, name)

/** Makes a store with one setting in it and closes it. */
async function makeStore(keyStore: KeyStore = noKeyStore): Promise<void> {
  const store = await open(keyStore)
  await store.write((database) =>
    database.runOf("INSERT INTO setting (name, value) VALUES ('mark', '\"kept\"')"),
  )
  await store.close()
}

/** The failure of opening; proves that the store's file is byte for byte what it was. */
async function failureOf(keyStore: KeyStore = noKeyStore): Promise<StoreFailure> {
  const before = existsSync(file()) ? readFileSync(file()) : undefined
  const failure = await open(keyStore).then(
    async (store) => {
      await store.close()
      throw new Error('the store opened')
    },
    (error: unknown) => error,
  )
  if (!(failure instanceof StoreFailure)) throw failure
  if (before) expect(readFileSync(file()).equals(before)).toBe(true)
  else expect(existsSync(file())).toBe(false)
  return failure
}

function expectSentences(failure: StoreFailure, kind: StoreFailureKind): void {
  expect(failure.kind).toBe(kind)
  expect(failure.title).toMatch(/\p{Script=Han}{4}/u)
  expect(failure.advice).toMatch(/\p{Script=Han}{4}/u)
  expect(failure.detail.length).toBeGreaterThan(0)
}

describe('a store', () => {
  it('is encrypted: nothing of it can be read in the file', async () => {
    await makeStore()
    const bytes = readFileSync(file())
    expect(bytes.includes('SQLite format 3')).toBe(false)
    expect(bytes.includes('CREATE TABLE')).toBe(false)
    expect(bytes.includes('kept')).toBe(false)
  })

  it('is opened again with what was in it', async () => {
    await makeStore()
    const store = await open()
    expect(store.read.pluck<string>("SELECT value FROM setting WHERE name = 'mark'")).toEqual(['"kept"'])
    await store.close()
  })

  it('keeps its key wrapped where the system offers it', async () => {
    await makeStore(invertingKeyStore)
    const envelope = JSON.parse(readFileSync(file('store-key.json'), 'utf8')) as {
      protection: string
      bytes: string
    }
    expect(envelope.protection).toBe('operatingSystem')
    const store = await open(invertingKeyStore)
    expect(store.keyProtection).toBe('operatingSystem')
    expect(store.key.toString('base64')).not.toBe(envelope.bytes)
    await store.close()
  })

  it('uses a key file of the owner alone where the key store does not give back what it took', async () => {
    const forgetful: KeyStore = {
      wrap: (bytes) => Promise.resolve(bytes),
      unwrap: () => Promise.resolve(Buffer.alloc(32)),
    }
    const store = await open(forgetful)
    expect(store.keyProtection).toBe('keyFile')
    await store.close()
    expect(statSync(file('store-key.json')).mode & 0o777).toBe(0o600)
  })

  it('saves through a connection that flushes to the disk, with a log and with checked references', async () => {
    const store = await open()
    const [synchronous, journal, references] = await store.write((database) =>
      ['synchronous', 'journal_mode', 'foreign_keys'].map((name) => database.pluck(`PRAGMA ${name}`)[0]),
    )
    // 2 is FULL: every commit is flushed, also in WAL mode. Source: sqlite.org/pragma.html#pragma_synchronous
    expect({ synchronous, journal, references }).toEqual({ synchronous: 2, journal: 'wal', references: 1 })
    await store.close()
  })

  it('rolls a failed act back and goes on', async () => {
    const store = await open()
    await expect(
      store.write((database) => {
        database.runOf("INSERT INTO setting (name, value) VALUES ('half', '1')")
        throw new Error('act failed')
      }),
    ).rejects.toThrow('act failed')
    await store.write((database) => database.runOf("INSERT INTO setting (name, value) VALUES ('whole', '1')"))
    expect(store.read.pluck<string>('SELECT name FROM setting ORDER BY name')).toEqual(['whole'])
    await store.close()
  })

  it('waits for the disk at every act but those that can be made again', async () => {
    const store = await open()
    const synchronous = (database: { pluck: (sql: string) => unknown[] }): unknown =>
      database.pluck('PRAGMA synchronous')[0]
    const seen = [
      await store.write(synchronous),
      await store.writeUnsynced(synchronous),
      await store.write(synchronous),
    ]
    await expect(
      store.writeUnsynced(() => {
        throw new Error('act failed')
      }),
    ).rejects.toThrow('act failed')
    seen.push(await store.write(synchronous))
    // 2 is FULL, 1 is NORMAL.
    expect(seen).toEqual([2, 1, 2, 2])
    await store.close()
  })

  it('cannot be changed through its reading connection', async () => {
    const store = await open()
    expect(() =>
      store.read.firstOf("INSERT INTO setting (name, value) VALUES ('x', '1') RETURNING name"),
    ).toThrow(/readonly/)
    await store.close()
  })
})

describe('a store that cannot be opened', () => {
  it('wrong key', async () => {
    await makeStore()
    const envelope = { format: 1, protection: 'keyFile', bytes: Buffer.alloc(32, 7).toString('base64') }
    writeFileSync(file('store-key.json'), JSON.stringify(envelope))
    expectSentences(await failureOf(), 'wrongKey')
  })

  it('no key file: never a new key over an existing store', async () => {
    await makeStore()
    rmSync(file('store-key.json'))
    expectSentences(await failureOf(), 'keyMissing')
    expect(existsSync(file('store-key.json'))).toBe(false)
  })

  it('damaged key file', async () => {
    await makeStore()
    writeFileSync(file('store-key.json'), '{"format":1,"prot')
    expectSentences(await failureOf(), 'keyMissing')
    expect(readFileSync(file('store-key.json'), 'utf8')).toBe('{"format":1,"prot')
  })

  it('key store that refuses', async () => {
    await makeStore(invertingKeyStore)
    expectSentences(await failureOf(noKeyStore), 'keyMissing')
  })

  it('damaged first page', async () => {
    await makeStore()
    damage(file(), 100, 64)
    expectSentences(await failureOf(), 'wrongKey')
  })

  it('damaged pages of the schema', async () => {
    await makeStore()
    damage(file(), 4096, statSync(file()).size - 4096)
    expectSentences(await failureOf(), 'corrupt')
  })

  it('damaged page of one table: the rest is served, the request that meets it says so', async () => {
    const first = await makeBackend({ dataFolder: data })
    const town = await saveTown(first.backend)
    const page = first.backend.context.store.read.pluck<number>(
      "SELECT rootpage FROM sqlite_master WHERE name = 'resident'",
    )[0]
    await first.remove()
    damage(file(), ((page ?? 1) - 1) * 4096 + 200, 64)
    const again = await makeBackend({ dataFolder: data })
    const refused = await refusalOf(again.backend, 'record.get', {
      register: 'resident',
      id: town.residentId,
      purpose: 'show',
    })
    expect(refused).toMatchObject({ code: 'storage', message: expect.stringContaining('已损坏') as string })
    const employer = { register: 'employer', id: town.employerId, purpose: 'show' } as const
    expect((await again.backend.call('record.get', employer)).title).toBe('丹心酒楼')
    await again.remove()
  })

  it('cut file', async () => {
    await makeStore()
    truncateSync(file(), Math.floor(statSync(file()).size / 2 / 4096) * 4096)
    const failure = await failureOf()
    expect(['corrupt', 'wrongKey']).toContain(failure.kind)
  })

  it('emptied file: not taken for a new store', async () => {
    await makeStore()
    truncateSync(file(), 0)
    expectSentences(await failureOf(), 'corrupt')
    expect(statSync(file()).size).toBe(0)
  })

  it('log whose file is gone: no new store over what may still be saved', async () => {
    const store = await open()
    await store.write((database) =>
      database.runOf("INSERT INTO setting (name, value) VALUES ('mark', '\"kept\"')"),
    )
    const log = readFileSync(file('store.db-wal'))
    await store.close()
    rmSync(file())
    writeFileSync(file('store.db-wal'), log)
    expectSentences(await failureOf(), 'corrupt')
    expect(readFileSync(file('store.db-wal')).equals(log)).toBe(true)
  })

  it('newer version', async () => {
    await makeStore()
    const store = await open()
    const { key } = store
    await store.close()
    const connection = openConnection(file(), key, 'save')
    connection.pragma('user_version = 9990')
    connection.pragma('wal_checkpoint(TRUNCATE)')
    connection.pragma('journal_mode = DELETE')
    connection.close()
    expectSentences(await failureOf(), 'newerVersion')
  })

  it('used by another program', async () => {
    const store = await open()
    const failure = await open().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StoreFailure)
    expectSentences(failure as StoreFailure, 'inUse')
    await store.close()
    await (await open()).close()
  })

  it('folder that is a file', async () => {
    writeFileSync(data, 'not a folder')
    const failure = await open().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StoreFailure)
    expect(readFileSync(data, 'utf8')).toBe('not a folder')
  })

  it('failed migration: the old store stays and opens with the old program', async () => {
    await makeStore()
    const broken = join(folder.path, 'migrations')
    mkdirSync(broken)
    for (const name of ['0010-registers.sql', '0020-journals.sql', '0030-query-indexes.sql'])
      copyFileSync(join(migrationsFolder, name), join(broken, name))
    writeFileSync(
      join(broken, '0900-broken.sql'),
      'DELETE FROM setting;\nALTER TABLE nobody ADD COLUMN x TEXT;',
    )
    const before = readFileSync(file())
    const failure = await openStore({
      dataFolder: data,
      migrationsFolder: broken,
      keyStore: noKeyStore,
      lockWait: 0,
    }).catch((error: unknown) => error)
    expectSentences(failure as StoreFailure, 'migrationFailed')
    expect(readFileSync(file()).equals(before)).toBe(true)
    expect(existsSync(`${file()}.migrating`)).toBe(false)
    await (await open()).close()
  })
})

/** Root writes everywhere. */
const isRoot = process.getuid?.() === 0

describe('a folder or disk that takes no writes', () => {
  it.runIf(isRoot)('read-only folder', async () => {
    await makeStore()
    const result = withoutPower(data)
    expect(result).toMatchObject({ kind: 'readOnly' })
    expect(result.title).toBe('本机数据文件夹不能写入')
    await (await open()).close()
  })

  it.runIf(!isRoot)('read-only folder of an ordinary user', async () => {
    await makeStore()
    chmodSync(data, 0o500)
    const failure = await open().catch((error: unknown) => error)
    chmodSync(data, 0o700)
    expectSentences(failure as StoreFailure, 'readOnly')
  })

  it('full disk: refused clearly, rolled back, and what was saved stays', async () => {
    await makeStore()
    const before = readFileSync(file())
    // The file-size limit stands for the disk's end: writes beyond it fail in the same way.
    const result = childOf('fill', `ulimit -f ${Math.ceil(before.length / 1024) + 200}`)
    expect(result).toMatchObject({ kind: 'fullDisk' })
    expect(result.saved).toBeGreaterThan(0)
    const store = await open()
    expect(store.read.pluck<number>("SELECT count(*) FROM setting WHERE name LIKE 'fill-%'")).toEqual([
      result.saved,
    ])
    expect(store.read.pluck<string>('PRAGMA integrity_check')).toEqual(['ok'])
    await store.close()
  })

  type ChildResult = { readonly kind: string; readonly title?: string; readonly saved?: number }

  function childOf(act: string, before: string): ChildResult {
    const script = join(RESOURCES, 'test', 'support', 'store-child.ts')
    const result = spawnSync(
      'bash',
      ['-c', `trap '' XFSZ; ${before}; exec "$0" "$@"`, process.execPath, script, act, data],
      {
        encoding: 'utf8',
      },
    )
    const line = result.stdout.trim().split('\n').at(-1) ?? ''
    if (!line.startsWith('{')) throw new Error(`${result.stdout}\n${result.stderr}`)
    return JSON.parse(line) as ChildResult
  }

  /**
   * Opens a store as root whose power over the rights of files was taken away: they count as for anybody. Another user
   * could not run the Node that lies in root's own cache folder.
   */
  function withoutPower(path: string): ChildResult {
    chmodSync(path, 0o500)
    const taken = '-dac_override,-dac_read_search'
    const script = join(RESOURCES, 'test', 'support', 'store-child.ts')
    const result = spawnSync(
      'setpriv',
      [`--bounding-set=${taken}`, `--inh-caps=${taken}`, process.execPath, script, 'open', path],
      { encoding: 'utf8' },
    )
    chmodSync(path, 0o700)
    const line = result.stdout.trim().split('\n').at(-1) ?? ''
    if (!line.startsWith('{')) throw new Error(`${result.stdout}\n${result.stderr}`)
    return JSON.parse(line) as ChildResult
  }
})

function damage(path: string, offset: number, length: number): void {
  const handle = openSync(path, 'r+')
  writeSync(handle, Buffer.alloc(length, 0x5a), 0, length, offset)
  closeSync(handle)
}
