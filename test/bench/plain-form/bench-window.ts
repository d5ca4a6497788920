import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { electronRuntime } from '../../../tools/runtime.mjs'

export type BenchWindow = {
  readonly app: ElectronApplication
  readonly page: Page
  readonly close: () => Promise<void>
}

const shell = join(import.meta.dirname, 'shell')

/**
 * A window of the same Electron that the client runs in, 1366×768, with nothing of the client in it.
 *
 * @param url the page to show; an empty page when absent
 */
export async function openBenchWindow(url?: string): Promise<BenchWindow> {
  const runtime = await electronRuntime()
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-bench-window-'))
  const app = await _electron.launch({
    executablePath: runtime.electronPath,
    // The stock Electron is told on its command line what to run, the one of the npm registry by JUFUTONG_APP_DIR.
    args: runtime.isStock ? [...runtime.args.slice(0, -1), shell] : runtime.args,
    env: {
      ...definedEnvironment(),
      ...runtime.env,
      JUFUTONG_APP_DIR: shell,
      JUFUTONG_BENCH_DATA: folder,
      ...(url === undefined ? {} : { JUFUTONG_BENCH_URL: url }),
    },
  })
  const page = await app.firstWindow()
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.setContentSize(1366, 768)
  })
  return {
    app,
    page,
    async close() {
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
