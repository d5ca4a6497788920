import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { withLock } from './lock.mjs'
import { runNpm } from './registry.mjs'

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockEntry */

/**
 * Installs the npm packages of package-lock.json when they are missing or not the locked ones.
 *
 * Install scripts are never run: no package here needs one (natives come prebuilt inside their packages), older npm
 * would otherwise try to compile them, and the `node` package's script would only fetch the executable we hold already.
 * @param {string} root folder with package-lock.json
 * @param {string} node Node 24 executable
 * @returns {Promise<void>}
 */
export async function ensurePackages(root, node) {
  if (areDependenciesInstalled(root)) return
  // The lock cannot stand in node_modules: npm ci deletes that.
  const lockName = root.replaceAll(/[^A-Za-z0-9]+/g, '_')
  await withLock(join(cacheFolder(), 'locks', `install${lockName}`), async () => {
    if (areDependenciesInstalled(root)) return
    console.log(`Installing npm packages in ${root} …`)
    await runNpm(node, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], root)
  })
}

/**
 * The program's own packages, and the Node executable that the `node` package would have fetched.
 * @param {string} root
 * @param {string} node Node 24 executable
 * @returns {Promise<void>}
 */
export async function ensureDependencies(root, node) {
  await ensurePackages(root, node)
  linkNode(root, node)
}

/**
 * Whether node_modules holds exactly the locked packages. npm keeps its own record of what it installed in
 * node_modules/.package-lock.json and writes it last, so an interrupted installation is noticed too.
 * Optional packages may be absent: they are for other platforms.
 * @param {string} root
 * @returns {boolean}
 */
export function areDependenciesInstalled(root) {
  const recordPath = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(recordPath)) return false
  const wanted = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(recordPath)
  for (const [path, entry] of wanted) {
    if (path === '' || entry.link) continue
    const found = installed.get(path)
    if (found === undefined) {
      if (entry.optional) continue
      return false
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity) return false
  }
  return true
}

/**
 * @param {string} path
 * @returns {Map<string, LockEntry>}
 */
function readPackages(path) {
  /** @type {{ packages: Record<string, LockEntry> }} */
  const parsed = JSON.parse(readFileSync(path, 'utf8'))
  return new Map(Object.entries(parsed.packages))
}

/**
 * Gives the tree the executable that the `node` package's install script would have fetched, so that every later
 * `npm run` is on Node 24. Windows keeps the Node that npm was called with; our commands choose theirs anyway.
 * @param {string} root
 * @param {string} node
 */
function linkNode(root, node) {
  if (process.platform === 'win32') return
  const folder = join(root, 'node_modules', 'node', 'bin')
  const executable = join(folder, 'node')
  if (!existsSync(executable)) {
    mkdirSync(folder, { recursive: true })
    try {
      linkSync(node, executable)
    } catch {
      // Another file system: a copy does as well.
      copyFileSync(node, executable)
    }
  }
  const link = join(root, 'node_modules', '.bin', 'node')
  if (!existsSync(link)) {
    rmSync(link, { force: true })
    symlinkSync(join('..', 'node', 'bin', 'node'), link)
  }
}
