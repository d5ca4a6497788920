import { expect, type Page } from '@playwright/test'
import { v7 as makeUuid } from 'uuid'
import type { RecordValues } from '../../src-shared/fields/field.ts'
import { ask } from './clerks-morning.ts'
import { openClient, type ClientWindow } from './client-window.ts'
import { makeNumber } from './form-driver.ts'
import { startProxy, type Proxy } from './proxy/start-proxy.ts'

/** Communities and streets of the tests' town, as a server gives them out. */
export const townDictionaries: Readonly<Record<string, string>> = {
  community: 'code,name,parent,validFrom,validTo\n420106001001,丹心社区,,,\n',
  street: 'code,name,parent,validFrom,validTo\n4201060001,东风路,,,\n',
}

/** A real window over a store of its own, signed in at a server behind a line of its own. Rounds come by F9 only. */
export type Station = {
  readonly client: ClientWindow
  readonly page: Page
  readonly line: Proxy
  readonly press: (...keys: readonly string[]) => Promise<void>
  /** F9, and waits until that round has ended. */
  readonly synchronise: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Opens a window and signs in. @param server its port, and the account with its password */
export async function openStation(
  server: { readonly port: number; readonly password: string },
  accountName: string,
): Promise<Station> {
  const line = await startProxy({ target: server.port, seed: 1 })
  const client = await openClient()
  const { page } = client
  const { settings } = await ask(page, 'app.state', {})
  await ask(page, 'settings.save', {
    settings: {
      ...settings,
      syncPeriodMinutes: 0,
      isFirstRunDone: true,
      server: { ...settings.server, isEnabled: true, host: '127.0.0.1', port: line.port },
    },
  })
  await ask(page, 'account.signIn', { accountName, password: server.password })
  // The page reads the settings when it starts.
  await page.reload()
  await page.getByRole('menubar').waitFor()
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  return {
    client,
    page,
    line,
    press,
    async synchronise() {
      const newest = async (): Promise<number> =>
        (await ask(page, 'sync.rounds', { offset: 0, limit: 1 })).rows[0]?.id ?? 0
      const before = await newest()
      await press('F9')
      await expect.poll(newest).toBeGreaterThan(before)
      await expect.poll(async () => (await ask(page, 'sync.status', {})).isRunning).toBe(false)
    },
    async close() {
      await client.close()
      await line.close()
    },
  }
}

/** A coordinator and a dwelling that forms can name; their ids. */
export async function saveTown(page: Page): Promise<{ coordinatorId: string; dwellingId: string }> {
  const coordinatorId = makeUuid()
  await ask(page, 'coordinator.save', {
    id: coordinatorId,
    revision: 0,
    draftId: null,
    values: {
      name: '洪明',
      sexCode: '1',
      citizenIdNumber: makeNumber(77, '19800101'),
      telephone: '13800000077',
      communityCode: '420106001001',
      employmentDate: '2020-01-01',
    },
  })
  const dwellingId = makeUuid()
  await ask(page, 'dwelling.save', {
    id: dwellingId,
    revision: 0,
    draftId: null,
    values: {
      communityCode: '420106001001',
      streetCode: '4201060001',
      doorNumber: '1号',
      roomNumber: '101',
      dwellingTypeCode: '10',
      dwellingUseCode: '10',
      roomCount: 2,
      occupancyUseCode: '20',
      ownershipCode: '10',
      ownerName: '房主',
      ownerTelephone: '13800000088',
      collectionDate: '2026-01-05',
    },
  })
  return { coordinatorId, dwellingId }
}

/** A whole resident of that town. */
export function residentValues(
  name: string,
  documentNumber: string,
  town: { readonly coordinatorId: string; readonly dwellingId: string },
): RecordValues {
  return {
    documentTypeCode: '01',
    documentNumber,
    name,
    // The number's last digit of order says it.
    sexCode: Number(documentNumber.charAt(16)) % 2 === 1 ? '1' : '2',
    ethnicGroupCode: '01',
    birthDate: '1993-04-12',
    householdDivisionCode: '420106',
    householdAddress: '中华路8号',
    maritalStatusCode: '20',
    educationCode: '60',
    telephone: '13800001111',
    dwellingId: town.dwellingId,
    residenceTypeCode: '10',
    residenceReasonCode: '10',
    arrivalDate: '2025-03-01',
    moveInDate: '2025-03-05',
    intendedStayCode: '40',
    landlordRelationCode: '10',
    employmentStatusCode: '20',
    occupationCode: '0',
    collectorId: town.coordinatorId,
    collectionDate: '2026-01-05',
  }
}

/** Saves a record that a test begins with. */
export async function saveResident(page: Page, values: RecordValues): Promise<string> {
  const id = makeUuid()
  await ask(page, 'resident.save', { id, revision: 0, draftId: null, values })
  return id
}

/** How many residents are valid in a window's store. */
export async function countResidents(page: Page): Promise<number> {
  const { total } = await ask(page, 'record.count', {
    query: {
      register: 'resident',
      conditions: [],
      statuses: ['active'],
      stationCode: null,
      sort: { field: 'updatedAt', direction: 'descending' },
    },
  })
  return total
}
