function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** The day of an instant (UTC ms) in this machine's time zone, `YYYY-MM-DD`. */
export function formatDay(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Hour and minute of an instant (UTC ms), `09:31`. */
export function formatMinute(at: number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Day, hour and minute of an instant (UTC ms); the day is left out for `today` (`YYYY-MM-DD`). */
export function formatInstant(at: number, today: string): string {
  const day = formatDay(at)
  return day === today ? formatMinute(at) : `${day} ${formatMinute(at)}`
}

/** Hour, minute and second of an instant (UTC ms), `09:31:05`. */
export function formatClock(at: number): string {
  return `${formatMinute(at)}:${two(new Date(at).getSeconds())}`
}
