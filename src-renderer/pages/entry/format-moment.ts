/** Hour, minute and second of an instant (UTC ms) in this machine's time zone: 09:31:05. */
export function formatMoment(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}
