import { addDays, addMonths, longTerm } from '../values/calendar-date.ts'
import type { RegionProfile } from './region-profile.ts'
import { addWorkingDays, workingDayFrom, type HolidayTable } from './working-days.ts'

/**
 * Days that follow from a region profile. Periods are counted as 《民法典》 says: the first day does not count (第二百零一条),
 * a period of months ends on the day of the same number or the month's last one (第二百零二条), and a deadline on a day off
 * moves to the next working day (第二百零三条).
 */

/** Years of each term (dictionaries/permit-term.csv); null is 长期. */
const TERM_YEARS: Readonly<Record<string, number | null>> = {
  '10': 1,
  '20': 2,
  '30': 3,
  '50': 5,
  '90': null,
}

/** 办结期限 of an application accepted on a day. */
export function permitDueDay(profile: RegionProfile, table: HolidayTable, acceptanceDate: string): string {
  const { days, counts } = profile.processing
  return counts === 'workingDays'
    ? addWorkingDays(table, acceptanceDate, days)
    : workingDayFrom(table, addDays(acceptanceDate, days))
}

/** The first day on which somebody who moved in on a day may make 首次申领. */
export function earliestApplicationDay(profile: RegionProfile, moveInDate: string): string {
  return addMonths(moveInDate, profile.residenceMonths)
}

/** The last day of a term that begins on a day; 长期 for a term without end, undefined for a term nobody knows. */
export function validUntilDay(from: string, termCode: string): string | undefined {
  const years = TERM_YEARS[termCode]
  if (years === undefined) return undefined
  return years === null ? longTerm : addMonths(from, years * 12)
}

/** The first day of 签注 for a permit whose last day is `validUntil`; the last one is that day itself. */
export function endorsementStartDay(profile: RegionProfile, validUntil: string): string {
  const { before } = profile.endorsement
  return 'months' in before ? addMonths(validUntil, -before.months) : addDays(validUntil, -before.days)
}

/** The last day on which somebody who arrived on a day is registered in time. */
export function registrationDueDay(profile: RegionProfile, table: HolidayTable, arrivalDate: string): string {
  return workingDayFrom(table, addDays(arrivalDate, profile.registrationDays))
}
