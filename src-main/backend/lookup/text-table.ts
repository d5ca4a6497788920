// Many texts that begin alike (paths of streets) in two typed arrays.
//
// Each text is stored as the number of UTF-16 units it shares with the one before, and the rest; every 16th is stored whole, so that reading one text takes at
// most 16 steps.
export type TextTable = {
  /** For each text: shared units, then the further units. */
  readonly units: Uint16Array
  /** Where each text starts in units; one more than there are texts. */
  readonly starts: Uint32Array
}

const WHOLE_EVERY = 16

export function packTexts(texts: readonly string[]): TextTable {
  const starts = new Uint32Array(texts.length + 1)
  const shared = texts.map((text, number) => {
    if (number % WHOLE_EVERY === 0) return 0
    const before = texts[number - 1]!
    const most = Math.min(text.length, before.length, 0xffff)
    let length = 0
    while (length < most && text.charCodeAt(length) === before.charCodeAt(length)) length++
    return length
  })
  texts.forEach((text, number) => (starts[number + 1] = starts[number]! + 1 + text.length - shared[number]!))
  const units = new Uint16Array(starts[texts.length]!)
  texts.forEach((text, number) => {
    let end = starts[number]!
    units[end++] = shared[number]!
    for (let unit = shared[number]!; unit < text.length; unit++) units[end++] = text.charCodeAt(unit)
  })
  return { units, starts }
}

export function countTexts(table: TextTable): number {
  return table.starts.length - 1
}

/** Units of the text being read; grown for longer ones. */
let scratch = new Uint16Array(256)

/** The text with this number; empty when there is none. */
export function textAt(table: TextTable, number: number): string {
  if (number < 0 || number >= countTexts(table)) return ''
  const { units, starts } = table
  let length = 0
  for (let each = number - (number % WHOLE_EVERY); each <= number; each++) {
    const start = starts[each]!
    const end = starts[each + 1]!
    const shared = units[start]!
    length = shared + end - start - 1
    if (length > scratch.length) {
      const larger = new Uint16Array(length * 2)
      larger.set(scratch)
      scratch = larger
    }
    for (let unit = start + 1, place = shared; unit < end; unit++, place++) scratch[place] = units[unit]!
  }
  let text = ''
  for (let place = 0; place < length; place++) text += String.fromCharCode(scratch[place]!)
  return text
}
