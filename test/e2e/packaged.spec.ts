import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'

/** The program as it is installed: made by `npm run package`, started from its own folder, told by its own log. */

// A signal does not let a program end in order elsewhere.
test.skip(process.platform !== 'linux', 'started and stopped as on Linux')

const root = join(import.meta.dirname, '..', '..')

test('an unpacked build starts with nothing of the tree, shows its window and quits in order', async () => {
  const made = spawnSync(process.execPath, [join(root, 'tools', 'make-package.ts')], { encoding: 'utf8' })
  expect(made.status, made.stdout + made.stderr).toBe(0)

  // Readers' native packages stand outside the archive, whole: each is loaded from there.
  const unpacked = join(root, 'dist', 'linux-unpacked', 'resources', 'app.asar.unpacked')
  const load = `const load = require('node:module').createRequire(${JSON.stringify(join(unpacked, 'build', 'backend', 'backend.js'))})
    load('serialport').SerialPort.list; load('usb').usb.getDevices; console.log(load('node-hid').getHidapiVersion())`
  const loaded = spawnSync(process.execPath, ['-e', load], { encoding: 'utf8', cwd: unpacked })
  // A machine without libusb cannot load node-hid: its binary was found all the same.
  expect(loaded.stdout + loaded.stderr).toMatch(/^\d+\.\d+\.\d+|libusb-1\.0\.so\.0/)

  const dataFolder = mkdtempSync(join(tmpdir(), 'jufutong-packaged-'))
  const flags = process.getuid?.() === 0 ? ['--no-sandbox', '--disable-gpu'] : ['--disable-gpu']
  const program = spawn(join(root, 'dist', 'linux-unpacked', 'jufutong'), flags, {
    cwd: dataFolder,
    env: {
      HOME: dataFolder,
      DISPLAY: process.env['DISPLAY'] ?? '',
      JUFUTONG_DATA_DIR: dataFolder,
    },
    stdio: 'ignore',
  })
  const ended = new Promise<number | null>((resolve) => program.once('exit', resolve))
  const events = (): readonly string[] => {
    const path = join(dataFolder, 'logs', 'main.log')
    if (!existsSync(path)) return []
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    return lines.map((line) => (JSON.parse(line) as { readonly event: string }).event)
  }
  try {
    await expect
      .poll(events, { timeout: 30_000 })
      .toEqual(expect.arrayContaining(['backend.ready', 'window.shown']))
  } finally {
    program.kill('SIGTERM')
  }
  expect(await ended).toBe(0)
  expect(events()).not.toContain('page.error')
  expect(events().slice(-2)).toEqual(['backend.exit', 'main.quit'])
})
