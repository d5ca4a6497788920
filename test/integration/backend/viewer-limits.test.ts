import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isWriting } from '../../../src-main/backend/services/viewer-limits.ts'
import { writeSyncState } from '../../../src-main/backend/sync/sync-state.ts'
import { requests, type RequestName } from '../../../src-shared/contract/requests.ts'
import {
  addStreets,
  coordinatorValues,
  makeBackend,
  makeFolder,
  saveNew,
  type BackendFixture,
} from '../../support/backend-fixture.ts'

/** What a viewer may ask: a new request that is neither here nor refused fails the test. */
const LOOKS = [
  'account.signIn account.signOut app.state app.window settings.save server.test preference.read preference.write',
  'lookup.search lookup.entries lookup.taken',
  'record.get record.find record.history record.version record.linked record.findDuplicates record.query record.count record.copy',
  'dwelling.occupancy household.list coordinator.holdings lease.findOverlapping',
  'map.level map.building map.household map.find todo.counts todo.list',
  'residence.figures audit.state audit.list audit.copy',
  'draft.write draft.list draft.discard batch.get batch.present batch.list dayEnd.get dayEnd.sheets',
  'meter.add meter.read meter.reset photo.get',
  'reader.state reader.list reader.test reader.readNow reader.log',
  'sync.run sync.cancel sync.status sync.queue sync.sendOne sync.rounds sync.check sync.answer',
  'dictionary.list dictionary.entries dictionary.entry dictionary.countUses dictionary.copy dictionary.localEntries',
  // These write nothing, and refuse a viewer themselves.
  'dictionary.proposeCode dictionary.previewImport',
  'conflict.list duplicate.list merge.list enrolment.read enrolment.apply demo.remove backup.state',
].flatMap((line) => line.split(' '))

let folder: ReturnType<typeof makeFolder>
let fixture: BackendFixture
const id = '019a9e1c-7b60-7000-8000-000000000001'

beforeAll(async () => {
  folder = makeFolder()
  const first = await makeBackend({ dataFolder: folder.path })
  await addStreets(first.backend)
  await saveNew(first.backend, 'coordinator', id, coordinatorValues())
  await first.backend.context.store.write((database) =>
    writeSyncState(database, {
      account: {
        accountName: 'v',
        displayName: '看',
        role: 'viewer',
        stationCode: 'S1',
        stationName: '一站',
      },
    }),
  )
  await first.remove()
  fixture = await makeBackend({ dataFolder: folder.path })
})
afterAll(async () => {
  await fixture.remove()
  folder.remove()
})

describe('a viewer', () => {
  test('is refused every request that writes records or fills a form, and no other', () => {
    const asked = Object.entries(requests).flatMap(([name, request]) =>
      request.answeredBy === 'backend' && !isWriting(name as RequestName) ? [name] : [],
    )
    expect(asked.filter((name) => !LOOKS.includes(name))).toEqual([])
    expect(LOOKS.filter((name) => name in requests && isWriting(name as RequestName))).toEqual([])
  })

  test('reads a record masked, and gets it neither whole nor changed', async () => {
    const { backend } = fixture
    const seen = await backend.call('record.get', { register: 'coordinator', id, purpose: 'view' })
    expect(seen.values['citizenIdNumber']).toMatch(/\*{3}/)
    const refused = [
      await backend.request('record.get', { register: 'coordinator', id, purpose: 'modify' }),
      await backend.request('record.previous', { register: 'coordinator' }),
      await backend.request('coordinator.save', {
        id,
        revision: 1,
        values: coordinatorValues(),
        draftId: null,
      }),
    ]
    for (const answer of refused)
      expect(answer).toMatchObject({
        ok: false,
        error: { code: 'notAllowed', message: expect.stringMatching(/只能查看.*草稿/) as string },
      })
    const after = await backend.call('record.get', { register: 'coordinator', id, purpose: 'show' })
    expect(after.revision).toBe(seen.revision)
  })
})
