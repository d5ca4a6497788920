import {
  inventNumber,
  residentValues,
  employerValues,
  coordinatorValues,
} from '../../../support/backend-fixture.ts'
import type { RecordValues } from '../../../../src-shared/fields/field.ts'

/** The registers of a history: one with groups, codes and references; one that refers; one that is referred to. */
export type HistoryRegister = 'resident' | 'employer' | 'coordinator'

/** Records that stand in every history from the beginning. */
export type Ground = { readonly dwellingId: string; readonly collectorId: string }

/** A code the stations know and the server does not: what has it is set aside. */
export const UNKNOWN_EDUCATION = '66'
export const GOOD_EDUCATION = '61'

/** A new record's values. Few keys, so that two stations register the same person. */
export function makeValues(
  choice: number,
  isBroken: boolean,
  ground: Ground,
): { readonly register: HistoryRegister; readonly values: RecordValues } {
  const kind = choice % 8
  if (kind === 0)
    return { register: 'employer', values: employerValues({ coordinatorId: ground.collectorId }) }
  if (kind === 1) {
    return {
      register: 'coordinator',
      values: coordinatorValues({ citizenIdNumber: inventNumber(choice % 3, '1985-04-05') }),
    }
  }
  return {
    register: 'resident',
    values: residentValues(ground, {
      documentTypeCode: '03',
      documentNumber: `E1234567${(choice >> 3) % 4}`,
      educationCode: isBroken ? UNKNOWN_EDUCATION : GOOD_EDUCATION,
    }),
  }
}

const RESIDENT_EDITS: readonly RecordValues[] = [
  { telephone: '13800000001' },
  { telephone: '13800000002' },
  { telephone: '13800000003', remarks: '甲' },
  { remarks: '乙' },
  { remarks: null },
  { name: '王甲' },
  { name: '王乙', remarks: '丙' },
  { socialInsuranceCodes: ['10'] },
  { socialInsuranceCodes: ['20', '30'] },
  { socialInsuranceCodes: null },
  { householdAddress: '一号', householdDivisionCode: '420106' },
  { householdAddress: '二号' },
  { documentNumber: 'E12345670' },
  { documentNumber: 'E12345671' },
  { documentTypeCode: '04', documentNumber: 'E12345670' },
]
const EMPLOYER_EDITS: readonly RecordValues[] = [
  { telephone: '13800000001' },
  { telephone: '13800000002', remarks: '甲' },
  { remarks: '乙' },
  { headcount: 5 },
  { headcount: 7, principalName: '赵经理' },
  { address: '西风路1号' },
]
const COORDINATOR_EDITS: readonly RecordValues[] = [
  { telephone: '13800000001' },
  { telephone: '13800000002' },
  { name: '王甲' },
  { citizenIdNumber: inventNumber(0, '1985-04-05') },
  { workCardNumber: 'K1' },
]

/** Few values for few fields, so that stations meet. */
export function makeEdit(
  register: HistoryRegister,
  choice: number,
  coordinators: readonly string[],
): RecordValues {
  if (register !== 'coordinator' && choice % 7 === 0 && coordinators.length > 0) {
    const id = coordinators[(choice >> 3) % coordinators.length] ?? ''
    return register === 'employer' ? { coordinatorId: id } : { collectorId: id }
  }
  const edits =
    register === 'resident' ? RESIDENT_EDITS : register === 'employer' ? EMPLOYER_EDITS : COORDINATOR_EDITS
  return edits[choice % edits.length] ?? {}
}
