import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import {
  STATION_FILE_EXTENSION,
  STATION_FILE_FORMAT,
  type StationFile,
} from '../../src-shared/contract/enrolment-messages.ts'
import { writeAudit } from '../accounts/audit.ts'
import { hashSecret, makeSecret } from '../accounts/session.ts'
import { getPackageKeys } from '../packages/package-keys.ts'
import { findTlsFiles, listNames, pinOf, writeOwnerFile, type TlsPlace } from '../security/tls-files.ts'
import { getMeta, type ServerDatabase } from '../storage/database.ts'
import { ServerSetupError } from '../storage/setup-error.ts'
import { splitList } from './tls-commands.ts'

/** How stations reach the server. */
export type ListeningPlace = { readonly tls: TlsPlace; readonly host: string; readonly port: number }

const DAY_MS = 86_400_000
/** Characters of a replica's id that tell it from all others in practice. */
const SHORTEST_ID = 8

/**
 * `add-replica`: writes the file with which one machine of a station is enrolled.
 * @throws ServerSetupError with a sentence that says what to do
 */
export async function addReplica(
  database: ServerDatabase,
  line: ListeningPlace,
  asked: {
    readonly stationCode: string
    readonly file: string
    readonly label: string
    readonly days: string | undefined
    readonly addresses: string | undefined
  },
  now: number,
): Promise<readonly string[]> {
  const { stationCode, file } = asked
  if (!file.endsWith(`.${STATION_FILE_EXTENSION}`))
    throw new ServerSetupError(
      `--file 的名字应以 .${STATION_FILE_EXTENSION} 结尾,如 ${stationCode}.${STATION_FILE_EXTENSION}。`,
    )
  if (existsSync(file)) throw new ServerSetupError(`文件 ${file} 已经有了,没有覆盖。请换一个文件名。`)
  const days = Number(asked.days ?? '14')
  if (!Number.isInteger(days) || days < 1 || days > 90)
    throw new ServerSetupError(`--days「${asked.days ?? ''}」不对,应为1至90的整数。`)
  const station = await database
    .selectFrom('station')
    .select('name')
    .where('code', '=', stationCode)
    .executeTakeFirst()
  if (!station) throw new ServerSetupError(`没有站点${stationCode}。请先用 add-station 增加。`)
  const tls = findTlsFiles(line.tls, now)
  const code = makeSecret()
  const { sealing, signing } = await getPackageKeys(database)
  const content: StationFile = {
    format: STATION_FILE_FORMAT,
    version: 1,
    stationCode,
    stationName: station.name,
    addresses: readAddresses(asked.addresses, line, tls?.certificate).map((address) => ({
      ...address,
      usesTls: tls !== undefined,
    })),
    authority: tls?.authority ?? null,
    pins: tls ? [pinOf(tls.authority)] : [],
    code,
    validUntil: now + days * DAY_MS,
    packageKeys: { sealing: sealing.publicKey, signing: signing.publicKey },
    epoch: await getMeta(database, 'epoch'),
  }
  await database
    .insertInto('enrolment')
    .values({
      code_hash: hashSecret(code),
      station_code: stationCode,
      label: asked.label,
      created_at: now,
      expires_at: content.validUntil,
      used_at: null,
      replica: null,
    })
    .execute()
  writeOwnerFile(file, `${JSON.stringify(content, null, 2)}\n`)
  await writeAudit(database, { accountName: '', stationCode }, 'addReplica', {}, now)
  return [
    `已写入 ${file}:站点 ${stationCode} ${station.name} 的一台电脑用它入网一次,${dayOf(content.validUntil)} 前有效。`,
    `其中的地址:${content.addresses.map(({ host, port }) => `${host}:${port}`).join('、')}${tls ? '(加密)' : '(不加密)'}。`,
    '请用优盘或其他可靠的办法交给该站,在「系统设置—系统初始化」中「导入入网文件」;入网后请删除这个文件。',
  ]
}

/** `list-replicas`: the stores that have ever been here, and station files that wait for theirs. */
export async function listReplicas(database: ServerDatabase, now: number): Promise<readonly string[]> {
  const rows = await database
    .selectFrom('replica')
    .fullJoin('replica_access', 'replica_access.replica', 'replica.id')
    .select([
      'replica.id as id',
      'replica.station_code as stationCode',
      'replica.seen_at as seenAt',
      'replica_access.replica as accessId',
      'replica_access.station_code as accessStation',
      'replica_access.public_key as publicKey',
      'replica_access.label as label',
      'replica_access.revoked_at as revokedAt',
    ])
    .execute()
  const lines = rows
    .map((row) => {
      const state =
        row.revokedAt !== null
          ? `${dayOf(row.revokedAt)} 停用`
          : row.publicKey === null
            ? '没有密钥'
            : '已入网'
      const seen = row.seenAt === null ? '还没有同步过' : `最近 ${dayOf(row.seenAt)}`
      const station = row.accessStation ?? row.stationCode ?? ''
      return `${station} ${row.id ?? row.accessId ?? ''} ${state} ${seen} ${row.label ?? ''}`.trimEnd()
    })
    .toSorted()
  const waiting = await database
    .selectFrom('enrolment')
    .selectAll()
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('station_code')
    .execute()
  return [
    ...lines,
    ...waiting.map((row) =>
      `${row.station_code} 入网文件未用,${dayOf(row.expires_at)} 前有效 ${row.label}`.trimEnd(),
    ),
    ...(lines.length + waiting.length === 0 ? ['还没有电脑入网。'] : []),
  ]
}

/**
 * `revoke-replica`: from now on the store is refused under every id it has had.
 * @param id of the store, or its beginning (at least 8 characters)
 */
export async function revokeReplica(
  database: ServerDatabase,
  id: string,
  now: number,
): Promise<readonly string[]> {
  const typed = id.toLowerCase()
  if (typed.length < SHORTEST_ID || !/^[0-9a-f-]+$/.test(typed))
    throw new ServerSetupError(`--replica 应为 list-replicas 所列的编号,或其开头至少${SHORTEST_ID}位。`)
  const known = await database
    .selectFrom('replica')
    .select(['id', 'station_code as stationCode'])
    .where('id', 'like', `${typed}%`)
    .union(
      database
        .selectFrom('replica_access')
        .select(['replica as id', 'station_code as stationCode'])
        .where('replica', 'like', `${typed}%`),
    )
    .execute()
  const ids = [...new Set(known.map((row) => row.id))]
  const [found] = known
  if (found === undefined)
    throw new ServerSetupError(`没有编号以 ${typed} 开头的电脑。请用 list-replicas 查看。`)
  if (ids.length > 1) throw new ServerSetupError(`编号以 ${typed} 开头的电脑有${ids.length}台,请写得长一些。`)
  await database.transaction().execute(async (transaction) => {
    const row = await transaction
      .insertInto('replica_access')
      .values({
        replica: found.id,
        public_key: null,
        station_code: found.stationCode,
        label: '',
        enrolled_at: now,
        formerly: null,
        revoked_at: now,
      })
      .onConflict((conflict) => conflict.column('replica').doUpdateSet({ revoked_at: now }))
      .returning('public_key as publicKey')
      .executeTakeFirstOrThrow()
    if (row.publicKey === null) return
    await transaction
      .updateTable('replica_access')
      .set({ revoked_at: now })
      .where('public_key', '=', row.publicKey)
      .execute()
  })
  await writeAudit(database, { accountName: '', stationCode: found.stationCode }, 'revokeReplica', {}, now)
  return [
    `已停用 ${found.id}(站点 ${found.stationCode}):它不能再登录和同步,它本机的内容不受影响。`,
    '该站的人若知道账号密码,仍可在别的已入网的电脑上登录:需要时请用 set-password 换掉密码。',
  ]
}

function readAddresses(
  text: string | undefined,
  line: ListeningPlace,
  certificate: string | undefined,
): readonly { readonly host: string; readonly port: number }[] {
  const typed = splitList(text).map((each) => {
    const match = /^\[?([A-Za-z0-9.:-]+?)\]?(?::(\d{1,5}))?$/.exec(each)
    const host = match?.[1] ?? ''
    const port = Number(match?.[2] ?? line.port)
    if (host === '' || port < 1 || port > 65_535)
      throw new ServerSetupError(`--address「${each}」不对,应如 10.1.2.3:8080(几个用逗号分开)。`)
    return { host, port }
  })
  if (typed.length > 0) return typed.slice(0, 10)
  const isEveryAddress = line.host === '0.0.0.0' || line.host === '::'
  const hosts =
    certificate === undefined ? (isEveryAddress ? [] : [line.host]) : listNames(certificate).map(compactIpv6)
  if (hosts.length === 0)
    throw new ServerSetupError('请写各站怎样找到服务器:--address 10.1.2.3:8080(几个用逗号分开)。')
  // This machine itself is no address for others, unless there is none but it.
  const others = hosts.filter((host) => host !== 'localhost' && !/^(127\.|::1$)/.test(host))
  return (others.length > 0 ? others : hosts).slice(0, 10).map((host) => ({ host, port: line.port }))
}

function compactIpv6(host: string): string {
  return isIP(host) === 6 ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
