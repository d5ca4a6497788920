import { describe, expect, it } from 'vitest'
import { checkRecord, type CheckContext } from '../../../src-shared/fields/check.ts'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'

const context: CheckContext = { today: '2026-11-21', hasCode: (_dictionary, code) => code !== 'nowhere' }
const id = '0199a000-0000-7000-8000-000000000001'

const person: RecordValues = {
  documentTypeCode: '01',
  documentNumber: '11010519491231002X',
  name: '王小明',
  sexCode: '2',
  ethnicGroupCode: '01',
  birthDate: '1949-12-31',
  householdDivisionCode: '110105',
  householdAddress: '示例街1号',
  maritalStatusCode: '20',
  educationCode: '60',
  telephone: '13800000000',
  dwellingId: id,
  residenceTypeCode: '10',
  residenceReasonCode: '10',
  arrivalDate: '2026-01-01',
  moveInDate: '2026-01-02',
  intendedStayCode: '10',
  landlordRelationCode: '10',
  employmentStatusCode: '20',
  occupationCode: '10',
  collectorId: id,
  collectionDate: '2026-11-20',
}
const breachesOf = (change: RecordValues) =>
  Object.fromEntries(
    checkRecord(getRegister('resident'), { ...person, ...change }, context).map((breach) => [
      breach.field,
      breach.message,
    ]),
  )

describe('a resident', () => {
  it('passes when complete', () => {
    expect(breachesOf({})).toEqual({})
  })
  it('names every empty required field in the words of the form, in paper order', () => {
    const breaches = checkRecord(getRegister('resident'), {}, context)
    expect(breaches[0]).toEqual({ field: 'documentTypeCode', message: '证件类型,必须录入,不能为空!' })
    expect(breaches).toHaveLength(22)
    const order = Object.keys(getRegister('resident').fields)
    const places = breaches.map((breach) => order.indexOf(breach.field))
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })
  it('needs 工作单位 only when employed', () => {
    expect(breachesOf({ employmentStatusCode: '10' })).toEqual({ employerId: '工作单位,必须录入,不能为空!' })
    expect(breachesOf({ employmentStatusCode: '10', employerId: id })).toEqual({})
  })
  it('finds a wrong check character only where the number is a citizen number', () => {
    expect(breachesOf({ documentNumber: '110105194912310021' })['documentNumber']).toContain('校验码不对')
    expect(breachesOf({ documentTypeCode: '03', documentNumber: 'E12345678' })).toEqual({})
  })
  it('finds a birth date and a sex that contradict the number', () => {
    expect(breachesOf({ birthDate: '1949-12-30' })['birthDate']).toContain('1949-12-31')
    expect(breachesOf({ sexCode: '1' })['sexCode']).toContain('女')
  })
  it('sends people under 16 to the other register', () => {
    const young = { documentTypeCode: '03', documentNumber: 'E1', birthDate: '2010-11-22' }
    expect(breachesOf(young)['birthDate']).toContain('应登记为未成年人')
    expect(breachesOf({ ...young, birthDate: '2010-11-21' })).toEqual({})
  })
  it('orders days: birth, arrival, moving in, none after today', () => {
    expect(breachesOf({ moveInDate: '2025-12-31' })['moveInDate']).toBe('入住日期不能早于来本地日期!')
    expect(breachesOf({ arrivalDate: '2026-11-22', moveInDate: '2026-11-22' })).toMatchObject({
      arrivalDate: expect.stringContaining('晚于今天'),
      moveInDate: expect.stringContaining('晚于今天'),
    })
    expect(breachesOf({ arrivalDate: '1949-01-01' })['arrivalDate']).toContain('不能早于出生日期')
  })
  it('refuses a code that stands in no dictionary, an unknown field and a broken sub-list row', () => {
    expect(breachesOf({ ethnicGroupCode: 'nowhere' })['ethnicGroupCode']).toContain('不是字典中的值')
    expect(breachesOf({ constructor: 'x' })['constructor']).toContain('没有')
    expect(breachesOf({ accompanyingMinors: [{ name: '小明' }] })['accompanyingMinors']).toContain('第1行')
  })
  it('refuses values of the wrong type instead of throwing', () => {
    for (const field of Object.keys(getRegister('resident').fields)) {
      for (const value of [7, true, ['x', 'x'], [{ x: 1 }], '\u0000', '2026-02-31']) {
        expect(() => breachesOf({ [field]: value })).not.toThrow()
      }
    }
    expect(breachesOf({ name: 7, birthDate: 19491231 })).toMatchObject({
      name: expect.any(String),
      birthDate: expect.any(String),
    })
  })
})

describe('a dwelling', () => {
  const room: RecordValues = {
    communityCode: 'c1',
    streetCode: 's1',
    doorNumber: '12',
    roomNumber: '501',
    dwellingTypeCode: '10',
    dwellingUseCode: '10',
    roomCount: 3,
    occupancyUseCode: '20',
    ownershipCode: '10',
    ownerName: '李建国',
    ownerTelephone: '13800000000',
    collectionDate: '2026-11-20',
  }
  const check = (change: RecordValues) =>
    checkRecord(getRegister('dwelling'), { ...room, ...change }, context).map((breach) => breach.field)

  it('asks a person or a body for its own fields', () => {
    expect(check({})).toEqual([])
    expect(check({ ownerName: null, ownerTelephone: null })).toEqual(['ownerName', 'ownerTelephone'])
    expect(check({ ownershipCode: '20' })).toEqual(['ownerBodyName', 'ownerBodyTelephone'])
  })
  it('does not let more rooms than there are', () => {
    expect(check({ letRoomCount: 4 })).toEqual(['letRoomCount'])
  })
  it('computes its archive number itself', () => {
    expect(check({ archiveNumber: null })).toEqual([])
  })
})
