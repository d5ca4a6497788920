import { describe, expect, it } from 'vitest'
import type { RecordValues } from '../../../src-shared/fields/field.ts'
import {
  judgePermit,
  permitValidUntil,
  type ApplicantFacts,
  type RegionContext,
} from '../../../src-shared/regions/permit-rules.ts'
import { holidays, regionOf } from './region-files.ts'

const names: Readonly<Record<string, string>> = {
  'permit-basis 10': '合法稳定就业',
  'permit-basis 20': '合法稳定住所',
  'permit-basis 30': '连续就读',
  'employment-status 10': '单位就业',
  'employment-status 20': '个体经营',
  'employment-status 50': '求职或待业',
  'employment-status 60': '在校学生',
  'residence-type 70': '旅店',
  'permit-term 10': '1年',
  'permit-term 20': '2年',
  'permit-term 30': '3年',
  'permit-term 50': '5年',
}
const region = (id: 'national' | 'liaoning' | 'wuhan'): RegionContext => ({
  profile: regionOf(id),
  holidays,
  labelOf: (dictionary, code) => names[`${dictionary} ${code}`] ?? code,
})
const national = region('national')

const zhang = (change: Partial<ApplicantFacts> = {}, values: RecordValues = {}): ApplicantFacts => ({
  name: '张伟',
  values: {
    moveInDate: '2026-03-01',
    employmentStatusCode: '10',
    employerId: 'e',
    dwellingId: 'd',
    residenceTypeCode: '10',
    ...values,
  },
  issued: null,
  inProcess: null,
  ...change,
})
const application = (change: RecordValues = {}): RecordValues => ({
  applicantId: 'z',
  permitActionCode: '10',
  permitBasisCode: '10',
  acceptanceDate: '2026-09-18',
  permitTermCode: '10',
  ...change,
})

describe('首次申领', () => {
  it('that fulfils the rules has nothing said of it, and its days', () => {
    expect(judgePermit(application(), zhang(), national)).toEqual({
      breaches: [],
      attentions: [],
      dueDate: '2026-10-15',
      validUntilDate: '2027-09-18',
    })
  })
  it('before half a year of residence is refused, naming the profile and the first day', () => {
    const values = application({ acceptanceDate: '2027-02-28' })
    const late = zhang({}, { moveInDate: '2026-09-01' })
    expect(judgePermit(values, late, national).breaches).toEqual([
      {
        field: 'permitActionCode',
        message:
          '按〈国家居住证暂行条例〉,首次申领须居住满半年:入住日期 2026-09-01,最早可于 2027-03-01 申领。',
      },
    ])
    expect(judgePermit(application({ acceptanceDate: '2027-03-01' }), late, national).breaches).toEqual([])
  })
  it('of somebody with a valid permit is let through with a word', () => {
    const applicant = zhang({ issued: { validUntilDate: '2026-12-01', issueDate: '2025-12-01' } })
    const verdict = judgePermit(application(), applicant, national)
    expect(verdict.breaches).toEqual([])
    expect(verdict.attentions).toEqual(['张伟已有居住证,有效期止 2026-12-01,请核对办理类型。'])
  })
  it('while another application is in process is refused', () => {
    const applicant = zhang({ inProcess: '首次申领,2026-09-02 受理,已审核' })
    expect(judgePermit(application(), applicant, national).breaches).toEqual([
      {
        field: 'applicantId',
        message:
          '按〈国家居住证暂行条例〉,一人一证:张伟已有居住证在办(首次申领,2026-09-02 受理,已审核),办结前不能再次申领。',
      },
    ])
  })
})

describe('有效期限', () => {
  it.each([
    ['national', '30', '按〈国家居住证暂行条例〉,有效期限应为「1年」,不能是「3年」。'],
    ['liaoning', '50', '按〈辽宁省居住证规定〉,有效期限应为「1年」或「2年」或「3年」,不能是「5年」。'],
  ] as const)('of %s is not %s', (id, permitTermCode, message) => {
    const { breaches } = judgePermit(application({ permitTermCode }), zhang(), region(id))
    expect(breaches).toEqual([{ field: 'permitTermCode', message }])
  })
  it('of 3 years is one of Liaoning', () => {
    const verdict = judgePermit(application({ permitTermCode: '30' }), zhang(), region('liaoning'))
    expect(verdict).toMatchObject({ breaches: [], validUntilDate: '2029-09-18' })
  })
})

describe('签注', () => {
  const endorsement = (acceptanceDate: string): RecordValues =>
    application({ permitActionCode: '20', acceptanceDate })
  const holder = zhang({ issued: { validUntilDate: '2026-10-20', issueDate: '2025-10-20' } })

  it('before its window is refused, naming both ends', () => {
    expect(judgePermit(endorsement('2026-09-19'), holder, national).breaches).toEqual([
      {
        field: 'permitActionCode',
        message:
          '按〈国家居住证暂行条例〉,签注应在有效期止前1个月内办理:有效期止 2026-10-20,可于 2026-09-20 至 2026-10-20 签注。',
      },
    ])
  })
  it.each([
    ['2026-09-20', '2027-10-20'],
    ['2026-10-20', '2027-10-20'],
  ])('on %s goes on from the last day: until %s', (day, until) => {
    expect(judgePermit(endorsement(day), holder, national)).toMatchObject({
      breaches: [],
      attentions: [],
      validUntilDate: until,
    })
  })
  it('after its window is made up for, and its year begins anew', () => {
    const verdict = judgePermit(endorsement('2026-11-05'), holder, national)
    expect(verdict).toMatchObject({ breaches: [], validUntilDate: '2027-11-05' })
    expect(verdict.attentions).toEqual([
      '按〈国家居住证暂行条例〉,签注已逾期(有效期止 2026-10-20),按补办计,有效期限自补办之日起算。',
    ])
  })
  it('of somebody whose permit is not in this store is let through with a word', () => {
    const verdict = judgePermit(endorsement('2026-09-18'), zhang(), national)
    expect(verdict.breaches).toEqual([])
    expect(verdict.attentions).toEqual(['本机没有张伟已发的居住证,请核对办理类型和原证的有效期。'])
  })
  it('in Liaoning begins 30 days before', () => {
    expect(judgePermit(endorsement('2026-09-20'), holder, region('liaoning')).breaches).toEqual([])
    expect(judgePermit(endorsement('2026-09-19'), holder, region('liaoning')).breaches[0]?.message).toContain(
      '前30日内',
    )
  })
})

describe('补领 and 变更', () => {
  it('leave the last day as it is', () => {
    const holder = zhang({ issued: { validUntilDate: '2026-12-01', issueDate: '2025-12-01' } })
    for (const permitActionCode of ['30', '40'])
      expect(permitValidUntil(application({ permitActionCode }), '2026-09-18', holder)).toBe('2026-12-01')
  })
})

describe('申领依据', () => {
  const messageFor = (permitBasisCode: string, values: RecordValues): string | undefined =>
    judgePermit(application({ permitBasisCode }), zhang({}, values), national).breaches[0]?.message

  it.each([
    ['10', { employmentStatusCode: '20', employerId: null }],
    ['20', { residenceTypeCode: '20' }],
    ['30', { employmentStatusCode: '60' }],
  ])('%s agrees with the record %o', (basis, values) => {
    expect(messageFor(basis, values)).toBeUndefined()
  })
  it('就业 needs work, and an employer where somebody works for one', () => {
    expect(messageFor('10', { employmentStatusCode: '50' })).toBe(
      '按〈国家居住证暂行条例〉,以「合法稳定就业」申领,就业状况须为「单位就业」或「个体经营」:张伟登记的就业状况是「求职或待业」。请改选申领依据,或先更正该人员的登记。',
    )
    expect(messageFor('10', { employerId: null })).toContain('张伟没有登记工作单位')
  })
  it('住所 needs a dwelling that counts', () => {
    expect(messageFor('20', { residenceTypeCode: '70' })).toContain('「旅店」不算合法稳定住所')
    expect(messageFor('20', { dwellingId: null })).toContain('张伟没有登记现住房屋')
  })
  it('就读 needs somebody who is at school', () => {
    expect(messageFor('30', {})).toContain('须为「在校学生」:张伟登记的就业状况是「单位就业」')
  })
})

it('a period over a year without known holidays says so', () => {
  const { attentions, dueDate } = judgePermit(
    application({ acceptanceDate: '2026-12-21' }),
    zhang(),
    national,
  )
  expect(dueDate).toBe('2027-01-11')
  expect(attentions).toEqual(['2027 年的节假日安排未载入,办结期限 2027-01-11 只除去了周末,请核对。'])
})

it('what is not filled in yet is left to the form', () => {
  expect(judgePermit({}, null, national)).toEqual({
    breaches: [],
    attentions: [],
    dueDate: null,
    validUntilDate: null,
  })
})
