import type {
  LabelledRecord,
  RecordLabels,
  StoredRecord,
  UploadState,
} from '../../../src-shared/contract/types.ts'
import { displayValue, type LabelOf } from '../../../src-shared/fields/display.ts'
import {
  idsOf,
  isEmptyValue,
  unreachableKind,
  type Field,
  type FieldValue,
  type RecordValues,
} from '../../../src-shared/fields/field.ts'
import { shownStage } from '../../../src-shared/registers/flow.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { isDemoRecordId } from '../../../src-shared/demo/demo-id.ts'
import type { ReadDatabase } from '../database/database.ts'
import type { Dictionaries } from '../lookup/dictionaries.ts'
import { listRecords, type RecordRow } from '../queries/record-row.ts'
import { findProvenance } from './value-provenance.ts'

/** What the parts of an address are called when they end in a digit or letter: 12 → 12号. */
const ADDRESS_SUFFIXES: Readonly<Record<string, string>> = {
  doorNumber: '号',
  building: '栋',
  entrance: '单元',
  roomNumber: '室',
}

/** The record's title for tabs, lists and messages: 东风路12号3栋2单元501室, 张伟, 丹心酒楼. */
export function titleOf(register: Register, values: RecordValues, labelOf: LabelOf): string {
  const parts = register.title.flatMap((name) => {
    const field = register.fields[name]
    const text = field ? displayValue(field, values[name], labelOf) : ''
    if (text === '') return []
    const suffix = register.name === 'dwelling' ? ADDRESS_SUFFIXES[name] : undefined
    return [suffix !== undefined && /[0-9A-Za-z]$/.test(text) ? text + suffix : text]
  })
  // An address is read in one breath; other titles are words beside each other.
  return parts.join(register.name === 'dwelling' ? '' : ' ')
}

/** The values as a person reads them on a day: the stage is the one that the day has made of the stored one. */
export function readableValues(register: Register, values: RecordValues, today: string): RecordValues {
  const { flow } = register
  return flow ? { ...values, [flow.field]: shownStage(flow, values, today) } : values
}

/** Ids of other records in these values, by register. */
function listReferences(
  register: Register,
  records: readonly RecordValues[],
): Map<RegisterName, Set<string>> {
  const found = new Map<RegisterName, Set<string>>()
  const note = (field: Field, value: FieldValue | undefined): void => {
    if (field.kind === 'list') {
      for (const row of Array.isArray(value) ? (value as readonly RecordValues[]) : [])
        for (const [name, item] of Object.entries(field.fields)) note(item, row[name])
      return
    }
    if (field.kind !== 'reference' && field.kind !== 'references') return
    const ids = found.get(field.register) ?? new Set<string>()
    for (const id of idsOf(value)) ids.add(id)
    found.set(field.register, ids)
  }
  for (const [name, field] of Object.entries(register.fields))
    for (const values of records) note(field, values[name])
  return found
}

/** Labels for a batch of records of one register: every referenced record is read once. */
export type Labeller = {
  readonly labelOf: LabelOf
  readonly referenced: (register: RegisterName, id: string) => RecordRow | undefined
}

/** Makes the labels of codes and references for these values. Unknown codes and ids are shown as they are. */
export function labellerFor(
  read: ReadDatabase,
  dictionaries: Dictionaries,
  register: Register,
  records: readonly RecordValues[],
): Labeller {
  const rows = new Map<RegisterName, Map<string, RecordRow>>()
  for (const [name, ids] of listReferences(register, records)) {
    rows.set(name, new Map(listRecords(read, name, [...ids]).map((row) => [row.id, row])))
  }
  const referenced = (name: RegisterName, id: string): RecordRow | undefined => rows.get(name)?.get(id)
  const labelOf: LabelOf = (field, code) => {
    if (field.kind === 'code' || field.kind === 'codes') return dictionaries.labelOf(field.dictionary, code)
    if (field.kind !== 'reference' && field.kind !== 'references') return code
    const row = referenced(field.register, code)
    // A title is made of texts and codes only, so this goes one step deep.
    return row ? titleOf(getRegister(field.register), row.values, labelOf) : code
  }
  return { labelOf, referenced }
}

/** Labels of the fields whose stored value is not what a person reads. */
/** The same of what 注销 asked, as `cancellation.<field>`. */
function cancellationLabels(
  register: Register,
  cancellation: RecordValues | null,
  labelOf: LabelOf,
): RecordLabels {
  const labels = cancellation === null ? {} : labelsOf(register.cancellation, cancellation, labelOf)
  return Object.fromEntries(Object.entries(labels).map(([name, text]) => [`cancellation.${name}`, text]))
}

function labelsOf(
  fields: Readonly<Record<string, Field>>,
  values: RecordValues,
  labelOf: LabelOf,
): RecordLabels {
  const labels: Record<string, string> = {}
  for (const [name, field] of Object.entries(fields)) {
    if (needsLabel(field) && !isEmptyValue(values[name]))
      labels[name] = displayValue(field, values[name], labelOf)
  }
  return labels
}

function needsLabel(field: Field): boolean {
  switch (field.kind) {
    case 'code':
    case 'codes':
    case 'reference':
    case 'references':
    case 'list':
      return true
    case 'text':
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
    case 'boolean':
    case 'photo':
      return false
    default:
      return unreachableKind(field)
  }
}

function shownOf(register: Register, values: RecordValues, labeller: Labeller): RecordLabels {
  const shown: Record<string, string> = {}
  for (const [name, field] of Object.entries(register.fields)) {
    const id = values[name]
    if (field.kind !== 'reference' || typeof id !== 'string') continue
    const row = labeller.referenced(field.register, id)
    if (!row) continue
    const declaration = getRegister(field.register)
    for (const each of field.shows) {
      const shownField = declaration.fields[each]
      if (shownField) shown[`${name}.${each}`] = displayValue(shownField, row.values[each], labeller.labelOf)
    }
  }
  return shown
}

/** The three-step mark. 已上传 is said only of what a stored receipt or the server itself vouches for. */
export function uploadStateOf(
  row: Pick<RecordRow, 'id' | 'pendingOps' | 'serverSeq'>,
  setAside: ReadonlySet<string>,
): UploadState {
  if (setAside.has(row.id)) return 'setAside'
  if (row.pendingOps > 0) return 'pending'
  return row.serverSeq === 0 && isDemoRecordId(row.id) ? 'demo' : 'uploaded'
}

/** Ids among these whose record has an op that the server set aside. */
export function listSetAside(
  read: ReadDatabase,
  register: RegisterName,
  ids: readonly string[],
): ReadonlySet<string> {
  if (ids.length === 0) return new Set()
  return new Set(
    read.pluck<string>(
      `SELECT DISTINCT record_id FROM outbox INDEXED BY outbox_record
       WHERE register = ? AND record_id IN (SELECT value FROM json_each(?)) AND state = 'setAside'`,
      register,
      JSON.stringify(ids),
    ),
  )
}

/** The record as pages see it. */
export function toStoredRecord(read: ReadDatabase, row: RecordRow): StoredRecord {
  return {
    register: row.register,
    id: row.id,
    status: row.status,
    declarationVersion: row.declarationVersion,
    values: row.values,
    cancellation: row.cancellation,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    revision: row.revision,
    uploadState: uploadStateOf(
      row,
      row.pendingOps > 0 ? listSetAside(read, row.register, [row.id]) : new Set(),
    ),
    stationCode: row.stationCode,
  }
}

/** The record with the texts that stand for its codes and references on a day; null: a version of the past, with the stage it had stored. */
export function labelRecord(
  read: ReadDatabase,
  dictionaries: Dictionaries,
  row: RecordRow,
  today: string | null,
): LabelledRecord {
  const register = getRegister(row.register)
  const labeller = labellerFor(read, dictionaries, register, [row.values])
  return {
    ...toStoredRecord(read, row),
    labels: {
      ...labelsOf(
        register.fields,
        today === null ? row.values : readableValues(register, row.values, today),
        labeller.labelOf,
      ),
      ...cancellationLabels(register, row.cancellation, labeller.labelOf),
    },
    shown: shownOf(register, row.values, labeller),
    title: titleOf(register, row.values, labeller.labelOf),
    provenance: findProvenance(read, row),
  }
}
