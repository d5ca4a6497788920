import { Writable } from 'node:stream'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildApp } from '../../../src-server/app.ts'
import { openServerDatabase } from '../../../src-server/storage/database.ts'
import { createCodeReader } from '../../../src-server/sync/dictionaries.ts'
import { addTestAccounts, makeFolder, projectFolder, validValues } from '../sync/sync-world.ts'
import { makeOp, push, sayHello, signInCaller } from './server-caller.ts'

test('the log says what was asked and how it ended, and names nobody', async () => {
  const folder = makeFolder()
  const database = await openServerDatabase(
    join(folder.path, 'server.db'),
    join(projectFolder, 'migrations', 'server'),
  )
  await addTestAccounts(database)
  const lines: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const app = await buildApp(
    {
      database,
      now: Date.now,
      knownCodes: createCodeReader(database, new Map()),
      version: 'test',
      signInsPerMinute: 100,
      limits: { pushOps: 500, pushBytes: 1_048_576, pullRows: 1_000 },
    },
    { level: 'trace', stream },
  )
  try {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const address = app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const caller = await signInCaller(port, 'clerk001')
    const { replica } = await sayHello(caller)
    const values = validValues('resident', 1)
    await push(caller, replica, [makeOp(1, values, { register: 'resident' })])
    await push(caller, replica, [makeOp(2, { ...values, name: null }, { register: 'resident' })])
    await caller.post('/sync/1/find-duplicates', { register: 'resident', values, exceptId: null })
    const misshapen = { register: 'resident', values: { ...values, remarks: { a: 1 } }, exceptId: null }
    expect((await caller.post('/sync/1/find-duplicates', misshapen)).status).toBe(400)
    // A fault inside: the table is gone.
    await database.schema.dropTable('natural_key').execute()
    const failed = await push(caller, replica, [
      makeOp(3, validValues('resident', 2), { register: 'resident' }),
    ])
    expect(failed.status).toBe(500)

    const text = lines.join('')
    expect(text).toContain('"url":"/sync/1/push"')
    expect(text).toContain('"statusCode":500')
    expect(text).toContain('request failed')
    for (const personal of [
      values['name'],
      values['documentNumber'],
      values['telephone'],
      caller.token,
      'clerk001',
    ])
      expect(text).not.toContain(String(personal))
  } finally {
    await app.close()
    await database.destroy()
    folder.remove()
  }
})
