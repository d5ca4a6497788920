import { createServer, request as ask, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { v7 as makeUuid } from 'uuid'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import { coordinatorValues, employerValues } from '../../support/backend-fixture.ts'
import { addServerStreets, openStation, type Station } from '../sync/station-world.ts'
import { makeFolder, startTestServer, type TestServer } from '../sync/sync-world.ts'

/** Batches beside a real server: receipts are counted from what is stored, and what is the clerk's own stays here. */

let folder: ReturnType<typeof makeFolder>
let server: TestServer
let line: { readonly port: number; readonly bodies: string[]; readonly close: () => Promise<void> }
let station: Station

/** Takes down every request with its body in plain text and passes it on. */
async function startRecorder(target: number): Promise<typeof line> {
  const bodies: string[] = []
  const recorder: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts)
      const encoding = request.headers['content-encoding']
      const plain =
        encoding === 'gzip' ? gunzipSync(body) : encoding === 'zstd' ? zstdDecompressSync(body) : body
      bodies.push(
        `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${plain.toString('utf8')}`,
      )
      const onward = ask(
        {
          host: '127.0.0.1',
          port: target,
          method: request.method,
          path: request.url,
          headers: request.headers,
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        },
      )
      onward.on('error', () => response.destroy())
      onward.end(body)
    })
  })
  await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve))
  return {
    port: (recorder.address() as AddressInfo).port,
    bodies,
    close: () =>
      new Promise((resolve) => {
        recorder.close(() => resolve())
        recorder.closeAllConnections()
      }),
  }
}

const open = (): Promise<Station> =>
  openStation({ ...server, port: line.port }, 'clerk001', { dataFolder: join(folder.path, 'station') })

beforeEach(async () => {
  folder = makeFolder()
  server = await startTestServer(folder.path)
  await addServerStreets(server, folder.path)
  line = await startRecorder(server.port)
  station = await open()
})
afterEach(async () => {
  await station.stop()
  await line.close()
  await server.close()
  folder.remove()
})

async function openBatch(expectedCount: number): Promise<string> {
  const { id } = await station.call('batch.open', {
    register: 'employer',
    communityCode: null,
    collectorId: null,
    collectionDate: '2026-03-16',
    expectedCount,
  })
  return id
}
async function saveInto(batchId: string, name: string): Promise<string> {
  const id = makeUuid()
  await station.call('employer.save', {
    id,
    revision: 0,
    values: employerValues({ name }),
    draftId: null,
    batchId,
  })
  return id
}
async function dayEnd() {
  const { today } = await station.call('app.state', {})
  return await station.call('dayEnd.get', { day: today })
}

it('已上传 counts stored receipts; what waits and what was refused are said', async () => {
  const batchId = await openBatch(3)
  await saveInto(batchId, '甲厂')
  await saveInto(batchId, '乙厂')
  const refused = await saveInto(batchId, '丙厂')
  expect((await dayEnd()).lines).toMatchObject([
    {
      numbers: { savedCount: 3, storedCount: 3, uploadedCount: 0, pendingCount: 3 },
      differences: ['3 份待上传'],
    },
  ])
  // One that the server will not have: its code is none that any table knows.
  await station.backend.context.store.write((database) => {
    database.runOf(
      "UPDATE outbox SET body = json_set(body, '$.fields.employerTypeCode', 'none') WHERE record_id = ?",
      refused,
    )
  })
  await station.sync()
  const day = await dayEnd()
  expect(day.lines).toMatchObject([
    {
      numbers: { uploadedCount: 2, pendingCount: 0, refusals: [expect.stringContaining('服务器没有采用')] },
      differences: [expect.stringMatching(/^1 份被服务器退回:.*服务器没有采用/)],
    },
  ])
  expect(day.isBalanced).toBe(false)
  const different = await station.call('dayEnd.sheets', { day: day.day, batchId, column: 'different' })
  expect(different).toMatchObject([
    { recordId: refused, remark: expect.stringMatching(/^被退回:.*服务器没有采用/) as string },
  ])
  expect(await station.call('dayEnd.sheets', { day: day.day, batchId, column: 'uploaded' })).toHaveLength(2)
  // A receipt that is not stored is none, whatever became of the op.
  await station.backend.context.store.write((database) => {
    database.runOf("UPDATE outbox SET receipt = NULL WHERE state = 'acked'")
  })
  expect((await dayEnd()).lines[0]?.differences).toContain('2 份没有服务器回执')
})

it('a rebuilt store has its batches, its confirmations and the meter; the registers say what is here again', async () => {
  const batchId = await openBatch(2)
  await saveInto(batchId, '甲厂')
  await station.sync()
  await saveInto(batchId, '乙厂')
  await station.call('meter.add', {
    register: 'employer',
    keyCount: 60,
    openingMs: 1,
    savingMs: 2,
    listMs: 3,
  })
  const { day } = await dayEnd()
  await station.call('dayEnd.confirm', { day, reason: '一份待上传' })
  await station.call('store.rebuild', {})
  await station.stop()
  const { port } = line
  station = await openStation({ ...server, port: 1 }, 'clerk001', {
    dataFolder: join(folder.path, 'station'),
  })
  // Without a line at first: what the server has is not here, and 日结 does not say it were.
  expect(await dayEnd()).toMatchObject({
    lines: [
      {
        batchId,
        numbers: { expectedCount: 2, savedCount: 2, storedCount: 1, uploadedCount: 1, pendingCount: 1 },
        differences: ['1 份不在本机,请同步后核对', '1 份待上传'],
      },
    ],
    confirmation: { reason: '一份待上传', isCurrent: false },
  })
  expect((await station.call('batch.present', { register: 'employer' }))?.id).toBe(batchId)
  expect((await station.call('meter.read', {})).total).toMatchObject([{ recordCount: 1, keyCount: 60 }])
  await station.setPort(port)
  await station.sync()
  expect(await dayEnd()).toMatchObject({
    isBalanced: true,
    lines: [{ numbers: { storedCount: 2, uploadedCount: 2 } }],
  })
})

it('nothing of the meter, of void and deferred sheets or of 日结 leaves the machine, by the line or in a package', async () => {
  const marks = ['97531', '86399753', '86399751', '86399747', '看不清的标记', '日结的标记', '半份厂']
  const words = /meter|keyCount|batch_sheet|deferred|dayEnd/i
  const batchId = await openBatch(97_53)
  await station.call('meter.add', {
    register: 'employer',
    keyCount: 97_531,
    openingMs: 86_399_753,
    savingMs: 86_399_751,
    listMs: 86_399_747,
  })
  await saveInto(batchId, '甲厂')
  await station.call('batch.setSheet', {
    batchId,
    state: 'deferred',
    reason: '看不清的标记',
    draft: {
      id: makeUuid(),
      register: 'employer',
      recordId: null,
      revision: 0,
      inputs: { name: { text: '半份厂', value: '半份厂' } },
      focusedField: null,
      caret: 0,
      pinnedFields: [],
      batchCount: 0,
      openedFrom: null,
      updatedAt: 1,
    },
    draftId: makeUuid(),
  })
  const { day } = await dayEnd()
  await station.call('dayEnd.confirm', { day, reason: '日结的标记' })
  await station.sync()
  await station.call('sync.check', {})
  // What a package carries is what the server then has.
  await station.create('coordinator', coordinatorValues())
  const file = join(folder.path, 'a.jufutong-package')
  expect(await station.call('package.export', { path: file, numbers: null })).toMatchObject({ count: 1 })
  await runCommand(
    server.database,
    'import-package',
    ['--file', file, '--answer', join(folder.path, 'answer')],
    async () => '',
    Date.now(),
  )
  const sent = line.bodies.join('\n')
  // The recorder hears: the saved record is among what was sent.
  expect(sent).toContain('甲厂')
  expect(sent).toContain('/sync')
  const kept = JSON.stringify([
    await server.database.selectFrom('op_log').selectAll().execute(),
    await server.database.selectFrom('record').selectAll().execute(),
    await server.database.selectFrom('audit').selectAll().execute(),
  ])
  expect(kept).toContain('王协管')
  for (const mark of [...marks, batchId]) {
    expect(sent).not.toContain(mark)
    expect(kept).not.toContain(mark)
  }
  // Of all requests only the words of the protocol's own: none of these is one.
  expect(sent).not.toMatch(words)
  expect(kept).not.toMatch(words)
  // Nor is there an op of them, nor a line in the log of who did what.
  const { read } = station.backend.context.store
  expect(read.pluck<string>('SELECT DISTINCT register FROM outbox ORDER BY register')).toEqual([
    'coordinator',
    'employer',
  ])
  expect(read.pluck<string>("SELECT act FROM audit WHERE act LIKE '%meter%'")).toEqual([])
})
