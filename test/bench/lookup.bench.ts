// How fast the look-up is, beside a plain filter, pinyin-pro match, pinyin-match and uFuzzy on the same rows with the same keystrokes.
//
//   node test/bench/lookup.bench.ts            prints the tables (npm run bench -- lookup)
//   node test/bench/lookup.bench.ts --record   also writes docs/benchmarks/lookup.md
//
// Every figure is taken in a process of its own, so that one method's garbage does not slow another.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { match as pinyinProMatch } from 'pinyin-pro'
import {
  buildLookupIndex,
  loadLookupIndex,
  serializeLookupIndex,
  type LookupIndex,
} from '../../src-main/backend/lookup/lookup-index.ts'
import { findReadings } from '../../src-shared/pinyin/readings.ts'
import { PEERS_FOLDER, ensurePeers, loadDivisionRows, type DivisionRow } from './division-rows.ts'

const SIZES = [10_000, 100_000, 665_276] as const
const PAGE = 20
const GOALS = {
  p99At100k: 0.3,
  p99At665k: 0.6,
  buildAt100k: 500,
  buildAt665k: 2_000,
  memoryAt100k: 12,
  memoryAt665k: 80,
}

type Method =
  'lookup' | 'lookupRecents' | 'filter' | 'filterOneReading' | 'ufuzzy' | 'pinyinMatch' | 'pinyinPro'
const labels: Readonly<Record<Method, string>> = {
  lookup: '居服通 look-up',
  lookupRecents: '居服通 look-up, 200 recents',
  filter: 'plain filter over prepared strings, all readings',
  filterOneReading: 'plain filter, one reading a character',
  ufuzzy: 'uFuzzy 1.0.19 over name + initials + pinyin + code',
  pinyinMatch: 'pinyin-match 1.2.10',
  pinyinPro: 'pinyin-pro 3.29.4 match',
}
/** Keystrokes measured: slow methods get an even sample of the same list. */
const samples: Readonly<Record<Method, readonly [number, number, number]>> = {
  lookup: [Infinity, Infinity, Infinity],
  lookupRecents: [Infinity, Infinity, Infinity],
  filter: [Infinity, 600, 150],
  filterOneReading: [Infinity, 600, 150],
  ufuzzy: [Infinity, 300, 100],
  pinyinMatch: [100, 16, 6],
  pinyinPro: [60, 12, 6],
}

type Figures = {
  origin: string
  keystrokes: number
  p50: number
  p99: number
  buildMs?: number
  loadMs?: number
  fileMegabytes?: number
  memoryMegabytes?: number
}

function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function usualSyllables(name: string): string[] {
  return [...name].map((character) => findReadings(character)?.syllables[0] ?? character.toLowerCase())
}

/**
 * About 1,450 keystrokes: for rows drawn from the table, what a clerk types for them in ten ways, key by key – initials from the start and inside, full
 * pinyin from the start and inside, characters, mixtures, code, two terms, letters left out, and something that is not there.
 */
function listKeystrokes(rows: readonly DivisionRow[]): string[] {
  const random = createRandom(20_261_121)
  const keystrokes: string[] = []
  const type = (text: string): void => {
    for (let length = 1; length <= text.length; length++) keystrokes.push(text.slice(0, length))
  }
  while (keystrokes.length < 1_450) {
    const { code, name } = rows[random(rows.length)]!
    const characters = [...name]
    const syllables = usualSyllables(name)
    const initials = syllables.map((syllable) => syllable.charAt(0))
    const inside = 1 + random(Math.max(1, characters.length - 1))
    type(initials.slice(0, 6).join(''))
    type(initials.slice(inside, inside + 5).join(''))
    type(syllables.slice(0, 3).join(''))
    type(syllables.slice(inside, inside + 2).join(''))
    type(characters.slice(0, 4).join(''))
    type(
      characters
        .slice(0, 4)
        .map((character, place) => [character, syllables[place], initials[place]][random(3)] ?? '')
        .join(''),
    )
    type(code)
    type(`${syllables[0]} ${initials.slice(-2).join('')}`)
    type(initials.filter(() => random(5) > 1).join(''))
    type(`${initials.slice(0, 2).join('')}qvx`)
  }
  return keystrokes
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function collectGarbage(): void {
  ;(globalThis as { gc?: () => void }).gc?.()
}

/** Heap and buffers in use; buffers are given back a little after the collection that found them unused. */
async function usedBytes(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/**
 * Times each keystroke: the whole list is typed `rounds` times after one round that does not count, and the fastest of each keystroke's times stays, so that
 * other work on the machine does not show. With 0 rounds the first time counts (methods that take seconds a key).
 */
function time(
  keystrokes: readonly string[],
  rounds: number,
  search: (query: string) => unknown,
): { p50: number; p99: number } {
  const best = new Float64Array(keystrokes.length).fill(Infinity)
  for (let round = 0; round <= rounds; round++) {
    keystrokes.forEach((query, place) => {
      const start = performance.now()
      kept.found = search(query)
      const taken = performance.now() - start
      if ((round > 0 || rounds === 0) && taken < best[place]!) best[place] = taken
    })
  }
  return { p50: percentile([...best], 0.5), p99: percentile([...best], 0.99) }
}

/** Keeps what a search found alive, so that no work can be left out. */
export const kept: { found: unknown } = { found: undefined }

function sampleOf(keystrokes: readonly string[], count: number): string[] {
  if (count >= keystrokes.length) return [...keystrokes]
  return Array.from(
    { length: count },
    (_, index) => keystrokes[Math.floor(((index + 0.5) * keystrokes.length) / count)]!,
  )
}

async function importPeer(name: string): Promise<Record<string, unknown>> {
  const path = createRequire(join(PEERS_FOLDER, 'package.json')).resolve(name)
  return (await import(pathToFileURL(path).href)) as Record<string, unknown>
}

async function measureLookup(method: 'lookup' | 'lookupRecents', size: number): Promise<Figures> {
  const file = join(tmpdir(), `jufutong-lookup-${process.pid}.bin`)
  // The readings table belongs to the program, not to one index.
  findReadings('一')
  let loaded: { rows: DivisionRow[]; origin: string } | undefined = loadDivisionRows(size)
  const { origin } = loaded
  const keystrokes = listKeystrokes(loaded.rows)
  const random = createRandom(7)
  const rows = loaded.rows
  const recents = new Map(
    Array.from({ length: 200 }, (_, place) => [rows[random(size)]!.code, place] as const),
  )
  rows.length = 0
  loaded = loadDivisionRows(size)
  const start = performance.now()
  let index: LookupIndex | undefined = buildLookupIndex(loaded.rows)
  const buildMs = performance.now() - start
  loaded = undefined
  writeFileSync(file, serializeLookupIndex(index))
  // What goes when the index goes is what it took.
  const withIndex = await usedBytes()
  index = undefined
  const memoryMegabytes = (withIndex - (await usedBytes())) / 1e6
  const fileMegabytes = statSync(file).size / 1e6
  const loadStart = performance.now()
  const again = loadLookupIndex(readFileSync(file))
  const loadMs = performance.now() - loadStart
  rmSync(file)
  if (again.size !== size) throw new Error(`loaded ${again.size} rows of ${size}`)
  const options = method === 'lookup' ? { limit: PAGE } : { limit: PAGE, recents }
  const times = time(keystrokes, 5, (query) => again.search(query, options))
  return { origin, keystrokes: keystrokes.length, ...times, buildMs, loadMs, fileMegabytes, memoryMegabytes }
}

/** What a name may be typed as by all readings (at most eight combinations), for strings that a filter searches. */
function spellingsOfName(name: string, isOneReading: boolean): { initials: string; full: string } {
  let spelled: string[][] = [[]]
  for (const character of name) {
    const syllables = findReadings(character)?.syllables ?? [character.toLowerCase()]
    const options = isOneReading ? syllables.slice(0, 1) : syllables
    spelled = spelled.flatMap((before) => options.map((syllable) => [...before, syllable])).slice(0, 8)
  }
  const join = (texts: string[]): string => [...new Set(texts)].join(' ')
  return {
    initials: join(spelled.map((syllables) => syllables.map((syllable) => syllable.charAt(0)).join(''))),
    full: join(spelled.map((syllables) => syllables.join(''))),
  }
}

async function measureFilter(method: 'filter' | 'filterOneReading', size: number): Promise<Figures> {
  const { rows, origin } = loadDivisionRows(size)
  const keystrokes = sampleOf(listKeystrokes(rows), samples[method][SIZES.indexOf(size as 10_000)]!)
  findReadings('一')
  const before = await usedBytes()
  const start = performance.now()
  const prepared = rows.map(({ code, name }) => ({
    code,
    name: name.toLowerCase(),
    ...spellingsOfName(name, method === 'filterOneReading'),
  }))
  const buildMs = performance.now() - start
  const memoryMegabytes = ((await usedBytes()) - before) / 1e6
  const times = time(keystrokes, size > 100_000 ? 1 : 3, (query) =>
    prepared
      .filter(
        (row) =>
          row.code.startsWith(query) ||
          row.name.includes(query) ||
          row.initials.includes(query) ||
          row.full.includes(query),
      )
      .slice(0, PAGE),
  )
  return { origin, keystrokes: keystrokes.length, ...times, buildMs, memoryMegabytes }
}

type UFuzzy = { search(haystack: string[], needle: string): [number[] | null, unknown, number[] | null] }

async function measurePeer(method: 'ufuzzy' | 'pinyinMatch' | 'pinyinPro', size: number): Promise<Figures> {
  const { rows, origin } = loadDivisionRows(size)
  const keystrokes = sampleOf(listKeystrokes(rows), samples[method][SIZES.indexOf(size as 10_000)]!)
  const names = rows.map(({ name }) => name)
  let search: (query: string) => unknown
  if (method === 'ufuzzy') {
    const peer = (await importPeer('@leeoniya/ufuzzy')) as unknown as {
      default: new (options: object) => UFuzzy
    }
    const fuzzy = new peer.default({
      unicode: true,
      interSplit: "[^\\p{L}\\d']+",
      intraSplit: '\\p{Ll}\\p{Lu}',
    })
    const haystack = rows.map(({ code, name }) => {
      const syllables = usualSyllables(name)
      return `${name} ${syllables.map((syllable) => syllable.charAt(0)).join('')} ${syllables.join('')} ${code}`
    })
    search = (query) => {
      const [found, , order] = fuzzy.search(haystack, query)
      return order === null ? found?.slice(0, PAGE) : order.slice(0, PAGE)
    }
  } else if (method === 'pinyinMatch') {
    type Match = (text: string, query: string) => unknown
    const peer = (await importPeer('pinyin-match')) as unknown as {
      default: { match?: Match; default?: { match: Match } }
    }
    const match = peer.default.match ?? peer.default.default?.match
    if (match === undefined) throw new Error('pinyin-match has no match')
    search = (query) => names.filter((name) => match(name, query) !== false).slice(0, PAGE)
  } else
    search = (query) =>
      names
        .filter((name) => pinyinProMatch(name, query, { continuous: true, v: true }) !== null)
        .slice(0, PAGE)
  const times = time(keystrokes, method === 'ufuzzy' ? (size > 100_000 ? 1 : 3) : 0, search)
  return { origin, keystrokes: keystrokes.length, ...times }
}

async function measure(method: Method, size: number): Promise<Figures> {
  if (method === 'lookup' || method === 'lookupRecents') return measureLookup(method, size)
  if (method === 'filter' || method === 'filterOneReading') return measureFilter(method, size)
  return measurePeer(method, size)
}

function measureInOwnProcess(method: Method, size: number): Figures {
  const output = execFileSync(
    process.execPath,
    [
      '--expose-gc',
      '--max-old-space-size=8192',
      fileURLToPath(import.meta.url),
      '--measure',
      method,
      String(size),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Figures
}

function milliseconds(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 1
        ? value.toFixed(2)
        : value.toFixed(3)
}

function verdict(value: number, goal: number, unit: string): string {
  return `${milliseconds(value)} ${unit} (goal ≤ ${goal} ${unit}: ${value <= goal ? 'reached' : 'missed'})`
}

function report(results: ReadonlyMap<string, Figures>): string {
  const get = (method: Method, size: number): Figures => results.get(`${method} ${size}`)!
  const lines: string[] = []
  for (const size of SIZES) {
    lines.push(`### ${size.toLocaleString('en')} rows – ${get('lookup', size).origin}`, '')
    lines.push(
      '| best 20 per key | p50 ms | p99 ms | keystrokes | prepare ms | load prebuilt ms | memory MB |',
      '|---|--:|--:|--:|--:|--:|--:|',
    )
    for (const method of Object.keys(labels) as Method[]) {
      const figures = get(method, size)
      const optional = (value: number | undefined, digits: number): string =>
        value === undefined ? '–' : value.toFixed(digits)
      lines.push(
        `| ${labels[method]} | ${milliseconds(figures.p50)} | ${milliseconds(figures.p99)} | ${figures.keystrokes} | ` +
          `${optional(figures.buildMs, 0)} | ${optional(figures.loadMs, 0)} | ${optional(figures.memoryMegabytes, 1)} |`,
      )
    }
    lines.push('')
  }
  const at100k = get('lookup', 100_000)
  const at665k = get('lookup', 665_276)
  const filter = get('filter', 100_000)
  lines.push(
    '### Goals',
    '',
    `- p99 at 100,000 rows: ${verdict(at100k.p99, GOALS.p99At100k, 'ms')}; at 665,276: ${verdict(at665k.p99, GOALS.p99At665k, 'ms')}`,
    `- with 200 recents: ${milliseconds(get('lookupRecents', 100_000).p99)} ms and ${milliseconds(get('lookupRecents', 665_276).p99)} ms`,
    `- beside the plain filter at 100,000 rows: ${(filter.p50 / at100k.p50).toFixed(0)} × at p50 (goal ≥ 200), ${(filter.p99 / at100k.p99).toFixed(0)} × at p99 (goal ≥ 100)`,
    `- cold build: ${verdict(at100k.buildMs!, GOALS.buildAt100k, 'ms')}; ${verdict(at665k.buildMs!, GOALS.buildAt665k, 'ms')}`,
    `- memory: ${verdict(at100k.memoryMegabytes!, GOALS.memoryAt100k, 'MB')}; ${verdict(at665k.memoryMegabytes!, GOALS.memoryAt665k, 'MB')}`,
    `- prebuilt file: ${at100k.fileMegabytes!.toFixed(1)} MB and ${at665k.fileMegabytes!.toFixed(1)} MB`,
  )
  return lines.join('\n')
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '--measure') {
    console.log(JSON.stringify(await measure(args[1] as Method, Number(args[2]))))
    return
  }
  if (!ensurePeers()) {
    console.error('The packages of test/bench/peers cannot be installed: there is nothing to compare with.')
    process.exitCode = 1
    return
  }
  const results = new Map<string, Figures>()
  for (const size of SIZES) {
    for (const method of Object.keys(labels) as Method[]) {
      console.error(`${labels[method]}, ${size.toLocaleString('en')} rows …`)
      results.set(`${method} ${size}`, measureInOwnProcess(method, size))
    }
  }
  const text = report(results)
  console.log(text)
  if (!args.includes('--record')) return
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}, Node ${process.versions.node}`
  const folder = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'lookup.md'),
    [
      '# Look-up',
      '',
      'Written by `node test/bench/lookup.bench.ts --record`; run `npm run bench -- lookup` for your own machine.',
      '',
      `Machine: ${machine} (shared with other work while measuring).`,
      '',
      'Each method ran in a process of its own on the same rows with the same keystrokes, typed key by key in ten ways (see the file); slow methods got an even sample of',
      'them, as the column says. The filters and uFuzzy look for what was typed in prepared strings (name, code, initials, full pinyin) in any order of results: they find no mixtures,',
      'no letters with gaps and no two terms, and do not put the best first; uFuzzy and the second filter know one reading a character. Of several rounds the fastest time of each keystroke counts (5 for the look-up, 3 or 1 for the filter and uFuzzy, 1 for the two slowest). "Memory" is heap and buffers after a full collection, without the rows given.',
      '',
      text,
      '',
    ].join('\n'),
  )
}

await main(process.argv.slice(2))
