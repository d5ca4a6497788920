import { z } from 'zod'
import { addDays, countDaysBetween, isCalendarDate } from '../values/calendar-date.ts'
import { isWeekend, type HolidayTable } from './working-days.ts'

const day = z.string().refine(isCalendarDate, '不是 YYYY-MM-DD 样子的日期')

const year = z.strictObject({
  /** The notice the days are from. */
  source: z.string().min(1),
  /** Days off, both ends inclusive, weekends in them included. */
  holidays: z.array(z.strictObject({ name: z.string().min(1), from: day, to: day })),
  workingWeekendDays: z.array(day),
})

/** The text of `dictionaries/regions/holidays.json`. */
export const holidayFile = z
  .strictObject({ years: z.record(z.string().regex(/^\d{4}$/), year) })
  .check(({ value, issues }) => {
    for (const [number, { holidays, workingWeekendDays }] of Object.entries(value.years)) {
      const add = (message: string): void => {
        issues.push({ code: 'custom', message, input: value, path: ['years', number] })
      }
      for (const { name, from, to } of holidays)
        if (to < from || !from.startsWith(number) || !to.startsWith(number))
          add(`${name}的起止日期不对:${from} 至 ${to}`)
      for (const each of workingWeekendDays)
        if (!each.startsWith(number) || !isWeekend(each)) add(`${each} 不是该年的周末,不能列为调休上班日`)
    }
  })

/** The table of a checked holiday file. */
export function holidayTableOf(file: z.output<typeof holidayFile>): HolidayTable {
  const years = Object.values(file.years)
  return {
    known: new Set(Object.keys(file.years)),
    holidays: new Set(years.flatMap((each) => each.holidays).flatMap(({ from, to }) => listDays(from, to))),
    workingWeekendDays: new Set(years.flatMap((each) => each.workingWeekendDays)),
  }
}

function listDays(from: string, to: string): readonly string[] {
  return Array.from({ length: countDaysBetween(from, to) + 1 }, (_, index) => addDays(from, index))
}
