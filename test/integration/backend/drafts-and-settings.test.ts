import { readFileSync, writeFileSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { writeSetting } from '../../../src-main/backend/queries/settings.ts'
import type { Draft } from '../../../src-shared/contract/types.ts'
import {
  countRows,
  employerValues,
  makeBackend,
  makeFolder,
  refusalOf,
  RESOURCES,
  saveTown,
  type BackendFixture,
} from '../../support/backend-fixture.ts'

let fixture: BackendFixture

beforeEach(async () => {
  fixture = await makeBackend()
})
afterEach(() => fixture.remove())

const draftOf = (change: Partial<Draft> = {}): Draft => ({
  id: makeUuid(),
  register: 'employer',
  recordId: null,
  revision: 0,
  inputs: { name: { text: '丹心', value: null } },
  focusedField: 'name',
  caret: 2,
  pinnedFields: ['address'],
  batchCount: 3,
  openedFrom: null,
  updatedAt: 1,
  ...change,
})

describe('drafts', () => {
  it('merge the fields that changed', async () => {
    const draft = draftOf()
    await fixture.backend.call('draft.write', { draft })
    await Promise.all([
      fixture.backend.call('draft.write', {
        draft: { ...draft, inputs: { address: { text: '东风路', value: '东风路' } }, updatedAt: 2 },
      }),
      fixture.backend.call('draft.write', {
        draft: {
          ...draft,
          inputs: { name: { text: '丹心酒楼', value: '丹心酒楼' } },
          focusedField: 'address',
          caret: 4,
          updatedAt: 3,
        },
      }),
    ])
    expect(await fixture.backend.call('draft.list', {})).toEqual([
      {
        ...draft,
        inputs: {
          address: { text: '东风路', value: '东风路' },
          name: { text: '丹心酒楼', value: '丹心酒楼' },
        },
        focusedField: 'address',
        caret: 4,
        updatedAt: 3,
      },
    ])
  })

  it('end with their save, and a write that comes late does not bring them back', async () => {
    const draft = draftOf()
    await fixture.backend.call('draft.write', { draft })
    const late = fixture.backend.call('draft.write', { draft: { ...draft, updatedAt: 9 } })
    await fixture.backend.call('employer.save', {
      id: makeUuid(),
      revision: 0,
      values: employerValues(),
      draftId: draft.id,
    })
    await late
    expect(await fixture.backend.call('draft.list', {})).toEqual([])
    // What is written after the answer is the batch's next form, typed under the same id.
    const next = { ...draft, batchCount: 4, updatedAt: 10 }
    await fixture.backend.call('draft.write', { draft: next })
    expect(await fixture.backend.call('draft.list', {})).toEqual([next])
  })

  it('stay when their save is refused, and go on', async () => {
    const draft = draftOf()
    await fixture.backend.call('draft.write', { draft })
    await refusalOf(fixture.backend, 'employer.save', {
      id: makeUuid(),
      revision: 0,
      values: employerValues({ name: null }),
      draftId: draft.id,
    })
    await fixture.backend.call('draft.write', {
      draft: { ...draft, inputs: { telephone: { text: '13', value: null } } },
    })
    const [kept] = await fixture.backend.call('draft.list', {})
    expect(Object.keys(kept?.inputs ?? {}).toSorted()).toEqual(['name', 'telephone'])
  })

  it('keep what was typed in the moment of a save that was refused', async () => {
    const draft = draftOf()
    const typed = fixture.backend.call('draft.write', { draft })
    await refusalOf(fixture.backend, 'employer.save', {
      id: makeUuid(),
      revision: 0,
      values: employerValues({ name: null }),
      draftId: draft.id,
    })
    await typed
    const [kept] = await fixture.backend.call('draft.list', {})
    expect(kept?.inputs['name']?.text).toBe('丹心')
  })

  it('keep invalid text as it was typed', async () => {
    const text = '２０２６－０２－３１ 😀\n\'"; DROP'
    await fixture.backend.call('draft.write', { draft: draftOf({ inputs: { name: { text, value: null } } }) })
    const [draft] = await fixture.backend.call('draft.list', {})
    expect(draft?.inputs['name']?.text).toBe(text)
  })

  it('can be discarded', async () => {
    const draft = draftOf()
    await fixture.backend.call('draft.write', { draft })
    await fixture.backend.call('draft.discard', { id: draft.id })
    expect(countRows(fixture.backend, 'draft')).toBe(0)
    expect(countRows(fixture.backend, 'draft_input')).toBe(0)
  })

  it('survive a restart', async () => {
    const folder = makeFolder()
    const first = await makeBackend({ dataFolder: folder.path })
    const draft = draftOf()
    void first.backend.call('draft.write', { draft })
    await first.remove()
    const again = await makeBackend({ dataFolder: folder.path })
    expect(await again.backend.call('draft.list', {})).toEqual([draft])
    await again.remove()
    folder.remove()
  })
})

describe('settings', () => {
  it('name no server before somebody does', async () => {
    const { settings, account } = await fixture.backend.call('app.state', {})
    expect(settings.server).toMatchObject({ isEnabled: false, host: '', port: 8080 })
    expect(account).toBeNull()
  })

  it('ask for a restart only when the server changed', async () => {
    const { settings } = await fixture.backend.call('app.state', {})
    const font = await fixture.backend.call('settings.save', {
      settings: { ...settings, fontSizePercent: 125, isFirstRunDone: true },
    })
    expect(font.needsRestart).toBe(false)
    const server = { ...settings.server, isEnabled: true, host: '10.1.2.3', port: 9000 }
    const changed = await fixture.backend.call('settings.save', { settings: { ...font.settings, server } })
    expect(changed.needsRestart).toBe(true)
    expect((await fixture.backend.call('app.state', {})).settings).toEqual({
      ...settings,
      server,
      fontSizePercent: 125,
      isFirstRunDone: true,
    })
  })

  it('of before there were readers, or of a store with fewer names, are read with what a new store has', async () => {
    const { settings } = await fixture.backend.call('app.state', {})
    const { reader, ...older } = settings
    const { store } = fixture.backend.context
    const storeSettings = async (value: unknown): Promise<void> => {
      await store.write((database) => writeSetting(database, 'settings', value))
    }
    await storeSettings({ ...older, fontSizePercent: 150 })
    expect((await fixture.backend.call('app.state', {})).settings).toEqual({
      ...settings,
      fontSizePercent: 150,
    })
    await storeSettings({ ...older, reader: { kind: 'serial', port: 'COM3' } })
    expect((await fixture.backend.call('app.state', {})).settings.reader).toEqual({
      ...reader,
      kind: 'serial',
      port: 'COM3',
    })
  })

  it('of a page are kept under their name', async () => {
    expect(await fixture.backend.call('preference.read', { key: 'columns' })).toBeNull()
    await fixture.backend.call('preference.write', { key: 'columns', value: ['name', 'telephone'] })
    expect(await fixture.backend.call('preference.read', { key: 'columns' })).toEqual(['name', 'telephone'])
  })
})

describe('photos', () => {
  const jpeg = (size: number): string => {
    const bytes = Buffer.alloc(size, 1)
    bytes.set([0xff, 0xd8, 0xff, 0xe0])
    bytes.set([0xff, 0xd9], size - 2)
    return bytes.toString('base64')
  }

  it('are stored once and given back', async () => {
    const base64 = jpeg(5_000)
    const { hash } = await fixture.backend.call('photo.put', { base64 })
    expect(await fixture.backend.call('photo.put', { base64 })).toEqual({ hash })
    expect(await fixture.backend.call('photo.get', { hash })).toEqual({ base64 })
    expect(countRows(fixture.backend, 'photo')).toBe(1)
  })

  it('that are too large, cut or no JPEG are refused with a sentence', async () => {
    const tooLarge = await refusalOf(fixture.backend, 'photo.put', { base64: jpeg(205 * 1024) })
    expect(tooLarge.message).toContain('超过 200 KB')
    const cut = Buffer.from(jpeg(5_000), 'base64').subarray(0, 4_000).toString('base64')
    for (const base64 of [cut, Buffer.from('GIF89a').toString('base64'), ''])
      expect((await refusalOf(fixture.backend, 'photo.put', { base64 })).message).toContain('JPEG')
  })
})

describe('look-ups', () => {
  it('rank what was taken first, also after a restart', async () => {
    const folder = makeFolder()
    const source = { kind: 'dictionary', name: 'ethnicity' } as const
    const first = await makeBackend({ dataFolder: folder.path })
    const search = async (backend: BackendFixture['backend']) =>
      (await backend.call('lookup.search', { source, query: '', offset: 0, limit: 3 })).entries.map(
        (entry) => entry.name,
      )
    expect((await search(first.backend))[0]).toBe('汉族')
    await first.backend.call('lookup.taken', { source, code: '15' })
    expect((await search(first.backend)).slice(0, 2)).toEqual(['土家族', '汉族'])
    await first.remove()
    const again = await makeBackend({ dataFolder: folder.path })
    expect((await search(again.backend))[0]).toBe('土家族')
    await again.remove()
    folder.remove()
  })

  it('know cancelled records by id but no longer offer them', async () => {
    const town = await saveTown(fixture.backend)
    const source = { kind: 'register', name: 'employer' } as const
    await fixture.backend.warmUp()
    await fixture.backend.call('employer.cancel', {
      ids: [town.employerId],
      cancellation: { reasonCode: '10', cancelDate: '2026-03-10' },
    })
    const search = async () =>
      (await fixture.backend.call('lookup.search', { source, query: 'dxjl', offset: 0, limit: 3 })).entries
        .length
    await expect.poll(search).toBe(0)
    const entries = await fixture.backend.call('lookup.entries', {
      source,
      codes: [town.employerId, makeUuid()],
    })
    expect(entries.map((entry) => entry.name)).toEqual(['丹心酒楼'])
    await fixture.backend.call('employer.restore', { ids: [town.employerId], reason: '10' })
    await expect.poll(search).toBe(1)
  })

  it('find a dwelling by street, door and room and by what people call it', async () => {
    const town = await saveTown(fixture.backend)
    const record = await fixture.backend.call('record.get', {
      register: 'dwelling',
      id: town.dwellingId,
      purpose: 'modify',
    })
    await fixture.backend.call('dwelling.save', {
      id: town.dwellingId,
      revision: 1,
      values: { ...record.values, commonAddress: '长途车站后院' },
      draftId: null,
    })
    for (const query of ['东风路12', 'dfl 501', 'ctcz', '长途', 'hy dfl']) {
      const page = await fixture.backend.call('lookup.search', {
        source: { kind: 'register', name: 'dwelling' },
        query,
        offset: 0,
        limit: 3,
      })
      expect(page.entries.map((entry) => entry.code)).toEqual([town.dwellingId])
    }
  })
})

describe('dictionary files', () => {
  it('with a broken row are named in the log, and the rest loads', async () => {
    const resources = makeFolder()
    cpSync(join(RESOURCES, 'migrations', 'client'), join(resources.path, 'migrations', 'client'), {
      recursive: true,
    })
    mkdirSync(join(resources.path, 'dictionaries'))
    writeFileSync(
      join(resources.path, 'dictionaries', 'sex.csv'),
      'code,name,parent,mnemonic,validFrom,validTo\n1,男,,,,\n"2,女,,,,\n9,未说明,,,,\n',
    )
    writeFileSync(join(resources.path, 'dictionaries', 'street.csv'), 'no header at all\n')
    const broken = await makeBackend({ resourcesFolder: resources.path })
    expect([...broken.backend.context.dictionaries.list('sex')].map((entry) => entry.code)).toEqual([
      '1',
      '9',
    ])
    const log = readFileSync(join(broken.folder, 'logs', 'backend.log'), 'utf8')
    expect(log).toContain('字典 sex.csv 第3行')
    expect(log).toContain('字典 street.csv 第1行')
    const { dictionaryProblems } = await broken.backend.call('app.state', {})
    expect(dictionaryProblems).toHaveLength(2)
    await broken.remove()
    resources.remove()
  })
})

describe('a request', () => {
  it('that nobody knows or that main answers is refused', async () => {
    expect((await refusalOf(fixture.backend, 'record.dropAll', {})).code).toBe('invalidInput')
    expect((await refusalOf(fixture.backend, 'app.quit', {})).code).toBe('invalidInput')
    expect((await refusalOf(fixture.backend, 'constructor', {})).code).toBe('invalidInput')
  })

  it('that meets a broken value in the store leaves nothing of it in the log', async () => {
    const town = await saveTown(fixture.backend)
    await fixture.backend.context.store.write((database) =>
      database.runOf("UPDATE resident SET social_insurance_codes = '[秘密姓名'"),
    )
    const refused = await refusalOf(fixture.backend, 'record.get', {
      register: 'resident',
      id: town.residentId,
      purpose: 'show',
    })
    expect(refused.code).toBe('internal')
    const log = readFileSync(join(fixture.folder, 'logs', 'backend.log'), 'utf8')
    expect(log).toContain('record.get: SyntaxError')
    expect(log).not.toContain('秘密')
  })

  it('that fails leaves no personal data in the log', async () => {
    const town = await saveTown(fixture.backend)
    await refusalOf(fixture.backend, 'resident.save', {
      id: town.residentId,
      revision: 7,
      values: employerValues({ name: '秘密姓名' }),
      draftId: null,
    })
    expect(readFileSync(join(fixture.folder, 'logs', 'backend.log'), 'utf8')).not.toContain('秘密')
  })
})
