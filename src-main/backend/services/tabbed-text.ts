/** One cell of tab-separated text; a leading = + - @ gets an apostrophe so that a spreadsheet does not run it. */
export function asCell(text: string): string {
  const line = text.replaceAll(/[\t\r\n]+/g, ' ')
  return /^[=+@]|^-(?!\d)/.test(line) ? `'${line}` : line
}

/** Rows of inclusive index ranges, ascending and each once. */
export function chooseRows(all: Int32Array, ranges: readonly (readonly [number, number])[]): Int32Array {
  const chosen: Int32Array[] = []
  let next = 0
  let count = 0
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const part = all.subarray(Math.max(from, next), Math.max(to + 1, next))
    chosen.push(part)
    count += part.length
    next = Math.max(next, to + 1)
  }
  const rows = new Int32Array(count)
  let at = 0
  for (const part of chosen) {
    rows.set(part, at)
    at += part.length
  }
  return rows
}
