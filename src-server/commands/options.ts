import { parseArgs } from 'node:util'
import { ServerSetupError } from '../storage/setup-error.ts'

export const USAGE = `用法(在项目文件夹中):
  npm run server                                       启动服务器
  npm run server -- init --station 001 --name 示例站 [--scope 示例区] [--account admin] [--password 密码] [--ip 10.1.2.3]
  npm run server -- init-tls --ip 10.1.2.3[,…] [--host 主机名] [--days 825]   建立或更新证书
  npm run server -- add-replica --station 001 --file 001.jufutong-station [--label 一号机] [--days 14] [--address 10.1.2.3:8080]
  npm run server -- list-replicas
  npm run server -- revoke-replica --replica 编号
  npm run server -- add-station --code 001 --name 示例站 [--scope 示例区]
  npm run server -- add-account --name clerk01 --display 操作员甲 --station 001 [--role clerk|viewer|administrator] [--password 密码]
  npm run server -- set-password --name clerk01 [--password 密码]
  npm run server -- import-dictionary --name street --file 街路巷.csv [--date 2026-01-01]
  npm run server -- import-package --file 同步包.jufutong-package --answer 回执.jufutong-package
  npm run server -- list
  npm run server -- check                              检查数据库
  npm run server -- backup --file 备份.db              备份(服务器可以正在运行)
  npm run server -- restore --file 备份.db [--key 密钥文件]   恢复(先停止服务器)
没有写 --password 时,密码从标准输入读一行。
环境变量:JUFUTONG_SERVER_HOST、JUFUTONG_SERVER_PORT、JUFUTONG_SERVER_DATABASE(数据库文件路径,或 postgres:// 地址)、
JUFUTONG_SERVER_KEY_FILE(密钥文件)、JUFUTONG_SERVER_TLS_FOLDER(证书)、JUFUTONG_SERVER_AUTHORITY_KEY(签发私钥)、
JUFUTONG_SERVER_PLAIN=allowed、JUFUTONG_SERVER_ENROLMENT=required|optional、JUFUTONG_SERVER_METRICS_TOKEN、JUFUTONG_SERVER_PROXIES、JUFUTONG_SERVER_LOG。说明见 docs/operations.md。`

type Options = Readonly<Record<string, string | undefined>>

/** Reads `--name value` pairs. @throws ServerSetupError for a name that is not among `names` */
export function readOptions(commandArguments: readonly string[], names: readonly string[]): Options {
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

/** @throws ServerSetupError where the option is missing or blank */
export function getOption(options: Options, name: string): string {
  const value = options[name]
  if (value === undefined || value.trim() === '') throw new ServerSetupError(`缺少参数 --${name}。\n${USAGE}`)
  return value
}
