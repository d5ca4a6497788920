import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { v7 as makeUuid } from 'uuid'
import { runCommand } from '../../../src-server/commands/run-command.ts'
import type { Backend, BackendOptions } from '../../../src-main/backend/create-backend.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import { findRecord, type RecordRow } from '../../../src-main/backend/queries/record-row.ts'
import type { EventMessage } from '../../../src-shared/contract/events.ts'
import type { SyncStatus } from '../../../src-shared/contract/types.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'
import { makeBackend } from '../../support/backend-fixture.ts'
import { PASSWORD, type TestServer } from './sync-world.ts'

/** A whole client (all its requests) with a server in its settings and an account signed in. */
export type Station = {
  readonly backend: Backend
  readonly events: readonly EventMessage[]
  readonly folder: string
  readonly call: Backend['call']
  readonly sync: () => Promise<SyncStatus>
  /** Another port (a server that was started anew); counts from the next round. */
  readonly setPort: (port: number) => Promise<void>
  readonly find: (register: RegisterName, id: string) => RecordRow | undefined
  readonly create: (register: RegisterName, values: RecordValues) => Promise<string>
  /** Changes some fields, as a form does that was opened just before. */
  readonly change: (register: RegisterName, id: string, fields: RecordValues) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Gives the server the community and the street that the records of the fixture lie in. */
export async function addServerStreets(server: TestServer, folder: string): Promise<void> {
  for (const [name, csv] of [
    ['community', 'code,name\n999901001,丹心社区\n'],
    ['street', 'code,name\n9999010001,东风路\n'],
  ] as const) {
    const file = join(folder, `${name}.csv`)
    writeFileSync(file, csv)
    await runCommand(
      server.database,
      'import-dictionary',
      ['--name', name, '--file', file],
      async () => '',
      Date.now(),
    )
  }
}

/** @param options with a `dataFolder` the store stays when the station stops */
export async function openStation(
  server: TestServer,
  accountName: string,
  options: Partial<BackendOptions> = {},
): Promise<Station> {
  const fixture = await makeBackend({ clock: createClock(), ...options })
  const { backend } = fixture
  const { call } = backend
  const setPort = async (port: number): Promise<void> => {
    const { settings } = await call('app.state', {})
    await call('settings.save', {
      settings: { ...settings, server: { ...settings.server, isEnabled: true, host: '127.0.0.1', port } },
    })
  }
  await setPort(server.port)
  if (backend.sync.account() === null) await call('account.signIn', { accountName, password: PASSWORD })
  await call('sync.run', {})
  const find = (register: RegisterName, id: string): RecordRow | undefined =>
    findRecord(backend.context.store.read, register, id)
  return {
    backend,
    events: fixture.events,
    folder: fixture.folder,
    call,
    sync: () => call('sync.run', {}),
    setPort,
    find,
    create: async (register, values) => {
      const id = makeUuid()
      await call(`${register}.save`, { id, revision: 0, values, draftId: null })
      return id
    },
    change: async (register, id, fields) => {
      const record = find(register, id)
      if (!record) throw new Error('no such record')
      await call(`${register}.save`, {
        id,
        revision: record.revision,
        values: { ...record.values, ...fields },
        draftId: null,
      })
    },
    stop: fixture.remove,
  }
}
