import type { LookupRegisterName } from '../../../src-shared/fields/field.ts'
import { parentDictionaryOf } from '../../../src-shared/dictionaries/tables.ts'
import type { DictionaryEntry } from '../../../src-shared/dictionaries/types.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { ReadDatabase } from '../database/database.ts'
import { toRecordRow, type RecordRow } from '../queries/record-row.ts'
import { labellerFor, titleOf } from '../services/record-labels.ts'
import type { Dictionaries } from './dictionaries.ts'
import type { LookupRow } from './lookup-index.ts'

/** Records read in one step while a register's rows are collected. */
const READ_STEP = 1_000

/** The rows by which the entries of a code table are looked up. */
export function listDictionaryRows(dictionaries: Dictionaries, name: string): readonly LookupRow[] {
  const toRow = rowMaker(dictionaries, name)
  const rows: LookupRow[] = []
  for (const entry of dictionaries.list(name)) rows.push(toRow(entry))
  return rows
}

/** Makes rows of entries of one table; what it finds out about parents it keeps. */
export function rowMaker(dictionaries: Dictionaries, name: string): (entry: DictionaryEntry) => LookupRow {
  /** Path down to and with a code; every entry is the parent of many. */
  const paths = new Map<string, string>()
  function pathTo(dictionary: string, code: string, depth: number): string {
    const key = `${dictionary} ${code}`
    const known = paths.get(key)
    if (known !== undefined) return known
    const entry = dictionaries.find(dictionary, code)
    // A missing parent or a circle ends the path.
    if (!entry || depth > 10) return ''
    const above = entry.parent === null ? '' : pathTo(parentDictionaryOf(dictionary), entry.parent, depth + 1)
    const path = above === '' ? entry.name : `${above}/${entry.name}`
    paths.set(key, path)
    return path
  }
  return (entry) => ({
    code: entry.code,
    name: entry.name,
    parentPath: entry.parent === null ? undefined : pathTo(parentDictionaryOf(name), entry.parent, 0),
    parent: entry.parent ?? undefined,
    mnemonic: entry.mnemonic ?? undefined,
  })
}

/** The rows by which the active records of a register are looked up. */
export function listRegisterRows(
  read: ReadDatabase,
  dictionaries: Dictionaries,
  name: LookupRegisterName,
): readonly LookupRow[] {
  const register = getRegister(name)
  const rows: LookupRow[] = []
  let last = 0
  for (;;) {
    const records = read
      .allOf(
        `SELECT * FROM ${register.table} WHERE row > ? AND status = 'active' ORDER BY row LIMIT ${READ_STEP}`,
        last,
      )
      .map((row) => toRecordRow(register, row))
    const newest = records.at(-1)
    if (!newest) return rows
    last = newest.row
    rows.push(...rowsOfRecords(read, dictionaries, name, records))
  }
}

/** The rows of some records of a register. */
export function rowsOfRecords(
  read: ReadDatabase,
  dictionaries: Dictionaries,
  name: LookupRegisterName,
  records: readonly RecordRow[],
): readonly LookupRow[] {
  const register = getRegister(name)
  const { labelOf } = labellerFor(
    read,
    dictionaries,
    register,
    records.map((record) => record.values),
  )
  const textOf = (record: RecordRow, field: string): string => {
    const value = record.values[field]
    return typeof value === 'string' ? value : ''
  }
  /** What tells records of one name apart; undefined: their community. */
  const placeOf = (of: LookupRegisterName, record: RecordRow): string | undefined => {
    switch (of) {
      case 'employer':
      case 'school':
        return textOf(record, 'address')
      case 'resident': {
        const field = register.fields['dwellingId']
        const dwelling = field ? displayValue(field, record.values['dwellingId'], labelOf) : ''
        return [textOf(record, 'birthDate'), dwelling].filter((part) => part !== '').join(' ')
      }
      case 'dwelling':
      case 'coordinator':
      case 'estate':
        return undefined
    }
  }
  return records.map((record) => {
    const title = titleOf(register, record.values, labelOf)
    const community = register.fields['communityCode']
    const communityCode = textOf(record, 'communityCode')
    const communityName = community && communityCode !== '' ? labelOf(community, communityCode) : ''
    const parent = communityCode === '' ? textOf(record, 'divisionCode') : communityCode
    // A dwelling is found by its address or by what people call it.
    const commonAddress = textOf(record, 'commonAddress')
    return {
      code: record.id,
      name: commonAddress === '' ? title : `${title} ${commonAddress}`,
      parentPath: placeOf(name, record) ?? communityName,
      parent: parent === '' ? undefined : parent,
      // A person is found by the number on the document in the clerk's hand as well.
      mnemonic: name === 'resident' ? textOf(record, 'documentNumber') : undefined,
    }
  })
}
