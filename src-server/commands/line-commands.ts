import type { ServerDatabase } from '../storage/database.ts'
import { ServerSetupError } from '../storage/setup-error.ts'
import { addAccount, addStation } from './accounts.ts'
import { getOption, readOptions } from './options.ts'
import { addReplica, listReplicas, revokeReplica, type ListeningPlace } from './replica-commands.ts'
import { DEFAULT_SCOPE } from './run-command.ts'
import { initTls } from './tls-commands.ts'

export const LINE_COMMANDS = ['init', 'add-replica', 'list-replicas', 'revoke-replica'] as const
export type LineCommand = (typeof LINE_COMMANDS)[number]

/**
 * Runs a command that is about how stations reach the server and which machines may; answers the lines to print.
 * @param readPassword reads one line where `--password` is absent
 * @throws ServerSetupError with a sentence that says what to do
 */
export async function runLineCommand(
  database: ServerDatabase,
  line: ListeningPlace,
  command: LineCommand,
  commandArguments: readonly string[],
  readPassword: () => Promise<string>,
  now: number,
): Promise<readonly string[]> {
  switch (command) {
    case 'init':
      return initServer(database, commandArguments, readPassword, now, line)
    case 'add-replica': {
      const options = readOptions(commandArguments, ['station', 'file', 'label', 'days', 'address'])
      const asked = {
        stationCode: getOption(options, 'station'),
        file: getOption(options, 'file'),
        label: (options['label'] ?? '').slice(0, 60),
        days: options['days'],
        addresses: options['address'],
      }
      return addReplica(database, line, asked, now)
    }
    case 'list-replicas':
      readOptions(commandArguments, [])
      return listReplicas(database, now)
    case 'revoke-replica':
      return revokeReplica(database, getOption(readOptions(commandArguments, ['replica']), 'replica'), now)
  }
}

/** A fresh server in one go: a station, its administrator and, where addresses are given, the certificates. */
async function initServer(
  database: ServerDatabase,
  commandArguments: readonly string[],
  readPassword: () => Promise<string>,
  now: number,
  line: ListeningPlace,
): Promise<readonly string[]> {
  const names = ['station', 'name', 'scope', 'account', 'display', 'password', 'ip', 'host', 'days']
  const options = readOptions(commandArguments, names)
  const station = {
    code: getOption(options, 'station'),
    name: getOption(options, 'name'),
    scope: options['scope'] ?? DEFAULT_SCOPE,
  }
  const stations = await database.selectFrom('station').select('code').limit(1).execute()
  if (stations.length > 0)
    throw new ServerSetupError('这个服务器已经有站点,没有改动。请用 add-station、add-account、init-tls。')
  const accountName = options['account'] ?? 'admin'
  const password = options['password'] ?? (await readPassword())
  const certificates = ['ip', 'host', 'days'].flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}`, options[name]],
  )
  // First what can be refused, so that a wrong address leaves nothing half made.
  const tlsLines = certificates.length === 0 ? [] : await initTls(line.tls, certificates, now)
  await database.transaction().execute(async (transaction) => {
    await addStation(transaction, station, now)
    const account = {
      name: accountName,
      displayName: options['display'] ?? '管理员',
      stationCode: station.code,
    }
    await addAccount(transaction, { ...account, role: 'administrator', password }, now)
  })
  return [
    ...tlsLines,
    `已建立服务器:站点 ${station.code} ${station.name}(范围:${station.scope}),管理员账号 ${accountName}。`,
    `接着:add-account 增加操作员,add-replica --station ${station.code} --file ${station.code}.jufutong-station 给每台电脑一份入网文件,然后启动服务器。`,
  ]
}
