import { columnName, columnsOf, type ColumnValue } from '../../../src-shared/fields/columns.ts'
import {
  isEmptyValue,
  unreachableKind,
  type Field,
  type FieldValue,
  type RecordValues,
} from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { RecordStatus, Register, RegisterName } from '../../../src-shared/registers/register.ts'
import type { ReadDatabase, SqlRow, WriteDatabase } from '../database/database.ts'

/** One record as a register's table holds it. */
export type RecordRow = {
  readonly register: RegisterName
  readonly row: number
  readonly id: string
  readonly declarationVersion: number
  readonly status: RecordStatus
  readonly cancellation: RecordValues | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly revision: number
  readonly stationCode: string
  readonly serverSeq: number
  readonly pendingOps: number
  readonly values: RecordValues
}

/** A row that is not stored yet. */
export type NewRecordRow = Omit<RecordRow, 'row'>

/** What SQLite stores for a value; empty values are NULL. */
export function toColumnValue(field: Field, value: FieldValue | undefined): ColumnValue {
  if (isEmptyValue(value)) return null
  switch (field.kind) {
    case 'text':
    case 'code':
    case 'reference':
    case 'date':
    case 'photo':
      return String(value)
    case 'codes':
    case 'references':
    case 'list':
      return JSON.stringify(value)
    case 'integer':
    case 'decimal':
    case 'money':
      return Number(value)
    case 'boolean':
      return value === true ? 1 : 0
    default:
      return unreachableKind(field)
  }
}

/** The value a column's content stands for. */
export function toFieldValue(field: Field, stored: unknown): FieldValue {
  if (stored === null || stored === undefined) return null
  switch (field.kind) {
    case 'text':
    case 'code':
    case 'reference':
    case 'date':
    case 'photo':
      return String(stored)
    case 'codes':
    case 'references':
    case 'list':
      return JSON.parse(String(stored)) as FieldValue
    case 'integer':
    case 'decimal':
    case 'money':
      return Number(stored)
    case 'boolean':
      return stored === 1
    default:
      return unreachableKind(field)
  }
}

/** Reads one row of a register's table. */
export function toRecordRow(register: Register, row: SqlRow): RecordRow {
  const values: Record<string, FieldValue> = {}
  for (const [name, field] of Object.entries(register.fields))
    values[name] = toFieldValue(field, row[columnName(name)])
  const cancellation = row['cancellation']
  return {
    register: register.name,
    row: Number(row['row']),
    id: String(row['id']),
    declarationVersion: Number(row['declaration_version']),
    status: row['status'] === 'cancelled' ? 'cancelled' : 'active',
    cancellation: typeof cancellation === 'string' ? (JSON.parse(cancellation) as RecordValues) : null,
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
    revision: Number(row['revision']),
    stationCode: String(row['station_code']),
    serverSeq: Number(row['server_seq']),
    pendingOps: Number(row['pending_ops']),
    values,
  }
}

/** The record of an id, active or cancelled. */
export function findRecord(
  database: ReadDatabase,
  register: RegisterName,
  id: string,
): RecordRow | undefined {
  const declaration = getRegister(register)
  const row = database.firstOf(`SELECT * FROM ${declaration.table} WHERE id = ?`, id)
  return row === undefined ? undefined : toRecordRow(declaration, row)
}

/** The records of several ids, in no particular order; unknown ids are left out. */
export function listRecords(
  database: ReadDatabase,
  register: RegisterName,
  ids: readonly string[],
): readonly RecordRow[] {
  if (ids.length === 0) return []
  const declaration = getRegister(register)
  return database
    .allOf(
      `SELECT * FROM ${declaration.table} WHERE id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids),
    )
    .map((row) => toRecordRow(declaration, row))
}

type Statements = {
  readonly insert: string
  readonly update: string
  readonly columns: readonly string[]
}

const statementsByRegister = new Map<RegisterName, Statements>()

function statementsOf(register: Register): Statements {
  const known = statementsByRegister.get(register.name)
  if (known) return known
  const columns = columnsOf(register)
    .map((column) => column.name)
    .filter((name) => name !== 'row')
  const statements = {
    columns,
    insert: `INSERT INTO ${register.table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    update: `UPDATE ${register.table} SET ${columns.map((name) => `${name} = ?`).join(', ')} WHERE row = ?`,
  }
  statementsByRegister.set(register.name, statements)
  return statements
}

function parametersOf(register: Register, record: NewRecordRow): ColumnValue[] {
  return [
    record.id,
    record.declarationVersion,
    record.status,
    record.cancellation === null ? null : JSON.stringify(record.cancellation),
    record.createdAt,
    record.updatedAt,
    record.revision,
    record.stationCode,
    record.serverSeq,
    record.pendingOps,
    ...Object.entries(register.fields).map(([name, field]) => toColumnValue(field, record.values[name])),
  ]
}

/** Adds a record; answers its row number. */
export function insertRecord(database: WriteDatabase, record: NewRecordRow): number {
  const register = getRegister(record.register)
  const result = database.runOf(statementsOf(register).insert, ...parametersOf(register, record))
  return result.lastInsertRow
}

/** Replaces all of a record. Only columns that differ cost an index entry: SQLite compares them itself. */
export function updateRecord(database: WriteDatabase, row: number, record: NewRecordRow): void {
  const register = getRegister(record.register)
  database.runOf(statementsOf(register).update, ...parametersOf(register, record), row)
}
