import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runStorageCommand } from '../../../src-server/commands/storage-commands.ts'
import { openServerDatabase } from '../../../src-server/storage/database.ts'
import { addTestAccounts, makeFolder, projectFolder, validValues } from '../sync/sync-world.ts'
import { callServer, makeOp, sayHello, signInCaller } from './server-caller.ts'

const migrationsFolder = join(projectFolder, 'migrations', 'server')

let folder: ReturnType<typeof makeFolder>
let location: string
let child: ChildProcess | undefined

beforeEach(async () => {
  folder = makeFolder()
  location = join(folder.path, 'server.db')
  const database = await openServerDatabase(
    location,
    migrationsFolder,
    join(folder.path, 'apart', 'server.key'),
  )
  await addTestAccounts(database)
  await database.destroy()
})
afterEach(() => {
  child?.kill('SIGKILL')
  folder.remove()
})

/** The real program; its key file is named by the environment. */
function start(): Promise<{ readonly port: number; readonly ended: Promise<number | null> }> {
  const running = spawn(process.execPath, [join(projectFolder, 'src-server', 'server.ts')], {
    env: {
      ...process.env,
      JUFUTONG_SERVER_DATABASE: location,
      JUFUTONG_SERVER_KEY_FILE: join(folder.path, 'apart', 'server.key'),
      JUFUTONG_SERVER_HOST: '127.0.0.1',
      JUFUTONG_SERVER_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child = running
  const ended = new Promise<number | null>((resolve) => running.once('exit', (code) => resolve(code)))
  return new Promise((resolve, reject) => {
    let text = ''
    running.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const port = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]
      if (port !== undefined) resolve({ port: Number(port), ended })
    })
    void ended.then((code) => reject(new Error(`server ended with ${code}: ${text}`)))
  })
}

test('a stop answers the push that is on its way, takes no new one, and leaves a whole file', async () => {
  const { port, ended } = await start()
  const caller = await signInCaller(port, 'clerk001')
  const { replica } = await sayHello(caller)
  const body = JSON.stringify({
    replica: replica.id,
    epoch: replica.epoch,
    batchId: randomUUID(),
    afterN: 0,
    ops: [makeOp(1, validValues('employer', 1))],
  })
  const bytes = Buffer.from(body)
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString()
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(
    [
      'POST /sync/1/push HTTP/1.1',
      'host: x',
      'content-type: application/json',
      `authorization: Bearer ${caller.token}`,
      `content-length: ${bytes.length}`,
      // Answered when the request has been taken up: only then is it on its way.
      'expect: 100-continue',
      '\r\n',
    ].join('\r\n'),
  )
  socket.write(bytes.subarray(0, 100))
  await expect.poll(() => answer, { timeout: 10_000 }).toContain('100 Continue')
  child?.kill('SIGTERM')
  await expect
    .poll(
      () =>
        callServer(port)
          .get('/about')
          .then(
            (each) => each.status,
            () => 'refused',
          ),
      { timeout: 10_000 },
    )
    .toBe('refused')
  socket.write(bytes.subarray(100))
  await closed
  expect(answer).toContain('HTTP/1.1 200')
  // A new server's numbers begin behind those that any earlier one can have given out.
  const seq = Number(/"receipts":\[\[1,(\d+)\]\]/.exec(answer)?.[1])
  expect(seq).toBeGreaterThan(1_000_000)
  // Told to be the last on its socket, which would else hold up the stop.
  expect(answer.toLowerCase()).toContain('connection: close')
  expect(await ended).toBe(0)
  const place = { location, keyFile: join(folder.path, 'apart', 'server.key'), migrationsFolder }
  expect(await runStorageCommand(place, 'check', [], 0)).toEqual([`检查通过:记录1条,修改1次,编号到${seq}。`])
})
