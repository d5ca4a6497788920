import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { v7 as makeUuid } from 'uuid'
import { addAccount } from '../../../../src-server/commands/accounts.ts'
import { importDictionary } from '../../../../src-server/sync/dictionaries.ts'
import { createBackend, type Backend } from '../../../../src-main/backend/create-backend.ts'
import { createClock } from '../../../../src-main/backend/services/clock.ts'
import {
  makeFolder,
  PASSWORD,
  projectFolder,
  startTestServer,
  type TestServer,
} from '../../../integration/sync/sync-world.ts'
import { coordinatorValues, dwellingValues, noKeyStore, saveNew } from '../../../support/backend-fixture.ts'
import { startProxy, type Proxy } from '../../../support/proxy/start-proxy.ts'
import { UNKNOWN_EDUCATION, type Ground } from './made.ts'
import { MOST_STATIONS } from './step.ts'

/** What every history begins with, made once: a server with accounts and a little ground, and stations that are signed in to it. */
export type Template = {
  readonly folder: string
  /** Dictionaries and migrations of the stations: as the program's, but small, and with a code the server does not know. */
  readonly resourcesFolder: string
  readonly ground: Ground
  /** The line of all histories of this process, always on one port. */
  readonly proxy: Proxy
  readonly remove: () => Promise<void>
}

export const SERVER_FOLDER = 'server'
/** Opened at a history's end: a station that never had anything. */
export const AUDITOR = 'auditor'
export const ACCOUNTS = ['clerk001', 'clerk002', 'administrator001'] as const

/** @param mutation `hasReusedNumbers`: the client's tables without AUTOINCREMENT, as a mutant */
export async function makeTemplate(
  mutation: { readonly hasReusedNumbers?: boolean } = {},
): Promise<Template> {
  const folder = makeFolder()
  const resourcesFolder = makeResources(folder.path, mutation.hasReusedNumbers === true)
  const serverFolder = join(folder.path, SERVER_FOLDER)
  mkdirSync(serverFolder)
  const server = await startTestServer(serverFolder)
  await prepareServer(server)
  const proxy = await startProxy({ target: server.port, seed: 1 })
  const ground = { dwellingId: makeUuid(), collectorId: makeUuid() }
  const names = [...Array.from({ length: MOST_STATIONS }, (_, index) => stationName(index)), AUDITOR]
  for (const [index, name] of names.entries()) {
    const backend = await openStation(join(folder.path, name), resourcesFolder)
    const { settings } = await backend.call('app.state', {})
    await backend.call('settings.save', {
      settings: {
        ...settings,
        syncPeriodMinutes: 0,
        server: { ...settings.server, isEnabled: true, host: '127.0.0.1', port: proxy.port },
      },
    })
    await backend.call('account.signIn', { accountName: accountOf(index), password: PASSWORD })
    await backend.call('sync.run', {})
    if (index === 0) {
      await saveNew(backend, 'coordinator', ground.collectorId, coordinatorValues())
      await saveNew(
        backend,
        'dwelling',
        ground.dwellingId,
        dwellingValues({ coordinatorId: ground.collectorId }),
      )
    }
    // The auditor has nothing of the ground: it pulls all of it.
    const status = await backend.call('sync.run', {})
    if (status.lastError !== null || status.pendingCount > 0)
      throw new Error(`template: ${JSON.stringify(status)}`)
    await backend.stop()
  }
  await server.close()
  return {
    folder: folder.path,
    resourcesFolder,
    ground,
    proxy,
    remove: async () => {
      await proxy.close()
      folder.remove()
    },
  }
}

export function stationName(index: number): string {
  return `station${index}`
}

/** Stations 0 and 2 are one station's two windows; the third account may delete. */
function accountOf(index: number): string {
  return ACCOUNTS[index] ?? ACCOUNTS[0]
}

async function prepareServer(server: TestServer): Promise<void> {
  await addAccount(
    server.database,
    {
      name: 'administrator001',
      displayName: '管理员',
      stationCode: '001',
      role: 'administrator',
      password: PASSWORD,
    },
    0,
  )
  // Signing in happens often here, and is not what is tried: its work is made little.
  const passwordHash = await hash(PASSWORD, { memoryCost: 64, timeCost: 1, parallelism: 1 })
  await server.database.updateTable('account').set({ password_hash: passwordHash }).execute()
  for (const [name, csv] of [
    ['community', 'code,name\n999901001,丹心社区\n'],
    ['street', 'code,name\n9999010001,东风路\n'],
  ] as const) {
    await importDictionary(server.database, name, csv, '2026-01-01')
  }
}

function makeResources(folder: string, hasReusedNumbers: boolean): string {
  const resources = join(folder, 'resources')
  const dictionaries = join(resources, 'dictionaries')
  mkdirSync(dictionaries, { recursive: true })
  if (hasReusedNumbers) writeMigrationsWithoutAutoincrement(join(resources, 'migrations', 'client'))
  else symlinkSync(join(projectFolder, 'migrations'), join(resources, 'migrations'))
  for (const name of readdirSync(join(projectFolder, 'dictionaries'))) {
    if (name.endsWith('.csv') && name !== 'division.csv')
      copyFileSync(join(projectFolder, 'dictionaries', name), join(dictionaries, name))
  }
  writeFileSync(
    join(dictionaries, 'division.csv'),
    'code,name,parent\n420000,湖北省,\n420100,武汉市,420000\n420106,武昌区,420100\n',
  )
  const education = join(dictionaries, 'education.csv')
  writeFileSync(
    education,
    `${readFileSync(education, 'utf8').trimEnd()}\n${UNKNOWN_EDUCATION},不为服务器所知,,,,\n`,
  )
  return resources
}

function writeMigrationsWithoutAutoincrement(target: string): void {
  const source = join(projectFolder, 'migrations', 'client')
  mkdirSync(target, { recursive: true })
  for (const name of readdirSync(source)) {
    const sql = readFileSync(join(source, name), 'utf8')
    writeFileSync(
      join(target, name),
      sql.replaceAll(/(CREATE TABLE outbox\w* \([^)]*?n INTEGER PRIMARY KEY) AUTOINCREMENT/g, '$1'),
    )
  }
}

/** The real backend over a folder, without its threads and its timetable. */
export function openStation(dataFolder: string, resourcesFolder: string): Promise<Backend> {
  return createBackend({
    dataFolder,
    resourcesFolder,
    version: '0.0.0-test',
    keyStore: noKeyStore,
    emit: () => undefined,
    clock: createClock(),
    worksInBackground: false,
    lockWait: 0,
  })
}

/** Copies a store as a crash would leave it: at one moment, open or not. */
export function copyStore(from: string, to: string, options: { readonly withoutLog?: true } = {}): void {
  cpSync(from, to, {
    recursive: true,
    filter: (path) =>
      !path.endsWith('-shm') &&
      !path.endsWith('.lock') &&
      !path.includes('lookup-cache') &&
      !(options.withoutLog && path.endsWith('-wal')),
  })
}
