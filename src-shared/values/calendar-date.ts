import { accept, refuse } from './parse-result.ts'
import type { ParseResult } from './parse-result.ts'
import { compactCode } from './text.ts'

/**
 * Calendar days. A day is `YYYY-MM-DD` text (proleptic Gregorian calendar, years 1800–9999); no time of day, no time zone.
 * Such texts compare correctly with `<` and `>`. No `Date` object is used, so no zone can shift a day.
 */

/** Stored in place of a day where 长期 (no end) is allowed. It sorts after every real day. */
export const longTerm = '长期'

/** A day in its parts; `month` and `day` count from 1. */
export interface CalendarParts {
  readonly year: number
  readonly month: number
  readonly day: number
}

const firstYear = 1800
const lastYear = 9999

/** Number of days in a month (1–12) of a year. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Whether the text is a day that exists, written `YYYY-MM-DD`. */
export function isCalendarDate(text: string): boolean {
  return findCalendarParts(text) !== undefined
}

/** The parts of a `YYYY-MM-DD` text, or undefined when it is no day that exists. */
export function findCalendarParts(text: string): CalendarParts | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return undefined
  const parts = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) }
  return reasonNoDay(parts) === undefined ? parts : undefined
}

/** The parts of a day. @throws {RangeError} when the text is no day. */
export function getCalendarParts(date: string): CalendarParts {
  const parts = findCalendarParts(date)
  if (parts === undefined) throw new RangeError(`not a calendar day: ${date}`)
  return parts
}

/** Writes parts as `YYYY-MM-DD`; does not check them. */
export function formatCalendarDate({ year, month, day }: CalendarParts): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** Days since 1 March of the year 0 (a whole number; the calendar's leap day then falls at the end of a year). */
function toDayNumber({ year, month, day }: CalendarParts): number {
  const shiftedYear = month <= 2 ? year - 1 : year
  const shiftedMonth = month <= 2 ? month + 9 : month - 3
  const leapDays = Math.floor(shiftedYear / 4) - Math.floor(shiftedYear / 100) + Math.floor(shiftedYear / 400)
  return shiftedYear * 365 + leapDays + Math.floor((153 * shiftedMonth + 2) / 5) + day - 1
}

function fromDayNumber(dayNumber: number): CalendarParts {
  const era = Math.floor(dayNumber / 146_097)
  const dayOfEra = dayNumber - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** The day `days` after (or, when negative, before) a day. @throws {RangeError} outside the years 1800–9999. */
export function addDays(date: string, days: number): string {
  const parts = fromDayNumber(toDayNumber(getCalendarParts(date)) + days)
  if (parts.year < firstYear || parts.year > lastYear)
    throw new RangeError(`day outside ${firstYear}–${lastYear}`)
  return formatCalendarDate(parts)
}

/** The same day `months` later (or earlier); the 31st becomes the month's last day where there is none. */
export function addMonths(date: string, months: number): string {
  const { year, month, day } = getCalendarParts(date)
  const count = year * 12 + (month - 1) + months
  const newYear = Math.floor(count / 12)
  const newMonth = count - newYear * 12 + 1
  if (newYear < firstYear || newYear > lastYear) throw new RangeError(`day outside ${firstYear}–${lastYear}`)
  return formatCalendarDate({
    year: newYear,
    month: newMonth,
    day: Math.min(day, daysInMonth(newYear, newMonth)),
  })
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function countDaysBetween(from: string, to: string): number {
  return toDayNumber(getCalendarParts(to)) - toDayNumber(getCalendarParts(from))
}

/**
 * Completed years of age on a day (周岁): a year is completed on the birthday itself. Someone born on 29 February completes it
 * on 1 March in a common year.
 */
export function countFullYears(birthDate: string, onDate: string): number {
  const birth = getCalendarParts(birthDate)
  const on = getCalendarParts(onDate)
  const hadBirthday = on.month > birth.month || (on.month === birth.month && on.day >= birth.day)
  return on.year - birth.year - (hadBirthday ? 0 : 1)
}

/** Why the parts are no day that exists, as a Chinese sentence; undefined when they are one. */
function reasonNoDay({ year, month, day }: CalendarParts): string | undefined {
  if (year < firstYear || year > lastYear) return `年份${year}超出范围,应在${firstYear}至${lastYear}之间!`
  if (month < 1 || month > 12) return `没有${month}月,月份应为1至12!`
  const last = daysInMonth(year, month)
  if (day < 1) return '日不能为0,应从1开始!'
  if (day > last) return `${year}年${month}月没有${day}日,该月只有${last}天!`
  return undefined
}

/** How the keys of a date field are read. */
export interface CalendarDateOptions {
  /** The day 今天 means, `YYYY-MM-DD`. */
  readonly today: string
  /** Whether 长期 is a value of this field. */
  readonly allowsLongTerm?: boolean
  /**
   * How many years after today's a two-digit year may still mean. 0 (default): 27 typed in 2026 is 1927; a field that may lie
   * in the future, such as 证件有效期止, gives e.g. 50, so that 44 is 2044.
   */
  readonly futureYears?: number
}

const longTermWords = new Set(['长期', '长期有效', '永久', 'cq', 'changqi', 'c'])

/**
 * Reads what a clerk types into a date field and gives the day as `YYYY-MM-DD` (or 长期 where allowed).
 * Understood: 19930412, 930412, 1993-4-12, 1993.4.12, 1993/4/12, 1993年4月12日, 93-4-12; 今天, 今天+3, 今天-1, t, t+3, +3, -1;
 * full-width signs; spaces anywhere. An empty text is refused: whether a field may be empty is the field's rule.
 */
export function parseCalendarDate(raw: string, options: CalendarDateOptions): ParseResult<string> {
  const text = compactCode(raw)
    .replaceAll(/[－—–−﹣]/g, '-')
    .replaceAll(/[。．·]/g, '.')
  if (text === '') return refuse('日期为空,请输入日期,例如930412或1993-4-12!')
  if (longTermWords.has(text.toLowerCase())) {
    return options.allowsLongTerm === true ? accept(longTerm) : refuse('该项不能填「长期」,请输入日期!')
  }
  const relative = /^(今天|今日|t)?(?:([+-])(\d{1,5}))?$/i.exec(text)
  if (relative !== null && (relative[1] !== undefined || relative[2] !== undefined)) {
    return parseRelative(Number(`${relative[2] ?? '+'}${relative[3] ?? '0'}`), options.today)
  }
  const digits = /^(\d{4}|\d{2})(\d{2})(\d{2})$/.exec(text)
  const separated = /^(\d{4}|\d{2})(?:[-./]|年)(\d{1,2})(?:[-./]|月)(\d{1,2})日?$/.exec(text)
  const match = digits ?? separated
  if (match === null) {
    return refuse(
      /^\d+$/.test(text)
        ? `日期「${text}」位数不对,应为6位(930412)或8位(19930412)数字!`
        : `看不懂日期「${text}」,请按930412、19930412或1993-4-12的样子输入!`,
    )
  }
  const typedYear = match[1] ?? ''
  const year = typedYear.length === 2 ? expandYear(Number(typedYear), options) : Number(typedYear)
  const parts = { year, month: Number(match[2]), day: Number(match[3]) }
  const reason = reasonNoDay(parts)
  return reason === undefined ? accept(formatCalendarDate(parts)) : refuse(reason)
}

function parseRelative(days: number, today: string): ParseResult<string> {
  try {
    return accept(addDays(today, days))
  } catch (error) {
    if (error instanceof RangeError) return refuse('该日期超出了可用的范围!')
    throw error
  }
}

/** The latest year ending in the two digits that is not after today's year plus `futureYears`. */
function expandYear(twoDigits: number, { today, futureYears = 0 }: CalendarDateOptions): number {
  const latest = getCalendarParts(today).year + futureYears
  const year = Math.floor(latest / 100) * 100 + twoDigits
  return year > latest ? year - 100 : year
}
