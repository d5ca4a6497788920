// A station's backend that registers people, changes them, gives coordinators photos, and syncs, again and again, until it is
// killed. It prints what it asks for, and when that was answered: `saving` and `saved <register> <id> <field> <value>`, `synced
// <pending> <error>`.
import { createHash, randomUUID } from 'node:crypto'
import { v7 as makeUuid } from 'uuid'
import { createBackend } from '../../../src-main/backend/create-backend.ts'
import { createClock } from '../../../src-main/backend/services/clock.ts'
import { coordinatorValues, inventNumber, noKeyStore, residentValues } from '../backend-fixture.ts'

const [, , dataFolder = '', resourcesFolder = '', dwellingId = '', collectorId = ''] = process.argv
const backend = await createBackend({
  dataFolder,
  resourcesFolder,
  version: '0.0.0-test',
  keyStore: noKeyStore,
  emit: () => undefined,
  clock: createClock(),
  worksInBackground: false,
  lockWait: 3_000,
})
console.log('open')
let isFirst = true
for (;;) {
  const id = makeUuid()
  const remarks = randomUUID()
  console.log(`saving resident ${id} remarks ${remarks}`)
  const made = await backend.call('resident.save', {
    id,
    revision: 0,
    values: residentValues(
      { dwellingId, collectorId },
      { documentTypeCode: '03', documentNumber: `E${id.slice(-8)}`.toUpperCase(), remarks },
    ),
    draftId: null,
  })
  console.log(`saved resident ${id} remarks ${remarks}`)
  const changed = randomUUID()
  console.log(`saving resident ${id} remarks ${changed}`)
  await backend.call('resident.save', {
    id,
    revision: made.record.revision,
    values: { ...made.record.values, remarks: changed },
    draftId: null,
  })
  console.log(`saved resident ${id} remarks ${changed}`)
  if (isFirst) {
    const noise = createHash('sha512').update(id).digest()
    const picture = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), noise, Buffer.from([0xff, 0xd9])])
    const { hash } = await backend.call('photo.put', { base64: picture.toString('base64') })
    const coordinatorId = makeUuid()
    console.log(`saving coordinator ${coordinatorId} photo ${hash}`)
    const number = inventNumber(Math.floor(Math.random() * 499), '1979-08-09')
    await backend.call('coordinator.save', {
      id: coordinatorId,
      revision: 0,
      values: coordinatorValues({ citizenIdNumber: number, photo: hash }),
      draftId: null,
    })
    console.log(`saved coordinator ${coordinatorId} photo ${hash}`)
    isFirst = false
  }
  const status = await backend.call('sync.run', {})
  console.log(`synced ${status.pendingCount} ${status.lastError ?? ''}`)
  // A third way of touching everything.
  const checked = await backend.request('sync.check', {})
  console.log(`checked ${String(checked.ok)}`)
}
