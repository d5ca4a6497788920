import type { RecordValues } from '../fields/field.ts'
import { isCalendarDate } from '../values/calendar-date.ts'
import { registrationDueDay } from './permit-days.ts'
import type { RegionProfile } from './region-profile.ts'
import type { HolidayTable } from './working-days.ts'

/**
 * What to tell the clerk where a resident is registered later than the region asks for; null where it is in time. Nothing
 * is refused for it: a late registration is better than none.
 */
export function lateRegistration(
  values: RecordValues,
  today: string,
  profile: RegionProfile,
  holidays: HolidayTable,
): string | null {
  const arrivalDate = values['arrivalDate']
  if (typeof arrivalDate !== 'string' || !isCalendarDate(arrivalDate)) return null
  const due = registrationDueDay(profile, holidays, arrivalDate)
  if (due >= today) return null
  return `按〈${profile.name}〉,来本地后 ${profile.registrationDays} 日内应登记:来本地日期 ${arrivalDate},应在 ${due} 或之前登记,现已逾期,仍可保存。`
}
