import { openConnection, type Connection } from '../../src-main/backend/database/connection.ts'
import { listMigrations, migrateStore } from '../../src-main/backend/database/migrate.ts'

/** A key for stores that hold nothing real. */
export const TEST_KEY = Buffer.alloc(32, 1)

export type Shape = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Tables with their columns (type and constraints), indexes and triggers of an open store, in one comparable object. */
export function shapeOf(connection: Connection): Shape {
  const shape: Record<string, Record<string, string>> = {}
  const objects = connection
    .prepare(
      "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
    )
    .all() as readonly { readonly type: string; readonly name: string; readonly sql: string }[]
  for (const { type, name, sql } of objects) {
    if (type !== 'table') {
      shape[`${type} ${name}`] = { sql: sql.replaceAll(/\s+/g, ' ') }
      continue
    }
    const columns: Record<string, string> = {}
    for (const column of connection.pragma(`table_info(${name})`) as readonly {
      readonly name: string
      readonly type: string
      readonly notnull: number
      readonly pk: number
      readonly dflt_value: string | null
    }[]) {
      columns[column.name] = [
        column.type,
        column.notnull === 1 ? 'NOT NULL' : '',
        column.pk > 0 ? `KEY ${column.pk}` : '',
        column.dflt_value === null ? '' : `DEFAULT ${column.dflt_value}`,
      ]
        .filter((part) => part !== '')
        .join(' ')
    }
    const isStrict = /STRICT/.test(sql.slice(sql.lastIndexOf(')')))
    shape[`table ${name}${isStrict ? '' : ' (not STRICT)'}`] = columns
  }
  return shape
}

/** Migrates a new store in a folder up to a number (all when absent) and opens it. */
export function migrateTo(
  file: string,
  migrationsFolder: string,
  upTo = Number.POSITIVE_INFINITY,
): Connection {
  migrateStore(
    file,
    TEST_KEY,
    listMigrations(migrationsFolder).filter((migration) => migration.number <= upTo),
  )
  return openConnection(file, TEST_KEY, 'save')
}
