import { expect, test } from 'vitest'
import { parseAddress, parseCardText } from '../../../src-main/backend/readers/card-text.ts'
import type { CardFields } from '../../../src-shared/readers/card-reading.ts'
import { describeCard, describeCardMasked, listCardValues } from '../../../src-shared/readers/card-values.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { residentRules } from '../../../src-shared/registers/resident-rules.ts'
import { makeCard } from '../../../tools/reader-simulator/simulated-card.ts'
import { getPerson, listPeople, PEOPLE_COUNT } from '../../../tools/reader-simulator/simulated-people.ts'
import { bytesOf, readerVectors } from '../../support/reader-vectors.ts'

const { text } = readerVectors

function read(block: Uint8Array, today?: string) {
  const parsed = parseCardText(block, today)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed
}

function fieldsOf(hex: string): CardFields {
  return read(bytesOf(hex)).fields
}

/** The block of the resident's card with other characters at a byte offset. */
function changed(hex: string, ...changes: readonly (readonly [offset: number, value: string])[]): Uint8Array {
  const block = bytesOf(hex)
  const view = new DataView(block.buffer)
  for (const [offset, value] of changes) {
    for (let index = 0; index < value.length; index += 1) {
      view.setUint16(offset + index * 2, value.charCodeAt(index), true)
    }
  }
  return block
}

test('a resident identity card', () => {
  expect(fieldsOf(text.resident)).toMatchObject({
    kind: 'residentIdentity',
    documentTypeCode: '01',
    documentNumber: '11010519491231002X',
    name: '测试甲',
    sexCode: '2',
    ethnicGroupCode: '01',
    birthDate: '1949-12-31',
    address: '北京市朝阳区测试路１号',
    issuer: '测试市公安局测试分局',
    validFromDate: '2020-01-01',
    validToDate: '长期',
    englishName: '',
    citizenshipCode: '',
    passNumber: '',
    renewalCount: '',
  })
})

test('a permit of 港澳台 residents: pass number and issue count, and no ethnic group', () => {
  expect(fieldsOf(text.hmt_J)).toMatchObject({
    kind: 'hongKongMacaoTaiwan',
    documentTypeCode: '11',
    documentNumber: '810000199001019902',
    name: '测试乙',
    ethnicGroupCode: '',
    passNumber: 'H00000000',
    issueCount: '01',
    validToDate: '2025-01-01',
  })
  const taiwan = read(changed(text.hmt_J, [122, '830000199001010014'])).fields
  expect(taiwan.documentTypeCode).toBe('12')
})

test('a foreigner’s card of 2017: its own places, fifteen characters', () => {
  expect(fieldsOf(text.foreign_I)).toMatchObject({
    kind: 'foreigner2017',
    documentTypeCode: '13',
    documentNumber: 'CAN110181080391',
    name: '测试丙',
    englishName: 'TESTPERSON, SYNTHETIC',
    sexCode: '2',
    birthDate: '1981-08-03',
    citizenshipCode: 'CAN',
    issuer: '1500',
    validFromDate: '2018-01-01',
    validToDate: '2028-01-01',
    ethnicGroupCode: '',
  })
})

test('a foreigner’s card of 2023: the renewal count is never an ethnic group, the English name is joined', () => {
  const fields = fieldsOf(text.foreign_Y)
  expect(fields).toMatchObject({
    kind: 'foreigner2023',
    documentTypeCode: '13',
    documentNumber: '911124198108030024',
    englishName: 'TESTPERSON, SYNTHETIC SPECIMEN LONGNAMEABC',
    ethnicGroupCode: '',
    renewalCount: '01',
    issuer: '国家移民管理局',
    citizenshipCode: 'CAN',
  })
  expect(listCardValues('resident', fields)).not.toHaveProperty('ethnicGroupCode')
  // A space at the seam of the two places is part of the name.
  const seam = makeCard({ ...fields, englishName: `${'A'.repeat(34)} BCD` })
  expect(read(seam.text).fields.englishName).toBe(`${'A'.repeat(34)} BCD`)
})

test('an unknown kind of card fills nothing, and neither does half a block', () => {
  expect(parseCardText(changed(text.resident, [248, 'Q']))).toEqual({
    ok: false,
    message: '读到了不认识的证件类型,请手工录入,并告知管理员。',
  })
  expect(parseCardText(new Uint8Array(255)).ok).toBe(false)
})

test('card against number: shown, never corrected', () => {
  const odd = read(changed(text.resident, [30, '1'], [36, '19491230']))
  expect(odd.fields).toMatchObject({ sexCode: '1', birthDate: '1949-12-30' })
  expect(odd.warnings).toEqual([
    {
      field: 'birthDate',
      message: '证件上的出生日期是 1949-12-30,而证件号码中是 1949-12-31,请核对!',
    },
    { field: 'sexCode', message: '证件上的性别是男,而证件号码表示女性,请核对!' },
  ])
  const wrong = read(changed(text.resident, [122, '110105194912310021']))
  expect(wrong.fields.documentNumber).toBe('110105194912310021')
  expect(wrong.warnings.map((each) => each.field)).toEqual(['documentNumber'])
  // Another card’s number: valid in itself.
  expect(read(changed(text.resident, [122, '911124198108030024'])).warnings).toContainEqual(
    expect.objectContaining({ field: 'documentNumber' }),
  )
  const foreign = read(changed(text.foreign_I, [152, 'USA'], [220, '19810804']))
  expect(foreign.warnings.map((each) => each.field)).toEqual(['birthDate', 'citizenshipCode'])
})

test('ethnic codes above 56: 97 and 98 are known, others are kept and shown', () => {
  for (const code of ['01', '56', '97', '98']) {
    expect(read(changed(text.resident, [32, code])).warnings).toEqual([])
  }
  for (const code of ['57', '96', '99', '00']) {
    const parsed = read(changed(text.resident, [32, code]))
    expect(parsed.fields.ethnicGroupCode).toBe(code)
    expect(parsed.warnings).toEqual([
      { field: 'ethnicGroupCode', message: `证件中的民族代码「${code}」不在国家标准中,请核对!` },
    ])
  }
})

test('days that do not exist are left out with a warning, and 长期 is kept', () => {
  const parsed = read(changed(text.resident, [36, '19491331'], [204, '20250230']))
  expect(parsed.fields).toMatchObject({ birthDate: '', validToDate: '' })
  expect(parsed.warnings.map((each) => each.field)).toEqual(['birthDate', 'validToDate'])
  expect(fieldsOf(text.resident).validToDate).toBe('长期')
})

test('a card that has ended says so', () => {
  expect(read(bytesOf(text.hmt_J), '2025-01-01').warnings).toEqual([])
  expect(read(bytesOf(text.hmt_J), '2025-01-02').warnings).toEqual([
    { field: 'validToDate', message: '证件已于 2025-01-01 到期,请核对!' },
  ])
  expect(read(bytesOf(text.resident), '2999-01-01').warnings).toEqual([])
})

test('rare characters are kept: surrogate pairs, the private use area, compatibility forms', () => {
  const name = '\u{20BB7}\uE863\uF92C\u{2CE93}'
  const block = changed(text.resident, [0, name.padEnd(15, ' ')])
  expect(read(block).fields.name).toBe(name)
})

test('an address written later is read as it stands', () => {
  const data = bytesOf(readerVectors.responses.newAddress1).subarray(10, 80)
  expect(parseAddress(data)).toBe('上海市浦东新区测试路３号')
})

test('every person of the simulator is read back as written, without a warning, with all four kinds', () => {
  const kinds = new Set<string>()
  for (let index = 0; index < PEOPLE_COUNT; index += 1) {
    const person = getPerson(index)
    const parsed = read(makeCard(person).text)
    expect(parsed).toEqual({ ok: true, fields: { ...person, newestAddress: '' }, warnings: [] })
    kinds.add(person.kind)
    const values = { ...listCardValues('resident', person) }
    const breaches = residentRules
      .filter((rule) => ['citizenIdNumberIsValid', 'sexAgreesWithNumber'].includes(rule.name))
      .flatMap((rule) => rule.check(values, { today: '2026-11-28' }))
    expect(breaches).toEqual([])
  }
  expect([...kinds].toSorted()).toEqual([
    'foreigner2017',
    'foreigner2023',
    'hongKongMacaoTaiwan',
    'residentIdentity',
  ])
  expect(new Set(listPeople().map(({ person }) => person.documentNumber)).size).toBe(PEOPLE_COUNT)
})

test('what a card says about a resident and about a coordinator', () => {
  const fields = { ...fieldsOf(text.resident), newestAddress: '上海市徐汇区测试路3号' }
  expect(listCardValues('resident', fields)).toEqual({
    documentTypeCode: '01',
    documentNumber: '11010519491231002X',
    name: '测试甲',
    sexCode: '2',
    ethnicGroupCode: '01',
    birthDate: '1949-12-31',
    householdAddress: '上海市徐汇区测试路3号',
    documentValidFromDate: '2020-01-01',
    documentValidToDate: '长期',
  })
  expect(listCardValues('coordinator', fields)).toEqual({
    citizenIdNumber: '11010519491231002X',
    name: '测试甲',
    sexCode: '2',
  })
  expect(listCardValues('minor', fields)).toEqual({
    documentTypeCode: '01',
    documentNumber: '11010519491231002X',
    name: '测试甲',
    sexCode: '2',
    birthDate: '1949-12-31',
  })
  for (const register of ['dwelling', 'residencePermit', 'employer'] as const) {
    expect(listCardValues(register, fields)).toEqual({})
  }
  // Every name is a field of its register.
  for (const register of ['resident', 'minor', 'coordinator'] as const) {
    const declared = Object.keys(getRegister(register).fields)
    expect(declared).toEqual(expect.arrayContaining(Object.keys(listCardValues(register, fields))))
  }
  // No Chinese name: the one in Latin letters is registered.
  expect(listCardValues('resident', { ...fieldsOf(text.foreign_Y), name: '' })['name']).toBe(
    'TESTPERSON, SYNTHETIC SPECIMEN LONGNAMEABC',
  )
  expect(describeCard(fields)).toBe('居民身份证 测试甲 110105**********2X')
  expect(describeCardMasked(fields)).toBe('居民身份证 测** 110105**********2X')
})

test('a foreigner’s number of before 2023 is registered by hand as well', () => {
  const rule = residentRules.find((each) => each.name === 'citizenIdNumberIsValid')
  const check = (documentTypeCode: string, documentNumber: string) =>
    rule?.check({ documentTypeCode, documentNumber }, { today: '2026-11-28' })
  expect(check('13', 'CAN110181080391')).toEqual([])
  expect(check('13', '911124198108030024')).toEqual([])
  expect(check('13', 'CAN1101810803')).toHaveLength(1)
  expect(check('01', 'CAN110181080391')).toHaveLength(1)
})
