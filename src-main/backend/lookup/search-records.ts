import type { LookupPage } from '../../../src-shared/contract/types.ts'
import type { LookupRegisterName } from '../../../src-shared/fields/field.ts'
import { initialsOf } from '../../../src-shared/pinyin/initials.ts'
import { charactersByPlace } from '../../../src-shared/pinyin/names-in-pinyin.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { findStatements } from '../queries/find-statements.ts'
import { listRecords, toRecordRow, type RecordRow } from '../queries/record-row.ts'
import type { Context } from '../services/context.ts'
import type { LookupRow } from './lookup-index.ts'
import { rowsOfRecords } from './lookup-rows.ts'
import { searchByPinyin } from './search-by-pinyin.ts'

/** More active people than this are not held in memory for a look-up: the store's own indexes answer. */
export const MOST_IN_MEMORY = 100_000

/** Rows of cancelled people are left out after they were found, so a few more are asked for. */
const SPARE = 20

/** Whether a register is looked up in the store. Only people have indexes for all that a clerk types for them: name, initials, number. */
export function isSearchedInStore(context: Context, register: LookupRegisterName): boolean {
  if (register !== 'resident') return false
  const counted = context.store.read.firstOf('SELECT active FROM register_count WHERE register = ?', register)
  return Number(counted?.['active'] ?? 0) > MOST_IN_MEMORY
}

/**
 * A look-up that asks the store: the beginning of a document's number, of a name, its initials, its full pinyin, or a surname with
 * initials; a single letter among the newest.
 * Without text it lists what the clerk took before, then the newest.
 *
 * @param recents ids with their score
 */
export function searchRecords(
  context: Context,
  register: LookupRegisterName,
  input: {
    readonly query: string
    readonly offset: number
    readonly limit: number
    readonly recents: ReadonlyMap<string, number>
  },
): LookupPage {
  const query = input.query.trim()
  const wanted = input.offset + input.limit
  const records =
    query === ''
      ? [
          ...recentRecords(context, register, input.recents),
          ...newestRecords(context, register, wanted + input.recents.size),
        ]
      : foundRecords(context, register, query, wanted + SPARE)
  const unique = [...new Map(records.map((record) => [record.id, record])).values()].filter(
    (record) => record.status === 'active',
  )
  const page = unique.slice(input.offset, wanted)
  const rows = rowsOfRecords(context.store.read, context.dictionaries, register, page)
  return {
    entries: rows.map((row) => ({
      code: row.code,
      name: row.name,
      parentPath: row.parentPath ?? '',
      ranges: rangesOf(row, query),
    })),
    total: unique.length,
    isTotalExact: query !== '' && records.length < wanted + SPARE,
  }
}

/** What was typed stands at the beginning of the name, one sign a character or its pinyin, unless it was a number. */
function rangesOf(row: LookupRow, query: string): readonly (readonly [number, number])[] {
  if (query === '' || /\d/.test(query)) return []
  const characters = [...row.name]
  const letters = query.toLowerCase()
  const isInitials =
    !/^[a-z]+$/.test(letters) || initialsOf(row.name).some((each) => each.startsWith(letters))
  const way = isInitials
    ? undefined
    : charactersByPlace(letters).find((places) =>
        places.every((choices, place) => choices.includes(characters[place] ?? '')),
      )
  return [[0, characters.slice(0, way?.length ?? [...query].length).join('').length]]
}

function recentRecords(
  context: Context,
  register: LookupRegisterName,
  recents: ReadonlyMap<string, number>,
): readonly RecordRow[] {
  const ids = [...recents].toSorted((a, b) => b[1] - a[1]).map(([id]) => id)
  const byId = new Map(listRecords(context.store.read, register, ids).map((record) => [record.id, record]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

function newestRecords(context: Context, name: LookupRegisterName, limit: number): readonly RecordRow[] {
  const register = getRegister(name)
  return context.store.read
    .allOf(`SELECT * FROM ${register.table} WHERE +status = 'active' ORDER BY updated_at DESC LIMIT ?`, limit)
    .map((row) => toRecordRow(register, row))
}

function foundRecords(
  context: Context,
  name: LookupRegisterName,
  query: string,
  limit: number,
): readonly RecordRow[] {
  const register = getRegister(name)
  const { read } = context.store
  const rows = new Set<number>()
  for (const statement of findStatements(register, query, limit)) {
    if (rows.size >= limit) break
    for (const row of read.pluck<number>(statement.sql, ...statement.parameters)) rows.add(row)
  }
  // Initials first: they are typed more often.
  if (rows.size < limit) for (const row of searchByPinyin(read, register, query, limit)) rows.add(row)
  const byRow = new Map(
    read
      .allOf(
        `SELECT * FROM ${register.table} WHERE row IN (SELECT value FROM json_each(?))`,
        JSON.stringify([...rows]),
      )
      .map((row) => [Number(row['row']), toRecordRow(register, row)]),
  )
  return [...rows].flatMap((row) => byRow.get(row) ?? [])
}
