import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'electron-builder'
import { ensureNode } from './bootstrap/node-runtime.mjs'
import { buildClient } from './build/build.ts'
import { electronRuntime } from './runtime.mjs'

// `npm run package [-- --win nsis]`: see electron-builder.yml. Without arguments: an unpacked build for this system,
// made from the Electron that `npm start` uses, so that nothing more is downloaded.

const root = join(import.meta.dirname, '..')

async function makePackage(wanted: readonly string[]): Promise<void> {
  await buildClient(root)
  if (wanted.includes('--win') && process.platform !== 'win32') {
    await build({ projectDir: root, win: ['nsis'], x64: true, publish: 'never' })
    return
  }
  const runtime = await electronRuntime()
  const electronFolder = copyElectron(dirname(runtime.electronPath))
  await build({
    projectDir: root,
    dir: !wanted.includes('nsis'),
    publish: 'never',
    config: {
      extends: 'electron-builder.yml',
      electronDist: electronFolder,
      // Inside the older Electron the database cannot be opened: that build brings a Node for its backend.
      ...(runtime.isStock
        ? {}
        : {
            extraFiles: [{ from: await ensureNode(), to: 'resources/backend-node/node' }],
            electronVersion: '33.2.1',
          }),
    },
  })
}

/** electron-builder changes the folder it is given, and our runtime is shared by every checkout. */
function copyElectron(folder: string): string {
  const copy = join(root, 'build', 'electron')
  rmSync(copy, { recursive: true, force: true })
  mkdirSync(dirname(copy), { recursive: true })
  cpSync(folder, copy, { recursive: true })
  rmSync(join(copy, 'resources', 'app'), { recursive: true, force: true })
  return copy
}

await makePackage(process.argv.slice(2))
if (existsSync(join(root, 'dist'))) console.log(`Packaged below ${join(root, 'dist')}`)
