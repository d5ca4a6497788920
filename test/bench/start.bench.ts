import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { electronRuntime } from '../../tools/runtime.mjs'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'
import { copyOfBenchStore, percentile } from './bench-store.ts'
import { addBigDictionary } from './big-dictionary.ts'
import { probeFirstPage, type PageProbe } from './page-probe.ts'
import { printTable } from './print-table.ts'

/** Start of the client beside an empty Electron window, and memory. See docs/benchmarks/start.md. */

const runs = 7
const startLimitMs = 60_000
const shell = join(import.meta.dirname, 'plain-form', 'shell')

type Started = {
  readonly child: ChildProcess
  readonly probe: PageProbe
  /** Wall clock when the process was started, UTC milliseconds. */
  readonly startedAt: number
}

/**
 * Starts an Electron program as a shell would and looks at its window from outside: nothing of the measuring stands in the
 * program's own way, unlike a test driver that starts it.
 */
async function startProgram(environment: Readonly<Record<string, string>>): Promise<Started> {
  const runtime = await electronRuntime()
  const isShell = environment['JUFUTONG_APP_DIR'] === shell
  const args = isShell && runtime.isStock ? [...runtime.args.slice(0, -1), shell] : runtime.args
  const startedAt = Date.now()
  const child = spawn(runtime.electronPath, ['--remote-debugging-port=0', ...args], {
    env: { ...process.env, ...runtime.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    let errors = ''
    const timer = setTimeout(() => reject(new Error(`Electron did not start: ${errors}`)), startLimitMs)
    child.stderr?.on('data', (chunk) => {
      errors += String(chunk)
      const found = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(errors)?.[1]
      if (found === undefined) return
      clearTimeout(timer)
      resolve(Number(found))
    })
    child.once('error', reject)
  })
  return { child, startedAt, probe: await probeFirstPage(port, startLimitMs) }
}

async function endProgram({ child, probe }: Started): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  child.kill('SIGTERM')
  await ended
  clearTimeout(timer)
  probe.close()
}

/** The moment at which an expression became true in the page, looked at once a frame: UTC milliseconds. */
async function momentOf(probe: PageProbe, expression: string): Promise<number> {
  const wait = `new Promise((resolve) => {
    const look = () => {
      if (${expression}) resolve(performance.timeOrigin + performance.now())
      else requestAnimationFrame(look)
    }
    look()
  })`
  // A page that is just being loaded takes its promises along.
  for (let attempt = 0; ; attempt += 1) {
    try {
      return Number(await probe.evaluate(wait))
    } catch (error) {
      if (attempt === 20) throw error
    }
  }
}

async function readFirstPaint(probe: PageProbe): Promise<number> {
  const paint = "performance.getEntriesByName('first-contentful-paint')[0]"
  await momentOf(probe, paint)
  return Number(await probe.evaluate(`performance.timeOrigin + ${paint}.startTime`))
}

async function pressAlt1(probe: PageProbe): Promise<void> {
  // Under a virtual display nothing gives the window the focus that keys go to.
  await probe.send('Emulation.setFocusEmulationEnabled', { enabled: true })
  const key = { modifiers: 1, key: '1', code: 'Digit1', windowsVirtualKeyCode: 49 }
  await probe.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key })
  await probe.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
}

/** From the start of the process to the first paint of an empty page, ms. */
async function timeEmptyWindow(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-empty-'))
  const started = await startProgram({ JUFUTONG_APP_DIR: shell, JUFUTONG_BENCH_DATA: folder })
  try {
    return (await readFirstPaint(started.probe)) - started.startedAt
  } finally {
    await endProgram(started)
    rmSync(folder, { recursive: true, force: true })
  }
}

type ClientStart = { readonly painted: number; readonly frame: number; readonly form: number }

/** From the start of the process to the first paint, to the frame that takes keys, and to 新增流动人员 with the focus in its first field, ms. */
async function timeClient(dataFolder: string): Promise<ClientStart> {
  const started = await startProgram({ JUFUTONG_DATA_DIR: dataFolder })
  const { probe, startedAt } = started
  try {
    const frameAt = await momentOf(probe, "document.querySelector('[role=menubar]')")
    await pressAlt1(probe)
    const formAt = await momentOf(probe, "document.activeElement?.id.endsWith('-documentTypeCode')")
    const paintedAt = await readFirstPaint(probe)
    return { painted: paintedAt - startedAt, frame: frameAt - startedAt, form: formAt - startedAt }
  } finally {
    await endProgram(started)
  }
}

function spread(figures: readonly number[]): string {
  return `${percentile(figures, 0.5).toFixed(0)} (${Math.min(...figures).toFixed(0)}–${Math.max(...figures).toFixed(0)})`
}

async function benchStart(): Promise<void> {
  const dataFolder = await copyOfBenchStore(100_000, 'start')
  try {
    await prepare(dataFolder)
    const empty: number[] = []
    const client: ClientStart[] = []
    // The first of each fills the disk's caches and does not count.
    for (let run = 0; run <= runs; run += 1) {
      const emptyMs = await timeEmptyWindow()
      const clientMs = await timeClient(dataFolder)
      if (run === 0) continue
      empty.push(emptyMs)
      client.push(clientMs)
    }
    // Each run beside the empty window started just before it: what else the machine does then weighs on both.
    const row = (what: string, figures: readonly number[], goal: string): readonly string[] => [
      what,
      spread(figures),
      `${percentile(
        figures.map((each, run) => each / (empty[run] ?? Number.NaN)),
        0.5,
      ).toFixed(2)}×`,
      goal,
    ]
    printTable(`Start with 100,000 residents, ms, median (least–most) of ${String(runs)}, alternating`, [
      ['from the start of the process to', 'ms', 'of empty', 'goal'],
      row('empty window painted', empty, ''),
      row(
        'client: first paint',
        client.map((each) => each.painted),
        '',
      ),
      row(
        'client: frame takes keys',
        client.map((each) => each.frame),
        '',
      ),
      row(
        'client: 新增流动人员 open, focus in its first field',
        client.map((each) => each.form),
        '≤ 2.50×',
      ),
    ])
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

/** A first start, unmeasured: settings, and whatever a client makes once for its data folder. */
async function prepare(dataFolder: string): Promise<void> {
  const client = await openClient({ dataFolder })
  const { settings } = await ask(client.page, 'app.state', {})
  await ask(client.page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
  await client.page.waitForTimeout(3_000)
  await client.close()
}

type ProcessMemory = {
  readonly what: string
  readonly residentMb: number
  readonly highestMb: number
  readonly ownMb: number
}

/** Resident memory of a process and what it alone holds, from /proc (Linux). */
function readMemory(what: string, pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  const rollup = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8')
  const megabytes = (text: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) / 1024
  return {
    what,
    residentMb: megabytes(status, 'VmRSS'),
    highestMb: megabytes(status, 'VmHWM'),
    ownMb: megabytes(rollup, 'Private_Clean') + megabytes(rollup, 'Private_Dirty'),
  }
}

/** All processes below one, with what each is. */
function listProcesses(root: number): readonly { readonly pid: number; readonly what: string }[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      // pid (name with anything in it) state parent …
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // It ended between the two reads.
    }
  }
  const below = [root]
  for (const pid of below) for (const [child, parent] of parents) if (parent === pid) below.push(child)
  return below.map((pid) => ({ pid, what: pid === root ? 'main' : nameProcess(pid) }))
}

function nameProcess(pid: number): string {
  const command = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ')
  if (command.includes('backend.js') || command.includes('node.mojom.NodeService')) return 'backend'
  return /--type=([a-z-]+)/.exec(command)?.[1] ?? 'other'
}

async function benchMemory(): Promise<void> {
  if (!existsSync('/proc/self/smaps_rollup')) {
    console.log('Memory is read from /proc, which this system does not have.')
    return
  }
  const dataFolder = await copyOfBenchStore(100_000, 'memory')
  try {
    const { count } = await addBigDictionary(dataFolder)
    // The first start builds the look-up of the new dictionary; the second is every later morning.
    for (const start of ['first start, look-up built', 'later start']) {
      const client = await openClient({ dataFolder })
      const { page, app } = client
      try {
        const startedAt = performance.now()
        await ask(page, 'lookup.search', {
          source: { kind: 'dictionary', name: 'division' },
          query: 'hps',
          offset: 0,
          limit: 12,
        })
        const answeredMs = performance.now() - startedAt
        await page.keyboard.press('Alt+1')
        await page.waitForTimeout(15_000)
        const pid = app.process().pid
        if (pid === undefined) throw new Error('Electron has no process')
        const rows = listProcesses(pid)
          .map(({ pid: each, what }) => readMemory(what, each))
          .toSorted((a, b) => Number(b.what === 'backend') - Number(a.what === 'backend'))
        printTable(
          `Memory with ${count.toLocaleString('en')} rows in 户籍地区划 and 100,000 residents, MB: ${start} ` +
            `(first look-up answered after ${answeredMs.toFixed(0)} ms)`,
          [
            ['process', 'resident', 'highest', 'its own', 'goal'],
            ...rows.map((row) => [
              row.what,
              row.residentMb.toFixed(0),
              row.highestMb.toFixed(0),
              row.ownMb.toFixed(0),
              row.what === 'backend' ? 'resident ≤ 250' : '',
            ]),
          ],
        )
      } finally {
        await client.close()
      }
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

const parts: Readonly<Record<string, () => Promise<void>>> = { start: benchStart, memory: benchMemory }
const wanted = process.argv.slice(2)
for (const [name, bench] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench()
}
