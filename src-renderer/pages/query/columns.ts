import type { QueryRow } from '../../../src-shared/contract/types.ts'
import { REGISTER_NAMES, type Register, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { uploadLabel } from '../../components/upload-label.ts'
import { columnOfField, type GridColumn } from '../../tables/field-column.ts'

/** Columns that are no field: what became of the record. */
const statusColumn = 'status'
const uploadColumn = 'uploadState'

/** The columns a grid starts with, until the clerk chooses others. */
const firstColumns: Readonly<Record<RegisterName, readonly string[]>> = {
  resident: [
    'name',
    'sexCode',
    'documentNumber',
    'birthDate',
    'householdDivisionCode',
    'dwellingId',
    'telephone',
    'employerId',
    'collectorId',
    'collectionDate',
    statusColumn,
    uploadColumn,
  ],
  dwelling: [
    'communityCode',
    'streetCode',
    'doorNumber',
    'building',
    'entrance',
    'roomNumber',
    'dwellingTypeCode',
    'occupancyUseCode',
    'roomCount',
    'letRoomCount',
    'ownerName',
    'ownerTelephone',
    'coordinatorId',
    'collectionDate',
    statusColumn,
    uploadColumn,
  ],
  employer: [
    'name',
    'socialCreditCode',
    'employerTypeCode',
    'industryCode',
    'address',
    'principalName',
    'telephone',
    'headcount',
    'coordinatorId',
    statusColumn,
    uploadColumn,
  ],
  minor: [
    'name',
    'sexCode',
    'birthDate',
    'documentNumber',
    'guardianId',
    'kinshipCode',
    'dwellingId',
    'schoolingCode',
    'schoolId',
    'gradeCode',
    'vaccinationCode',
    statusColumn,
    uploadColumn,
  ],
  school: [
    'name',
    'schoolTypeCode',
    'schoolOwnershipCode',
    'divisionCode',
    'address',
    'principalName',
    'telephone',
    statusColumn,
    uploadColumn,
  ],
  estate: [
    'name',
    'communityCode',
    'address',
    'propertyServiceName',
    'propertyServiceTelephone',
    'buildings',
    statusColumn,
    uploadColumn,
  ],
  residencePermit: [
    'applicantId',
    'permitActionCode',
    'permitBasisCode',
    'acceptanceDate',
    'dueDate',
    'stageCode',
    'permitNumber',
    'validUntilDate',
    'acceptedByName',
    statusColumn,
    uploadColumn,
  ],
  lease: [
    'filingNumber',
    'dwellingId',
    'lessorName',
    'lesseeIds',
    'startDate',
    'endDate',
    'monthlyRent',
    'leaseUseCode',
    'stageCode',
    'filingDate',
    statusColumn,
    uploadColumn,
  ],
  inspection: [
    'dwellingId',
    'inspectionDate',
    'inspectorId',
    'hazardCodes',
    'stageCode',
    'rectifyByDate',
    'reinspectionDate',
    'reinspectionResult',
    statusColumn,
    uploadColumn,
  ],
  serviceRequest: [
    'applicantId',
    'applicantName',
    'serviceTypeCode',
    'content',
    'acceptanceDate',
    'dueDate',
    'stageCode',
    'handlerName',
    'result',
    statusColumn,
    uploadColumn,
  ],
  coordinator: [
    'name',
    'sexCode',
    'citizenIdNumber',
    'telephone',
    'communityCode',
    'employmentDate',
    'workCardNumber',
    statusColumn,
    uploadColumn,
  ],
}

/** The columns a register's grid starts with, in order. */
export function defaultColumns(register: RegisterName): readonly string[] {
  return firstColumns[register]
}

/** What the record's own status is called; where a field says the stage (状态), it is whether the entry itself stands. */
export function statusLabelOf(register: Register): string {
  return register.flow ? '登记状态' : '状态'
}

/** Every column a register's grid can show: its fields in paper order, then what became of the record. */
export function listColumns(register: RegisterName): readonly GridColumn[] {
  const declaration = getRegister(register)
  return [
    ...Object.entries(declaration.fields).map(([name, field]) => columnOfField(name, field)),
    { key: 'createdAt', label: '登记时间', width: 130, align: 'left', isSortable: true },
    { key: 'updatedAt', label: '最近修改', width: 130, align: 'left', isSortable: true },
    { key: statusColumn, label: statusLabelOf(declaration), width: 70, align: 'left', isSortable: false },
    { key: uploadColumn, label: '上传', width: 70, align: 'left', isSortable: false },
  ]
}

/** The chosen columns that exist, in the chosen order; the default ones where nothing sensible was stored. */
export function chosenColumns(register: RegisterName, stored: unknown): readonly GridColumn[] {
  const all = new Map(listColumns(register).map((column) => [column.key, column]))
  const pick = (keys: readonly unknown[]): readonly GridColumn[] =>
    [...new Set(keys)].flatMap((key) => (typeof key === 'string' ? (all.get(key) ?? []) : []))
  const chosen = Array.isArray(stored) ? pick(stored) : []
  return chosen.length > 0 ? chosen : pick(defaultColumns(register))
}

/** Whether a column is a field of the register: only these can be copied. */
export function isFieldColumn(register: Register, key: string): boolean {
  return Object.hasOwn(register.fields, key)
}

/** What a row is called in a dialog: the cells of its register's title. */
export function rowName(register: Register, row: QueryRow): string {
  return register.title
    .map((field) => row.cells[field] ?? '')
    .filter((text) => text !== '')
    .join(' ')
}

/** The text of a cell, for each register one function that stays the same. */
export const cellTexts = Object.fromEntries(
  REGISTER_NAMES.map((name) => [name, cellTextOf(name)]),
) as Readonly<Record<RegisterName, (row: QueryRow, column: string) => string>>

function cellTextOf(name: RegisterName): (row: QueryRow, column: string) => string {
  const { statusLabels } = getRegister(name)
  return (row, column) => {
    if (column === statusColumn) return statusLabels[row.status]
    if (column === uploadColumn) return uploadLabel(row.uploadState)
    return row.cells[column] ?? ''
  }
}
