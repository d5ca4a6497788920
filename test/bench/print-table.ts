/** Prints a table whose columns line up; the first row is its head. Chinese characters are two columns wide. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  const lines = rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  console.log(['', title, lines[0] ?? '', rule, ...lines.slice(1)].join('\n'))
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(width - widthOf(text))
}

function widthOf(text: string): number {
  return [...text].reduce(
    (sum, character) => sum + (/[\u1100-\u115F\u2E80-\uFFE6]/.test(character) ? 2 : 1),
    0,
  )
}
