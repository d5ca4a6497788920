import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { makeDataFolder } from '../support/client-window.ts'

/** `npm start` on a machine without a display. */

test.skip(process.platform !== 'linux', 'other systems always have a display')

const tool = (name: string): string => join(import.meta.dirname, '..', '..', 'tools', name)

test('without a display the client opens on a virtual one; the log and the screenshot are named, and both are there', async () => {
  const dataFolder = makeDataFolder()
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...environment } = process.env
  const client = spawn(process.execPath, [tool('start-client.ts')], {
    env: { ...environment, JUFUTONG_DATA_DIR: dataFolder },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<number | null>((resolve) => client.once('exit', resolve))
  let said = ''
  client.stdout.on('data', (chunk) => (said += String(chunk)))
  const log = join(dataFolder, 'logs', 'main.log')
  const readLog = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '')
  try {
    await expect.poll(readLog, { timeout: 90_000 }).toContain('"backend.ready"')
    expect(said).toContain(`Log: ${log}`)
    expect(said).toMatch(/No display here: the window is on a virtual one, :\d+\./)
    expect(said).toContain('npm run screenshot -- screen.png')

    const picture = join(dataFolder, 'screen.png')
    const taken = spawnSync(process.execPath, [tool('screenshot.ts'), picture], { encoding: 'utf8' })
    expect(taken.status, taken.stderr).toBe(0)
    expect(readFileSync(picture).subarray(1, 4).toString()).toBe('PNG')
  } finally {
    client.kill('SIGTERM')
  }
  expect(await ended).toBe(0)
  expect(readLog()).toContain('"main.quit"')
})
