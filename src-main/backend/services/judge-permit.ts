import type { PermitJudgement } from '../../../src-shared/contract/requests.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import {
  judgePermit,
  permitValidUntil,
  type ApplicantFacts,
  type PermitVerdict,
  type RegionContext,
} from '../../../src-shared/regions/permit-rules.ts'
import { isCalendarDate } from '../../../src-shared/values/calendar-date.ts'
import { PERMIT_STAGE } from '../../../src-shared/registers/residence-permit-flow.ts'
import type { ReadDatabase } from '../database/database.ts'
import { findIssuedPermit, findPermitInProcess } from '../queries/applicant-facts.ts'
import { findRecord } from '../queries/record-row.ts'
import type { Context } from './context.ts'
import { readSettings } from './settings.ts'
import { refuseByRules } from './request-failure.ts'

/** What the region's rules read of an application. */
const JUDGED_FIELDS = [
  'applicantId',
  'permitActionCode',
  'permitBasisCode',
  'acceptanceDate',
  'permitTermCode',
] as const

function regionOf(read: ReadDatabase, context: Context): RegionContext {
  return {
    profile: context.regions.chosen(readSettings(read).region),
    holidays: context.regions.holidays,
    labelOf: context.dictionaries.labelOf,
  }
}

function factsOf(
  read: ReadDatabase,
  { labelOf }: RegionContext,
  values: RecordValues,
  permitId: string,
): ApplicantFacts | null {
  const applicantId = values['applicantId']
  if (typeof applicantId !== 'string') return null
  const applicant = findRecord(read, 'resident', applicantId)
  if (!applicant) return null
  const inProcess = findPermitInProcess(read, applicantId, permitId)
  return {
    name: String(applicant.values['name'] ?? ''),
    values: applicant.values,
    issued: findIssuedPermit(read, applicantId, permitId),
    inProcess:
      inProcess &&
      `${labelOf('permit-action', inProcess.permitActionCode)},${inProcess.acceptanceDate} 受理,${labelOf('permit-stage', inProcess.stageCode)}`,
  }
}

/** What the region says of an application; `permitId` is its own id, stored or not. */
function judgeApplication(
  read: ReadDatabase,
  context: Context,
  permitId: string,
  values: RecordValues,
): PermitVerdict {
  const region = regionOf(read, context)
  return judgePermit(values, factsOf(read, region, values, permitId), region)
}

/** What the page shows while an application is typed: what a save would say, and fill in. */
export function judgeWhileTyped(
  read: ReadDatabase,
  context: Context,
  permitId: string,
  values: RecordValues,
): PermitJudgement {
  const stored = findRecord(read, 'residencePermit', permitId)
  const isUntouched = stored !== undefined && isJudgedAlike(stored.values, values)
  const { breaches, attentions } = judgeApplication(read, context, permitId, values)
  const automatic: Record<string, FieldValue> = {
    ...stored?.values,
    ...permitAutomaticValues(read, context, permitId, values, stored?.values),
  }
  const textOf = (name: string): string | null => {
    const value = automatic[name]
    return typeof value === 'string' ? value : null
  }
  return {
    breaches: isUntouched ? [] : breaches,
    attentions: isUntouched ? [] : attentions,
    automatic: {
      dueDate: textOf('dueDate'),
      validUntilDate: textOf('validUntilDate'),
      acceptedByName: textOf('acceptedByName'),
    },
  }
}

function isJudgedAlike(before: RecordValues, values: RecordValues): boolean {
  return JUDGED_FIELDS.every((name) => areEqualValues(before[name] ?? null, values[name] ?? null))
}

/**
 * Refuses an application the region's rules do not allow. One that is stored already is judged again only where something
 * was changed that the rules read: an older record is not judged by newer rules.
 *
 * @throws RequestRefusal `ruleBroken`
 */
export function assertApplicationIsAllowed(
  read: ReadDatabase,
  context: Context,
  permitId: string,
  values: RecordValues,
  before: RecordValues | undefined,
): void {
  if (before && isJudgedAlike(before, values)) return
  const { breaches } = judgeApplication(read, context, permitId, values)
  if (breaches.length > 0) throw refuseByRules(breaches)
}

/**
 * What the program says of an application at a save: 办结期限, 有效期止, 受理人. Days follow what they depend on while the
 * application is in process; what was issued or refused stays as it is.
 */
export function permitAutomaticValues(
  read: ReadDatabase,
  context: Context,
  permitId: string,
  values: RecordValues,
  before: RecordValues | undefined,
): Record<string, FieldValue> {
  const stage = before?.['stageCode'] ?? PERMIT_STAGE.accepted
  if (stage === PERMIT_STAGE.issued || stage === PERMIT_STAGE.refused) return {}
  if (before && isJudgedAlike(before, values)) return {}
  const { dueDate, validUntilDate } = judgeApplication(read, context, permitId, values)
  return {
    dueDate,
    validUntilDate,
    ...(before ? {} : { acceptedByName: acceptedByName(context) }),
  }
}

/** 受理人: the account's own name; nobody's in 单机 use. */
function acceptedByName(context: Context): string | null {
  return context.account()?.displayName ?? null
}

/** 有效期止 of a permit as it is issued on a day: fixed from then on. */
export function validUntilAtIssue(
  read: ReadDatabase,
  context: Context,
  permitId: string,
  values: RecordValues,
  issueDate: string,
): string | null {
  if (!isCalendarDate(issueDate)) return null
  return permitValidUntil(values, issueDate, factsOf(read, regionOf(read, context), values, permitId))
}
