import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServerSetupError } from './setup-error.ts'

export type MigrationFile = { readonly number: number; readonly sql: string }

/** The steps `NNNN-name.sql` of a folder in their order. */
export function listMigrationFiles(folder: string): readonly MigrationFile[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number(name.slice(0, 4)), sql: readFileSync(join(folder, name), 'utf8') }))
}

/** @throws ServerSetupError where the database has a step that this program does not know */
export function checkNotNewer(version: number, files: readonly MigrationFile[]): void {
  const newest = files.at(-1)?.number ?? 0
  if (version <= newest) return
  throw new ServerSetupError(
    `数据库文件由更新版本的服务器建立(结构版本${version},本程序只认识到${newest}):请升级服务器程序。`,
  )
}
