import type { FoundRecord } from '../../../src-shared/contract/types.ts'
import { displayValue, maskPersonal } from '../../../src-shared/fields/display.ts'
import { LOOKUP_REGISTER_NAMES, type LookupRegisterName } from '../../../src-shared/fields/field.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { LookupSources } from '../lookup/lookup-sources.ts'
import { asNumber, findStatements } from '../queries/find-statements.ts'
import { listRecords, toRecordRow, type RecordRow } from '../queries/record-row.ts'
import type { Context } from './context.ts'
import { DETAIL_FIELDS } from './read-record.ts'
import { labellerFor, titleOf } from './record-labels.ts'

/** Most records of one register that are answered. */
const FOUND_LIMIT = 8

/**
 * Records for 查找功能或记录. By `key`: an identifying number from its start (six signs at least), a name, its initials; by
 * `list`: what the look-up lists (dwellings, employers …) find, addresses and parts of names. Two
 * questions, so that the first is never kept waiting by a list that is still being made.
 */
export async function findRecords(
  context: Context,
  lookups: Pick<LookupSources, 'search'>,
  input: { readonly text: string; readonly by: 'key' | 'list' },
): Promise<readonly FoundRecord[]> {
  const text = input.text.trim()
  if (text === '') return []
  if (input.by === 'key') return REGISTER_NAMES.flatMap((name) => findByKey(context, name, text))
  // A number has been found by key or is none.
  if (asNumber(text) !== undefined && /^\d+x?$/i.test(text)) return []
  const found: FoundRecord[] = []
  for (const name of REGISTER_NAMES.filter(isListed)) {
    const source = { kind: 'register', name } as const
    const { entries } = await lookups.search({ source, query: text, offset: 0, limit: FOUND_LIMIT })
    const ids = entries.map((entry) => entry.code)
    const byId = new Map(listRecords(context.store.read, name, ids).map((row) => [row.id, row]))
    found.push(
      ...describe(
        context,
        name,
        ids.flatMap((id) => byId.get(id) ?? []),
        undefined,
      ),
    )
  }
  return found
}

function isListed(name: RegisterName): name is LookupRegisterName {
  return LOOKUP_REGISTER_NAMES.some((each) => each === name)
}

function findByKey(context: Context, name: RegisterName, text: string): readonly FoundRecord[] {
  const { read } = context.store
  const register = getRegister(name)
  const fieldOfRow = new Map<number, string>()
  for (const statement of findStatements(register, text, FOUND_LIMIT)) {
    if (fieldOfRow.size >= FOUND_LIMIT) break
    for (const row of read.pluck<number>(statement.sql, ...statement.parameters))
      if (fieldOfRow.size < FOUND_LIMIT && !fieldOfRow.has(row)) fieldOfRow.set(row, statement.field)
  }
  if (fieldOfRow.size === 0) return []
  const records = new Map(
    read
      .allOf(
        `SELECT * FROM ${register.table} WHERE row IN (SELECT value FROM json_each(?))`,
        JSON.stringify([...fieldOfRow.keys()]),
      )
      .map((row) => [Number(row['row']), toRecordRow(register, row)]),
  )
  const rows = [...fieldOfRow.keys()].flatMap((row) => records.get(row) ?? [])
  // The valid ones first, each in the order in which they were found.
  const ordered = [
    ...rows.filter((row) => row.status === 'active'),
    ...rows.filter((row) => row.status !== 'active'),
  ]
  return describe(context, name, ordered, (row) => fieldOfRow.get(row.row))
}

/** What is shown of records; personal values are masked for a role that may not see them, as in a query's result. */
function describe(
  context: Context,
  name: RegisterName,
  rows: readonly RecordRow[],
  foundBy: ((row: RecordRow) => string | undefined) | undefined,
): readonly FoundRecord[] {
  const register = getRegister(name)
  const isMasked = context.account()?.role === 'viewer'
  const { labelOf } = labellerFor(
    context.store.read,
    context.dictionaries,
    register,
    rows.map((row) => row.values),
  )
  return rows.map((row) => {
    const textOf = (fieldName: string): string => {
      const field = register.fields[fieldName]
      if (!field) return ''
      const text = displayValue(field, row.values[fieldName], labelOf)
      return isMasked && field.isPersonal ? maskPersonal(text) : text
    }
    const found = foundBy?.(row)
    // What the title says already is not said again.
    const fields =
      found === undefined || register.title.includes(found)
        ? DETAIL_FIELDS[name]
        : [found, ...DETAIL_FIELDS[name]]
    return {
      register: name,
      id: row.id,
      title: titleOf(register, row.values, labelOf),
      detail: [...new Set(fields)]
        .map(textOf)
        .filter((text) => text !== '')
        .join(' '),
      status: row.status,
    }
  })
}
