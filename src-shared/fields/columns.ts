import type { Register } from '../registers/register.ts'
import { unreachableKind, type Field } from './field.ts'

/** One column of a register's table as a migration must have made it (SQLite STRICT types). */
export type Column = {
  readonly name: string
  readonly type: 'TEXT' | 'INTEGER' | 'REAL'
  readonly notNull: boolean
}

/**
 * The column name of a field: camelCase becomes snake_case (`roomNumber` → `room_number`).
 * Kysely's CamelCasePlugin is the inverse.
 */
export function columnName(field: string): string {
  const known = columnNames.get(field)
  if (known !== undefined) return known
  const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  columnNames.set(field, name)
  return name
}

/** Asked for every field of every row that is read; there are as many as fields are declared. */
const columnNames = new Map<string, string>()

/** Columns every register's table has beside its fields. */
export const COMMON_COLUMNS: readonly Column[] = [
  // SQLite's row number: small and stable, used inside one store only; a query's order breaks ties by it.
  { name: 'row', type: 'INTEGER', notNull: true },
  // UUIDv7 made on the client; never derived from an identity number.
  { name: 'id', type: 'TEXT', notNull: true },
  { name: 'declaration_version', type: 'INTEGER', notNull: true },
  { name: 'status', type: 'TEXT', notNull: true },
  // Values of the cancellation's fields as JSON while cancelled.
  { name: 'cancellation', type: 'TEXT', notNull: false },
  // UTC milliseconds from the learnt server offset; shown, never used to order edits.
  { name: 'created_at', type: 'INTEGER', notNull: true },
  { name: 'updated_at', type: 'INTEGER', notNull: true },
  // Grows by every stored change on this replica, own or pulled: a form names the one it was opened on.
  { name: 'revision', type: 'INTEGER', notNull: true },
  // Scope: the station whose area the record belongs to; empty until a station is known (单机模式).
  { name: 'station_code', type: 'TEXT', notNull: true },
  // Server change number of the version this replica has seen; 0 until the first receipt or pull.
  { name: 'server_seq', type: 'INTEGER', notNull: true },
  // Number of own ops on this record without a receipt; 0 means 已上传.
  { name: 'pending_ops', type: 'INTEGER', notNull: true },
]

function columnType(field: Field): Column['type'] {
  switch (field.kind) {
    case 'text':
    case 'code':
    case 'reference':
    case 'date':
    case 'photo':
      return 'TEXT'
    // JSON: an array of codes or ids, or an array of row objects.
    case 'codes':
    case 'references':
    case 'list':
      return 'TEXT'
    case 'integer':
    case 'money':
    case 'boolean':
      return 'INTEGER'
    // A decimal is stored as an integer scaled by 10^scale: no binary fractions on disk.
    case 'decimal':
      return 'INTEGER'
    default:
      return unreachableKind(field)
  }
}

/**
 * The columns a register's table must have, in order. Field columns are nullable: what is required is judged by the
 * declaration version a record was checked by, not by the table.
 */
export function columnsOf(register: Register): readonly Column[] {
  return [
    ...COMMON_COLUMNS,
    ...Object.entries(register.fields).map(([name, field]) => ({
      name: columnName(name),
      type: columnType(field),
      notNull: false,
    })),
  ]
}

/** What SQLite stores. */
export type ColumnValue = string | number | null
