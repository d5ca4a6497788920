import { columnName } from '../../../src-shared/fields/columns.ts'
import { charactersByPlace } from '../../../src-shared/pinyin/names-in-pinyin.ts'
import type { Register } from '../../../src-shared/registers/register.ts'
import { normaliseLine } from '../../../src-shared/values/text.ts'
import type { ReadDatabase } from '../database/database.ts'

/** Greater than every text that begins with the same characters. */
const LAST_CHARACTER = '\u{10FFFF}'
/** Newest records among which a single letter is looked for. */
const NEWEST_TRIED = 2_000
/** Beginnings of a name that are tried at each further character: an index is asked once for each. */
const BEGINNINGS_TRIED = 5_000

/**
 * Row numbers of the records whose name begins as typed letters are read in full pinyin (zhangwei), or with a character of
 * one letter, these among the newest records only. No name is read: beginnings that no name has are left out character by
 * character, by the index of the names.
 */
export function searchByPinyin(
  read: ReadDatabase,
  register: Register,
  typed: string,
  limit: number,
): readonly number[] {
  const letters = normaliseLine(typed).toLowerCase()
  if (/^[a-z]$/.test(letters)) {
    const { sql, parameters } = letterStatement(register, letters, limit)
    return read.pluck<number>(sql, ...parameters)
  }
  const rows = new Set<number>()
  const { beginnings, rowsOf } = beginningStatements(register, limit)
  for (const [first = [], ...places] of charactersByPlace(letters)) {
    let tried = first
    for (const characters of places) {
      const known = read.pluck<string>(beginnings, JSON.stringify(tried))
      tried = known
        .flatMap((beginning) => characters.map((character) => beginning + character))
        .slice(0, BEGINNINGS_TRIED)
    }
    for (const row of read.pluck<number>(rowsOf, JSON.stringify(tried))) rows.add(row)
    if (rows.size >= limit) break
  }
  return [...rows].slice(0, limit)
}

/** Newest first, by one letter; a test looks at the plan. */
export function letterStatement(
  register: Register,
  letter: string,
  limit: number,
): { readonly sql: string; readonly parameters: readonly string[] } {
  const { name, table } = register
  return {
    sql: `SELECT newest.row FROM (SELECT row FROM ${table} ORDER BY updated_at DESC LIMIT ${NEWEST_TRIED}) AS newest
      WHERE EXISTS (SELECT 1 FROM name_key WHERE row = newest.row AND +register = ? AND +key >= ? AND +key < ?) LIMIT ${limit}`,
    parameters: [name, letter, letter + LAST_CHARACTER],
  }
}

/** Which of some beginnings a name has, and whose names have them; a test looks at the plans. */
export function beginningStatements(
  register: Register,
  limit: number,
): { readonly beginnings: string; readonly rowsOf: string } {
  const { table, nameField } = register
  const column = `${table}.${columnName(nameField)}`
  const begins = `${column} >= tried.value AND ${column} < tried.value || '${LAST_CHARACTER}'`
  return {
    beginnings: `SELECT tried.value FROM json_each(?) AS tried WHERE EXISTS (SELECT 1 FROM ${table} WHERE ${begins})`,
    rowsOf: `SELECT ${table}.row FROM json_each(?) AS tried CROSS JOIN ${table} WHERE ${begins} LIMIT ${limit}`,
  }
}
