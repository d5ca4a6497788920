import { describe, expect, it } from 'vitest'
import {
  hasContent,
  listUnplaced,
  switchDraft,
  switchSentence,
  wantedForm,
  withSwitchKey,
} from '../../../src-renderer/pages/entry/register-switch.ts'
import { fieldsFilledBy } from '../../../src-renderer/pages/entry/reference-defaults.ts'
import type { Draft } from '../../../src-shared/contract/types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'

const today = '2026-11-28'
const typed = (text: string) => ({ text, value: text })

function draftOf(register: 'resident' | 'minor', inputs: Draft['inputs']): Draft {
  return {
    id: 'a',
    register,
    recordId: null,
    revision: 0,
    inputs,
    focusedField: 'birthDate',
    caret: 3,
    pinnedFields: ['dwellingId', 'moveInDate'],
    batchCount: 4,
    openedFrom: null,
    updatedAt: 1,
  }
}

describe('the form that an age asks for', () => {
  it('turns on the sixteenth birthday', () => {
    expect(wantedForm('resident', { birthDate: '2010-11-29' }, today)).toBe('minor')
    expect(wantedForm('resident', { birthDate: '2010-11-28' }, today)).toBeUndefined()
    expect(wantedForm('minor', { birthDate: '2010-11-28' }, today)).toBe('resident')
    expect(wantedForm('minor', { birthDate: '2010-11-29' }, today)).toBeUndefined()
  })
  it('is none where the day is none, lies ahead, or the register has no person of two forms', () => {
    for (const birthDate of [null, '', '2019-02-30', '2027-01-01'])
      expect(wantedForm('resident', { birthDate }, today)).toBeUndefined()
    for (const register of REGISTER_NAMES)
      if (register !== 'resident')
        expect(wantedForm(register, { birthDate: '2015-01-01' }, today)).toBeUndefined()
  })
  it('is named by the mark with the key that mends it', () => {
    const breaches = withSwitchKey('resident', getRegister('resident').rules).flatMap((rule) =>
      rule.check({ birthDate: '2015-01-01' }, { today }),
    )
    expect(breaches).toEqual([
      {
        field: 'birthDate',
        message: '该人员未满 16 周岁,应登记为未成年人!按 Ctrl+M 转为「新增未成年人」,已录入的保留。',
      },
    ])
  })
})

describe('a draft that is switched', () => {
  const resident = draftOf('resident', {
    documentTypeCode: { text: '居民身份证', value: '01' },
    documentNumber: typed('420106201501010016'),
    name: typed('小明'),
    telephone: typed('13800000000'),
    householdAddress: { text: '中华路', value: null },
    dwellingId: { text: '东风路1号', value: 'id' },
  })

  it('keeps every input, in its field or beside the form, and begins at no field', () => {
    const minor = switchDraft(resident, 'minor')
    expect(minor).toMatchObject({
      register: 'minor',
      inputs: resident.inputs,
      focusedField: null,
      pinnedFields: ['dwellingId'],
      batchCount: 4,
    })
    expect(Object.keys(listUnplaced('minor', minor.inputs))).toEqual(['telephone', 'householdAddress'])
    expect(hasContent(listUnplaced('minor', minor.inputs))).toBe(true)
    expect(switchDraft({ ...minor, focusedField: 'name' }, 'resident').inputs).toEqual(resident.inputs)
  })
  it('says what has no field', () => {
    expect(switchSentence('resident', 'minor', resident.inputs)).toContain(
      '此表没有的 2 项(联系电话、户籍地详址)留在草稿中',
    )
    expect(switchSentence('resident', 'minor', { name: typed('小明') })).toBe(
      '已转为「新增未成年人」,已录入的都在。按 Ctrl+M 转回。',
    )
  })
  it('takes no kind of document along that nobody chose', () => {
    const untouched = draftOf('resident', {
      documentTypeCode: { text: '居民身份证', value: '01' },
      name: typed('小明'),
    })
    const minor = switchDraft(untouched, 'minor')
    expect(minor.inputs['documentTypeCode']).toEqual({ text: '', value: null })
    // Back again the form starts with its own first choice.
    expect(switchDraft(minor, 'resident').inputs).not.toHaveProperty('documentTypeCode')
    const chosen = draftOf('resident', { documentTypeCode: { text: '护照', value: '03' } })
    expect(switchDraft(chosen, 'minor').inputs['documentTypeCode']?.value).toBe('03')
  })
})

it('a chosen record fills only fields that it and the form have', () => {
  expect(fieldsFilledBy('minor', 'guardianId')).toEqual(['dwellingId', 'collectorId'])
  expect(fieldsFilledBy('dwelling', 'estateId')).toEqual(['communityCode'])
  expect(fieldsFilledBy('resident', 'dwellingId')).toEqual([])
  for (const register of REGISTER_NAMES) {
    for (const [name, field] of Object.entries(getRegister(register).fields)) {
      for (const target of fieldsFilledBy(register, name)) {
        expect(getRegister(register).fields).toHaveProperty(target)
        expect(field.kind === 'reference' && getRegister(field.register).fields[target]?.kind).toBe(
          getRegister(register).fields[target]?.kind,
        )
      }
    }
  }
})
