import { getCalendarParts } from '../../../src-shared/values/calendar-date.ts'

/** Time as the services see it. Tests give their own. */
export type Clock = {
  /** UTC milliseconds, corrected by what was learnt from the server. Shown; nothing is ordered by it. */
  readonly now: () => number
  /** The day at the place of work, `YYYY-MM-DD`. */
  readonly today: () => string
  /** The device's own clock, UTC milliseconds. */
  readonly deviceNow: () => number
  readonly setServerOffset: (offsetMs: number) => void
}

/** The day of an instant in the machine's own time zone, `YYYY-MM-DD`. */
export function localDayOf(at: number): string {
  const date = new Date(at)
  const month = String(date.getMonth() + 1).padStart(2, '0')
  const day = String(date.getDate()).padStart(2, '0')
  return `${date.getFullYear()}-${month}-${day}`
}

/** The first instant of a day in the machine's own time zone, UTC milliseconds. @throws {RangeError} when the text is no day */
export function startOfLocalDay(date: string): number {
  const { year, month, day } = getCalendarParts(date)
  return new Date(year, month - 1, day).getTime()
}

/** A clock over the device's own, moved by the server offset once that is learnt. */
export function createClock(deviceNow: () => number = Date.now): Clock {
  let offset = 0
  const now = (): number => deviceNow() + offset
  return {
    now,
    today: () => localDayOf(now()),
    deviceNow,
    setServerOffset: (offsetMs) => {
      offset = offsetMs
    },
  }
}
