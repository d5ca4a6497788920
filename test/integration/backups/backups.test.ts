import fs, {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { spawnSync } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import {
  readBackupHeader,
  verifyBackupFile,
  writeBackupFile,
} from '../../../src-main/backend/backups/backup-file.ts'
import { BackupFault } from '../../../src-main/backend/backups/backup-fault.ts'
import { unwrapStoreKey } from '../../../src-main/backend/backups/backup-key.ts'
import type { Backend, BackendOptions } from '../../../src-main/backend/create-backend.ts'
import { openConnection } from '../../../src-main/backend/database/connection.ts'
import { openStore } from '../../../src-main/backend/database/open-store.ts'
import type { Draft } from '../../../src-shared/contract/types.ts'
import {
  employerValues,
  fixedClock,
  invertingKeyStore,
  makeBackend,
  makeFolder,
  noKeyStore,
  refusalOf,
  RESOURCES,
  saveNew,
  saveTown,
  workers,
} from '../../support/backend-fixture.ts'
import { makeJpeg } from '../../support/photos.ts'

const PASSWORD = '月落乌啼霜满天-2026'

let folder: ReturnType<typeof makeFolder>
let backend: Backend
let sticks: string

const place = (name: string): string => join(folder.path, name)

async function open(name: string, options: Partial<BackendOptions> = {}): Promise<Backend> {
  return (await makeBackend({ dataFolder: place(name), ...options })).backend
}

async function restart(options: Partial<BackendOptions> = {}): Promise<void> {
  await backend.stop()
  backend = await open('here', options)
}

const draftOf = (id: string, text: string): Draft => ({
  id,
  register: 'employer',
  recordId: null,
  revision: 0,
  inputs: { name: { text, value: text } },
  focusedField: 'name',
  caret: 2,
  pinnedFields: [],
  batchCount: 0,
  openedFrom: null,
  updatedAt: 1,
})

const nameOf = (of: Backend, id: string): unknown =>
  of.context.store.read.pluck<string>('SELECT name FROM employer WHERE id = ?', id)[0]

const make = async (of = backend): Promise<string> =>
  (await of.call('backup.make', { folder: sticks, password: PASSWORD })).path

const inspect = (path: string, of = backend) =>
  of.call('backup.inspect', { kind: 'file', path, password: PASSWORD })

beforeEach(async () => {
  folder = makeFolder()
  sticks = place('stick')
  mkdirSync(sticks)
  backend = await open('here')
})

afterEach(async () => {
  await backend.stop()
  folder.remove()
})

describe('a backup', () => {
  it('is one checked file without a byte of a person in the clear, and says what is in it', async () => {
    await saveTown(backend)
    await backend.call('draft.write', { draft: draftOf(makeUuid(), '半份草稿') })
    const made = await backend.call('backup.make', { folder: sticks, password: PASSWORD })
    expect(readdirSync(sticks)).toHaveLength(1)
    expect(made.path).toMatch(/居服通备份-本机-\d{8}-\d{6}\.jfbak$/)
    if (process.platform !== 'win32') expect(statSync(made.path).mode & 0o777).toBe(0o600)
    const { header } = readBackupHeader(made.path)
    expect(header).toMatchObject({
      app: '0.0.0-test',
      station: null,
      series: null,
      records: { resident: 1, dwelling: 1, employer: 1, coordinator: 1, minor: 0 },
      waitingOps: 4,
      drafts: 1,
    })
    expect(made).toMatchObject({ recordCount: 4, size: statSync(made.path).size })
    const bytes = readFileSync(made.path)
    const { key } = backend.context.store
    for (const text of ['张伟', '赵房主', '13900000004', '半份草稿', 'CREATE TABLE', PASSWORD])
      expect(bytes.includes(text), text).toBe(false)
    expect(bytes.includes(key) || bytes.includes(key.toString('base64'))).toBe(false)
    expect((await unwrapStoreKey(header.keyWrap, PASSWORD))?.equals(key)).toBe(true)
    // Nothing is left beside the store, and the password is nowhere in it.
    expect(readdirSync(place('here')).filter((name) => name.includes('backing-up'))).toEqual([])
    const settings = backend.context.store.read.pluck<string>(
      "SELECT value FROM setting WHERE name = 'backup'",
    )
    expect(settings[0]).toContain('.jfbak')
    expect(settings[0]).not.toContain(PASSWORD)
    expect(readFileSync(join(place('here'), 'logs', 'backend.log'), 'utf8')).not.toContain(PASSWORD)
    expect(
      backend.context.store.read.allOf("SELECT act, detail FROM audit WHERE act LIKE 'backup.%'"),
    ).toMatchObject([{ act: 'backup.made', detail: expect.stringContaining('"records":4') as string }])
  })

  it('of two made in one second neither overwrites the other', async () => {
    const { now } = fixedClock()
    const at = now()
    await restart({
      clock: {
        now: () => at,
        today: () => '2026-03-16',
        deviceNow: () => at,
        setServerOffset: () => undefined,
      },
    })
    const both = [await make(), await make()]
    expect(new Set(both).size).toBe(2)
    expect(readdirSync(sticks)).toHaveLength(2)
  })

  it('is made while saves go on, each of them whole in it or not in it at all', async () => {
    await restart({ workers })
    await backend.context.store.write((database) => {
      for (let index = 0; index < 400; index += 1)
        database.runOf(
          'INSERT INTO photo (hash, bytes, stored_at) VALUES (?, ?, 1)',
          `${index}`,
          Buffer.alloc(100_000, index),
        )
    })
    let isDone = false
    const made = make().finally(() => {
      isDone = true
    })
    let saved = 0
    let longest = 0
    while (!isDone) {
      const before = performance.now()
      await saveNew(backend, 'employer', makeUuid(), employerValues({ name: `单位${saved}` }))
      longest = Math.max(longest, performance.now() - before)
      saved += 1
      // The thread is heard between two saves.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const path = await made
    console.log(
      `saves during a backup of ${statSync(path).size} bytes: ${saved}, the longest ${longest.toFixed(1)} ms`,
    )
    expect(saved).toBeGreaterThan(10)
    const { header } = readBackupHeader(path)
    expect(header.photos).toBe(400)
    expect(header.records['employer']).toBe(header.waitingOps)
    expect(header.records['employer']).toBeLessThan(saved)
    expect(await inspect(path)).toMatchObject({
      unsent: { ops: saved - header.waitingOps, byRegister: [{ register: 'employer' }] },
    })
  })

  it('that is cancelled, or has no folder, leaves nothing and says so', async () => {
    await restart({ workers })
    const cancelled = refusalOf(backend, 'backup.make', { folder: sticks, password: PASSWORD })
    while ((await backend.call('backup.state', {})).progress === null)
      await new Promise((resolve) => setTimeout(resolve, 1))
    await backend.call('backup.cancel', {})
    expect((await cancelled).message).toContain('已取消,没有留下备份文件')
    expect(readdirSync(sticks)).toEqual([])
    const ask = (to: string, password = PASSWORD) =>
      refusalOf(backend, 'backup.make', { folder: to, password })
    expect((await ask(place('pulled out'))).message).toContain('找不到备份文件夹')
    expect((await ask(sticks, '123456789')).message).toContain('密码至少 10 个字符')
    if (process.getuid?.() !== 0) {
      chmodSync(sticks, 0o500)
      expect((await ask(sticks)).message).toContain('备份文件夹不能写入')
    }
    expect(
      backend.context.store.read.pluck("SELECT detail FROM audit WHERE act = 'backup.failed'")[0],
    ).toContain('"kind":"folderGone"')
  })

  it('that finds no room, here or on the stick, leaves nothing and says where it was missing', async () => {
    const model = await make()
    const { storeBytes } = readBackupHeader(model).header
    const { file, key } = backend.context.store
    await backend.stop()
    const full = place('full')
    mkdirSync(full)
    const kindOf = (blocks: number): string => {
      const script = join(RESOURCES, 'test', 'support', 'backup-child.ts')
      // The file-size limit stands for the disk's end: writes beyond it fail in the same way.
      const { stdout, stderr } = spawnSync(
        'bash',
        [
          '-c',
          `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`,
          process.execPath,
          ...[script, file, key.toString('base64'), full, model],
        ],
        { encoding: 'utf8' },
      )
      const line = stdout.trim().split('\n').at(-1) ?? ''
      if (!line.startsWith('{')) throw new Error(`${stdout}\n${stderr}`)
      return (JSON.parse(line) as { readonly kind: string }).kind
    }
    expect(kindOf(storeBytes / 1_024 - 100)).toBe('noRoomHere')
    // The snapshot has just room, the file with its header has not.
    expect(kindOf(storeBytes / 1_024)).toBe('tooLarge')
    expect(readdirSync(full)).toEqual([])
    expect(readdirSync(place('here')).filter((name) => name.includes('backing-up'))).toEqual([])
    expect(kindOf(storeBytes / 1_024 + 100)).toBe('none')
    expect(readdirSync(full)).toHaveLength(1)
    backend = await open('here')
  })

  it('a changed byte anywhere is found, and a missing end as well', async () => {
    const path = await make()
    const whole = readFileSync(path)
    const { storeAt } = readBackupHeader(path)
    const broken = place('broken.jfbak')
    const faultOf = (bytes: Buffer): string => {
      writeFileSync(broken, bytes)
      try {
        verifyBackupFile(broken, undefined, () => undefined)
        return 'none'
      } catch (error) {
        return error instanceof BackupFault ? error.kind : String(error)
      }
    }
    expect(faultOf(whole)).toBe('none')
    const places = [0, 4, 5, 6, 8, 11, 12, 40, storeAt - 1, storeAt, storeAt + 20, whole.length - 33]
    for (let index = 0; index < 60; index += 1) places.push(Math.floor((index * whole.length) / 60))
    for (const at of places) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      expect(['damaged', 'foreign', 'truncated', 'newerFormat'], `byte ${at}`).toContain(faultOf(bytes))
    }
    for (const length of [0, 3, 11, 13, storeAt, storeAt + 4096, whole.length - 1])
      expect(['truncated', 'foreign'], `length ${length}`).toContain(faultOf(whole.subarray(0, length)))
    // Whoever has changed the hash as well still has not the key.
    const bytes = Buffer.from(whole)
    const last = bytes.length - 1
    bytes[last] = (bytes[last] ?? 0) ^ 1
    writeFileSync(broken, bytes)
    expect(
      (await refusalOf(backend, 'backup.inspect', { kind: 'file', path: broken, password: PASSWORD }))
        .message,
    ).toContain('已损坏')
    expect(readdirSync(place('here')).filter((name) => name.includes('restoring'))).toEqual([])
  })

  it('each reason why one cannot be used has its own sentence', async () => {
    const path = await make()
    const ask = async (file: string, password = PASSWORD): Promise<string> =>
      (await refusalOf(backend, 'backup.inspect', { kind: 'file', path: file, password })).message
    expect(await ask(path, '别的密码别的密码别的')).toContain('密码不对')
    const other = place('other.jfbak')
    writeFileSync(other, 'PK 别的程序的文件')
    expect(await ask(other)).toContain('不是居服通的备份')
    writeFileSync(other, readFileSync(path).subarray(0, 9_000))
    expect(await ask(other)).toContain('不完整')
    // Damaged, and the password is wrong for that reason: said is what helps.
    const { storeAt, header } = readBackupHeader(path)
    const bytes = readFileSync(path)
    const salt = bytes.indexOf(header.keyWrap.kdf.salt)
    bytes[salt] = bytes[salt] === 65 ? 66 : 65
    writeFileSync(other, bytes)
    expect(salt).toBeLessThan(storeAt)
    expect(await ask(other)).toContain('已损坏')
    expect(await ask(place('gone.jfbak'))).toContain('找不到这个文件')
    // Of a newer program.
    const newer = place('newer.db')
    const { key, file } = backend.context.store
    await backend.context.store.write(() => undefined)
    await backend.stop()
    copyFileSync(file, newer)
    const connection = openConnection(newer, key, 'save')
    connection.pragma('user_version = 9990')
    connection.pragma('journal_mode = DELETE')
    connection.close()
    backend = await open('here')
    rmSync(other)
    writeBackupFile(other, { ...header, storeBytes: statSync(newer).size }, newer, key, () => undefined)
    expect(await ask(other)).toContain('更新版本的居服通')
  })
})

describe('恢复', () => {
  it('on another machine: everything is there, under that machine’s own key, and what was there before can come back', async () => {
    const town = await saveTown(backend)
    const photo = await backend.call('photo.put', { base64: makeJpeg(1, 3_000).toString('base64') })
    const draftId = makeUuid()
    await backend.call('draft.write', { draft: draftOf(draftId, '半份') })
    const path = await make()
    const other = await open('there', { keyStore: invertingKeyStore })
    const mine = makeUuid()
    await saveNew(other, 'employer', mine, employerValues({ name: '那台电脑的' }))
    const compared = await inspect(path, other)
    expect(compared).toMatchObject({
      isOtherMachine: true,
      sourceName: path.split('/').at(-1),
      unsent: { ops: 1, byRegister: [{ register: 'employer', ops: 1 }], drafts: 0 },
    })
    expect(compared.records.find(({ register }) => register === 'employer')).toEqual({
      register: 'employer',
      there: 1,
      here: 1,
    })
    // Something typed would be missing: only with a reason.
    const { id } = compared
    expect((await refusalOf(other, 'backup.reinstate', { id, reason: ' ' })).message).toContain('请先同步')
    expect(await other.call('backup.reinstate', { id, reason: '换了电脑' })).toMatchObject({
      prepared: { sourceName: compared.sourceName },
    })
    const otherKey = other.context.store.key
    const oldReplica = other.context.replicaId
    await other.stop()

    const restored = await open('there', { keyStore: invertingKeyStore })
    expect(restored.context.store.key.equals(otherKey)).toBe(true)
    expect(restored.context.store.read.pluck('PRAGMA integrity_check')).toEqual(['ok'])
    expect(nameOf(restored, town.employerId)).toBe('丹心酒楼')
    expect(nameOf(restored, mine)).toBeUndefined()
    expect((await restored.call('draft.list', {})).map((each) => each.id)).toEqual([draftId])
    expect(await restored.call('photo.get', { hash: photo.hash })).toBeTruthy()
    expect([backend.context.replicaId, oldReplica]).not.toContain(restored.context.replicaId)
    const state = await restored.call('backup.state', {})
    expect(state.outcome).toMatchObject({ kind: 'done', keptAs: state.kept[0]?.name })
    expect(state.kept).toHaveLength(1)
    expect(state.prepared).toBeNull()
    // The audit of what was replaced goes on in what has replaced it.
    const acts = restored.context.store.read.pluck<string>('SELECT act FROM audit ORDER BY id')
    expect(acts.filter((act) => act === 'record.created')).toHaveLength(5)
    expect(acts.at(-1)).toBe('backup.restored')

    // 回到恢复之前
    const kept = state.kept[0]?.name ?? ''
    const back = await restored.call('backup.inspect', { kind: 'kept', name: kept })
    // All that came with the backup waits for a server that there is none of.
    expect(back.unsent).toMatchObject({ ops: 4, drafts: 1 })
    await restored.call('backup.reinstate', { id: back.id, reason: '恢复错了' })
    await restored.stop()
    const again = await open('there', { keyStore: invertingKeyStore })
    expect(nameOf(again, mine)).toBe('那台电脑的')
    expect(nameOf(again, town.employerId)).toBeUndefined()
    expect((await again.call('backup.state', {})).kept).toHaveLength(2)
    const acts2 = again.context.store.read.pluck<string>('SELECT act FROM audit ORDER BY id')
    expect(acts2.filter((act) => act === 'backup.restored')).toHaveLength(2)
    await again.stop()
  })

  it('is not done when more was typed after the decision: the store stays, and the page says why', async () => {
    const path = await make()
    const { id } = await inspect(path)
    await backend.call('backup.reinstate', { id, reason: '' })
    const late = makeUuid()
    await saveNew(backend, 'employer', late, employerValues({ name: '确认之后' }))
    await restart()
    expect(nameOf(backend, late)).toBe('确认之后')
    const state = await backend.call('backup.state', {})
    expect(state.outcome).toMatchObject({ kind: 'refused' })
    expect(state).toMatchObject({ prepared: null, kept: [] })
    expect(readdirSync(place('here')).filter((name) => /restoring|reinstate/.test(name))).toEqual([])
  })

  it('a decision is about what was shown: numbers that have changed are shown anew', async () => {
    const path = await make()
    const { id } = await inspect(path)
    await backend.call('draft.write', { draft: draftOf(makeUuid(), '刚录入') })
    expect((await refusalOf(backend, 'backup.reinstate', { id, reason: '' })).message).toContain('又有变化')
    const { checked } = await backend.call('backup.state', {})
    expect(checked).toMatchObject({ id, unsent: { drafts: 1 } })
    expect((await refusalOf(backend, 'backup.reinstate', { id, reason: '' })).message).toContain('写明原因')
    await backend.call('backup.drop', {})
    expect((await refusalOf(backend, 'backup.reinstate', { id, reason: 'x' })).message).toContain('请先核对')
  })

  it('an older shape is brought to the newest before it takes the place', async () => {
    await backend.stop()
    const old = place('old-migrations')
    mkdirSync(old)
    const migrations = join(RESOURCES, 'migrations', 'client')
    const files = readdirSync(migrations).toSorted()
    for (const file of files.slice(0, -3)) copyFileSync(join(migrations, file), join(old, file))
    const options = { migrationsFolder: old, keyStore: noKeyStore, lockWait: 0 }
    const store = await openStore({ dataFolder: place('old'), ...options })
    await store.write((database) =>
      database.runOf("INSERT INTO setting (name, value) VALUES ('preference.x', '7')"),
    )
    const { key, file } = store
    await store.close()
    backend = await open('here')
    const { header } = readBackupHeader(await make())
    const { wrapStoreKey } = await import('../../../src-main/backend/backups/backup-key.ts')
    const path = place('old.jfbak')
    const connection = openConnection(file, key, 'save')
    connection.pragma('journal_mode = DELETE')
    connection.close()
    const keyWrap = await wrapStoreKey(key, PASSWORD)
    writeBackupFile(path, { ...header, storeBytes: statSync(file).size, keyWrap }, file, key, () => undefined)
    const compared = await inspect(path)
    expect(compared.schema).toBeLessThan(compared.ownSchema)
    await backend.call('backup.reinstate', { id: compared.id, reason: '试' })
    await restart()
    expect((await backend.call('backup.state', {})).outcome.kind).toBe('done')
    expect(await backend.call('preference.read', { key: 'x' })).toBe(7)
    expect(backend.context.store.read.pluck('PRAGMA user_version')).toEqual([compared.ownSchema])
  })

  it('killed at any point, a whole store stands under the name, and the next start ends it', async () => {
    const before = makeUuid()
    const after = makeUuid()
    await saveNew(backend, 'employer', before, employerValues({ name: '备份里的' }))
    const path = await make()
    await saveNew(backend, 'employer', after, employerValues({ name: '备份之后' }))
    const { id } = await inspect(path)
    await backend.call('backup.reinstate', { id, reason: '试' })
    await backend.stop()
    // What a killed program leaves is what stands in the folder between two acts on files.
    const states: string[] = []
    const untouched = { ...fs }
    const names = ['renameSync', 'linkSync', 'rmSync', 'fsyncSync', 'copyFileSync'] as const
    const keep = (): void => {
      const state = place(`killed-${states.length}`)
      states.push(state)
      untouched.cpSync(place('here'), state, { recursive: true })
    }
    for (const name of names) {
      const act = untouched[name] as (...all: readonly unknown[]) => unknown
      Object.assign(fs, {
        [name]: (...all: readonly unknown[]) => {
          keep()
          return act(...all)
        },
      })
    }
    syncBuiltinESMExports()
    try {
      backend = await open('here')
    } finally {
      Object.assign(fs, Object.fromEntries(names.map((name) => [name, untouched[name]])))
      syncBuiltinESMExports()
    }
    expect(states.length).toBeGreaterThan(8)
    expect(nameOf(backend, after)).toBeUndefined()
    let swapped = 0
    for (const state of states) {
      // As it stands: whole, one or the other.
      const alone = `${state}-alone`
      cpSync(state, alone, { recursive: true })
      for (const name of readdirSync(alone)) if (/reinstate$|restoring/.test(name)) rmSync(join(alone, name))
      const store = await openStore({
        dataFolder: alone,
        migrationsFolder: join(RESOURCES, 'migrations', 'client'),
        keyStore: noKeyStore,
        lockWait: 0,
      })
      expect(store.read.pluck('PRAGMA integrity_check')).toEqual(['ok'])
      const found = store.read.pluck<string>('SELECT id FROM employer ORDER BY id')
      if (found.length === 1) swapped += 1
      expect([[before], [before, after].toSorted()]).toContainEqual(found)
      await store.close()
      // And the next start ends it.
      const next = (await makeBackend({ dataFolder: state })).backend
      const { outcome, kept } = await next.call('backup.state', {})
      expect(outcome.kind === 'done' || !existsSync(join(state, 'store.db.reinstate'))).toBe(true)
      expect(nameOf(next, before)).toBe('备份里的')
      expect(nameOf(next, after)).toBeUndefined()
      expect(kept).toHaveLength(1)
      const acts = next.context.store.read.pluck<string>('SELECT act FROM audit ORDER BY id')
      expect(acts.filter((act) => act === 'backup.restored')).toHaveLength(1)
      expect(acts.filter((act) => act === 'record.created')).toHaveLength(2)
      await next.stop()
    }
    expect(swapped).toBeGreaterThan(0)
    expect(swapped).toBeLessThan(states.length)
  }, 120_000)
})

describe('a store that cannot be opened', () => {
  it('is set aside on the clerk’s word only, whole, and a backup takes the place of the empty one', async () => {
    const town = await saveTown(backend)
    const path = await make()
    await backend.stop()
    const file = join(place('here'), 'store.db')
    const mark = join(place('here'), 'store.db.set-aside')
    const bytes = readFileSync(file)
    bytes.fill(7, 0, 4_096)
    writeFileSync(file, bytes)
    await expect(open('here')).rejects.toMatchObject({ kind: 'wrongKey' })
    expect(readFileSync(file).equals(bytes)).toBe(true)

    writeFileSync(mark, '')
    backend = await open('here')
    const { setAsideAs } = await backend.call('app.state', {})
    expect(setAsideAs).toMatch(/^store\.db\.before-empty-\d{8}-\d{6}$/)
    expect(readFileSync(join(place('here'), setAsideAs ?? '')).equals(bytes)).toBe(true)
    expect(readdirSync(place('here')).filter((name) => name.startsWith('store-key.json'))).toHaveLength(2)
    expect(nameOf(backend, town.employerId)).toBeUndefined()
    const { id, unsent } = await inspect(path)
    expect(unsent).toMatchObject({ ops: 0, drafts: 0 })
    await backend.call('backup.reinstate', { id, reason: '' })
    await restart()
    expect(nameOf(backend, town.employerId)).toBe('丹心酒楼')
    expect((await backend.call('app.state', {})).setAsideAs).toBeNull()
  })

  it('stays where it is when it opens after all, or when something else ails it', async () => {
    const mark = join(place('here'), 'store.db.set-aside')
    writeFileSync(mark, '')
    await expect(open('here')).rejects.toMatchObject({ kind: 'inUse' })
    await backend.stop()
    writeFileSync(mark, '')
    backend = await open('here')
    expect((await backend.call('app.state', {})).setAsideAs).toBeNull()
    expect(existsSync(mark)).toBe(false)
  })
})

describe('自动备份', () => {
  it('is made once a day when nobody types, keeps the newest of its own, and says when it has failed', async () => {
    let now = Date.parse('2026-03-16T02:00:00Z')
    const clock = {
      now: () => now,
      today: () => '2026-03-16',
      deviceNow: () => now,
      setServerOffset: () => undefined,
    }
    await restart({ clock })
    const byHand = await make()
    const { backups } = backend
    const set = (folderPath: string | null, password: string | null = null) =>
      ({ isOn: true, folder: folderPath, keep: 2, password }) as const
    expect((await refusalOf(backend, 'backup.setAutomatic', set(sticks))).message).toContain('自动备份的密码')
    expect((await refusalOf(backend, 'backup.setAutomatic', set(null, PASSWORD))).message).toContain('文件夹')
    await backend.call('backup.setAutomatic', set(sticks, PASSWORD))
    expect(await backups.makeIfDue()).toBe(true)
    expect(await backups.makeIfDue()).toBe(false)
    const day = 86_400_000
    for (let count = 0; count < 3; count += 1) {
      now += day
      expect(await backups.makeIfDue()).toBe(true)
    }
    const files = await backend.call('backup.list', { folder: null })
    expect(files).toHaveLength(3)
    expect(files.map((file) => file.header?.series === null)).toEqual([false, false, true])
    expect(existsSync(byHand)).toBe(true)
    expect(await inspect(files[0]?.path ?? '')).toMatchObject({ isOtherMachine: false })
    await backend.call('backup.drop', {})
    expect((await backend.call('app.state', {})).backupNotice).toBeNull()

    // Somebody types: not now.
    now += day
    await backend.request('draft.list', {})
    expect(await backups.makeIfDue()).toBe(false)
    now -= day
    await restart({ clock })
    rmSync(sticks, { recursive: true })
    now += day
    expect(await backend.backups.makeIfDue()).toBe(true)
    const { automatic } = await backend.call('backup.state', {})
    expect(automatic.lastFailure).toMatchObject({ at: now })
    expect(automatic.lastFailure?.message).toContain('找不到备份文件夹')
    expect(automatic.lastSuccess?.at).toBe(now - day)
    expect((await backend.call('app.state', {})).backupNotice).toBe('自动备份没有成功')
    // Not again at once; after a while, with the stick back.
    expect(await backend.backups.makeIfDue()).toBe(false)
    mkdirSync(sticks)
    now += 3_600_000
    expect(await backend.backups.makeIfDue()).toBe(true)
    expect((await backend.call('app.state', {})).backupNotice).toBeNull()
    now += 5 * day
    expect((await backend.call('app.state', {})).backupNotice).toBe('自动备份已 5 天没有做')
    await backend.call('backup.setAutomatic', { isOn: false, folder: sticks, keep: 2, password: null })
    expect((await backend.call('app.state', {})).backupNotice).toBeNull()
    expect(await backend.backups.makeIfDue()).toBe(false)
  })
})
