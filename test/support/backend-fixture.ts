import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 as makeUuid } from 'uuid'
import { createBackend, type Backend, type BackendOptions } from '../../src-main/backend/create-backend.ts'
import type { Clock } from '../../src-main/backend/services/clock.ts'
import type { EventMessage } from '../../src-shared/contract/events.ts'
import type { RequestError } from '../../src-shared/contract/errors.ts'
import type { FieldValue, RecordValues } from '../../src-shared/fields/field.ts'
import type { RegisterName } from '../../src-shared/registers/register.ts'
import { computeCitizenIdCheckCharacter } from '../../src-shared/values/citizen-id-number.ts'

/** Root of the tree: migrations and dictionaries stand in it. */
export const RESOURCES = join(import.meta.dirname, '..', '..')

/** The programs of the backend's threads. */
export const workers = {
  query: new URL('../../src-main/backend/queries/query-worker.ts', import.meta.url),
  lookup: new URL('../../src-main/backend/lookup/lookup-worker.ts', import.meta.url),
  backup: new URL('../../src-main/backend/backups/backup-worker.ts', import.meta.url),
}

/** A key store that refuses, as on a Linux machine without a key ring. */
export const noKeyStore = { wrap: () => Promise.resolve(null), unwrap: () => Promise.resolve(null) }

/** A key store that turns every bit round: enough to see that the key itself is not in the file. */
export const invertingKeyStore = {
  wrap: (bytes: Buffer) => Promise.resolve(Buffer.from(bytes.map((byte) => byte ^ 0xff))),
  unwrap: (bytes: Buffer) => Promise.resolve(Buffer.from(bytes.map((byte) => byte ^ 0xff))),
}

/** A new empty folder, and what removes it. */
export function makeFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'jufutong-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A clock that stands on one day and moves by one second each time it is read. */
export function fixedClock(today = '2026-03-16'): Clock {
  let at = Date.parse(`${today}T02:00:00Z`)
  return {
    now: () => (at += 1_000),
    today: () => today,
    deviceNow: () => at,
    setServerOffset: () => undefined,
  }
}

export type BackendFixture = {
  readonly backend: Backend
  readonly events: EventMessage[]
  readonly folder: string
  /** Stops the backend and removes its folder. */
  readonly remove: () => Promise<void>
}

/** A backend over a new store in a new folder (or in `dataFolder`, which then stays). */
export async function makeBackend(options: Partial<BackendOptions> = {}): Promise<BackendFixture> {
  const folder = options.dataFolder === undefined ? makeFolder() : undefined
  const path = options.dataFolder ?? folder?.path ?? ''
  const events: EventMessage[] = []
  const backend = await createBackend({
    resourcesFolder: RESOURCES,
    version: '0.0.0-test',
    keyStore: noKeyStore,
    emit: (message) => events.push(message),
    clock: fixedClock(),
    worksInBackground: false,
    lockWait: 0,
    ...options,
    dataFolder: path,
  })
  return {
    backend,
    events,
    folder: path,
    remove: async () => {
      await backend.stop()
      folder?.remove()
    },
  }
}

/** Gives the store a community and two streets, as a server would. */
export async function addStreets(backend: Backend): Promise<void> {
  const entries = [
    ['community', '999901001', '丹心社区'],
    ['community', '999901002', '乐民社区'],
    ['street', '9999010001', '东风路'],
    ['street', '9999010002', '重庆路'],
  ] as const
  await backend.context.store.write((database) => {
    for (const [dictionary, code, name] of entries)
      database.runOf(
        "INSERT INTO dictionary_entry (dictionary, code, name, origin) VALUES (?, ?, ?, 'server')",
        dictionary,
        code,
        name,
      )
  })
  backend.context.dictionaries.reload(backend.context.store.read, ['community', 'street'])
}

/** An invented identity number of a man born on a day; `sequence` 0–499 makes different ones. */
export function inventNumber(sequence: number, birthDate = '1990-05-06', isMan = true): string {
  const order = String(sequence * 2 + (isMan ? 1 : 0)).padStart(3, '0')
  const first17 = `420106${birthDate.replaceAll('-', '')}${order}`
  return first17 + computeCitizenIdCheckCharacter(first17)
}

export const coordinatorValues = (change: Record<string, FieldValue> = {}): RecordValues => ({
  name: '王协管',
  sexCode: '1',
  citizenIdNumber: inventNumber(7, '1980-02-03'),
  telephone: '13900000001',
  communityCode: '999901001',
  employmentDate: '2020-01-01',
  ...change,
})

export const employerValues = (change: Record<string, FieldValue> = {}): RecordValues => ({
  name: '丹心酒楼',
  employerTypeCode: '20',
  divisionCode: '420106',
  address: '东风路8号',
  principalName: '李老板',
  telephone: '13900000002',
  ...change,
})

export const dwellingValues = (change: Record<string, FieldValue> = {}): RecordValues => ({
  communityCode: '999901001',
  streetCode: '9999010001',
  doorNumber: '12',
  building: '3',
  entrance: '2',
  roomNumber: '501',
  dwellingTypeCode: '10',
  dwellingUseCode: '10',
  roomCount: 3,
  occupancyUseCode: '20',
  ownershipCode: '10',
  ownerName: '赵房主',
  ownerTelephone: '13900000003',
  collectionDate: '2026-03-01',
  ...change,
})

export const residentValues = (
  references: { readonly dwellingId: string; readonly collectorId: string },
  change: Record<string, FieldValue> = {},
): RecordValues => ({
  documentTypeCode: '01',
  documentNumber: inventNumber(1),
  name: '张伟',
  sexCode: '1',
  ethnicGroupCode: '01',
  birthDate: '1990-05-06',
  householdDivisionCode: '420106',
  householdAddress: '洪山区石桥镇1组',
  maritalStatusCode: '10',
  educationCode: '61',
  telephone: '13900000004',
  residenceTypeCode: '10',
  residenceReasonCode: '10',
  arrivalDate: '2026-01-02',
  moveInDate: '2026-01-03',
  intendedStayCode: '50',
  landlordRelationCode: '10',
  employmentStatusCode: '80',
  occupationCode: '0',
  collectionDate: '2026-03-02',
  ...references,
  ...change,
})

export const permitValues = (applicantId: string, change: Record<string, FieldValue> = {}): RecordValues => ({
  applicantId,
  permitActionCode: '10',
  permitBasisCode: '20',
  acceptanceDate: '2026-03-02',
  permitTermCode: '10',
  ...change,
})

export const leaseValues = (
  references: { readonly dwellingId: string; readonly lesseeIds: readonly string[] },
  change: Record<string, FieldValue> = {},
): RecordValues => ({
  startDate: '2026-03-01',
  endDate: '2027-02-28',
  monthlyRent: 150_000,
  leaseUseCode: '10',
  filingDate: '2026-03-05',
  ...references,
  ...change,
})

export const inspectionValues = (
  references: { readonly dwellingId: string; readonly inspectorId: string },
  change: Record<string, FieldValue> = {},
): RecordValues => ({
  inspectionDate: '2026-03-03',
  hazardCodes: ['10', '20'],
  description: '楼道堆物,私拉电线',
  rectifyByDate: '2026-03-20',
  ...references,
  ...change,
})

export const serviceValues = (change: Record<string, FieldValue> = {}): RecordValues => ({
  applicantName: '钱访客',
  applicantTelephone: '13900000009',
  serviceTypeCode: '10',
  content: '咨询居住证办理材料',
  acceptanceDate: '2026-03-04',
  dueDate: '2026-03-25',
  ...change,
})

export type Town = {
  readonly coordinatorId: string
  readonly dwellingId: string
  readonly employerId: string
  readonly residentId: string
}

/** One record of every register, saved through requests: a coordinator, a dwelling, an employer, a resident. */
export async function saveTown(backend: Backend): Promise<Town> {
  await addStreets(backend)
  const town = {
    coordinatorId: makeUuid(),
    dwellingId: makeUuid(),
    employerId: makeUuid(),
    residentId: makeUuid(),
  }
  const { coordinatorId } = town
  await saveNew(backend, 'coordinator', town.coordinatorId, coordinatorValues())
  await saveNew(backend, 'dwelling', town.dwellingId, dwellingValues({ coordinatorId }))
  await saveNew(backend, 'employer', town.employerId, employerValues({ coordinatorId }))
  await saveNew(
    backend,
    'resident',
    town.residentId,
    residentValues({ dwellingId: town.dwellingId, collectorId: coordinatorId }),
  )
  return town
}

/** Saves a new record. */
export async function saveNew(
  backend: Backend,
  register: RegisterName,
  id: string,
  values: RecordValues,
): ReturnType<typeof backend.call<'resident.save'>> {
  return await backend.call(`${register}.save`, { id, revision: 0, values, draftId: null })
}

/** The error a request is refused with. @throws Error when it is not refused */
export async function refusalOf(backend: Backend, name: string, input: unknown): Promise<RequestError> {
  const result = await backend.request(name, input)
  if (result.ok) throw new Error(`${name} was not refused`)
  return result.error
}

/** Counts rows of a table. */
export function countRows(backend: Backend, table: string): number {
  return Number(backend.context.store.read.pluck<number>(`SELECT count(*) FROM ${table}`)[0])
}
