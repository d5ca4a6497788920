import { isEmptyValue, type FieldValue, type RecordValues } from '../fields/field.ts'
import type { RuleBreach } from '../registers/register.ts'
import { hasEmployerAsNeeded } from '../registers/resident-rules.ts'
import { isCalendarDate } from '../values/calendar-date.ts'
import { earliestApplicationDay, endorsementStartDay, permitDueDay, validUntilDay } from './permit-days.ts'
import type { RegionProfile } from './region-profile.ts'
import { listUnknownYears, type HolidayTable } from './working-days.ts'

/** dictionaries/permit-action.csv */
export const PERMIT_ACTION = {
  first: '10',
  endorsement: '20',
  change: '30',
  replacement: '40',
  renewal: '50',
} as const

/** What is stored about the applicant beside the application itself. */
export type ApplicantFacts = {
  readonly name: string
  /** The resident's record. */
  readonly values: RecordValues
  /** The newest permit that was issued to the applicant, as far as this store knows. */
  readonly issued: { readonly validUntilDate: string | null; readonly issueDate: string | null } | null
  /** Another application that has not come to its end, in words: 「首次申领,2026-11-02 受理,已审核」. */
  readonly inProcess: string | null
}

export type RegionContext = {
  readonly profile: RegionProfile
  readonly holidays: HolidayTable
  /** The name of a dictionary's code. */
  readonly labelOf: (dictionary: string, code: string) => string
}

/** What a region says of an application: what stops it, what the clerk should know, and the days that follow. */
export type PermitVerdict = {
  readonly breaches: readonly RuleBreach[]
  readonly attentions: readonly string[]
  readonly dueDate: string | null
  /** Provisional from the day of acceptance; fixed when the permit is issued. */
  readonly validUntilDate: string | null
}

/**
 * Judges an application by the region's profile. Fields that are empty or no value are left to the form's own checks. Every
 * sentence names the profile it comes from.
 */
export function judgePermit(
  values: RecordValues,
  applicant: ApplicantFacts | null,
  region: RegionContext,
): PermitVerdict {
  const { profile, holidays } = region
  const acceptanceDate = dayOf(values['acceptanceDate'])
  const dueDate = acceptanceDate === null ? null : permitDueDay(profile, holidays, acceptanceDate)
  const unknownYears =
    acceptanceDate === null || dueDate === null || profile.processing.counts === 'calendarDays'
      ? []
      : listUnknownYears(holidays, acceptanceDate, dueDate)
  return {
    breaches: [
      ...(applicant === null ? [] : judgeInProcess(applicant, region)),
      ...(applicant === null || acceptanceDate === null
        ? []
        : judgeDay(values, acceptanceDate, applicant, region)),
      ...judgeGround(values, applicant, region),
      ...judgeTerm(values, region),
    ],
    attentions: [
      ...(applicant === null || acceptanceDate === null
        ? []
        : listAttentions(values, acceptanceDate, applicant, region)),
      ...unknownYears.map(
        (year) => `${year} 年的节假日安排未载入,办结期限 ${dueDate ?? ''} 只除去了周末,请核对。`,
      ),
    ],
    dueDate,
    validUntilDate: acceptanceDate === null ? null : permitValidUntil(values, acceptanceDate, applicant),
  }
}

/**
 * The last day of a permit issued on a day. 签注 and 换领 go on from the permit's last day while it is valid and begin anew
 * afterwards (《居住证暂行条例》第十条); 变更 and 补领 leave the last day as it is.
 */
export function permitValidUntil(
  values: RecordValues,
  from: string,
  applicant: ApplicantFacts | null,
): string | null {
  const term = values['permitTermCode']
  if (typeof term !== 'string') return null
  const until = applicant?.issued?.validUntilDate ?? null
  const isValid = until !== null && until >= from
  switch (values['permitActionCode']) {
    case PERMIT_ACTION.change:
    case PERMIT_ACTION.replacement:
      if (isValid) return until
      break
    case PERMIT_ACTION.endorsement:
    case PERMIT_ACTION.renewal:
      if (isValid && isCalendarDate(until)) return validUntilDay(until, term) ?? null
      break
    default:
  }
  return validUntilDay(from, term) ?? null
}

function judgeInProcess(
  { name, inProcess }: ApplicantFacts,
  { profile }: RegionContext,
): readonly RuleBreach[] {
  if (inProcess === null) return []
  return [
    {
      field: 'applicantId',
      message: `按〈${profile.name}〉,一人一证:${name}已有居住证在办(${inProcess}),办结前不能再次申领。`,
    },
  ]
}

function judgeDay(
  values: RecordValues,
  acceptanceDate: string,
  applicant: ApplicantFacts,
  { profile }: RegionContext,
): readonly RuleBreach[] {
  const moveInDate = dayOf(applicant.values['moveInDate'])
  if (values['permitActionCode'] === PERMIT_ACTION.first && moveInDate !== null) {
    const earliest = earliestApplicationDay(profile, moveInDate)
    if (acceptanceDate < earliest) {
      return [
        {
          field: 'permitActionCode',
          message: `按〈${profile.name}〉,首次申领须居住满${monthsText(profile.residenceMonths)}:入住日期 ${moveInDate},最早可于 ${earliest} 申领。`,
        },
      ]
    }
  }
  const until = dayOf(applicant.issued?.validUntilDate)
  if (values['permitActionCode'] === PERMIT_ACTION.endorsement && until !== null) {
    const start = endorsementStartDay(profile, until)
    if (acceptanceDate < start) {
      return [
        {
          field: 'permitActionCode',
          message: `按〈${profile.name}〉,签注应在有效期止前${beforeText(profile)}内办理:有效期止 ${until},可于 ${start} 至 ${until} 签注。`,
        },
      ]
    }
  }
  return []
}

function judgeGround(
  values: RecordValues,
  applicant: ApplicantFacts | null,
  { profile, labelOf }: RegionContext,
): readonly RuleBreach[] {
  const basis = values['permitBasisCode']
  if (typeof basis !== 'string') return []
  const label = labelOf('permit-basis', basis)
  const ground = profile.grounds[basis]
  const refuse = (sentence: string): readonly RuleBreach[] => [
    { field: 'permitBasisCode', message: `按〈${profile.name}〉,${sentence}` },
  ]
  if (!ground) return refuse(`不能以「${label}」申领,请改选申领依据。`)
  if (applicant === null) return []
  const advice = '请改选申领依据,或先更正该人员的登记。'
  const { employmentStatusCodes, residenceTypeCodes } = ground
  const employment = applicant.values['employmentStatusCode']
  if (employmentStatusCodes && !employmentStatusCodes.includes(textOf(employment))) {
    return refuse(
      `以「${label}」申领,就业状况须为${listText(employmentStatusCodes, (code) => labelOf('employment-status', code))}:${applicant.name}登记的就业状况是「${labelOf('employment-status', textOf(employment))}」。${advice}`,
    )
  }
  if (employmentStatusCodes && !hasEmployerAsNeeded(applicant.values))
    return refuse(`以「${label}」申领,须登记工作单位:${applicant.name}没有登记工作单位。${advice}`)
  const residenceType = applicant.values['residenceTypeCode']
  if (residenceTypeCodes && isEmptyValue(applicant.values['dwellingId']))
    return refuse(`以「${label}」申领,须登记现住房屋:${applicant.name}没有登记现住房屋。${advice}`)
  if (residenceTypeCodes && !residenceTypeCodes.includes(textOf(residenceType))) {
    return refuse(
      `「${labelOf('residence-type', textOf(residenceType))}」不算合法稳定住所,不能以「${label}」申领。${advice}`,
    )
  }
  return []
}

function judgeTerm(values: RecordValues, { profile, labelOf }: RegionContext): readonly RuleBreach[] {
  const term = values['permitTermCode']
  if (typeof term !== 'string' || profile.permitTermCodes.includes(term)) return []
  return [
    {
      field: 'permitTermCode',
      message: `按〈${profile.name}〉,有效期限应为${listText(profile.permitTermCodes, (code) => labelOf('permit-term', code))},不能是「${labelOf('permit-term', term)}」。`,
    },
  ]
}

function listAttentions(
  values: RecordValues,
  acceptanceDate: string,
  { name, issued }: ApplicantFacts,
  { profile }: RegionContext,
): readonly string[] {
  const action = values['permitActionCode']
  if (typeof action !== 'string') return []
  const until = issued?.validUntilDate ?? null
  if (action === PERMIT_ACTION.first) {
    return until !== null && until >= acceptanceDate
      ? [`${name}已有居住证,有效期止 ${until},请核对办理类型。`]
      : []
  }
  if (issued === null) return [`本机没有${name}已发的居住证,请核对办理类型和原证的有效期。`]
  return action === PERMIT_ACTION.endorsement && until !== null && until < acceptanceDate
    ? [`按〈${profile.name}〉,签注已逾期(有效期止 ${until}),按补办计,有效期限自补办之日起算。`]
    : []
}

function dayOf(value: FieldValue | undefined): string | null {
  return typeof value === 'string' && isCalendarDate(value) ? value : null
}

function textOf(value: FieldValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function listText(codes: readonly string[], labelOf: (code: string) => string): string {
  return codes.map((code) => `「${labelOf(code)}」`).join('或')
}

function monthsText(months: number): string {
  if (months === 6) return '半年'
  return months > 0 && months % 12 === 0 ? `${months / 12}年` : `${months}个月`
}

function beforeText({ endorsement: { before } }: RegionProfile): string {
  return 'months' in before ? `${before.months}个月` : `${before.days}日`
}
