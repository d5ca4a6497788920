import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { checkDatabase } from '../../../src-server/storage/check-database.ts'
import { makeFolder, startTestServer, validValues, type TestServer } from '../sync/sync-world.ts'
import { openStation, type Station } from './station.ts'

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let one: Station
let two: Station

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  one = await openStation(server.port, 'clerk001')
  two = await openStation(server.port, 'clerk002')
})

afterEach(async () => {
  expect((await checkDatabase(server.database)).problems).toEqual([])
  await server.close()
  folder.remove()
})

/** Both write the remarks of one record without knowing of each other. */
async function disagree(field: string, first: string, second: string) {
  const id = makeUuid()
  const { seq } = await one.create(id, { ...validValues('employer', 1), [field]: null })
  const kept = await one.send('set', { recordId: id, baseSeq: seq, fields: { [field]: first } })
  const lost = await two.send('set', { recordId: id, baseSeq: seq, fields: { [field]: second } })
  return { id, seq, kept, lost }
}

describe('a conflict', () => {
  test('is told to everyone with both writers, and no value is lost', async () => {
    const { id, kept, lost } = await disagree('remarks', '甲', '乙')
    expect(lost.fields).toEqual(['remarks'])
    for (const station of [one, two]) {
      const { rows } = await station.pull(kept.seq)
      expect(rows).toMatchObject([
        {
          recordId: id,
          seq: lost.seq,
          values: { remarks: '甲' },
          conflicts: [
            {
              id: `${lost.opId}/remarks`,
              field: 'remarks',
              lost: '乙',
              by: 'clerk002',
              station: '002',
              at: 1_700_000_000_001,
              keptBy: 'clerk001',
              keptStation: '001',
              keptAt: 1_700_000_000_002,
            },
          ],
        },
      ])
    }
  })

  test('of one batch names the writer of the kept value, too', async () => {
    const id = makeUuid()
    const { seq } = await one.create(id, validValues('employer', 1))
    const fields = { remarks: '丙' }
    await two.push([
      two.makeOp('set', { recordId: id, baseSeq: seq, fields: { remarks: '乙' } }),
      two.makeOp('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000001' } }),
    ])
    await one.push([
      one.makeOp('set', { recordId: id, baseSeq: seq, fields }),
      one.makeOp('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000002' } }),
    ])
    expect((await one.see(id))?.conflicts).toMatchObject([
      { field: 'remarks', lost: '丙', keptBy: 'clerk002' },
      { field: 'telephone', lost: '13800000002', keptBy: 'clerk002' },
    ])
  })

  test('is resolved by one value, the other or a third, which everyone then sees', async () => {
    for (const decision of ['甲', '乙', '第三']) {
      const { id, lost } = await disagree('remarks', '甲', '乙')
      const resolved = await two.send('resolve', {
        recordId: id,
        baseSeq: lost.seq,
        fields: { remarks: decision },
        body: { act: 'resolved', resolves: [`${lost.opId}/remarks`] },
      })
      expect(resolved.fields).toEqual([])
      expect(await one.see(id)).toMatchObject({
        seq: resolved.seq,
        values: { remarks: decision },
        conflicts: [],
      })
      const row = await server.database
        .selectFrom('conflict')
        .select(['state', 'resolved_by', 'resolved_station', 'resolved_seq', 'lost'])
        .where('record_id', '=', id)
        .executeTakeFirstOrThrow()
      // Who lost stays in the history.
      expect(row).toEqual({
        state: 'resolved',
        resolved_by: 'clerk002',
        resolved_station: '002',
        resolved_seq: resolved.seq,
        lost: '"乙"',
      })
    }
  })

  test('that two resolve differently without knowing of each other is a conflict again', async () => {
    const { id, lost } = await disagree('remarks', '甲', '乙')
    const parts = {
      recordId: id,
      baseSeq: lost.seq,
      body: { act: 'resolved', resolves: [`${lost.opId}/remarks`] },
    } as const
    // Keeping what stands is a decision as well.
    await one.send('resolve', { ...parts, fields: { remarks: '甲' } })
    const second = await two.send('resolve', { ...parts, fields: { remarks: '乙' } })
    expect(await one.see(id)).toMatchObject({
      values: { remarks: '甲' },
      conflicts: [{ id: `${second.opId}/remarks`, lost: '乙', by: 'clerk002', keptBy: 'clerk001' }],
    })
  })

  test('about the status is resolved by saying what it is to be', async () => {
    const id = makeUuid()
    const cancellation = { reasonCode: '10' }
    const { seq } = await one.create(id, validValues('employer', 1))
    await one.send('set', { recordId: id, baseSeq: seq, fields: { remarks: '新' } })
    const lost = await two.send('cancel', {
      recordId: id,
      baseSeq: seq,
      body: { act: 'cancelled', cancellation },
    })
    expect(lost.fields).toEqual(['@status'])
    expect((await one.see(id))?.conflicts).toMatchObject([
      { field: '@status', lost: { status: 'cancelled', cancellation, mergedInto: null } },
    ])
    await one.send('resolve', {
      recordId: id,
      baseSeq: lost.seq,
      body: {
        act: 'resolved',
        resolves: [`${lost.opId}/@status`],
        status: 'cancelled',
        cancellation,
      },
    })
    expect(await two.see(id)).toMatchObject({ status: 'cancelled', cancellation, conflicts: [] })
  })

  test('that is unknown or closed is passed over, and one of several is closed alone', async () => {
    const { id, lost, seq } = await disagree('remarks', '甲', '乙')
    const third = await two.send('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000009' } })
    expect(third.fields).toEqual([])
    const other = await one.send('set', { recordId: id, baseSeq: seq, fields: { telephone: '13800000008' } })
    expect(other.fields).toEqual(['telephone'])
    for (const resolves of [[`${lost.opId}/remarks`], [`${lost.opId}/remarks`, 'nothing/at-all']]) {
      await one.send('resolve', {
        recordId: id,
        baseSeq: (await one.see(id))?.seq ?? 0,
        body: { act: 'resolved', resolves },
      })
    }
    expect((await two.see(id))?.conflicts).toMatchObject([{ field: 'telephone', lost: '13800000008' }])
  })

  test('is counted in /metrics, and no longer once it is resolved', async () => {
    const read = async (): Promise<readonly (string | undefined)[]> => {
      const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
      return [
        'conflicts_open',
        'ops_set_aside',
        'replicas',
        'ops_total{outcome="accepted"}',
        'ops_total{outcome="conflict"}',
        'ops_total{outcome="setAside"}',
      ].map(
        (name) =>
          text
            .split('\n')
            .find((line) => line.startsWith(`jufutong_${name} `))
            ?.split(' ')[1],
      )
    }
    const { id, lost } = await disagree('remarks', '甲', '乙')
    await two.send('set', { recordId: id, fields: { telephone: '错' } })
    expect(await read()).toEqual(['1', '1', '2', '3', '1', '1'])
    await one.send('resolve', {
      recordId: id,
      baseSeq: lost.seq,
      fields: { remarks: '甲' },
      body: { act: 'resolved', resolves: [`${lost.opId}/remarks`] },
    })
    expect(await read()).toEqual(['0', '1', '2', '4', '1', '1'])
  })
})
