import { join } from 'node:path'
import { v7 as makeUuid } from 'uuid'
import { expect } from 'vitest'
import type { Backend } from '../../../src-main/backend/create-backend.ts'
import type { ServerDatabase } from '../../../src-server/storage/database.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { takeSnapshot } from '../../property/sync/histories/snapshot.ts'
import { AUDITOR, copyStore, openStation, type Template } from '../../property/sync/histories/template.ts'
import { makeFolder } from '../../integration/sync/sync-world.ts'
import { residentValues } from '../backend-fixture.ts'

/** Registers a person nobody else has, and answers the id. @throws RequestRefusal */
export async function registerOne(
  backend: Backend,
  template: Template,
  change: Readonly<Record<string, RecordValues[string]>> = {},
): Promise<string> {
  const id = makeUuid()
  await backend.call('resident.save', {
    id,
    revision: 0,
    values: residentValues(template.ground, {
      documentTypeCode: '03',
      documentNumber: `E${id.slice(-8)}`.toUpperCase(),
      ...change,
    }),
    draftId: null,
  })
  return id
}

/** Changes one field of a person. @throws RequestRefusal */
export async function changeOne(backend: Backend, id: string, change: RecordValues): Promise<void> {
  const { revision, values } = await backend.call('record.get', {
    register: 'resident',
    id,
    purpose: 'modify',
  })
  await backend.call('resident.save', { id, revision, values: { ...values, ...change }, draftId: null })
}

/** Nothing waits anywhere, the log has each op once, and a station that never had anything is given the same as these. */
export async function expectNothingLost(
  template: Template,
  database: ServerDatabase,
  backends: readonly Backend[],
): Promise<void> {
  for (let pass = 0; pass < 2; pass += 1) {
    for (const backend of backends)
      expect(await backend.call('sync.run', {})).toMatchObject({
        lastError: null,
        pendingCount: 0,
        setAsideCount: 0,
      })
  }
  const rows = await database.selectFrom('op_log').select('op_id').execute()
  const log = new Set(rows.map((row) => row.op_id))
  expect(log.size).toBe(rows.length)
  const folder = makeFolder()
  copyStore(join(template.folder, AUDITOR), join(folder.path, AUDITOR))
  const auditor = await openStation(join(folder.path, AUDITOR), template.resourcesFolder)
  try {
    const { lastError } = await auditor.call('sync.run', {})
    // A restored server has forgotten who was signed in.
    if (lastError !== null) {
      await auditor.call('account.signIn', { accountName: 'clerk001', password: 'correct horse 1' })
      expect(await auditor.call('sync.run', {})).toMatchObject({ lastError: null })
    }
    const { records, conflicts } = takeSnapshot(auditor)
    for (const backend of backends) {
      const { read } = backend.context.store
      expect(read.pluck<string>('SELECT op_id FROM outbox').filter((opId) => !log.has(opId))).toEqual([])
      const here = takeSnapshot(backend)
      expect(here.records).toEqual(records)
      expect(here.conflicts).toEqual(conflicts)
    }
  } finally {
    await auditor.stop()
    folder.remove()
  }
}
