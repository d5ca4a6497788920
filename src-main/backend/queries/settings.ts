import { build, type ReadDatabase, type WriteDatabase } from '../database/database.ts'

/** Names in the table `setting`; sync keeps its own there under names that begin with `sync`. */
export type SettingName =
  | 'replicaId'
  | 'settings'
  | 'names'
  | 'archiveNumber'
  | 'filingNumber'
  | 'roundsSinceRebuild'
  | 'backup'
  | `preference.${string}`

/** The stored JSON value of a name, or undefined. */
export function readSetting(database: ReadDatabase, name: SettingName): unknown {
  const row = database.first(build.selectFrom('setting').select('value').where('name', '=', name))
  return row === undefined ? undefined : (JSON.parse(row.value) as unknown)
}

/** Stores a JSON value under a name. */
export function writeSetting(database: WriteDatabase, name: SettingName, value: unknown): void {
  const text = JSON.stringify(value)
  database.run(
    build
      .insertInto('setting')
      .values({ name, value: text })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text })),
  )
}
