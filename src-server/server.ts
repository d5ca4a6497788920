import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { MAX_PULL_ROWS, MAX_PUSH_BYTES, MAX_PUSH_OPS } from '../src-shared/contract/server-messages.ts'
import { buildApp } from './app.ts'
import { USAGE } from './commands/options.ts'
import { runCommand } from './commands/run-command.ts'
import { runStorageCommand, STORAGE_COMMANDS, type ServerPlace } from './commands/storage-commands.ts'
import { isPostgresAddress, openServerDatabase, type ServerDatabase } from './storage/database.ts'
import { ServerSetupError } from './storage/setup-error.ts'
import { createCodeReader, readDictionaryFiles } from './sync/dictionaries.ts'

/** Sign-ins a minute from one address. */
const SIGN_INS_PER_MINUTE = 60

/** How long a stop waits for open requests (ms). */
const STOP_GRACE_MS = 20_000

const projectFolder = join(import.meta.dirname, '..')

function defaultDatabase(): string {
  const dataFolder =
    process.platform === 'win32'
      ? (process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'))
      : (process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'))
  return join(dataFolder, 'jufutong-server', 'server.db')
}

function readPlace(): ServerPlace {
  const location = process.env['JUFUTONG_SERVER_DATABASE'] ?? defaultDatabase()
  return {
    location,
    keyFile:
      process.env['JUFUTONG_SERVER_KEY_FILE'] ??
      `${isPostgresAddress(location) ? defaultDatabase() : location}.key`,
    migrationsFolder: join(projectFolder, 'migrations', 'server'),
  }
}

function readPort(text: string | undefined): number {
  const port = Number(text ?? '8080')
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new ServerSetupError(`JUFUTONG_SERVER_PORT「${text ?? ''}」不是端口号,应在0至65535之间。`)
}

async function readLine(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('密码:')
  const lines = createInterface({ input: process.stdin })
  for await (const line of lines) {
    lines.close()
    return line
  }
  throw new ServerSetupError('没有读到密码:请写 --password,或从标准输入给一行。')
}

async function serve(database: ServerDatabase, location: string): Promise<void> {
  const host = process.env['JUFUTONG_SERVER_HOST'] ?? '127.0.0.1'
  const port = readPort(process.env['JUFUTONG_SERVER_PORT'])
  const description = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    version: string
  }
  const app = await buildApp(
    {
      database,
      now: Date.now,
      knownCodes: createCodeReader(database, readDictionaryFiles(join(projectFolder, 'dictionaries'))),
      version: description.version,
      limits: { pushOps: MAX_PUSH_OPS, pushBytes: MAX_PUSH_BYTES, pullRows: MAX_PULL_ROWS },
      signInsPerMinute: SIGN_INS_PER_MINUTE,
      metricsToken: process.env['JUFUTONG_SERVER_METRICS_TOKEN'],
      proxies: (process.env['JUFUTONG_SERVER_PROXIES'] ?? '').split(',').filter((each) => each !== ''),
    },
    { level: process.env['JUFUTONG_SERVER_LOG'] ?? 'info' },
  )
  let isStopping = false
  const stop = (signal: string): void => {
    if (isStopping) return
    isStopping = true
    app.log.info({ signal }, 'stopping: open requests are answered first')
    // One that never ends must not keep the others from being served by the next process.
    setTimeout(() => app.server.closeAllConnections(), STOP_GRACE_MS).unref()
    app
      .close()
      .then(() => database.destroy())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          app.log.error({ error: String(error) }, 'stop failed')
          process.exit(1)
        },
      )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (code === 'EADDRINUSE') {
      throw new ServerSetupError(
        `${host}:${port} 已被占用:服务器可能已经在运行。要用别的端口请设 JUFUTONG_SERVER_PORT。`,
      )
    }
    throw new ServerSetupError(`不能在 ${host}:${port} 上监听(${code}),请检查 JUFUTONG_SERVER_HOST。`)
  }
  // An address holds a password.
  app.log.info(
    { database: isPostgresAddress(location) ? 'postgresql' : location },
    'jufutong server is ready',
  )
}

async function main(): Promise<void> {
  const [command, ...commandArguments] = process.argv.slice(2)
  if (command === '--help' || command === 'help') {
    console.log(USAGE)
    return
  }
  const place = readPlace()
  const storageCommand = STORAGE_COMMANDS.find((each) => each === command)
  if (storageCommand !== undefined) {
    for (const line of await runStorageCommand(place, storageCommand, commandArguments, Date.now()))
      console.log(line)
    return
  }
  const database = await openServerDatabase(place.location, place.migrationsFolder, place.keyFile)
  if (command === undefined || command === 'serve') {
    await serve(database, place.location)
    return
  }
  try {
    const lines = await runCommand(database, command, commandArguments, readLine, Date.now())
    for (const line of lines) console.log(line)
  } finally {
    await database.destroy()
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof ServerSetupError ? error.message : error)
  process.exit(1)
}
