import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDocumentNumber } from '../../../src-shared/values/document-number.ts'
import { parsePersonName } from '../../../src-shared/values/person-name.ts'
import { parseTelephoneNumber } from '../../../src-shared/values/telephone-number.ts'
import { compactCode, normaliseLine, normaliseParagraphs } from '../../../src-shared/values/text.ts'

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.stringMatching(/^[张三𠮷㛃·. \r\n\tＡ１a1'-]{0,20}$/u),
)

test('normal forms are reached in one step and hold no line break', () => {
  fc.assert(
    fc.property(anything, (raw) => {
      const line = normaliseLine(raw)
      expect(normaliseLine(line)).toBe(line)
      expect(line).not.toMatch(/[\r\n\t\u2028\u2029]|^ | $/)
      expect(line.isWellFormed()).toBe(true)
      const paragraphs = normaliseParagraphs(raw)
      expect(normaliseParagraphs(paragraphs)).toBe(paragraphs)
      expect(compactCode(compactCode(raw))).toBe(compactCode(raw))
    }),
  )
})

test('what is stored is accepted again as it stands, and every refusal has a sentence', () => {
  const telephone = fc.stringMatching(/^[+0-9()转 -]{0,18}$/)
  fc.assert(
    fc.property(anything, telephone, (raw, digits) => {
      for (const [parse, text] of [
        [parsePersonName, raw],
        [parseDocumentNumber, raw],
        [parseTelephoneNumber, raw],
        [parseTelephoneNumber, digits],
      ] as const) {
        const parsed = parse(text)
        if (parsed.ok) expect(parse(parsed.value)).toEqual(parsed)
        else expect(parsed.message).toMatch(/\p{Script=Han}.*!$/su)
      }
    }),
    { numRuns: 500 },
  )
})
