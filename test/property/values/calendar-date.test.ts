import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addDays,
  addMonths,
  countDaysBetween,
  countFullYears,
  findCalendarParts,
  isCalendarDate,
  parseCalendarDate,
} from '../../../src-shared/values/calendar-date.ts'

/** The platform's own calendar, in UTC, is the independent implementation. */
const milliseconds = 86_400_000
const instant = fc.date({
  min: new Date('1850-01-01T00:00:00Z'),
  max: new Date('2150-12-31T00:00:00Z'),
  noInvalidDate: true,
})
const text = (date: Date) => date.toISOString().slice(0, 10)
const day = instant.map(text)

test('adding days agrees with the platform', () => {
  fc.assert(
    fc.property(day, fc.integer({ min: -18_000, max: 18_000 }), (date, days) => {
      const expected = text(new Date(Date.parse(date) + days * milliseconds))
      expect(addDays(date, days)).toBe(expected)
      expect(countDaysBetween(date, expected)).toBe(days)
    }),
  )
})

test('a day exists exactly when the platform does not carry it over', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1800, max: 2200 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 0, max: 33 }),
      (year, month, dayOfMonth) => {
        const written = `${year}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`
        const carried = text(new Date(Date.UTC(year, month - 1, dayOfMonth)))
        expect(isCalendarDate(written)).toBe(carried === written)
        expect(parseCalendarDate(written, { today: '2026-11-21' }).ok).toBe(carried === written)
      },
    ),
  )
})

test('every way of writing a day gives the same day', () => {
  fc.assert(
    fc.property(day, (date) => {
      const parts = findCalendarParts(date)
      if (parts === undefined) throw new Error(date)
      const { year, month, day: dayOfMonth } = parts
      const written = [
        date,
        date.replaceAll('-', ''),
        `${year}.${month}.${dayOfMonth}`,
        `${year}年${month}月${dayOfMonth}日`,
      ]
      for (const raw of written)
        expect(parseCalendarDate(raw, { today: '2026-11-21' })).toEqual({ ok: true, value: date })
    }),
  )
})

test('six digits mean the latest such day whose year is not ahead', () => {
  fc.assert(
    fc.property(day, day, fc.constantFrom(0, 20, 50), (date, today, futureYears) => {
      const parsed = parseCalendarDate(date.slice(2).replaceAll('-', ''), { today, futureYears })
      if (!parsed.ok) return // 29 February of a century's other year
      const latest = Number(today.slice(0, 4)) + futureYears
      const year = Number(parsed.value.slice(0, 4))
      expect(parsed.value.slice(2)).toBe(date.slice(2))
      expect(year <= latest && year > latest - 100).toBe(true)
    }),
  )
})

test('age grows by one on each birthday', () => {
  fc.assert(
    fc.property(
      day.filter((date) => !date.endsWith('02-29')),
      fc.integer({ min: 1, max: 110 }),
      (birthDate, age) => {
        const birthday = addMonths(birthDate, age * 12)
        expect(countFullYears(birthDate, birthday)).toBe(age)
        expect(countFullYears(birthDate, addDays(birthday, -1))).toBe(age - 1)
      },
    ),
  )
})

test('no text makes it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9今天长期t+./-]{0,12}$/)),
      (raw) => {
        const parsed = parseCalendarDate(raw, { today: '2026-11-21', allowsLongTerm: true })
        if (parsed.ok) expect(parsed.value === '长期' || isCalendarDate(parsed.value)).toBe(true)
        else expect(parsed.message).toMatch(/!$/)
      },
    ),
  )
})
