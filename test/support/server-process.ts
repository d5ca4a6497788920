import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { request as askPlain } from 'node:http'
import { request as askTls } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('../../', import.meta.url).pathname

/** A real `npm run server` process with a database, a station and an account of its own. */
export type ServerProcess = {
  readonly port: number
  /** The database file: another process can go on with it once this one is stopped. */
  readonly database: string
  readonly accountName: string
  readonly password: string
  /** Runs a command of the server over the same data and answers what it printed. @throws where it failed */
  readonly command: (...commandArguments: readonly string[]) => string
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

/** What a server is started with beside its first account. */
export type ServerProcessOptions = {
  /** Further accounts of the station, with the same password: name of the account and of the clerk. */
  readonly furtherAccounts?: readonly { readonly accountName: string; readonly displayName: string }[]
  /** Code tables imported before it starts: CSV text by name. */
  readonly dictionaries?: Readonly<Record<string, string>>
  /** The database of a server that was stopped: nothing is added to it. */
  readonly database?: string
  /** With certificates for 127.0.0.1, made by `init-tls`. */
  readonly usesTls?: boolean
  /** Added to its clock (ms): a server whose clock is wrong. */
  readonly clockShiftMs?: number
}

/** Starts the reference server as the README says and waits until it answers. @throws when it does not within 60 s */
export async function startServerProcess(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const port = await findFreePort()
  const account = { accountName: 'clerk01', password: 'shiyong-2026-lizi' }
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-server-'))
  const database = options.database ?? join(folder, 'server.db')
  const env = {
    ...process.env,
    JUFUTONG_SERVER_HOST: '127.0.0.1',
    JUFUTONG_SERVER_PORT: String(port),
    JUFUTONG_SERVER_DATABASE: database,
    JUFUTONG_SERVER_LOG: 'warn',
  }
  const command = (...args: readonly string[]): string => {
    const done = spawnSync('npm', ['run', '--silent', 'server', '--', ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
    })
    if (done.status !== 0)
      throw new Error(`npm run server -- ${args[0]} failed:\n${done.stdout}${done.stderr}`)
    return done.stdout
  }
  const addAccount = (accountName: string, displayName: string): string =>
    command(
      ...['add-account', '--name', accountName, '--display', displayName, '--station', '001'],
      ...['--password', account.password],
    )
  if (options.database === undefined) {
    command('add-station', '--code', '001', '--name', '示例站')
    addAccount(account.accountName, '操作员甲')
    for (const each of options.furtherAccounts ?? []) addAccount(each.accountName, each.displayName)
    for (const [name, text] of Object.entries(options.dictionaries ?? {})) {
      writeFileSync(join(folder, `${name}.csv`), text)
      command('import-dictionary', '--name', name, '--file', join(folder, `${name}.csv`))
    }
  }
  if (options.usesTls === true) command('init-tls', '--ip', '127.0.0.1')
  // A process group of its own: npm does not pass signals on to what it started.
  const child = spawn('npm', ['run', '--silent', 'server'], {
    cwd: root,
    env: { ...env, ...shiftedClock(options.clockShiftMs ?? 0) },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  await waitForAnswer(port, options.usesTls === true, child, () => output)
  return { port, database, ...account, command, stop: () => stopGroup(child) }
}

/** Makes the clock of every Node process started with it wrong from its first moment. */
function shiftedClock(shiftMs: number): Record<string, string> {
  if (shiftMs === 0) return {}
  const program = `const Right = Date; globalThis.Date = class extends Right {
    constructor(...parts) { if (parts.length === 0) super(Right.now() + ${shiftMs}); else super(...parts) }
    static now() { return Right.now() + ${shiftMs} }
  }`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` }
}

/** Whether the server answers. It is asked whether it is there, not who it is: that is what tests do. */
function isThere(port: number, usesTls: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const request = usesTls
      ? askTls({ host: '127.0.0.1', port, path: '/healthz', rejectUnauthorized: false })
      : askPlain({ host: '127.0.0.1', port, path: '/healthz' })
    request.on('response', (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    request.on('error', () => resolve(false))
    request.end()
  })
}

async function waitForAnswer(
  port: number,
  usesTls: boolean,
  child: ChildProcess,
  output: () => string,
): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${output()}`)
    if (await isThere(port, usesTls)) return
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
