import { afterEach, beforeEach, expect, test } from 'vitest'
import { groupConflicts } from '../../../src-renderer/pages/conflicts/conflict-units.ts'
import { coordinatorValues, employerValues, refusalOf } from '../../support/backend-fixture.ts'
import { addServerStreets, openStation, type Station } from './station-world.ts'
import { makeFolder, startTestServer, type TestServer } from './sync-world.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let first: Station
let second: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  await addServerStreets(server, folder.path)
  first = await openStation(server, 'clerk001')
  second = await openStation(server, 'clerk002')
})

afterEach(async () => {
  await first.stop()
  await second.stop()
  await server.close()
  folder.remove()
})

const page = { offset: 0, limit: 50 }

/** An employer whose telephone both stations have changed without knowing of each other; the first one's stays. */
async function makeConflict(more: Record<string, string> = {}): Promise<string> {
  const id = await first.create('employer', employerValues())
  await first.sync()
  await second.sync()
  await first.change('employer', id, { telephone: '13800000001' })
  await second.change('employer', id, { telephone: '13800000002', ...more })
  await first.sync()
  await second.sync()
  await first.sync()
  return id
}

test('a conflict stands in the list of both stations with both values, who wrote them, where and when', async () => {
  const id = await makeConflict()
  for (const station of [first, second]) {
    const { rows, total } = await station.call('conflict.list', page)
    expect(total).toBe(1)
    expect(rows[0]).toMatchObject({
      register: 'employer',
      recordId: id,
      title: '丹心酒楼',
      recordStatus: 'active',
      field: 'telephone',
      label: '联系电话',
      group: 'telephone',
      kept: { value: '13800000001', text: '13800000001', by: '操作员001', station: '测试站001' },
      lost: { value: '13800000002', text: '13800000002', by: '操作员002', station: '测试站002' },
      isDecided: false,
    })
    expect((await station.call('sync.status', {})).conflictCount).toBe(1)
    expect(station.find('employer', id)?.values['telephone']).toBe('13800000001')
  }
})

test.each([
  ['kept', {}, '13800000001'],
  ['lost', {}, '13800000002'],
  ['other', { value: '13800000003' }, '13800000003'],
] as const)(
  'decided offline as %s, it is gone at once, and both stations show the decision',
  async (choice, more, value) => {
    const id = await makeConflict()
    const [conflict] = (await second.call('conflict.list', page)).rows
    await second.call('conflict.resolve', {
      register: 'employer',
      recordId: id,
      decisions: [{ conflictId: conflict?.id ?? '', choice, ...more } as never],
    })
    expect((await second.call('conflict.list', page)).total).toBe(0)
    expect((await second.call('sync.status', {})).conflictCount).toBe(0)
    expect(second.find('employer', id)).toMatchObject({ pendingOps: 1, values: { telephone: value } })
    const queue = await second.call('sync.queue', { state: null, ...page })
    expect(queue.rows).toMatchObject([{ act: '冲突处理', state: 'pending', title: '丹心酒楼', attempts: 0 }])
    await second.sync()
    await first.sync()
    for (const station of [first, second]) {
      expect((await station.call('conflict.list', page)).total).toBe(0)
      expect(station.find('employer', id)).toMatchObject({ pendingOps: 0, values: { telephone: value } })
    }
    const history = await second.call('record.history', { register: 'employer', id })
    expect(history.find((line) => line.act === 'resolved')?.changes).toEqual([
      {
        label: '联系电话',
        from: choice === 'kept' ? '13800000002' : '13800000001',
        to: value,
        // What a person put in its place is that person's; a value that only stays is not.
        provenance: choice === 'kept' ? null : 'typed',
      },
    ])
  },
)

test('two people decide one conflict differently: they conflict again, nothing is overwritten', async () => {
  const id = await makeConflict()
  const [conflict] = (await second.call('conflict.list', page)).rows
  const decide = (station: Station, choice: 'kept' | 'lost'): Promise<unknown> =>
    station.call('conflict.resolve', {
      register: 'employer',
      recordId: id,
      decisions: [{ conflictId: conflict?.id ?? '', choice }],
    })
  await decide(first, 'kept')
  await decide(second, 'lost')
  await first.sync()
  await second.sync()
  await first.sync()
  for (const station of [first, second]) {
    expect((await station.call('conflict.list', page)).rows).toMatchObject([
      { field: 'telephone', kept: { value: '13800000001' }, lost: { value: '13800000002', by: '操作员002' } },
    ])
  }
})

test('a decision that is not valid, half a group, or one made already is refused in words', async () => {
  const id = await makeConflict({ address: '东风路9号' })
  const [conflict] = (await second.call('conflict.list', page)).rows
  const input = {
    register: 'employer',
    recordId: id,
    decisions: [{ conflictId: conflict?.id ?? '', choice: 'other', value: '12' }],
  }
  expect(await refusalOf(second.backend, 'conflict.resolve', input)).toMatchObject({ code: 'ruleBroken' })
  const kept = { ...input, decisions: [{ conflictId: conflict?.id ?? '', choice: 'kept' }] }
  await second.backend.request('conflict.resolve', kept)
  expect(await refusalOf(second.backend, 'conflict.resolve', kept)).toMatchObject({
    code: 'changedMeanwhile',
    message: '其中有冲突已经处理过了,请刷新后再看。',
  })
})

test('fields of one group are decided together', async () => {
  const id = await first.create('employer', employerValues())
  await first.sync()
  await second.sync()
  await first.change('employer', id, { divisionCode: '420106', address: '甲路1号' })
  await second.change('employer', id, { divisionCode: '420111', address: '乙路2号' })
  await first.sync()
  await second.sync()
  const { rows } = await second.call('conflict.list', page)
  expect(rows.map((row) => row.field).sort()).toEqual(['address', 'divisionCode'])
  expect(new Set(rows.map((row) => row.group)).size).toBe(1)
  expect(
    await refusalOf(second.backend, 'conflict.resolve', {
      register: 'employer',
      recordId: id,
      decisions: [{ conflictId: rows[0]?.id, choice: 'lost' }],
    }),
  ).toMatchObject({ code: 'notPossible' })
  await second.call('conflict.resolve', {
    register: 'employer',
    recordId: id,
    decisions: rows.map((row) => ({ conflictId: row.id, choice: 'lost' as const })),
  })
  await second.sync()
  await first.sync()
  expect(first.find('employer', id)?.values).toMatchObject({ divisionCode: '420111', address: '乙路2号' })
})

test('a cancellation against an unseen edit is a conflict about the status, decided like any other', async () => {
  const id = await first.create('employer', employerValues())
  await first.sync()
  await second.sync()
  await first.change('employer', id, { remarks: '正在营业' })
  await second.call('employer.cancel', {
    ids: [id],
    cancellation: { reasonCode: '10', cancelDate: second.backend.context.clock.today() },
  })
  await first.sync()
  await second.sync()
  await first.sync()
  expect(first.find('employer', id)?.status).toBe('active')
  const [conflict] = (await first.call('conflict.list', page)).rows
  expect(conflict).toMatchObject({
    field: '@status',
    label: '状态',
    kept: { value: 'active' },
    lost: { value: 'cancelled' },
  })
  expect(conflict?.lost.text).toMatch(/^已?[^(]+\(.+\)$/)
  await first.call('conflict.resolve', {
    register: 'employer',
    recordId: id,
    decisions: [{ conflictId: conflict?.id ?? '', choice: 'lost' }],
  })
  expect(first.find('employer', id)).toMatchObject({
    status: 'cancelled',
    cancellation: { reasonCode: '10' },
  })
  await first.sync()
  await second.sync()
  for (const station of [first, second]) {
    expect(station.find('employer', id)).toMatchObject({
      status: 'cancelled',
      cancellation: { reasonCode: '10' },
    })
    expect((await station.call('conflict.list', page)).total).toBe(0)
  }
})

test('a decision that the server refuses is as if it had not been made: the conflict is back in the list', async () => {
  const id = await makeConflict()
  const [conflict] = (await second.call('conflict.list', page)).rows
  await second.call('conflict.resolve', {
    register: 'employer',
    recordId: id,
    decisions: [{ conflictId: conflict?.id ?? '', choice: 'lost' }],
  })
  // As a server with a newer rule would answer.
  await second.backend.context.store.write((database) => {
    const { n } = database.firstOf("SELECT n FROM outbox WHERE kind = 'resolve'") ?? {}
    database.runOf(
      `UPDATE outbox SET body = json_set(body, '$.fields.telephone', 'no number') WHERE n = ?`,
      Number(n),
    )
  })
  await second.sync()
  expect((await second.call('sync.status', {})).setAsideCount).toBe(1)
  expect((await second.call('conflict.list', page)).rows).toMatchObject([{ id: conflict?.id }])
  expect(second.find('employer', id)?.values['telephone']).toBe('13800000001')
})

test('stations and people are called by their names, which are told once and again when they change', async () => {
  const id = await makeConflict()
  const [line] = await first.call('record.history', { register: 'employer', id })
  expect(line).toMatchObject({ by: '操作员001', station: '测试站001' })
  await server.database.updateTable('station').set({ name: '南街服务站' }).where('code', '=', '002').execute()
  await server.database
    .updateTable('account')
    .set({ display_name: '王芳' })
    .where('name', '=', 'clerk002')
    .execute()
  await first.sync()
  expect((await first.call('conflict.list', page)).rows[0]?.lost).toMatchObject({
    by: '王芳',
    station: '南街服务站',
  })
})

test('the status counts what the page decides with one key: fields that belong together are one', async () => {
  const id = await first.create('employer', employerValues())
  await first.sync()
  await second.sync()
  await first.change('employer', id, { divisionCode: '110101', address: '甲路1号', telephone: '13800000001' })
  await second.change('employer', id, {
    divisionCode: '110102',
    address: '乙路2号',
    telephone: '13800000002',
  })
  for (const station of [first, second, first]) await station.sync()
  for (const station of [first, second]) {
    const { rows, total } = await station.call('conflict.list', page)
    expect([rows.length, total]).toEqual([3, 3])
    const units = groupConflicts(rows, new Set()).flatMap((record) => record.units)
    expect(units).toHaveLength(2)
    expect((await station.call('sync.status', {})).conflictCount).toBe(units.length)
  }
})

test('an account that may only look sees personal values masked', async () => {
  const id = await first.create('coordinator', coordinatorValues())
  await first.sync()
  await second.sync()
  await first.change('coordinator', id, { telephone: '13800000001' })
  await second.change('coordinator', id, { telephone: '13800000002' })
  await first.sync()
  await second.sync()
  const viewer = await openStation(server, 'viewer001')
  const masked = { value: '138******02', text: '138******02' }
  expect((await viewer.call('conflict.list', page)).rows).toMatchObject([
    { field: 'telephone', lost: masked },
  ])
  expect((await second.call('conflict.list', page)).rows).toMatchObject([{ lost: { text: '13800000002' } }])
  await viewer.stop()
})
