import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import {
  checkDatabase,
  countNumbersBefore,
  skipNumbers,
  type DatabaseCheck,
} from '../storage/check-database.ts'
import { copyDatabase } from '../storage/copy-database.ts'
import { isPostgresAddress, openServerDatabase, type ServerDatabase } from '../storage/database.ts'
import { beginEpoch, readLineage, type EarlierEpoch } from '../storage/epochs.ts'
import { readOrMakeKeyFile } from '../storage/key-file.ts'
import { ServerSetupError } from '../storage/setup-error.ts'
import { releaseSqliteFile } from '../storage/sqlite-database.ts'
import { getOption, readOptions } from './options.ts'

/** Where a server's data stand. */
export type ServerPlace = {
  /** Path of an SQLite file, or a `postgres://` address. */
  readonly location: string
  /** Key of the SQLite file, and of the backups of either engine. */
  readonly keyFile: string
  readonly migrationsFolder: string
}

/** More changes than all stations make between a backup and its restore. */
const SKIPPED_NUMBERS = 1_000_000

export const STORAGE_COMMANDS = ['check', 'backup', 'restore'] as const
export type StorageCommand = (typeof STORAGE_COMMANDS)[number]

/**
 * Runs `check`, `backup` or `restore` and answers the lines to print.
 * @throws ServerSetupError with a sentence that says what to do; also where a check finds anything wrong
 */
export async function runStorageCommand(
  place: ServerPlace,
  command: StorageCommand,
  commandArguments: readonly string[],
  now: number,
): Promise<readonly string[]> {
  switch (command) {
    case 'check': {
      readOptions(commandArguments, [])
      requireFile(place)
      return withDatabase(place, async (database) => [describe(requireGood(await checkDatabase(database)))])
    }
    case 'backup': {
      const file = getOption(readOptions(commandArguments, ['file']), 'file')
      return backUp(place, file)
    }
    case 'restore': {
      const options = readOptions(commandArguments, ['file', 'key'])
      return restore(place, getOption(options, 'file'), options['key'] ?? place.keyFile, now)
    }
  }
}

/** @throws ServerSetupError where there is no such file: a new, empty database in its place would pass for a good one */
function requireFile({ location }: ServerPlace): void {
  if (isPostgresAddress(location) || existsSync(location)) return
  throw new ServerSetupError(
    `数据库文件不存在:${location}。请检查 JUFUTONG_SERVER_DATABASE 是否与启动服务器时相同。`,
  )
}

/** Copies the database as it is at one moment into one encrypted file, and checks the copy. The server may be running. */
async function backUp(place: ServerPlace, file: string): Promise<readonly string[]> {
  if (existsSync(file)) throw new ServerSetupError(`文件 ${file} 已经有了,没有覆盖。请换一个文件名。`)
  requireFile(place)
  // Two makers of one key file would part backup and key.
  readOrMakeKeyFile(place.keyFile)
  const unfinished = `${file}.unfinished`
  removeDatabaseFile(unfinished)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const check = await withDatabase(place, (source) =>
      withDatabase({ ...place, location: unfinished }, async (target) => {
        await copyDatabase(source, target)
        return requireGood(await checkDatabase(target))
      }),
    )
    releaseSqliteFile({ file: unfinished, keyFile: place.keyFile })
    renameSync(unfinished, file)
    return [
      `已备份到 ${file}(${Math.ceil(statSync(file).size / 1024)} KiB)。${describe(check)}`,
      `备份是加密的,恢复时要用密钥文件 ${place.keyFile}:请把它另存到别处,不要与备份放在一起。`,
    ]
  } catch (error) {
    removeDatabaseFile(unfinished)
    throw error
  }
}

/**
 * Puts a backup in the place of the server's database. An SQLite file is made and checked beside the old one, which is kept
 * under another name; a PostgreSQL database has to be empty.
 */
async function restore(
  place: ServerPlace,
  file: string,
  backupKeyFile: string,
  now: number,
): Promise<readonly string[]> {
  if (!existsSync(file)) throw new ServerSetupError(`备份文件不存在:${file}。请检查路径。`)
  const backup = { ...place, location: file, keyFile: backupKeyFile }
  return isPostgresAddress(place.location)
    ? withDatabase(place, (target) => fillPostgres(backup, target, now))
    : swapFile(place, backup, now)
}

async function fillPostgres(
  backup: ServerPlace,
  target: ServerDatabase,
  now: number,
): Promise<readonly string[]> {
  const stations = await target.selectFrom('station').select('code').limit(1).execute()
  const ops = await target.selectFrom('op_log').select('n').limit(1).execute()
  if (stations.length > 0 || ops.length > 0) {
    throw new ServerSetupError(
      'JUFUTONG_SERVER_DATABASE 所指的数据库里已有内容,没有改动。请新建一个空数据库,把该变量指向它,再恢复。',
    )
  }
  return [await copyBack(backup, target, [], now), '请核对后启动服务器。各站会自动重新上传备份之后的内容。']
}

async function swapFile(place: ServerPlace, backup: ServerPlace, now: number): Promise<readonly string[]> {
  const { location } = place
  const isReadable = releaseSqliteFile({ file: location, keyFile: place.keyFile })
  const replaced = isReadable ? await withDatabase(place, readLineage) : []
  const unfinished = `${location}.restoring`
  removeDatabaseFile(unfinished)
  let line: string
  try {
    readOrMakeKeyFile(place.keyFile)
    line = await withDatabase({ ...place, location: unfinished }, (target) =>
      copyBack(backup, target, replaced, now),
    )
    releaseSqliteFile({ file: unfinished, keyFile: place.keyFile })
  } catch (error) {
    removeDatabaseFile(unfinished)
    throw error
  }
  const kept = `${location}.before-restore-${new Date(now)
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14)}`
  const lines: string[] = [line]
  if (existsSync(location)) {
    // Once more: the server may have been started meanwhile.
    releaseSqliteFile({ file: location, keyFile: place.keyFile })
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(location + suffix)) renameSync(location + suffix, kept + suffix)
    }
    lines.push(`原来的数据库没有删除,改名为 ${basename(kept)}。`)
  }
  renameSync(unfinished, location)
  lines.push('请启动服务器。各站会自动重新上传备份之后的内容。')
  return lines
}

/** @param replaced the lineage of the database in whose place the backup comes; empty where that cannot be read */
async function copyBack(
  backup: ServerPlace,
  target: ServerDatabase,
  replaced: readonly EarlierEpoch[],
  now: number,
): Promise<string> {
  return withDatabase(backup, async (source) => {
    requireGood(await checkDatabase(source))
    await copyDatabase(source, target)
    await beginEpoch(target, replaced)
    // No number that was given out after the backup comes again: what was seen of that one would pass for seen of this one.
    await skipNumbers(
      target,
      Math.max(0, ...replaced.map((each) => each.upTo)),
      SKIPPED_NUMBERS + countNumbersBefore(now),
    )
    return `已恢复。${describe(requireGood(await checkDatabase(target)))}`
  })
}

async function withDatabase<Result>(
  place: ServerPlace,
  act: (database: ServerDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await openServerDatabase(place.location, place.migrationsFolder, place.keyFile)
  try {
    return await act(database)
  } finally {
    await database.destroy()
  }
}

function requireGood(check: DatabaseCheck): DatabaseCheck {
  if (check.problems.length === 0) return check
  throw new ServerSetupError(
    `检查发现问题,请保留现场并与管理员联系:\n${check.problems.map((problem) => `  ${problem}`).join('\n')}`,
  )
}

function describe({ records, ops, seq, missingPhotos }: DatabaseCheck): string {
  const photos = missingPhotos === 0 ? '' : `另有${missingPhotos}张照片各站还没有上传。`
  return `检查通过:记录${records}条,修改${ops}次,编号到${seq}。${photos}`
}

function removeDatabaseFile(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
}
