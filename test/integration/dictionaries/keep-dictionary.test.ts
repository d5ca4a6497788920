import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import type { DictionaryRow, DictionarySummary } from '../../../src-shared/contract/dictionary-types.ts'
import { listStoredEntries } from '../../../src-main/backend/queries/dictionary-entries.ts'
import {
  countRows,
  dwellingValues,
  makeBackend,
  makeFolder,
  refusalOf,
  saveNew,
  workers,
  type BackendFixture,
} from '../../support/backend-fixture.ts'

/** 字典管理 on a real store without a server. The clock stands on 2026-03-16. */

const TODAY = '2026-03-16'
let fixture: BackendFixture
let backend: BackendFixture['backend']
let folder: ReturnType<typeof makeFolder>

beforeEach(async () => {
  folder = makeFolder()
  fixture = await makeBackend({ workers })
  backend = fixture.backend
})
afterEach(async () => {
  await fixture.remove()
  folder.remove()
})

type NewEntry = {
  readonly name?: string
  readonly code?: string
  readonly entryName: string
  readonly parentCode?: string | null
  readonly mnemonic?: string
  readonly validFrom?: string | null
}
function inputOf(entry: NewEntry, code: string) {
  return {
    name: 'street',
    parentCode: null,
    mnemonic: '',
    validFrom: null,
    ...entry,
    code: entry.code ?? code,
  }
}
/** Adds an entry under the code that is proposed for it, and answers that code. */
async function add(entry: NewEntry): Promise<string> {
  const { code } = await backend.call('dictionary.proposeCode', { name: entry.name ?? 'street' })
  const input = inputOf(entry, code)
  await backend.call('dictionary.addEntry', input)
  return input.code
}
async function refuseToAdd(entry: NewEntry) {
  return refusalOf(backend, 'dictionary.addEntry', inputOf(entry, 'X1'))
}
async function list(query = '', showsRetired = false, name = 'street'): Promise<readonly DictionaryRow[]> {
  return (await backend.call('dictionary.entries', { name, query, showsRetired, offset: 0, limit: 500 })).rows
}
const namesOf = async (query = '', showsRetired = false): Promise<readonly string[]> =>
  (await list(query, showsRetired)).map((row) => row.name)
/** What an entry form offers. */
async function offered(query: string, name = 'street'): Promise<readonly string[]> {
  const source = { kind: 'dictionary', name } as const
  const { entries } = await backend.call('lookup.search', { source, query, offset: 0, limit: 20 })
  return entries.map((entry) => entry.name)
}
async function summaryOf(name: string): Promise<DictionarySummary> {
  const found = (await backend.call('dictionary.list', {})).find((each) => each.name === name)
  if (!found) throw new Error(`${name} is not listed`)
  return found
}
function audited(): readonly { readonly act: string; readonly detail: unknown }[] {
  return backend.context.store.read
    .allOf("SELECT act, detail FROM audit WHERE act LIKE 'dictionary.%' ORDER BY rowid")
    .map((row) => ({ act: String(row['act']), detail: JSON.parse(String(row['detail'])) as unknown }))
}
async function useServer(): Promise<void> {
  const { settings } = await backend.call('app.state', {})
  await backend.call('settings.save', {
    settings: { ...settings, server: { ...settings.server, isEnabled: true, host: '127.0.0.1', port: 1 } },
  })
}

describe('the list of dictionaries', () => {
  test('names every table in Chinese with size, source and whom it serves', async () => {
    const all = await backend.call('dictionary.list', {})
    expect(all.length).toBe(57)
    expect(all.filter(({ label }) => /[a-z]/.test(label))).toEqual([])
    expect(await summaryOf('ethnicity')).toMatchObject({
      label: '民族',
      entryCount: 58,
      retiredCount: 0,
      file: { standard: 'GB/T 3304', edition: '1991' },
      server: null,
      uses: '流动人员—民族',
      refusal: expect.stringContaining('随程序更新'),
    })
    const division = await summaryOf('division')
    expect(division.retiredCount).toBeGreaterThan(3_600)
    expect(division.entryCount).toBeGreaterThan(7_800)
    expect(await summaryOf('street')).toMatchObject({
      label: '街(路巷)',
      entryCount: 0,
      file: null,
      localCount: 0,
      uses: '房屋—街(路巷)',
      parentLabel: '社区',
      refusal: null,
    })
    expect((await summaryOf('service-type')).file).toEqual({ standard: null, edition: '1' })
  })

  test('problems of files are told with the state of the program', async () => {
    expect((await backend.call('app.state', {})).dictionaryProblems).toEqual([])
  })
})

describe('the entries of a dictionary', () => {
  test('are found by initials, pinyin, Chinese and code, as in a form', async () => {
    const names = async (query: string) => (await list(query, false, 'ethnicity')).map(({ name }) => name)
    for (const query of ['hz', 'hanzu', '汉', '01']) expect(await names(query), query).toContain('汉族')
    expect((await list('', false, 'ethnicity')).map(({ code }) => code).slice(0, 3)).toEqual([
      '01',
      '02',
      '03',
    ])
    expect((await list('汉族', false, 'ethnicity'))[0]).toMatchObject({ initials: 'hz', origin: 'program' })
  })

  test('retired ones are shown when asked for, and pages join without a gap', async () => {
    const all = await backend.call('dictionary.entries', {
      name: 'division',
      query: '',
      showsRetired: true,
      offset: 0,
      limit: 1,
    })
    const { entryCount, retiredCount } = await summaryOf('division')
    expect(all.total).toBe(entryCount)
    const codes: string[] = []
    for (let offset = 0; ; offset += 500) {
      const page = await backend.call('dictionary.entries', {
        name: 'division',
        query: '',
        showsRetired: false,
        offset,
        limit: 500,
      })
      expect(page.total).toBe(entryCount - retiredCount)
      codes.push(...page.rows.map(({ code }) => code))
      expect(page.rows.every(({ isInForce }) => isInForce)).toBe(true)
      if (page.rows.length < 500) break
    }
    expect(codes).toHaveLength(entryCount - retiredCount)
    expect(codes).toEqual(codes.toSorted())
    expect(await list('密云县', true, 'division')).toContainEqual(
      expect.objectContaining({ code: '110228', isInForce: false }),
    )
    expect((await list('密云县', false, 'division')).map(({ name }) => name)).not.toContain('密云县')
  })

  test('an unknown table and an unknown code are refused', async () => {
    const input = { name: 'nothing', query: '', showsRetired: false, offset: 0, limit: 5 }
    expect((await refusalOf(backend, 'dictionary.entries', input)).code).toBe('notFound')
    const entry = { name: 'street', code: 'nothing' }
    expect((await refusalOf(backend, 'dictionary.entry', entry)).message).toContain('没有代码「nothing」')
    expect((await refusalOf(backend, 'dictionary.countUses', entry)).code).toBe('notFound')
  })

  test('are copied as text with a header', async () => {
    const { text, count } = await backend.call('dictionary.copy', {
      name: 'division',
      query: '武昌',
      showsRetired: false,
      ranges: [[0, 0]],
    })
    const [header, line] = text.split('\r\n').map((each) => each.split('\t'))
    expect(count).toBe(1)
    expect(header).toEqual([
      ...['代码', '名称', '首字母', '上级', '上级代码', '助记码', '启用日期', '停用日期', '来源'],
    ])
    expect(line?.slice(0, 5)).toEqual(['420106', '武昌区', 'wcq wco', '武汉市', '420100'])
    const many = { name: 'division', query: '', showsRetired: true, ranges: [[0, 100_000]] }
    expect((await refusalOf(backend, 'dictionary.copy', many)).message).toContain('一次最多复制 100000 条')
  })
})

describe('新增条目', () => {
  test('the next key in a form finds it, with pinyin by every reading', async () => {
    // The look-up stands already.
    expect(await offered('cq')).toEqual([])
    const code = await add({ entryName: ' 重庆路 ' })
    expect(code).toMatch(/^L[0-9A-F]{4}0001$/)
    expect(code.slice(1, 5)).toBe(backend.context.replicaId.slice(-4).toUpperCase())
    for (const query of ['cq', 'zql', 'chongqing', '重庆', code.toLowerCase()])
      expect(await offered(query), query).toEqual(['重庆路'])
    expect(await backend.call('dictionary.proposeCode', { name: 'street' })).toEqual({
      code: code.replace(/1$/, '2'),
    })
    expect(code).toMatch(/1$/)
    expect(await list()).toEqual([
      {
        code,
        name: '重庆路',
        initials: 'zql cql',
        parentCode: '',
        parentName: '',
        mnemonic: '',
        validFrom: '',
        validTo: '',
        isInForce: true,
        origin: 'local',
      },
    ])
    expect(audited()).toEqual([
      { act: 'dictionary.entryAdded', detail: { dictionary: 'street', code, name: '重庆路' } },
    ])
    const changed = fixture.events.filter(({ event }) => event === 'lookup.changed')
    expect(changed.map(({ payload }) => payload)).toContainEqual({
      source: { kind: 'dictionary', name: 'street' },
    })
  })

  test('without a code it gets the one that would be proposed', async () => {
    const { code } = await backend.call('dictionary.proposeCode', { name: 'street' })
    const added = await backend.call('dictionary.addEntry', inputOf({ entryName: '东风路', code: ' ' }, ''))
    expect(added).toMatchObject({ code, count: 1 })
    expect(await offered(code)).toEqual(['东风路'])
  })

  test('into a table of thousands it is found as fast, without building that anew', async () => {
    await backend.context.store.write((database) => {
      for (let index = 0; index < 6_000; index += 1)
        database.runOf(
          "INSERT INTO dictionary_entry (dictionary, code, name, origin) VALUES ('street', ?, ?, 'server')",
          `S${10_000 + index}`,
          `第${index}街`,
        )
    })
    backend.context.dictionaries.reload(backend.context.store.read, ['street'])
    expect((await offered('5街')).length).toBeGreaterThan(0)
    await add({ entryName: '丹桂里' })
    expect(await offered('dgl')).toEqual(['丹桂里'])
    expect(await namesOf('丹桂')).toEqual(['丹桂里'])
    expect((await summaryOf('street')).entryCount).toBe(6_001)
    // Below the size where all is kept in memory and above it alike.
    expect(backend.context.dictionaries.labelOf('street', 'S10005')).toBe('第5街')
  })

  test(
    'of very many that fit a text the best are listed, and that is said',
    { timeout: 60_000 },
    async () => {
      await backend.context.store.write((database) => {
        for (let index = 0; index < 25_000; index += 1)
          database.runOf(
            "INSERT INTO dictionary_entry (dictionary, code, name, valid_to, origin) VALUES ('street', ?, ?, ?, 'server')",
            `S${100_000 + index}`,
            `${index % 2 === 0 ? '东' : '西'}风${index}街`,
            index % 1_000 === 0 ? '2020-01-01' : null,
          )
      })
      backend.context.dictionaries.reload(backend.context.store.read, ['street'])
      const ask = async (query: string, offset: number, showsRetired = false) => {
        const input = { name: 'street', query, showsRetired, offset, limit: 50 }
        const { rows, total, isCut } = await backend.call('dictionary.entries', input)
        return { codes: rows.map(({ code }) => code), total, isCut }
      }
      expect(await ask('df', 0)).toMatchObject({ total: 200, isCut: true })
      expect((await ask('df', 150)).codes).toHaveLength(50)
      expect((await ask('df', 200)).codes).toHaveLength(0)
      expect(await ask('df99', 0)).toMatchObject({ isCut: false })
      // The whole table is never cut: its end is one page away, retired ones left out or not.
      const tail = await ask('', 24_950)
      expect(tail).toMatchObject({ total: 24_975, isCut: false })
      expect(tail.codes).toHaveLength(25)
      expect(tail.codes.at(-1)).toBe('S124999')
      const whole = await ask('', 24_950, true)
      expect(whole.total).toBe(25_000)
      expect(whole.codes).toEqual(Array.from({ length: 50 }, (_, index) => `S${124_950 + index}`))
      await add({ entryName: '丹桂里' })
      expect((await ask('', 24_950, true)).total).toBe(25_001)
    },
  )

  test('stays in a store that is opened again', async () => {
    const own = makeFolder()
    const first = await makeBackend({ workers, dataFolder: own.path })
    const { code } = await first.backend.call('dictionary.proposeCode', { name: 'street' })
    await first.backend.call('dictionary.addEntry', inputOf({ entryName: '丹桂路' }, code))
    await first.remove()
    const second = await makeBackend({ workers, dataFolder: own.path })
    const source = { kind: 'dictionary', name: 'street' } as const
    const { entries } = await second.backend.call('lookup.search', {
      source,
      query: 'dgl',
      offset: 0,
      limit: 5,
    })
    expect(entries.map(({ name }) => name)).toEqual(['丹桂路'])
    await second.remove()
    own.remove()
  })

  test('with a parent: its path in the look-up, and one name in two places', async () => {
    const first = await add({ name: 'community', entryName: '丹心社区', parentCode: '420106' })
    const second = await add({ name: 'community', entryName: '乐民社区', parentCode: '420106' })
    await add({ entryName: '建设路', parentCode: first })
    await add({ entryName: '建设路', parentCode: second })
    expect((await list('建设路')).map(({ parentName }) => parentName)).toEqual(['丹心社区', '乐民社区'])
    const source = { kind: 'dictionary', name: 'street' } as const
    const page = await backend.call('lookup.search', { source, query: 'jsl', offset: 0, limit: 5 })
    expect(page.entries.map(({ parentPath }) => parentPath)).toEqual([
      '湖北省/武汉市/武昌区/丹心社区',
      '湖北省/武汉市/武昌区/乐民社区',
    ])
    // A form that knows the community offers its streets, and those that lie in no one community.
    await add({ entryName: '环城路' })
    const inFirst = { source, query: '', offset: 0, limit: 5, parent: first }
    const offeredIn = await backend.call('lookup.search', { ...inFirst, orWithoutParent: true })
    expect(offeredIn.entries.map(({ name }) => name)).toEqual(['建设路', '环城路'])
    expect((await backend.call('lookup.search', inFirst)).total).toBe(1)
    const [row] = await list('建设路')
    const detail = await backend.call('dictionary.entry', { name: 'street', code: row?.code ?? '' })
    expect(detail.path).toEqual(['湖北省', '武汉市', '武昌区', '丹心社区', '建设路'])
    // One without a parent is everywhere.
    expect((await refuseToAdd({ entryName: '建设路' })).message).toContain('已有同名的「建设路」')
  })

  test.each([
    [{ entryName: '' }, 'entryName', '名称,必须录入,不能为空!'],
    [{ entryName: '路'.repeat(61) }, 'entryName', '名称:最多 60 个字!'],
    [{ entryName: '甲路', code: 'x'.repeat(21) }, 'code', '代码:只能用字母、数字和连字符,最多 20 位!'],
    [{ entryName: '甲路', code: '一号' }, 'code', '代码:只能用字母、数字和连字符,最多 20 位!'],
    [{ entryName: '甲路', parentCode: 'C9' }, 'parentCode', '上级:社区字典中没有代码「C9」!'],
    [{ entryName: '甲路', mnemonic: 'x'.repeat(21) }, 'mnemonic', '助记码:最多 20 位!'],
  ])('is refused with the field: %j', async (entry, field, message) => {
    expect((await refuseToAdd(entry)).breaches).toEqual([{ field, message }])
    expect(countRows(backend, 'dictionary_entry')).toBe(0)
    expect(audited()).toEqual([])
  })

  test('a code and a name in force are given once', async () => {
    const code = await add({ entryName: '东风路' })
    expect((await refuseToAdd({ entryName: '西风路', code })).breaches).toEqual([
      { field: 'code', message: `代码「${code}」已是「东风路」的代码,请换一个!` },
    ])
    expect((await refuseToAdd({ entryName: '东风路' })).breaches).toEqual([
      { field: 'entryName', message: `名称:已有同名的「东风路」(代码 ${code}),请直接使用,或写出区别!` },
    ])
    await backend.call('dictionary.retireEntry', { name: 'street', code, lastDay: '2026-03-01' })
    const next = await add({ entryName: '东风路' })
    expect(next).not.toBe(code)
    // The name is another's now.
    const again = await refusalOf(backend, 'dictionary.reinstateEntry', { name: 'street', code })
    expect(again.message).toContain(`已有同名的「东风路」(代码 ${next})`)
  })

  test('a national table and one of the project are no clerk’s', async () => {
    for (const name of ['ethnicity', 'division', 'service-type'])
      expect(await refuseToAdd({ name, entryName: '新' })).toMatchObject({
        code: 'notPossible',
        message: expect.stringContaining('随程序更新'),
      })
  })
})

describe('停用, 恢复使用, 更正', () => {
  test('a retired entry is offered no more and stays readable in its records', async () => {
    const community = await add({ name: 'community', entryName: '丹心社区' })
    const street = await add({ entryName: '东风路' })
    const id = makeUuid()
    await saveNew(backend, 'dwelling', id, dwellingValues({ communityCode: community, streetCode: street }))
    await backend.call('dictionary.retireEntry', { name: 'street', code: street, lastDay: '2026-03-15' })
    expect(await offered('dfl')).toEqual([])
    expect(await namesOf()).toEqual([])
    expect(await list('', true)).toMatchObject([{ code: street, validTo: '2026-03-15', isInForce: false }])
    const shown = await backend.call('record.get', { register: 'dwelling', id, purpose: 'show' })
    expect(shown.labels['streetCode']).toBe('东风路')
    // The old record can still be worked on.
    await backend.call('dwelling.save', {
      id,
      revision: shown.revision,
      values: { ...shown.values, remarks: '改' },
      draftId: null,
    })
    const uses = await backend.call('dictionary.countUses', { name: 'street', code: street })
    expect(uses).toEqual([{ register: '房屋', label: '街(路巷)', count: 1 }])
    expect(await backend.call('dictionary.countUses', { name: 'community', code: community })).toEqual([
      { register: '房屋', label: '社区', count: 1 },
      { register: '协管员', label: '所属社区', count: 0 },
      { register: '小区', label: '社区', count: 0 },
    ])
    await backend.call('dictionary.reinstateEntry', { name: 'street', code: street })
    expect(await offered('dfl')).toEqual(['东风路'])
    expect(audited().map(({ act }) => act)).toEqual([
      'dictionary.entryAdded',
      'dictionary.entryAdded',
      'dictionary.entryRetired',
      'dictionary.entryReinstated',
    ])
  })

  test('its last day is a day it is still offered on', async () => {
    const code = await add({ entryName: '东风路', validFrom: '2026-02-01' })
    const early = { name: 'street', code, lastDay: '2026-01-31' }
    expect((await refusalOf(backend, 'dictionary.retireEntry', early)).breaches?.[0]?.message).toBe(
      '最后使用日期:不能早于启用日期 2026-02-01!',
    )
    await backend.call('dictionary.retireEntry', { name: 'street', code, lastDay: TODAY })
    expect(await offered('dfl')).toEqual(['东风路'])
    const twice = { name: 'street', code, lastDay: '2026-03-01' }
    expect((await refusalOf(backend, 'dictionary.retireEntry', twice)).message).toContain('已停用')
    await backend.call('dictionary.reinstateEntry', { name: 'street', code })
    expect((await refusalOf(backend, 'dictionary.reinstateEntry', { name: 'street', code })).message).toBe(
      '「东风路」没有停用,不必恢复。',
    )
  })

  test('a typing error is put right everywhere; what it was stays in the log', async () => {
    const code = await add({ entryName: '东凤路' })
    await backend.call('dictionary.correctEntry', {
      name: 'street',
      code,
      entryName: '东风路',
      parentCode: null,
      mnemonic: 'df',
    })
    expect(await offered('df')).toEqual(['东风路'])
    expect(await offered('东凤')).toEqual([])
    expect(backend.context.dictionaries.labelOf('street', code)).toBe('东风路')
    expect(audited().at(-1)).toEqual({
      act: 'dictionary.entryCorrected',
      detail: { dictionary: 'street', code, name: '东风路', nameBefore: '东凤路' },
    })
  })

  test('entries of a server and of the demo data are not the clerk’s', async () => {
    await backend.context.store.write((database) => {
      for (const origin of ['server', 'demo'])
        database.runOf(
          "INSERT INTO dictionary_entry (dictionary, code, name, origin) VALUES ('street', ?, ?, ?)",
          origin,
          `${origin}路`,
          origin,
        )
    })
    backend.context.dictionaries.reload(backend.context.store.read, ['street'])
    for (const [code, says] of [
      ['server', '由服务器下发'],
      ['demo', '演示数据'],
    ] as const) {
      const words = { entryName: '甲路', parentCode: null, mnemonic: '' }
      const acts = [
        ['dictionary.retireEntry', { name: 'street', code, lastDay: TODAY }],
        ['dictionary.reinstateEntry', { name: 'street', code }],
        ['dictionary.correctEntry', { name: 'street', code, ...words }],
      ] as const
      for (const [act, input] of acts) expect((await refusalOf(backend, act, input)).message).toContain(says)
      expect((await backend.call('dictionary.entry', { name: 'street', code })).refusal).toContain(says)
    }
  })
})

describe('导入 CSV', () => {
  const question = (path: string, isComplete = false) => ({ name: 'street', path, isComplete })
  function file(content: string | Uint8Array): string {
    const path = join(folder.path, `${makeUuid()}.csv`)
    writeFileSync(path, content)
    return path
  }

  test('shows what is new, changed and refused line by line, then writes that', async () => {
    const code = await add({ entryName: '东凤路' })
    const path = file(
      [
        '代码,名称,上级,助记码,启用日期,停用日期',
        `${code},东风路,,,,`,
        'S1,西风路,,xf,2026-01-01,',
        'S2,,,,,',
        'S3,南风路,C9,,,',
        'S4,"北风路,,,,',
        'S5,西风路,,,,',
        'S1,再来路,,,,',
        '号,坏路,,,,',
      ].join('\r\n'),
    )
    const preview = await backend.call('dictionary.previewImport', question(path))
    expect(preview.counts).toEqual({ added: 1, changed: 1, retired: 0, refused: 6, same: 0 })
    expect(preview.encoding).toBe('UTF-8')
    expect(preview.lines).toEqual([
      { kind: 'refused', line: 4, code: '', name: '', detail: '(代码「S2」)没有名称,未载入!' },
      {
        kind: 'refused',
        line: 5,
        code: 'S3',
        name: '南风路',
        detail: '上级:社区字典中没有代码「C9」!',
      },
      { kind: 'refused', line: 6, code: '', name: '', detail: '引号没有成对,未载入!' },
      {
        kind: 'refused',
        line: 7,
        code: 'S5',
        name: '西风路',
        detail: '名称「西风路」与代码 S1 的条目同名,未导入!',
      },
      { kind: 'refused', line: 8, code: '', name: '', detail: '代码「S1」与第3行重复,未载入!' },
      {
        kind: 'refused',
        line: 9,
        code: '号',
        name: '坏路',
        detail: '代码:只能用字母、数字和连字符,最多 20 位!',
      },
      { kind: 'changed', line: 2, code, name: '东风路', detail: '名称:东凤路→东风路' },
      { kind: 'added', line: 3, code: 'S1', name: '西风路', detail: '' },
    ])
    expect(await namesOf()).toEqual(['东凤路'])
    expect((await backend.call('dictionary.import', { ...question(path), hash: preview.hash })).count).toBe(2)
    expect(await namesOf()).toEqual(['东风路', '西风路'])
    expect(await offered('xf')).toEqual(['西风路'])
    expect(await offered('dfl')).toEqual(['东风路'])
    expect(audited().at(-1)).toEqual({
      act: 'dictionary.imported',
      detail: { dictionary: 'street', added: 1, changed: 1, retired: 0, refused: 6 },
    })
  })

  test('a complete file retires what it lacks, and not what its broken lines name', async () => {
    const [kept, broken, gone] = [
      await add({ entryName: '东风路' }),
      await add({ entryName: '西风路' }),
      await add({ entryName: '南风路' }),
    ]
    const path = file(`code,name,parent\n${kept},东风路,\n${broken},西风路,C9\n`)
    expect((await backend.call('dictionary.previewImport', question(path))).counts.retired).toBe(0)
    const preview = await backend.call('dictionary.previewImport', question(path, true))
    expect(preview.counts).toEqual({ added: 0, changed: 0, retired: 1, refused: 1, same: 1 })
    expect(preview.lines.at(-1)).toMatchObject({
      kind: 'retired',
      code: gone,
      detail: '文件中没有,最后使用日期 2026-03-15',
    })
    await backend.call('dictionary.import', { ...question(path, true), hash: preview.hash })
    expect(await namesOf()).toEqual(['东风路', '西风路'])
    expect(await namesOf('', true)).toEqual(['东风路', '西风路', '南风路'])
    // The file again: nothing is left to do.
    const again = await backend.call('dictionary.previewImport', question(path, true))
    expect(again.counts).toMatchObject({ added: 0, changed: 0, retired: 0 })
    const nothing = { ...question(path, true), hash: again.hash }
    expect((await refusalOf(backend, 'dictionary.import', nothing)).message).toContain('没有可导入的内容')
  })

  test.each([
    // 「code,name」 and 「G1,丹桂路」 as a Chinese Windows writes them.
    ['GBK', Buffer.from([...Buffer.from('code,name\r\nG1,'), 0xb5, 0xa4, 0xb9, 0xf0, 0xc2, 0xb7, 13, 10])],
    ['UTF-8', Buffer.from('\uFEFFcode,name\r\nG1,丹桂路\r\n')],
    ['UTF-16', Buffer.from('\uFEFFcode,name\r\nG1,丹桂路\r\n', 'utf16le')],
  ])('a file in %s is read', async (encoding, bytes) => {
    const path = file(bytes)
    const preview = await backend.call('dictionary.previewImport', question(path))
    expect(preview).toMatchObject({ encoding, counts: { added: 1, refused: 0 } })
    await backend.call('dictionary.import', { ...question(path), hash: preview.hash })
    expect(await offered('dgl')).toEqual(['丹桂路'])
  })

  test('a file that changed after the preview, is gone or too big is refused', async () => {
    const path = file('code,name\nS1,东风路\n')
    const { hash } = await backend.call('dictionary.previewImport', question(path))
    writeFileSync(path, 'code,name\nS1,西风路\n')
    const changed = { ...question(path), hash }
    expect(await refusalOf(backend, 'dictionary.import', changed)).toMatchObject({ code: 'changedMeanwhile' })
    const gone = question(join(folder.path, 'gone.csv'))
    expect((await refusalOf(backend, 'dictionary.previewImport', gone)).message).toContain('文件无法读取')
    const big = question(file(`code,name\n${'x'.repeat(4 * 1024 * 1024)}`))
    expect((await refusalOf(backend, 'dictionary.previewImport', big)).message).toContain('超过 4 MB')
    const long = question(file(`code,name\n${'S,路\n'.repeat(20_001)}`))
    expect((await refusalOf(backend, 'dictionary.previewImport', long)).message).toContain('超过 20000 行')
    expect(countRows(backend, 'dictionary_entry')).toBe(0)
  })

  test('many lines come at once, and are found', { timeout: 60_000 }, async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `S${index},第${index}巷`)
    const path = file(`code,name\n${lines.join('\n')}\n`)
    expect(await offered('x')).toEqual([])
    const { hash, lines: told } = await backend.call('dictionary.previewImport', question(path))
    expect(told).toHaveLength(500)
    expect((await backend.call('dictionary.import', { ...question(path), hash })).count).toBe(3_000)
    // So many are built on the look-up's own thread; until then the old one answers.
    await expect.poll(() => offered('2999巷'), { timeout: 30_000 }).toEqual(['第2999巷'])
    expect((await summaryOf('street')).localCount).toBe(3_000)
  })
})

describe('with a server set', () => {
  const everyAct = [
    ['dictionary.addEntry', inputOf({ entryName: '甲路' }, 'X1')],
    [
      'dictionary.correctEntry',
      { name: 'street', code: 'S1', entryName: '甲路', parentCode: null, mnemonic: '' },
    ],
    ['dictionary.retireEntry', { name: 'street', code: 'S1', lastDay: TODAY }],
    ['dictionary.reinstateEntry', { name: 'street', code: 'S1' }],
    ['dictionary.proposeCode', { name: 'street' }],
    ['dictionary.previewImport', { name: 'street', path: '/nowhere.csv', isComplete: false }],
  ] as const

  test('nobody changes entries here; the page says who does', async () => {
    await add({ entryName: '东风路', code: 'S1' })
    await useServer()
    for (const [act, input] of everyAct)
      expect(await refusalOf(backend, act, input), act).toMatchObject({
        code: 'notPossible',
        message: expect.stringContaining('字典由服务器下发'),
      })
    expect((await summaryOf('street')).refusal).toContain('按 F9 同步')
    expect(await namesOf()).toEqual(['东风路'])
    expect(await backend.call('dictionary.localEntries', {})).toEqual([{ label: '街(路巷)', count: 1 }])
  })
})

test('the own entries are counted by their index, not by the whole table', () => {
  const { read } = backend.context.store
  const plan = read
    .allOf(
      "EXPLAIN QUERY PLAN SELECT dictionary, count(*) FROM dictionary_entry INDEXED BY dictionary_entry_own WHERE origin <> 'server' GROUP BY dictionary",
    )
    .map((row) => String(row['detail']))
  expect(plan).toEqual(['SCAN dictionary_entry USING COVERING INDEX dictionary_entry_own'])
  expect(listStoredEntries(read, 'street')).toEqual([])
})
