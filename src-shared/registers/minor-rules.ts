import type { RecordValues } from '../fields/field.ts'
import { countFullYears } from '../values/calendar-date.ts'
import type { Rule } from './register.ts'
import { ADULT_AGE, identityRules } from './resident-rules.ts'

/** Schooling codes that mean a minor is taught somewhere (dictionaries/schooling.csv). */
const AT_SCHOOL_CODES: ReadonlySet<string> = new Set(['20', '30', '40', '50', '60'])

/** Whether the minor is at school, which makes 学校 required. */
export function isAtSchool(values: RecordValues): boolean {
  return typeof values['schoolingCode'] === 'string' && AT_SCHOOL_CODES.has(values['schoolingCode'])
}

/** The rules across a minor's fields. Source: product.md §3. */
export const minorRules: readonly Rule[] = [
  ...identityRules,
  {
    name: 'isUnderAge',
    check(values, { today }) {
      const birthDate = values['birthDate']
      if (typeof birthDate !== 'string' || countFullYears(birthDate, today) < ADULT_AGE) return []
      return [{ field: 'birthDate', message: `该人员已满 ${ADULT_AGE} 周岁,应登记为流动人员!` }]
    },
  },
  {
    name: 'numberHasType',
    check(values) {
      const hasNumber = typeof values['documentNumber'] === 'string'
      const hasType = typeof values['documentTypeCode'] === 'string'
      if (hasNumber === hasType) return []
      return hasNumber
        ? [{ field: 'documentTypeCode', message: '已录入证件号码,请选择证件类型!' }]
        : [{ field: 'documentNumber', message: '已选择证件类型,请录入证件号码!' }]
    },
  },
]
