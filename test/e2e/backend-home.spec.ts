import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, expect, test } from '@playwright/test'
import type { ElectronApplication, Page } from '@playwright/test'
import type { PageDoor } from '../../src-shared/contract/page-door.ts'
import { electronRuntime } from '../../tools/runtime.mjs'

/**
 * The other home of the backend: inside Electron (`utilityProcess`), which is how clerks run it. The database module cannot
 * be loaded in every Electron that tests have, so a backend of a few lines stands in; the shell around it is the real one.
 */
const standIn = `
const port = process.parentPort
const answer = (id, output) => port.postMessage({ type: 'response', id, result: { ok: true, output } })
port.on('message', ({ data }) => {
  if (data.type === 'start') port.postMessage({ type: 'askKeyStore', id: 1, act: 'wrap', bytes: 'QUJD' })
  if (data.type === 'keyStoreAnswer') port.postMessage({ type: 'ready' })
  if (data.type === 'request' && data.name === 'sync.run') process.exit(3)
  if (data.type === 'request') answer(data.id, { name: data.name, input: data.input, hasPort: true })
  if (data.type === 'stop') process.exit(0)
})
`

let app: ElectronApplication
let page: Page
let dataFolder: string

test.beforeEach(async () => {
  const root = join(import.meta.dirname, '..', '..')
  const program = mkdtempSync(join(tmpdir(), 'jufutong-home-'))
  for (const part of ['main', 'preload', 'renderer']) {
    cpSync(join(root, 'build', part), join(program, 'build', part), { recursive: true })
  }
  cpSync(join(root, 'package.json'), join(program, 'package.json'))
  mkdirSync(join(program, 'build', 'backend'))
  writeFileSync(join(program, 'build', 'backend', 'backend.js'), standIn)

  dataFolder = mkdtempSync(join(tmpdir(), 'jufutong-home-data-'))
  const runtime = await electronRuntime()
  app = await _electron.launch({
    executablePath: runtime.electronPath,
    args: runtime.args.map((each) => (each === root ? program : each)),
    env: {
      ...(process.env as Record<string, string>),
      ...runtime.env,
      JUFUTONG_APP_DIR: program,
      JUFUTONG_BACKEND_NODE: '',
      JUFUTONG_DATA_DIR: dataFolder,
    },
  })
  page = await app.firstWindow()
})

test.afterEach(async () => {
  await app.close()
})

function call(name: string, input: unknown) {
  return page.evaluate(
    ([name, input]) =>
      (globalThis as unknown as { readonly jufutong: PageDoor }).jufutong.call(name as string, input),
    [name, input],
  )
}

function readLog(): string {
  return readFileSync(join(dataFolder, 'logs', 'main.log'), 'utf8')
}

test('requests and answers pass, and the backend is stopped in order', async () => {
  expect(await call('sync.status', {})).toEqual({
    ok: true,
    output: { name: 'sync.status', input: {}, hasPort: true },
  })
  expect(readLog()).toContain('"kind":"utilityProcess"')
})

test('the third death within a minute ends with a box that says where the log is', async () => {
  await app.evaluate(({ dialog }) => {
    const shown: string[] = []
    Object.assign(globalThis, { shown })
    dialog.showErrorBox = (title, text) => shown.push(title, text)
  })
  for (let death = 0; death < 3; death += 1) {
    expect(await call('sync.run', {})).toMatchObject({ ok: false, error: { code: 'backendUnavailable' } })
  }
  const shown = await app.evaluate(() => (globalThis as unknown as { shown: readonly string[] }).shown)
  expect(shown[0]).toBe('居服通后台程序无法运行')
  expect(shown[1]).toContain(join(dataFolder, 'logs'))
  expect(await call('sync.status', {})).toMatchObject({ ok: false, error: { code: 'backendUnavailable' } })
  expect(readLog()).toContain('backend.givenUp')
})
