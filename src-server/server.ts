import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { MAX_PULL_ROWS, MAX_PUSH_BYTES, MAX_PUSH_OPS } from '../src-shared/contract/server-messages.ts'
import { groupFingerprint } from '../src-shared/values/fingerprint.ts'
import { isLoopback } from '../src-shared/values/loopback.ts'
import { buildApp } from './app.ts'
import { USAGE } from './commands/options.ts'
import { LINE_COMMANDS, runLineCommand } from './commands/line-commands.ts'
import { runCommand } from './commands/run-command.ts'
import { runStorageCommand, STORAGE_COMMANDS, type ServerPlace } from './commands/storage-commands.ts'
import { initTls } from './commands/tls-commands.ts'
import { findTlsFiles, type TlsPlace } from './security/tls-files.ts'
import { beginNumbers } from './storage/check-database.ts'
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

function readTlsPlace(): TlsPlace {
  const folder = process.env['JUFUTONG_SERVER_TLS_FOLDER'] ?? join(dirname(readPlace().keyFile), 'tls')
  return {
    folder,
    authorityKeyFile:
      process.env['JUFUTONG_SERVER_AUTHORITY_KEY'] ??
      join(dirname(folder), 'tls-authority', 'authority-key.pem'),
  }
}

function readHost(): string {
  return process.env['JUFUTONG_SERVER_HOST'] ?? '127.0.0.1'
}

/** Whether only stores with a key may sync: everywhere but on a server that this machine alone can reach. */
function readEnrolment(host: string): boolean {
  const text = process.env['JUFUTONG_SERVER_ENROLMENT'] ?? (isLoopback(host) ? 'optional' : 'required')
  if (text === 'required' || text === 'optional') return text === 'required'
  throw new ServerSetupError(`JUFUTONG_SERVER_ENROLMENT「${text}」不对,应为 required 或 optional。`)
}

/** @throws ServerSetupError where the line would be plain beyond this machine, and nobody has allowed that */
function checkLine(host: string, hasTls: boolean): void {
  const isAllowed = process.env['JUFUTONG_SERVER_PLAIN'] === 'allowed'
  if (hasTls || isLoopback(host) || isAllowed) return
  throw new ServerSetupError(
    `没有启动:要在 ${host} 上监听,却没有证书,传送的内容和密码会不加密。请先运行 init-tls --ip 服务器地址;确实要不加密(例如在做 TLS 的反向代理后面的容器里),请设 JUFUTONG_SERVER_PLAIN=allowed。`,
  )
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
  const host = readHost()
  const port = readPort(process.env['JUFUTONG_SERVER_PORT'])
  const isEnrolmentRequired = readEnrolment(host)
  const tls = findTlsFiles(readTlsPlace(), Date.now())
  checkLine(host, tls !== undefined)
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
      isEnrolmentRequired,
      ...(tls ? { tls } : {}),
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
  if (tls) {
    app.log.info(
      {
        fingerprint: groupFingerprint(new X509Certificate(tls.authority).fingerprint256),
        validUntil: new X509Certificate(tls.certificate).validTo,
      },
      'the line is TLS: stations compare this fingerprint',
    )
  } else if (!isLoopback(host)) {
    app.log.warn({ host }, 'the line is NOT encrypted (JUFUTONG_SERVER_PLAIN=allowed)')
  }
  // An address holds a password.
  app.log.info(
    { database: isPostgresAddress(location) ? 'postgresql' : location, isEnrolmentRequired },
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
  if (command === 'init-tls') {
    for (const line of await initTls(readTlsPlace(), commandArguments, Date.now())) console.log(line)
    return
  }
  const storageCommand = STORAGE_COMMANDS.find((each) => each === command)
  if (storageCommand !== undefined) {
    for (const line of await runStorageCommand(place, storageCommand, commandArguments, Date.now()))
      console.log(line)
    return
  }
  const database = await openServerDatabase(place.location, place.migrationsFolder, place.keyFile)
  await beginNumbers(database, Date.now())
  if (command === undefined || command === 'serve') {
    await serve(database, place.location)
    return
  }
  try {
    const lineCommand = LINE_COMMANDS.find((each) => each === command)
    const port = readPort(process.env['JUFUTONG_SERVER_PORT'])
    const line = { tls: readTlsPlace(), host: readHost(), port }
    const lines =
      lineCommand === undefined
        ? await runCommand(database, command, commandArguments, readLine, Date.now())
        : await runLineCommand(database, line, lineCommand, commandArguments, readLine, Date.now())
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
