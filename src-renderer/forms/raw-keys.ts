import type { Field, RecordValues } from '../../src-shared/fields/field.ts'

/**
 * Whether the field takes the physical keys even while an input method is on: numbers, days, telephones and numbers of
 * documents. Papers whose numbers carry Chinese characters (军官证 04, 其他 99) are left to the input method.
 */
export function takesRawKeys(field: Field, values: RecordValues): boolean {
  switch (field.kind) {
    case 'integer':
    case 'decimal':
    case 'money':
    case 'date':
      return true
    case 'text':
      switch (field.format) {
        case 'citizenIdNumber':
        case 'telephone':
        case 'socialCreditCode':
          return true
        case 'documentNumber': {
          const type = values['documentTypeCode']
          return type !== '04' && type !== '99'
        }
        case 'plain':
        case 'personName':
        case 'addressPart':
          return false
      }
      return false
    case 'code':
    case 'codes':
    case 'reference':
    case 'references':
    case 'boolean':
    case 'photo':
    case 'list':
      return false
  }
}

/** The character on a physical key of a PC keyboard (US and Chinese layout are the same), or undefined for others. */
export function characterOnKey(code: string, isShifted: boolean): string | undefined {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1]
  if (digit !== undefined) return isShifted && code.startsWith('Digit') ? undefined : digit
  const letter = /^Key([A-Z])$/.exec(code)?.[1]
  if (letter !== undefined) return isShifted ? letter : letter.toLowerCase()
  const plain = PLAIN_SIGNS[code]
  return isShifted ? (code === 'Equal' ? '+' : undefined) : plain
}

const PLAIN_SIGNS: Readonly<Record<string, string>> = {
  Minus: '-',
  NumpadSubtract: '-',
  NumpadAdd: '+',
  Period: '.',
  NumpadDecimal: '.',
  Slash: '/',
  NumpadDivide: '/',
}

/** Text and caret of a box. */
export type BoxText = { readonly text: string; readonly start: number; readonly end: number }

/**
 * What a field of raw keys holds while and after a composition: the text before it with the physical keys put in at the
 * caret. Begins with the first key the input method takes.
 */
export type RawKeys = {
  /** A key the input method took (code 229). */
  readonly key: (code: string, isShifted: boolean) => void
  readonly compositionStart: (box: BoxText) => void
  /** The text of the box as the physical keys make it; undefined when the keys are not known (nothing was pressed). */
  readonly read: () => BoxText | undefined
  /** Ends the composition; answers as `read`. */
  readonly compositionEnd: () => BoxText | undefined
  /** A key that was no part of a composition: whatever was collected is forgotten. */
  readonly forget: () => void
}

export function createRawKeys(): RawKeys {
  let box: BoxText | undefined
  let typed = ''
  function read(): BoxText | undefined {
    if (!box || typed === '') return undefined
    const caret = box.start + typed.length
    return { text: box.text.slice(0, box.start) + typed + box.text.slice(box.end), start: caret, end: caret }
  }
  return {
    key(code, isShifted) {
      if (code === 'Backspace') typed = typed.slice(0, -1)
      else typed += characterOnKey(code, isShifted) ?? ''
    },
    compositionStart(next) {
      box = next
    },
    read,
    compositionEnd() {
      const result = read()
      box = undefined
      typed = ''
      return result
    },
    forget() {
      box = undefined
      typed = ''
    },
  }
}
