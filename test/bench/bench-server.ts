import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { exitOf } from './bench-process.ts'
import { ROOT } from './bench-store.ts'

const PROGRAM = join(ROOT, 'src-server', 'server.ts')

/** Our server as its operator starts it: the program of `npm run server` in a process of its own. */
export type BenchServer = {
  readonly process: ChildProcess
  readonly port: number
  readonly stop: () => Promise<void>
}

/**
 * Makes a server ready by its own commands and starts it.
 * @param location as JUFUTONG_SERVER_DATABASE names it
 * @param commands what is run before, each with its options
 */
export async function startBenchServer(
  folder: string,
  location: string,
  commands: readonly (readonly string[])[],
  more: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  mkdirSync(folder, { recursive: true })
  const env = {
    ...process.env,
    JUFUTONG_SERVER_HOST: '127.0.0.1',
    JUFUTONG_SERVER_PORT: '0',
    JUFUTONG_SERVER_DATABASE: location,
    JUFUTONG_SERVER_KEY_FILE: join(folder, 'server.key'),
    JUFUTONG_SERVER_TLS_FOLDER: join(folder, 'tls'),
    JUFUTONG_SERVER_AUTHORITY_KEY: join(folder, 'authority.key'),
    JUFUTONG_SERVER_LOG: 'info',
    ...more,
  }
  for (const command of commands) {
    const done = spawnSync(process.execPath, [PROGRAM, ...command], { env, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`${command.join(' ')}: ${done.stdout}${done.stderr}`)
  }
  const server = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve, reject) => {
    let text = ''
    server.stdout.on('data', (chunk: Buffer) => {
      // The log goes on as in real use; only its beginning is of interest.
      if (text.includes('is ready')) return
      text += chunk.toString()
      const found = /Server listening at https?:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]
      if (found !== undefined && text.includes('is ready')) resolve(Number(found))
    })
    server.once('exit', () => reject(new Error(`the server ended: ${text}`)))
    setTimeout(() => reject(new Error(`the server did not say where it listens: ${text}`)), 30_000).unref()
  })
  return { process: server, port, stop: () => stopProcess(server) }
}

/** Ends a process that was started here and waits for it. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  const ended = exitOf(child)
  child.kill('SIGTERM')
  await ended
}
