import { describe, expect, it, test } from 'vitest'
import { holidayFile } from '../../../src-shared/regions/holiday-file.ts'
import {
  earliestApplicationDay,
  endorsementStartDay,
  permitDueDay,
  registrationDueDay,
  validUntilDay,
} from '../../../src-shared/regions/permit-days.ts'
import { lateRegistration } from '../../../src-shared/regions/registration-days.ts'
import { isWorkingDay, listUnknownYears, NO_HOLIDAYS } from '../../../src-shared/regions/working-days.ts'
import { holidays, regionOf } from './region-files.ts'

const national = regionOf('national')
const liaoning = regionOf('liaoning')
const wuhan = regionOf('wuhan')

/** Counted by hand from the State Council's notices. */
test.each([
  // Over 中秋 and 国庆 with three working weekend days.
  ['2026-09-18', '2026-10-15'],
  // Over 春节, 14 and 28 February are worked.
  ['2026-02-10', '2026-03-09'],
  ['2024-02-01', '2024-02-27'],
  ['2025-09-26', '2025-10-23'],
  // No arrangement is known for 2027: weekends only.
  ['2027-01-04', '2027-01-25'],
])('15 working days after %s end on %s', (accepted, due) => {
  expect(permitDueDay(national, holidays, accepted)).toBe(due)
})

test('calendar days end on a working day', () => {
  const profile = { ...national, processing: { days: 15, counts: 'calendarDays' } as const }
  expect(permitDueDay(profile, holidays, '2026-03-02')).toBe('2026-03-17')
  expect(permitDueDay(profile, holidays, '2026-09-18')).toBe('2026-10-08')
})

test.each([
  ['2026-09-01', '2027-03-01'],
  ['2026-08-31', '2027-02-28'],
  ['2027-08-31', '2028-02-29'],
])('who moved in on %s may apply from %s on', (movedIn, earliest) => {
  expect(earliestApplicationDay(national, movedIn)).toBe(earliest)
})

test.each([
  ['2026-03-09', '10', '2027-03-09'],
  ['2028-02-29', '10', '2029-02-28'],
  ['2024-02-29', '30', '2027-02-28'],
  ['2024-02-29', '20', '2026-02-28'],
  ['2023-03-01', '50', '2028-03-01'],
  ['2026-03-09', '90', '长期'],
  ['2026-03-09', '77', undefined],
])('a permit of %s with the term %s is valid until %s', (from, term, until) => {
  expect(validUntilDay(from, term)).toBe(until)
})

test('签注 begins a month before the last day, 延期 in Liaoning 30 days before', () => {
  expect(endorsementStartDay(national, '2027-03-31')).toBe('2027-02-28')
  expect(endorsementStartDay(national, '2018-01-01')).toBe('2017-12-01')
  expect(endorsementStartDay(liaoning, '2027-03-01')).toBe('2027-01-30')
})

test('registration is due on a working day', () => {
  expect(registrationDueDay(wuhan, holidays, '2026-03-06')).toBe('2026-03-09')
  expect(registrationDueDay(national, holidays, '2026-09-18')).toBe('2026-09-28')
})

describe('a late registration', () => {
  it('is told from the day after the last one, naming the profile', () => {
    const values = { arrivalDate: '2026-03-06' }
    expect(lateRegistration(values, '2026-03-09', wuhan, holidays)).toBeNull()
    expect(lateRegistration(values, '2026-03-10', wuhan, holidays)).toBe(
      '按〈武汉市居住证规定〉,来本地后 3 日内应登记:来本地日期 2026-03-06,应在 2026-03-09 或之前登记,现已逾期,仍可保存。',
    )
    expect(lateRegistration(values, '2026-03-13', liaoning, holidays)).toBeNull()
  })
  it('is nothing without a day of arrival', () => {
    expect(lateRegistration({ arrivalDate: null }, '2026-03-10', wuhan, holidays)).toBeNull()
  })
})

describe('the holidays', () => {
  it('know the years of a period they do not know', () => {
    expect(listUnknownYears(holidays, '2026-12-20', '2027-01-11')).toEqual(['2027'])
    expect(listUnknownYears(holidays, '2026-02-01', '2026-03-01')).toEqual([])
    expect(listUnknownYears(NO_HOLIDAYS, '2025-12-01', '2027-01-01')).toEqual(['2025', '2026', '2027'])
  })
  it.each([
    ['2026-02-14', true],
    ['2026-02-16', false],
    ['2026-02-28', true],
    ['2026-03-01', false],
    ['2025-10-08', false],
    ['2025-10-11', true],
    ['2024-05-11', true],
  ])('say of %s: %s', (day, isWorked) => {
    expect(isWorkingDay(holidays, day)).toBe(isWorked)
  })
  it('of a file with a working day that is no weekend are refused', () => {
    const year = { source: 'x', holidays: [], workingWeekendDays: ['2026-03-09'] }
    const parsed = holidayFile.safeParse({ years: { '2026': year } })
    expect(parsed.error?.issues[0]?.message).toBe('2026-03-09 不是该年的周末,不能列为调休上班日')
  })
  it('of a file with a period of another year are refused', () => {
    const year = {
      source: 'x',
      holidays: [{ name: '元旦', from: '2026-12-31', to: '2027-01-01' }],
      workingWeekendDays: [],
    }
    expect(holidayFile.safeParse({ years: { '2026': year } }).success).toBe(false)
  })
})
