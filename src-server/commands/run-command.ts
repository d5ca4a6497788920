import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { ServerDatabase } from '../storage/database.ts'
import { ServerSetupError } from '../storage/setup-error.ts'
import { importDictionary } from '../sync/dictionaries.ts'
import { addAccount, addStation, listStations, setPassword, type Role } from './accounts.ts'

export const USAGE = `用法(在项目文件夹中):
  npm run server                                       启动服务器
  npm run server -- add-station --code 001 --name 示例站 [--scope 示例区]
  npm run server -- add-account --name clerk01 --display 操作员甲 --station 001 [--role clerk|viewer|administrator] [--password 密码]
  npm run server -- set-password --name clerk01 [--password 密码]
  npm run server -- import-dictionary --name street --file 街路巷.csv [--date 2026-01-01]
  npm run server -- list
没有写 --password 时,密码从标准输入读一行。
环境变量:JUFUTONG_SERVER_HOST、JUFUTONG_SERVER_PORT、JUFUTONG_SERVER_DATABASE(数据库文件路径)。`

/** The scope of a station for which none is named: all such stations see each other's records. */
const DEFAULT_SCOPE = 'default'

type Options = Readonly<Record<string, string | undefined>>

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
      const name = getOption(options, 'name')
      const result = await importDictionary(
        database,
        name,
        readText(getOption(options, 'file')),
        options['date'] ?? new Date(now).toISOString().slice(0, 10),
      )
      return [
        ...result.problems.map((problem) => problem.message),
        `字典 ${name} 现为第${result.version}版:新增${result.added}条,修改${result.changed}条,停用${result.retired}条,有问题的${result.problems.length}行。`,
      ]
    }
    case 'list':
      readOptions(commandArguments, [])
      return listStations(database)
    default:
      throw new ServerSetupError(`没有「${command}」这个命令。\n${USAGE}`)
  }
}

function readOptions(commandArguments: readonly string[], names: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...commandArguments],
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    })
    return values as Options
  } catch (error) {
    throw new ServerSetupError(`参数不对:${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function getOption(options: Options, name: string): string {
  const value = options[name]
  if (value === undefined || value.trim() === '') throw new ServerSetupError(`缺少参数 --${name}。\n${USAGE}`)
  return value
}

function readRole(text: string): Role {
  if (text === 'clerk' || text === 'viewer' || text === 'administrator') return text
  throw new ServerSetupError(`角色「${text}」不对,应为 clerk、viewer 或 administrator。`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ServerSetupError(`文件读不了:${file}。请检查路径。`)
  }
}
