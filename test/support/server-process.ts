import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('../../', import.meta.url).pathname

/** A real `npm run server` process with a database, a station and an account of its own. */
export type ServerProcess = {
  readonly port: number
  readonly accountName: string
  readonly password: string
  readonly stop: () => Promise<void>
}

/** A free loopback port. Another program may take it before it is used; the server then says so and the test fails. */
async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}

/** Starts the reference server as the README says and waits until it answers. @throws when it does not within 60 s */
export async function startServerProcess(): Promise<ServerProcess> {
  const port = await findFreePort()
  const account = { accountName: 'clerk01', password: 'shiyong-2026-lizi' }
  const env = {
    ...process.env,
    JUFUTONG_SERVER_HOST: '127.0.0.1',
    JUFUTONG_SERVER_PORT: String(port),
    JUFUTONG_SERVER_DATABASE: join(mkdtempSync(join(tmpdir(), 'jufutong-server-')), 'server.db'),
    JUFUTONG_SERVER_LOG: 'warn',
  }
  const command = (...args: string[]): void => {
    const done = spawnSync('npm', ['run', '--silent', 'server', '--', ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
    })
    if (done.status !== 0)
      throw new Error(`npm run server -- ${args[0]} failed:\n${done.stdout}${done.stderr}`)
  }
  command('add-station', '--code', '001', '--name', '示例站')
  command(
    ...['add-account', '--name', account.accountName, '--display', '操作员甲', '--station', '001'],
    ...['--password', account.password],
  )
  // A process group of its own: npm does not pass signals on to what it started.
  const child = spawn('npm', ['run', '--silent', 'server'], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  await waitForAnswer(port, child, () => output)
  return { port, ...account, stop: () => stopGroup(child) }
}

async function waitForAnswer(port: number, child: ChildProcess, output: () => string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${output()}`)
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`the server did not answer within 60 s:\n${output()}`)
}

async function stopGroup(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  process.kill(-pid, 'SIGTERM')
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), 10_000)
  await ended
  clearTimeout(timer)
}
