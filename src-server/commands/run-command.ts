import { readFileSync } from 'node:fs'
import { isCalendarDate } from '../../src-shared/values/calendar-date.ts'
import type { ServerDatabase } from '../storage/database.ts'
import { ServerSetupError } from '../storage/setup-error.ts'
import { importDictionary, listDictionaries } from '../sync/dictionaries.ts'
import { importPackageFile } from './import-package.ts'
import { getOption, readOptions, USAGE } from './options.ts'
import { addAccount, addStation, listStations, setPassword, type Role } from './accounts.ts'

/** The scope of a station for which none is named: all such stations see each other's records. */
export const DEFAULT_SCOPE = 'default'

/**
 * Runs one command of `npm run server -- …` and answers the lines to print.
 * @param readPassword reads one line where `--password` is absent
 * @throws ServerSetupError with a sentence that says what to do
 */
export async function runCommand(
  database: ServerDatabase,
  command: string,
  commandArguments: readonly string[],
  readPassword: () => Promise<string>,
  now: number,
): Promise<readonly string[]> {
  switch (command) {
    case 'add-station': {
      const options = readOptions(commandArguments, ['code', 'name', 'scope'])
      const station = {
        code: getOption(options, 'code'),
        name: getOption(options, 'name'),
        scope: options['scope'] ?? DEFAULT_SCOPE,
      }
      await addStation(database, station, now)
      return [`已增加站点 ${station.code} ${station.name}(范围:${station.scope})。`]
    }
    case 'add-account': {
      const options = readOptions(commandArguments, ['name', 'display', 'station', 'role', 'password'])
      const name = getOption(options, 'name')
      await addAccount(
        database,
        {
          name,
          displayName: options['display'] ?? name,
          stationCode: getOption(options, 'station'),
          role: readRole(options['role'] ?? 'clerk'),
          password: options['password'] ?? (await readPassword()),
        },
        now,
      )
      return [`已增加账号 ${name}。`]
    }
    case 'set-password': {
      const options = readOptions(commandArguments, ['name', 'password'])
      const name = getOption(options, 'name')
      await setPassword(database, name, options['password'] ?? (await readPassword()))
      return [`已重设账号 ${name} 的密码;该账号需要重新登录。`]
    }
    case 'import-dictionary': {
      const options = readOptions(commandArguments, ['name', 'file', 'date'])
      const name = readDictionaryName(getOption(options, 'name'))
      const result = await importDictionary(
        database,
        name,
        readText(getOption(options, 'file')),
        readDate(options['date'] ?? new Date(now).toISOString().slice(0, 10)),
      )
      return [
        ...result.problems.map((problem) => problem.message),
        `字典 ${name} 现为第${result.version}版:新增${result.added}条,修改${result.changed}条,停用${result.retired}条,有问题的${result.problems.length}行。`,
      ]
    }
    case 'import-package':
      return importPackageFile(database, commandArguments, () => now)
    case 'list':
      readOptions(commandArguments, [])
      return [...(await listStations(database)), ...(await listDictionaries(database))]
    default:
      throw new ServerSetupError(`没有「${command}」这个命令。\n${USAGE}`)
  }
}

function readRole(text: string): Role {
  if (text === 'clerk' || text === 'viewer' || text === 'administrator') return text
  throw new ServerSetupError(`角色「${text}」不对,应为 clerk、viewer 或 administrator。`)
}

/** @throws ServerSetupError for what no dictionary can be called (a code, a path): what is imported goes to every station and stays */
function readDictionaryName(text: string): string {
  if (/^[a-z]+(-[a-z]+)*$/.test(text)) return text
  throw new ServerSetupError(`字典名「${text}」不对,应为小写字母和连字符,例如 street。`)
}

function readDate(text: string): string {
  if (isCalendarDate(text)) return text
  throw new ServerSetupError(`日期「${text}」不对,应写成2026-01-31的样子。`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ServerSetupError(`文件读不了:${file}。请检查路径。`)
  }
}
