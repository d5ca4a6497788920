import { spawn } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { buildClient } from './build/build.ts'
import { electronRuntime } from './runtime.mjs'
import { rememberDisplay } from './system/remembered-display.ts'
import { checkSandbox } from './system/sandbox.ts'
import { ensureSystemPackages } from './system/system-packages.ts'
import { startVirtualDisplay } from './system/virtual-display.ts'

/** The client ends with this code when the clerk said 「是」 to 是否要重新启动应用程序. */
const restartCode = 75

const root = join(import.meta.dirname, '..')

async function start(): Promise<number> {
  const isHeadless =
    process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']
  ensureSystemPackages({ needsVirtualDisplay: isHeadless })
  await buildClient(root)
  if (isHeadless) process.env['JUFUTONG_VIRTUAL_DISPLAY'] = '1'
  const runtime = await electronRuntime()
  checkSandbox(runtime.electronPath)

  const display = isHeadless ? await startVirtualDisplay() : undefined
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    ...runtime.env,
    JUFUTONG_RESTART_CODE: String(restartCode),
  }
  if (display !== undefined) {
    environment['DISPLAY'] = display.name
    rememberDisplay(root, display)
    console.log(`No display here: the window is on a virtual one, ${display.name}.`)
    console.log('A screenshot of it: npm run screenshot -- screen.png')
  }
  console.log(`Log: ${join(dataFolder(), 'logs', 'main.log')}`)
  try {
    let code = restartCode
    while (code === restartCode)
      code = await run(runtime.electronPath, [...runtime.args, ...process.argv.slice(2)], environment)
    return code
  } finally {
    display?.stop()
  }
}

/** The same choice as src-main/places.ts makes with Electron's `appData`. */
function dataFolder(): string {
  const chosen = process.env['JUFUTONG_DATA_DIR']
  if (chosen) return chosen
  if (process.platform === 'win32') return join(process.env['APPDATA'] ?? homedir(), 'jufutong')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'jufutong')
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'jufutong')
}

/**
 * Runs the client until it ends. It has a process group of its own: Ctrl+C reaches this process only, which asks the
 * client once to quit, instead of every process of the tree at the same moment and some of them twice.
 */
function run(
  command: string,
  commandArguments: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const isWindows = process.platform === 'win32'
  const child = spawn(command, commandArguments, { env: environment, stdio: 'inherit', detached: !isWindows })
  let isAsked = false
  const quit = (): void => {
    if (!isAsked) child.kill('SIGTERM')
    isAsked = true
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, quit)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      for (const signal of signals) process.off(signal, quit)
      resolve(code ?? 0)
    })
  })
}

try {
  process.exitCode = await start()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
