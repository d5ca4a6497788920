import { columnName } from '../../../src-shared/fields/columns.ts'
import type { Field } from '../../../src-shared/fields/field.ts'
import { nameInitialKeys } from '../../../src-shared/pinyin/initials.ts'
import type { Register } from '../../../src-shared/registers/register.ts'
import { compactCode, normaliseLine } from '../../../src-shared/values/text.ts'
import type { SqlParameter } from '../database/database.ts'
import { INDEXED_FIELDS } from './build-query.ts'

/** One statement that answers row numbers of a register. */
export type FindStatement = {
  /** The personal number or name that is searched; its text is shown beside the record. */
  readonly field: string
  readonly sql: string
  readonly parameters: readonly SqlParameter[]
}

/** Greater than every text that begins with the same characters. */
const LAST_CHARACTER = '\u{10FFFF}'
/** Keys of one beginning that are looked at for a surname typed in Chinese: 张wx. */
const KEYS_TRIED = 2_000
/** Fewer signs of a number fit half the register. */
const SHORTEST_NUMBER = 6

/** What a typed text is as a number of a document, or undefined when it is none (yet). */
export function asNumber(typed: string): string | undefined {
  const number = compactCode(typed).toUpperCase()
  return number.length >= SHORTEST_NUMBER && /^[0-9A-Z]*\d[0-9A-Z]*$/.test(number) ? number : undefined
}

/**
 * The statements that find records of a register by what is typed: the beginning of an identifying number, a name from its
 * start, its pinyin initials, or a surname and initials. Each reads one index and sorts nothing, so that it answers at
 * once however many records there are; a test looks at their plans.
 */
export function findStatements(register: Register, typed: string, limit: number): readonly FindStatement[] {
  const number = asNumber(typed)
  const byNumber =
    number === undefined
      ? []
      : numberFields(register).map((field) => beginsWith(register, field, number, limit))
  return [...byNumber, ...nameStatements(register, typed, limit)]
}

/** Fields that hold the number of a document or body, or are the natural key alone, and have an index. */
function numberFields(register: Register): readonly string[] {
  return Object.entries(register.fields)
    .filter(([name, field]) => isIndexed(register, name) && isNumber(register, name, field))
    .map(([name]) => name)
}

function isNumber(register: Register, name: string, field: Field): boolean {
  if (field.kind !== 'text') return false
  switch (field.format) {
    case 'documentNumber':
    case 'citizenIdNumber':
    case 'socialCreditCode':
      return true
    case 'addressPart':
      return register.naturalKey.length === 1 && register.naturalKey[0] === name
    case 'plain':
    case 'personName':
    case 'telephone':
      return false
  }
}

function isIndexed(register: Register, field: string): boolean {
  return INDEXED_FIELDS[register.name].scanned.includes(field)
}

function beginsWith(register: Register, field: string, text: string, limit: number): FindStatement {
  const column = columnName(field)
  return {
    field,
    sql: `SELECT row FROM ${register.table} WHERE ${column} >= ? AND ${column} < ? ORDER BY ${column} LIMIT ${limit}`,
    parameters: [text, text + LAST_CHARACTER],
  }
}

function nameStatements(register: Register, typed: string, limit: number): readonly FindStatement[] {
  const { nameField, name, table } = register
  const [, head = '', letters = ''] = /^(.*?)([a-zA-Z]*)$/su.exec(normaliseLine(typed)) ?? []
  const initials = letters.toLowerCase()
  if (head === '' && initials.length < 2) return []
  if (head === '')
    return [
      // The whole name first, the newest records of it; then longer names.
      {
        field: nameField,
        sql: `SELECT row FROM name_key WHERE register = ? AND key = ? ORDER BY row DESC LIMIT ${limit}`,
        parameters: [name, initials],
      },
      {
        field: nameField,
        sql: `SELECT row FROM name_key WHERE register = ? AND key > ? AND key < ? ORDER BY key LIMIT ${limit}`,
        parameters: [name, initials, initials + LAST_CHARACTER],
      },
    ]
  if (!/\p{L}/u.test(head) || !isIndexed(register, nameField)) return []
  if (initials === '') return [beginsWith(register, nameField, head, limit)]
  const column = columnName(nameField)
  return nameInitialKeys(head).map((key) => ({
    field: nameField,
    sql: `SELECT ${table}.row FROM (SELECT row FROM name_key WHERE register = ? AND key >= ? AND key < ? LIMIT ${KEYS_TRIED}) AS keyed CROSS JOIN ${table} ON ${table}.row = keyed.row WHERE +${column} >= ? AND +${column} < ? LIMIT ${limit}`,
    parameters: [name, key + initials, key + initials + LAST_CHARACTER, head, head + LAST_CHARACTER],
  }))
}
