import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { electronRuntime } from '../../tools/runtime.mjs'

/** Screenshots of every page go here; git ignores it. */
export const screenshotFolder = new URL('../../test-results/screenshots/', import.meta.url).pathname

/** A real client window over a data folder of its own. */
export type ClientWindow = {
  readonly app: ElectronApplication
  readonly page: Page
  readonly dataFolder: string
  /** Quits as a clerk would: drafts are flushed, the store is closed. */
  readonly close: () => Promise<void>
  /** What a power cut does to the processes: SIGKILL to Electron and its backend at once. */
  readonly kill: () => Promise<void>
  /** Writes `<name>.png` into {@link screenshotFolder}. */
  readonly screenshot: (name: string) => Promise<void>
}

/** A new empty data folder. */
export function makeDataFolder(): string {
  return mkdtempSync(join(tmpdir(), 'jufutong-e2e-'))
}

/**
 * Opens the built client at 1366×768 and waits until the frame is usable.
 * @param dataFolder the client's data; a new empty folder when absent
 */
export async function openClient(
  options: { dataFolder?: string; width?: number; height?: number; env?: Record<string, string> } = {},
): Promise<ClientWindow> {
  const dataFolder = options.dataFolder ?? makeDataFolder()
  const runtime = await electronRuntime()
  const launch = () =>
    _electron.launch({
      executablePath: runtime.electronPath,
      args: runtime.args,
      env: { ...definedEnvironment(), ...runtime.env, JUFUTONG_DATA_DIR: dataFolder, ...options.env },
    })
  // The spare Electron now and then dies of SIGSEGV before its window is there. Once is its fault, twice would be ours.
  const app = await launch().catch((error: unknown) => {
    if (runtime.isStock || !String(error).includes('SIGSEGV')) throw error
    return launch()
  })
  const page = await app.firstWindow()
  await app.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width: options.width ?? 1366, height: options.height ?? 768 },
  )
  await page.getByRole('menubar').waitFor()
  return {
    app,
    page,
    dataFolder,
    async close() {
      await app.close()
    },
    async kill() {
      const closed = new Promise<void>((resolve) => app.once('close', () => resolve()))
      const children = await app.evaluate(({ app: electron }) =>
        electron.getAppMetrics().map((each) => each.pid),
      )
      const main = app.process().pid
      for (const pid of [main, ...children]) {
        if (pid !== undefined) killNow(pid)
      }
      await closed
    },
    async screenshot(name) {
      mkdirSync(screenshotFolder, { recursive: true })
      await page.screenshot({ path: join(screenshotFolder, `${name}.png`) })
    },
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was gone already, which is what was wanted.
  }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
