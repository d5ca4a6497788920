import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import {
  enrolAnswer,
  stationFile,
  STATION_FILE_FORMAT,
  type StationFile,
} from '../../../src-shared/contract/enrolment-messages.ts'
import type { EnrolmentPreview } from '../../../src-shared/contract/sync-types.ts'
import type { ServerSettings, Settings } from '../../../src-shared/contract/types.ts'
import { groupFingerprint } from '../../../src-shared/values/fingerprint.ts'
import { keepStationKeys } from '../packages/package-keys.ts'
import { actorOf, type Context } from '../services/context.ts'
import { RequestRefusal } from '../services/request-failure.ts'
import { readSettings } from '../services/settings.ts'
import { writeAudit } from '../services/write-audit.ts'
import { writeSetting } from '../queries/settings.ts'
import { openLine } from './line.ts'
import {
  ensureReplica,
  findReplicaKey,
  makeReplicaKey,
  noteEnrolled,
  writeLineSession,
} from './replica-key.ts'
import { ServerFailure } from './server-client.ts'

/** A station file is some 2 kB. */
const MAX_FILE_BYTES = 65_536
const TIMEOUT = 15_000

/**
 * What a station file says; nothing is changed.
 * @throws RequestRefusal with a sentence: not there, not a station file, damaged
 */
export function readEnrolment(path: string): EnrolmentPreview {
  const file = readStationFile(path)
  return {
    stationCode: file.stationCode,
    stationName: file.stationName,
    addresses: file.addresses.map(({ host, port }) => ({ host, port })),
    fingerprint:
      file.authority === null ? null : groupFingerprint(new X509Certificate(file.authority).fingerprint256),
    validUntil: file.validUntil,
  }
}

/**
 * 入网: makes this store's key where it has none, registers it at the first of the file's addresses that answers, and sets the
 * server of the settings. May be tried again with the same file as often as no answer came. Where no server answers at all, the
 * file's keys are kept: packages carry the registration.
 * @throws RequestRefusal with a sentence; the settings are then as before
 */
export async function applyEnrolment(context: Context, path: string): Promise<Settings> {
  const file = readStationFile(path)
  const { store, clock } = context
  if (findReplicaKey(store.read) === undefined)
    await store.write((database) => makeReplicaKey(database, clock.now()))
  const servers = file.addresses.map((address): Omit<ServerSettings, 'isEnabled'> => ({
    ...address,
    // Whoever made the file has chosen that; to another machine it is written on the settings page.
    allowsPlain: !address.usesTls,
    authority: file.authority ?? '',
  }))
  let failure: ServerFailure | undefined
  for (const server of servers) {
    try {
      await enrolAt(context, server, file)
      return await noteServer(context, server)
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error
      failure = error
      // The server has spoken: another address is the same server.
      if (error.kind === 'refusal') break
    }
  }
  if (failure?.kind === 'refusal') throw new RequestRefusal('serverRefused', `没有入网。${failure.message}`)
  await store.write((database) => keepStationKeys(database, file, ensureReplica(database)))
  throw new RequestRefusal(
    'serverUnreachable',
    `没有连上服务器。${failure?.message ?? ''}入网文件中的密钥已记下:没有网络也可以在「数据同步」中导出同步包,` +
      '服务器导入后这台电脑即入网。有网络时请再导入一次这个文件。',
  )
}

async function enrolAt(
  context: Context,
  server: Omit<ServerSettings, 'isEnabled'>,
  file: StationFile,
): Promise<void> {
  const { store, clock } = context
  try {
    await ask()
  } catch (error) {
    if (!(error instanceof ServerFailure) || error.code !== 'revoked') throw error
    // A key that was revoked may be known to others.
    await store.write((database) => makeReplicaKey(database, clock.now()))
    await ask()
  }

  async function ask(): Promise<void> {
    const replica = await store.write(ensureReplica)
    const publicKey = findReplicaKey(store.read)?.publicKey ?? ''
    const client = openLine(context, server)
    try {
      await client.ask(
        '/account/1/enrol',
        { code: file.code, replica, publicKey, label: hostname().slice(0, 60) },
        enrolAnswer,
        { timeoutMs: TIMEOUT },
      )
    } finally {
      client.close()
    }
    await store.write((database) => {
      noteEnrolled(database, clock.now())
      writeLineSession(database, { replica, refresh: null })
    })
  }
}

async function noteServer(context: Context, server: Omit<ServerSettings, 'isEnabled'>): Promise<Settings> {
  return context.store.write((database) => {
    const settings: Settings = { ...readSettings(database), server: { isEnabled: true, ...server } }
    writeSetting(database, 'settings', settings)
    writeAudit(database, actorOf(context), 'enrolment.applied', '', '', {})
    return settings
  })
}

function readStationFile(path: string): StationFile {
  let text: string
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw notStationFile()
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof RequestRefusal) throw error
    throw new RequestRefusal('notFound', '入网文件读不了。请检查文件还在不在,优盘有没有插好。')
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw notStationFile()
  }
  const parsed = stationFile.safeParse(json)
  if (!parsed.success) {
    const { format, version } = (json ?? {}) as { readonly format?: unknown; readonly version?: unknown }
    if (format === STATION_FILE_FORMAT && typeof version === 'number' && version > 1) {
      throw new RequestRefusal('notPossible', '这份入网文件是更新版本的服务器做的。请先升级客户端。')
    }
    throw notStationFile()
  }
  const file = parsed.data
  const isTlsWhole = file.addresses.every((address) => !address.usesTls) || file.authority !== null
  if (!isTlsWhole || (file.authority !== null && !isPinned(file.authority, file.pins))) {
    throw new RequestRefusal('notPossible', '入网文件损坏了:其中的证书不对。请向管理员要一份新的。')
  }
  return file
}

function isPinned(authority: string, pins: readonly string[]): boolean {
  try {
    const key = new X509Certificate(authority).publicKey.export({ format: 'der', type: 'spki' })
    return pins.includes(createHash('sha256').update(key).digest('base64url'))
  } catch {
    return false
  }
}

function notStationFile(): RequestRefusal {
  return new RequestRefusal(
    'notPossible',
    '这不是居服通的入网文件(.jufutong-station),或文件已损坏。请向管理员要一份新的。',
  )
}
