import { rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import type { Page } from '@playwright/test'
import type { PlainOptions } from './plain-form/plain-form.tsx'
import { computeCitizenIdCheckCharacter } from '../../src-shared/values/citizen-id-number.ts'
import { initialsOf } from '../../src-shared/pinyin/initials.ts'
import { ask } from '../support/clerks-morning.ts'
import { openClient } from '../support/client-window.ts'
import { copyOfBenchStore, MILLION, MILLION_MORE, percentile, randomFrom } from './bench-store.ts'
import { addBigDictionary, bigDictionarySize, readBigDictionary } from './big-dictionary.ts'
import { openBenchWindow } from './plain-form/bench-window.ts'
import { servePlainForm } from './plain-form/plain-form-server.ts'
import { printTable } from './print-table.ts'
import { atPace, installScrollProbe, watchScrolling, type ScrollFigures } from './scroll-probe.ts'
import { installStopwatch, timeKey, type KeyTiming, type Watched } from './window-stopwatch.ts'

/** What a clerk waits for, measured in real windows. See docs/benchmarks/window.md. */

const random = randomFrom(7)
const pause = (): number => 90 + random() * 60

type Timed = { readonly timings: readonly KeyTiming[]; readonly unchanged: number }

function line(what: string, { timings, unchanged }: Timed, goal: string): readonly string[] {
  const quiet = timings.filter((each) => each.isQuiet)
  // A machine that is never quiet still gets its figures.
  const counted = quiet.length >= 20 ? quiet : timings
  const part = (figures: readonly number[]): string =>
    figures.length === 0
      ? '–'
      : `${percentile(figures, 0.5).toFixed(1)} / ${percentile(figures, 0.95).toFixed(1)}`
  // Event Timing tells nothing of events that took less than 16 ms.
  const quick = counted.filter(({ eventMs }) => eventMs === undefined || eventMs <= 16).length
  return [
    what,
    `${String(counted.length)} of ${String(timings.length + unchanged)}`,
    part(counted.map((each) => each.changedMs)),
    part(counted.map((each) => each.paintedMs)),
    `${((quick / Math.max(counted.length, 1)) * 100).toFixed(0)} %`,
    goal,
  ]
}

const head = ['what', 'times', 'key → changed', 'key → painted', 'Event Timing ≤ 16', 'goal']

async function timeAll(
  page: Page,
  keys: Iterable<string>,
  watched: Watched,
  settleMs?: number,
): Promise<Timed> {
  const timings: KeyTiming[] = []
  let unchanged = 0
  for (const key of keys) {
    const timing = await timeKey(page, key, watched, settleMs ?? pause())
    if (timing) timings.push(timing)
    else unchanged += 1
  }
  return { timings, unchanged }
}

function join(...parts: readonly Timed[]): Timed {
  return {
    timings: parts.flatMap((part) => part.timings),
    unchanged: parts.reduce((sum, part) => sum + part.unchanged, 0),
  }
}

/** After a start the client builds its look-ups, for seconds where there are hundreds of thousands of dwellings: start.bench.ts looks at that. */
async function waitForLookups(page: Page): Promise<void> {
  const sources = [
    { kind: 'register', name: 'dwelling' },
    { kind: 'register', name: 'employer' },
    { kind: 'register', name: 'coordinator' },
    { kind: 'dictionary', name: 'division' },
  ] as const
  for (const source of sources) {
    await ask(page, 'lookup.search', { source, query: '', offset: 0, limit: 12 })
  }
  await page.waitForTimeout(6_000)
}

async function focusField(page: Page, field: string): Promise<void> {
  await page.evaluate((name) => document.querySelector<HTMLElement>(`[id$="-${name}"]`)?.focus(), field)
  await page.waitForFunction((name) => document.activeElement?.id.endsWith(`-${name}`), field)
}

async function readRenders(page: Page): Promise<Readonly<Record<string, number>>> {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>('[data-renders]')].map((element) => [
        element.id.slice(element.id.lastIndexOf('-') + 1),
        Number(element.dataset['renders']),
      ]),
    ),
  )
}

/** Initials of names of the big dictionary, as a clerk types them: two to four letters. */
function chooseQueries(count: number): readonly string[] {
  const { rows } = readBigDictionary()
  return Array.from({ length: count }, () => {
    const row = rows[Math.floor(random() * rows.length)]
    const letters = (row ? initialsOf(row.name)[0] : undefined) ?? 'hp'
    return letters.replaceAll(/[^a-z]/g, '').slice(0, 2 + Math.floor(random() * 3)) || 'hp'
  })
}

/** The list of one field: the first key opens it, further ones narrow it, Escape gives the field back. */
async function timeList(
  page: Page,
  watched: Watched,
  queries: readonly string[],
  settleMs?: number,
): Promise<{ readonly first: Timed; readonly further: Timed }> {
  let first: Timed = { timings: [], unchanged: 0 }
  let further: Timed = { timings: [], unchanged: 0 }
  for (const query of queries) {
    first = join(first, await timeAll(page, query.slice(0, 1), watched, settleMs))
    further = join(further, await timeAll(page, query.slice(1), watched, settleMs))
    await page.keyboard.press('Escape')
    await page.waitForTimeout(pause())
  }
  return { first, further }
}

const isOpenedForm = (): boolean => document.activeElement?.id.endsWith('-documentTypeCode') ?? false

/** Typing and looking up in the entry form, then saving, over 500,000 residents and the big dictionary. */
async function benchForm(): Promise<void> {
  const dataFolder = await copyOfBenchStore(500_000, 'window-form')
  const { origin, count } = await addBigDictionary(dataFolder)
  const queries = chooseQueries(45)
  const client = await openClient({ dataFolder })
  const { page } = client
  const rows: (readonly string[])[] = []
  try {
    const { settings } = await ask(page, 'app.state', {})
    await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
    await page.keyboard.press('Alt+1')
    await page.waitForFunction(isOpenedForm, undefined, { timeout: 60_000 })
    await installStopwatch(page)
    await waitForLookups(page)

    await focusField(page, 'householdDivisionCode')
    const panel: Watched = { kind: 'part', selector: '.lookup-panel' }
    const list = await timeList(page, panel, queries)
    const size = count.toLocaleString('en')
    rows.push(line(`list of ${size} rows: first key (opens it)`, list.first, ''))
    rows.push(line(`list of ${size} rows: further keys`, list.further, ''))
    rows.push(line(`list of ${size} rows: all keys`, join(list.first, list.further), 'p95 ≤ 16 ms'))

    await focusField(page, 'householdAddress')
    const before = await readRenders(page)
    const letters = await timeAll(page, 'shifanshengshifanshishuangheyishequsanzu'.repeat(2), { kind: 'box' })
    const after = await readRenders(page)
    rows.push(line('letter in an ordinary field', letters, 'p95 ≤ 16 ms'))
    const others = Object.keys(after).filter(
      (field) => field !== 'householdAddress' && after[field] !== before[field],
    )
    const own = (after['householdAddress'] ?? 0) - (before['householdAddress'] ?? 0)

    rows.push(line('保存并新增 → 已保存 shown, 500,000 residents', await timeSaves(page), 'p95 ≤ 50 ms'))
    printTable(`The client's window, ms p50 / p95 (dictionary: ${origin})`, [head, ...rows])
    console.log(
      `Fields rendered again while ${String(letters.timings.length)} letters were typed into 户籍地详址: itself ${String(own)} times, ` +
        `others ${String(others.length)}${others.length > 0 ? ` (${others.join(', ')})` : ''} of ${String(Object.keys(after).length - 1)}; goal 0`,
    )
  } finally {
    await client.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

/** Saves new residents: the first typed out, the others with Ctrl+D and a number, a name and a telephone of their own. */
async function timeSaves(page: Page): Promise<Timed> {
  const numbers = Array.from({ length: 61 }, (_, index) => inventNumber(index))
  await fillFirst(page, numbers[0] ?? '')
  await saveTimed(page, '测试一号')
  const timings: KeyTiming[] = []
  let unchanged = 0
  for (const [index, number] of numbers.slice(1).entries()) {
    const name = `测试${[...String(index + 1_000)].map((digit) => '零一二三四五六七八九'[Number(digit)]).join('')}`
    await page.keyboard.press('Control+d')
    await type(page, 'documentNumber', number)
    await type(page, 'name', name)
    await type(page, 'telephone', `139${String(10_000_000 + index)}`)
    const timing = await saveTimed(page, name)
    if (timing) timings.push(timing)
    else unchanged += 1
    if (unchanged > 3) throw new Error(`not saved: ${await readFoot(page)}`)
  }
  return { timings, unchanged }
}

async function saveTimed(page: Page, name: string): Promise<KeyTiming | undefined> {
  const watched: Watched = { kind: 'part', selector: '[data-save-bar]', until: `上一份 ${name} 已保存` }
  const timing = await timeKey(page, 'Control+Enter', watched, 5_000)
  await page.waitForFunction(isOpenedForm, undefined, { timeout: 5_000 }).catch(async () => {
    throw new Error(`the form was not saved: ${await readFoot(page)}`)
  })
  return timing
}

async function readFoot(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector('[data-save-bar]')?.textContent ?? '')
}

async function type(page: Page, field: string, text: string): Promise<void> {
  await focusField(page, field)
  await page.keyboard.insertText(text)
  await page.waitForTimeout(30)
}

/** An invented man's number in a county of the big dictionary as in the small one. */
function inventNumber(index: number): string {
  const first = `42010619${String(60 + (index % 40))}0${String(1 + (index % 9))}1${String(index % 10)}${String(501 + 2 * index)}`
  return first + computeCitizenIdCheckCharacter(first)
}

async function fillFirst(page: Page, number: string): Promise<void> {
  await type(page, 'documentNumber', number)
  await type(page, 'name', '测试一号')
  for (const [field, text] of [
    ['ethnicGroupCode', '01'],
    ['householdAddress', '石桥镇上沟村6组'],
    ['maritalStatusCode', '10'],
    ['educationCode', '71'],
    ['telephone', '13900000000'],
    ['dwellingId', '1'],
    ['residenceTypeCode', '10'],
    ['residenceReasonCode', '10'],
    ['arrivalDate', '240101'],
    ['moveInDate', '240102'],
    ['intendedStayCode', '40'],
    ['landlordRelationCode', '10'],
    ['employmentStatusCode', '80'],
    ['occupationCode', '0'],
    ['collectorId', 'z'],
  ] as const) {
    await focusField(page, field)
    for (const key of text.length < 7 ? text : '') await page.keyboard.press(key)
    if (text.length >= 7) await page.keyboard.insertText(text)
    await page.waitForTimeout(150)
    await page.keyboard.press('Enter')
    await page.waitForTimeout(100)
  }
}

/** 流动人员查询 over 1,000,000 residents: Enter → rows of the first page painted. */
async function benchQuery(): Promise<void> {
  const dataFolder = await copyOfBenchStore(MILLION, 'window-query', MILLION_MORE)
  const client = await openClient({ dataFolder })
  const { page } = client
  try {
    const { settings } = await ask(page, 'app.state', {})
    await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
    await page.keyboard.press('Alt+5')
    await page.locator('.grid-body [role=row]').first().waitFor({ timeout: 60_000 })
    await installStopwatch(page)
    await waitForLookups(page)
    const sample = await ask(page, 'record.query', {
      query: {
        register: 'resident',
        conditions: [],
        statuses: ['active'],
        stationCode: null,
        sort: { field: 'updatedAt', direction: 'descending' },
      },
      offset: 0,
      limit: 400,
    })
    const rows: (readonly string[])[] = []
    const byInitials: KeyTiming[] = []
    const byNumber: KeyTiming[] = []
    let unchanged = 0
    for (let index = 0; index < 40; index += 1) {
      const id = sample.rows[index * 9]?.id ?? ''
      const { values } = await ask(page, 'record.get', { register: 'resident', id, purpose: 'show' })
      const initials = initialsOf(String(values['name']))[0] ?? 'zw'
      const one = await timeQuery(page, 'name', initials)
      const other = await timeQuery(page, 'documentNumber', String(values['documentNumber']))
      if (one) byInitials.push(one)
      if (other) byNumber.push(other)
      unchanged += (one ? 0 : 1) + (other ? 0 : 1)
    }
    const timed = (timings: readonly KeyTiming[]): Timed => ({ timings, unchanged: 0 })
    rows.push(line('姓名 by its initials → first page', timed(byInitials), 'p95 ≤ 50 ms'))
    rows.push(line('证件号码 → its record', timed(byNumber), 'p95 ≤ 50 ms'))
    printTable('流动人员查询 over 1,000,000 residents, ms p50 / p95', [head, ...rows])
    if (unchanged > 0)
      console.log(`${String(unchanged)} queries changed nothing on the screen and are left out.`)
  } finally {
    await client.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

/** Types one condition into an otherwise empty query and runs it with Enter. */
async function timeQuery(page: Page, field: string, text: string): Promise<KeyTiming | undefined> {
  await page.getByRole('button', { name: '重置' }).first().click()
  await focusField(page, field)
  await page.keyboard.insertText(text)
  await page.locator('[data-run]').first().focus()
  await page.waitForTimeout(pause())
  // The old rows stay until the new ones are there: the first change is the first page. The count comes later.
  return timeKey(page, 'Enter', { kind: 'part', selector: '.query-result', until: '' }, 3_000)
}

/** Rows a second that a clerk scrolls by at most with a held key, and for how long. */
const scrollPace = 60
const scrollSeconds = 20
const rowHeight = 28

/** Scrolling the grid of a million residents by keys and by the wheel: rows that were blank when a frame was painted. */
async function benchScroll(): Promise<void> {
  const dataFolder = await copyOfBenchStore(MILLION, 'window-scroll', MILLION_MORE)
  const client = await openClient({ dataFolder })
  const { page } = client
  const rows: (readonly string[])[] = [
    [
      'what',
      'rows/s',
      'frames',
      'blank frames',
      'most rows blank',
      'blank of all rows',
      'frame p95',
      'longest',
    ],
  ]
  const add = (what: string, figures: ScrollFigures): void => {
    rows.push([
      what,
      ((figures.rowsMoved / figures.took) * 1_000).toFixed(0),
      String(figures.frames),
      String(figures.blankFrames),
      `${figures.mostBlank.toFixed(1)} of ${figures.rowsInSight.toFixed(1)}`,
      `${((figures.blankRows / Math.max(figures.frames * figures.rowsInSight, 1)) * 100).toFixed(2)} %`,
      figures.frameP95.toFixed(1),
      figures.longestFrame.toFixed(0),
    ])
  }
  try {
    const { settings } = await ask(page, 'app.state', {})
    await ask(page, 'settings.save', { settings: { ...settings, isFirstRunDone: true } })
    await page.keyboard.press('Alt+5')
    await page.locator('.grid-body [role=row]').first().waitFor({ timeout: 60_000 })
    await page.locator('.query-foot').filter({ hasText: '共' }).waitFor({ timeout: 60_000 })
    await waitForLookups(page)
    await installScrollProbe(page)
    const grid = page.locator('.query-result .grid')
    await grid.focus()
    await page.keyboard.press('ArrowDown')

    // A key that is down and goes down again is what a keyboard's repeat is.
    const hold = (key: string, perSecond: number, seconds: number) => async (): Promise<void> => {
      await atPace(perSecond, seconds, () => page.keyboard.down(key))
      await page.keyboard.up(key)
    }
    add('held ↓', await watchScrolling(page, hold('ArrowDown', scrollPace, scrollSeconds)))
    add('held ↑', await watchScrolling(page, hold('ArrowUp', scrollPace, scrollSeconds / 2)))
    // From here on rows that were never looked at.
    await jump(page, 'End')
    add('held ↑ from the end', await watchScrolling(page, hold('ArrowUp', scrollPace, scrollSeconds)))
    await jump(page, 'Home')
    const box = await grid.boundingBox()
    await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200)
    const wheel = (perSecond: number, seconds: number) => (): Promise<void> =>
      atPace(perSecond, seconds, () => page.mouse.wheel(0, (scrollPace * rowHeight) / perSecond)).then(
        () => undefined,
      )
    add('wheel, 60 steps a second', await watchScrolling(page, wheel(60, scrollSeconds)))
    add('wheel, 20 steps a second', await watchScrolling(page, wheel(20, scrollSeconds)))
    await page.keyboard.press('ArrowDown')
    add('PgDn, 10 a second', await watchScrolling(page, hold('PageDown', 10, scrollSeconds / 2)))
    add('PgDn, 30 a second', await watchScrolling(page, hold('PageDown', 30, scrollSeconds / 2)))
    printTable(
      `Scrolling over 1,000,000 residents (load ${loadavg()[0]?.toFixed(1) ?? ''}; goal at 60 rows a second: no blank row)`,
      rows,
    )
  } finally {
    await client.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

/** Goes to an end of the grid and waits until its rows are there. */
async function jump(page: Page, key: 'Home' | 'End'): Promise<void> {
  await page.keyboard.press(key)
  await page.waitForTimeout(500)
  await page.waitForFunction(
    () => document.querySelector('.query-result .grid-row[aria-busy=true]') === null,
    undefined,
    { timeout: 30_000 },
  )
}

/** The peer: an antd Select with a search over its labels, options of the same kind, in the same Electron. */
async function benchPlainSelect(): Promise<void> {
  const { rows } = readBigDictionary()
  const rowsOut: (readonly string[])[] = []
  for (const size of [3_500, 41_000, bigDictionarySize]) {
    // Spread over the table, so that any first digits find something.
    const step = rows.length / size
    const list = Array.from(
      { length: Math.min(size, rows.length) },
      (_, index) => rows[Math.floor(index * step)],
    )
    const options: PlainOptions = {
      division: list.flatMap((row) => (row ? [{ value: row.code, label: `${row.code} ${row.name}` }] : [])),
    }
    const isHuge = size > 100_000
    const server = await servePlainForm(options)
    const window = await openBenchWindow(server.url)
    try {
      const { page } = window
      await page.locator('#householdDivisionCode').waitFor({ timeout: 120_000 })
      await page.waitForTimeout(1_000)
      await installStopwatch(page)
      await page.locator('#householdDivisionCode').focus()
      const queries = Array.from({ length: isHuge ? 2 : 12 }, () => {
        const code = list[Math.floor(random() * list.length)]?.code ?? '1101'
        return code.slice(0, 3)
      })
      const watched: Watched = { kind: 'part', selector: '.ant-select-dropdown' }
      const timed = await timeList(page, watched, queries, isHuge ? 6_000 : 400)
      rowsOut.push(
        line(
          `antd Select, ${size.toLocaleString('en')} options: all keys`,
          join(timed.first, timed.further),
          '',
        ),
      )
    } finally {
      await window.close()
      server.stop()
    }
  }
  printTable('Peer: antd Select with showSearch and filterOption, ms p50 / p95', [head, ...rowsOut])
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  form: benchForm,
  query: benchQuery,
  scroll: benchScroll,
  peer: benchPlainSelect,
}
const wanted = process.argv.slice(2)
for (const [name, bench] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench()
}
console.log(
  'times: keys pressed while other programs left more than one processor free, of all keys. painted: end of the frame of the last change; at 60 Hz\n' +
    'up to 16.7 ms of it is waiting for the next frame. Event Timing: share of the keys that the browser itself reports at 16 ms or less.',
)
