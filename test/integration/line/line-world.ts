import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { initTls } from '../../../src-server/commands/tls-commands.ts'
import { addReplica } from '../../../src-server/commands/replica-commands.ts'
import { findTlsFiles, type TlsFiles, type TlsPlace } from '../../../src-server/security/tls-files.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import type { ServerSettings } from '../../../src-shared/contract/types.ts'
import { makeBackend, type BackendFixture } from '../../support/backend-fixture.ts'
import type { TestServer } from '../sync/sync-world.ts'

/** A server's certificates, made by the command; with the fingerprint as it was printed. */
export type MadeTls = { readonly place: TlsPlace; readonly files: TlsFiles; readonly fingerprint: string }

/** Runs `init-tls` in a folder: a new authority the first time, a renewal afterwards. */
export async function runInitTls(
  folder: string,
  commandArguments: readonly string[] = ['--ip', '127.0.0.1'],
): Promise<MadeTls> {
  mkdirSync(folder, { recursive: true })
  const place = { folder: join(folder, 'tls'), authorityKeyFile: join(folder, 'authority', 'key.pem') }
  const lines = await initTls(place, commandArguments, Date.now())
  const files = findTlsFiles(place, Date.now())
  if (files === undefined) throw new Error('init-tls made no files')
  const fingerprint = lines
    .filter((line) => /^ {2}[0-9A-F ]+$/.test(line))
    .map((line) => line.trim())
    .join(' ')
  return { place, files, fingerprint }
}

/** A station file for a server, made by the command; answers its path. */
export async function addStationFile(
  server: TestServer,
  place: TlsPlace,
  file: string,
  more: { readonly stationCode?: string; readonly days?: string; readonly at?: number } = {},
): Promise<string> {
  await addReplica(
    server.database,
    { tls: place, host: '127.0.0.1', port: server.port },
    {
      stationCode: more.stationCode ?? '001',
      file,
      label: '',
      days: more.days,
      addresses: undefined,
    },
    more.at ?? Date.now(),
  )
  return file
}

/** A clerk's machine: the real backend over a store of its own. */
export function openMachine(dataFolder?: string, deviceNow?: () => number): Promise<BackendFixture> {
  return makeBackend({ clock: createClock(deviceNow), ...(dataFolder === undefined ? {} : { dataFolder }) })
}

/** Sets the server of a machine, as the settings page does. */
export async function useServer({ backend }: BackendFixture, change: Partial<ServerSettings>): Promise<void> {
  const { settings } = await backend.call('app.state', {})
  const server = { ...settings.server, isEnabled: true, host: '127.0.0.1', ...change }
  await backend.call('settings.save', { settings: { ...settings, server, syncPeriodMinutes: 0 } })
}
