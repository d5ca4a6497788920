import { hashPassword, MINIMUM_PASSWORD_LENGTH } from '../accounts/password.ts'
import type { ServerDatabase, ServerTransaction } from '../storage/database.ts'
import { ServerSetupError } from '../storage/setup-error.ts'

export type Role = 'clerk' | 'viewer' | 'administrator'

/** Adds a station, or gives an existing one a new name and scope only where nothing of its data depends on it. */
export async function addStation(
  database: ServerDatabase | ServerTransaction,
  station: { readonly code: string; readonly name: string; readonly scope: string },
  now: number,
): Promise<void> {
  if (!/^[\w-]{1,40}$/.test(station.code))
    throw new ServerSetupError('站点代码只能用字母、数字和连字符,最多40个字符。')
  const existing = await database
    .selectFrom('station')
    .select('code')
    .where('code', '=', station.code)
    .executeTakeFirst()
  if (existing) throw new ServerSetupError(`站点${station.code}已经有了,没有改动。`)
  await database
    .insertInto('station')
    .values({ ...station, created_at: now })
    .execute()
}

/** Adds an account of a station. @throws ServerSetupError where the station is missing or the account exists */
export async function addAccount(
  database: ServerDatabase | ServerTransaction,
  account: {
    readonly name: string
    readonly displayName: string
    readonly stationCode: string
    readonly role: Role
    readonly password: string
  },
  now: number,
): Promise<void> {
  if (!/^[\w.-]{1,60}$/.test(account.name))
    throw new ServerSetupError('账号只能用字母、数字、点和连字符,最多60个字符。')
  const station = await database
    .selectFrom('station')
    .select('code')
    .where('code', '=', account.stationCode)
    .executeTakeFirst()
  if (!station) {
    throw new ServerSetupError(
      `没有站点${account.stationCode}。请先运行:npm run server -- add-station --code ${account.stationCode} --name 站点名称`,
    )
  }
  const existing = await database
    .selectFrom('account')
    .select('name')
    .where('name', '=', account.name)
    .executeTakeFirst()
  if (existing)
    throw new ServerSetupError(`账号${account.name}已经有了,没有改动。要改密码请用 set-password。`)
  await database
    .insertInto('account')
    .values({
      name: account.name,
      display_name: account.displayName,
      station_code: account.stationCode,
      role: account.role,
      password_hash: await hashPassword(checkPassword(account.password)),
      created_at: now,
    })
    .execute()
}

/** Sets a new password, ends the account's sessions on every store and lifts a lock. */
export async function setPassword(database: ServerDatabase, name: string, password: string): Promise<void> {
  const passwordHash = await hashPassword(checkPassword(password))
  const result = await database
    .updateTable('account')
    .set({ password_hash: passwordHash })
    .where('name', '=', name)
    .executeTakeFirst()
  if (result.numUpdatedRows === 0n) throw new ServerSetupError(`没有账号${name}。`)
  await database.deleteFrom('session').where('account_name', '=', name).execute()
  await database.deleteFrom('refresh_token').where('account_name', '=', name).execute()
  await database.deleteFrom('sign_in_failure').where('account_name', '=', name).execute()
}

/** Lines of text: stations with their accounts. */
export async function listStations(database: ServerDatabase): Promise<readonly string[]> {
  const stations = await database.selectFrom('station').selectAll().orderBy('code').execute()
  const accounts = await database
    .selectFrom('account')
    .select(['name', 'display_name', 'role', 'station_code'])
    .orderBy('name')
    .execute()
  return stations.flatMap((station) => [
    `${station.code} ${station.name} (范围:${station.scope})`,
    ...accounts
      .filter((account) => account.station_code === station.code)
      .map((account) => `  ${account.name} ${account.display_name} ${account.role}`),
  ])
}

function checkPassword(password: string): string {
  if (password.length < MINIMUM_PASSWORD_LENGTH)
    throw new ServerSetupError(`密码太短:至少${MINIMUM_PASSWORD_LENGTH}个字符。`)
  return password
}
