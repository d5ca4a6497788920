import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  earliestApplicationDay,
  endorsementStartDay,
  permitDueDay,
  registrationDueDay,
  validUntilDay,
} from '../../../src-shared/regions/permit-days.ts'
import {
  addWorkingDays,
  countWorkingDays,
  isWorkingDay,
  NO_HOLIDAYS,
  workingDayFrom,
  type HolidayTable,
} from '../../../src-shared/regions/working-days.ts'
import { addDays, countDaysBetween, isCalendarDate } from '../../../src-shared/values/calendar-date.ts'
import { holidays, regionOf } from '../../unit/regions/region-files.ts'

const day = fc.integer({ min: 0, max: 2_600 }).map((days) => addDays('2023-01-01', days))
/** Any days off, and any weekend days worked: rules must hold whatever the next arrangement says. */
const anyTable: fc.Arbitrary<HolidayTable> = fc
  .record({ off: fc.uniqueArray(day, { maxLength: 60 }), worked: fc.uniqueArray(day, { maxLength: 30 }) })
  .map(({ off, worked }) => ({
    known: new Set(),
    holidays: new Set(off),
    workingWeekendDays: new Set(
      worked.filter((each) => !off.includes(each) && !isWorkingDay(NO_HOLIDAYS, each)),
    ),
  }))
const table = fc.oneof(anyTable, fc.constant(holidays), fc.constant(NO_HOLIDAYS))
const count = fc.integer({ min: 0, max: 60 })
const region = fc.constantFrom(regionOf('national'), regionOf('liaoning'), regionOf('wuhan'))

test('adding and counting working days are inverse', () => {
  fc.assert(
    fc.property(table, day, count, (holidayTable, from, days) => {
      expect(countWorkingDays(holidayTable, from, addWorkingDays(holidayTable, from, days))).toBe(days)
    }),
  )
})

test('the day reached is a working day, later for more days and for a later start', () => {
  fc.assert(
    fc.property(table, day, day, count, count, (holidayTable, a, b, some, more) => {
      const [from, later] = a < b ? [a, b] : [b, a]
      if (some > 0) expect(isWorkingDay(holidayTable, addWorkingDays(holidayTable, from, some))).toBe(true)
      expect(addWorkingDays(holidayTable, from, some) <= addWorkingDays(holidayTable, later, some)).toBe(true)
      if (more > 0)
        expect(
          addWorkingDays(holidayTable, from, some) < addWorkingDays(holidayTable, from, some + more),
        ).toBe(true)
    }),
  )
})

test('a weekend is worked only where an arrangement says so', () => {
  fc.assert(
    fc.property(table, day, (holidayTable, date) => {
      // The platform's own calendar is the independent implementation.
      const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
      const isWeekend = weekday === 0 || weekday === 6
      expect(isWorkingDay(holidayTable, date)).toBe(
        isWeekend ? holidayTable.workingWeekendDays.has(date) : !holidayTable.holidays.has(date),
      )
    }),
  )
})

test('rolling forward skips days off only', () => {
  fc.assert(
    fc.property(table, day, (holidayTable, date) => {
      const found = workingDayFrom(holidayTable, date)
      expect(found >= date && isWorkingDay(holidayTable, found)).toBe(true)
      for (let each = date; each < found; each = addDays(each, 1))
        expect(isWorkingDay(holidayTable, each)).toBe(false)
    }),
  )
})

test('the days of a profile stand in order', () => {
  fc.assert(
    fc.property(region, table, day, (profile, holidayTable, from) => {
      const due = permitDueDay(profile, holidayTable, from)
      expect(due > from && isWorkingDay(holidayTable, due)).toBe(true)
      const registration = registrationDueDay(profile, holidayTable, from)
      expect(countDaysBetween(from, registration)).toBeGreaterThanOrEqual(profile.registrationDays)
      expect(isWorkingDay(holidayTable, registration)).toBe(true)
      const earliest = earliestApplicationDay(profile, from)
      const days = countDaysBetween(from, earliest)
      expect(days >= 181 && days <= 184).toBe(true)
      for (const term of profile.permitTermCodes) {
        const until = validUntilDay(from, term) ?? ''
        expect(isCalendarDate(until) && until.slice(0, 4) > from.slice(0, 4)).toBe(true)
        const start = endorsementStartDay(profile, until)
        expect(start > from && start < until).toBe(true)
      }
    }),
  )
})
