import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { v7 as makeUuid } from 'uuid'
import { findRecord } from '../../../src-main/backend/queries/record-row.ts'
import { valuesAtStep } from '../../../src-main/backend/services/automatic-values.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { permitFlow } from '../../../src-shared/registers/residence-permit-flow.ts'
import { residencePermit } from '../../../src-shared/registers/residence-permit.ts'
import {
  fixedClock,
  inventNumber,
  makeBackend,
  makeFolder,
  refusalOf,
  RESOURCES,
  residentValues,
  saveNew,
  saveTown,
  type BackendFixture,
  type Town,
} from '../../support/backend-fixture.ts'

let fixture: BackendFixture
let town: Town
afterEach(() => fixture.remove())

async function begin(today: string, change: RecordValues = {}): Promise<void> {
  fixture = await makeBackend({ clock: fixedClock(today) })
  town = await saveTown(fixture.backend)
  await fixture.backend.call('resident.save', {
    id: town.residentId,
    revision: 1,
    values: residentValues(
      { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
      { ...change, remarks: '同住一人' },
    ),
    draftId: null,
  })
}

const application = (change: RecordValues = {}): RecordValues => ({
  applicantId: town.residentId,
  permitActionCode: '10',
  permitBasisCode: '20',
  acceptanceDate: fixture.backend.context.clock.today(),
  permitTermCode: '10',
  ...change,
})
const apply = (values: RecordValues, id = makeUuid()) =>
  fixture.backend.call('residencePermit.save', { id, revision: 0, values, draftId: null })
const refused = (values: RecordValues) =>
  refusalOf(fixture.backend, 'residencePermit.save', { id: makeUuid(), revision: 0, values, draftId: null })

describe('an application', () => {
  it('is given its days, whatever the page says', async () => {
    await begin('2026-09-18')
    const { record } = await apply(application({ dueDate: '2026-09-19', validUntilDate: '2099-01-01' }))
    expect(record.values).toMatchObject({
      dueDate: '2026-10-15',
      validUntilDate: '2027-09-18',
      acceptedByName: null,
      stageCode: '10',
    })
  })

  it('before half a year is refused here too, in the words of the form', async () => {
    await begin('2026-03-16')
    const { code, breaches } = await refused(application())
    expect(code).toBe('ruleBroken')
    expect(breaches).toEqual([
      {
        field: 'permitActionCode',
        message:
          '按〈国家居住证暂行条例〉,首次申领须居住满半年:入住日期 2026-01-03,最早可于 2026-07-03 申领。',
      },
    ])
    const judgement = await fixture.backend.call('residencePermit.judge', {
      id: makeUuid(),
      values: application(),
    })
    expect(judgement.breaches).toEqual(breaches)
    expect(judgement.automatic).toEqual({
      dueDate: '2026-04-07',
      validUntilDate: '2027-03-16',
      acceptedByName: null,
    })
  })

  it('must agree with the record of the applicant', async () => {
    await begin('2026-09-18')
    const { breaches } = await refused(application({ permitBasisCode: '10' }))
    expect(breaches?.[0]).toMatchObject({
      field: 'permitBasisCode',
      message: expect.stringContaining('张伟登记的就业状况是「料理家务」'),
    })
  })

  it('cannot be made twice while one is in process; its own id is no other one', async () => {
    await begin('2026-09-18')
    const id = makeUuid()
    await apply(application(), id)
    expect((await refused(application())).breaches).toEqual([
      {
        field: 'applicantId',
        message:
          '按〈国家居住证暂行条例〉,一人一证:张伟已有居住证在办(首次申领,2026-09-18 受理,已受理),办结前不能再次申领。',
      },
    ])
    const changed = await fixture.backend.call('residencePermit.save', {
      id,
      revision: 1,
      values: application({ acceptanceDate: '2026-09-17' }),
      draftId: null,
    })
    expect(changed.record.values).toMatchObject({ dueDate: '2026-10-14', validUntilDate: '2027-09-17' })
  })

  it('follows the region that is chosen, and is not judged again by another one', async () => {
    await begin('2026-09-18')
    const { settings } = await fixture.backend.call('app.state', {})
    const choose = (region: string) =>
      fixture.backend.call('settings.save', { settings: { ...settings, region } })
    expect((await refused(application({ permitTermCode: '30' }))).breaches?.[0]?.message).toContain(
      '〈国家居住证暂行条例〉',
    )
    await choose('liaoning')
    const id = makeUuid()
    const { record } = await apply(application({ permitTermCode: '30' }), id)
    expect(record.values['validUntilDate']).toBe('2029-09-18')
    await choose('national')
    const changed = await fixture.backend.call('residencePermit.save', {
      id,
      revision: 1,
      values: application({ permitTermCode: '30', permitMaterialCodes: ['10'] }),
      draftId: null,
    })
    expect(changed.record.values).toMatchObject({ permitMaterialCodes: ['10'], validUntilDate: '2029-09-18' })
  })

  it('for 签注 goes on from the permit that was issued', async () => {
    await begin('2026-09-18')
    const id = makeUuid()
    await apply(application(), id)
    await fixture.backend.context.store.write((database) =>
      database.runOf(
        "UPDATE residence_permit SET stage_code = '40', issue_date = '2025-10-10', valid_until_date = '2026-10-10' WHERE id = ?",
        id,
      ),
    )
    const early = await refused(application({ permitActionCode: '20', acceptanceDate: '2026-09-09' }))
    expect(early.breaches?.[0]?.message).toContain('可于 2026-09-10 至 2026-10-10 签注')
    const { record } = await apply(application({ permitActionCode: '20' }))
    expect(record.values['validUntilDate']).toBe('2027-10-10')
  })
})

describe('发证', () => {
  it('fixes 有效期止 by the day of issue', async () => {
    await begin('2026-09-18')
    const id = makeUuid()
    await apply(application(), id)
    const settled = await fixture.backend.context.store.write((database) => {
      const record = findRecord(database, 'residencePermit', id)
      const step = permitFlow.steps.find(({ name }) => name === 'issue')
      if (!record || !step) throw new Error('a stored permit is not there')
      return valuesAtStep(fixture.backend.context, database, residencePermit, record, step, {
        issueDate: '2026-10-09',
      })
    })
    expect(settled).toEqual({ validUntilDate: '2027-10-09' })
  })
})

describe('a region file', () => {
  it('that is broken is named, and the national rules hold', async () => {
    const folder = makeFolder()
    mkdirSync(join(folder.path, 'dictionaries'))
    symlinkSync(join(RESOURCES, 'migrations'), join(folder.path, 'migrations'))
    cpSync(join(RESOURCES, 'dictionaries'), join(folder.path, 'dictionaries'), { recursive: true })
    const regions = join(folder.path, 'dictionaries', 'regions')
    writeFileSync(join(regions, 'liaoning.json'), '{"name": "辽宁省居住证规定", "registrationDays": "七"}')
    writeFileSync(join(regions, 'wuhan.json'), '{')
    fixture = await makeBackend({ resourcesFolder: folder.path })
    const { settings } = await fixture.backend.call('app.state', {})
    await fixture.backend.call('settings.save', { settings: { ...settings, region: 'liaoning' } })
    const { region } = await fixture.backend.call('app.state', {})
    expect(region.profile.name).toBe('国家居住证暂行条例')
    expect(region.choices.map(({ id }) => id)).toEqual(['national'])
    expect(region.problems).toHaveLength(3)
    expect(region.problems[0]).toMatch(
      /^地区规定 liaoning\.json 有误,没有载入:.+请按 national\.json 的样子改正。$/,
    )
    expect(region.problems[1]).toMatch(/^地区规定 wuhan\.json 无法读取:/)
    expect(region.problems[2]).toBe(
      '选定的地区规定「liaoning」没有载入,现按〈国家居住证暂行条例〉办理。请在首选项重新选择。',
    )
    folder.remove()
  })

  it('is chosen from those that are delivered, the national one first', async () => {
    fixture = await makeBackend()
    const { region, settings } = await fixture.backend.call('app.state', {})
    expect(settings.region).toBe('national')
    expect(region.choices.map(({ id }) => id)).toEqual(['national', 'liaoning', 'wuhan'])
    expect(region.problems).toEqual([])
  })
})

it('another resident is not kept from applying', async () => {
  await begin('2026-09-18')
  await apply(application())
  const other = makeUuid()
  await saveNew(
    fixture.backend,
    'resident',
    other,
    residentValues(
      { dwellingId: town.dwellingId, collectorId: town.coordinatorId },
      { name: '李敏', documentNumber: inventNumber(5) },
    ),
  )
  const { record } = await apply(application({ applicantId: other }))
  expect(record.values['stageCode']).toBe('10')
})
