import { isEmptyValue, type RecordValues } from '../fields/field.ts'
import { parseCitizenIdNumber } from '../values/citizen-id-number.ts'
import { countFullYears } from '../values/calendar-date.ts'
import { findOldPermitNumber } from '../values/foreigner-permit-number.ts'
import type { Rule } from './register.ts'

/** Document types whose number has the 18 characters of GB 11643: identity card, household register, residence permits of 港澳台 and foreigners. */
const CITIZEN_NUMBER_DOCUMENT_TYPES: ReadonlySet<string> = new Set(['01', '02', '11', '12', '13'])

/** Below this age a person is registered as 未成年人. Source: product.md §3. */
export const ADULT_AGE = 16

/** Whether the document number follows GB 11643: identity card or household register. */
export function hasCitizenIdNumber(values: RecordValues): boolean {
  return (
    typeof values['documentTypeCode'] === 'string' &&
    CITIZEN_NUMBER_DOCUMENT_TYPES.has(values['documentTypeCode'])
  )
}

/** Employment status codes that mean a person works for an employer (dictionaries/employment-status.csv). */
const EMPLOYED_STATUS_CODES: ReadonlySet<string> = new Set(['10'])

/** Whether the resident works for an employer, which makes 工作单位 required. */
export function isEmployed(values: RecordValues): boolean {
  return (
    typeof values['employmentStatusCode'] === 'string' &&
    EMPLOYED_STATUS_CODES.has(values['employmentStatusCode'])
  )
}

/** Whether the record names the employer that its employment status asks for. */
export function hasEmployerAsNeeded(values: RecordValues): boolean {
  return !isEmployed(values) || !isEmptyValue(values['employerId'])
}

function day(values: RecordValues, field: string): string | undefined {
  const value = values[field]
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined
}

/** The rules between a citizen id number and what else is said of its owner: residents and minors alike. */
export const identityRules: readonly Rule[] = [
  {
    name: 'citizenIdNumberIsValid',
    check(values) {
      const number = values['documentNumber']
      if (!hasCitizenIdNumber(values) || typeof number !== 'string') return []
      // A foreigner's permit of before December 2023 has a number of its own build.
      if (values['documentTypeCode'] === '13' && findOldPermitNumber(number) !== undefined) return []
      const parsed = parseCitizenIdNumber(number)
      return parsed.ok ? [] : [{ field: 'documentNumber', message: `证件号码:${parsed.message}` }]
    },
  },
  {
    name: 'birthDateAgreesWithNumber',
    check(values) {
      const number = values['documentNumber']
      const birthDate = day(values, 'birthDate')
      if (!hasCitizenIdNumber(values) || typeof number !== 'string' || !birthDate) return []
      const parsed = parseCitizenIdNumber(number)
      if (!parsed.ok || parsed.value.birthDate === birthDate) return []
      return [
        {
          field: 'birthDate',
          message: `出生日期与证件号码不一致:证件号码中的出生日期是 ${parsed.value.birthDate},请核对!`,
        },
      ]
    },
  },
  {
    name: 'sexAgreesWithNumber',
    check(values) {
      const number = values['documentNumber']
      const sexCode = values['sexCode']
      if (!hasCitizenIdNumber(values) || typeof number !== 'string' || (sexCode !== '1' && sexCode !== '2'))
        return []
      const parsed = parseCitizenIdNumber(number)
      if (!parsed.ok || parsed.value.sexCode === sexCode) return []
      return [
        {
          field: 'sexCode',
          message: `性别与证件号码不一致:证件号码表示${sexCode === '1' ? '女' : '男'}性,请核对!`,
        },
      ]
    },
  },
]

/** The rules across a resident's fields. Source: product.md §3. */
export const residentRules: readonly Rule[] = [
  ...identityRules,
  {
    name: 'isAdult',
    check(values, { today }) {
      const birthDate = day(values, 'birthDate')
      if (!birthDate || countFullYears(birthDate, today) >= ADULT_AGE) return []
      return [{ field: 'birthDate', message: `该人员未满 ${ADULT_AGE} 周岁,应登记为未成年人!` }]
    },
  },
  {
    name: 'documentPeriodIsOrdered',
    check(values) {
      const from = day(values, 'documentValidFromDate')
      const to = day(values, 'documentValidToDate')
      if (!from || !to || to >= from) return []
      return [{ field: 'documentValidToDate', message: '证件有效期止不能早于证件有效期起!' }]
    },
  },
  {
    name: 'movedInAfterArrival',
    check(values) {
      const arrival = day(values, 'arrivalDate')
      const movedIn = day(values, 'moveInDate')
      if (!arrival || !movedIn || movedIn >= arrival) return []
      return [{ field: 'moveInDate', message: '入住日期不能早于来本地日期!' }]
    },
  },
  {
    name: 'arrivedAfterBirth',
    check(values) {
      const birth = day(values, 'birthDate')
      const arrival = day(values, 'arrivalDate')
      if (!birth || !arrival || arrival >= birth) return []
      return [{ field: 'arrivalDate', message: '来本地日期不能早于出生日期!' }]
    },
  },
]
