import { findCalendarParts } from '../values/calendar-date.ts'
import { normaliseLine } from '../values/text.ts'
import { dictionaryColumnLabels, dictionaryColumns } from './types.ts'
import type { DictionaryEntry, DictionaryProblem } from './types.ts'

/** What a dictionary file holds; `problems` name every line that was left out, the other lines are in `entries`. */
export interface ParsedDictionary {
  readonly entries: readonly DictionaryEntry[]
  /** The line of each entry, in the same order. */
  readonly lines: readonly number[]
  readonly problems: readonly DictionaryProblem[]
}

type Column = (typeof dictionaryColumns)[number]
type Cells = Readonly<Record<Column, string>>

/**
 * Reads a dictionary file: comma-separated text with the header {@link dictionaryColumns}, or their Chinese words, in any order
 * (code and name are necessary, further columns are ignored), with or without byte order mark, CRLF or LF, cells quoted as in RFC 4180.
 *
 * A broken line is reported and costs no other line. That is why lines are read one by one: a dictionary cell never holds a line
 * break, and a general CSV reader that meets one lost quotation mark swallows the file from there on.
 */
export function parseDictionaryCsv(text: string): ParsedDictionary {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const header = splitLine(lines[0] ?? '')
  if (typeof header === 'string')
    return { entries: [], lines: [], problems: [{ line: 1, message: `第1行表头${header}` }] }
  const columns = header.map((cell) => columnOf(normaliseLine(cell)))
  for (const column of ['code', 'name'] as const) {
    if (!columns.includes(column)) {
      const message = `第1行应为表头,缺少「${column}」列,应为:${dictionaryColumns.join(',')}(或:${Object.values(dictionaryColumnLabels).join(',')})!`
      return { entries: [], lines: [], problems: [{ line: 1, message }] }
    }
  }
  const entries: DictionaryEntry[] = []
  const lineNumbers: number[] = []
  const problems: DictionaryProblem[] = []
  const lineOfCode = new Map<string, number>()
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue
    const number = index + 1
    const row = readRow(line, columns)
    if (typeof row === 'string') {
      problems.push({ line: number, message: `第${number}行${row}` })
      continue
    }
    const earlier = lineOfCode.get(row.code)
    if (earlier !== undefined) {
      problems.push({ line: number, message: `第${number}行代码「${row.code}」与第${earlier}行重复,未载入!` })
      continue
    }
    lineOfCode.set(row.code, number)
    entries.push(row)
    lineNumbers.push(number)
  }
  return { entries, lines: lineNumbers, problems }
}

function columnOf(heading: string): string {
  return dictionaryColumns.find((column) => dictionaryColumnLabels[column] === heading) ?? heading
}

/** Writes entries as a dictionary file (LF, final line break), readable by {@link parseDictionaryCsv}. */
export function formatDictionaryCsv(entries: Iterable<DictionaryEntry>): string {
  const lines = [dictionaryColumns.join(',')]
  for (const entry of entries)
    lines.push(dictionaryColumns.map((column) => quote(entry[column] ?? '')).join(','))
  return `${lines.join('\n')}\n`
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

/** The entry of one line, or what is wrong with it. */
function readRow(line: string, columns: readonly string[]): DictionaryEntry | string {
  const cells = splitLine(line)
  if (typeof cells === 'string') return cells
  if (cells.length > columns.length) return `有${cells.length}列,表头只有${columns.length}列,未载入!`
  const cell: Cells = {
    code: pick('code'),
    name: pick('name'),
    parent: pick('parent'),
    mnemonic: pick('mnemonic'),
    validFrom: pick('validFrom'),
    validTo: pick('validTo'),
  }
  function pick(column: Column): string {
    return normaliseLine(cells[columns.indexOf(column)] ?? '')
  }
  if (cell.code === '') return '没有代码,未载入!'
  if (cell.name === '') return `(代码「${cell.code}」)没有名称,未载入!`
  if (cell.name.includes('\uFFFD')) return `(代码「${cell.code}」)名称有乱码,请把文件存为UTF-8编码,未载入!`
  for (const column of ['validFrom', 'validTo'] as const) {
    if (cell[column] !== '' && findCalendarParts(cell[column]) === undefined) {
      return `(代码「${cell.code}」)的日期「${cell[column]}」不存在,应写成2026-01-31的样子,未载入!`
    }
  }
  if (cell.validFrom !== '' && cell.validTo !== '' && cell.validTo < cell.validFrom) {
    return `(代码「${cell.code}」)停用日期早于启用日期,未载入!`
  }
  if (cell.parent === cell.code) return `(代码「${cell.code}」)的上级是它自己,未载入!`
  return {
    code: cell.code,
    name: cell.name,
    parent: cell.parent || null,
    mnemonic: cell.mnemonic || null,
    validFrom: cell.validFrom || null,
    validTo: cell.validTo || null,
  }
}

/** The cells of one line, or what is wrong with its quotation marks. */
function splitLine(line: string): string[] | string {
  const cells: string[] = []
  let position = 0
  for (;;) {
    if (line[position] === '"') {
      let cell = ''
      let end = position + 1
      for (;;) {
        const mark = line.indexOf('"', end)
        if (mark < 0) return '引号没有成对,未载入!'
        cell += line.slice(end, mark)
        end = mark + 1
        if (line[end] !== '"') break
        cell += '"'
        end += 1
      }
      if (end < line.length && line[end] !== ',') return '引号后面应为逗号,未载入!'
      cells.push(cell)
      position = end
    } else {
      const comma = line.indexOf(',', position)
      const end = comma < 0 ? line.length : comma
      const cell = line.slice(position, end)
      if (cell.includes('"')) return '引号没有成对,未载入!'
      cells.push(cell)
      position = end
    }
    if (position >= line.length) return cells
    position += 1
  }
}
