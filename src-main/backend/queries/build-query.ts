import { sql, type CompiledQuery, type RawBuilder } from 'kysely'
import type { Condition, Query } from '../../../src-shared/contract/types.ts'
import { operatorsOf } from '../../../src-shared/fields/filter.ts'
import {
  isEmptyValue,
  unreachableKind,
  type CodeField,
  type Field,
  type TextField,
} from '../../../src-shared/fields/field.ts'
import { listStageMatches, type Flow } from '../../../src-shared/registers/flow.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { Register, RegisterName } from '../../../src-shared/registers/register.ts'
import { compactCode, normaliseLine } from '../../../src-shared/values/text.ts'
import { build } from '../database/database.ts'
import type { Dictionaries } from '../lookup/dictionaries.ts'
import { RequestRefusal } from '../services/request-failure.ts'
import { toColumnValue } from './record-row.ts'
import { linkTable } from './references.ts'

/** How an indexed condition finds its rows. */
type Access =
  /** Rows come in the order of `updated_at` by themselves: index (field, updated_at). */
  | 'inOrder'
  /** Rows are scanned and sorted: index (field, updated_at, status), or the name keys. */
  | 'scanned'
  /** No index: every row is looked at. */
  | 'none'

/** One condition, ready for SQL. */
type Part = {
  readonly access: Access
  readonly fields: readonly string[]
  /** The condition so that its index can be used. */
  readonly driving: RawBuilder<boolean>
  /** The same so that no index is used for it. */
  readonly filtering: RawBuilder<boolean>
}

/** Fields whose index begins with them; a test compares with the migrations and looks at the plans. */
export const INDEXED_FIELDS: Readonly<
  Record<RegisterName, { readonly inOrder: readonly string[]; readonly scanned: readonly string[] }>
> = {
  resident: {
    inOrder: [
      'dwellingId',
      'employerId',
      'collectorId',
      'sexCode',
      'ethnicGroupCode',
      'householdDivisionCode',
      'educationCode',
      'occupationCode',
      'employmentStatusCode',
      'residenceTypeCode',
    ],
    scanned: [
      'documentNumber',
      'name',
      'telephone',
      'birthDate',
      'arrivalDate',
      'moveInDate',
      'collectionDate',
      'paperFormNumber',
      'householdAddress',
      'remarks',
    ],
  },
  dwelling: {
    inOrder: [
      'communityCode',
      'estateId',
      'streetCode',
      'coordinatorId',
      'occupancyUseCode',
      'dwellingTypeCode',
    ],
    scanned: [
      'doorNumber',
      'roomNumber',
      'commonAddress',
      'archiveNumber',
      'ownerName',
      'ownerDocumentNumber',
      'ownerTelephone',
      'collectionDate',
      'remarks',
    ],
  },
  employer: {
    inOrder: ['coordinatorId', 'employerTypeCode', 'industryCode', 'divisionCode'],
    scanned: ['name', 'socialCreditCode', 'telephone'],
  },
  coordinator: { inOrder: ['communityCode'], scanned: ['name', 'citizenIdNumber', 'telephone'] },
  minor: {
    inOrder: ['guardianId', 'dwellingId', 'schoolId', 'collectorId', 'schoolingCode', 'gradeCode', 'sexCode'],
    scanned: ['documentNumber', 'name', 'birthDate', 'collectionDate'],
  },
  school: { inOrder: ['schoolTypeCode', 'divisionCode'], scanned: ['name', 'telephone'] },
  estate: { inOrder: ['communityCode'], scanned: ['name'] },
  residencePermit: {
    inOrder: ['applicantId', 'permitActionCode', 'stageCode'],
    scanned: ['permitNumber', 'acceptanceDate', 'dueDate', 'validUntilDate'],
  },
  lease: {
    inOrder: ['dwellingId', 'stageCode'],
    scanned: ['filingNumber', 'lessorName', 'startDate', 'endDate', 'filingDate'],
  },
  inspection: {
    inOrder: ['dwellingId', 'inspectorId', 'stageCode'],
    scanned: ['inspectionDate', 'rectifyByDate'],
  },
  serviceRequest: {
    inOrder: ['applicantId', 'serviceTypeCode', 'stageCode'],
    scanned: ['applicantName', 'applicantTelephone', 'acceptanceDate', 'dueDate'],
  },
}

/**
 * Fields that are seldom sorted by, by the narrow index in which they stand together: (updated_at, status, station_code, the
 * fields). It is read whole for one of them. Registers of few records read their table instead.
 */
export const SELDOM_INDEXES: Partial<
  Readonly<Record<RegisterName, Readonly<Record<string, readonly string[]>>>>
> = {
  resident: {
    resident_seldom_codes: [
      'documentTypeCode',
      'hukouTypeCode',
      'maritalStatusCode',
      'politicalStatusCode',
      'militaryServiceCode',
      'residenceReasonCode',
      'intendedStayCode',
      'landlordRelationCode',
      'yearsWorked',
      'labourContractCode',
      'appliesForPermitCode',
    ],
    resident_seldom_values: ['formerName', 'documentValidFromDate', 'documentValidToDate'],
  },
  dwelling: {
    dwelling_seldom_values: [
      'building',
      'entrance',
      'floor',
      'dwellingUseCode',
      'structureCode',
      'floorArea',
      'roomCount',
      'ownershipCode',
      'ownerBodyName',
      'ownerBodyPrincipalName',
      'ownerBodyTelephone',
      'agentName',
      'agentDocumentNumber',
      'agentTelephone',
      'letRoomCount',
      'responsibilityLetterNumber',
    ],
  },
  minor: { minor_seldom_values: ['documentTypeCode', 'kinshipCode', 'vaccinationCode', 'remarks'] },
  residencePermit: {
    residence_permit_seldom_values: [
      'permitBasisCode',
      'permitTermCode',
      'acceptedByName',
      'reviewDate',
      'refusalReason',
      'cardDate',
      'issueDate',
    ],
  },
  lease: {
    lease_seldom_values: [
      'monthlyRent',
      'deposit',
      'leaseUseCode',
      'terminationDate',
      'terminationReasonCode',
    ],
  },
  inspection: { inspection_seldom_values: ['description', 'reinspectionDate', 'reinspectionResult'] },
}

/** The two instants every record has; queries may ask for and sort by them like fields. */
const INSTANTS: readonly string[] = ['updatedAt', 'createdAt']

/** Greater than every text that begins with the same characters. */
const LAST_CHARACTER = '\u{10FFFF}'

/** More codes than this are bound as one JSON array instead of one parameter each. */
const MANY_CODES = 500

/** The rows of the newest part of a register that are tried before an index is scanned. */
const WINDOW = 5_000

function refuse(label: string): RequestRefusal {
  return new RequestRefusal('invalidInput', `「${label}」不能这样查询,请换一种条件!`)
}

/** The sort's field, proven to be one. */
export function sortFieldOf(query: Query): string {
  const { field } = query.sort
  if (INSTANTS.includes(field)) return field
  if (!Object.hasOwn(getRegister(query.register).fields, field)) throw refuse(field)
  return field
}

/** Whether rows can be read in the order of the sort. */
export function isSortIndexed(query: Query): boolean {
  return isOwnSortIndexed(query) || labelSortOf(query) !== null
}

/** Whether the first rows of a sort are found without reading the records: in its order, or in a narrow index. */
export function isSortCheap(query: Query): boolean {
  return isSortIndexed(query) || isSortSeldom(query)
}

function isSortSeldom(query: Query): boolean {
  return Object.values(SELDOM_INDEXES[query.register] ?? {}).some((fields) =>
    fields.includes(sortFieldOf(query)),
  )
}

/** Whether the sort's column names a record of another register, whose title decides the order. */
export function isSortedByLabel(query: Query): boolean {
  return labelSortOf(query) !== null
}

/** Whether the sort's own column has an index: a reference is sorted by the label of what it names instead. */
function isOwnSortIndexed(query: Query): boolean {
  const field = sortFieldOf(query)
  if (INSTANTS.includes(field)) return true
  if (labelSortOf(query) !== null) return false
  const { inOrder, scanned } = INDEXED_FIELDS[query.register]
  return inOrder.includes(field) || scanned.includes(field)
}

/** A sort by a column that names a record of another register: by the fields of its title, whose first have an index. */
type LabelSort = {
  readonly field: string
  readonly target: Register
}

/** The sort by label that a query asks for; null where the column is sorted by its own value. */
function labelSortOf(query: Query): LabelSort | null {
  const field = sortFieldOf(query)
  const declared = getRegister(query.register).fields[field]
  if (declared?.kind !== 'reference' || !INDEXED_FIELDS[query.register].inOrder.includes(field)) return null
  return { field, target: getRegister(declared.register) }
}

/** `alias.column`, written so that no index is used for it. */
function plain(source: string, field: string): RawBuilder<unknown> {
  return sql`+${sql.ref(`${source}.${field}`)}`
}

function partsOf(query: Query, dictionaries: Dictionaries, today: string): readonly Part[] {
  const register = getRegister(query.register)
  return query.conditions.map((condition) => partOf(register, condition, dictionaries, today))
}

function partOf(register: Register, condition: Condition, dictionaries: Dictionaries, today: string): Part {
  const name = condition.field
  if (INSTANTS.includes(name)) return instantPart(register, condition)
  if (isBeside(register, name)) return besidePart(register, condition)
  const field = Object.hasOwn(register.fields, name) ? register.fields[name] : undefined
  if (!field) throw refuse(name)
  if (!operatorsOf(field).includes(condition.operator)) throw refuse(field.label)
  const { flow } = register
  if (
    flow?.field === name &&
    'value' in condition &&
    typeof condition.value === 'string' &&
    condition.value !== ''
  )
    return stagePart(register, flow, condition.value, today)
  if (field.kind === 'references' && condition.operator === 'contains')
    return linkPart(register, name, condition.value)
  if (condition.operator === 'name') return namePart(register, field, condition.value, name)
  if (condition.operator === 'refersTo')
    return namedPart(register, field, condition, (target, each) => partOf(target, each, dictionaries, today))
  const toSql = (column: RawBuilder<unknown>): RawBuilder<boolean> =>
    columnCondition(field, condition, column, dictionaries)
  return {
    access: accessOf(register, field, condition, dictionaries),
    fields: [name],
    driving: toSql(sql.ref(`${register.table}.${name}`)),
    filtering: toSql(plain(register.table, name)),
  }
}

/** A stage as it is shown: 逾期 is 待整改 whose day has passed, and 待整改 leaves those out. */
function stagePart(register: Register, flow: Flow, shown: string, today: string): Part {
  const matches = listStageMatches(flow, shown)
  const toSql = (
    column: (field: string) => RawBuilder<unknown>,
    day: (field: string) => RawBuilder<unknown>,
  ): RawBuilder<boolean> => {
    const alternatives = matches.map(({ stages, day: lapse }) => {
      const stage = column(flow.field)
      const isStage =
        stages.length === 1
          ? sql<boolean>`${stage} = ${stages[0]}`
          : sql<boolean>`${stage} in (${sql.join(stages)})`
      if (lapse === undefined) return isStage
      return lapse.isPast
        ? sql<boolean>`(${isStage} and ${column(lapse.field)} < ${today})`
        : sql<boolean>`(${isStage} and (${day(lapse.field)} is null or ${day(lapse.field)} >= ${today}))`
    })
    const [only] = alternatives
    return only !== undefined && alternatives.length === 1
      ? only
      : sql<boolean>`(${sql.join(alternatives, sql` or `)})`
  }
  const own = (field: string): RawBuilder<unknown> => sql.ref(`${register.table}.${field}`)
  const each = (field: string): RawBuilder<unknown> => plain(register.table, field)
  return {
    // One stage alone is read in its index's order; a day that has passed by the index of stage and day.
    access: matches.some(({ day }) => day?.isPast === true) ? 'scanned' : 'inOrder',
    fields: [flow.field, ...matches.flatMap(({ day }) => (day === undefined ? [] : [day.field]))],
    driving: toSql(own, each),
    filtering: toSql(each, each),
  }
}

/** Who is named among several: by the table that says which rows name a record. */
function linkPart(register: Register, name: string, id: string): Part {
  const link = sql.table(linkTable(register, name))
  return {
    access: 'scanned',
    fields: [name],
    driving: sql<boolean>`${sql.ref(`${register.table}.row`)} in (select row from ${link} where target_id = ${id})`,
    // Stored as a JSON array of ids: the quotation marks make it the whole id.
    filtering: sql<boolean>`instr(${plain(register.table, name)}, ${JSON.stringify(id)}) > 0`,
  }
}

/**
 * The record that a reference names: found by its own conditions where they have an index, else looked up for each row. Rows whose
 * record is not here are looked for one by one.
 */
function namedPart(
  register: Register,
  field: Field,
  condition: Extract<Condition, { readonly operator: 'refersTo' }>,
  partIn: (target: Register, condition: Condition) => Part,
): Part {
  if (field.kind !== 'reference') throw refuse(field.label)
  const target = getRegister(field.register)
  const name = condition.field
  const table = sql.table(target.table)
  const id = sql.ref(`${target.table}.id`)
  if (condition.conditions === null) {
    const isAbsent = (own: RawBuilder<unknown>): RawBuilder<boolean> =>
      sql<boolean>`not exists (select 1 from ${table} where ${id} = ${own})`
    return {
      access: 'none',
      fields: [name],
      driving: isAbsent(plain(register.table, name)),
      filtering: isAbsent(plain(register.table, name)),
    }
  }
  const parts = condition.conditions.map((each) => partIn(target, each))
  const filters = parts.map((part) => part.filtering)
  const driver = parts.find((part) => part.access !== 'none' && !isKeyed(part))
  const found = sql.join([sql`1`, ...(driver ? [driver.driving] : []), ...filters], sql` and `)
  return {
    access: driver === undefined ? 'none' : 'scanned',
    fields: [name],
    driving: sql<boolean>`${sql.ref(`${register.table}.${name}`)} in (select ${id} from ${table} where ${found})`,
    filtering: sql<boolean>`exists (select 1 from ${table} where ${id} = ${plain(register.table, name)} and ${sql.join([sql`1`, ...filters], sql` and `)})`,
  }
}

/** What can be asked of a record that is no field of it. */
function isBeside(register: Register, name: string): boolean {
  if (name === 'occupants') return register.name === 'dwelling'
  if (name === 'permitUntilDate') return register.name === 'resident'
  return name.startsWith('cancellation.') && cancelFieldOf(register, name)?.kind === 'date'
}

function cancelFieldOf(register: Register, name: string): Field | undefined {
  const own = name.slice('cancellation.'.length)
  return Object.hasOwn(register.cancellation, own) ? register.cancellation[own] : undefined
}

function besidePart(register: Register, condition: Condition): Part {
  if (condition.operator !== 'between') throw refuse(condition.field)
  const { field, from, to } = condition
  switch (field) {
    case 'occupants': {
      const isLivedIn = (own: RawBuilder<unknown>): RawBuilder<boolean> =>
        sql<boolean>`exists (select 1 from dwelling_tally where dwelling_id = ${own} and ${rangeSql(sql`residents + minors`, from, to)})`
      return {
        access: 'none',
        fields: ['id'],
        driving: isLivedIn(plain(register.table, 'id')),
        filtering: isLivedIn(plain(register.table, 'id')),
      }
    }
    case 'permitUntilDate': {
      const inForce = sql`status = 'active' and stage_code = '40' and ${rangeSql(sql`valid_until_date`, from, to)}`
      const isHolder = (own: RawBuilder<unknown>): RawBuilder<boolean> =>
        sql<boolean>`exists (select 1 from residence_permit indexed by residence_permit_holder where applicant_id = ${own} and ${inForce})`
      return {
        access: 'scanned',
        fields: ['id'],
        driving: sql<boolean>`${sql.ref(`${register.table}.id`)} in (select applicant_id from residence_permit indexed by residence_permit_ending where ${inForce})`,
        filtering: isHolder(plain(register.table, 'id')),
      }
    }
    default: {
      const path = `$.${field.slice('cancellation.'.length)}`
      const dayOf = sql`json_extract(${plain(register.table, 'cancellation')}, ${path})`
      const isIndexed = register.name === 'resident' && path === '$.cancelDate'
      return {
        access: isIndexed ? 'scanned' : 'none',
        fields: ['cancellation'],
        // As the partial index says it, word for word: SQLite uses it only then.
        driving: isIndexed
          ? sql<boolean>`status = 'cancelled' and ${rangeSql(sql`json_extract(cancellation, '$.cancelDate')`, from, to)}`
          : rangeSql(dayOf, from, to),
        filtering: rangeSql(dayOf, from, to),
      }
    }
  }
}

function instantPart(register: Register, condition: Condition): Part {
  if (condition.operator !== 'between') throw refuse(condition.field)
  const toSql = (column: RawBuilder<unknown>): RawBuilder<boolean> =>
    rangeSql(column, condition.from, condition.to)
  return {
    access: 'scanned',
    fields: [condition.field],
    driving: toSql(sql.ref(`${register.table}.${condition.field}`)),
    filtering: toSql(plain(register.table, condition.field)),
  }
}

function accessOf(
  register: Register,
  field: Field,
  condition: Condition,
  dictionaries: Dictionaries,
): Access {
  const indexed = INDEXED_FIELDS[register.name]
  if (condition.operator === 'contains') return 'none'
  if (indexed.inOrder.includes(condition.field)) {
    // A code with others below it is a set: several runs of the index, so not in order.
    const isSet =
      condition.operator === 'within' &&
      field.kind === 'code' &&
      dictionaries.listWithin(field.dictionary, condition.value).length > 1
    return isSet ? 'scanned' : 'inOrder'
  }
  return indexed.scanned.includes(condition.field) ? 'scanned' : 'none'
}

/** What is asked of a column itself. */
type ColumnCondition = Exclude<Condition, { readonly operator: 'name' | 'refersTo' }>

/** The SQL of a condition on one column: one case a kind and operator. */
function columnCondition(
  field: Field,
  condition: ColumnCondition,
  column: RawBuilder<unknown>,
  dictionaries: Dictionaries,
): RawBuilder<boolean> {
  switch (field.kind) {
    case 'text':
      return textCondition(field, condition, column)
    case 'code':
      return codeCondition(field, condition, column, dictionaries)
    case 'codes':
    case 'references':
      if (condition.operator !== 'contains') throw refuse(field.label)
      // Stored as a JSON array of codes: the quotation marks make it the whole code.
      return sql<boolean>`instr(${column}, ${JSON.stringify(condition.value)}) > 0`
    case 'reference':
    case 'boolean':
      if (condition.operator !== 'equals') throw refuse(field.label)
      return equalSql(field, column, condition)
    case 'date':
    case 'integer':
    case 'decimal':
    case 'money':
      if (condition.operator === 'equals') return equalSql(field, column, condition)
      if (condition.operator !== 'between') throw refuse(field.label)
      return rangeSql(column, condition.from, condition.to)
    case 'photo':
    case 'list':
      throw refuse(field.label)
    default:
      return unreachableKind(field)
  }
}

function equalSql(
  field: Field,
  column: RawBuilder<unknown>,
  condition: Extract<Condition, { readonly operator: 'equals' }>,
): RawBuilder<boolean> {
  if (isEmptyValue(condition.value)) return sql<boolean>`${column} is null`
  return sql<boolean>`${column} = ${toColumnValue(field, condition.value)}`
}

function rangeSql(
  column: RawBuilder<unknown>,
  from: string | number | undefined,
  to: string | number | undefined,
): RawBuilder<boolean> {
  if (from === undefined && to === undefined) return sql<boolean>`${column} is not null`
  if (from === undefined) return sql<boolean>`${column} <= ${to}`
  if (to === undefined) return sql<boolean>`${column} >= ${from}`
  return sql<boolean>`${column} between ${from} and ${to}`
}

function prefixSql(column: RawBuilder<unknown>, prefix: string): RawBuilder<boolean> {
  return sql<boolean>`(${column} >= ${prefix} and ${column} < ${prefix + LAST_CHARACTER})`
}

function textCondition(
  field: TextField,
  condition: ColumnCondition,
  column: RawBuilder<unknown>,
): RawBuilder<boolean> {
  switch (condition.operator) {
    case 'equals':
      if (isEmptyValue(condition.value)) return sql<boolean>`${column} is null`
      return sql<boolean>`${column} = ${asStored(field, String(condition.value))}`
    case 'startsWith':
      return prefixSql(column, asStored(field, condition.value))
    case 'contains':
      // instr and not LIKE: % and _ are ordinary characters in an address.
      return sql<boolean>`instr(${column}, ${asStored(field, condition.value)}) > 0`
    case 'between':
    case 'within':
      throw refuse(field.label)
  }
}

/** Typed text in the shape in which the field's values are stored. */
function asStored(field: TextField, typed: string): string {
  switch (field.format) {
    case 'documentNumber':
    case 'citizenIdNumber':
    case 'socialCreditCode':
      return compactCode(typed).toUpperCase()
    case 'telephone':
    case 'addressPart':
      return compactCode(typed)
    case 'plain':
    case 'personName':
      return normaliseLine(typed)
  }
}

function codeCondition(
  field: CodeField,
  condition: ColumnCondition,
  column: RawBuilder<unknown>,
  dictionaries: Dictionaries,
): RawBuilder<boolean> {
  if (condition.operator === 'equals') return equalSql(field, column, condition)
  if (condition.operator !== 'within') throw refuse(field.label)
  const codes = dictionaries.listWithin(field.dictionary, condition.value)
  if (codes.length === 1) return sql<boolean>`${column} = ${condition.value}`
  if (codes.length > MANY_CODES)
    return sql<boolean>`${column} in (select value from json_each(${JSON.stringify(codes)}))`
  return sql<boolean>`${column} in (${sql.join(codes)})`
}

/**
 * A name by pinyin initials (zwx), by Chinese text from its start (张), or by text followed by initials (张wx).
 * Only the register's name field has keys; others are searched by their text.
 */
function namePart(register: Register, field: Field, typed: string, name: string): Part {
  const match = /^(.*?)([a-zA-Z]*)$/su.exec(normaliseLine(typed))
  const head = match?.[1] ?? ''
  const initials = (match?.[2] ?? '').toLowerCase()
  if (field.kind !== 'text') throw refuse(field.label)
  const hasKeys = name === register.nameField
  const isIndexed = INDEXED_FIELDS[register.name].scanned.includes(name)
  if (initials === '' || !hasKeys) {
    const text = head + (match?.[2] ?? '')
    return {
      access: isIndexed ? 'scanned' : 'none',
      fields: [name],
      driving: prefixSql(sql.ref(`${register.table}.${name}`), text),
      filtering: prefixSql(plain(register.table, name), text),
    }
  }
  if (head === '') {
    const range = sql`key >= ${initials} and key < ${initials + LAST_CHARACTER}`
    return {
      access: 'scanned',
      fields: [],
      // Answered from the name keys alone: see keyedRows.
      driving: sql<boolean>`register = ${register.name} and ${range}`,
      filtering: sql<boolean>`exists (select 1 from name_key where register = ${register.name} and row = ${sql.ref(`${register.table}.row`)} and ${range})`,
    }
  }
  const length = [...head].length
  const keyed = sql<boolean>`exists (select 1 from name_key where register = ${register.name} and row = ${sql.ref(`${register.table}.row`)} and substr(key, ${length + 1}, ${initials.length}) = ${initials})`
  return {
    access: isIndexed ? 'scanned' : 'none',
    fields: [name],
    driving: sql<boolean>`${prefixSql(sql.ref(`${register.table}.${name}`), head)} and ${keyed}`,
    filtering: sql<boolean>`${prefixSql(plain(register.table, name), head)} and ${keyed}`,
  }
}

function isKeyed(part: Part): boolean {
  return part.fields.length === 0
}

/** The start of a statement that answers row numbers; the type knows every register by the columns of one. */
function selectRows(table: 'resident') {
  return build.selectFrom(table).select(`${table}.row`)
}
type RowStatement = ReturnType<typeof selectRows>

/** What a query is made of once: its statements differ only in which condition drives. */
export type QueryPlan = {
  /** How many rows a condition finds at most `limit`, by the number of the condition; only indexed ones can be asked. */
  readonly candidates: readonly {
    readonly index: number
    /** Whether its rows come in the order of the sort by themselves. */
    readonly isSorted: boolean
    readonly estimate: (limit: number) => CompiledQuery
  }[]
  /** The first rows among the newest part of the register (in the order of the sort). Fewer than asked says nothing. */
  readonly window: (limit: number) => CompiledQuery
  /** The rows, driven by one candidate or by the sort's own order; `limit` null gives all of them. */
  readonly rows: (driver: number | null, limit: number | null) => CompiledQuery
  /** The same for a candidate that finds very many: no record is read for what the sort or the candidate needs. */
  readonly manyRows: (driver: number, limit: number | null) => CompiledQuery
}

/**
 * Turns a query into statements that answer row numbers in the order of the sort.
 *
 * @param isStationNeeded false when every record of the register belongs to the asked station anyway
 * @param today the day that decides what has lapsed, `YYYY-MM-DD`
 * @throws RequestRefusal for a field or operator that the register does not have
 */
export function planQuery(
  query: Query,
  dictionaries: Dictionaries,
  isStationNeeded: boolean,
  today: string,
): QueryPlan {
  const register = getRegister(query.register)
  const table = register.table as 'resident'
  const parts = partsOf(query, dictionaries, today)
  const sortField = sortFieldOf(query)
  const labelSort = labelSortOf(query)
  /** Equal values are newest first or last, as their indexes have them. */
  const sortFields = INSTANTS.includes(sortField) ? [sortField] : [sortField, 'updatedAt']
  const direction = query.sort.direction === 'ascending' ? 'asc' : 'desc'
  const stationCode = isStationNeeded ? query.stationCode : null
  /** Both statuses is no condition; none at all is nobody. */
  const statuses = new Set(query.statuses)
  const isStatusNeeded = statuses.size < 2

  const common = (source: string): RawBuilder<boolean>[] => [
    ...(isStatusNeeded
      ? [
          statuses.size === 0
            ? sql<boolean>`0`
            : sql<boolean>`${plain(source, 'status')} = ${[...statuses][0]}`,
        ]
      : []),
    // Records without a station were made here before one was known: they belong to the station's own area too.
    ...(stationCode === null ? [] : [sql<boolean>`${plain(source, 'stationCode')} in (${stationCode}, '')`]),
  ]
  const and = (conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> =>
    conditions.length === 0 ? sql<boolean>`1` : sql<boolean>`${sql.join(conditions, sql` and `)}`

  /** One value's rows are newest first; a range is in the order of its own field. */
  function isSortedBy(part: Part): boolean {
    if (labelSort !== null || part.access === 'none') return false
    const isRangeOfSort = part.fields.length === 1 && part.fields[0] === sortField
    return isRangeOfSort || (part.access === 'inOrder' && sortField === 'updatedAt')
  }

  const candidates = parts.flatMap((part, index) =>
    part.access === 'none'
      ? []
      : [
          {
            index,
            isSorted: isSortedBy(part),
            estimate: (limit: number) =>
              build
                .selectNoFrom(
                  sql<number>`(select count(*) from (select 1 from ${sql.table(isKeyed(part) ? 'nameKey' : table)} where ${part.driving} limit ${limit}))`.as(
                    'count',
                  ),
                )
                .compile(),
          },
        ],
  )

  function rows(driver: number | null, limit: number | null): CompiledQuery {
    if (labelSort !== null) return labelledRows(labelSort, driver, limit)
    const driving = driver === null ? undefined : parts[driver]
    if (driving && isKeyed(driving)) return keyedRows(driving, limit)
    if (parts.length === 0 && limit !== null && direction === 'desc' && isSortSeldom(query))
      return lastSeldomRows(limit)
    const conditions = parts.map((part) => (part === driving ? part.driving : part.filtering))
    const isInOrder = driving === undefined ? isOwnSortIndexed(query) : isSortedBy(driving)
    const statement = inSortOrder(selectRows(table).where(and([...conditions, ...common(table)])), isInOrder)
    return (limit === null ? statement : statement.limit(limit)).compile()
  }

  /**
   * Sorted by the label of the record that a column names. Few rows that a condition found look their labels up; else the
   * named records are read in the order of their labels, and for each the rows that name it (those of the set that `many` finds),
   * so that the first page reads no more than it shows. Rows that name nothing come first (last when descending), those whose record is not here always last.
   */
  function labelledRows(
    label: LabelSort,
    driver: number | null,
    limit: number | null,
    many?: Part,
  ): CompiledQuery {
    const target = label.target.table as 'dwelling'
    const driving = driver === null ? undefined : parts[driver]
    const isKeyedDriver = driving !== undefined && isKeyed(driving)
    const own = sql.ref(`${table}.${label.field}`)
    const from = sql.table(table)
    const limited = limit === null ? sql`` : sql` limit ${limit}`
    const end = sql.join([
      sql`${sql.ref(`${table}.updatedAt`)} ${sql.raw(direction)}`,
      sql`${sql.ref(`${table}.row`)} ${sql.raw(direction)}`,
    ])
    const filters = (except?: Part): RawBuilder<boolean> =>
      and([
        ...parts
          .filter((part) => part !== except)
          .map((part) => (part === many ? foundBy(part) : part.filtering)),
        ...common(table),
      ])
    const labels = label.target.title.map((field) => sql.ref(`named.${field}`))
    const sorted = sql.join(labels.map((each) => sql`${each} ${sql.raw(direction)}`))
    if (driving !== undefined) {
      const found = isKeyedDriver
        ? sql<boolean>`${sql.ref(`${table}.row`)} in (select row from name_key where ${driving.driving})`
        : driving.driving
      // 0 names nothing, 1 is sorted by its label, 2 names a record that is not here.
      const rank = sql`case when ${own} is null then ${direction === 'asc' ? 0 : 2} when named.row is null then 3 else 1 end`
      return sql`select ${sql.ref(`${table}.row`)} from ${from} left join ${sql.table(target)} as named on named.id = +${own}
        where ${found} and ${filters(driving)} order by ${rank}, ${sorted}, ${sql.join([
          sql`+${sql.ref(`${table}.updatedAt`)} ${sql.raw(direction)}`,
          sql`+${sql.ref(`${table}.row`)} ${sql.raw(direction)}`,
        ])}${limited}`.compile(build)
    }
    const unnamed = sql`select * from (select ${sql.ref(`${table}.row`)} from ${from} where ${own} is null and ${filters()} order by ${end}${limited})`
    const named = sql`select * from (select ${sql.ref(`${table}.row`)} from ${sql.table(target)} as named cross join ${from}
      where ${own} = named.id and ${filters()} order by ${sorted}, ${end}${limited})`
    const gone = sql`select * from (select ${sql.ref(`${table}.row`)} from ${from}
      where ${own} is not null and not exists (select 1 from ${sql.table(target)} as other where other.id = ${own}) and ${filters()} order by +${sql.ref(`${table}.updatedAt`)} ${sql.raw(direction)}, ${sql.ref(`${table}.row`)} ${sql.raw(direction)}${limited})`
    const order = direction === 'asc' ? [unnamed, named, gone] : [named, unnamed, gone]
    return sql`${sql.join(order, sql` union all `)}${limited}`.compile(build)
  }

  /** By initials: the keys carry status and time of change, so the common query never touches a record. */
  function keyedRows(driving: Part, limit: number | null): CompiledQuery {
    const others = parts.filter((part) => part !== driving)
    const needsRecord = others.length > 0 || stationCode !== null || sortField !== 'updatedAt'
    if (needsRecord) {
      let statement = selectRows(table)
        .where(
          sql<boolean>`${sql.ref(`${table}.row`)} in (select row from name_key where ${driving.driving})`,
        )
        .where(and([...others.map((part) => part.filtering), ...common(table)]))
      statement = inSortOrder(statement, false)
      if (limit !== null) statement = statement.limit(limit)
      return statement.compile()
    }
    // One name may have several keys with these initials.
    let statement = build
      .selectFrom('nameKey')
      .select('nameKey.row')
      .where(driving.driving)
      .where(and(isStatusNeeded ? common('nameKey').slice(0, 1) : []))
      .groupBy('nameKey.row')
      .orderBy(sql`max(name_key.updated_at)`, direction)
      .orderBy('nameKey.row', direction)
    if (limit !== null) statement = statement.limit(limit)
    return statement.compile()
  }

  /**
   * What the candidate finds is made a set from its index alone, and the sort's index is read in order beside it: half a
   * million records would else be read one by one for the value they are sorted by.
   */
  function manyRows(driver: number, limit: number | null): CompiledQuery {
    const driving = parts[driver]
    if (driving === undefined) return rows(driver, limit)
    if (labelSort !== null) return labelledRows(labelSort, null, limit, driving)
    // Its index has updated_at as well.
    if (sortField === 'updatedAt' || !isSortCheap(query)) return rows(driver, limit)
    const isOwn = isOwnSortIndexed(query)
    const others = parts.filter((part) => part !== driving)
    const found = foundBy(driving)
    const statement = inSortOrder(
      selectRows(table).where(and([found, ...others.map((part) => part.filtering), ...common(table)])),
      isOwn,
    )
    return (limit === null ? statement : statement.limit(limit)).compile()
  }

  /**
   * The last rows of a seldom sort: its narrow index is read from the newest on. Read from the oldest, of equal values each
   * would take the place of one found before: up to half as long again.
   */
  function lastSeldomRows(limit: number): CompiledQuery {
    const value = sql.ref(`${table}.${sortField}`)
    const newest = sql`select ${sql.ref(`${table}.row`)} as row, ${value} as value, ${sql.ref(`${table}.updatedAt`)} as at
      from ${sql.table(table)} where ${and(common(table))} order by ${sql.ref(`${table}.updatedAt`)} desc limit -1`
    return sql`select row from (${newest}) order by value desc, at desc, row desc limit ${limit}`.compile(
      build,
    )
  }

  /** Whether a row is in the set that an indexed condition finds. */
  function foundBy(part: Part): RawBuilder<boolean> {
    return sql<boolean>`${plain(table, 'row')} in (select row from ${sql.table(isKeyed(part) ? 'nameKey' : table)} where ${part.driving})`
  }

  /** In the order of the sort, by its index or by comparing. */
  function inSortOrder(statement: RowStatement, isInOrder: boolean): RowStatement {
    const column = (field: string): RawBuilder<unknown> =>
      isInOrder ? sql.ref(`${table}.${field}`) : plain(table, field)
    return [...sortFields, 'row'].reduce((each, field) => each.orderBy(column(field), direction), statement)
  }

  /** The sort's own index gives the rows, or the narrow one in which its field stands; only these are then looked at. */
  function window(limit: number): CompiledQuery {
    const all = selectRows(table)
    const first = inSortOrder(all, isOwnSortIndexed(query)).limit(WINDOW)
    const found = all
      .where(sql<boolean>`${sql.ref(`${table}.row`)} in (${first})`)
      .where(and([...parts.map((part) => part.filtering), ...common(table)]))
    return inSortOrder(found, false).limit(limit).compile()
  }

  return { candidates, window, rows, manyRows }
}
