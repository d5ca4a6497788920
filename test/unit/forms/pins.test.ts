import { describe, expect, it } from 'vitest'
import { getLayout } from '../../../src-renderer/forms/layouts.ts'
import { firstPins, isPinnable, listReleased } from '../../../src-renderer/forms/pins.ts'
import { getField, REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

describe('pins', () => {
  it('are never of what identifies a person', () => {
    const pinnable = (register: (typeof REGISTER_NAMES)[number]): readonly string[] =>
      Object.entries(getRegister(register).fields).flatMap(([name, field]) =>
        isPinnable(field) ? [name] : [],
      )
    for (const name of REGISTER_NAMES) {
      const { fields } = getRegister(name)
      for (const each of pinnable(name)) expect(fields[each]?.isPersonal, `${name}.${each}`).toBe(false)
    }
    for (const each of ['documentNumber', 'name', 'formerName', 'telephone', 'photo', 'accompanyingMinors'])
      expect(pinnable('resident')).not.toContain(each)
    for (const each of [
      'ownerName',
      'ownerDocumentNumber',
      'ownerBodyTelephone',
      'agentName',
      'archiveNumber',
    ])
      expect(pinnable('dwelling')).not.toContain(each)
    expect(pinnable('coordinator')).not.toContain('citizenIdNumber')
    // What a pile has in common is.
    for (const each of [
      'dwellingId',
      'collectorId',
      'collectionDate',
      'householdAddress',
      'residenceTypeCode',
    ])
      expect(pinnable('resident')).toContain(each)
  })

  it('a reference to a person is none; the one who collected the papers is no such person', () => {
    expect(isPinnable(getField(getRegister('resident'), 'collectorId'))).toBe(true)
    expect(isPinnable(getField(getRegister('inspection'), 'inspectorId'))).toBe(true)
    expect(isPinnable(getField(getRegister('minor'), 'guardianId'))).toBe(false)
    expect(isPinnable(getField(getRegister('lease'), 'lesseeIds'))).toBe(false)
    expect(isPinnable(getField(getRegister('residencePermit'), 'applicantId'))).toBe(false)
  })

  it.each(REGISTER_NAMES)('%s begins with pins that may be', (name) => {
    const layout = getLayout(name)
    expect(firstPins(layout, getRegister(name).fields)).toEqual(layout.pins)
  })

  it('go with what they hang below', () => {
    const layout = getLayout('resident')
    const pinned = ['dwellingId', 'residenceTypeCode', 'moveInDate', 'collectorId']
    expect(listReleased(layout, 'dwellingId', pinned)).toEqual(['residenceTypeCode', 'moveInDate'])
    expect(listReleased(layout, 'collectorId', pinned)).toEqual([])
    expect(listReleased(getLayout('coordinator'), 'communityCode', ['communityCode'])).toEqual([])
    for (const register of REGISTER_NAMES) {
      for (const [above, below] of Object.entries(getLayout(register).pinsBelow ?? {}))
        expect(below, `${register}.${above}`).not.toContain(above)
    }
  })
})
