import { v7 as makeUuid } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Backend, BackendRequestName } from '../../../src-main/backend/create-backend.ts'
import type { AuditAct } from '../../../src-main/backend/services/write-audit.ts'
import { writeSyncState } from '../../../src-main/backend/sync/sync-state.ts'
import type { RequestName } from '../../../src-shared/contract/requests.ts'
import type { Account } from '../../../src-shared/contract/types.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import {
  countRows,
  dwellingValues,
  inventNumber,
  makeBackend,
  makeFolder,
  saveNew,
  saveTown,
  serviceValues,
  type BackendFixture,
  type Town,
} from '../../support/backend-fixture.ts'

/**
 * Every request of the contract says whether it shows personal data and what it notes in the log. A request without a word here
 * does not compile; those that note something are asked, and the line is looked for.
 */

type Stance =
  /** Nothing of a person is answered. */
  | 'nothing'
  /** What this clerk himself types or has typed on this machine, given back to him. */
  | 'own'
  /**
   * Names records by their titles with a few words beside, or is read beside a look that is noted (the history of a record whose details
   * are open). Numbers of documents and telephones are masked for a viewer; the list is no line of its own.
   */
  | 'names'
  /** Whole values, or an export, or an act: noted before it is answered. */
  | readonly AuditAct[]

const STANCES: Readonly<Record<RequestName, Stance>> = {
  'app.state': 'nothing',
  'app.restart': 'nothing',
  'app.quit': 'nothing',
  'window.zoom': 'nothing',
  // What it takes was noted when it was asked for.
  'clipboard.write': 'nothing',
  'log.open': 'nothing',
  'settings.save': ['settings.saved'],
  'server.test': 'nothing',
  'account.signIn': ['account.signedIn'],
  'account.signOut': ['account.signedOut'],
  'lookup.search': 'names',
  'lookup.entries': 'names',
  'lookup.taken': 'nothing',
  'resident.save': ['record.created', 'record.changed'],
  'resident.cancel': ['record.cancelled'],
  'resident.restore': ['record.restored'],
  'dwelling.save': ['record.created', 'record.changed'],
  'dwelling.cancel': ['record.cancelled'],
  'dwelling.restore': ['record.restored'],
  'dwelling.restoreLetting': ['record.changed'],
  'dwelling.occupancy': 'names',
  'dwelling.vacate': ['record.cancelled'],
  'dwelling.markVacant': ['record.changed'],
  'household.list': 'names',
  'household.move': ['record.changed'],
  'dwelling.assignCoordinator': ['record.assigned'],
  'employer.save': ['record.created', 'record.changed'],
  'employer.cancel': ['record.cancelled'],
  'employer.restore': ['record.restored'],
  'coordinator.save': ['record.created', 'record.changed'],
  'coordinator.holdings': 'nothing',
  'coordinator.cancel': ['record.cancelled'],
  'coordinator.restore': ['record.restored'],
  'minor.save': ['record.created', 'record.changed'],
  'minor.cancel': ['record.cancelled'],
  'minor.restore': ['record.restored'],
  'school.save': ['record.created', 'record.changed'],
  'school.cancel': ['record.cancelled'],
  'school.restore': ['record.restored'],
  'estate.save': ['record.created', 'record.changed'],
  'estate.cancel': ['record.cancelled'],
  'estate.restore': ['record.restored'],
  'residencePermit.save': ['record.created', 'record.changed'],
  'residencePermit.judge': 'nothing',
  'residencePermit.cancel': ['record.cancelled'],
  'residencePermit.restore': ['record.restored'],
  'residencePermit.advance': ['record.changed'],
  'lease.save': ['record.created', 'record.changed'],
  'lease.cancel': ['record.cancelled'],
  'lease.restore': ['record.restored'],
  'lease.advance': ['record.changed'],
  'lease.findOverlapping': 'names',
  'inspection.save': ['record.created', 'record.changed'],
  'inspection.cancel': ['record.cancelled'],
  'inspection.restore': ['record.restored'],
  'inspection.advance': ['record.changed'],
  'serviceRequest.save': ['record.created', 'record.changed'],
  'serviceRequest.cancel': ['record.cancelled'],
  'serviceRequest.restore': ['record.restored'],
  'serviceRequest.advance': ['record.changed'],
  // With `show` it fills in what a list or a form already names.
  'record.get': ['record.viewed', 'record.opened'],
  'record.find': 'names',
  'record.history': 'names',
  'record.version': ['record.versionViewed'],
  'record.linked': 'names',
  'record.findDuplicates': 'names',
  'record.previous': 'own',
  'record.query': ['record.listed'],
  'record.count': 'nothing',
  'record.copy': ['record.copied'],
  'map.level': 'nothing',
  'map.building': 'nothing',
  'map.household': ['record.viewed'],
  'map.find': 'nothing',
  'record.undoSave': ['record.cancelled', 'record.changed'],
  'todo.counts': 'nothing',
  'todo.list': 'names',
  'draft.write': 'own',
  'draft.list': 'own',
  'draft.discard': 'own',
  'batch.open': 'own',
  'batch.continue': 'own',
  'batch.close': 'own',
  'batch.setExpected': 'own',
  'batch.get': 'own',
  'batch.present': 'own',
  'batch.list': 'own',
  'batch.setSheet': 'own',
  'batch.resumeSheet': 'own',
  'dayEnd.get': 'nothing',
  'dayEnd.sheets': 'names',
  'dayEnd.confirm': ['dayEnd.confirmed'],
  'meter.add': 'nothing',
  'meter.read': 'nothing',
  'meter.reset': 'nothing',
  'photo.put': 'own',
  // By a hash that only the record tells; a viewer is not told it.
  'photo.get': 'names',
  'reader.state': 'nothing',
  'reader.list': 'nothing',
  'reader.test': 'nothing',
  // The card's owner stands at the counter; what becomes of it is a save.
  'reader.readNow': 'own',
  'reader.log': 'nothing',
  'sync.run': 'nothing',
  'sync.cancel': 'nothing',
  'sync.status': 'nothing',
  'sync.queue': 'names',
  'sync.sendOne': 'nothing',
  'sync.hold': ['sync.held', 'sync.released'],
  'sync.withdraw': ['sync.withdrawn'],
  'sync.rounds': 'nothing',
  'sync.check': 'nothing',
  'sync.answer': ['sync.answered'],
  'conflict.list': 'names',
  'conflict.resolve': ['record.resolved'],
  'duplicate.list': 'names',
  'duplicate.dismiss': ['record.resolved'],
  'record.merge': ['record.merged'],
  'record.unmerge': ['record.unmerged'],
  'merge.list': 'names',
  'record.delete': ['record.deleted'],
  'file.chooseTarget': 'nothing',
  'file.chooseFolder': 'nothing',
  'file.chooseSource': 'nothing',
  'package.export': ['package.exported'],
  'package.import': ['package.imported'],
  'enrolment.read': 'nothing',
  'enrolment.apply': ['enrolment.applied'],
  'store.rebuild': ['store.rebuild'],
  'store.setAside': 'nothing',
  // The whole store, encrypted with the clerk's password.
  'backup.make': ['backup.made'],
  'backup.cancel': 'nothing',
  'backup.state': 'nothing',
  'backup.list': 'nothing',
  // Counts of both stores; nothing of a record.
  'backup.inspect': 'nothing',
  // Noted in the store that takes the other's place, when it does.
  'backup.reinstate': ['backup.restored'],
  'backup.drop': 'nothing',
  'backup.setAutomatic': 'nothing',
  // Codes and their names, of places and kinds, never of people.
  'dictionary.list': 'nothing',
  'dictionary.entries': 'nothing',
  'dictionary.entry': 'nothing',
  'dictionary.countUses': 'nothing',
  'dictionary.copy': 'nothing',
  'dictionary.proposeCode': 'nothing',
  'dictionary.addEntry': ['dictionary.entryAdded'],
  'dictionary.correctEntry': ['dictionary.entryCorrected'],
  'dictionary.retireEntry': ['dictionary.entryRetired'],
  'dictionary.reinstateEntry': ['dictionary.entryReinstated'],
  'dictionary.previewImport': 'nothing',
  'dictionary.import': ['dictionary.imported'],
  'dictionary.localEntries': 'nothing',
  'residence.figures': 'nothing',
  'audit.state': 'names',
  'audit.list': 'names',
  'audit.copy': ['audit.copied'],
  'demo.load': ['demo.loaded'],
  // Without a trace.
  'demo.remove': 'nothing',
  'preference.read': 'nothing',
  'preference.write': 'nothing',
}

let fixture: BackendFixture
let folder: ReturnType<typeof makeFolder>
let town: Town

const query = (register: 'resident' | 'employer') =>
  ({
    register,
    conditions: [{ field: 'name', operator: 'name', value: '' }],
    statuses: ['active'],
    stationCode: null,
    sort: { field: 'updatedAt', direction: 'descending' },
  }) as Parameters<Backend['call']>[1] & Parameters<typeof fixture.backend.call<'record.query'>>[1]['query']

async function reopen(account: Account | null): Promise<void> {
  await fixture.backend.context.store.write((database) => writeSyncState(database, { account }))
  await fixture.backend.stop()
  fixture = await makeBackend({ dataFolder: folder.path })
}

beforeEach(async () => {
  folder = makeFolder()
  fixture = await makeBackend({ dataFolder: folder.path })
  town = await saveTown(fixture.backend)
  await saveNew(fixture.backend, 'serviceRequest', makeUuid(), serviceValues())
})
afterEach(async () => {
  await fixture.backend.stop()
  folder.remove()
})

const person = (): { readonly register: 'resident'; readonly id: string } => ({
  register: 'resident',
  id: town.residentId,
})
const all = {
  conditions: { from: null, to: null, accountName: null, group: null, register: null, recordId: null },
  newest: 1_000_000,
}
const cancellation = { reasonCode: '10', cancelDate: '2026-03-16' }

/** How each request that shows or exports something is asked, with what it must note. */
const ASKED: Readonly<
  Partial<Record<BackendRequestName, () => readonly (readonly [AuditAct, unknown, string])[]>>
> = {
  'record.get': () => [
    ['record.viewed', { ...person(), purpose: 'view' }, town.residentId],
    ['record.opened', { ...person(), purpose: 'modify' }, town.residentId],
  ],
  'record.version': () => {
    const version = fixture.backend.context.store.read.pluck<number>(
      'SELECT max(id) FROM change_log WHERE record_id = ?',
      town.residentId,
    )[0]
    return [['record.versionViewed', { ...person(), version }, town.residentId]]
  },
  'record.query': () => [['record.listed', { query: query('resident'), offset: 0, limit: 10 }, '']],
  'record.copy': () => [
    ['record.copied', { query: query('resident'), columns: ['name'], ranges: [[0, 0]] }, ''],
  ],
  'map.household': () => [['record.viewed', { id: town.dwellingId }, town.dwellingId]],
  'audit.copy': () => [['audit.copied', { ...all, ranges: [[0, 0]] }, '']],
  'settings.save': () => [['settings.saved', { settings: { ...settings, isFirstRunDone: true } }, '']],
  'resident.cancel': () => [['record.cancelled', { ids: [town.residentId], cancellation }, town.residentId]],
  'resident.restore': () => [
    ['record.restored', { ids: [town.residentId], reason: '又回来了' }, town.residentId],
  ],
  'employer.cancel': () => [['record.cancelled', { ids: [town.employerId], cancellation }, town.employerId]],
  'dayEnd.confirm': () => [['dayEnd.confirmed', { day: '2026-03-16', reason: '补录' }, '']],
}
let settings: Awaited<ReturnType<typeof fixture.backend.call<'app.state'>>>['settings']

describe('what shows whole values or is an export', () => {
  it('leaves its line, with who and which record', async () => {
    settings = (await fixture.backend.call('app.state', {})).settings
    for (const [name, examples] of Object.entries(ASKED)) {
      for (const [act, input, recordId] of examples()) {
        const before = countRows(fixture.backend, 'audit')
        const result = await fixture.backend.request(name, input)
        expect(result, name).toMatchObject({ ok: true })
        expect(countRows(fixture.backend, 'audit'), `${name} ${act}`).toBeGreaterThan(before)
        const line = fixture.backend.context.store.read.firstOf(
          'SELECT act, record_id, account_name FROM audit ORDER BY id DESC LIMIT 1',
        )
        expect(line, name).toEqual({ act, record_id: recordId, account_name: '' })
        expect(STANCES[name as BackendRequestName], name).toContain(act)
      }
    }
  })

  it('of one question is one line, however often its list is turned and scrolled', async () => {
    const lines = () => countRows(fixture.backend, 'audit')
    const before = lines()
    for (const direction of ['ascending', 'descending', 'ascending'] as const)
      await fixture.backend.call('record.query', {
        query: { ...query('resident'), sort: { field: 'name', direction } },
        offset: 0,
        limit: 10,
      })
    expect(lines()).toBe(before + 1)
    // Another question is another look; a list without anybody's numbers is none.
    await fixture.backend.call('record.query', {
      query: { ...query('resident'), statuses: ['cancelled'] },
      offset: 0,
      limit: 10,
    })
    expect(lines()).toBe(before + 2)
    await fixture.backend.call('record.query', { query: query('employer'), offset: 0, limit: 10 })
    expect(lines()).toBe(before + 2)
  })
})

describe('what a viewer is shown', () => {
  const viewer: Account = {
    accountName: 'viewer001',
    displayName: '查看员',
    role: 'viewer',
    stationCode: 'S1',
    stationName: '一站',
  }

  /** Numbers of documents and telephones of the people and owners in the store. */
  function secrets(): readonly string[] {
    const { read } = fixture.backend.context.store
    return REGISTER_NAMES.flatMap((name) => {
      const { fields, table } = getRegister(name)
      return Object.entries(fields).flatMap(([field, { isPersonal }]) =>
        isPersonal
          ? read.pluck<string | null>(
              `SELECT ${field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)} FROM ${table}`,
            )
          : [],
      )
    }).filter((value): value is string => value !== null && value !== '')
  }

  it('names records, and of no list are numbers whole', async () => {
    // The same number twice, and an op that waits: lists that are empty show nothing.
    await saveNew(
      fixture.backend,
      'dwelling',
      makeUuid(),
      dwellingValues({ coordinatorId: town.coordinatorId, roomNumber: '909' }),
    )
    await reopen(viewer)
    const hidden = secrets()
    expect(hidden.length).toBeGreaterThan(4)
    const page = { offset: 0, limit: 100 }
    const source = { kind: 'register', name: 'resident' }
    const asked: readonly (readonly [BackendRequestName, unknown])[] = [
      ['lookup.search', { source, query: 'zw', ...page }],
      ['lookup.entries', { source, codes: [town.residentId] }],
      ['lookup.entries', { source: { kind: 'register', name: 'coordinator' }, codes: [town.coordinatorId] }],
      ['lookup.search', { source: { kind: 'register', name: 'dwelling' }, query: 'df', ...page }],
      ['dwelling.occupancy', { dwellingIds: [town.dwellingId] }],
      ['household.list', { residentIds: [town.residentId] }],
      ['record.get', { ...person(), purpose: 'view' }],
      ['record.get', { ...person(), purpose: 'show' }],
      ['record.get', { register: 'dwelling', id: town.dwellingId, purpose: 'view' }],
      ['record.find', { text: 'zw', by: 'key' }],
      ['record.find', { text: '东风', by: 'list' }],
      ['record.history', person()],
      ['record.history', { register: 'dwelling', id: town.dwellingId }],
      ['record.linked', person()],
      ['record.linked', { register: 'dwelling', id: town.dwellingId }],
      ['record.linked', { register: 'coordinator', id: town.coordinatorId }],
      ['record.query', { query: query('resident'), ...page }],
      [
        'record.copy',
        { query: query('resident'), columns: ['documentNumber', 'telephone'], ranges: [[0, 9]] },
      ],
      [
        'record.findDuplicates',
        {
          register: 'resident',
          values: { documentTypeCode: '01', documentNumber: inventNumber(1) },
          exceptId: null,
        },
      ],
      ['map.household', { id: town.dwellingId }],
      ['todo.list', { kind: 'serviceRequest', withinDays: 366, ...page }],
      ['sync.queue', { state: null, ...page }],
      ['conflict.list', page],
      ['duplicate.list', page],
      ['merge.list', page],
      ['dayEnd.sheets', { day: '2026-03-16', batchId: null, column: 'saved' }],
      ['audit.state', { record: person() }],
      ['audit.list', { ...all, ...page }],
      ['audit.copy', { ...all, ranges: [[0, 99]] }],
      ['residence.figures', { grouping: 'coordinator', from: '2026-03-01', to: '2026-03-16' }],
    ]
    for (const [name, input] of asked) {
      const result = await fixture.backend.request(name, input)
      expect(result, name).toMatchObject({ ok: true })
      const text = JSON.stringify(result)
      expect(
        hidden.filter((value) => text.includes(value)),
        `${name} ${JSON.stringify(input)}`,
      ).toEqual([])
    }
    const notAsked = Object.entries(STANCES).filter(
      ([name, stance]) => stance === 'names' && !asked.some(([each]) => each === name),
    )
    // Leases have no personal field in their titles; a photo is asked for by its hash.
    expect(notAsked.map(([name]) => name)).toEqual(['lease.findOverlapping', 'photo.get'])
  })

  it('titles of records hold no number of a person at all', () => {
    for (const name of REGISTER_NAMES) {
      const { title, fields } = getRegister(name)
      expect(
        title.filter((field) => fields[field]?.isPersonal === true),
        name,
      ).toEqual([])
    }
  })
})
