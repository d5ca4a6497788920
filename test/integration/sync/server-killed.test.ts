import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openServerDatabase } from '../../../src-server/storage/database.ts'
import {
  addTestAccounts,
  listOutbox,
  listServerRecords,
  openTestClient,
  PASSWORD,
  projectFolder,
  validValues,
} from './sync-world.ts'

/** Kills a run makes; more by `JUFUTONG_KILLS`. */
const KILLS = Number(process.env['JUFUTONG_KILLS'] ?? 6)

type Running = { readonly child: ChildProcess; readonly port: number }

/** The real program, as `npm run server` starts it. */
function startProcess(databaseFile: string): Promise<Running> {
  const child = spawn(process.execPath, [join(projectFolder, 'src-server', 'server.ts')], {
    env: {
      ...process.env,
      JUFUTONG_SERVER_DATABASE: databaseFile,
      JUFUTONG_SERVER_HOST: '127.0.0.1',
      JUFUTONG_SERVER_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const port = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]
      if (port !== undefined) resolve({ child, port: Number(port) })
    })
    child.on('exit', (code) => reject(new Error(`server ended with ${code}: ${text}`)))
  })
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode)
    else child.on('exit', (code) => resolve(code))
  })
}

test(
  'kill -9 of the server in the middle of pushes loses nothing and takes nothing twice',
  { timeout: 120_000 },
  async () => {
    // On a real disk: what matters is what is durable.
    const folder = mkdtempSync(join(tmpdir(), 'jufutong-killed-'))
    const databaseFile = join(folder, 'server', 'server.db')
    const setUp = await openServerDatabase(databaseFile, join(projectFolder, 'migrations', 'server'))
    await addTestAccounts(setUp)
    await setUp.destroy()
    let running = await startProcess(databaseFile)
    const client = await openTestClient(join(folder, 'client'), running.port)
    try {
      await client.sync.signIn('clerk001', PASSWORD)
      await client.sync.run()
      let made = 0
      let interrupted = 0
      for (let kill = 0; kill < KILLS; kill += 1) {
        const values = Array.from({ length: 300 }, (_, index) => validValues('employer', made + index))
        await client.createMany('employer', values)
        made += values.length
        const round = client.sync.run()
        // Somewhere between the first byte and the answer.
        await new Promise((resolve) => setTimeout(resolve, kill * 15))
        running.child.kill('SIGKILL')
        await ended(running.child)
        const status = await round
        if (status.lastError !== null) interrupted += 1
        // Receipts stored here are all that counts, and each of them is true at the server.
        running = await startProcess(databaseFile)
        client.useServer({ port: running.port })
      }
      expect(await client.sync.run()).toMatchObject({ pendingCount: 0, setAsideCount: 0, lastError: null })
      expect(interrupted).toBeGreaterThan(0)
      running.child.kill('SIGTERM')
      expect(await ended(running.child)).toBe(0)

      const database = await openServerDatabase(databaseFile, join(projectFolder, 'migrations', 'server'))
      const log = await database.selectFrom('op_log').select(['op_id', 'seq']).execute()
      expect(log.map((row) => row.op_id).sort()).toEqual(
        listOutbox(client.store)
          .map((op) => op.opId)
          .sort(),
      )
      // A server's numbers begin where its time puts them; from there on there are no holes.
      const numbers = log.map((row) => Number(row.seq)).sort((a, b) => a - b)
      expect(numbers).toEqual(Array.from({ length: made }, (_, index) => (numbers[0] ?? 0) + index))
      expect((await listServerRecords(database)).size).toBe(made)
      await database.destroy()
    } finally {
      running.child.kill('SIGKILL')
      await client.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
