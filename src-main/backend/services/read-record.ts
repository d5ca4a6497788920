import type { DuplicateOutput } from '../../../src-shared/contract/requests.ts'
import type { LabelledRecord, LinkedRecords } from '../../../src-shared/contract/types.ts'
import { columnName } from '../../../src-shared/fields/columns.ts'
import { displayValue } from '../../../src-shared/fields/display.ts'
import { idsOf, type RecordValues } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { build } from '../database/database.ts'
import { getReference, pointsTo } from '../queries/references.ts'
import { findRecord, listRecords, toColumnValue, toRecordRow, type RecordRow } from '../queries/record-row.ts'
import { actorOf, type Context } from './context.ts'
import { labellerFor, labelRecord, readableValues, titleOf } from './record-labels.ts'
import { maskRecord } from './mask-record.ts'
import { RequestRefusal } from './request-failure.ts'
import { writeAudit } from './write-audit.ts'

/** The record, or a refusal. A look at it (`view`), also by opening its form (`modify`), is logged before it is answered. */
export async function getLabelledRecord(
  context: Context,
  input: {
    readonly register: RegisterName
    readonly id: string
    readonly purpose: 'view' | 'modify' | 'show'
  },
): Promise<LabelledRecord> {
  const row = findRecord(context.store.read, input.register, input.id)
  if (!row)
    throw new RequestRefusal('notFound', `找不到该${getRegister(input.register).label},可能已被删除。`)
  if (input.purpose !== 'show') {
    const act = input.purpose === 'view' ? 'record.viewed' : 'record.opened'
    await context.store.write((database) =>
      writeAudit(database, actorOf(context), act, input.register, input.id, {}),
    )
  }
  const record = labelRecord(context.store.read, context.dictionaries, row, context.clock.today())
  // A form is filled with what is stored: saved again, a masked value would take the place of the real one.
  return input.purpose === 'modify' ? record : maskRecord(context, record)
}

/** The newest record that the present account saved here: F4 and Ctrl+D copy from it. */
export function findPreviousRecord(context: Context, registerName: RegisterName): LabelledRecord | null {
  const accountName = context.account()?.accountName ?? ''
  const line = context.store.read.first(
    build
      .selectFrom('changeLog')
      .select('recordId')
      .where('register', '=', registerName)
      .where('accountName', '=', accountName)
      .where('serverSeq', 'is', null)
      .where('act', 'in', ['created', 'changed'])
      .orderBy('id', 'desc')
      .limit(1),
  )
  if (!line) return null
  const row = findRecord(context.store.read, registerName, line.recordId)
  return row ? labelRecord(context.store.read, context.dictionaries, row, context.clock.today()) : null
}

/** At most this many candidates are shown. */
const DUPLICATE_LIMIT = 20

/** Records of this store with the same natural key; empty parts of a key do not count, but not all may be empty. */
export function findLocalDuplicates(
  context: Context,
  input: {
    readonly register: RegisterName
    readonly values: RecordValues
    readonly exceptId: string | null
  },
): readonly DuplicateOutput[] {
  const register = getRegister(input.register)
  if (register.naturalKey.length === 0) return []
  const conditions: string[] = []
  const parameters: (string | number)[] = []
  for (const name of register.naturalKey) {
    const field = register.fields[name]
    const value = field ? toColumnValue(field, input.values[name]) : null
    // A key of one or two fields (a number) names nothing without its number; an address may lack its building.
    if (value === null) {
      if (field?.required === true || register.naturalKey.length <= 2) return []
      conditions.push(`${columnName(name)} IS NULL`)
    } else {
      conditions.push(`${columnName(name)} = ?`)
      parameters.push(value)
    }
  }
  const rows = context.store.read
    .allOf(
      `SELECT * FROM ${register.table} WHERE ${conditions.join(' AND ')} AND id <> ? ORDER BY status, updated_at DESC LIMIT ${DUPLICATE_LIMIT}`,
      ...parameters,
      input.exceptId ?? '',
    )
    .map((row) => toRecordRow(register, row))
  const { labelOf } = labellerFor(
    context.store.read,
    context.dictionaries,
    register,
    rows.map((row) => row.values),
  )
  return rows.map((row) => ({
    id: row.id,
    title: titleOf(register, row.values, labelOf),
    detail: detailOf(context, register, row),
    status: row.status,
  }))
}

/** Fields that tell two records with like titles apart. */
export const DETAIL_FIELDS: Readonly<Record<RegisterName, readonly string[]>> = {
  resident: ['sexCode', 'birthDate', 'dwellingId', 'collectionDate'],
  minor: ['sexCode', 'birthDate', 'guardianId', 'schoolId'],
  school: ['schoolTypeCode', 'address'],
  estate: ['communityCode', 'address'],
  residencePermit: ['stageCode', 'acceptanceDate', 'permitNumber', 'validUntilDate'],
  lease: ['stageCode', 'lesseeIds', 'endDate', 'filingNumber'],
  inspection: ['stageCode', 'hazardCodes', 'rectifyByDate'],
  serviceRequest: ['stageCode', 'content', 'dueDate'],
  dwelling: ['communityCode', 'commonAddress', 'ownerName', 'ownerBodyName'],
  employer: ['address', 'principalName'],
  coordinator: ['sexCode', 'communityCode'],
}

function detailOf(context: Context, register: Register, row: RecordRow): string {
  const { labelOf } = labellerFor(context.store.read, context.dictionaries, register, [row.values])
  const values = readableValues(register, row.values, context.clock.today())
  const parts = DETAIL_FIELDS[register.name].map((name) => {
    const field = register.fields[name]
    return field ? displayValue(field, values[name], labelOf) : ''
  })
  return [register.statusLabels[row.status], ...parts].filter((part) => part !== '').join(' ')
}

/** How many linked records are answered by row; the total counts all. */
const LINKED_LIMIT = 200

type Link = { readonly label: string; readonly register: RegisterName; readonly field: string }

/** Which registers point to a register, and what that is called. */
const POINTING_HERE: Readonly<Record<RegisterName, readonly Link[]>> = {
  resident: [
    { label: '随行未成年人', register: 'minor', field: 'guardianId' },
    { label: '居住证', register: 'residencePermit', field: 'applicantId' },
    { label: '租赁合同', register: 'lease', field: 'lesseeIds' },
    { label: '服务事项', register: 'serviceRequest', field: 'applicantId' },
  ],
  dwelling: [
    { label: '居住人员', register: 'resident', field: 'dwellingId' },
    { label: '居住未成年人', register: 'minor', field: 'dwellingId' },
    { label: '租赁合同', register: 'lease', field: 'dwellingId' },
    { label: '隐患检查', register: 'inspection', field: 'dwellingId' },
  ],
  minor: [],
  school: [{ label: '在读未成年人', register: 'minor', field: 'schoolId' }],
  estate: [{ label: '小区房屋', register: 'dwelling', field: 'estateId' }],
  residencePermit: [],
  lease: [],
  inspection: [],
  serviceRequest: [],
  employer: [{ label: '在职人员', register: 'resident', field: 'employerId' }],
  coordinator: [
    { label: '负责的房屋', register: 'dwelling', field: 'coordinatorId' },
    { label: '负责的单位', register: 'employer', field: 'coordinatorId' },
    { label: '检查记录', register: 'inspection', field: 'inspectorId' },
  ],
}

/** Records this one points to, and records that point here. */
export function listLinked(
  context: Context,
  input: { readonly register: RegisterName; readonly id: string },
): readonly LinkedRecords[] {
  const { read } = context.store
  const record = findRecord(read, input.register, input.id)
  if (!record)
    throw new RequestRefusal('notFound', `找不到该${getRegister(input.register).label},可能已被删除。`)
  const pointedTo = Object.entries(getRegister(input.register).fields).flatMap(([name, field]) => {
    if (field.kind !== 'reference' && field.kind !== 'references') return []
    const rows = listRecords(read, field.register, idsOf(record.values[name]))
    return rows.length === 0 ? [] : [linkedOf(context, field.label, field.register, rows.length, rows)]
  })
  const pointingHere = POINTING_HERE[input.register].map((link) => {
    const register = getRegister(link.register)
    const here = pointsTo(getReference(link.register, link.field))
    const total = Number(
      read.pluck<number>(`SELECT count(*) FROM ${register.table} WHERE ${here}`, input.id)[0],
    )
    const rows = read
      .allOf(
        `SELECT * FROM ${register.table} WHERE ${here} ORDER BY status, updated_at DESC LIMIT ${LINKED_LIMIT}`,
        input.id,
      )
      .map((row) => toRecordRow(register, row))
    return linkedOf(context, link.label, link.register, total, rows)
  })
  return [...pointingHere, ...pointedTo]
}

function linkedOf(
  context: Context,
  label: string,
  registerName: RegisterName,
  total: number,
  rows: readonly RecordRow[],
): LinkedRecords {
  const register = getRegister(registerName)
  const { labelOf } = labellerFor(
    context.store.read,
    context.dictionaries,
    register,
    rows.map((row) => row.values),
  )
  return {
    label,
    register: registerName,
    total,
    rows: rows.map((row) => ({
      id: row.id,
      title: titleOf(register, row.values, labelOf),
      detail: detailOf(context, register, row),
      status: row.status,
    })),
  }
}
