import { addDays, countDaysBetween } from '../values/calendar-date.ts'

/**
 * Working days: Monday to Friday without the holidays of the State Council's yearly arrangement, and the weekend days that
 * the arrangement makes working days (调休). A year without an arrangement has weekends only, and whoever shows such a
 * day says so.
 */

/** Which days of which years are off or worked; a year that is not `known` has weekends only. */
export type HolidayTable = {
  readonly known: ReadonlySet<string>
  readonly holidays: ReadonlySet<string>
  readonly workingWeekendDays: ReadonlySet<string>
}

/** No year at all: weekends only. */
export const NO_HOLIDAYS: HolidayTable = {
  known: new Set(),
  holidays: new Set(),
  workingWeekendDays: new Set(),
}

/** A Monday. */
const MONDAY = '2024-01-01'

/** Saturday or Sunday. */
export function isWeekend(date: string): boolean {
  const weekday = ((countDaysBetween(MONDAY, date) % 7) + 7) % 7
  return weekday >= 5
}

/** Whether offices work on a day, as far as the table knows. */
export function isWorkingDay(table: HolidayTable, date: string): boolean {
  if (table.workingWeekendDays.has(date)) return true
  return !isWeekend(date) && !table.holidays.has(date)
}

/** The day itself where it is a working day, else the next one (《民法典》第二百零三条). */
export function workingDayFrom(table: HolidayTable, date: string): string {
  let found = date
  while (!isWorkingDay(table, found)) found = addDays(found, 1)
  return found
}

/** The `count`th working day after a day; the day itself does not count (《民法典》第二百零一条). 0 is the day itself. */
export function addWorkingDays(table: HolidayTable, date: string, count: number): string {
  let found = date
  for (let left = count; left > 0; left -= 1) found = workingDayFrom(table, addDays(found, 1))
  return found
}

/** Working days after `from` up to and with `to`; 0 where `to` is not later. The inverse of {@link addWorkingDays}. */
export function countWorkingDays(table: HolidayTable, from: string, to: string): number {
  let count = 0
  for (let each = addDays(from, 1); each <= to; each = addDays(each, 1))
    if (isWorkingDay(table, each)) count += 1
  return count
}

/** Years between two days (inclusive) whose arrangement the table does not have, ascending. */
export function listUnknownYears(table: HolidayTable, from: string, to: string): readonly string[] {
  const first = Number(from.slice(0, 4))
  const years = Array.from({ length: Number(to.slice(0, 4)) - first + 1 }, (_, index) =>
    String(first + index),
  )
  return years.filter((each) => !table.known.has(each))
}
