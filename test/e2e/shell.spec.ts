import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, expect, test } from '@playwright/test'
import type { ElectronApplication, Page } from '@playwright/test'
import type { EventMessage } from '../../src-shared/contract/events.ts'
import type { PageDoor } from '../../src-shared/contract/page-door.ts'
import { electronRuntime } from '../../tools/runtime.mjs'

/** The shell around the pages: what a page cannot do, and what happens when processes die. */

type PageWindow = { readonly jufutong: PageDoor; heard?: EventMessage[] }

let app: ElectronApplication
let page: Page
let dataFolder: string

test.beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'jufutong-shell-'))
  app = await launch()
  page = await app.firstWindow()
  expect(await call('app.state', {})).toMatchObject({ ok: true })
})

test.afterEach(async () => {
  await app.close()
})

async function launch(): Promise<ElectronApplication> {
  const runtime = await electronRuntime()
  return _electron.launch({
    executablePath: runtime.electronPath,
    args: runtime.args,
    env: { ...(process.env as Record<string, string>), ...runtime.env, JUFUTONG_DATA_DIR: dataFolder },
  })
}

function call(name: string, input: unknown) {
  return page.evaluate(
    ([name, input]) => (globalThis as unknown as PageWindow).jufutong.call(name as string, input),
    [name, input],
  )
}

function readLog(): readonly { readonly event: string; readonly name?: string }[] {
  const lines = readFileSync(join(dataFolder, 'logs', 'main.log'), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => JSON.parse(line) as { readonly event: string })
}

test('a page has the one door and nothing of Node or Electron', async () => {
  const found = await page.evaluate(() => ({
    door: Object.keys((globalThis as unknown as PageWindow).jufutong).toSorted(),
    node: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter(
      (name) => name in globalThis,
    ),
    origin: location.origin,
  }))
  expect(found).toEqual({ door: ['call', 'on'], node: [], origin: 'jufutong://app' })
})

test('an embedded frame has no door', async () => {
  const kind = await page.evaluate(() => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    return typeof (frame.contentWindow as unknown as Partial<PageWindow>).jufutong
  })
  expect(kind).toBe('undefined')
})

test('an unknown request and wrong input are refused at the door and noted without a value', async () => {
  expect(await call('resident.drop', {})).toMatchObject({ ok: false, error: { code: 'invalidInput' } })
  expect(await call('app.state', { name: '张三' })).toMatchObject({
    ok: false,
    error: { code: 'invalidInput' },
  })
  const refused = readLog().filter((line) => line.event === 'bridge.refusedCall')
  expect(refused.map((line) => line.name)).toEqual(['resident.drop', 'app.state'])
  expect(JSON.stringify(refused)).not.toContain('张三')
})

test('a page cannot go elsewhere, open a window, load from outside or run text as script', async () => {
  const found = await page.evaluate(async () => {
    location.href = 'https://example.com/'
    const blocked = new Set<string>()
    const allBlocked = new Promise<void>((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => {
        blocked.add(event.effectiveDirective)
        if (blocked.size === 3) resolve()
      })
    })
    const script = document.createElement('script')
    script.textContent = 'globalThis.isInjected = true'
    document.body.append(script)
    const picture = new Image()
    picture.src = 'https://example.com/a.png'
    const fetched = await fetch('https://example.com/').then(
      () => 'answered',
      () => 'refused',
    )
    await Promise.race([allBlocked, new Promise((resolve) => setTimeout(resolve, 5_000))])
    return {
      fetched,
      blocked: [...blocked],
      isInjected: 'isInjected' in globalThis,
      opened: window.open('https://example.com/'),
    }
  })
  expect(found).toMatchObject({ fetched: 'refused', isInjected: false, opened: null })
  expect(found.blocked.toSorted()).toEqual(['connect-src', 'img-src', 'script-src-elem'])
  expect(page.url()).toMatch(/^jufutong:\/\/app\//)
  expect(app.windows()).toHaveLength(1)
})

test('a page gets no file outside its folder', async () => {
  const statuses = await page.evaluate(async () => {
    const paths = ['/../main/main.cjs', '/%2e%2e/main/main.cjs', '/..%2fmain%2fmain.cjs', '/none.js']
    return Promise.all(paths.map(async (path) => (await fetch(`jufutong://app${path}`)).status))
  })
  expect(statuses).toEqual([404, 404, 404, 404])
})

test('the clipboard takes text with tabs and lines', async () => {
  expect(await call('clipboard.write', { text: '姓名\t房号\n张三\t301' })).toEqual({ ok: true, output: null })
  expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe('姓名\t房号\n张三\t301')
})

test('a backend that dies is started again and the page is told', async () => {
  await page.evaluate(() => {
    const target = globalThis as unknown as PageWindow
    target.heard = []
    target.jufutong.on((message) => target.heard?.push(message))
  })
  const backend = await findBackend()
  process.kill(backend, 'SIGKILL')
  await expect
    .poll(() =>
      page.evaluate(() => (globalThis as unknown as PageWindow).heard?.map((message) => message.event)),
    )
    .toEqual(expect.arrayContaining(['backend.stopped', 'backend.started']))
  expect(await call('app.state', {})).toMatchObject({ ok: true })
  expect(await findBackend()).not.toBe(backend)
})

test('a second start on the same data ends at once and shows the first window', async () => {
  const second = await launch().catch(() => undefined)
  await second?.waitForEvent('close').catch(() => undefined)
  await expect.poll(() => readLog().map((line) => line.event)).toContain('main.secondInstance')
  expect(await call('app.state', {})).toMatchObject({ ok: true })
})

/** The backend is the one child of Electron's main process whose command line names its script. */
async function findBackend(): Promise<number> {
  const main = app.process().pid ?? 0
  const utility = await app.evaluate(
    ({ app: electron }) => electron.getAppMetrics().find((each) => each.name === 'jufutong backend')?.pid,
  )
  if (utility !== undefined) return utility
  const children = readFileSync(`/proc/${String(main)}/task/${String(main)}/children`, 'utf8')
    .trim()
    .split(' ')
  const found = children.find((id) => readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('backend.js'))
  if (found === undefined) throw new Error('no backend process')
  return Number(found)
}
